from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.charset import decode, normal_label
from crawler.reading.text import to_traditional

TEXT = "市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收，并把结果向社会公开。" * 3
PAGE = f"<html><head><title>质量</title></head><body><p>{TEXT}</p></body></html>"


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", None, "nonsense"])
@pytest.mark.parametrize("real", ["utf-8", "gb18030"])
def test_the_bytes_decide_and_not_the_label(real: str, declared: str | None) -> None:
    result = decode(PAGE.encode(real), declared)

    assert result.text == PAGE
    assert result.charset == real
    assert result.bad_share == 0


def test_traditional_text_in_big5_is_told_from_gb() -> None:
    page = to_traditional(PAGE)

    result = decode(page.encode("big5"), "gbk")

    assert (result.text, result.charset) == (page, "big5")
    assert result.warnings == ["charset: declared gb18030, the bytes are big5"]


def test_gbk_characters_under_a_gb2312_label_are_kept() -> None:
    page = PAGE.replace("质量", "朱镕基、喆、€")

    result = decode(page.encode("gb18030"), "gb2312")

    assert result.text == page
    assert result.warnings == []


def test_wrong_label_is_told() -> None:
    assert decode(PAGE.encode(), "gb2312").warnings == ["charset: declared gb2312, the bytes are utf-8"]
    assert decode(PAGE.encode(), "ISO-8859-1").warnings == []
    assert decode(b"<html>plain", "gb2312").warnings == []


@pytest.mark.parametrize("cut", [1, 2])
def test_character_cut_at_the_end_costs_only_itself(cut: int) -> None:
    assert decode(PAGE.encode()[: -len("</p></body></html>") - cut]).charset == "utf-8"
    whole = TEXT.encode("gb18030")[:-1]
    assert decode(whole).charset == "gb18030"
    assert decode(whole).text == TEXT[:-1]


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_byte_order_mark_goes_before_everything(mark: bytes, codec: str) -> None:
    assert decode(mark + PAGE.encode(codec), "gb2312").text == PAGE


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_damaged_bytes_become_replacement_marks_and_are_counted(codec: str) -> None:
    content = PAGE.encode(codec)
    result = decode(content[:120] + b"\xff\xff\x80" + content[120:], None)

    assert result.charset == codec
    assert 0 < result.bad_share < 0.05
    assert TEXT[:20] in result.text
    assert "could not be decoded" in result.warnings[-1]


def test_utf8_page_with_a_gbk_passage_stays_utf8() -> None:
    result = decode(PAGE.encode() + "广告栏目".encode("gb18030"), "utf-8")

    assert result.charset == "utf-8"
    assert TEXT in result.text


def test_page_without_hanzi_that_is_no_utf8_is_still_decoded() -> None:
    assert decode(b"<html>caf\xe9 \xa9</html>").text.startswith("<html>caf")


def test_labels_are_brought_to_one_spelling() -> None:
    assert normal_label(" 'GB2312' ") == "gb18030"
    assert normal_label("UTF8") == "utf-8"
    assert normal_label("latin-1") == "iso-8859-1"
    assert normal_label("x-unknown") is None
    assert normal_label("") is None


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "gbk", "big5", "\x00"]))
def test_decoding_never_raises(content: bytes, declared: str | None) -> None:
    result = decode(content, declared)

    assert isinstance(result.text, str)
    assert 0 <= result.bad_share <= 1


@pytest.mark.parametrize("count", [1, 10, 100, 1000])
def test_parts_of_a_page_in_another_charset_are_read_by_their_own_bytes(count: int) -> None:
    own = "<p>市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收。</p>".encode()
    menu = "<a>质量工作</a>".encode("gb18030") * count

    decoded = decode(b"<body>" + menu + own * 20, "utf-8")

    assert decoded.text.count("第二批质量提升项目") == 20
    assert decoded.text.count("质量工作") == count
    assert decoded.warnings == [f"charset: {4 * count + 3 * count} characters stand in gb18030 inside a page of utf-8"]


def test_damaged_byte_of_utf8_does_not_make_its_piece_another_charset() -> None:
    text = "<p>市场监管部门公布了第二批质量提升项目，要求各地在年底前完成验收。</p>" * 20
    content = bytearray(text.encode())
    content[30] = 0xFF

    decoded = decode(bytes(content), "utf-8")

    assert decoded.charset == "utf-8"
    assert decoded.text.count("第二批质量提升项目") >= 19
    assert 0 < decoded.bad_share < 0.01
