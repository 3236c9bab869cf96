from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.exceptions import Blocked, LayoutMismatch, NotAnArticle
from crawler.items import ArticleItem
from crawler.reading import extract
from crawler.reading.extract import extract_article, url_date
from crawler.reading.layouts import ArticleLayout, Pick

URL = "http://www.example.cn/news/1.html"
FIRST = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。"
SECOND = "负责人表示，项目经费由省市两级分担，企业不再另行申报，验收不合格的限期整改。"
LAYOUT = ArticleLayout(name="2024", title=Pick("h1"), info="div.info", body="div.text", column="div.place")


def page(
    body: str = "",
    *,
    head: str = "",
    info: str = "2024-03-01 08:30 来源：示例日报",
    title: str = "第二批质量提升项目公布",
) -> bytes:
    text = body or f"<p>{FIRST}</p><p>{SECOND}</p>"
    return f"""<html><head><meta charset="utf-8"><title>{title}_示例网</title>{head}</head><body>
<div class="place">当前位置：<a href="/">示例网</a> &gt; <a href="/n/">要闻</a> &gt; 正文</div><h1>{title}</h1>
<div class="info">{info}</div><div class="text">{text}</div><div class="foot">版权所有</div></body></html>""".encode()


def read(content: bytes, *layouts: ArticleLayout, url: str = URL, fetched_at: datetime | None = None) -> ArticleItem:
    return extract_article(content, url, layouts=layouts, fetched_at=fetched_at, site="example")


def test_declared_fields_come_with_their_evidence() -> None:
    item = read(page(info="2024-03-01 08:30 来源：示例日报 作者：林小满 编辑：周一舟 浏览：36"), LAYOUT)

    assert (item.title, item.source, item.views) == ("第二批质量提升项目公布", "示例日报", 36)
    assert item.published_at == datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
    assert item.published_precision == "minute"
    assert (item.authors, item.editors) == (["林小满"], ["周一舟"])
    assert item.column == ["要闻"]
    assert item.body == f"{FIRST}\n{SECOND}"
    assert (item.site, item.layout, item.charset, item.language_script) == ("example", "2024", "utf-8", "hans")
    assert item.evidence["published_at"].text == "2024-03-01 08:30"
    assert item.evidence["source"].text == "来源：示例日报"
    assert item.evidence["title"].rule == "layout h1"
    assert {"authors", "editors", "views", "column"} <= set(item.evidence)
    assert item.warnings == []


def test_first_layout_whose_body_is_on_the_page_wins() -> None:
    old = ArticleLayout(name="2019", title=Pick("h1"), body="div.TRS_Editor")
    empty = ArticleLayout(name="2022", title=Pick("h1"), body="div.empty")
    content = page().replace(b'<div class="foot">', b'<div class="empty"></div><div class="foot">')
    assert read(content, old, empty, LAYOUT).layout == "2024"


def test_page_of_no_declared_layout_is_read_generically_and_says_so() -> None:
    item = read(page(), ArticleLayout(name="2019", title=Pick("h1"), body="div.TRS_Editor"))
    assert item.layout == "generic"
    assert item.body == f"{FIRST}\n{SECOND}"
    assert item.warnings == ["layout: none of 2019 fits; read generically"]


def test_standard_meta_tags_fill_what_the_layout_does_not_declare() -> None:
    head = (
        '<meta name="articletitle" content="项目公布"><meta property="PubDate" content="2024——03——02 21:37">'
        '<meta name="ContentSource" content="示例省局">'
    )
    item = read(page(head=head, info=""), ArticleLayout(name="meta", body="div.text"))
    assert (item.title, item.source) == ("项目公布", "示例省局")
    assert item.published_at == datetime(2024, 3, 2, 13, 37, tzinfo=UTC)


def test_printed_date_goes_before_the_head_and_disagreement_is_told() -> None:
    head = '<meta name="PubDate" content="2022-01-05 10:00">'
    item = read(page(head=head), LAYOUT, url="http://www.example.cn/2024/0302/1.html")
    assert item.published_at == datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
    assert item.warnings == [
        "published_at: page says 2024-03-01, meta says 2022-01-05",
        "published_at: page says 2024-03-01, URL says 2024-03-02",
    ]


def test_future_date_is_not_believed() -> None:
    item = read(page(info="2099-01-01 来源：甲报"), LAYOUT, fetched_at=datetime(2024, 3, 1, tzinfo=UTC))
    assert item.published_at is None
    assert item.published_precision is None
    assert item.source == "甲报"


