"""The five seed documents, put into their sites' layouts and encodings, are read field by field.

The documents lie beside the checkout and are read when the test runs; nothing of their text is kept here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from opencc import OpenCC

from crawler.items import ArticleItem
from crawler.loader import SiteSpiderLoader
from crawler.reading.extract import extract_article
from seeds.load import load_sites

NOTE = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)")
FETCHED = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def loader() -> SiteSpiderLoader:
    return SiteSpiderLoader(["crawler.spiders"], load_sites([]))


@pytest.fixture
def read(loader: SiteSpiderLoader):
    def _read(site: str, content: bytes, url: str) -> ArticleItem:
        return extract_article(content, url, layouts=loader.load(site).layouts, fetched_at=FETCHED, site=site)

    return _read


def lines_of(shared_dir: Path, number: str) -> list[str]:
    (path,) = (shared_dir / "seeds").glob(f"{number}_*.txt")
    return [line.strip() for line in path.read_text("utf-8").split("\n") if line.strip(" \t\xa0\u3000")]


def squeezed(line: str) -> str:
    return " ".join(line.split())


def position(lines: list[str], start: str) -> int:
    return next(number for number, line in enumerate(lines) if line.startswith(start))


def paragraphs(lines: list[str], indent: str = "\u3000\u3000") -> str:
    return "\n".join(f"<p>{indent}{escape(line)}</p>" for line in lines)


def founder_page(lines: list[str]) -> tuple[str, str, list[str]]:
    info = next(number for number, line in enumerate(lines) if re.match(r"\d{4}-\d\d-\d\d ", line))
    end = position(lines, "一键分享")
    title, body, rest = lines[info - 1], lines[info + 1 : end], lines[end:]
    menu = "".join(f'<li><a href="/node_{n}.htm">{escape(name)}</a></li>' for n, name in enumerate(lines[1].split()))
    page = f"""<html><head><meta charset="utf-8"><title>{escape(title)}_{escape(lines[0])}</title></head><body>
<div class="top">{escape(lines[0])}</div><ul class="nav">{menu}</ul>
<div class="place">{escape(lines[info - 2].split(">>")[0])}<a href="/node_1.htm"></a>
&gt;&gt; {escape(lines[info - 2].split(">>")[1])}</div>
<!--enpproperty <articleid>2700000</articleid><date>{lines[info][:19]}.0</date><author></author>/enpproperty-->
<h1>{escape(title)}</h1><div class="x1">{escape(lines[info])}</div>
<div class="x2"><!--enpcontent--><!--enpcontent-->{paragraphs(body)}<!--/enpcontent--><!--/enpcontent--></div>
{"".join(f'<div class="after"><a href="/x">{escape(line)}</a></div>' for line in rest)}</body></html>"""
    return page, title, body


def test_zgnt_document_is_read_from_founder_markers(shared_dir: Path, read) -> None:
    page, title, body = founder_page(lines_of(shared_dir, "000"))

    item = read("zgnt", page.encode(), "http://www.zgnt.net/content/2020-09/02/content_2999999.htm")

    assert item.layout == "founder"
    assert item.title == title
    assert item.published_at == datetime(2020, 9, 2, 1, 40, 43, tzinfo=UTC)
    assert item.published_precision == "second"
    assert item.source == "南通网"
    assert [len(name) for name in item.reporters] == [3, 3]
    assert [len(name) for name in item.interns] == [3]
    assert all(name in body[0][:30] for name in item.reporters + item.interns)
    assert item.correspondents == item.authors == item.editors == []
    assert item.column == []
    assert item.views is None
    assert item.body.split("\n") == [squeezed(line) for line in body]
    assert item.warnings == []
    assert not item.is_mirror


def test_zgnt_document_without_markers_is_read_generically(shared_dir: Path, read) -> None:
    page, title, body = founder_page(lines_of(shared_dir, "000"))
    page = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)

    item = read("zgnt", page.encode(), "http://www.zgnt.net/content/2020-09/02/content_2999999.htm")

    assert item.layout == "generic"
    assert (item.title, item.source) == (title, "南通网")
    assert item.published_at == datetime(2020, 9, 2, 1, 40, 43, tzinfo=UTC)
    assert item.body.split("\n") == [squeezed(line) for line in body]


def cinic_page(lines: list[str]) -> tuple[str, list[str], list[str]]:
    end = next(number for number, line in enumerate(lines) if line.startswith("【版"))
    body = lines[2:end]
    markup = []
    for line in lines[2 : end + 1]:
        if line.endswith(".jpg"):
            markup.append(f'<p style="text-align:center"><img src="/upload/{escape(line)}"></p>')
        tag = "div" if len(line) < 40 else "p"
        markup.append(f"<{tag}>　　{escape(line)}</{tag}>")
    page = f"""<html><head><meta charset="utf-8"><title>{escape(lines[0])}</title></head><body>
