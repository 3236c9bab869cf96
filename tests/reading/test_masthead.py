"""Time, source and people from the lines around a text, in the forms that templates print them; and what is neither."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from crawler.items import ArticleItem
from crawler.reading.dates import PAGE_ZONE
from crawler.reading.extract import extract_article

TITLE = "示例市首批质量提升项目通过验收"
FIRST = "示例市市场监管局日前完成首批质量提升项目的验收，十二家企业的检测能力和标准化水平明显提高。"
SECOND = "验收组认为，项目把计量、标准和检验检测放在一处办理，企业少跑了路，也少花了钱。"
LAST = "下一步，当地将把做法推广到更多行业，并每季度公布一次进展。"
TEXT = f"<p>{FIRST}</p><p>{SECOND}</p><p>{LAST}</p>"
NAV = "".join(f'<li><a href="/c{n}/">栏目{n}</a></li>' for n in range(9))
STORIES = "".join(
    f'<li><a href="/n/{n}.html">另一篇关于标准化的报道之{n}</a> 2023-01-{n:02d}</li>' for n in range(1, 9)
)


def read(
    header: str, *, body: str = "", below: str = "", head: str = "", url: str = "http://www.example.cn/n/1.html",
    title: str = f"<h1>{TITLE}</h1>", above: str = "", fetched_at: datetime | None = None,
) -> ArticleItem:  # fmt: skip
    page = (
        f"<html><head><title>{TITLE}_要闻_示例新闻网</title>{head}</head><body><ul class=nav>{NAV}</ul>"
        f"<div class=main>{above}{title}{header}<div class=text>{body or TEXT}</div>{below}</div>"
        f"<div class=side><h3>最新</h3><ul>{STORIES}</ul></div><div>版权所有 2001-2026 示例新闻网</div></body></html>"
    )
    return extract_article(page.encode(), url, fetched_at=fetched_at)


def local(item: ArticleItem) -> str | None:
    if item.published_at is None:
        return None
    shown = "%Y-%m-%d" if item.published_precision == "day" else "%Y-%m-%d %H:%M"
    return item.published_at.astimezone(PAGE_ZONE).strftime(shown)


@dataclass
class Form:
    name: str
    header: str
    time: str | None = None
    source: str | None = None
    people: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)


HEADERS = [
    Form("time and labelled source", "<div>2024-03-01 08:30:15 来源: 示例日报</div>", "2024-03-01 08:30", "示例日报"),
    Form(
        "each in a span, nothing between",
        "<div><span class=a_catalog><a href=/c>产业</a></span><span class=a_source>质检前沿</span>"
        "<span class=a_time>2024-03-01 08:30</span></div>",
        "2024-03-01 08:30", "质检前沿",
    ),
    Form(
        "source linked, bar between",
        "<div class=info>2024年03月01日08:30 | 来源：<a href='http://daily.example/'>示例网-示例日报</a></div>",
        "2024-03-01 08:30", "示例网-示例日报",
    ),
    Form(
        "full labels and a count",
        "<p>发布时间：2024-03-01 08:30&nbsp;&nbsp;信息来源：市市场监管局&nbsp;&nbsp;浏览次数：<span id=hits></span>"
        "&nbsp;&nbsp;字体：[<a>大</a> <a>中</a> <a>小</a>]</p>",
        "2024-03-01 08:30", "市市场监管局",
    ),
    Form(
        "address of the site, time, bare source",
        "<div>http://www.example.com.cn 2004年12月10日 11:55 示例商报</div>", "2004-12-10 11:55", "示例商报",
    ),
    Form("source without label before the time", "<div>示例产业信息网   时间:2024-03-01</div>", "2024-03-01",
         "示例产业信息网"),
    Form("empty author", "<div>发布时间:2024-03-01 作者: 来源:示例省质监局 浏览:1324</div>", "2024-03-01",
         "示例省质监局"),
    Form("empty source", "<div>来源: 编辑:林小满 浏览量:0 2024-03-01</div>", "2024-03-01", None, [], ["林小满"]),
    Form("nothing padded", "<div>发布:2024-3-1 9:22:32  来源:示例新闻网  浏览次  编辑:佚名</div>", "2024-03-01 09:22",
         "示例新闻网"),
    Form("in brackets", "<div>【发布日期:2024-03-01】 【来源:】 【阅读:次】【作者:秋鸿】</div>", "2024-03-01", None,
         ["秋鸿"]),
    Form("space before the colon", "<div>来源 : 示例质量所 浏览 : 2751 日期 : 2024-03-01</div>", "2024-03-01",
         "示例质量所"),
    Form("label and value in a box each", "<div><span>来源：</span><a>示例日报</a></div><div>2024-03-01 08:30</div>",
         "2024-03-01 08:30", "示例日报"),
    Form(
        "year, day and clock in a box each",
        "<div class=t><span><em>2024</em></span><span><em>03</em>/<em>01</em></span><span>08:30:15</span></div>",
        "2024-03-01 08:30",
    ),
    Form("boxes below one another", "<div>2024</div><div>03/01</div><div>08:30</div>", "2024-03-01 08:30"),
    Form("day above, year and month below", "<div><b>01</b><i>2024-03</i></div>", "2024-03-01"),
    Form("month and day, year behind", "<div><b>03-01</b><i>2024</i></div>", "2024-03-01"),
    Form("clock in the next box", "<div>2024-03-01</div><div>08:30</div>", "2024-03-01 08:30"),
    Form("numbers cut by comments", "<div>2024-<!-- a -->03<!-- b -->-01 08:<!-- c -->30</div>", "2024-03-01 08:30"),
    Form("in an aside", "<aside>2024-03-01 08:30 质检前沿[整理] <a>1</a></aside>", "2024-03-01 08:30", "质检前沿"),
    Form("in a share bar", "<div class=share><span>2024-03-01</span><span> · </span><span>城市质检</span></div>",
         "2024-03-01", "城市质检"),
    Form("full width", "<div>２０２４年３月１日　０８：３０　来源：示例日报</div>", "2024-03-01 08:30", "示例日报"),
    Form("numerals", "<div>二〇二四年三月一日　来源：示例日报</div>", "2024-03-01", "示例日报"),
    Form("clock in words", "<div>2024年3月1日 14时05分</div>", "2024-03-01 14:05"),
    Form("afternoon", "<div>2024年3月1日 星期五 下午 2:05</div>", "2024-03-01 14:05"),
    Form("month first", "<div>7/5/2005 9:23 PM</div>", "2005-07-05 21:23"),
    Form("day first with dots", "<div>15.07.2016 17:43</div>", "2016-07-15 17:43"),
    Form("English month", "<div>05-Jul-2005 来源：示例日报</div>", "2005-07-05", "示例日报"),
    Form("English month first", "<div>July 5, 2005</div>", "2005-07-05"),
    Form("Chinese month, English day", "<div><a href=/category/misc>其它内容</a> 十一月 6th, 2009</div>",
         "2009-11-06"),
    Form("traditional", "<div>發佈時間：2024-03-01 08:30　來源：示例日報　記者：陳小滿</div>", "2024-03-01 08:30",
         "示例日報", ["陳小滿"]),
    Form("publication before update", "<div>更新时间：2024-05-02 09:00 发布时间：2024-03-01 08:30</div>",
         "2024-03-01 08:30"),
    Form("nothing but an update", "<div>最后更新：2024-05-02 09:00</div>", "2024-05-02 09:00"),
    Form("update on the next line", "<div>2024-03-01 08:30</div><div>最后更新: 2024-05-02 09:27:48</div>",
         "2024-03-01 08:30"),
    Form("source on the line below", "<p>2024-03-01 08:30</p><p>来源：<a href='http://d.example'>示例日报</a></p>",
         "2024-03-01 08:30", "示例日报"),
    Form("agency on the line above", "<p>新华社</p><p>2024-03-01 08:30</p>", "2024-03-01 08:30", "新华社"),
    Form("reporter and paper", "<p>林小满/示例青年报</p><p>2024-03-01 08:30</p>", "2024-03-01 08:30", "示例青年报",
         ["林小满"]),
    Form("reporter of a paper above the time", "<p>示例新闻记者 林小满</p><p>2024-03-01 08:30 来源：示例新闻</p>",
         "2024-03-01 08:30", "示例新闻", ["林小满"]),
    Form("author beside the time", "<div>林小满 2024-03-01 08:30:26 0人参与评论</div>", "2024-03-01 08:30", None,
         ["林小满"]),
    Form("pen name called author", "<div><span class=post_author>北境一鹤</span> <span>2024-03-01</span></div>",
         "2024-03-01", None, ["北境一鹤"]),
    Form("account of a platform",
         "<div>2024-03-01</div><a class=author href=/u><div>质检前沿</div><span>企鹅号</span></a>",
         "2024-03-01", "质检前沿"),
    Form("two authors, source, editor", "<div>2024-03-01 来源：示例日报 作者：林小满 周一舟 责任编辑：沈禾</div>",
         "2024-03-01", "示例日报", ["林小满", "周一舟"], ["沈禾"]),
    Form("author by a bar", "<div>作者 | 林小满　编辑 | 沈禾</div><div>2024-03-01</div>", "2024-03-01", None,
         ["林小满"], ["沈禾"]),
    Form("text by a columnist", "<div>2024-03-01</div><p>文丨示例时评特约评论员 林小满</p>", "2024-03-01", None,
         ["林小满"]),
    Form("the paper in the author's label", "<div>2024-03-01</div><p>作者：《示例企业家》记者 林小满</p>",
         "2024-03-01", "《示例企业家》", ["林小满"]),
    Form("a department as author", "<div>2024-03-01 作者：办公室 来源：示例县政府</div>", "2024-03-01", "示例县政府",
         ["办公室"]),
    Form("an agency as author", "<div>2024-03-01 作者：新华社</div>", "2024-03-01", "新华社"),
    Form("placeholders", "<div>2024-03-01 来源：本站 作者：管理员 编辑：admin</div>", "2024-03-01"),
    Form("where the reader sits", "<div>2024年03月01日 08:30:35 来自示例自治区</div>", "2024-03-01 08:30"),
    Form("labels without colons",
         "<div><span>来源</span><span>示例日报</span><span>作者</span><span>林小满</span></div><div>2024-03-01</div>",
         "2024-03-01", "示例日报", ["林小满"]),
    Form("written when", "<div>发稿时间：2024-03-01 08:30:00 来源：示例青年网</div>", "2024-03-01 08:30",
         "示例青年网"),
    Form(
        "an office's table",
        "<table><tr><td>索 引 号：</td><td>000014-2024-9</td><td>主题分类：</td><td>质量</td></tr>"
        "<tr><td>发文机关：</td><td>示例市政府</td><td>成文日期：</td><td>2024年02月20日</td></tr>"
        "<tr><td>发文字号：</td><td>示政发〔2024〕9号</td><td>发布日期：</td><td>2024年03月01日</td></tr></table>",
        "2024-03-01",
    ),
    Form("nothing but the document's own day", "<table><tr><td>成文日期：</td><td>2024年02月20日</td></tr></table>",
         "2024-02-20"),
    Form("a table without colons",
         "<table><tr><th>索 引 号</th><td>14-2024-2</td><th>公开日期</th><td>2024-03-01</td></tr></table>",
         "2024-03-01"),
    Form("reporters with offices in one value",
         "<div>发稿时间：2024-03-01 作者：示例报·示例网记者林小满 通讯员周一舟 来源：示例报客户端</div>",
         "2024-03-01", "示例报客户端", ["林小满", "周一舟"]),
    Form("client, bar, reporter", "<div>示例日报客户端 | 记者 林小满 2024-03-01 08:30</div>",
         "2024-03-01 08:30", "示例日报客户端", ["林小满"]),
    Form("a name that begins with digits", "<div>2024-03-01 08:30 21世纪示例报道 林小满</div>",
         "2024-03-01 08:30", "21世纪示例报道", ["林小满"]),
    Form("a name in Latin letters", "<div>http://www.example.cn 2005年01月14日17:02 ChinaBits</div>",
         "2005-01-14 17:02", "ChinaBits"),
    Form("square brackets around names", "<div>2005年01月14日17:02　[ 林小满 ] 来源：[ <a>示例经营报</a> ]</div>",
         "2005-01-14 17:02", "示例经营报", ["林小满"]),
    Form("words of the interface", "<div>发表于 2024-3-1 08:30:22 | 只看该作者 | 我来说两句 发布于北京</div>",
         "2024-03-01 08:30"),
    Form("empty label before the time",
         "<table><tr><td>（字号<a>大</a>）</td><td>文章来源：</td><td>2016-09-14 16:00:11</td></tr></table>",
         "2016-09-14 16:00"),
    Form("a label of no known kind", "<div>作者：林小满 部门：质量管理部 时间：2024-03-01 点击：0</div>", "2024-03-01",
         None, ["林小满"]),
    Form("an editor in the author's box",
         "<p class=author>示例报 <b>记者：</b> <i>林小满</i> <b>编辑：</b> <i>沈禾</i> <span>2024-03-01</span></p>",
         "2024-03-01", "示例报", ["林小满"], ["沈禾"]),
    Form("a source in two parts", "<div><span class=source>示例报APP · 质量榜</span> <span>2024-03-01</span></div>",
         "2024-03-01", "示例报APP · 质量榜"),
    Form("a linked account before the time",
         "<div><a href=/u/77>消费哨兵</a> <span>发布于 2024-03-01 19:07</span></div>",
         "2024-03-01 19:07", "消费哨兵"),
    Form("a letter to the mayor", "<table><tr><td>来信时间</td><td>2024-03-01</td></tr></table>", "2024-03-01"),
    Form("source beside a relative time", "<div><b>示例发布</b><span>3小时前</span></div>", None, "示例发布"),
    Form("an author behind the source",
         "<div>2005-11-18 10:26 来源: <a>示例周报</a> 林小满 <a>网友评论</a> 12 条</div>",
         "2005-11-18 10:26", "示例周报", ["林小满"]),
    Form("time behind who put it there", "<div>[ 发布人：综合科 ] [ 2024/3/1 ] [ 阅读 88 次 ]</div>", "2024-03-01"),
    Form("a picture for the source", "<div>2024-03-01 来源：<img src=/l.png alt=示例日报></div>", "2024-03-01",
         "示例日报"),
    Form("summary between", f"<div>2024-03-01 08:30 来源：示例日报</div><p class=summary>摘要：{SECOND}</p>",
         "2024-03-01 08:30", "示例日报"),
    Form("headline link with another day", f"<p><a href=/x.html>图文解读：{TITLE}</a> 2023-07-12</p>"),
    Form("server's day below the headline", "<div>今天是2026年11月21日 星期六</div>"),
    Form("no year anywhere", "<div>时间:09-18人气:30</div>"),
    Form("till when", "<div>公示时间：2024-03-01至2024-03-07</div>"),
]  # fmt: skip


@pytest.mark.parametrize("form", HEADERS, ids=lambda form: form.name)
def test_line_of_time_and_source(form: Form) -> None:
    item = read(form.header)

    assert item.title == TITLE
    assert (local(item), item.source) == (form.time, form.source)
    assert [*item.reporters, *item.correspondents, *item.interns, *item.authors] == form.people
    assert item.editors == form.editors
    assert item.body.startswith((FIRST, "摘要"))
    assert item.body.endswith(LAST)


@pytest.mark.parametrize(
    "trap",
    [
        {"below": f"<div><h3>相关新闻</h3><ul>{STORIES}</ul></div>"},
        {"below": "<div><h3>网友评论</h3><div>某网友 2024-04-02 10:11</div><p>说得好</p></div>"},
        {"below": "<div>本站更新于2024-04-02</div>"},
        {"above": "<div>欢迎您访问本站！今天是2026年11月21日 星期六 09:30</div>"},
        {"above": "<div>2026年11月21日 星期六</div>"},
        {"above": f"<ul>{STORIES}</ul>"},
        {"body": f"<p>2024年3月1日，{FIRST}</p><p>{SECOND}</p><p>{LAST}</p>"},
        {"body": f"{TEXT}<p>2024年3月1日</p>"},
        {"header": "<div>有效期至2024-12-31</div>"},
        {"header": "<p><a href=/z.html>关于征集质量提升项目的公告（2024-02-03）</a></p>"},
        {"url": "http://www.example.cn/2024/0301/8.html"},
    ],
    ids=lambda trap: next(iter(trap)),
)
def test_a_page_that_shows_no_date_has_none(trap: dict[str, str]) -> None:
    assert read(**{"header": "", **trap}).published_at is None


@pytest.mark.parametrize(
    ("above", "time", "source"),
    [
        ("<div><span><em>2024</em></span><span><em>03</em>/<em>01</em></span> 08:30</div><div>来源：示例社</div>",
         "2024-03-01 08:30", "示例社"),
        ("<div>发布时间：2024-03-01 08:30 来源：示例日报</div>", "2024-03-01 08:30", "示例日报"),
        ("<div>2024-03-01 08:30 来源：示例日报</div>", "2024-03-01 08:30", "示例日报"),
        ("<table><tr><td>发文字号：</td><td>示政发〔2024〕9号</td></tr><tr><td>发布日期：</td><td>2024-03-01</td></tr></table>",
         "2024-03-01", None),
    ],
)  # fmt: skip
def test_time_above_the_headline(above: str, time: str, source: str | None) -> None:
    item = read("", above=above)
    assert (local(item), item.source) == (time, source)


def test_office_table_gives_number_and_issuer() -> None:
    item = read(
        "<table><tr><td>发文机关：</td><td>示例市政府</td></tr><tr><td>发文字号：</td><td>示政发〔2024〕9号</td></tr></table>"
    )
    assert (item.issuer, item.doc_number) == ("示例市政府", "示政发〔2024〕9号")


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("<div>03-01 08:30</div>", "2024-03-01 08:30"),
        ("<div>3月1日 08:30 来源：示例日报</div>", "2024-03-01 08:30"),
        ("<div>24-03-01</div>", "2024-03-01"),
        ("<div>03-02 08:30</div>", None),
        ("<div>23-03-01</div>", None),
    ],
)
def test_year_is_completed_only_where_the_address_agrees(header: str, time: str | None) -> None:
    assert local(read(header, url="http://www.example.cn/2024/0301/8.html")) == time


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("<div>刚刚</div>", "2024-03-01 08:30"),
        ("<div>5分钟前 来源：示例日报</div>", "2024-03-01 08:25"),
        ("<div>昨天 14:05</div>", "2024-02-29 14:05"),
        ("<div>今天 07:05</div>", "2024-03-01 07:05"),
        ("<div>9小时前</div>", "2024-02-29"),
        ("<div>2天前</div>", "2024-02-28"),
    ],
)
def test_relative_time_is_told_from_the_fetch_alone(header: str, time: str) -> None:
    fetched_at = datetime(2024, 3, 1, 0, 30, tzinfo=UTC)
    assert local(read(header, fetched_at=fetched_at)) == time
    assert read(header).published_at is None


def test_future_is_not_believed() -> None:
    item = read("<div>2034-03-01 来源：示例日报</div>", fetched_at=datetime(2024, 3, 1, tzinfo=UTC))
    assert item.published_at is None


def test_source_address_is_the_link_behind_the_name() -> None:
    item = read("<div>2024-03-01 来源：<a href='//d.example/a'>示例日报</a></div>")
    assert item.source_url == "http://d.example/a"
    assert read("<div>2024-03-01 来源：<a href='javascript:void(0)'>示例日报</a></div>").source_url is None
    assert read("<div>2024-03-01 来源：<a href=''>示例日报</a></div>").source_url is None


def test_account_page_tells_its_time_by_script_only() -> None:
    page = (
        f"<html><head><title></title><meta property='og:title' content='{TITLE}'></head><body>"
        f"<h1 id=activity-name>{TITLE}</h1><span>原创</span> <a id=js_name>质检前沿</a><em id=publish_time></em>"
        f'<div id=js_content class=rich_media_content>{TEXT}</div><script>var ct = "1709253000";</script></body></html>'
    )
    item = extract_article(page.encode(), "http://mp.example/s")
    assert (item.title, local(item)) == (TITLE, "2024-03-01 08:30")


def test_editor_line_leaves_the_text_and_names_the_editor() -> None:
    item = read("<div>2024-03-01</div>", body=f"{TEXT}<p>责任编辑：沈禾</p>")
    assert item.body.endswith(LAST)
    assert item.editors == ["沈禾"]


def test_summary_between_headline_and_time() -> None:
    item = read(f"<div>核心提示：{SECOND}</div><p>2024-03-01 08:30 来源：示例日报</p>")
    assert (local(item), item.source) == ("2024-03-01 08:30", "示例日报")
    assert "来源：" not in item.body


def test_time_inside_the_headlines_element() -> None:
    item = read("", title=f"<h1>{TITLE}<br><span>2024-03-01 08:30:00 来源：示例日报 评论：0</span></h1>")
    assert (item.title, local(item), item.source) == (TITLE, "2024-03-01 08:30", "示例日报")


def test_headline_time_and_text_in_one_cell() -> None:
    page = (
        f"<html><head><title>{TITLE}</title></head><body><table><tr><td><center><b>{TITLE}</b></center><br>"
        f"2005年1月14日　示例晨报<br><br>　　{FIRST}<br>　　{SECOND}<br>　　{LAST}</td></tr></table></body></html>"
    )
    item = extract_article(page.encode(), "http://www.example.cn/n/1.html")
    assert (item.title, local(item), item.source) == (TITLE, "2005-01-14", "示例晨报")


def test_day_in_the_texts_own_heading_is_the_documents() -> None:
    own = f"<p>{TITLE}</p><p>示例市统计局</p><p>2023年4月12日</p>"
    assert local(read(own)) == "2023-04-12"
    assert local(read(own, head='<meta name="PubDate" content="2023-05-16 12:34">')) == "2023-05-16 12:34"


def test_a_paper_prints_its_weekday_and_the_address_agrees() -> None:
    above = "<div>2022年02月13日 星期日</div>"
    assert local(read("", above=above, url="http://www.example.cn/html/2022-02/13/content_1.htm")) == "2022-02-13"
    assert read("", above=above).published_at is None


def test_page_without_a_visible_headline_has_its_time_above_the_text() -> None:
    item = read("<div>发布时间：2024-03-01 08:30 来源：示例日报</div>", title="")
    assert (item.title, local(item), item.source) == (TITLE, "2024-03-01 08:30", "示例日报")


def test_every_field_tells_rule_text_and_confidence() -> None:
    item = read("<div>2024-03-01 08:30 来源：示例日报 作者：林小满</div>")
    for name in ("title", "published_at", "source", "authors", "body"):
        evidence = item.evidence[name]
        assert evidence.rule
        assert evidence.text
        assert 0 < evidence.confidence <= 1
