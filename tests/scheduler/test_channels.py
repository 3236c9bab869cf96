"""Channels of the settings: which can be used, how quickly, and when they are tried again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.receivers import OK, HttpReceiver, Reply
from config.settings import ConfigError, Settings, load_settings
from scheduler.channels import load_channels
from scheduler.messages import Limits
from scheduler.sending import Pace, retry_seconds, try_channel
from scheduler.transports import Fault


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    def make(operators: str = "", more: str = "", **channels: str) -> Settings:
        tables = "\n".join(f"[channels.{name}]\nurl = {json.dumps(url)}" for name, url in channels.items())
        file = tmp_path / "zhiwen.toml"
        file.write_text(f'[notices]\nallow = ["127.0.0.0/8"]\noperators = "{operators}"\n{tables}\n{more}', "utf-8")
        monkeypatch.setenv("ZHIWEN_CONFIG", str(file))
        return load_settings()

    return make


@pytest.mark.parametrize(
    ("operators", "channels", "words"),
    [
        ("opz", {"ops": "json://127.0.0.1/"}, "notices.operators: there is no channel 'opz'. Did you mean ops?"),
        (
            "",
            {"ops": "wecomb0t://S3cretKey99"},
            "channels.ops.url: Apprise does not understand this wecomb0t:// address",
        ),
        ("", {"ops": "not an address"}, "channels.ops.url: Apprise does not understand this address"),
        ("", {"ops": "syslog://"}, "channels.ops.url: syslog:// is not supported"),
        ("", {"Ops Team": "json://127.0.0.1/"}, "write a name of small letters"),
    ],
)
def test_a_channel_that_cannot_be_used_is_named_without_its_secret(
    settings: Callable[..., Settings], operators: str, channels: dict[str, str], words: str
) -> None:
    quoted = {f'"{name}"' if " " in name else name: url for name, url in channels.items()}
    with pytest.raises(ConfigError) as error:
        load_channels(settings(operators, **quoted))
    assert words in str(error.value) and "S3cretKey99" not in str(error.value)


def test_a_test_message_says_what_the_receiver_answered(settings: Callable[..., Settings]) -> None:
    with HttpReceiver([OK, Reply(403, (), b"no entry")]) as ops:
        chosen = settings(ops=f"json://127.0.0.1:{ops.port}/")
        message, fault = try_channel("ops", chosen)
        assert fault is None and message.subject == "【测试】这是一条测试通知，渠道 ops 可以送达。"
        assert try_channel("ops", chosen)[1] == Fault("it answers 403: no entry", "lasting")


def test_the_receivers_own_wish_to_wait_is_kept() -> None:
    def even(low: float, high: float) -> float:
        return 1.0

    assert [retry_seconds(Fault("", "passing"), tries, even) for tries in (0, 1, 2, 10, 99)] == [
        30,
        60,
        120,
        1800,
        1800,
    ]
    assert [retry_seconds(Fault("", "lasting"), tries, even) for tries in (0, 1, 99)] == [900, 1800, 21600]
    assert retry_seconds(Fault("", "busy", 7200), 0, even) == 7200
    spread = {retry_seconds(Fault("", "passing"), 0) for _ in range(50)}
    assert len(spread) > 1 and all(24 <= seconds <= 36 for seconds in spread)


def test_no_more_than_the_vendor_takes_within_any_minute() -> None:
    now = [0.0]
    pace = Pace(3, lambda: now[0])
    assert [pace.take() for _ in range(4)] == [0.0, 0.0, 0.0, 60.0]
    now[0] = 59.0
    assert pace.take() == 1.0
    now[0] = 60.0
    assert [pace.take() for _ in range(4)] == [0.0, 0.0, 0.0, 60.0]


def test_what_the_vendors_take_is_known_and_can_be_lessened(settings: Callable[..., Settings]) -> None:
    more = "[channels.less]\nurl = 'feishu://abc-123'\nmax_bytes = 1000\nper_minute = 5"
    channels = load_channels(settings(wecom="wecombot://key-123456", ding="dingtalk://tok3n", more=more))
    assert (channels["wecom"].limits, channels["wecom"].per_minute) == (Limits(utf8=2048), 20)
    assert (channels["ding"].limits, channels["ding"].per_minute) == (Limits(json=19_000), 20)
    assert (channels["less"].limits, channels["less"].per_minute) == (Limits(utf8=1000, json=19_000), 5)


def test_the_vendors_own_address_of_a_robot_can_be_pasted(settings: Callable[..., Settings]) -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"
    channel = load_channels(settings(wecom=url))["wecom"]
    assert (channel.kind, channel.address) == ("wecombot", "wecombot://***")
    assert "693a91f6" not in repr(channel)


def test_an_address_may_stand_in_a_file_of_its_own(settings: Callable[..., Settings], tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("mailto://zhiwen:pa55w0rd@mail.example?to=a@example.org\n", "utf-8")
    channel = load_channels(settings(more="[channels.mail]\nurl_file = 'secret.txt'"))["mail"]
    assert channel.address == "mailto://mail.example:25 → a@example.org"
    (tmp_path / "secret.txt").unlink()
    with pytest.raises(ConfigError, match=r"channels\.mail\.url_file: .*secret.txt cannot be read: No such file"):
        load_channels(settings(more="[channels.mail]\nurl_file = 'secret.txt'"))


def test_a_channel_can_come_from_variables_alone(
    monkeypatch: pytest.MonkeyPatch, settings: Callable[..., Settings]
) -> None:
    monkeypatch.setenv("ZHIWEN_CHANNELS__DEV_TEAM__URL", "feishu://abc-123")
    monkeypatch.setenv("ZHIWEN_CHANNELS__OPS__PER_MINUTE", "7")
    channels = load_channels(settings(ops="wecombot://key-123456"))
    assert channels["dev_team"].kind == "feishu" and channels["ops"].per_minute == 7
    monkeypatch.setenv("ZHIWEN_CHANNELS__OPS__URLL", "x")
    with pytest.raises(ConfigError, match="ZHIWEN_CHANNELS__OPS__URLL is no known variable"):
        settings(ops="wecombot://key-123456")
