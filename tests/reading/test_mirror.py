"""Mirror noise: found only where it is, and read back to the text that the mirror had copied."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.mirror import find_noise, restore
from crawler.reading.text import to_simplified
from seeds.replica.noise import annotate, split_bytes, spoil

# Invented quality-policy news, a paragraph a line.
PARAGRAPHS = Path(__file__).with_name("mirror_texts.txt").read_text("utf-8")
WIDTH = str.maketrans(",!?:;()", "，！？：；（）")
NOTE = re.compile(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)")
HANG = 15.0
"""CPU seconds. These inputs take well under one; work that grows faster than its input takes minutes."""
DAMAGE = re.compile(r"[?\ufffd][，！？。,!]|[\ue000-\uf8ff]")

# Seed document, and what its places read once repaired.
SEED_PLACES = [
    ("001_", 129, ["履职能力。”会上，朱", "之家。”蒋同进对协会"]),
    ("003_", 181, ["诚信承诺”。现场还有领导、企业"]),
]


def folded(text: str) -> str:
    return text.translate(WIDTH)


def seed(shared_dir: Path, start: str) -> str:
    (path,) = (shared_dir / "seeds").glob(f"{start}*.txt")
    return path.read_text("utf-8")


def wrong_characters(expected: str, got: str) -> int:
    """Characters that differ, paragraph by paragraph."""
    pairs = zip(expected.split("\n"), got.split("\n"), strict=True)
    return sum(
        max(b - a, d - c)
        for one, two in pairs
        if one != two
        for tag, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
        if tag != "equal"
    )


@pytest.mark.parametrize(("start", "notes", "places"), SEED_PLACES, ids=["001", "003"])
def test_seed_documents_come_back_without_notes_and_with_their_broken_places_mended(
    shared_dir: Path, start: str, notes: int, places: list[str]
) -> None:
    page = seed(shared_dir, start)
    noise = find_noise(page)
    assert noise is not None
    assert noise.share > 0.05

    restored = restore(page)

    assert restored.notes_removed == notes
    for place in places:
        assert place in folded(restored.text)
    assert not NOTE.search(restored.text)
    assert not DAMAGE.search(restored.text)
    assert len(restored.repairs) == len(places)
    assert to_simplified(restored.text) == restored.text


def test_the_lost_second_byte_is_a_guess_with_candidates_and_the_note_settles_it(shared_dir: Path) -> None:
    guessed = restore(seed(shared_dir, "001_")).repairs[0]
    assert guessed.candidates[0].endswith("会上")
    assert len(guessed.candidates) > 1
    assert guessed.confidence < 0.95

    settled = restore("質(zhì)量提升能力?！睍?(huì)").repairs[0]
    assert settled.candidates[0] == "。”会"
    assert {reading[-1] for reading in settled.candidates} == {"会", "晖"}


def test_forward_model_breaks_a_text_like_the_observed_pages() -> None:
    assert spoil("能力。”会上，朱") == "能力?！睍\ue490?，朱"
    assert spoil("之家。”蒋同进") == "之家?！笔Y同進"
    assert spoil("承诺”。现场") == "承諾”?，F(xiàn)場"
    assert spoil("版权所有©\xa0", "none") == "版權所有??"


@pytest.mark.parametrize("density", ["sparse", "medium", "dense"])
def test_a_text_comes_back_from_the_noise_with_at_most_one_wrong_character_in_a_thousand(density: str) -> None:
    assert len(PARAGRAPHS) > 8000
    page = spoil(PARAGRAPHS, density)
    naive = to_simplified(NOTE.sub("", page))

    restored = restore(page)

    wrong = wrong_characters(PARAGRAPHS, restored.text)
    assert wrong <= len(PARAGRAPHS) / 1000
    assert wrong * 20 < wrong_characters(PARAGRAPHS, naive)
    assert len(restored.repairs) > 20
    assert not NOTE.search(restored.text)
    assert not DAMAGE.search(restored.text)


@pytest.mark.parametrize("density", ["sparse", "medium", "dense"])
def test_every_density_is_found(density: str) -> None:
    for paragraph in PARAGRAPHS.splitlines():
        if len(NOTE.findall(annotate(paragraph, density))) >= 3:
            assert find_noise(spoil(paragraph, density))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("質(zhì)量", "质量"),
        ("軍(jun1)隊", "军队"),
        ("證(zheng)(zheng)書", "证书"),
        ("會(huì )議", "会议"),
        ("會( huì)議", "会议"),
        ("綠(lǜ)色", "绿色"),
        ("綠(lv4)色", "绿色"),
        ("婦女(nǚ)", "妇女"),
        ("策略(lüè)", "策略"),
        ("長(cháng)度，校長(zhǎng)", "长度，校长"),
        ("質(zhi\u0300)量", "质量"),
    ],
)
def test_every_kind_of_note_is_removed(page: str, text: str) -> None:
    assert restore(page).text == text


def test_brackets_that_are_no_note_stay() -> None:
    page = "質(zhì)量(CPU)與啊(a)標準(2017)增長(GDP)，方案(an)，業(yè)務(wù)(ISO)，國家(guo)標，領導(leader)(zhì)"
    assert restore(page).text == "质量(CPU)与啊(a)标准(2017)增长(GDP)，方案，业务(ISO)，国家(guo)标，领导(leader)(zhì)"


def test_zhe_is_told_from_zhu_by_the_words() -> None:
    page = "隨著質(zhì)量顯著提高，著名專家圍繞著標準著書立說，沿著新路，著眼長遠，有著作，也有著不足"
    assert restore(page).text == "随着质量显著提高，著名专家围绕着标准著书立说，沿着新路，着眼长远，有著作，也有着不足"


def test_a_note_behind_what_is_left_of_a_character_decides_its_reading() -> None:
    restored = restore("簽名承諾?，F(xiàn)場還有")
    assert restored.text == "签名承诺。现场还有"
    assert restored.notes_removed == 1
    # The bytes say 現; a note that reads otherwise contradicts the repair.
    assert restore("簽名承諾?，F(zhì)場還有").repairs == []


def test_both_halves_lost_beside_a_quote() -> None:
    text = "他说：“质量靠大家。”。"
    assert split_bytes(annotate(text, "none")) == "他說：“質量靠大家?！?。"
    assert restore("他說：“質(zhì)量靠大家?！?。").text == text


def test_a_question_mark_that_was_a_sign_gbk_lacks_is_left_alone() -> None:
    restored = restore("版權(quán)所有?，保留責(zé)任。你知道嗎?質(zhì)量!")
    assert restored.text == "版权所有?，保留责任。你知道吗?质量!"
    assert restored.repairs == []
    assert restored.confidence < 0.5


def test_repairs_quote_the_page_beside_the_reading() -> None:
    (repair,) = restore("產(chǎn)品質(zhì)量承諾”?，F(xiàn)場還有企業(yè)", "title").repairs
    assert repair.where == "title"
    assert "?，F" in repair.seen
    assert "。现场" in repair.restored
    assert repair.candidates[0] == "。现"
    assert 0 < repair.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        PARAGRAPHS,
        annotate(PARAGRAPHS, "none"),
        "本次评价采用(CPU)、(GDP)、(a)、(2017)四类指标，方案(plan)见附件(pdf)。" * 20,
        "江苏大学教授杨燚(yì)、工程师赵龑(yǎn)、研究员王翀(chōng)出席。",
        "小学课文：质(zhì)量(liàng)监(jiān)督(dū)，请同学们跟读。",
        "江蘇大學教授趙龑(yǎn)、工程師劉翀(chōng)、研究員馬驫(biāo)出席，介紹了質量工作。",
        "",
    ],
    ids=["simplified", "traditional", "latin words", "rare names", "school text", "rare names in traditional", "empty"],
)
def test_texts_without_mirror_noise_are_not_mirrors(text: str) -> None:
    assert find_noise(text) is None


def test_one_note_in_a_title_is_enough_and_one_in_a_long_text_is_not() -> None:
    title = "全市工業(yè)標準工作會議召開"
    assert find_noise(title) is not None
    assert find_noise(title + annotate(PARAGRAPHS, "none")) is None


def test_importing_the_detection_loads_no_dictionaries() -> None:
    code = "import sys, crawler.reading.mirror; print([m for m in ('opencc', 'pypinyin') if m in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_hundred_kilobytes_of_noise_end_soon() -> None:
    page = spoil(PARAGRAPHS * 5, "dense")[:42_000]
    assert len(page.encode()) > 100_000
    restore(page[:2000])
    start = time.process_time()
    restore(page)
    assert time.process_time() - start < HANG


@pytest.mark.parametrize("unit", ["?，", "?！睍\ue490", "?！?", "?！?可以，", "(zhì", "質(zhì)", "著?，F(xiàn)"])
def test_text_made_of_noise_ends_soon(unit: str) -> None:
    page = unit * (30_000 // len(unit))
    start = time.process_time()
    find_noise(page)
    restore(page)
    assert time.process_time() - start < HANG


NOISY = st.text(
    st.one_of(
        st.sampled_from("?，！？。；：、!,“”()（）《》\n質會業現F睍笔Y\ue490€著\ufffd aāǜ1zhuan"),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.characters(),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(NOISY)
def test_no_text_makes_it_fail(text: str) -> None:
    find_noise(text)
    restored = restore(text)
    assert 0 <= restored.confidence <= 1
    assert restored.text.count("\n") == text.count("\n")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=("Cs", "Co", "Cn"))))
def test_the_forward_model_takes_any_text(text: str) -> None:
    assert spoil(text, "dense") == spoil(text, "dense")
