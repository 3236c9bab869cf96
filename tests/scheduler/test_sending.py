"""The sender: what is sent, in which order, and what becomes of what does not arrive."""

from __future__ import annotations

import json
import re
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive.archive import Archive
from archive.errors import ArchiveError, DatabaseUnavailable, DiskFull
from archive.events import add_events
from bench.outbox import publish, watch_all
from bench.payloads import PAYLOADS
from bench.receivers import OK, Got, HttpReceiver, MailReceiver, Reply
from config.settings import Settings, load_settings
from scheduler.messages import plain
from scheduler.sending import Sender, Sent


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """The settings with these channels, at loopback addresses, which are allowed."""

    def make(operators: str = "", more: str = "", **channels: str) -> Settings:
        tables = "\n".join(f"[channels.{name}]\nurl = {json.dumps(url)}" for name, url in channels.items())
        head = f'[notices]\nallow = ["127.0.0.0/8"]\noperators = "{operators}"\n'
        file = tmp_path / "zhiwen.toml"
        file.write_text(f'data_dir = "data"\n{head}{tables}\n{more}', "utf-8")
        monkeypatch.setenv("ZHIWEN_CONFIG", str(file))
        assert tomllib.loads(file.read_text("utf-8"))
        return load_settings()

    return make


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock, new_sqlite: Callable[[Path], str]) -> Iterator[Archive]:
    with Archive(new_sqlite(tmp_path / "outbox.db"), tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def sender_of(clock: Clock) -> Iterator[Callable[[Archive, Settings], Sender]]:
    made: list[Sender] = []

    def make(archive: Archive, settings: Settings) -> Sender:
        made.append(Sender(archive, settings, clock=clock))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


def hook(receiver: HttpReceiver) -> str:
    return f"json://127.0.0.1:{receiver.port}/hook/tok3nxyz"


def titles(receiver: HttpReceiver) -> list[str]:
    return [notice["title"] for got in receiver.got for notice in got.json()["notices"]]


def until_it_has(sender: Sender, receiver: HttpReceiver, count: int) -> None:
    """Let it send until the receiver has so many; what has not come within a minute does not come."""
    for _ in range(600):
        sender.deliver()
        if receiver.wait_for(count, 0.1):
            return
    raise AssertionError(f"only {len(receiver.got)} came")


def test_what_was_stored_arrives_once_and_in_order(
    archive: Archive, settings: Callable[..., Settings], clock: Clock
) -> None:
    with HttpReceiver() as ops, HttpReceiver() as team:
        watch_all(archive, "ops", "team", most=2)
        publish(archive, "news", [f"第{n}号通知" for n in range(5)])
        sender = Sender(archive, settings(ops=hook(ops), team=hook(team)))
        assert sender.deliver() == Sent(planned=10, messages=6, parcels=6)
        assert sender.deliver() == Sent()
        sender.close()
    for receiver in (ops, team):
        assert titles(receiver) == [f"第{n}号通知" for n in range(5)]
        assert len({got.headers["idempotency-key"] for got in receiver.got}) == 3
    states = archive.channel_states()
    assert states["ops"].arrived_at is not None and (states["ops"].waiting, states["ops"].error) == (0, "")


def test_a_receiver_that_is_down_gets_everything_later_under_the_same_ids(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver([Reply(503), Reply(503), OK]) as ops:
        watch_all(outbox, "ops")
        sender = sender_of(outbox, settings(ops=hook(ops)))
        publish(outbox, "news", ["第一号通知"])
        assert sender.deliver() == Sent(planned=1, failed=1)
        publish(outbox, "news", ["第二号通知"])
        assert sender.deliver() == Sent(planned=1), "what comes after it waits"
        clock.pass_by(minutes=1)
        assert sender.deliver() == Sent(failed=1)
        state = outbox.channel_states()["ops"]
        assert (state.waiting, state.error, state.arrived_at) == (
            2,
            'it answers 503: {"errcode": 0, "code": 0, "errmsg": "ok"}',
            None,
        )
        clock.pass_by(minutes=5)
        assert sender.deliver() == Sent(messages=2, parcels=2)
        assert titles(ops) == ["第一号通知"] * 3 + ["第二号通知"]
        keys = [got.headers["idempotency-key"] for got in ops.got]
        assert keys[0] == keys[1] == keys[2] != keys[3]


def test_a_long_parcel_goes_on_after_the_last_part_that_arrived(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver([OK, Reply(500), OK]) as ops:
        watch_all(outbox, "ops")
        chosen = settings(ops=hook(ops), more="max_chars = 200")
        publish(outbox, "news", [f"关于推进质量强市建设若干措施的第{n}号通知" for n in range(3)])
        assert sender_of(outbox, chosen).deliver() == Sent(planned=3, messages=1, failed=1)
        clock.pass_by(minutes=2)
        # Another process goes on.
        assert sender_of(outbox, chosen).deliver() == Sent(messages=2, parcels=1)
        numbers = [got.headers["idempotency-key"].rpartition(".")[2] for got in ops.got]
        assert numbers == ["1", "2", "2", "3"]


@pytest.mark.parametrize("error", [DatabaseUnavailable("the database does not answer"), DiskFull("no room left")])
def test_what_arrived_while_nothing_could_be_written_down_is_not_sent_again(
    error: ArchiveError,
    outbox: Archive,
    settings: Callable[..., Settings],
    clock: Clock,
    sender_of: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*arguments: Any) -> None:
        raise error

    with HttpReceiver() as ops:
        watch_all(outbox, "ops")
        sender = sender_of(outbox, settings(ops=hook(ops)))
        publish(outbox, "news", ["第一号通知"])
        with monkeypatch.context() as patched:
            patched.setattr(outbox, "part_sent", away)
            assert sender.deliver() == Sent(planned=1, messages=1)
        assert ops.wait_for(1)
        clock.pass_by(minutes=10)  # the claim of the parcel has ended
        assert sender.deliver() == Sent(parcels=1)
        assert len(ops.got) == 1
        with monkeypatch.context() as patched:
            patched.setattr(outbox, "expand_events", away)
            with pytest.raises(type(error)):
                sender.deliver()
        publish(outbox, "news", ["第二号通知"])
        assert sender.deliver() == Sent(planned=1, messages=1, parcels=1)


def test_a_receiver_that_hangs_holds_up_nobody_else(
    outbox: Archive,
    settings: Callable[..., Settings],
    sender_of: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scheduler.sending.TURN_SECONDS", 0.3)
    go_on = threading.Event()

    def hang(got: Got) -> None:
        go_on.wait(30)

    with HttpReceiver([Reply(first=hang)]) as slow, HttpReceiver() as quick:
        watch_all(outbox, "slow", "quick", most=1)
        sender = sender_of(outbox, settings(slow=hook(slow), quick=hook(quick)))
        publish(outbox, "news", ["第一号通知"])
        until_it_has(sender, quick, 1)
        publish(outbox, "news", ["第二号通知"])
        until_it_has(sender, quick, 2)
        assert titles(quick) == ["第一号通知", "第二号通知"] and titles(slow) == ["第一号通知"]
        go_on.set()
        until_it_has(sender, slow, 2)
        assert titles(slow) == ["第一号通知", "第二号通知"]


def test_a_lasting_fault_is_told_to_the_operators_by_another_channel_once(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver([Reply(404), Reply(404), OK]) as team, HttpReceiver() as ops:
        watch_all(outbox, "team")
        sender = sender_of(outbox, settings("team,ops", team=hook(team), ops=hook(ops)))
        publish(outbox, "news", ["第一号通知"])
        assert sender.deliver() == Sent(planned=1, failed=1)
        clock.pass_by(minutes=10)
        assert sender.deliver() == Sent(), "slower than what may pass by itself"
        clock.pass_by(minutes=10)
        assert sender.deliver() == Sent(failed=1)
        clock.pass_by(hours=1)
        assert sender.deliver() == Sent(messages=1, parcels=1)
    told = [got.json()["title"] for got in ops.got]
    assert [re.sub("：it answers 404.*", "：404", one) for one in told] == [
        "【运行告警】通知渠道 team 无法送达：404",
        "【运行告警】通知渠道 team 已恢复。",
    ]
    assert [got.json()["route"] for got in team.got] == ["reader"] * 3, "the failing channel is not told of itself"


def test_what_fails_for_days_is_given_up_visible_and_the_next_goes_out(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver([Reply(500)]) as team, HttpReceiver() as ops:
        watch_all(outbox, "team")
        sender = sender_of(outbox, settings("ops", team=hook(team), ops=hook(ops)))
        publish(outbox, "news", ["第一号通知"])
        given_up = sender.deliver().given_up
        while not given_up:
            clock.pass_by(hours=9)
            given_up = sender.deliver().given_up
        assert timedelta(days=3) < clock.now - datetime(2026, 11, 20, 1, tzinfo=UTC) < timedelta(days=3, hours=10)
        assert outbox.channel_states()["team"].given_up == 1
        assert any("已放弃" in got.json()["title"] for got in ops.got)
        team.replies = [OK]
        publish(outbox, "news", ["第二号通知"])
        assert sender.deliver() == Sent(planned=1, messages=1, parcels=1)
        assert titles(team)[-1] == "第二号通知"


def test_a_message_that_is_not_taken_as_it_is_does_not_hold_up_the_rest_for_days(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver([Reply(422)] * 6 + [OK]) as team:
        watch_all(outbox, "team", most=1)
        sender = sender_of(outbox, settings(team=hook(team)))
        publish(outbox, "news", ["第一号通知", "第二号通知"])
        total = [sender.deliver()]
        while not total[-1].given_up:
            clock.pass_by(hours=1)
            total.append(sender.deliver())
        assert clock.now - datetime(2026, 11, 20, 1, tzinfo=UTC) < timedelta(days=1)
        assert titles(team)[-1] == "第二号通知"


def test_a_channel_that_the_settings_lost_is_named_and_its_notices_wait(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver() as ops:
        watch_all(outbox, "gone")
        publish(outbox, "news", ["第一号通知"])
        assert sender_of(outbox, settings("ops", ops=hook(ops))).deliver() == Sent(planned=1, failed=1)
        assert (
            ops.got[0].json()["title"]
            == "【运行告警】通知渠道 gone 无法送达：there is no channel 'gone' in the settings"
        )
        clock.pass_by(hours=1)
        assert sender_of(outbox, settings(gone=hook(ops))).deliver() == Sent(messages=1, parcels=1)


def test_a_cry_goes_to_the_operators_without_the_database_and_not_again_at_once(
    settings: Callable[..., Settings], tmp_path: Path, clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver() as ops, HttpReceiver() as team:
        nowhere = Archive(f"sqlite:///{tmp_path}/no/such/folder/zhiwen.db", tmp_path, clock=clock)
        sender = sender_of(nowhere, settings("ops", ops=hook(ops), team=hook(team)))
        for _ in range(3):
            sender.cry("磁盘已满：/srv/zhiwen 只剩 3 MB")
        assert [got.json()["title"] for got in ops.got] == ["【运行告警】磁盘已满：/srv/zhiwen 只剩 3 MB"]
        clock.pass_by(hours=2)
        sender.cry("磁盘已满：/srv/zhiwen 只剩 3 MB")
        assert len(ops.got) == 2 and not team.got
        ops.replies = [Reply(503), OK]
        for _ in range(3):
            sender.cry("数据库已离开")
        assert len(ops.got) == 4, "it is repeated until somebody has taken it"


def test_alarms_go_to_the_operators_alone(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    detail = {
        "alarm": "no links",
        "column": "要闻",
        "reason": "列表没有链接",
        "evidence": ["上次 20 个"],
        "step": "看一看",
    }
    with HttpReceiver() as ops, HttpReceiver() as team:
        watch_all(outbox, "team")
        sender = sender_of(outbox, settings("ops", ops=hook(ops), team=hook(team)))
        sender.deliver()
        with outbox.database.write() as connection:
            add_events(
                connection, [{"kind": "alarm opened", "site": "zgnt", "at": clock.now, "alarm_id": 1, "detail": detail}]
            )
        assert sender.deliver().parcels == 1
    assert not team.got
    body = ops.got[0].json()
    assert (body["route"], body["type"]) == ("operator", "warning") and "下一步：看一看" in body["message"]


def test_hostile_headlines_arrive_as_text_by_webhook_and_mail(
    outbox: Archive, settings: Callable[..., Settings], sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver() as ops, MailReceiver() as mails:
        mail = f"mailto://127.0.0.1:{mails.port}?to=a@example.org&from=zhiwen@example.org"
        watch_all(outbox, "ops", "mail", most=1)
        sender = sender_of(outbox, settings(ops=hook(ops), mail=mail, more="per_minute = 600"))
        some = PAYLOADS[::4]  # all of them: `zhiwen bench delivery`
        publish(outbox, "news", some)
        assert sender.deliver().parcels == 2 * len(some)
    assert titles(ops) == list(some)
    for payload, got, came in zip(some, ops.got, mails.mails, strict=True):
        shown = f"【新发布】{plain(payload)}"
        assert got.json()["message"].splitlines()[0] == shown
        mail_read = came.read
        assert came.receivers == ("a@example.org",) and mail_read.get_content().splitlines()[0] == shown
        assert set(mail_read.keys()) == {
            "Subject", "From", "To", "Date", "Message-ID", "X-Zhiwen-Notice", "Auto-Submitted",
            "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
        }  # fmt: skip
        assert mail_read["Subject"].startswith(shown[:40])


def test_a_database_that_ends_in_the_middle_leaves_the_parcel_for_later(
    outbox: Archive, settings: Callable[..., Settings], clock: Clock, sender_of: Callable[..., Sender]
) -> None:
    with HttpReceiver() as ops:
        watch_all(outbox, "ops", most=1)
        sender = sender_of(outbox, settings(ops=hook(ops)))
        publish(outbox, "news", ["第一号通知", "第二号通知"])

        def lose(got: Got) -> None:
            with outbox.database.write() as connection:
                connection.execute(text("ALTER TABLE parcel RENAME TO parcel_away"))

        ops.replies = [Reply(first=lose), OK]
        with pytest.raises(ArchiveError):
            sender.deliver()
        with outbox.database.write() as connection:
            connection.execute(text("ALTER TABLE parcel_away RENAME TO parcel"))
        clock.pass_by(minutes=10)
        assert sender.deliver().parcels == 2
        assert titles(ops) == ["第一号通知", "第二号通知"]