def test_no_date_is_taken_from_the_address_unless_the_layout_says_so() -> None:
    pattern = r"/(?P<y>\d{4})/(?P<m>\d\d)(?P<d>\d\d)/"
    url = "http://www.example.cn/2024/0302/1.html"
    layout = ArticleLayout(name="a", title=Pick("h1"), body="div.text", published_at=None, url_date=pattern)
    filling = ArticleLayout(
        name="b", title=Pick("h1"), body="div.text", published_at=None, url_date=pattern, url_date_fills=True
    )
    assert read(page(info=""), layout, url=url).published_at is None
    assert read(page(info=""), filling, url=url).published_at == datetime(2024, 3, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://e.cn/202207/18/t20220718_37879415.shtml", "2022-07-18"),
        ("http://e.cn/art/2020/9/2/art_1_2.html", "2020-09-02"),
        ("http://e.cn/content/2020-09/02/content_1.htm", "2020-09-02"),
        ("http://e.cn/20200902/1.html", "2020-09-02"),
        ("http://e.cn/news/20201302/1.html", None),
        ("http://e.cn/news/1.html", None),
    ],
)
def test_common_shapes_of_addresses_hold_a_day(url: str, day: str | None) -> None:
    found = url_date(url, None)
    assert (str(found.day) if found else None) == day


def test_picks_take_attributes_patterns_and_lines() -> None:
    layout = ArticleLayout(
        name="picks",
        title=Pick("h1", pattern=r"\A([^\n]+)"),
        published_at=Pick("time", attr="datetime"),
        source=Pick("div.info", pattern=r"供稿[：:]\s*(\S+)"),
        views=Pick("span.hits"),
        subtitle=Pick("h2"),
        body="div.text",
        drop=".share, .editor",
    )
    content = page(
        f'<p>{FIRST}</p><div class="share">分享</div>',
        info='供稿：示例局 <time datetime="2024-03-01T08:30:05+08:00"></time><span class="hits">1,036</span>',
    )
    content = content.replace(b"</h1>", "<br><span>2020-01-01</span></h1><h2>副题在此</h2>".encode())
    item = read(content, layout)
    assert item.title == "第二批质量提升项目公布"
    assert (item.subtitle, item.source, item.views) == ("副题在此", "示例局", 1036)
    assert item.published_at == datetime(2024, 3, 1, 0, 30, 5, tzinfo=UTC)
    assert item.body == FIRST


def test_missing_parts_of_a_layout_are_told_and_found_otherwise() -> None:
    layout = ArticleLayout(name="moved", title=Pick("h5"), info="div.gone", body="div.text")
    item = read(page(), layout)
    assert item.title == "第二批质量提升项目公布"
    assert (item.source, item.published_precision) == ("示例日报", "minute")
    assert item.warnings == ["layout moved: no title at h5", "layout moved: no info line at div.gone"]


def test_title_from_the_head_when_no_heading_shows_it() -> None:
    content = page().replace(b"<h1>", b"<p>").replace(b"</h1>", b"</p>")
    assert read(content, LAYOUT).title == "第二批质量提升项目公布"
    bare = content.replace(
        "<title>第二批质量提升项目公布_示例网</title>".encode(), b'<meta property="og:title" content="og">'
    )
    assert read(bare, LAYOUT).title == "og"
    with pytest.raises(LayoutMismatch, match="no title at h1"):
        read(content.replace("<title>第二批质量提升项目公布_示例网</title>".encode(), b""), LAYOUT)


def test_views_filled_by_script_are_none() -> None:
    assert read(page(info='2024-03-01 浏览<span id="hits"></span>次'), LAYOUT).views is None


def test_document_number_under_the_headline_is_read() -> None:
    item = read(
        page(f"<p align=center>国市监质〔2024〕17号</p><p>{FIRST}</p><p>依据国市监质〔2019〕3号文件，{SECOND}</p>"),
        LAYOUT,
    )
    assert item.doc_number == "国市监质〔2024〕17号"
    assert read(page(f"<p>依据国市监质〔2019〕3号文件，{SECOND}{FIRST}</p>"), LAYOUT).doc_number is None
    labelled = read(page(info="发文字号：国市监〔2020〕3号 发布机构：示例总局 2024-03-01"), LAYOUT)
    assert (labelled.doc_number, labelled.issuer) == ("国市监〔2020〕3号", "示例总局")


