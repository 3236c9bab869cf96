"""Drafting of layouts: from known articles and their pages to selectors that read the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crawler.items import Link
from crawler.reading.addresses import article_pattern
from crawler.reading.drafting import NEEDED, Known, Sample, coverage, draft_layout, layout_of, read_sample
from crawler.reading.layouts import ListLayout
from crawler.reading.list_drafting import draft_list_layout, match_titles
from crawler.reading.lists import extract_list
from crawler.reading.page import parse
from crawler.reading.selectors import Target, common_selector, selectors
from seeds.replica.unknown import HOSTS, UnknownArticle, articles
from seeds.replica.unknown_pages import TEMPLATES

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def known_of(one: UnknownArticle) -> Known:
    return Known(one.title, one.body, one.published_at.astimezone(UTC), "minute", one.source)


def served(kind: str, path: str, epoch: int) -> tuple[str, bytes]:
    template = TEMPLATES[kind]
    answer = template.answer(path, articles(kind, epoch), 12, epoch)
    assert answer is not None
    return f"http://{HOSTS[kind]}{path}", answer[1].encode(template.charset)


def sample(kind: str, one: UnknownArticle, epoch: int) -> Sample:
    url, content = served(kind, TEMPLATES[kind].path_of(one, epoch), epoch)
    return Sample(url, content, {}, NOW, known_of(one))


@pytest.mark.parametrize(("kind", "epoch"), [("portal", 1), ("portal", 2), ("tables", 1), ("tables", 2), ("feed", 1)])
def test_layout_drafted_from_three_articles_reads_all_others(kind: str, epoch: int) -> None:
    everyone = [sample(kind, one, epoch) for one in articles(kind, epoch)]
    raw = draft_layout([everyone[0], everyone[9], everyone[20]], "new")
    assert raw is not None
    assert raw["name"] == "new"
    found = coverage(everyone, [layout_of(raw)])
    assert found.complete(NEEDED)
    assert found.unread == 0


def test_layout_is_not_drafted_where_the_known_texts_do_not_stand() -> None:
    other = articles("tables", 1)
    wrong = [
        Sample(one.url, one.content, {}, NOW, known_of(other[number]))
        for number, one in enumerate(sample("portal", one, 1) for one in articles("portal", 1)[:3])
    ]
    assert draft_layout(wrong, "new") is None


def test_one_page_of_another_kind_does_not_spoil_the_draft() -> None:
    samples = [sample("portal", one, 1) for one in articles("portal", 1)[:3]]
    odd = Sample(
        samples[0].url, b"<html><body><p>\xe9\xa1\xb5\xe9\x9d\xa2</p></body></html>", {}, NOW, samples[0].known
    )
    raw = draft_layout([odd, *samples], "new")
    assert raw is not None
    assert raw["body"] == "div.detail-body"


PAGE = """<html><head><title>{title}</title></head><body><div class="art"><h1>{title}</h1>
<p class="meta">2025-03-0{day} 08:15 来源：临溪日报</p>
<div class="txt"><div class="tools">字体放大 字体缩小 收藏本文</div><p>{first}</p><p>{second}</p>
<div class="tail">本文仅供会员学习使用，请勿外传</div></div></div></body></html>"""
FIRST = "临溪市{n}家企业上月通过质量管理体系复审，其中{n}家是首次申请，评审员在车间里看了两天记录。"
SECOND = "协会说，下一批{n}家企业的辅导从月底开始，报名表可以在窗口领取，名额先到先得。"


def test_what_stands_in_the_text_and_is_not_the_text_is_dropped() -> None:
    samples = []
    for n in range(2, 5):
        first, second, title = FIRST.format(n=n), SECOND.format(n=n), f"临溪市{n}家企业通过复审"
        content = PAGE.format(title=title, first=first, second=second, day=n).encode()
        at = datetime(2025, 3, n, 0, 15, tzinfo=UTC)
        known = Known(title, f"{first}\n{second}", at, "minute", "临溪日报")
        samples.append(Sample(f"http://a.example/{n}.html", content, {}, NOW, known))
    raw = draft_layout(samples, "new")
    assert raw is not None
    assert coverage(samples, [layout_of(raw)]).complete(NEEDED)
    item = read_sample(samples[0], [layout_of(raw)])
    assert item is not None
    assert "收藏本文" not in item.body
    assert "请勿外传" not in item.body


def test_selector_prefers_names_and_leaves_out_those_made_by_a_program() -> None:
    root = parse('<div class="css-1x8f92k news"><p>一</p><p class="x">二</p></div>')
    assert root is not None
    node = root.find(".//div")
    assert node is not None
    assert next(selectors(node)) == "div.news"


def test_of_a_name_that_changes_with_every_build_only_the_beginning_is_used() -> None:
    root = parse('<div class="index_text_D0U1y"><p>一</p></div><div class="index_head_x8Kq2">二</div>')
    assert root is not None
    node = root.find(".//div")
    assert node is not None
    assert next(selectors(node)) == 'div[class*="index_text_"]'


def test_selector_must_find_one_wanted_element_on_every_page() -> None:
    pages = [parse(f"<div><b>x</b></div><div class='a'><p>{n}</p></div><p>z</p>") for n in range(3)]
    targets = [Target(page, [page.find(".//div/p")]) for page in pages]
    assert common_selector(targets) == "div.a p"
    lost = parse("<p>z</p>")
    assert common_selector([*targets, Target(lost, [lost.find(".//p")])]) is None


@pytest.mark.parametrize(
    ("kind", "path", "epoch"),
    [
        ("portal", "/zlyw/", 1),
        ("portal", "/zlyw/", 2),
        ("tables", "/newslist.asp?classid=3", 1),
        ("tables", "/newslist.asp?classid=3", 2),
    ],
)
def test_list_layout_drafted_from_known_links_reads_the_whole_list_with_days(kind: str, path: str, epoch: int) -> None:
    url, content = served(kind, path, epoch)
    shown = articles(kind, epoch)[:12]
    template = TEMPLATES[kind]
    wanted = [Link(f"http://{HOSTS[kind]}{template.path_of(one, epoch)}", one.title) for one in shown]
    raw = draft_list_layout(content, url, wanted)
    assert raw is not None
    links = extract_list(content, url, ListLayout(**raw)).links
    assert {link.url: link.listed_on for link in links} == {
        link.url: one.published_at.date() for link, one in zip(wanted, shown, strict=True)
    }


def test_two_known_links_are_enough_for_a_layout_of_the_list() -> None:
    url, content = served("portal", "/zlyw/", 2)
    shown = articles("portal", 2)
    template = TEMPLATES["portal"]
    wanted = [Link(f"http://{HOSTS['portal']}{template.path_of(one, 2)}", one.title) for one in (shown[4], shown[7])]
    raw = draft_list_layout(content, url, wanted, exact=False)
    assert raw is not None
    assert len(extract_list(content, url, ListLayout(**raw)).links) == 12


def test_links_are_matched_by_headline_also_when_the_list_cuts_it() -> None:
    links = [Link("http://a.example/1", "临溪市三家企业通过质量管理…"), Link("http://a.example/2", "别的")]
    titles = {"http://a.example/old/7": "临溪市三家企业通过质量管理体系复审"}
    assert match_titles(links, titles) == {"http://a.example/old/7": links[0]}


HOST = "http://www.a.example"


@pytest.mark.parametrize(
    ("paths", "matches", "misses"),
    [
        (["/zl/202503/t20250302_11.html", "/zl/202503/t20250303_12.html", "/zl/202504/t20250401_345.html"],
         ["/tz/202512/t20251231_98765.html"], ["/zl/index_2.html", "/zl/"]),
        (["/art/2025/3/2/art_12_345.html", "/art/2025/11/20/art_12_346.html", "/art/2025/1/2/art_12_1000.html"],
         ["/art/2026/12/31/art_12_99999.html"], ["/col/col12/index.html"]),
        (["/show.asp?id=71", "/show.asp?id=102", "/show.asp?id=9001"], ["/show.asp?id=12345"], ["/list.asp?id=3"]),
        ([f"/art/2025/art_{n:032x}.html" for n in (3**60, 5**50, 7**40)],
         [f"/art/2026/art_{11**30:032x}.html"], ["/art/index.html"]),
        (["/zl/8812.html", "/zl/8813.html", "/zl/9914.html"], ["/zl/8.html", "/tz/123456.html"], ["/zl/list_2.html"]),
    ],
)  # fmt: skip
def test_address_pattern_lets_later_articles_through_and_no_lists(
    paths: list[str], matches: list[str], misses: list[str]
) -> None:
    import re

    pattern = article_pattern([HOST + path for path in paths], {}, f"{HOST}/zl/")
    assert pattern is not None
    assert [path for path in (*paths, *matches) if not re.search(pattern, path)] == []
    assert [path for path in misses if re.search(pattern, path)] == []


def test_address_pattern_names_the_day_only_when_the_list_agrees() -> None:
    urls = [f"{HOST}/zl/2025/030{n}/{n}12.html" for n in range(1, 5)]
    days = {url: date(2025, 3, n) for n, url in enumerate(urls, start=1)}
    agreed = article_pattern(urls, days)
    assert agreed is not None
    assert "(?P<d>" in agreed
    other = article_pattern(urls, {url: day + timedelta(days=3) for url, day in days.items()})
    assert other is not None
    assert "(?P<" not in other


def test_addresses_without_anything_in_common_give_no_pattern() -> None:
    assert article_pattern([f"{HOST}/{word}" for word in ("alpha", "beta/x", "c", "d/e/f", "g-h")], {}) is None
