"""Secrets of the settings are planted, used in every way, and looked for in everything that comes out (R24)."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.archive import Archive
from bench.outbox import publish, watch_all
from bench.receivers import HttpReceiver, MailReceiver, Reply
from cli.main import main
from config.secrets import Redacting
from config.settings import ConfigError, child_environment, load_settings
from scheduler.sending import Sender

PLANTED = {
    "wecom": "pl4nted-wecom-key",
    "ding": "pl4ntedd1ng",
    "sign": "SECpl4ntedsign",
    "hook": "pl4nted-hook-path",
    "header": "pl4nted header/token",
    "basic": "pl4nted&p@ss",
    "mail": "pl4nted:mail+pw",
    "base": "pl4ntedb4se",
    "broken": "pl4nted-broken-key",
}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """All that is logged, as ``zhiwen up`` writes it."""
    redacting = Redacting()
    caplog.handler.addFilter(redacting)
    with caplog.at_level(logging.DEBUG):
        yield caplog
    caplog.handler.removeFilter(redacting)


def quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


def found_in(text: str) -> list[str]:
    spellings = {name: {secret, quoted(secret), json.dumps(secret)[1:-1]} for name, secret in PLANTED.items()}
    return [name for name, ways in spellings.items() if any(way.lower() in text.lower() for way in ways)]


def settings_file(folder: Path, hook: HttpReceiver, mails: MailReceiver, more: str = "") -> Path:
    file = folder / "zhiwen.toml"
    here = f"127.0.0.1:{hook.port}"
    urls = {
        "wecom": f"wecombot://{PLANTED['wecom']}",
        "ding": f"dingtalk://{PLANTED['sign']}@{PLANTED['ding']}",
        "hook": f"json://me:{quoted(PLANTED['basic'])}@{here}/{PLANTED['hook']}?+X-Token={quoted(PLANTED['header'])}",
        "mail": f"mailto://me:{quoted(PLANTED['mail'])}@127.0.0.1:{mails.port}?to=a@example.org&from=z@example.org",
        "form": f"form://{here}/{PLANTED['hook']}",
    }
    tables = "\n".join(f"[channels.{name}]\nurl = {json.dumps(url)}" for name, url in urls.items())
    text = f'data_dir = "data"\n[notices]\nallow = ["127.0.0.0/8"]\noperators = ["hook"]\n{tables}\n{more}'
    file.write_text(text, "utf-8")
    return file


def test_planted_secrets_are_found_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: pytest.LogCaptureFixture,
) -> None:
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.wecombot import NotifyWeComBot

    seen: list[str] = []
    with HttpReceiver() as hook, MailReceiver({"MAIL": f"550 go away, {PLANTED['mail']}"}) as mails:
        here = f"http://127.0.0.1:{hook.port}"
        monkeypatch.setattr(NotifyWeComBot, "notify_url", here + "/send?key={key}")
        monkeypatch.setattr(NotifyDingTalk, "notify_url", here + "/robot/send?access_token={token}")
        # Receivers that fail, and say back what they were asked.
        loud = f"no {PLANTED['hook']} {PLANTED['wecom']} {quoted(PLANTED['header'])} here".encode()
        moved = (("Location", f"{here}/{PLANTED['hook']}?key={PLANTED['wecom']}"),)
        hook.replies = [Reply(404, (), loud), Reply(302, moved), Reply(500, (), loud), Reply(200, (), loud), Reply(503)]
        monkeypatch.setenv("ZHIWEN_CONFIG", str(settings_file(tmp_path, hook, mails)))
        settings = load_settings()
        with Archive(settings.archive_url, settings.data_dir) as archive:
            names = list(settings.channels)
            watch_all(archive, *names)
            publish(archive, "news", ["第一号通知"])
            sender = Sender(archive, settings)
            sent = sender.deliver()
            sender.cry("磁盘已满")
            sender.close()
            assert (sent.planned, sent.failed) == (5, 5)
            states = archive.channel_states()
            assert all(state.error for state in states.values())
            seen += [repr(states), repr(settings), str(settings), settings.model_dump_json(), repr(sender.channels)]
        seen.append(json.dumps(child_environment(settings)))
        commands = [
            ["channels", "list"],
            ["channels", "list", "--json"],
            *(["channels", "test", name] for name in names),
            *(["channels", "test", name, "--json"] for name in names),
            ["channels", "test", "nobody"],
            ["search", "质量", "--json"],
            ["runs", "--json"],
            ["health"],
            ["export", str(tmp_path / "out.jsonl")],
        ]
        for command in commands:
            main(command)
            said = capsys.readouterr()
            seen += [said.out, said.err]
        assert "the message did not arrive" in "".join(seen)
    seen.append((tmp_path / "out.jsonl").read_text("utf-8"))
    seen += [file.read_bytes().decode("latin-1") for file in (tmp_path / "data").glob("zhiwen.db*")]
    seen += [lines.text, *(record.getMessage() for record in lines.records)]
    assert found_in("".join(seen)) == []
    assert len("".join(seen)) > 20_000 and "wecombot://***" in "".join(seen)


@pytest.mark.parametrize(
    "wrong",
    [
        'channels = "wecombot://{broken}"',
        '[channels]\nops = "wecombot://{broken}"',
        '[channels.ops]\nurl = "wecomb://{broken}"',
        '[channels.ops]\nurl = "wecombot://{broken}"\nurl_file = "{broken}"',
        '[channels.ops]\nurl = "wecombot://{broken}"\nurll = "x"',
        '[channels.ops]\nurl = "wecombot://{broken}"\nper_minute = 0',
        '[channels.ops]\nurl = ["wecombot://{broken}"]',
        'database_url = ["postgresql://u:{broken}@h/d"]',
        'database_url = "nonsense://u:{broken}@h/d"',
        'database_url = "postgresql+psycopg://u:{broken}@127.0.0.1:1/d"',
        '[channels.ops]\nurl = "wecombot://{broken}',
    ],
)
@pytest.mark.parametrize("debug", ["", "1"])
def test_settings_that_cannot_be_used_do_not_say_their_secrets(
    wrong: str,
    debug: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "zhiwen.toml"
    file.write_text(wrong.replace("{broken}", PLANTED["broken"]), "utf-8")
    monkeypatch.setenv("ZHIWEN_CONFIG", str(file))
    monkeypatch.setenv("ZHIWEN_DEBUG", debug)
    assert main(["channels", "list"]) != 0 or main(["search", "质量"]) != 0
    said = capsys.readouterr()
    assert said.err and found_in(said.out + said.err + lines.text) == []
    assert ("Traceback" in said.err) == bool(debug)


def test_the_error_itself_says_no_secret_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "zhiwen.toml"
    file.write_text(f'[channels]\nops = "wecombot://{PLANTED["broken"]}"', "utf-8")
    monkeypatch.setenv("ZHIWEN_CONFIG", str(file))
    with pytest.raises(ConfigError) as error:
        load_settings()
    assert found_in(str(error.value)) == [] and "channels.ops" in str(error.value)


def test_a_crawl_is_not_handed_the_channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_CHANNELS__OPS__URL", f"wecombot://{PLANTED['wecom']}")
    monkeypatch.setenv("ZHIWEN_NOTICES__OPERATORS", "ops")
    monkeypatch.setenv("ZHIWEN_DATABASE_URL", f"postgresql+psycopg://u:{PLANTED['base']}@h/d")
    environment = child_environment(load_settings())
    assert not re.search("channels|notices", " ".join(environment), re.IGNORECASE)
    assert found_in(json.dumps(environment)) == ["base"], "the archive must be reached"
    show = "from config.settings import load_settings; s = load_settings(); print(s.channels, s)"
    root = Path(__file__).resolve().parents[2]
    child = subprocess.run(
        [sys.executable, "-P", "-c", show],
        env={**environment, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout.startswith("{} ") and found_in(child.stdout) == []
