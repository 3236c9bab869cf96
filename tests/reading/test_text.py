from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.text import clean, fold, script_of


@pytest.mark.parametrize(
    ("seen", "cleaned"),
    [
        ("\u3000\u3000质量\xa0\xa0强国\n", "质量 强国"),
        ("质\u200b量\ufeff强\u00ad国\x00\x08", "质量强国"),
        ("\u202e翻转\u2066", "翻转"),
        (" \t\r\n", ""),
        ("保留\ue490私用区", "保留\ue490私用区"),
    ],
)
def test_clean_leaves_what_a_reader_sees(seen: str, cleaned: str) -> None:
    assert clean(seen) == cleaned


def test_fold_makes_spellings_of_one_text_equal() -> None:
    assert fold("ＩＳＯ　９００１ 質量") == fold("iso9001质量") == "iso9001质量"


@given(st.text())
def test_folding_twice_changes_nothing_more_than_white_space(text: str) -> None:
    assert not any(char.isspace() for char in fold(text))


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_script_is_told_by_the_characters_that_differ() -> None:
    assert script_of("市场监管部门公布质量提升项目") == "hans"
    assert script_of("市場監管部門公佈質量提升項目") == "hant"
    assert script_of("中山小山") == "hans"
    assert script_of("ISO 9001") == "other"
    assert script_of("") == "other"
