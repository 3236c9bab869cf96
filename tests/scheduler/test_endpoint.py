"""The endpoint answers what it is there for, to whom it is there for."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from config.settings import ConfigError
from scheduler import endpoint as module
from scheduler.endpoint import Answer, Endpoint, parse_listen


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    served = Endpoint("127.0.0.1:0", {"/healthz": lambda: Answer(503, "text/plain", b"ill")}, ["zhiwen.internal"])
    yield served
    served.close()


def asked(endpoint: Endpoint, path: str = "/healthz", method: str = "GET", **headers: str) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.read(), str(answer.headers)
    connection.close()
    return found


def test_pages_are_answered_and_others_are_not_there(endpoint: Endpoint) -> None:
    status, body, headers = asked(endpoint)
    assert (status, body) == (503, b"ill")
    assert "no-store" in headers and "nosniff" in headers and "Python" not in headers
    assert asked(endpoint, "/healthz?since=1")[0] == 503
    assert asked(endpoint, method="HEAD")[:2] == (503, b"")
    assert asked(endpoint, "/etc/passwd")[0] == 404
    assert asked(endpoint, method="POST")[0] == 501


@pytest.mark.parametrize("host", ["127.0.0.1:8750", "localhost", "[::1]:8750", "ZHIWEN.internal:8750", "10.0.0.7"])
def test_this_machine_is_known_by_its_addresses_and_names(endpoint: Endpoint, host: str) -> None:
    assert asked(endpoint, Host=host)[0] == 503


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost.evil.example:8750"])
def test_name_of_a_stranger_gets_nothing(endpoint: Endpoint, host: str) -> None:
    status, body, _ = asked(endpoint, Host=host)
    assert status == 421
    assert b"ill" not in body


def test_taken_port_is_told_with_what_to_do(endpoint: Endpoint) -> None:
    with pytest.raises(ConfigError, match=r"cannot be listened on: .*Choose another with --listen"):
        Endpoint(f"127.0.0.1:{endpoint.port}", {})


@pytest.mark.parametrize("text", ["8750", "127.0.0.1", "127.0.0.1:", ":8750", "127.0.0.1:http", "127.0.0.1:70000"])
def test_what_is_no_address_to_listen_on_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"up\.listen: .* is no address"):
        parse_listen(text)


def test_addresses_to_listen_on() -> None:
    assert parse_listen("[::1]:0") == ("::1", 0)
    assert parse_listen(" localhost:80 ") == ("localhost", 80)


def test_many_connections_that_say_nothing_do_not_take_all_threads(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = threading.active_count()
    idle = [socket.create_connection(("127.0.0.1", endpoint.port), timeout=30) for _ in range(module.MOST_AT_ONCE * 2)]
    closed = sum(connection.recv(1) == b"" for connection in idle[module.MOST_AT_ONCE :])
    assert closed == module.MOST_AT_ONCE
    assert threading.active_count() - before <= module.MOST_AT_ONCE
    for connection in idle:
        connection.close()
