"""``zhiwen channels``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.archive import Archive
from archive.routes import Routes
from archive.watches import Wanted
from bench.outbox import publish, watch_all
from bench.receivers import OK, HttpReceiver, Reply
from cli.main import main
from config.settings import load_settings
from scheduler.sending import Sender


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HttpReceiver:
    """A receiver, and settings that name it as the channel ops."""
    receiver = HttpReceiver()
    monkeypatch.setenv("ZHIWEN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ZHIWEN_NOTICES__ALLOW", "127.0.0.1")
    monkeypatch.setenv("ZHIWEN_NOTICES__OPERATORS", "ops")
    monkeypatch.setenv("ZHIWEN_CHANNELS__OPS__URL", f"json://127.0.0.1:{receiver.port}/tok3nxyz")
    return receiver


def test_the_list_shows_address_limits_and_how_it_does(
    hook: HttpReceiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hook:
        hook.replies = [OK, Reply(401, (), b"who are you")]
        settings = load_settings()
        with Archive(settings.archive_url, settings.data_dir) as archive:
            watch_all(archive, "ops")
            publish(archive, "news", ["第一号通知"])
            sender = Sender(archive, settings)
            sender.deliver()
            publish(archive, "news", ["第二号通知"])
            sender.deliver()
            sender.close()
            archive.add_watch("default", "其他", Wanted(channels=("gone",)))
            publish(archive, "news", ["第三号通知"])
            archive.expand_events(Routes())
    assert main(["channels", "list"]) == 0
    out = capsys.readouterr().out
    assert "ops (operators)\tjson\tjson://127.0.0.1:" in out and "tok3nxyz" not in out
    assert "ops: it answers 401: who are you" in out
    assert "gone: the settings do not name this channel, and notices wait for it: 1." in out
    assert main(["channels", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (row,) = told["channels"]
    assert (row["name"], row["operators"], row["failing"], row["waiting"]) == ("ops", True, True, 2)
    assert row["arrived_at"] and told["unknown"][0]["channel"] == "gone"


def test_a_test_message_arrives_or_says_why_not(hook: HttpReceiver, capsys: pytest.CaptureFixture[str]) -> None:
    with hook:
        hook.replies = [OK, Reply(302, (("Location", "http://10.0.0.5/x"),)), OK]
        assert main(["channels", "test", "ops"]) == 0
        assert "ops: the receiver took the message" in capsys.readouterr().out
        assert main(["channels", "test", "ops"]) == 1
        assert "it answers 302 and points to http://10.0.0.5/…; redirects are not followed" in capsys.readouterr().err
        assert main(["channels", "test", "ops", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["arrived"] is True
    assert [got.json()["notices"][0]["kind"] for got in hook.got] == ["test"] * 3


def test_a_channel_that_is_not_there_is_a_wrong_call(hook: HttpReceiver, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["channels", "test", "opz"]) == 2
    assert capsys.readouterr().err == "zhiwen: there is no channel 'opz'. Did you mean ops?\n"


def test_without_channels_the_list_says_where_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZHIWEN_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["channels", "list"]) == 3
    assert "docs/notices.md" in capsys.readouterr().err
