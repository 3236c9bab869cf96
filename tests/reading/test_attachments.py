"""Files that an article links to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.items import ArticleItem, Attachment, Fetch
from crawler.reading.attachments import add_attachments, kind_of_file, why_left

URL = "http://www.town.example/zwgk/2026/7.html"
TITLE = "关于印发首席质量官聘任办法的通知"
LINES = ["各街镇、各有关单位：现将首席质量官聘任办法印发给你们，请结合实际认真执行。", "城关区市场监督管理局办公室"]


def files(below: str, above: str = "", inside: str = "", charset: str = "utf-8") -> list[tuple[str, str]]:
    """Name and path of what is found on a page with this markup around its text."""
    text = "".join(f"<p>{line}</p>" for line in LINES)
    page = (
        "<html><head><title>x</title></head><body><div class='nav'><a href='/app/download.jsp?fileid=1'>客户端</a>"
        f"<a href='/guide.pdf'>网站使用指南</a></div><h1>{TITLE}</h1>{above}"
        f"<div class='text'>{text}{inside}</div>{below}"
        "<p>主办：城关区人民政府</p><a href='/report2025.pdf'>网站年度报表</a></body></html>"
    )
    item = ArticleItem(URL, TITLE, "\n".join(LINES))
    add_attachments(item, Fetch(URL, URL, 200, {}, page.encode(charset), datetime(2026, 1, 1, tzinfo=UTC)))
    return [(file.name, file.url.removeprefix("http://www.town.example")) for file in item.attachments]


def test_files_in_the_text_and_right_below_it_are_the_articles() -> None:
    found = files(
        "<p>附件：<a href='../files/a.docx'>1.聘任办法</a><br><a href='/files/b.xls?v=2'>2.推荐表</a></p>",
        above="<p><a href='/files/head.ofd'>正文下载</a></p>",
        inside="<p>详见<a href='c.PDF'>附表</a></p>",
    )
    assert found == [
        ("正文下载", "/files/head.ofd"),
        ("附表", "/zwgk/2026/c.PDF"),
        ("1.聘任办法", "/zwgk/files/a.docx"),
        ("2.推荐表", "/files/b.xls?v=2"),
    ]


def test_files_of_navigation_footer_and_other_articles_are_not() -> None:
    assert files("<h3>相关文件：</h3><ul><li><a href='/old/9.pdf'>旧办法</a></li></ul>") == []
    assert files("<p>上一篇：<a href='/old/9.pdf'>旧办法</a></p>") == []


@pytest.mark.parametrize(
    ("href", "shown"),
    [
        ("/module/download/downfile.jsp?classid=0&amp;filename=2603011.pdf", "聘任办法"),
        ("/system/_content/download.jsp?urltype=news.DownloadAttachUrl&amp;owner=12&amp;wbfileid=88", "聘任办法.docx"),
        ("/protocol/attach?id=5521", "附件1：聘任办法"),
        ("/download.jsp?attachSeq=12&amp;appendix=x", "聘任办法"),
        ("/common/attachments/8891", "附件：聘任办法"),
        ("/e/DownSys/GetFile/?id=9", "附件2"),
        ("/show?id=9", "聘任办法（征求意见稿）.wps"),
    ],
)
def test_download_programs_are_known_by_address_and_words(href: str, shown: str) -> None:
    assert [name for name, _ in files(f"<p>附件：<a href='{href}'>{shown}</a></p>")] == [shown]


@pytest.mark.parametrize(
    ("href", "shown"),
    [
        ("/app/download.html", "下载客户端"),
        ("javascript:download('1.pdf')", "附件"),
        ("/news/8.html", "附件：有关情况的说明"),
        ("/pic/1.jpg", "现场照片"),
        ("mailto:a@b.cn?file=1.pdf", "来信"),
    ],
)
def test_other_links_are_no_files(href: str, shown: str) -> None:
    assert files(f"<p><a href='{href}'>{shown}</a></p>") == []


def test_name_is_taken_where_a_name_is() -> None:
    below = "<p><a href='/d/a.pdf' title='聘任办法'>点击下载</a> <a href='/d/b%E8%A1%A8.pdf'>附件下载</a></p>"
    assert [name for name, _ in files(below + "<a href='/down/downfile.jsp?filename=c.xls'> </a>")] == [
        "聘任办法",
        "b表.pdf",
        "c.xls",
    ]


def test_page_in_gbk_is_read_and_a_page_without_links_costs_nothing() -> None:
    assert len(files("<p>附件：<a href='/d/a.pdf'>办法</a></p>", charset="gb18030")) == 1
    item = ArticleItem(URL, TITLE, "\n".join(LINES))
    add_attachments(item, Fetch(URL, URL, 200, {}, b"\x00\x01", datetime(2026, 1, 1, tzinfo=UTC)))
    assert item.attachments == []


def test_text_that_does_not_stand_on_the_page_so_gives_no_place_to_look() -> None:
    item = ArticleItem(URL, TITLE, "经过还原的文字与页面不同")
    body = "<html><body><p>別的文字</p><a href='/a.pdf'>办法</a></body></html>".encode()
    add_attachments(item, Fetch(URL, URL, 200, {}, body, datetime(2026, 1, 1, tzinfo=UTC)))
    assert item.attachments == []


def test_archives_are_left() -> None:
    assert "rar" in why_left(Attachment("http://a.cn/all.rar", "全部"))
    assert "zip" in why_left(Attachment("http://a.cn/down?id=1", "全部.zip"))
    assert why_left(Attachment("http://a.cn/a.docx", "办法")) == ""


def test_kind_is_told_by_the_bytes(make_file: type) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    kinds = {
        "pdf": make_file.pdf("一"),
        "docx": make_file.docx("一"),
        "xlsx": make_file.xlsx(("一", 2)),
        "ofd": make_file.ofd("一二"),
        "pptx": make_file.zipped({"ppt/presentation.xml": "<p/>"}),
        "doc": ole + "WordDocument".encode("utf-16-le"),
        "xls": ole + "Workbook".encode("utf-16-le"),
        "encrypted": ole + "EncryptedPackage".encode("utf-16-le"),
        "ole": ole,
        "rtf": b"{\\rtf1 x}",
    }
    assert {kind: kind_of_file(body)[0] for kind, body in kinds.items()} == {kind: kind for kind in kinds}
    for body, seen in (
        (b"", "empty"),
        (b"\n<!DOCTYPE html><html>", "HTML"),
        (make_file.zipped({"a.txt": "x"}), "zip"),
        (b"GIF89a", "GIF89a"),
    ):
        kind, words = kind_of_file(body)
        assert kind == ""
        assert seen in words
