"""Articles over several pages, through the real crawl."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.reading.urls import url_key

TITLE = "城关区发布质量强区三年行动方案"
LINES = [
    [
        "城关区日前印发质量强区三年行动方案，提出到2028年全区制造业产品质量合格率稳定在百分之九十六以上。",
        "方案明确，今年内培育首席质量官一百二十名，重点企业实现全覆盖，并按季度公布进展情况。",
    ],
    [
        "在计量方面，方案要求完善民生计量监管，对集贸市场在用衡器实行免费检定，检定结果向社会公示。",
        "在标准方面，支持企业主导或参与制定国家标准、行业标准，每项给予相应奖励。",
    ],
    [
        "在认证认可方面，方案提出开展小微企业质量管理体系认证提升行动，帮扶企业不少于三百家。",
        "区市场监管局负责人表示，将把任务分解到部门和街镇，年底进行考核评估。",
    ],
]


def pager(here: int, path: str = "/news/101") -> str:
    """The pager below a part."""
    links = [
        f"<span>{n}</span>" if n == here else f'<a href="{path}{f"_{n}" if n > 1 else ""}.html">{n}</a>'
        for n in (1, 2, 3)
    ]
    following = f'<a href="{path}_{here + 1}.html">下一页</a>' if here < 3 else "<span>下一页</span>"
    return f"<div id='pages'>{' '.join(links)} {following}</div><p>下一篇：<a href='/news/102.html'>另一则消息</a></p>"


@pytest.fixture
def long_article(town: Any) -> Any:
    """A town whose column lists the first part of an article over three pages, and another article."""
    for number in (1, 2, 3):
        path = f"/news/101{f'_{number}' if number > 1 else ''}.html"
        town.article(path, TITLE, LINES[number - 1], pager(number))
    town.article("/news/102.html", "城关区召开计量工作座谈会", ["座谈会上，各单位交流了计量工作经验，" * 3])
    town.column("/news/101.html", "/news/102.html")
    return town


def body() -> str:
    return "\n".join(line for part in LINES for line in part)


def test_three_pages_are_one_article_in_their_order(long_article: Any, database_url: str) -> None:
    reader = long_article.reader(database_url=database_url)
    crawled = reader.crawl("town")
    assert crawled.verdict == "ok", crawled.log
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert detail.current.title == TITLE
    assert detail.current.body == body()
    assert [alias.reason for alias in detail.aliases] == ["part", "part"]
    assert reader.archive.count() == 2
    pages = [reader.archive.snapshot(part["snapshot"]).body.decode() for part in detail.current.parts]
    assert [LINES[1][0] in pages[0], LINES[2][0] in pages[1]] == [True, True], "every page can be read again"
    assert reader.archive.check().problems == []
    reader.archive.close()


def test_list_that_links_every_page_gives_one_article(long_article: Any) -> None:
    long_article.column("/news/101_2.html", "/news/101.html", "/news/101_3.html", "/news/102.html")
    reader = long_article.reader()
    assert reader.crawl("town").verdict == "ok"
    assert reader.archive.count() == 2
    again = reader.crawl("town", days=0.01)
    assert (again.counts.get("articles", 0), again.requests) == (0, 1), "every page is known"
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101_2.html"))
    assert detail.current.body == body()
    reader.archive.close()


def test_change_on_a_later_page_is_seen_though_the_first_is_unchanged(long_article: Any) -> None:
    reader = long_article.reader()
    reader.crawl("town")
    long_article.article(
        "/news/101_2.html", TITLE, [LINES[1][0], "奖励办法另行公布，请各单位留意后续通知安排。"], pager(2)
    )
    crawled = reader.crawl("town", days=1.5)
    assert crawled.counts.get("changed") == 1, crawled.log
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert "奖励办法另行公布" in detail.current.body
    assert detail.current.body.endswith(LINES[2][1])
    assert reader.crawl("town", days=3.5).counts.get("changed", 0) == 0
    reader.archive.close()


def test_missing_part_of_a_new_article_is_told_and_made_up_for_soon(long_article: Any) -> None:
    third = long_article.pages.pop("/news/101_3.html")
    reader = long_article.reader()
    assert reader.crawl("town").code == 0
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert detail.current.body == "\n".join(LINES[0] + LINES[1])
    (warning,) = [sentence for sentence in detail.current.warnings if sentence.startswith("parts:")]
    assert "page 3" in warning
    assert "404" in warning
    reader.crawl("town", days=0.1)
    (trouble,) = reader.archive.quarantine()
    assert "page 3 of the article" in trouble.detail
    long_article.pages["/news/101_3.html"] = third
    reader.crawl("town", days=0.5)
    assert reader.archive.article(detail.article.id).current.body == body()
    assert reader.archive.quarantine() == []
    reader.archive.close()


def test_missing_part_never_shortens_a_stored_article(long_article: Any) -> None:
    reader = long_article.reader()
    reader.crawl("town")
    long_article.put("/news/101_2.html", "out of order", status=500)
    crawled = reader.crawl("town", days=1.5)
    assert crawled.counts.get("changed", 0) == 0
    assert any("page 2 of the article" in sentence for sentence in crawled.evidence)
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert (detail.article.revision, detail.current.body) == (1, body())
    reader.archive.close()


def test_pager_that_turns_in_a_circle_ends(long_article: Any) -> None:
    # Every number answers with the same page, and every page names one more.
    endless = "<div><a href='/news/103_{}.html'>下一页</a></div>"
    long_article.article("/news/103.html", TITLE + "续", LINES[0], endless.format(2))
    for number in range(2, 40):
        long_article.article(f"/news/103_{number}.html", TITLE + "续", LINES[0], endless.format(number + 1))
    long_article.column("/news/103.html")
    reader = long_article.reader()
    assert reader.crawl("town").verdict == "ok"
    assert len([path for path in long_article.asked if path.startswith("/news/103")]) == 2
    (detail,) = reader.archive.export()
    assert detail.current.body == "\n".join(LINES[0])
    reader.archive.close()


def test_article_of_too_many_pages_ends_at_the_bound(long_article: Any) -> None:
    for number in range(1, 40):
        path = f"/news/104{f'_{number}' if number > 1 else ''}.html"
        line = f"第{number}节：本节记录城关区第{number}次质量工作会议的要点和分工安排，供各单位参考落实。"
        long_article.article(
            path, TITLE + "全录", [line], f"<div><a href='/news/104_{number + 1}.html'>下一页</a></div>"
        )
    long_article.column("/news/104.html")
    reader = long_article.reader()
    reader.crawl("town")
    assert len([path for path in long_article.asked if path.startswith("/news/104")]) == 30
    (detail,) = reader.archive.export()
    assert len(detail.current.body.split("\n")) == 30
    assert any("first 30 pages" in warning for warning in detail.current.warnings)
    reader.archive.close()


def test_page_with_the_whole_article_is_read_instead_of_its_parts(long_article: Any) -> None:
    link = "<a href='/news/101_all.html'>在本页阅读全文</a>"
    long_article.article("/news/101.html", TITLE, LINES[0], pager(1) + link)
    long_article.article("/news/101_all.html", TITLE, [line for part in LINES for line in part], link)
    reader = long_article.reader()
    reader.crawl("town")
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert detail.current.body == body()
    assert "/news/101_2.html" not in long_article.asked
    reader.archive.close()


def test_whole_page_that_is_not_there_is_made_up_for_by_the_parts(long_article: Any) -> None:
    long_article.article("/news/101.html", TITLE, LINES[0], pager(1) + "<a href='/news/101_all.html'>单页显示</a>")
    reader = long_article.reader()
    reader.crawl("town")
    detail = reader.archive.article(url_key(f"http://{long_article.host}/news/101.html"))
    assert detail.current.body == body()
    reader.archive.close()


def test_page_that_only_looks_like_a_later_one_stands_alone(long_article: Any) -> None:
    # 201_2 is an article of its own; its pager leads to 201, which knows nothing of it.
    long_article.article("/news/201_2.html", "城关区第二批名单公布", LINES[1], "<a href='/news/201.html'>上一页</a>")
    long_article.article("/news/201.html", "城关区第一批名单公布", LINES[2])
    long_article.column("/news/201_2.html")
    reader = long_article.reader()
    reader.crawl("town")
    titles = {detail.current.title for detail in reader.archive.export()}
    assert titles == {"城关区第一批名单公布", "城关区第二批名单公布"}
    del long_article.pages["/news/201.html"]
    other = long_article.reader("other")
    other.crawl("town")
    assert [detail.current.title for detail in other.archive.export()] == ["城关区第二批名单公布"]
    other.archive.close()
    reader.archive.close()
