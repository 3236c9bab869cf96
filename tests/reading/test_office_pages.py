"""Word and Excel files that are pages of HTML."""

from __future__ import annotations

import pytest

from crawler.reading.attachments import kind_of_file
from crawler.reading.documents import read_text

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta http-equiv=Content-Type content="text/html; charset=gb2312"><title>无题</title>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->
<style>p.MsoNormal {margin:0cm}</style></head>
<body><div class=Section1><p class=MsoNormal align=center><b><span>市长质量奖申报表</span></b></p>
<p class=MsoNormal><span>请各单位于六月底
前报送，逾期<span lang=EN-US>30</span>日不再受理。<o:p></o:p></span></p>
<p class=MsoNormal><span style='display:none;mso-hide:all'>批注：待核</span></p>
<table><tr><td><p>组织名称</p></td><td><p>申报类别</p></td></tr>
<tr><td><p>临溪<br>精工</p></td><td><p>制造业</p></td></tr></table></div></body></html>"""

EXCEL = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8"><meta name=ProgId content=Excel.Sheet></head>
<body><table><tr><td>序号</td><td>产品</td><td>合格率</td></tr>
<tr><td>1</td><td>电动自行车</td><td>96.2%</td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("page", "charset", "lines"),
    [
        (
            WORD,
            "gb18030",
            [
                "市长质量奖申报表",
                "请各单位于六月底前报送，逾期30日不再受理。",
                "组织名称  申报类别",
                "临溪 精工  制造业",
            ],
        ),
        (EXCEL, "utf-8", ["序号  产品  合格率", "1  电动自行车  96.2%"]),
    ],
)
def test_office_file_that_is_a_page_gives_paragraphs_and_rows(page: str, charset: str, lines: list[str]) -> None:
    body = page.encode(charset)
    assert kind_of_file(body) == ("html", "")
    found = read_text(body, "html")
    assert found.state == "read"
    assert found.text is not None
    assert [" ".join(line.split()) for line in found.text.split("\n")] == [" ".join(line.split()) for line in lines]


def test_page_of_the_site_in_place_of_a_file_is_no_document() -> None:
    kind, seen = kind_of_file("<html><body><p>文件不存在</p></body></html>".encode())
    assert (kind, seen) == ("", "a page of HTML")


def test_endless_nesting_and_broken_bytes_are_read_as_far_as_they_go() -> None:
    head = b'<html xmlns:o="urn:schemas-microsoft-com:office:office"><body>'
    assert read_text(head + b"<p>\xff\xfe\x00</p>" + "合格".encode(), "html").text is not None
    assert read_text(head + b"<div>" * 3000 + "标准".encode(), "html").state in ("read", "empty", "damaged")
