"""Handing messages to receivers: what arrives, and what is said when it does not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from archive.deliveries import Notice, Parcel
from bench.receivers import HttpReceiver, MailReceiver, Reply
from config.addresses import AddressPolicy
from config.settings import load_settings
from scheduler.channels import Channel, load_channel
from scheduler.messages import compose
from scheduler.transports import Fault, transmit

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
LOOPBACK = AddressPolicy(["127.0.0.0/8"])
NOTICE = Notice(
    notice_id="e1-w1-ops",
    kind="new",
    site="zgnt",
    at=NOW,
    title="市场监管总局部署质量月活动",
    url="https://news.example/1.html",
)
PARCEL = Parcel("p1", "ops", "reader", "team", "质量月", (NOTICE,), NOW, 0, 0)


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Channel]:
    def make(url: str, **more: Any) -> Channel:
        monkeypatch.setenv("ZHIWEN_CHANNELS__OPS__URL", url)
        for key, value in more.items():
            monkeypatch.setenv(f"ZHIWEN_CHANNELS__OPS__{key.upper()}", str(value))
        return load_channel("ops", load_settings())

    return make


def send(channel: Channel, policy: AddressPolicy = LOOPBACK) -> Fault | None:
    (message,) = compose(PARCEL, channel)
    return transmit(channel, message, PARCEL, policy, NOW)


@pytest.fixture
def wecom(monkeypatch: pytest.MonkeyPatch) -> Callable[[HttpReceiver], None]:
    """The vendor's address leads to a receiver of ours."""

    def lead(receiver: HttpReceiver) -> None:
        from apprise.plugins.wecombot import NotifyWeComBot

        monkeypatch.setattr(NotifyWeComBot, "notify_url", f"http://127.0.0.1:{receiver.port}/send?key={{key}}")

    return lead


def test_a_webhook_gets_json_with_the_id_in_body_and_headers(channel: Callable[..., Channel]) -> None:
    with HttpReceiver() as receiver:
        url = f"json://user:pa55word@127.0.0.1:{receiver.port}/hook/tok3nxyz?+X-Own=mine&-arg=1&:extra=2"
        assert send(channel(url)) is None
    (got,) = receiver.got
    body = got.json()
    assert (got.method, got.path) == ("POST", "/hook/tok3nxyz?arg=1")
    assert got.headers["idempotency-key"] == got.headers["x-zhiwen-notice"] == body["id"] == "p1"
    assert got.headers["x-own"] == "mine" and got.headers["authorization"].startswith("Basic ")
    assert body["notices"][0]["title"] == NOTICE.title and body["notices"][0]["notice_id"] == "e1-w1-ops"
    assert body["extra"] == "2" and body["watch"] == "质量月"


@pytest.mark.parametrize(
    ("reply", "nature", "words"),
    [
        (Reply(503, (("Retry-After", "120"),), b"later"), "passing", "it answers 503: later"),
        (Reply(429, (("Retry-After", "7"),), b""), "busy", "it answers 429"),
        (Reply(401, (), b"<h1>who are you</h1>"), "lasting", "it answers 401: who are you"),
        (Reply(404, (), b""), "lasting", "it answers 404"),
        (Reply(413, (), b""), "content", "it answers 413"),
        (Reply(500, (), b""), "passing", "it answers 500"),
    ],
)
def test_the_status_of_a_webhook_decides_when_it_is_tried_again(
    channel: Callable[..., Channel], reply: Reply, nature: str, words: str
) -> None:
    with HttpReceiver([reply]) as receiver:
        fault = send(channel(f"json://127.0.0.1:{receiver.port}/"))
    assert fault is not None and (fault.nature, fault.why) == (nature, words)
    wait = dict(reply.headers).get("Retry-After")
    assert fault.wait_seconds == (float(wait) if wait else None)


@pytest.mark.parametrize("kind", ["json", "form"])
def test_a_receiver_that_redirects_inside_is_named_and_not_followed(channel: Callable[..., Channel], kind: str) -> None:
    with HttpReceiver() as inside, HttpReceiver() as receiver:
        receiver.replies = [Reply(302, (("Location", f"http://127.0.0.1:{inside.port}/tok3nxyz"),))]
        fault = send(channel(f"{kind}://127.0.0.1:{receiver.port}/tok3nxyz"))
    assert fault is not None and fault.nature == "lasting"
    assert f"points to http://127.0.0.1:{inside.port}/…; redirects are not followed" in fault.why
    assert not inside.got and len(receiver.got) == 1


@pytest.mark.parametrize("kind", ["json", "form", "mailto"])
def test_an_address_that_leads_inside_is_refused_before_a_byte_is_sent(
    channel: Callable[..., Channel], kind: str
) -> None:
    with HttpReceiver() as receiver, MailReceiver() as mails:
        host = "localhost"  # a name: what is checked is where it leads
        port = mails.port if kind == "mailto" else receiver.port
        url = (
            f"mailto://{host}:{port}?to=a@example.org&from=z@example.org"
            if kind == "mailto"
            else f"{kind}://{host}:{port}/x"
        )
        fault = send(channel(url), AddressPolicy())
    assert fault is not None and fault.nature == "lasting"
    assert "leads to" in fault.why and "is not public; notices.allow" in fault.why
    assert not receiver.got and not mails.mails