<div class="w1000"><div class="col-l"><h1><center><b>{escape(lines[0])}</b></center></h1>
<div class="line"><center>{escape(lines[1])}</center></div>
<div class="dc-ccm1">{"".join(markup)}</div></div>
<div class="more"><h5>{escape(lines[end + 1])}</h5><p>{escape(lines[end + 2])}</p></div></div>
<div class="foot">{escape(lines[-1])}</div></body></html>"""
    return page, body, lines


# The three damaged places of the two mirror documents and what stood there; the marks are folded in the documents.
DAMAGE = {
    "?!睍\ue490?,": "。”會上,",
    "?!笔Y同": "。”蔣同",
    "?,F(xiàn)場": "。現場",
}


def simplified(lines: list[str]) -> list[str]:
    """What the restored text must be: damage undone by hand, notes out, OpenCC, 著 for 着 only in its words."""
    text = "\n".join(squeezed(line) for line in lines)
    for seen, was in DAMAGE.items():
        text = text.replace(seen, was)
    return re.sub("(?<!显)著(?!名)", "着", OpenCC("t2s").convert(NOTE.sub("", text))).split("\n")


def test_cinic_document_of_the_mirror_is_restored(shared_dir: Path, read) -> None:
    page, body, lines = cinic_page(lines_of(shared_dir, "001"))

    item = read("cinic", page.encode(), "http://kbm75.com/xy/nanjing/tsnj/1092955.html")

    pictures = [line for line in body if line.endswith(".jpg")]
    text = [line for line in body if not line.endswith(".jpg")]
    assert item.layout == "phpcms"
    assert item.is_mirror
    assert item.restored
    assert item.title == simplified(lines[:1])[0]
    assert item.title_raw == lines[0]
    assert item.source == "中国产业经济信息网"
    assert (item.published_at, item.published_precision) == (datetime(2021, 5, 11, 16, tzinfo=UTC), "day")
    assert item.body.split("\n") == simplified(text)
    assert item.body_raw is not None
    assert item.body_raw.split("\n") == [squeezed(line) for line in text]
    assert [image.caption for image in item.images] == [simplified([name])[0] for name in pictures]
    assert len(item.repairs) == 2
    assert not NOTE.search(item.body + item.title)
    assert "?" not in item.body
    assert item.column == []
    assert item.views is None
    assert item.reporters == item.authors == item.editors == []
    assert item.language_script == "hans"


def test_cinic_subheadings_stay_in_the_body(shared_dir: Path, read) -> None:
    page, body, _ = cinic_page(lines_of(shared_dir, "001"))

    item = read("cinic", page.encode(), "http://kbm75.com/xy/nanjing/tsnj/1092955.html")

    headings = [line for line in body if len(line) < 40 and not line.endswith(".jpg")]
    assert len(headings) == 3
    assert all(heading in item.body.split("\n") for heading in simplified(headings))


def portal_page(lines: list[str]) -> tuple[str, list[str]]:
    related = [line[2:] for line in lines if line.startswith("- ")]
    twice = [line for line in lines[1:] if not line.startswith("- ")]
    body = twice[: len(twice) // 2]
    assert twice == body * 2
    items = []
    for line in related:
        name, day = re.fullmatch(r"(.*)\((\d{4}-\d\d-\d\d)\)", line).groups()
        items.append(f'<li><a href="/show-{len(items)}.html">{escape(name)}</a><span>({day})</span></li>')
    page = f"""<html><head><meta charset="utf-8"><title>{escape(lines[0])} - 质量门户</title></head><body>
<div class="header"></div><div class="main"><div class="article"><h2>{escape(lines[0])}</h2>
<div class="text">{paragraphs(twice, "")}</div>
<div class="related"><h5>延伸阅读：</h5><ul>{"".join(items)}</ul></div></div></div></body></html>"""
    return page, body


@pytest.mark.parametrize("layouts", ["of the site", "none"])
def test_portal_document_has_one_copy_and_no_date(shared_dir: Path, loader: SiteSpiderLoader, layouts: str) -> None:
    lines = lines_of(shared_dir, "002")
    page, body = portal_page(lines)

    item = extract_article(
        page.encode(),
        "http://www.quality-portal.example/html/2012/0614/345/index.html",
        layouts=loader.load("quality_portal").layouts if layouts == "of the site" else (),
        fetched_at=FETCHED,
    )

    assert item.title == lines[0]
    assert item.body.split("\n") == [squeezed(line) for line in body]
    assert item.published_at is None
    assert item.published_precision is None
    assert item.source is None
    assert item.column == []
    assert item.views is None
    assert item.reporters == item.correspondents == item.authors == item.editors == []
    assert any("twice" in warning for warning in item.warnings)


def chinajl_page(lines: list[str]) -> tuple[str, int, int]:
    place = position(lines, "您當(dāng)前的位置")
    end = position(lines, "分享到")
    crumbs = [escape(name) for name in lines[place].partition(": ")[2].split(" > ")]
    links = " &gt; ".join(f'<a href="{"/" if n == 0 else "/c/"}">{name}</a>' for n, name in enumerate(crumbs))
    page = f"""<html><head><meta charset="utf-8"><title>{escape(lines[place + 1])}</title></head><body>
