from __future__ import annotations

import pytest
from lxml import html

from crawler.reading.body import Block, images_of, read_blocks, take_captions, text_of
from crawler.reading.trimming import cut, drop_head, drop_tail_links, is_link, one_copy

BASE = "http://www.example.cn/a/1.html"


def blocks_of(markup: str) -> list[Block]:
    return read_blocks([html.fragment_fromstring(markup, create_parent="div")], BASE)


def texts(markup: str) -> list[str]:
    return [block.text for block in blocks_of(markup) if block.text]


def captions(markup: str) -> tuple[list[str], list[tuple[str, str | None]]]:
    blocks = take_captions(blocks_of(markup))
    shown = [(image.url.rpartition("/")[2], image.caption) for image in images_of(blocks)]
    return [block.text for block in blocks if block.text], shown


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>　　第一段&nbsp;</p>\n<p>第二段</p><p>&nbsp;</p>", ["第一段", "第二段"]),
        ("第一行<br>第二行<br/><br>第三行", ["第一行", "第二行", "第三行"]),
        ("<div>甲<div>乙</div>丙</div>", ["甲", "乙", "丙"]),
        ("<p>质<strong>量<em>强</em></strong>国</p>", ["质量强国"]),
        ("<p>质<span>量</span><!-- x -->强<script>var a</script>国</p>", ["质量强国"]),
        ("<p>一行\n  续行</p><p>one\n two</p>", ["一行续行", "one two"]),
        ("<table><tr><td>名称</td><td>数量</td></tr><tr><td>甲</td><td>1</td></tr></table>", ["名称 数量", "甲 1"]),
        (f"<table><tr><td>{'长' * 80}</td><td>{'宽' * 80}</td></tr></table>", ["长" * 80, "宽" * 80]),
        ("<ul><li>一</li><li>二</li></ul>", ["一", "二"]),
        ("<h2>小标题</h2><p>正文</p>", ["小标题", "正文"]),
        ("<style>p{}</style><noscript>x</noscript><select><option>y</option></select><p>正文</p>", ["正文"]),
    ],
)
def test_paragraphs_as_printed(markup: str, expected: list[str]) -> None:
    assert texts(markup) == expected


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY : None",
        "visibility:hidden",
        "position:absolute;left:-9999px",
        "text-indent:-999em",
        "font-size:0",
        "overflow:hidden;height:1px",
    ],
)
def test_what_is_hidden_is_not_read(style: str) -> None:
    assert texts(f'<p>正文</p><div style="{style}"><a href="http://bad.example/">博彩</a></div>尾') == ["正文", "尾"]
    assert texts("<p>正文</p><p hidden>藏</p>") == ["正文"]


def test_visible_styles_are_read() -> None:
    assert texts('<p style="font-size:0.9em;line-height:1;margin-left:-2px">正文</p>') == ["正文"]


def test_hiding_of_the_container_itself_does_not_count() -> None:
    root = html.fragment_fromstring('<div style="visibility:hidden"><p>正文</p></div>')
    assert [block.text for block in read_blocks([root], BASE)] == ["正文"]


def test_dropped_elements_leave_what_follows_them() -> None:
    root = html.fragment_fromstring("<div>甲<p class=x>乙</p>丙</div>")
    assert [block.text for block in read_blocks([root], BASE, root.cssselect(".x"))] == ["甲丙"]


def test_text_of_an_element_has_a_line_per_block() -> None:
    assert text_of(html.fragment_fromstring("<h1>标题<br><span>2024-01-01 </span>来源</h1>")) == "标题\n2024-01-01 来源"
    assert text_of(html.fragment_fromstring("<b> 短 </b>")) == "短"