def test_canonical_hint_is_absolute() -> None:
    assert (
        read(page(head='<link rel="canonical" href="/n/1.html">'), LAYOUT).canonical_hint
        == "http://www.example.cn/n/1.html"
    )
    assert (
        read(page(head='<meta property="og:url" content="https://m.example.cn/1">'), LAYOUT).canonical_hint
        == "https://m.example.cn/1"
    )
    assert read(page(), LAYOUT).canonical_hint is None


def test_founder_comment_gives_subtitle_and_checks_the_date() -> None:
    comment = (
        "<!--enpproperty <date>2024-03-05 10:00:00.0</date><subtitle>副题</subtitle><author></author>/enpproperty-->"
    )
    content = page(f"{comment}<!--enpcontent--><p>{FIRST}</p><!--/enpcontent--><p>分享</p>")
    item = read(content, ArticleLayout(name="founder", start="enpcontent", title=Pick("h1")))
    assert (item.body, item.subtitle) == (FIRST, "副题")
    assert item.published_at == datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
    assert item.warnings == ["published_at: page says 2024-03-01, meta says 2024-03-05"]


def test_mirror_noise_is_taken_out_and_what_was_seen_is_kept() -> None:
    noisy = "市場監(jiān)管部門(mén)公布質(zhì)量項(xiàng)目(CPK)"
    item = read(
        page(
            f"<p>{noisy}，{noisy}。</p>",
            title="質(zhì)量項(xiàng)目公布",
            info="來(lái)源：質(zhì)量報(bào) 2024-03-01 作者：",
        ),
        LAYOUT,
    )
    assert item.is_mirror
    assert item.restored
    assert (item.title, item.title_raw) == ("质量项目公布", "質(zhì)量項(xiàng)目公布")
    assert item.body == "市场监管部门公布质量项目(CPK)，市场监管部门公布质量项目(CPK)。"
    assert item.body_raw == f"{noisy}，{noisy}。"
    assert item.source == "质量报"
    assert item.column == ["要闻"]


def test_traditional_page_without_notes_stays_as_it_is() -> None:
    item = read(
        page(
            "<p>市場監管部門公佈了第二批質量提升項目，要求各地在年底前完成驗收。</p>",
            title="項目公佈",
            info="發佈時間：2024-03-01 來源：質量報",
        ),
        LAYOUT,
    )
    assert not item.is_mirror
    assert item.body_raw is None
    assert item.language_script == "hant"
    assert item.source == "質量報"


def test_challenge_is_blocked() -> None:
    with pytest.raises(Blocked, match="验证"):
        read(
            b"<html><head><title>\xe5\xae\x89\xe5\x85\xa8\xe9\xaa\x8c\xe8\xaf\x81</title></head><body>x</body></html>",
            LAYOUT,
        )
    with pytest.raises(Blocked, match="频繁"):
        read(page("<p>您的访问过于频繁，请稍后再试。</p>", info=""), LAYOUT)


@pytest.mark.parametrize("layouts", [(LAYOUT,), ()])
def test_soft_404_is_no_article(layouts) -> None:
    with pytest.raises(NotAnArticle, match="提示信息"):
        read(
            page(
                "<p>您访问的页面不存在或已被删除，三秒后返回首页，请稍候片刻再试一次。</p>", info="", title="提示信息"
            ),
            *layouts,
        )


def test_list_and_home_pages_are_no_articles() -> None:
    rows = "".join(f'<li><a href="/{n}.html">第{n}条新闻的标题在这里</a> 2024-03-01</li>' for n in range(40))
    with pytest.raises(NotAnArticle, match="40 links"):
        read(f"<html><title>首页</title><body><ul>{rows}</ul></body></html>".encode(), LAYOUT)


def test_page_without_text_says_what_was_seen() -> None:
    with pytest.raises(LayoutMismatch, match="视频标题"):
        read("<html><title>视频标题</title><body><div id=player></div><p>播放</p></body></html>".encode(), LAYOUT)
    with pytest.raises(LayoutMismatch, match="empty after trimming"):
        read(page("<p>分享到：微信 微博</p>"), LAYOUT)


def test_pictures_alone_are_an_article() -> None:
    item = read(page('<p><img src="/1.jpg"></p><p>图为活动现场。</p>'), LAYOUT)
    assert item.body == ""
    assert [(image.url, image.caption) for image in item.images] == [("http://www.example.cn/1.jpg", "图为活动现场。")]


def test_a_fault_of_the_reader_is_a_layout_error_with_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(extract, "_read", broken)
    with pytest.raises(LayoutMismatch, match="KeyError") as caught:
        read(page(), LAYOUT)
    assert isinstance(caught.value.__cause__, KeyError)
