"""What a notice looks like, and where a parcel is split."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from archive.deliveries import Alarm, Notice, Parcel
from bench.payloads import PAYLOADS
from scheduler.messages import Format, Limits, compose, plain, safe_link, subject_of

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Shape:
    format: Format = "text"
    limits: Limits = field(default_factory=Limits)
    titled: bool = False
    verbatim: bool = False
    footer: str = ""


def notice(number: int = 1, title: str = "市场监管总局部署质量月活动", **more: object) -> Notice:
    made = Notice(
        notice_id=f"e{number}-w1-ops",
        kind="new",
        site="zgnt",
        at=NOW,
        title=title,
        url=f"https://news.example/{number}.html",
        source="质量日报",
        published_at=NOW,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def parcel(*notices: Notice, **more: object) -> Parcel:
    return replace(Parcel("p7", "ops", "reader", "团队", "质量强市", notices, NOW, 0, 0), **more)  # type: ignore[arg-type]


def test_one_notice_says_what_where_when_and_gives_the_link() -> None:
    (message,) = compose(parcel(notice(changes="标题由“甲”改为“乙”", kind="changed")), Shape())
    assert message.text.splitlines() == [
        "【有改动】市场监管总局部署质量月活动",
        "站点：zgnt　来源：质量日报　发布：2026-11-20 09:30",
        "变化：标题由“甲”改为“乙”",
        "https://news.example/1.html",
    ]
    assert (message.subject, message.message_id) == ("【有改动】市场监管总局部署质量月活动", "p7")


def test_a_day_without_a_time_is_shown_as_a_day() -> None:
    midnight = datetime(2026, 11, 19, 16, tzinfo=UTC)
    (message,) = compose(parcel(notice(published_at=midnight, published_precision="day")), Shape())
    assert "发布：2026-11-20\n" in message.text


def test_an_alarm_says_reason_evidence_and_the_next_step() -> None:
    alarm = Alarm(
        "no links", "要闻", "列表页没有文章链接", ("上次有 20 个", "今天 0 个"), "zhiwen sites check zgnt --live"
    )
    opened = notice(
        title="zgnt · 要闻: no links", kind="alarm opened", alarm=alarm, url="", source=None, published_at=None
    )
    (message,) = compose(parcel(opened, route="operator"), Shape())
    assert message.text.splitlines() == [
        "【站点告警】zgnt · 要闻: no links",
        "站点：zgnt",
        "原因：列表页没有文章链接",
        "依据：上次有 20 个",
        "依据：今天 0 个",
        "下一步：zhiwen sites check zgnt --live",
    ]
    closed = replace(opened, kind="alarm closed", alarm=replace(alarm, because="列表又有 18 个链接"))
    (message,) = compose(parcel(closed, route="operator"), Shape())
    assert message.text.splitlines()[0].startswith("【告警解除】") and "原因：列表又有 18 个链接" in message.text


def test_a_digest_counts_by_kind_and_groups_by_site_in_order() -> None:
    notices = [
        notice(n, f"第{n}条", site="甲" if n % 2 else "乙", kind="changed" if n == 3 else "new") for n in range(1, 6)
    ]
    (message,) = compose(parcel(*notices), Shape())
    assert message.subject == "质闻 · 质量强市：5 条（新发布 4，有改动 1）"
    told = re.findall(r"■ .*|第\d条", message.text)
    assert told == ["■ 甲（3 条）", "第1条", "第3条", "第5条", "■ 乙（2 条）", "第2条", "第4条"]


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("limits", [Limits(chars=400), Limits(utf8=2048), Limits(json=3000)])
def test_a_long_digest_is_split_between_notices_and_every_part_fits(form: Format, limits: Limits) -> None:
    notices = [notice(n, f"关于第{n}批质量强市建设工作的通知" * (1 + n % 3)) for n in range(40)]
    shape = Shape(form, limits)
    messages = compose(parcel(*notices), shape)
    assert len(messages) > 3
    assert all(limits.fits(message.text) for message in messages)
    assert [one.notice_id for message in messages for one in message.notices] == [one.notice_id for one in notices]
    for message in messages:
        assert f"({message.part}/{message.parts})" in message.text and message.message_id == f"p7.{message.part}"
        for one in message.notices:
            assert one.url in message.text
    assert compose(parcel(*notices), shape) == messages, "the same parcel gives the same parts"


@pytest.mark.parametrize("limits", [Limits(chars=200), Limits(utf8=400), Limits(json=900)])
def test_a_notice_that_alone_is_too_long_is_cut_and_keeps_its_link(limits: Limits) -> None:
    long = notice(title="质量" * 200, summary="摘要" * 500, changes="改" * 300)
    (message,) = compose(parcel(long), Shape(limits=limits))
    assert limits.fits(message.text) and "…" in message.text
    assert message.text.endswith("https://news.example/1.html")


def test_a_link_longer_than_the_message_gives_way_to_the_text() -> None:
    (message,) = compose(parcel(notice(url="https://news.example/" + "x" * 900)), Shape(limits=Limits(chars=200)))
    assert "市场监管总局" in message.text and "https" not in message.text and len(message.text) <= 200


def test_emoji_and_chinese_count_as_the_vendors_count() -> None:
    assert Limits(utf8=6).fits("质量") and not Limits(utf8=5).fits("质量")
    assert Limits(json=14).fits("质量") and not Limits(json=13).fits("质量")
    assert not Limits(chars=1).fits("😀")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "//a.example/",
        "https://",
        "https://a b/",
        "http://a.example/\nx",
        "",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert safe_link(url) == ""
    (message,) = compose(parcel(notice(url=url)), Shape("html"))
    assert "href" not in message.text


def test_a_link_cannot_end_its_markup() -> None:
    (marked,) = compose(parcel(notice(url="https://a.example/x)[y](https://evil.example/")), Shape("markdown"))
    assert marked.text.count("](") == 1
    (page,) = compose(parcel(notice(url='https://a.example/"onclick="x')), Shape("html"))
    assert '"onclick' not in page.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_headlines_are_text_where_text_is_shown_as_it_is(payload: str) -> None:
    (message,) = compose(parcel(notice(title=payload)), Shape(titled=True, verbatim=True))
    assert message.text.splitlines()[0] == f"【新发布】{plain(payload)}"
    assert len(message.subject.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066]", message.subject + message.text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_headlines_make_no_mention_and_no_markup_in_chats(payload: str) -> None:
    (text,) = compose(parcel(notice(title=payload)), Shape())
    assert not re.search(r"[<>]|@\w|\]\(", text.text)
    (marked,) = compose(parcel(notice(title=payload)), Shape("markdown"))
    written = marked.text.replace("[查看原文](https://news.example/1.html)", "").strip()
    headline = written.splitlines()[0].strip().removeprefix("**").removesuffix("**")
    assert not re.search(r"[<>*_`\[\]~|\\#&!]|@\w", headline)
    (page,) = compose(parcel(notice(title=payload)), Shape("html"))
    assert re.findall(r"<[^>]*>", page.text) == [
        "<b>",
        "</b>",
        "<br>",
        "<br>",
        '<a href="https://news.example/1.html" rel="noopener noreferrer nofollow">',
        "</a>",
    ]


def test_watch_names_of_users_are_text_too() -> None:
    hostile = parcel(notice(1), notice(2), watch='<at user_id="all">x</at>\n@所有人')
    (message,) = compose(hostile, Shape())
    assert "<at" not in message.text and not re.search(r"@\w", message.text)
    assert len(subject_of(hostile).splitlines()) == 1


def test_a_digest_of_many_days_stays_quick_to_write() -> None:
    notices = [notice(n, at=NOW + timedelta(minutes=n)) for n in range(2000)]
    messages = compose(parcel(*notices), Shape(limits=Limits(utf8=2048)))
    assert sum(len(message.notices) for message in messages) == 2000
