"""What two texts are to each other: copies however edited are one text, two notices of one form never are."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.frames import trim
from archive.similarity import BANDS, MAX_SENTENCES, Relation, Text, relation, signature
from crawler.reading.text import fold, to_traditional

TITLE = "三江市启动小微企业质量帮扶行动"
PARAGRAPHS = [
    "近日，三江市启动小微企业质量帮扶行动，计划用两年时间为1200家小微企业送去检测、计量和标准服务。",
    "帮扶队由质量工程师、计量技师和退休班组长组成，每队负责一个工业园，先看车间，再看台账，最后同厂长一起定下整改单。",
    "在城南工业园，一家做阀门的小厂过去靠老师傅的手感判断密封面好坏，返修率长期降不下来。帮扶队带来粗糙度仪，教会工人读数，又帮厂里写出第一份内控标准。",
    "厂长许明说：“以前退货单压在抽屉里不敢看，现在每张单子都能查到是哪台机床、哪个班次。”三个月后，这家厂的返修率由7.4%降到2.1%。",
    "市市场监管局质量科科长周岚介绍，帮扶不收一分钱，费用由市里的质量专项资金承担，今年已安排860万元。",
    "她表示，下一步还要把检测机构的闲置设备挂到网上，让企业像订车票一样预约机时。",
    "目前，首批320家企业已经完成诊断，发现计量器具未检定、工艺文件过期等问题1500余个，八成以上当场改正。",
]
BODY = "\n".join(PARAGRAPHS)
SENTENCES = [f"{part}。" for part in BODY.replace("\n", "").split("。") if part]


def text(title: str, body: str) -> Text:
    return Text(fold(title), fold(body))


def compare(body: str, title: str = TITLE, first: tuple[str, str] = (TITLE, BODY)) -> Relation | None:
    return relation(text(*first), text(title, body))


def kind(found: Relation | None) -> str | None:
    return found and found.kind


def are_candidates(one: str, two: str) -> bool:
    first, second = signature(fold(one)), signature(fold(two))
    return bool(set(first.bands) & set(second.bands)) or len(set(first.sentences) & set(second.sentences)) >= 3


# --- one text ---------------------------------------------------------------------------------------------------------

REPRINTS = {
    "itself": (TITLE, BODY, "same"),
    "another headline": ("检测设备也能预约机时", BODY, "reprint"),
    "traditional": (to_traditional(TITLE), to_traditional(BODY), "same"),
    "one paragraph, other marks": (TITLE, BODY.replace("\n", "").replace("，", ",").replace("“", "「"), "same"),
    "full-width figures": (TITLE, BODY.translate({ord(d): chr(ord(d) + 0xFEE0) for d in "0123456789"}), "same"),
    "head and tail": (
        TITLE,
        f"来源：东江日报　作者：李青　发布时间：2024-03-05 10:21\n本报讯（记者 李青 通讯员 马可）{BODY}\n"
        "（责任编辑：王小禾）\n免责声明：本网转载此文只为传递信息，如有不妥请来信。",
        "same",
    ),
    "dateline and original headline": (
        TITLE,
        f"（原标题：{TITLE}（图））\n东江新闻网3月5日电（记者李青）{BODY}",
        "same",
    ),
    "reporter and caption put in": (
        TITLE,
        BODY.replace("在城南", "（见习记者 田野）在城南").replace("厂长许明", "图为帮扶队在车间。李青 摄\n厂长许明"),
        "edited",
    ),
    "lead left out": (TITLE, "\n".join(PARAGRAPHS[1:]), "edited"),
    "a sentence edited": (TITLE, BODY.replace("先看车间，再看台账", "先到车间摸情况，再翻台账"), "edited"),
    "days told from elsewhere": (TITLE, BODY.replace("近日", "3月5日").replace("今年已", "2024年已"), "edited"),
    "places told from elsewhere": (TITLE, BODY.replace("市里的", "三江市的").replace("市市场", "三江市市场"), "edited"),
    "short form of an office": (TITLE, BODY.replace("市市场监管局", "市市场监督管理局"), "edited"),
    "figures in Chinese": (TITLE, BODY.replace("1200", "一千二百").replace("860", "八百六十"), "edited"),
    "a figure corrected": (TITLE, BODY.replace("1200", "1300"), "reprint"),
    "a figure corrected in the headline, too": (f"{TITLE} 惠及1300家企业", BODY.replace("1200", "1300"), "reprint"),
    "first third": (TITLE, BODY[: len(BODY) // 3], "excerpt"),
    "two thirds under another headline": ("返修率怎样降下来", "".join(SENTENCES[2:10]), "excerpt"),
    "within a longer one": (
        TITLE,
        BODY
        + "\n同一天，邻近的河口县也公布了做法：由县里的检测站轮流驻厂，每月第一周接受预约，农机厂和豆制品坊排在最前。"
        "站长说，驻厂的人白天测样，晚上开夜校，讲的都是当天车间里遇到的毛病，讲完就改，改完再测，直到合格为止。",
        "containing",
    ),
}


@pytest.mark.parametrize("case", REPRINTS)
def test_copies_are_one_text(case: str) -> None:
    title, body, expected = REPRINTS[case]

    found, back = compare(body, title), compare(BODY, first=(title, body))
    assert kind(found) == expected
    assert found is not None
    assert back is not None
    assert (back.jaccard, back.containment) == (found.jaccard, found.containment)
    assert back.kind == {"excerpt": "containing", "containing": "excerpt"}.get(expected, expected)
    assert are_candidates(BODY, body)


def test_relation_turned_round_says_the_opposite() -> None:
    whole, part = text(TITLE, BODY), text(TITLE, BODY[: len(BODY) // 3])

    assert kind(relation(whole, part)) == "excerpt"
    assert kind(relation(part, whole)) == "containing"


def test_five_edited_sentences_leave_an_edited_reprint() -> None:
    edited = BODY
    for old, new in {
        "计划用两年时间": "打算在两年里",
        "最后同厂长一起定下": "末了与厂长商定",
        "教会工人读数": "手把手教工人读数",
        "费用由市里的": "花费全由市里的",
        "挂到网上": "放上网络平台",
    }.items():
        assert old in edited
        edited = edited.replace(old, new)

    assert kind(compare(edited)) == "edited"


def test_corrected_headline_of_a_yearly_text_is_no_other_year_s_text() -> None:
    body = BODY.replace("近日", "2024年6月")

    assert kind(compare(body, "2024年质量帮扶行动启动", ("2042年质量帮扶行动启动", body))) == "reprint"


# --- one form, filled in twice ----------------------------------------------------------------------------------------

FORM = "".join(SENTENCES[1:6])


def notice(**values: str) -> tuple[str, str]:
    filled = {
        "year": "2023",
        "batch": "一",
        "place": "青州市",
        "firm": "明珠阀门厂",
        "day": "5月8日",
        "count": "120",
        "person": "高远",
        "thing": "电热毯",
        "number": "17",
    } | values
    title = "{place}{year}年第{batch}批{thing}质量抽查通报".format(**filled)
    body = (
        "{day}，{place}公布{year}年第{batch}批{thing}抽查结果，共抽查{count}批次，文号为质函〔{year}〕{number}号。"
        f"{FORM}"
        "本次不合格的{thing}由{firm}生产，法定代表人{person}。{place}将跟踪整改。"
    ).format(**filled)
    return title, body


LOOKALIKES = {
    "next year": {"year": "2024", "day": "5月9日", "number": "21", "count": "133"},
    "next year, all else the same": {"year": "2024"},
    "second batch": {"batch": "二", "firm": "恒久电器公司", "count": "98", "day": "8月2日", "number": "40"},
    "another province's city": {"place": "扬州市", "firm": "恒久电器公司", "person": "罗敏"},
    "a county no list knows": {"place": "石鼓县", "count": "31"},
    "another product": {"thing": "压力锅", "firm": "永固炊具厂", "count": "61"},
    "all but the form": {
        "year": "2021",
        "batch": "三",
        "place": "柳州市",
        "firm": "恒久电器公司",
        "day": "2月1日",
        "count": "9",
        "person": "罗敏",
        "thing": "校服",
        "number": "3",
    },
}


@pytest.mark.parametrize("case", LOOKALIKES)
def test_form_filled_in_twice_is_two_texts(case: str) -> None:
    first, second = notice(), notice(**LOOKALIKES[case])

    assert relation(text(*first), text(*second)) is None
    assert relation(text(*second), text(*first)) is None
    assert kind(relation(text(*first), text("抽查结果公布", first[1]))) == "reprint"


def test_one_headline_for_every_day_is_no_proof() -> None:
    def daily(day: int, seed: int) -> tuple[str, str]:
        rng = random.Random(seed)
        rows = "".join(
            f"{what}抽检{rng.randint(20, 99)}批次，合格{rng.randint(20, 99)}批次。"
            for what in ("蔬菜", "水果", "禽蛋", "水产")
        )
        return "本市农产品抽检日报", f"5月{day}日，抽检情况如下。{rows}{FORM}"

    assert relation(text(*daily(6, 1)), text(*daily(7, 2))) is None


def test_decisions_under_one_headline_are_of_other_companies() -> None:
    def decision(firm: str, head: str, number: int, day: str) -> tuple[str, str]:
        return (
            "行政处罚决定公示",
            f"当事人：{firm}，法定代表人{head}。文号：市监罚〔2024〕{number}号，{day}作出。{FORM}处罚对象为{firm}。",
        )

    first = decision("明珠食品有限公司", "高远", 17, "3月2日")

    assert relation(text(*first), text(*decision("恒久电器有限公司", "罗敏", 25, "4月9日"))) is None
    assert kind(relation(text(*first), text(*first))) == "same"


def test_call_of_every_year_under_one_headline_is_another_one() -> None:
    def call(year: int, day: str, until: str) -> tuple[str, str]:
        return "关于开展质量月活动的通知", (
            f"{year}年质量月活动定于{day}开始。一、{SENTENCES[1]}二、{SENTENCES[2]}三、{SENTENCES[3]}"
            f"{year}年活动总结请于{until}前报送。"
        )

    assert relation(text(*call(2023, "9月1日", "10月9日")), text(*call(2024, "9月3日", "10月12日"))) is None


def test_award_lists_with_other_names_are_two() -> None:
    def awards(edition: str, firms: str) -> tuple[str, str]:
        return f"第{edition}届质量奖获奖名单", f"{FORM}经评审，第{edition}届质量奖授予{firms}。"

    first = awards("三", "明珠食品有限公司、青松机械厂、远航船舶集团")

    assert relation(text(*first), text(*awards("四", "恒久电器有限公司、白云仪表厂、长河桥梁集团"))) is None


@pytest.mark.parametrize("between", ["、", ""])
def test_lists_of_persons_with_other_names_are_two(between: str) -> None:
    def honoured(*names: str) -> tuple[str, str]:
        return (
            "质量工匠名单公布",
            f"{FORM}{SENTENCES[6]}授予以下人员质量工匠称号：{between.join(names)}。{SENTENCES[7]}",
        )

    first = honoured("高远山", "罗敏华", "许小平", "马立群", "周子涵", "钱若兰", "沈春生")
    second = honoured("白雪梅", "田思源", "丁永康", "秦世杰", "陶振华", "石景行", "方光明")

    assert relation(text(*first), text(*second)) is None
    assert kind(relation(text(*first), text(*first))) == "same"


def test_forms_without_facts_differ_by_their_headlines() -> None:
    body = (
        "现将有关情况予以公布，详见附件。各有关单位要认真组织学习，对照附件所列问题逐条整改，并把整改情况于月底以前报送。"
        * 2
    )

    assert relation(text("第三期不合格产品名单", body), text("第四期不合格产品名单", body)) is None
    assert kind(relation(text("第三期不合格产品名单", body), text("第三期不合格产品名单", body))) == "same"


def test_two_reports_of_one_event_are_two_texts() -> None:
    other = (
        "三江市的小厂有了自己的质量医生。记者跟着他们走了两天，看到的是满手油污和一摞摞记录本。"
        f"{SENTENCES[3]}{SENTENCES[5]}"
        "傍晚收工前，队员们围着一张旧桌子算账：换一把刀具要多少钱，停机半天又要多少钱，算到最后，厂里的会计也点了头。"
        "城北的一家纸箱厂排在名单末尾，厂长却最着急，他说订单就压在边压强度这一项上，早一天测出毛病，早一天睡得着觉。"
    )

    assert compare(other, "小厂来了质量医生") is None


def test_half_of_the_sentences_exchanged_is_another_text() -> None:
    others = [
        f"第{place}站到了山北{name}厂，那里缺的是{thing}，队员们当天就从邻县借来，装好又教了一遍。"
        for place, (name, thing) in enumerate(
            {"砖瓦": "卡尺", "豆腐": "温度计", "铸造": "硬度计", "缝纫": "拉力机", "木器": "湿度仪"}.items(), 1
        )
    ]
    mixed = [one if place % 2 else others[place // 2 % 5] for place, one in enumerate(SENTENCES)]

    assert compare("".join(mixed)) is None


# --- bad input --------------------------------------------------------------------------------------------------------


def test_empty_texts_are_no_copies_of_each_other() -> None:
    for body in ("", "。。。，，，", "—— …… ——"):
        found = signature(fold(body))
        assert (found.bands, found.sentences) == ((), ())
        assert compare(body, first=(TITLE, body)) is None


def test_short_texts_are_copies_only_when_equal() -> None:
    short = "现将名单予以公布，请各单位遵照执行。"

    assert kind(compare(short, first=(TITLE, short))) == "same"
    assert compare(short, "另一份名单", (TITLE, short)) is None
    assert compare(short.replace("名单", "通知"), first=(TITLE, short)) is None
    assert compare(BODY, first=(TITLE, short)) is None
    assert signature(fold(short)).bands == ()
    assert are_candidates(short, short)
    assert not are_candidates(short, short.replace("名单", "通知"))


def test_line_repeated_a_thousand_times_is_no_part_of_a_text_that_has_it_once() -> None:
    line = SENTENCES[0][:20]

    assert compare(line * 1000) is None
    assert compare(PARAGRAPHS[1] * 1000) is None
    assert kind(compare(line * 1000, first=(TITLE, line * 1000))) == "same"


def test_two_million_characters_are_compared_by_a_sample() -> None:
    rng = random.Random(3)
    long = rng.randbytes(4_000_000).decode("utf-16-le", "ignore")
    assert len(long) > 1_900_000
    first, second = signature(long), signature(long[: len(long) * 19 // 20])

    assert len(first.bands) == BANDS
    assert len(first.sentences) <= MAX_SENTENCES
    assert set(first.bands) & set(second.bands)
    found = relation(Text("长文", long), Text("长文", long[: len(long) * 19 // 20]))
    assert found is not None
    assert found.jaccard == pytest.approx(0.95, abs=0.01)
    assert relation(Text("长文", long), Text("长文", long[::-1])) is None


def test_headline_of_a_million_characters_stalls_nothing() -> None:
    long = "质量强市" * 250_000

    assert kind(compare(BODY, long, (long[1:], BODY))) == "reprint"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=30))
def test_any_text_gives_an_answer_and_both_ways_the_same(one: str, two: str, title: str) -> None:
    first, second = text(title, one), text("", two)
    found = signature(first.body)

    assert len(found.bands) in (0, BANDS)
    assert len(found.sentences) <= MAX_SENTENCES
    assert all(-(2**63) <= value < 2**63 for value in (*found.bands, *found.sentences))
    assert (relation(first, second) is None) == (relation(second, first) is None)
    assert kind(relation(first, first)) in (None, "same")


# --- what is in the database ------------------------------------------------------------------------------------------


def test_signature_is_the_one_of_the_first_release() -> None:
    """Hashes in databases must mean the same for ever; whoever changes them raises SIGNATURE_VERSION."""
    found = signature(fold(BODY))

    assert found.bands[:2] == (-7922116569201387274, 1456606097986257191)
    assert found.sentences[:2] == (1231797196554517794, 2111177557941312975)
    assert signature(fold("现将名单予以公布。")).sentences == (
        3774809449103621271,
        -3849608301626459429,
        3758502210537519395,
    )


def test_label_in_the_midst_of_a_text_is_not_cut() -> None:
    body = fold(PARAGRAPHS[0] + "数据来源：各区上报。" + "编辑：" + BODY)

    assert trim(body).endswith("八成以上当场改正。")
    assert trim(fold("来源：东江日报")) == fold("来源：东江日报")
