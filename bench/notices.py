"""Notices written on one form, filled in more than once: nearly the same words, and never one text."""

from __future__ import annotations

from collections.abc import Callable

from bench.phrases import CITIES, COUNTIES, MATTERS, OFFICES, PRODUCTS, PROVINCES, Writer

Filled = tuple[str, list[list[str]]]
"""Title and paragraphs."""

_CHINESE = "零一二三四五六七八九十"


def _form(write: Writer, chars: int) -> list[str]:
    """What stays the same: sentences without figures or names."""
    made: list[str] = []
    while sum(map(len, made)) < chars:
        made.append(f"{write.clause()}，{write.clause()}，{write.aim()}。")
    return made


def _yearly(write: Writer) -> list[Filled]:
    """The call of every year: other year, number of the document, dates and places."""
    matter, office = write.one(MATTERS), write.one(PROVINCES) + write.one(OFFICES)
    form = _form(write, write.rng.randint(300, 1100))
    first = write.rng.randint(2015, 2022)
    filled: list[Filled] = []
    for year in (first, first + 1, first + 2):
        town, number, seats = write.one(CITIES), write.rng.randint(3, 90), write.rng.randint(20, 90)
        filled.append(
            (
                f"{office}关于开展{year}年{matter}的通知",
                [
                    [f"质函〔{year}〕{number}号"],
                    [f"现就{year}年{matter}有关事项通知如下。"],
                    form[: len(form) // 2],
                    [f"启动仪式定于{write.day()}在{town}举行，由{town}政府承办，名额{seats}人。"],
                    form[len(form) // 2 :],
                    [f"请于{write.day()}前报送总结。", f"{office}{year}年{write.day()}"],
                ],
            )
        )
    return filled


def _awards(write: Writer) -> list[Filled]:
    """A list of winners: other names, another edition."""
    place, form = write.one(PROVINCES + CITIES), _form(write, write.rng.randint(150, 500))
    edition = write.rng.randint(2, 8)
    filled: list[Filled] = []
    for number in (edition, edition + 1):
        firms = "、".join(write.firm() for _ in range(write.rng.randint(3, 8)))
        people = "、".join(write.person() for _ in range(write.rng.randint(3, 8)))
        filled.append(
            (
                f"{place}第{_CHINESE[number]}届质量奖获奖名单公布",
                [
                    form[:3],
                    [f"经评审，第{_CHINESE[number]}届质量奖授予：{firms}。"],
                    [f"个人奖授予：{people}。"],
                    form[3:],
                ],
            )
        )
    return filled


def _batches(write: Writer) -> list[Filled]:
    """Results of spot checks: first batch, second batch, other makers."""
    place, product = write.place(), write.one(PRODUCTS)
    form, year = _form(write, write.rng.randint(250, 900)), write.rng.randint(2018, 2024)
    filled: list[Filled] = []
    for batch in "一二":
        makers = "、".join(write.firm() for _ in range(write.rng.randint(2, 5)))
        total = write.rng.randint(40, 300)
        filled.append(
            (
                f"{place}{year}年第{batch}批{product}质量监督抽查结果",
                [
                    [f"本次共抽查{total}批次{product}，发现{write.rng.randint(2, 20)}批次不合格。"],
                    form[:4],
                    [f"不合格产品由{makers}生产。", f"合格率为{write.percent()}。"],
                    form[4:],
                ],
            )
        )
    return filled


def _daily(write: Writer) -> list[Filled]:
    """A report of every day under one headline: only the day and the figures are other ones."""
    town, form = write.one(CITIES), _form(write, write.rng.randint(100, 500))
    items = write.rng.sample(PRODUCTS, 8)
    day = write.rng.randint(1, 20)
    filled: list[Filled] = []
    for later in range(3):
        rows = [f"{item}抽检{write.rng.randint(10, 99)}批次，合格率{write.percent()}。" for item in items]
        filled.append((f"{town}今日商品抽检播报", [[f"5月{day + later}日，抽检情况如下。"], rows, form]))
    return filled


def _recalls(write: Writer) -> list[Filled]:
    """Recalls on one form: another maker, another product, other figures."""
    form = _form(write, write.rng.randint(250, 800))
    filled: list[Filled] = []
    for _ in range(2):
        firm, product, count = write.firm(), write.one(PRODUCTS), write.rng.randint(30, 9000)
        paragraphs = [
            [f"日前，{firm}备案了召回计划，将自2024年{write.day()}起召回部分{product}，共计{count}件。"],
            form[:4],
            [f"用户可拨打{firm}客服电话400-{write.rng.randint(100, 999)}-{write.rng.randint(1000, 9999)}咨询。"],
            form[4:],
        ]
        filled.append((f"{firm}召回部分{product}", paragraphs))
    return filled


def _plans(write: Writer) -> list[Filled]:
    """A province's plan as its counties copy it: the name of the place, and targets of their own."""
    matter, form = write.one(MATTERS), _form(write, write.rng.randint(500, 1400))
    filled: list[Filled] = []
    for place in write.rng.sample(COUNTIES, 3):
        paragraphs = [
            [f"为推动{place}高质量发展，制定本方案。"],
            form[:5],
            [f"到2025年，{place}培育品牌{write.rng.randint(3, 60)}个，{place}规模以上企业全部建立质量档案。"],
            form[5:],
            [f"{place}各有关单位应结合实际抓好落实。"],
        ]
        filled.append((f"{place}{matter}实施方案", paragraphs))
    return filled


def _penalties(write: Writer) -> list[Filled]:
    """Decisions under one headline: company, number of the document, date and sum."""
    town, form = write.one(CITIES), _form(write, write.rng.randint(150, 600))
    filled: list[Filled] = []
    for _ in range(3):
        firm = write.firm()
        paragraphs = [
            [f"当事人：{firm}，法定代表人{write.person()}。"],
            [f"决定书文号：市监罚〔2024〕{write.rng.randint(10, 999)}号，作出日期2024年{write.day()}。"],
            form,
            [f"决定对{firm}罚款{write.rng.randint(2, 90)}000元。"],
        ]
        filled.append((f"{town}行政处罚决定公示", paragraphs))
    return filled


def _appointments(write: Writer) -> list[Filled]:
    """Training classes of one programme in two towns: persons, towns and days are all that differs."""
    matter, form = write.one(MATTERS), _form(write, write.rng.randint(300, 900))
    filled: list[Filled] = []
    for town in write.rng.sample(CITIES, 2):
        teacher, head = write.person(), write.person()
        paragraphs = [
            [f"{write.day()}，{matter}走进{town}，{town}{OFFICES[0]}局长{head}出席并致辞。"],
            form[:4],
            [
                f"授课由高级工程师{teacher}主讲，{write.rng.randint(30, 300)}人参加。",
                f"{head}表示，{town}将继续办好培训。",
            ],
            form[4:],
        ]
        filled.append((f"{matter}走进{town}", paragraphs))
    return filled


NOTICES: dict[str, Callable[[Writer], list[Filled]]] = {
    "yearly notices": _yearly,
    "award lists": _awards,
    "batches of spot checks": _batches,
    "daily reports, one headline": _daily,
    "recalls on one form": _recalls,
    "county versions of a plan": _plans,
    "decisions, one headline": _penalties,
    "one programme in two towns": _appointments,
}