<div class="top"><span>{escape(lines[0])}</span></div><h2>{escape(lines[1])}</h2><b>{escape(lines[2])}</b>
<div class="left"><div class="place">{escape(lines[place].partition(": ")[0])}: {links}</div>
<div class="title_info"><h1>{escape(lines[place + 1])}</h1></div>
<div class="info_text">{escape(lines[place + 2])}</div>
<table><tr><td id="text">{"<p>&nbsp;</p>".join(paragraphs([line]) for line in lines[place + 3 : end])}</td></tr></table>
{"".join(f"<div>{escape(line)}</div>" for line in lines[end:])}</div></body></html>"""
    return page, place, end


@pytest.mark.parametrize("known_markup", [True, False])
def test_chinajl_document_of_the_mirror_is_restored(shared_dir: Path, read, known_markup: bool) -> None:
    lines = lines_of(shared_dir, "003")
    page, place, end = chinajl_page(lines)
    if not known_markup:  # the site's real class names are not known: everything must be found by its words
        page = page.replace("title_info", "a1").replace("info_text", "a2").replace('id="text"', 'id="a3"')

    item = read("chinajl", page.encode(), "http://www.etvsebi.cn/jiliangyuzhiliang/57000.html")

    assert item.layout == ("empire" if known_markup else "generic")
    assert item.is_mirror
    assert item.restored
    assert item.title == simplified([lines[place + 1]])[0]
    assert (item.published_at, item.published_precision) == (datetime(2017, 9, 21, 16, tzinfo=UTC), "day")
    assert item.source == "江西省质监局"
    assert item.authors == item.reporters == item.editors == []
    assert item.views == 1324
    assert item.column == ["新闻", "计量与质量"]
    assert item.body.split("\n") == simplified(lines[place + 3 : end])
    assert not NOTE.search(item.body + item.title)
    assert "?" not in item.body
    assert len(item.repairs) == 1


def test_liaocheng_document_is_read_from_mislabelled_gbk(shared_dir: Path, read) -> None:
    lines = lines_of(shared_dir, "004")
    end = position(lines, "分享到")
    crumbs = [escape(name) for name in lines[0].partition(":")[2].split(" > ")]
    info = escape(re.sub(r"\s{2,}", "\xa0\xa0", lines[2])).replace("\xa0", "&nbsp;")
    page = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312" />
<title>{escape(lines[1])}-聊城信息港</title></head><body><div class="content"><div class="l">
<div class="news_dh">您所在的位置：<a href="/">{crumbs[0]}</a>
&gt; {" &gt; ".join(f'<a href="/life/x">{c}</a>' for c in crumbs[1:])}</div>
<div class="box"><h1>{escape(lines[1])}</h1><div class="info">{info}</div>
<div class="nr">{paragraphs(lines[3:end], "&nbsp;&nbsp;&nbsp;")}</div>
<div class="info_bottom">【打印页面】</div><div id="bdshare" class="bdshare_t">{lines[end]}</div>
<h3>{lines[end + 1]}</h3><ul><li><span>6-14</span><a href="/html/2015/0614/1010101234.htm">别的文章</a></li>
</ul></div></div></div>
<div id="bottom">{escape(lines[-1])}</div></body></html>"""

    item = read("liaocheng", page.encode("gb18030"), "http://www.liaocheng.cc/html/2015/0615/0922324817.htm")

    assert item.layout == "2018"
    assert item.charset == "gb18030"
    assert item.title == lines[1]
    assert item.published_at == datetime(2015, 6, 15, 1, 22, 32, tzinfo=UTC)
    assert item.published_precision == "second"
    assert item.source == "聊城新闻网"
    assert item.editors == []
    assert item.views is None
    assert item.column == ["资讯中心", "聊城新闻"]
    assert [len(name) for name in item.reporters] == [3, 3]
    assert [len(name) for name in item.correspondents] == [3]
    assert all(name in lines[end - 1] for name in item.reporters + item.correspondents)
    assert item.body.split("\n") == [squeezed(line) for line in lines[3:end]]
    assert item.warnings == []


def test_liaocheng_time_in_the_address_is_compared_with_the_printed_one(shared_dir: Path, read) -> None:
    page = """<html><head><title>召开</title></head><body><div class="box"><h1>全市召开质量推进会议</h1>
<div class="info">发布：2015-6-15 9:22:32&nbsp;&nbsp;来源:聊城新闻网</div>
<div class="nr"><p>会议部署了下半年的工作，要求各县落实。</p></div></div></body></html>"""

    item = read("liaocheng", page.encode(), "http://www.liaocheng.cc/html/2015/0616/0922324817.htm")

    assert item.warnings == ["published_at: page says 2015-06-15, URL says 2015-06-16"]
