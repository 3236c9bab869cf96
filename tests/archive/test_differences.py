"""Comparing two texts: by sentence, then by character, with figures, dates, names and numbers kept whole."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.alignment import Aligner
from archive.differences import MOST_STEPS, Comparison, compare, sentences
from archive.marks import plain_fold, tokens

TEXT = st.text(st.sampled_from("质量强市。！\n第一二三,;；”ab1王敏局长（）〔2026〕号年月日 "), max_size=60)


def joined(found: Comparison, *left_out: str) -> str:
    return "".join(piece.text for piece in found.pieces if piece.kind not in left_out)


def gone_and_come(old: str, new: str) -> tuple[list[str], list[str]]:
    found = compare(old, new)
    return tuple([piece.text for piece in found.pieces if piece.kind == kind] for kind in ("removed", "added"))  # type: ignore[return-value]


def noted(old: str, new: str) -> list[tuple[str, str, str, str]]:
    return [(mark.mark, mark.about, mark.before, mark.after) for mark in compare(old, new).marks]


def letters(text: str) -> str:
    return "".join(char for char in plain_fold(text) if char.isalnum())


@given(TEXT)
def test_sentences_and_tokens_join_to_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text
    assert "".join(token.text + token.tail for token in tokens(text)) == text


@settings(max_examples=100)
@given(TEXT, TEXT)
def test_pieces_join_to_the_new_text_and_but_for_slight_marks_to_the_old(old: str, new: str) -> None:
    found = compare(old, new)
    assert joined(found, "removed", "moved_from") == new
    assert letters(joined(found, "added", "moved_to")) == letters(old)


@given(st.lists(st.integers(0, 4), max_size=30), st.lists(st.integers(0, 4), max_size=30))
def test_aligned_rows_are_common_and_cover_both(a: list[int], b: list[int]) -> None:
    old, new = [str(n) for n in a], [str(n) for n in b]
    steps = list(Aligner(MOST_STEPS).steps(old, new))
    assert [i for _, left, _ in steps for i in left] == list(range(len(old)))
    assert [j for _, _, right in steps for j in right] == list(range(len(new)))
    assert all([old[i] for i in left] == [new[j] for j in right] for same, left, right in steps if same)


def test_equal_texts_have_one_unchanged_piece() -> None:
    found = compare("第一句。第二句。", "第一句。第二句。")
    assert [(piece.kind, piece.text) for piece in found.pieces] == [("same", "第一句。第二句。")]
    assert found.is_empty


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("他说“好”，很好！", "他说「好」,很好。"),
        ("第一段。\n第二段。", "第一段。第二段。"),
        ("ＩＳＯ９００１ 认证", "iso9001认证"),
        ("附件：申报表（下载次数：12）。", "附件：申报表（下载次数：99）。"),
        ("总投资1,200万元。", "总投资1200万元。"),
    ],
)
def test_punctuation_width_white_space_and_counters_are_no_difference(old: str, new: str) -> None:
    assert compare(old, new).is_empty


def test_script_is_no_difference_where_the_caller_folds_it() -> None:
    from crawler.reading.text import to_simplified

    assert compare("質量強市。新增3家。", "质量强市。新增3家。", to_simplified).is_empty
    found = compare("質量強市。新增3家。", "质量强市。新增5家。", to_simplified)
    assert [(mark.before, mark.after) for mark in found.marks] == [("3", "5")]


@pytest.mark.parametrize(
    ("old", "new", "kind", "about", "before", "after"),
    [
        ("新增质量强市示范城市3个。", "新增质量强市示范城市35个。", "number", "质量强市示范城市", "3", "35"),
        ("评选出3家示范企业。", "评选出5家示范企业。", "number", "示范企业", "3", "5"),
        ("抽检合格率为97.5%。", "抽检合格率为98.1%。", "number", "抽检合格率", "97.5%", "98.1%"),
        ("安排资金3万元。", "安排资金3亿元。", "number", "资金", "3万", "3亿"),
        ("共有十二家单位。", "共有二十家单位。", "number", "单位", "十二", "二十"),
        ("超过百分之九十。", "超过百分之八十。", "number", "", "百分之九十", "百分之八十"),
        ("气温-3度。", "气温3度。", "number", "气温", "-3", "3"),
        ("2025年完成。", "2026年完成。", "date", "", "2025年", "2026年"),
        ("定于3月5日召开。", "定于3月15日召开。", "date", "", "3月5日", "3月15日"),
        ("自二〇二五年三月起。", "自二〇二六年三月起。", "date", "", "二〇二五年三月", "二〇二六年三月"),
        ("副市长王敏出席会议。", "副市长李建国出席会议。", "name", "副市长", "王敏", "李建国"),
        ("会议由欧阳文主持。", "会议由王敏主持。", "name", "", "欧阳文", "王敏"),
        ("任命周芳为所长。", "任命周芳为副所长。", "office", "", "所长", "副所长"),
        ("国办发〔2017〕47号。", "国办发〔2017〕48号。", "doc_number", "", "国办发〔2017〕47号", "国办发〔2017〕48号"),
        ("沪市监质[2026]12号。", "沪市监质[2026]21号。", "doc_number", "", "沪市监质[2026]12号", "沪市监质[2026]21号"),
        ("执行GB/T 19001-2016。", "执行GB/T 19001-2025。", "doc_number", "", "GB/T 19001-2016", "GB/T 19001-2025"),
    ],
)  # fmt: skip
def test_what_is_of_note_is_one_whole_change_with_what_it_belongs_to(
    old: str, new: str, kind: str, about: str, before: str, after: str
) -> None:
    assert noted(old, new) == [(kind, about, before, after)]
    assert gone_and_come(old, new) == ([before], [after])


def test_words_that_only_look_like_names_or_figures_are_none() -> None:
    for text in ("局长高度重视。", "市长质量奖揭晓。", "进一步统一思想。", "十分重要。", "安全生产常抓不懈。"):
        assert [token.text for token in tokens(text) if token.mark in ("name", "number")] == [], text


def test_a_name_known_from_the_text_is_whole_where_nothing_shows_it() -> None:
    old = "局长李建国到会。\n大家看着李建国走远了。"
    assert ("name", "", "李建国", "") not in noted(old, old)
    assert [token.text for token in tokens("看着李建国走", names=["李建国"]) if token.mark] == ["李建国"]


def test_added_and_removed_sentences_are_counted_and_stand_whole() -> None:
    found = compare("一句在前。删去的这一句话。三句在后。", "一句在前。三句在后。新来的句子也在后。")
    assert (found.added, found.removed, found.changed, found.moved) == (1, 1, 0, 0)
    assert ("removed", "删去的这一句话。") in [(piece.kind, piece.text) for piece in found.pieces]


def test_a_moved_paragraph_is_neither_added_nor_removed() -> None:
    first, second, third = "第一段说的是计量检定。\n", "第二段讲认证认可的事情。\n", "第三段谈首席质量官制度。\n"
    found = compare(first + second + third, second + third + first)
    assert (found.added, found.removed, found.changed, found.moved) == (0, 0, 0, 1)


def test_a_sentence_that_moved_with_another_name_in_it_is_told_by_the_name() -> None:
    old = "市市场监管局局长王敏在会上表示要安排专项资金20万元。\n会议强调压实各方责任。\n"
    new = "会议强调压实各方责任。\n市市场监管局局长李建国在会上表示要安排专项资金20万元。\n"
    found = compare(old, new)
    assert [(mark.about, mark.before, mark.after) for mark in found.marks] == [("局长", "王敏", "李建国")]
    assert (found.added, found.removed, found.moved) == (0, 0, 1)


def test_one_firm_out_of_a_long_list_is_the_only_change() -> None:
    firms = [
        f"{place}{trade}有限公司" for place in "东南西北中上下" for trade in ("机械", "食品", "纺织", "仪表", "建材")
    ]
    old = "获奖名单：" + "、".join(firms) + "。"
    new = "获奖名单：" + "、".join(firm for firm in firms if firm != "西纺织有限公司") + "。"
    assert gone_and_come(old, new) == (["西纺织有限公司、"], [])
    found = compare(old, new)
    assert (found.removed, found.changed) == (0, 1)


def test_sentence_that_has_nothing_in_common_is_replaced_whole() -> None:
    assert gone_and_come("天气很好。", "企业获奖了") == (["天气很好。"], ["企业获奖了"])


def test_many_figures_that_change_at_once_still_pair_line_by_line() -> None:
    rng = random.Random(7)
    lines = [f"第{n}项指标为{rng.randint(10, 99)}分" for n in range(200)]
    old = "\n".join(f"{line}。" for line in lines)
    new = "\n".join(f"{line[:-3]}{int(line[-3:-1]) + 1}分。" for line in lines)
    found = compare(old, new)
    assert (len(found.marks), found.added, found.removed) == (200, 0, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""), ("", "新的。"), ("旧的。", ""), ("。", "！"),
        ("一段话说了又说。\n" * 1000, "一段话说了又说。\n" * 999),
        ("甲乙" * 10_000, "乙丙" * 10_000),
    ],
)  # fmt: skip
def test_odd_texts_end_and_join(old: str, new: str) -> None:
    assert joined(compare(old, new), "removed", "moved_from") == new


def test_work_beyond_the_ceiling_is_told_as_removed_and_added() -> None:
    aligner = Aligner(1_000)
    old, new = [str(n % 7) for n in range(3_000)], [str(n % 5) for n in range(3_000)]
    steps = list(aligner.steps(old, new))
    assert sum(len(left) for same, left, _ in steps if same) < 3_000
    assert not aligner.spend(0)
