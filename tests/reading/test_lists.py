from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from crawler.exceptions import BadContent, Blocked
from crawler.reading.family_lists import FAMILY_LISTS
from crawler.reading.layouts import ListLayout
from crawler.reading.lists import PageRequest, extract_list

URL = "http://www.example.cn/news/"
LAYOUT = ListLayout(links="a", item="ul.list li", date="span", next_page=".pager a")


def page(inner: str, head: str = "") -> bytes:
    return f"<html><head><title>要闻_示例网</title>{head}</head><body>{inner}</body></html>".encode()


ROWS = "".join(
    f"<li><span>2024-03-{day:02d}</span>"
    f'<a href="{day}.html" title="质量强市建设取得新进展之第{day}篇">质量强市建设取得新进…</a></li>'
    for day in (9, 8, 7)
)


def test_links_days_and_whole_headlines_are_read() -> None:
    reading = extract_list(
        page(f'<ul class="list">{ROWS}</ul><ul><li><a href="/side.html">侧栏</a></li></ul>'), URL, LAYOUT
    )

    assert [link.url for link in reading.links] == [f"{URL}{day}.html" for day in (9, 8, 7)]
    assert reading.links[0].title == "质量强市建设取得新进展之第9篇"
    assert [link.listed_on for link in reading.links] == [date(2024, 3, day) for day in (9, 8, 7)]
    assert reading.layout == "list"
    assert reading.next_page is None


def test_day_without_year_is_no_day() -> None:
    reading = extract_list(
        page('<ul class="list"><li><span>03-09</span><a href="1.html">甲</a></li></ul>'), URL, LAYOUT
    )
    assert reading.links[0].listed_on is None


def test_day_is_searched_in_the_record_when_its_place_is_empty() -> None:
    rows = '<ul class="list"><li><a href="1.html">甲</a> 更新于2024年3月9日</li></ul>'
    assert extract_list(page(rows), URL, LAYOUT).links[0].listed_on == date(2024, 3, 9)


def test_record_with_picture_column_and_headline_gives_one_link() -> None:
    rows = (
        '<ul class="list"><li><a href="1.html"><img src="x.jpg"></a>'
        '<a href="/c/">[要闻]</a><a href="1.html">一篇文章的标题</a></li></ul>'
    )
    reading = extract_list(page(rows), URL, LAYOUT)
    assert [(link.url, link.title) for link in reading.links] == [(f"{URL}1.html", "一篇文章的标题")]


def test_odd_title_attributes_do_not_replace_the_headline() -> None:
    layout = ListLayout(links="a")
    rows = '<p><a href="1.html" title="点击查看">质量强市</a></p><p><a href="2.html" title="标题在此"><img></a></p>'
    assert [link.title for link in extract_list(page(rows), URL, layout).links] == ["质量强市", "标题在此"]
    bare = ListLayout(links="a", title_attr=False)
    assert [link.title for link in extract_list(page(rows), URL, bare).links] == ["质量强市", ""]


def test_links_without_record_take_the_day_beside_them() -> None:
    rows = (
        '<p><a href="1.html">甲</a> 2024-03-09</p><div><i>2024-03-08</i><a href="2.html">乙</a></div>'
        '<p><a href="3.html">丙</a><a href="4.html">丁</a>2024-01-01</p>'
    )
    days = [link.listed_on for link in extract_list(page(rows), URL, ListLayout(links="a")).links]
    assert days == [date(2024, 3, 9), date(2024, 3, 8), None, date(2024, 1, 1)]


def test_hidden_foreign_and_repeated_links() -> None:
    rows = (
        '<li><a href="1.html">甲</a></li><li style="display:none"><a href="http://bad.example/1.html">博彩</a></li>'
        '<li><div style="visibility: hidden"><b><a href="2.html">藏</a></b></div></li>'
        '<li><a href="javascript:;">无</a></li>'
        '<li><a href="/news/1.html#c">甲的另一处</a></li><li><a href="/news/">本页</a></li><li><a>无址</a></li>'
    )
    reading = extract_list(page(f'<ul class="list">{rows}</ul>'), URL, LAYOUT)
    assert [(link.url, link.title) for link in reading.links] == [(f"{URL}1.html", "甲的另一处")]


def test_base_address_is_honoured() -> None:
    content = page('<ul class="list"><li><a href="1.html">甲</a></li></ul>', '<base href="/other/">')
    assert extract_list(content, URL, LAYOUT).links[0].url == "http://www.example.cn/other/1.html"


@pytest.mark.parametrize(
    ("pager", "number", "following"),
    [
        ('<a href="index_2.html">下一页</a>', 1, "index_2.html"),
        ('<a href="index.html">上一页</a><a href="index_3.html">下页 ></a>', 2, "index_3.html"),
        ('<a href="index_2.html">2</a><a href="index_3.html">3</a>', 1, "index_2.html"),
        ('<a href="index_2.html">[2]</a>', 1, "index_2.html"),
        ('<a class="next" href="index_2.html"><i></i></a>', 1, "index_2.html"),
        ('<a href="index_2.html" title="下一页"><i></i></a><a href="index_9.html">尾页</a>', 1, "index_2.html"),
        ('<a href="index_2.html">&gt;</a><a href="index_9.html">9</a>', 1, "index_2.html"),
        ('<a href="index.html">上一页</a>', 2, None),
        ('<a href="/news/">下一页</a><a href="index_2.html">2</a>', 1, None),
        ('<a href="javascript:;">下一页</a>', 1, None),
        ('<a href="index_2.html" class="disabled">下一页</a>', 1, None),
        ('<a href="index_3.html">下一页</a> 共2页', 2, None),
        ("", 1, None),
    ],
)
def test_next_page_by_the_pager(pager: str, number: int, following: str | None) -> None:
    content = page(f'<ul class="list">{ROWS}</ul><div class="pager">{pager}</div>')
    reading = extract_list(content, URL, LAYOUT, page=number)
    assert reading.next_page == (PageRequest(URL + following) if following else None)


