"""The parts of an article put together."""

from __future__ import annotations

from crawler.items import ArticleItem, Attachment, Image
from crawler.reading.joining import join_parts, repeats, whole_instead

TITLE = "城关区计量惠民行动纪实"


def part(number: int, *lines: str, **more: object) -> ArticleItem:
    url = f"http://a.cn/n/7{f'_{number}' if number > 1 else ''}.html"
    return ArticleItem(url=url, title=TITLE, body="\n".join(lines), **more)  # type: ignore[arg-type]


def test_head_tail_and_pagers_of_every_part_are_there_once() -> None:
    lead, last = "编者按：本文分三期刊出。", "（城关区市场监管局供稿）"
    joined = join_parts(
        [
            part(1, lead, "第一部分讲集贸市场的衡器检定。", last, "上一页 1 2 3 下一页"),
            part(2, f"{TITLE}（2）", lead, "第二部分讲加油机的检定。", last, "【1】 【2】 【3】"),
            part(3, TITLE, lead, "第三部分讲眼镜店的校准。", last, "共3页 首页 上一页 1 2 3"),
        ]
    )
    assert joined.body.split("\n") == [
        lead,
        "第一部分讲集贸市场的衡器检定。",
        "第二部分讲加油机的检定。",
        "第三部分讲眼镜店的校准。",
        last,
    ]
    assert joined.url == "http://a.cn/n/7.html"


def test_lines_that_only_look_like_a_pager_stay() -> None:
    joined = join_parts([part(1, "2025年 2026年 2027年", "甲 乙 丙"), part(2, "第2页共有三处修改。", "123456")])
    assert joined.body.split("\n") == ["2025年 2026年 2027年", "甲 乙 丙", "第2页共有三处修改。", "123456"]


def test_notes_for_turning_over_go() -> None:
    assert (
        join_parts([part(1, "上半部分。", "（未完，转下页）"), part(2, "（接上页）", "下半部分。")]).body
        == "上半部分。\n下半部分。"
    )


def test_pictures_files_and_people_are_gathered() -> None:
    first = part(1, "甲段。", images=[Image("http://a.cn/1.jpg")], reporters=["王敏"], warnings=["w"])
    second = part(
        2,
        "乙段。",
        images=[Image("http://a.cn/1.jpg"), Image("http://a.cn/2.jpg", "检定现场")],
        attachments=[Attachment("http://a.cn/f.pdf", "办法")],
        reporters=["王敏", "李强"],
        editors=["赵六"],
        warnings=["w"],
        doc_number="城质〔2026〕3号",
        body_raw="乙（yǐ）段。",
        restored=True,
    )
    joined = join_parts([first, second])
    assert [image.url for image in joined.images] == ["http://a.cn/1.jpg", "http://a.cn/2.jpg"]
    assert (joined.reporters, joined.editors, joined.warnings) == (["王敏", "李强"], ["赵六"], ["w"])
    assert [file.name for file in joined.attachments] == ["办法"]
    assert (joined.doc_number, joined.body_raw, joined.restored) == ("城质〔2026〕3号", "甲段。\n乙（yǐ）段。", True)
    assert joined.evidence["parts"].text == "http://a.cn/n/7_2.html"
    assert first.reporters == ["王敏"], "the parts stay as they were"


def test_part_that_says_nothing_new_is_a_repetition() -> None:
    first = part(1, "甲段。", "乙段。", "上一页 下一页")
    assert repeats([first], part(2, "乙 段。", "1 2 3 下一页"))
    assert not repeats([first], part(2, "乙段。", "丙段。"))


def test_whole_article_must_hold_the_first_part() -> None:
    first = part(1, "甲段讲检定。", "乙段讲校准。")
    assert whole_instead(first, part(9, "别的文章。" * 20)) is None
    assert whole_instead(first, part(9, "甲段讲检定。")) is None
    whole = whole_instead(first, part(9, TITLE, "甲段讲检定。", "乙段讲校准。", "丙段讲测试。"))
    assert whole is not None
    assert (whole.body, whole.url) == ("甲段讲检定。\n乙段讲校准。\n丙段讲测试。", first.url)


def test_long_runs_of_digits_cost_no_time() -> None:
    line = "1" * 119 + "x页"
    assert join_parts([part(1, line), part(2, "完。")]).body == f"{line}\n完。"