def test_the_vendors_own_refusal_is_heard_behind_status_200(
    channel: Callable[..., Channel], wecom: Callable[[HttpReceiver], None]
) -> None:
    told = [
        b'{"errcode": 0, "errmsg": "ok"}',
        b'{"errcode": 93000, "errmsg": "invalid webhook url"}',
        b'{"errcode": 45009, "errmsg": "api freq out of limit"}',
        b'{"errcode": 44004, "errmsg": "empty content"}',
        b"<html>welcome to this hotel</html>",
    ]
    with HttpReceiver([Reply(body=body) for body in told]) as receiver:
        wecom(receiver)
        faults = [send(channel("wecombot://abcdef-123")) for _ in told]
    assert faults[0] is None
    assert [fault.nature for fault in faults[1:] if fault] == ["lasting", "busy", "content", "lasting"]
    assert faults[1] and faults[1].why == "wecombot answers errcode 93000: invalid webhook url"
    assert receiver.got[0].json()["text"]["content"].startswith("【新发布】市场监管总局部署质量月活动")


def test_a_receiver_that_drips_is_cut_off_at_the_channels_time_limit(channel: Callable[..., Channel]) -> None:
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        try:
            while not over.wait(0.05):  # a header that never ends, each piece within any time limit of a read
                connection.sendall(b"X-More: 1\r\n")
        except OSError:
            pass  # cut off, as it should

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: drip(server.accept()[0]), daemon=True)
        thread.start()
        fault = send(channel(f"json://127.0.0.1:{server.getsockname()[1]}/", timeout_seconds=0.4))
        over.set()
        thread.join()
    assert fault == Fault("it gave no answer within 0.4 seconds", "passing")


def test_an_answer_without_end_is_read_only_in_part(channel: Callable[..., Channel]) -> None:
    with HttpReceiver([Reply(500, (), b"x" * 3_000_000)]) as receiver:
        fault = send(channel(f"json://127.0.0.1:{receiver.port}/"))
    assert fault is not None and len(fault.why) < 300


def test_nobody_there_is_a_passing_fault(channel: Callable[..., Channel]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    fault = send(channel(f"json://127.0.0.1:{port}/tok3nxyz"))
    assert fault == Fault(f"no connection (127.0.0.1 port {port}): Connection refused", "passing")


def test_a_proxy_of_the_environment_gets_nothing(
    channel: Callable[..., Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    with HttpReceiver() as proxy, HttpReceiver() as receiver:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert send(channel(f"form://127.0.0.1:{receiver.port}/")) is None
        assert send(channel(f"json://127.0.0.1:{receiver.port}/")) is None
    assert not proxy.got and len(receiver.got) == 2


def test_a_mail_keeps_its_message_id_in_every_retry(channel: Callable[..., Channel]) -> None:
    with MailReceiver() as mails:
        url = f"mailto://127.0.0.1:{mails.port}?to=a@example.org,b@example.org&cc=c@example.org&from=zhiwen@example.org"
        ops = channel(url)
        assert send(ops) is None and send(ops) is None
    first, second = (mail.read for mail in mails.mails)
    assert first["Message-ID"] == second["Message-ID"] == "<p1@example.org>"
    assert first["X-Zhiwen-Notice"] == "p1" and first["Subject"] == "【新发布】市场监管总局部署质量月活动"
    assert mails.mails[0].receivers == ("a@example.org", "b@example.org", "c@example.org")
    assert "https://news.example/1.html" in first.get_content()


@pytest.mark.parametrize(
    ("answers", "nature"),
    [
        ({"RCPT": "550 no such user"}, "lasting"),
        ({"RCPT": "451 come back later"}, "passing"),
        ({"MAIL": "421 too busy"}, "passing"),
        ({"DATA": "554 looks like spam"}, "content"),
    ],
)
def test_what_the_mail_server_answers_decides(
    channel: Callable[..., Channel], answers: dict[str, str], nature: str
) -> None:
    with MailReceiver(answers) as mails:
        fault = send(channel(f"mailto://127.0.0.1:{mails.port}?to=a@example.org&from=z@example.org"))
    assert fault is not None and fault.nature == nature
    assert next(iter(answers.values()))[4:] in fault.why


def test_an_html_mail_comes_with_its_text(channel: Callable[..., Channel]) -> None:
    with MailReceiver() as mails:
        url = f"mailto://127.0.0.1:{mails.port}?to=a@example.org&from=z@example.org"
        assert send(channel(url, format="html")) is None
    mail = mails.mails[0].read
    written, plain = mail.get_body(("html",)), mail.get_body(("plain",))
    assert written is not None and '<a href="https://news.example/1.html"' in written.get_content()
    assert plain is not None and "<" not in plain.get_content() and NOTICE.title in plain.get_content()
