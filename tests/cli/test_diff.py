"""Comparing two texts by sentence, then by character."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from cli.diff import compare, sentences, shortened

TEXT = st.text(st.sampled_from("质量强市。！\n第一二三,;；”ab1"), max_size=60)


def _shape(old: str, new: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in compare(old, new)]


@given(TEXT)
def test_sentences_join_to_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


@given(TEXT, TEXT)
def test_pieces_join_to_both_texts(old: str, new: str) -> None:
    pieces = compare(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


def test_equal_texts_have_one_unchanged_piece() -> None:
    assert _shape("第一句。第二句。", "第一句。第二句。") == [("same", "第一句。第二句。")]


def test_changed_number_is_the_only_change() -> None:
    shape = _shape("前句不变。新增17家企业。后句不变。", "前句不变。新增23家企业。后句不变。")
    assert [text for kind, text in shape if kind == "removed"] == ["17"]
    assert [text for kind, text in shape if kind == "added"] == ["23"]


def test_new_sentence_is_added_whole() -> None:
    assert _shape("一。二。", "一。新来的句子。二。") == [("same", "一。"), ("added", "新来的句子。"), ("same", "二。")]


def test_sentence_that_has_nothing_in_common_is_replaced_whole() -> None:
    assert _shape("天气很好。", "企业获奖了") == [("removed", "天气很好。"), ("added", "企业获奖了")]


def test_long_unchanged_text_is_cut_beside_the_change() -> None:
    pieces = shortened(compare("很长的一句话。" * 50 + "甲。", "很长的一句话。" * 50 + "乙。"), around=5)
    assert sum(len(piece.text) for piece in pieces) < 40
    assert pieces[0].text.startswith(" … ")


def test_two_very_long_sentences_do_not_take_minutes() -> None:
    started = time.monotonic()
    compare("甲乙" * 20_000, "乙丙" * 20_000)
    assert time.monotonic() - started < 30
