"""The page after a list page, as pagers of all makes tell it."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from crawler.reading.lists import ListReading, PageRequest, extract_list

URL = "http://www.linjiang.example.cn/xw/index.html"
ROWS = "".join(
    f'<li><a href="/xw/{n}.html">市场监管工作动态之第{n}条</a><span>2026-01-0{9 - n}</span></li>' for n in range(1, 6)
)


def read(pager: str, number: int = 1, url: str = URL, first_url: str | None = None) -> ListReading:
    content = f"<html><body><ul>{ROWS}</ul><div>{pager}</div></body></html>".encode()
    return extract_list(content, url, None, page=number, first_url=first_url)


@pytest.mark.parametrize(
    ("pager", "number", "following"),
    [
        ("<a onclick=\"location.href='index_2.html'\">下一页</a>", 1, "index_2.html"),
        ('<a href="javascript:void(0)" data-url="/xw/index_2.html">下一页</a>', 1, "index_2.html"),
        ('<map><area href="index_2.html" alt="下一页"></map>', 1, "index_2.html"),
        ("<button onclick=\"window.location='?page=2'\">下一页</button>", 1, "index.html?page=2"),
        ('<a href="?p=1">«</a><a href="?p=3">»</a>', 2, "index.html?p=3"),
        ('<a class="next" href="?PageNo=2"><img src="r.gif"></a>', 1, "index.html?PageNo=2"),
        ('<a href="list_2.html">第2页</a>', 1, "list_2.html"),
        ('<a href="#">下一页</a><a href="index_3.html">3</a>', 2, "index_3.html"),
        (
            '<select><option value="list_2.html">第2页</option><option value="list_3.html">第3页</option></select>',
            1,
            "list_2.html",
        ),
        ('<select><option value="1">1</option><option value="2">2</option></select>', 1, None),
        ('<a href="/xw/index.html">下一页</a>', 1, None),
        ('<span class="disabled">下一页</span>', 4, None),
        ('<a href="index_2.html">2</a> 共 2 页', 2, None),
        ('<script>$(".p").pagination("setPage",1,322)</script>', 1, "index_2.html"),
        ('<script>$(".p").pagination("setPage",9,9)</script>', 9, None),
        ('<script>Ls.pagination("#p",{pageCount:3,pageIndex:3})</script>', 3, None),
        ("<script>var countPage = 25;createPageHTML(countPage, 0, 'index', '.html')</script>", 1, "index_1.html"),
        (
            "<script>var currentPage = 0;var countPage = 12;var nextPage = currentPage + 1;"
            'document.write("<a href=index_" + nextPage + ".html>下一页</a>")</script>',
            1,
            "index_1.html",
        ),
        (
            "<script>layui.laypage.render({elem:'p',count:95,limit:20,curr:1,jump:function(o){location.href='?page='+o.curr}})"
            "</script>",
            1,
            "index.html?page=2",
        ),
        ("<script>page({totalPage:8,urlTemplate:'/xw/index_{page}.html'})</script>", 3, "index_4.html"),
        ("<script>laypage({pages:6,jump:function(n){location='/xw/list_'+(n-1)+'.html'}})</script>", 2, "list_2.html"),
        ("<script>laypage({pages:6,jump:load})</script>", 2, None),
        ("<script>var pageCount = 3; var total = 9;</script>", 3, None),
    ],
)
def test_next_page(pager: str, number: int, following: str | None) -> None:
    expected = PageRequest(f"http://www.linjiang.example.cn/xw/{following}") if following else None
    assert read(pager, number).next_page == expected


def test_founder_counts_its_pages_beside_the_node() -> None:
    first = "http://www.linjiang.example.cn/node_77.htm"
    pager = '<span id="mpagecount">4</span>'
    assert read(pager, 1, first).next_page == PageRequest(first.replace("77", "77_2"))
    assert read(pager, 3, first.replace("77", "77_3"), first).next_page == PageRequest(first.replace("77", "77_4"))
    assert read(pager, 4, first.replace("77", "77_4"), first).next_page is None


def test_the_form_of_an_asp_net_pager_is_posted() -> None:
    form = (
        '<form action="list.aspx?c=3"><input type="hidden" name="__VIEWSTATE" value="/wEPDw==">'
        '<input name="key" value="x">'
        "<a href=\"javascript:__doPostBack('Pager1','2')\">下一页</a></form>"
    )
    following = read(form).next_page
    assert following is not None
    assert following.url == "http://www.linjiang.example.cn/xw/list.aspx?c=3"
    assert parse_qs(following.body.decode(), keep_blank_values=True) == {
        "__VIEWSTATE": ["/wEPDw=="],
        "__EVENTTARGET": ["Pager1"],
        "__EVENTARGUMENT": ["2"],
    }
    assert following.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("printed", "count"),
    [("共 [12] 页", 12), ("第1/7页", 7), ("总页数：5", 5), ("页码：2/31页", 31), ("首页 尾页", None)],
)
def test_printed_number_of_pages(printed: str, count: int | None) -> None:
    assert read(printed).page_count == count