@pytest.mark.parametrize(
    ("markup", "paragraphs", "images"),
    [
        ('<p><img src="/u/1.jpg"></p><p>5d3_编辑.jpg</p><p>正文。</p>', ["正文。"], [("1.jpg", "5d3_编辑.jpg")]),
        ('<p>5d3.JPG</p><p><img src="1.jpg"></p><p>正文。</p>', ["正文。"], [("1.jpg", "5d3.JPG")]),
        ('<p><img src="1.jpg">x.png</p><p>正文。</p>', ["正文。"], [("1.jpg", "x.png")]),
        (
            '<figure><img src="1.jpg"><figcaption>展柜里的样品</figcaption></figure><p>正文。</p>',
            ["正文。"],
            [("1.jpg", "展柜里的样品")],
        ),
        ('<img src="1.jpg"><p>图为活动现场。</p><p>正文。</p>', ["正文。"], [("1.jpg", "图为活动现场。")]),
        ('<p><img src="1.jpg"></p><p>学员在听课 林小满 摄</p>', [], [("1.jpg", "学员在听课 林小满 摄")]),
        ('<p align="center"><img src="1.jpg"><br>样品</p><p>正文。</p>', ["正文。"], [("1.jpg", "样品")]),
        (
            '<p style="text-align: center"><img src="1.jpg"></p><p style="text-align: center">样品</p>',
            [],
            [("1.jpg", "样品")],
        ),
        (
            '<div><img src="1.jpg"></div><div class="img-desc">样品的照片</div><p>正文。</p>',
            ["正文。"],
            [("1.jpg", "样品的照片")],
        ),
        ('<p><img src="1.jpg"></p><p align="center"><b>小标题</b></p>', ["小标题"], [("1.jpg", None)]),
        ('<p><img src="1.jpg"></p><h3 align="center">小标题</h3>', ["小标题"], [("1.jpg", None)]),
        ('<p><img src="1.jpg"></p><p>紧接着的一段</p>', ["紧接着的一段"], [("1.jpg", None)]),
        ('<p><img src="1.jpg"></p><p align="center">居中的一句话。</p>', ["居中的一句话。"], [("1.jpg", None)]),
        (
            '<p><img src="1.jpg"><img src="2.jpg"></p><p>a.jpg</p><p>b.jpg</p>',
            [],
            [("1.jpg", "a.jpg"), ("2.jpg", "b.jpg")],
        ),
        ("<p>正文。</p><p>图为活动现场。</p>", ["正文。", "图为活动现场。"], []),
    ],
)
def test_pictures_have_their_captions(markup: str, paragraphs: list[str], images: list[tuple[str, str | None]]) -> None:
    assert captions(markup) == (paragraphs, images)


def test_lazy_icons_and_embedded_pictures() -> None:
    _, shown = captions(
        '<img src="/loading.gif" data-original="/u/real.jpg"><img src="/dot.gif" width="1" height="1">'
        '<img src="data:image/gif;base64,R0"><img><img src="/u/real.jpg"><p>正文</p>'
    )
    assert shown == [("real.jpg", None)]


def test_attachments_are_collected_and_stay_in_the_text() -> None:
    blocks = blocks_of(
        '<p>附件：<a href="/f/%E8%A1%A8.doc">自查表.doc</a> <a href="x.PDF"></a><a href="/b.html">页</a></p>'
    )
    assert [(file.url.rpartition("/")[2], file.name) for file in blocks[0].files] == [
        ("%E8%A1%A8.doc", "自查表.doc"),
        ("x.PDF", "x.PDF"),
    ]
    assert blocks[0].text == "附件：自查表.doc 页"


def test_links_and_bold_are_counted() -> None:
    (block,) = blocks_of('<p><a href="/x"><b>链接</b></a>文字</p>')
    assert (block.links, block.bold, len(block.text)) == (2, 2, 4)
    assert not is_link(block)


def paragraphs(*lines: str) -> list[Block]:
    return [Block(line, "p") for line in lines]


