"""``zhiwen watch``: made, changed, tried, looked at; faults named; no secret shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from archive.clock import utc_now
from archive.records import StoreBatch
from archive.routes import Routes
from bench.receivers import HttpReceiver, Reply

SECRET = "k3y-nobody-sees"


@pytest.fixture
def channels(tmp_path: Path) -> None:
    """Two channels for readers, one for operators."""
    (tmp_path / "zhiwen.toml").write_text(
        f"""
[notices]
operators = ["ops"]
[channels.team]
url = "wecombot://{SECRET}"
[channels.post]
url = "json://127.0.0.1:9/{SECRET}"
[channels.ops]
url = "json://127.0.0.1:9/{SECRET}"
"""
    )


@pytest.fixture
def archive(filled: Any) -> Iterator[Archive]:
    with Archive(f"sqlite:///{filled.folder / 'zhiwen.db'}", filled.folder) as opened:
        yield opened


def store(archive: Archive, record: Any) -> None:
    run = archive.open_run("zgnt", "manual")
    archive.store(run, StoreBatch(articles=[record]))
    archive.close_run(run, "ok")
    archive.expand_events(Routes(operators=("ops",)))


@pytest.fixture
def news(archive: Archive, filled: Any, make_record: Any) -> Any:
    """An article of this moment."""

    def put(number: int, title: str, body: str = "首席质量官制度在全市推开。") -> None:
        store(archive, make_record(f"http://www.zgnt.net/n/{number}.htm", title, body, utc_now()))

    return put


def test_watch_is_made_listed_changed_and_removed(zhiwen: Any, filled: Any, channels: None) -> None:
    made = zhiwen("watch", "add", "强市", "质量 強市", "--site", "zgnt", "--channel", "team", "--rhythm", "daily 8:30",
        "--quiet", "22:00-7:30", "--kind", "new,withdrawn", "--workdays")  # fmt: skip
    assert made.code == 0, made.err
    assert "“质量 強市”, on zgnt; team, daily 08:30" in made.out
    assert "1 articles that are held already match" in made.out
    (row,) = [one for one in json.loads(zhiwen("watch", "list", "--json").out)["watches"] if one["route"] == "reader"]
    assert row["terms"] == ["质量", "强市"]
    assert (row["kinds"], row["quiet"], row["workdays"]) == (["new", "withdrawn"], "22:00-07:30", True)
    changed = zhiwen("watch", "edit", "强市", "--rhythm", "at once", "--quiet", "", "--no-words", "--channel", "post")
    assert "on zgnt; post, at once" in changed.out
    shown = json.loads(zhiwen("watch", "show", "强市", "--json").out)
    assert (shown["words"], shown["sites"], shown["quiet"], shown["matching"]) == ([], ["zgnt"], "", 2)
    assert "is removed" in zhiwen("watch", "remove", "强市").out
    assert zhiwen("watch", "list").code == 3


def test_watch_may_be_made_before_the_first_crawl(zhiwen: Any, channels: None) -> None:
    assert zhiwen("watch", "list").code == 1
    assert zhiwen("watch", "add", "all", "--channel", "team").code == 0
    assert zhiwen("watch", "list").code == 0


def test_only_channel_need_not_be_named(zhiwen: Any, filled: Any, tmp_path: Path) -> None:
    refused = zhiwen("watch", "add", "all")
    assert (refused.code, "there are no channels yet. Declare one in zhiwen.toml" in refused.err) == (2, True)
    (tmp_path / "zhiwen.toml").write_text('[channels.team]\nurl = "wecombot://abcdefgh"\n')
    assert "everything; team, at once" in zhiwen("watch", "add", "all").out


REFUSED = [
    (["--channel", "teem"], "there is no channel 'teem'. Did you mean team? Declare one in zhiwen.toml"),
    (["--channel", "team", "--kind", "chnged"], "there is no kind 'chnged'. Did you mean changed?"),
    (["--channel", "team", "--rhythm", "dayly 08:30"], "did you mean daily HH:MM?"),
    (["--channel", "team", "--quiet", "10pm"], "write them as 22:00-07:30"),
    (["--channel", "team", "--site", "zgtn"], "there is no site 'zgtn'. Did you mean zgnt"),
    ([], "say which by --channel: team, post"),
]


def test_what_cannot_be_used_names_what_can(zhiwen: Any, filled: Any, channels: None) -> None:
    for arguments, sentence in REFUSED:
        refused = zhiwen("watch", "add", "new", *arguments)
        assert refused.code == 2, arguments
        assert sentence in refused.err


def test_name_that_is_taken_or_unknown_is_told(zhiwen: Any, filled: Any, channels: None) -> None:
    assert zhiwen("watch", "add", "强市周报", "--channel", "team").code == 0
    again = zhiwen("watch", "add", "强市周报", "--channel", "team")
    assert (again.code, "is there already; `zhiwen watch edit` changes it" in again.err) == (2, True)
    assert zhiwen("watch", "add", "强市周报", "--channel", "team", "--team", "north").code == 0
    unknown = zhiwen("watch", "show", "强市")
    assert (unknown.code, "Did you mean 强市周报?" in unknown.err) == (2, True)
    assert "default has: --team default" in zhiwen("watch", "show", "强市周报", "--team", "south").err
    assert zhiwen("watch", "add", "two\nlines", "--channel", "team").code == 2
    assert zhiwen("watch", "add", " ", "--channel", "team").code == 2


def test_operators_own_watch_is_shown_and_cannot_be_misused(
    zhiwen: Any, filled: Any, channels: None, news: Any
) -> None:
    news(1, "新的消息")  # what expands the events tells the operators' channels
    listed = zhiwen("watch", "list")
    assert "operators\toperators\teverything\talarms\tops\tat once" in listed.out
    assert zhiwen("watch", "remove", "operators", "--team", "operators").code == 2
    assert zhiwen("watch", "edit", "operators", "--team", "operators", "--kind", "new").code == 2
    assert zhiwen("watch", "edit", "operators", "--team", "operators", "--keep-quiet").code == 0


def test_outbox_tells_what_waits_fails_and_was_given_up_and_tries_again(
    zhiwen: Any, filled: Any, channels: None, archive: Archive, news: Any
) -> None:
    assert "nothing waits" in zhiwen("watch", "outbox").err
    zhiwen("watch", "add", "all", "--channel", "team", "--channel", "post")
    zhiwen("watch", "add", "daily", "--channel", "team", "--rhythm", "weekly mon 09:00")
    news(1, "本市首席质量官名单公布")
    failing, lost = archive.due_parcels()
    archive.parcel_failed(failing, "502 Bad Gateway \x1b[31m", utc_now() + timedelta(hours=1))
    archive.parcel_given_up(lost, "no such robot")
    out = zhiwen("watch", "outbox").out
    rows = {line.split("\t")[3] + "/" + line.split("\t")[5]: line for line in out.splitlines()[1:4]}
    assert set(rows) == {"post/failing", "team/given up", "team/waiting"}
    assert "502 Bad Gateway" in out and "no such robot" in out and "\x1b" not in out
    assert "failing, 1 given up" in zhiwen("watch", "list").out
    shown = zhiwen("watch", "show", "all").out
    assert "given up" in shown and "no such robot" in shown
    assert zhiwen("watch", "outbox", "--retry", "99").code == 3
    assert zhiwen("watch", "outbox", "--retry", "first").code == 2
    tried = json.loads(zhiwen("watch", "outbox", "--retry", lost.parcel_id, "--json").out)
    assert tried["tried_again"] == [lost.number]
    (parcel,) = archive.due_parcels()
    archive.parcel_sent(parcel)
    assert "本市首席质量官名单公布" in zhiwen("watch", "show", "all").out
    assert zhiwen("watch", "outbox", "--retry", "all").code == 3


def test_resting_watch_lets_go_of_what_waits(zhiwen: Any, filled: Any, channels: None, news: Any) -> None:
    zhiwen("watch", "add", "all", "--channel", "team")
    news(1, "本市首席质量官名单公布")
    assert zhiwen("watch", "disable", "all").code == 0
    assert "rests" in zhiwen("watch", "list").out
    assert json.loads(zhiwen("watch", "outbox", "--json").out)["outbox"] == []
    assert "from now on" in zhiwen("watch", "enable", "all").out


def test_trial_shows_the_messages_of_each_channel_and_sends_nothing(
    zhiwen: Any, filled: Any, channels: None, news: Any
) -> None:
    zhiwen("watch", "add", "all", "首席质量官", "--channel", "team", "--channel", "post")
    news(1, "本市公布名单")
    tried = zhiwen("watch", "test", "all", "--since", "2026-01-01")
    assert tried.code == 0, tried.err
    assert tried.out.count("本市公布名单") >= 2
    assert "\x1b" not in tried.out
    assert "nothing was sent" in tried.err
    messages = json.loads(zhiwen("watch", "test", "all", "--since", "7d", "--json").out)["messages"]
    assert {one["channel"] for one in messages} == {"team", "post"}
    assert all("【新发布】" in one["text"] + one["subject"] for one in messages)


def test_trial_of_a_quiet_week_shows_an_example(zhiwen: Any, filled: Any, channels: None) -> None:
    zhiwen("watch", "add", "plan", "强市", "--channel", "team")
    tried = zhiwen("watch", "test", "plan", "--since", "today", "--json")
    told = json.loads(tried.out)
    assert told["example"]
    assert "江湾发布质量强市计划" in told["messages"][0]["text"]
    assert "nothing happened" in zhiwen("watch", "test", "plan", "--since", "today").err
    zhiwen("watch", "add", "none", "没有这样的词", "--channel", "team")
    assert zhiwen("watch", "test", "none").code == 3


def test_trial_can_be_sent_and_says_that_it_is_one(zhiwen: Any, filled: Any, tmp_path: Path, archive: Archive) -> None:
    with HttpReceiver() as receiver:
        url = f"json://127.0.0.1:{receiver.port}/{SECRET}"
        (tmp_path / "zhiwen.toml").write_text(f'[notices]\nallow = ["127.0.0.1"]\n[channels.post]\nurl = "{url}"\n')
        zhiwen("watch", "add", "plan", "强市")
        sent = zhiwen("watch", "test", "plan", "--send")
        assert sent.code == 0, sent.err
        body = receiver.got[0].json()
        assert [notice["kind"] for notice in body["notices"]] == ["test", "new"]
        assert body["id"].startswith("test-w")
        assert archive.outbox() == []
        receiver.replies = [Reply(status=404)]
        failed = zhiwen("watch", "test", "plan", "--send")
        assert failed.code == 1
        assert "post: " in failed.err and SECRET not in failed.err


def test_no_command_shows_the_address_of_a_channel(zhiwen: Any, filled: Any, channels: None, news: Any) -> None:
    commands = [
        ("watch", "add", "all", "--channel", "post"),
        ("watch", "list", "--json"),
        ("watch", "show", "all"),
        ("watch", "show", "all", "--json"),
        ("watch", "test", "all", "--json"),
        ("watch", "test", "all", "--send"),
        ("watch", "outbox", "--json"),
        ("watch", "add", "other", "--channel", "nowhere"),
    ]
    for command in commands:
        said = zhiwen(*command)
        assert SECRET not in said.out + said.err, command


def test_prune_lets_old_notices_go(zhiwen: Any, filled: Any, channels: None, archive: Archive, news: Any) -> None:
    zhiwen("watch", "add", "all", "--channel", "team")
    news(1, "本市公布名单")
    (parcel,) = archive.due_parcels()
    archive.parcel_sent(parcel)
    assert json.loads(zhiwen("db", "prune", "--json").out)["notices"] == 0
    shifted = str(100 * 86400)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIWEN_CLOCK_SHIFT", shifted)
        assert "1 old notices let go" in zhiwen("db", "prune").out