def test_next_page_by_template_is_relative_to_the_first_page() -> None:
    content = page(f'<ul class="list">{ROWS}</ul>')
    from_two = ListLayout(links="a", page_url="index_{page}.html")
    from_one = ListLayout(links="a", page_url="index_{page0}.html")
    assert extract_list(content, URL, from_two).next_page == PageRequest(f"{URL}index_2.html")
    assert extract_list(content, f"{URL}index_2.html", from_two, page=2, first_url=URL).next_page == PageRequest(
        f"{URL}index_3.html"
    )
    assert extract_list(content, URL, from_one).next_page == PageRequest(f"{URL}index_1.html")
    assert extract_list(page("空"), URL, from_two).next_page is None


@pytest.mark.parametrize(
    ("call", "number", "following", "count"),
    [
        ('createPageHTML(17,0,"index","shtml","black2",250)', 1, "index_1.shtml", 17),
        ("createPageHTML('paging',25,1,'index','html',500)", 1, "index_2.html", 25),
        ('createPageHTML(17,3,"index","shtml")', 4, "index_4.shtml", 17),
        ('createPageHTML(2,1,"index","html")', 2, None, 2),
        ('createPageHTML("index")', 1, None, None),
        ("createPageHTML()", 1, None, None),
    ],
)
def test_next_page_by_the_trs_call(call: str, number: int, following: str | None, count: int | None) -> None:
    content = page(f'<ul class="list">{ROWS}</ul><script>{call}</script>')
    reading = extract_list(content, f"{URL}index.html", ListLayout(links="a"), page=number)
    assert reading.next_page == (PageRequest(URL + following) if following else None)
    assert reading.page_count == count


@pytest.mark.parametrize(
    ("printed", "count"),
    [
        ("共12页", 12),
        ("1/7页", 7),
        ("页次：1/5页", 5),
        ('<span id="mpagecount">3</span>', 3),
        ("第一页", None),
        ("", None),
    ],
)
def test_printed_number_of_pages(printed: str, count: int | None) -> None:
    assert extract_list(page(f'<ul class="list">{ROWS}</ul><p>{printed}</p>'), URL, LAYOUT).page_count == count


def test_page_without_layout_gives_its_largest_group_of_records() -> None:
    menu = "".join(f'<li><a href="/c{n}/">栏目名称{n}的入口</a></li>' for n in range(8))
    content = page(f'<div class="nav"><ul>{menu}</ul></div><div class="main"><ul>{ROWS}</ul></div>')
    reading = extract_list(content, URL, None)
    assert [link.listed_on for link in reading.links] == [date(2024, 3, day) for day in (9, 8, 7)]
    assert reading.layout == "generic"
    assert extract_list(page('<p><a href="1.html">只有一个链接的页面</a></p>'), URL, None).links == []


def test_what_was_seen_is_quoted() -> None:
    reading = extract_list(page('<script>var a;</script><p>本栏目暂无内容</p><a href="#">首页</a>'), URL, LAYOUT)
    assert reading.links == []
    assert "要闻_示例网" in reading.seen
    assert "本栏目暂无内容" in reading.seen
    assert "1 links" in reading.seen


def test_challenge_in_place_of_a_list_is_blocked() -> None:
    with pytest.raises(Blocked, match="验证"):
        extract_list(page("<h1>请完成安全验证</h1>"), URL, LAYOUT)
    with pytest.raises(BadContent):
        extract_list(b"%PDF-1.4", URL, LAYOUT)


def test_long_lists_are_read_whole() -> None:
    rows = "".join(f'<li><a href="{n}.html">第{n}篇文章的标题</a></li>' for n in range(5_000))
    assert len(extract_list(page(f'<ul class="list">{rows}</ul>'), URL, ListLayout(links="ul.list a")).links) == 5_000


def test_family_layouts_read_their_own_pages_and_fall_back_on_others() -> None:
    folder = Path(__file__).parent / "list_pages"
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    own = {
        "founder": "founder_list_with_its_number_of_pages",
        "phpcms": "phpcms_list_with_date_before_the_link",
        "empire": "empirecms_list",
        "dede": "dedecms_list_with_summary_and_labels",
        "vsb": "vsb_list_with_pages_counted_downwards",
        "ls": "ls_list_with_a_pager_drawn_by_its_call",
    }
    other = "terms_that_are_the_days"
    assert own.keys() == FAMILY_LISTS.keys()
    for family, name in own.items():
        for case, layout in ((name, family), (other, "generic")):
            reading = extract_list((folder / f"{case}.html").read_bytes(), truth[case]["url"], FAMILY_LISTS[family])
            assert [[link.url, link.title, f"{link.listed_on}"] for link in reading.links] == truth[case]["links"]
            assert (reading.layout, reading.next_page and reading.next_page.url) == (layout, truth[case]["next"])
