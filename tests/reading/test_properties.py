"""What holds for every page: reading it again gives the same, and what changes nothing for a reader changes nothing."""

from __future__ import annotations

import random
import re
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.items import ArticleItem
from crawler.reading.extract import extract_article
from crawler.reading.layouts import ArticleLayout

URL = "http://www.example.cn/a/1.html"
LAYOUT = ArticleLayout(name="a", body="div.text", info="div.info")
SENTENCES = (
    "全市计量器具强制检定覆盖率达到九成八，比上年提高两个百分点。",
    "评审组现场查看了检验记录、售后台账和首席质量官的任命文件。",
    "各县区要在六月底前完成自查，问题清单和整改时限向社会公开。",
    "企业负责人说，标准写得细一点，返工就少一点，工人也省力。",
    "这项办法自公布之日起施行，有效期三年，由市场监管局解释。",
    "专家建议把检验检测结果与信贷、采购挂钩，让守信者先受益。",
)
TITLES = ("市长质量奖评审结果向社会公布", "城区电梯安全筛查全面启动", "计量惠民活动走进老旧社区")
PAGE = """<html><head><meta charset="utf-8"><title>{title}_示例网</title><meta name="keywords" content="质量"></head>
<body class="page" id="top"><div class="nav" id="menu"><a href="/" class="home">首页</a> <a href="/a/">要闻</a></div>
<div class="main"><h1 class="headline" id="title">{title}</h1>
<div class="info" id="info"><span>2024-03-01 08:30</span> <span>来源：示例日报</span> <span>作者：林小满</span></div>
<div class="text" id="content">{paragraphs}</div>
<ul class="related"><li><a href="/a/2.html">另一篇关于质量工作的文章标题</a></li></ul></div></body></html>"""


def page_of(title: str, paragraphs: list[str]) -> str:
    return PAGE.format(title=title, paragraphs="".join(f'<p class="p">{text}</p>' for text in paragraphs))


texts = st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=4).map("".join)
pages = st.builds(page_of, st.sampled_from(TITLES), st.lists(texts, min_size=2, max_size=6, unique=True))
few = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
both = pytest.mark.parametrize("layouts", [(), (LAYOUT,)], ids=["generic", "layouts"])


def read(page: str, layouts: tuple[ArticleLayout, ...] = ()) -> ArticleItem:
    return extract_article(page.encode(), URL, layouts=layouts)


def fields(item: ArticleItem) -> dict[str, object]:
    """All fields a reader of the archive sees."""
    found = asdict(item)
    del found["evidence"], found["warnings"]
    return found


@both
@few
@given(page=pages)
def test_the_same_page_is_read_the_same_twice(layouts, page: str) -> None:
    assert asdict(read(page, layouts)) == asdict(read(page, layouts))


@both
@few
@given(page=pages)
def test_text_title_time_and_source_are_those_of_the_page(layouts, page: str) -> None:
    item = read(page, layouts)

    assert item.body.split("\n") == re.findall(r'<p class="p">(.*?)</p>', page)
    assert item.title in page
    assert (item.source, item.authors) == ("示例日报", ["林小满"])
    assert item.published_precision == "minute"


@both
@few
@given(page=pages)
def test_text_put_into_the_page_again_is_read_the_same(layouts, page: str) -> None:
    item = read(page, layouts)

    assert fields(read(page_of(item.title, item.body.split("\n")), layouts)) == fields(item)


@both
@few
@given(page=pages, seed=st.integers(0, 2**16))
def test_order_of_attributes_case_of_tags_and_white_space_change_nothing(layouts, page: str, seed: int) -> None:
    rng = random.Random(seed)

    def spelled(tag: re.Match[str]) -> str:
        attributes = re.findall(r'\s([\w-]+="[^"]*")', tag[3])
        rng.shuffle(attributes)
        name = tag[2].upper() if rng.random() < 0.5 else tag[2]
        spaced = "".join(rng.choice(" \n\t") * rng.randint(1, 3) + one for one in attributes)
        return f"<{tag[1]}{name}{spaced}>"

    changed = re.sub(r"<(/?)(\w+)([^<>]*)>", spelled, page)
    changed = re.sub(r">\s*<(?=/?(?:div|p|h1|ul|li|body|head|meta))", ">\n   <", changed)

    assert fields(read(changed, layouts)) == fields(read(page, layouts))


HIDDEN = (
    '<div style="display:none">看不见的文字，来源：假来源 2011-11-11 11:11 作者：假作者，还有很长的一句话。</div>',
    "<script>var a = '来源：假来源 2011-11-11 11:11';</script>",
    "<style>.a { color: red }</style>",
    "<!-- 来源：假来源 2011-11-11 11:11 <h1>假标题</h1> -->",
    "<template><h1>假标题</h1><p>看不见的一段文字，很长很长的一句话。</p></template>",
    "<noscript>请打开脚本功能再浏览本页，否则有些内容不能显示。</noscript>",
    "<span hidden>假来源</span>",
)


@both
@few
@given(page=pages, piece=st.sampled_from(HIDDEN), place=st.integers(0, 30))
def test_what_nobody_sees_changes_nothing(layouts, page: str, piece: str, place: int) -> None:
    tags = [found.end() for found in re.finditer(r"</(?:p|div|h1|span|li|ul)>", page)]
    at = tags[place % len(tags)]

    assert fields(read(page[:at] + piece + page[at:], layouts)) == fields(read(page, layouts))


@both
@few
@given(page=pages, wrappers=st.lists(st.sampled_from(["div", "section", "center", "article", "span"]), max_size=40))
def test_elements_around_the_page_change_nothing(layouts, page: str, wrappers: list[str]) -> None:
    opened = "".join(f"<{tag}>" for tag in wrappers)
    closed = "".join(f"</{tag}>" for tag in reversed(wrappers))
    wrapped = page.replace('<div class="main">', f'{opened}<div class="main">').replace("</body>", f"{closed}</body>")

    assert fields(read(wrapped, layouts)) == fields(read(page, layouts))


@both
@few
@given(page=pages, codec=st.sampled_from(["gb18030", "gbk", "big5hkscs", "utf-16", "utf-8-sig"]), label=st.booleans())
def test_charset_of_the_bytes_changes_nothing_but_its_name(layouts, page: str, codec: str, label: bool) -> None:
    declared = "gb2312" if codec in ("gb18030", "gbk") else codec.replace("-sig", "")
    declared = "big5" if codec == "big5hkscs" else declared
    text = page.replace('charset="utf-8"', f'charset="{declared}"' if label or codec == "big5hkscs" else 'name="x"')
    try:
        content = text.encode(codec)
    except UnicodeEncodeError:
        return  # a character this charset does not have
    item = extract_article(content, URL, layouts=layouts)

    assert {**fields(item), "charset": ""} == {**fields(read(page, layouts)), "charset": ""}


@few
@given(page=pages)
def test_entities_are_the_characters_they_stand_for(page: str) -> None:
    spelled = re.sub(r"[\u4e00-\u9fff]", lambda char: f"&#{ord(char[0])};" if ord(char[0]) % 3 == 0 else char[0], page)

    assert fields(read(spelled)) == fields(read(page))