def test_second_copy_of_the_text_is_dropped() -> None:
    text = ["第一段说了一件比较长的事情，足有二十个字。", "第二段又说了一件比较长的事情，足有二十个字。"]
    kept, doubled = one_copy(paragraphs(*text, *text))
    assert doubled
    assert [block.text for block in kept] == text

    kept, doubled = one_copy(paragraphs(*text, *text, "尾注"))
    assert [block.text for block in kept] == [*text, "尾注"]
    kept, doubled = one_copy(paragraphs(text[0] * 2 + text[0] * 2))
    assert [block.text for block in kept] == [text[0] * 2]


@pytest.mark.parametrize("lines", [["副歌", "一", "副歌", "一"], ["甲" * 50, "乙", "甲" * 50, "丙"], ["甲" * 50], []])
def test_a_refrain_is_no_second_copy(lines: list[str]) -> None:
    kept, doubled = one_copy(paragraphs(*lines))
    assert not doubled
    assert [block.text for block in kept] == lines


def test_pictures_of_the_second_copy_go_with_it() -> None:
    markup = (
        '<p>第一段说了一件比较长的事情，足有二十个字。</p><p><img src="{}.jpg"></p>'
        "<p>第二段又说了一件比较长的事情，足有二十字。</p>"
    )
    kept, doubled = one_copy(blocks_of(markup.format(1) + markup.format(2)))
    assert doubled
    assert [image.url.rpartition("/")[2] for image in images_of(kept)] == ["1.jpg"]


@pytest.mark.parametrize(
    "line",
    [
        "【版权及免责声明】凡本网",
        "版权及免责声明：凡本网",
        "分享到：",
        "一键分享至",
        "免责声明:本网站",
        "上一篇：甲",
        "打印本页",
        "【版權及免責聲明】凡",
    ],
)
def test_standing_ends_cut_the_text(line: str) -> None:
    kept, seen = cut(paragraphs("正文一。", "正文二。", line, "后面"))
    assert [block.text for block in kept] == ["正文一。", "正文二。"]
    assert seen == line


def test_layout_patterns_cut_at_a_paragraph_start() -> None:
    kept, seen = cut(paragraphs("正文提到转自：别处", "转自：某报", "后面"), (r"转自\s*[：:]",))
    assert [block.text for block in kept] == ["正文提到转自：别处"]
    assert seen == "转自：某报"


def test_related_heading_cuts_only_before_links() -> None:
    links = [Block("另一篇文章的很长很长的标题", "li", links=13), Block("短行", "p")]
    assert len(cut([*paragraphs("正文。", "相关链接"), *links])[0]) == 1
    explained = paragraphs("正文。", "相关链接", "质量月始于一九七八年，每年九月举行，由主管部门和各行业协会一起组织。")
    assert cut(explained)[0] == explained


def test_links_at_the_end_are_dropped_and_attachments_stay() -> None:
    related = blocks_of(
        '<p>正文。</p><ul><li><a href="/1.html">另一篇</a>(2018-03-27)</li><li>· <a href="/2.html">再一篇</a></li></ul>'
    )
    assert [block.text for block in drop_tail_links(related)] == ["正文。"]
    attached = blocks_of('<p>正文。</p><p><a href="/1.doc">附件一</a></p><p><a href="/2.doc">附件二</a></p>')
    assert drop_tail_links(attached) == attached
    single = blocks_of('<p>正文。</p><p><a href="/1.html">原文链接</a></p>')
    assert drop_tail_links(single) == single
    only = blocks_of('<ul><li><a href="/1.html">一</a></li></ul>')
    assert drop_tail_links(only) == only


def test_headline_and_info_line_inside_the_text_are_dropped() -> None:
    blocks = paragraphs("标 题", "2024-01-01 来源：甲报", "正文。", "标题")
    assert [block.text for block in drop_head(blocks, ["标题", "2024-01-01  来源：甲报"])] == ["正文。", "标题"]
    assert drop_head(blocks, [""]) == blocks
