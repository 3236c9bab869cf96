"""Receivers of notices on loopback: an HTTP one that does as it is told, and a mail server of a few lines."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Got:
    """One request: method, path, headers (names in small letters), body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: status, headers, body; ``first`` is called before, with the request."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b'{"errcode": 0, "code": 0, "errmsg": "ok"}'
    first: Callable[[Got], None] | None = None


OK = Reply()


class HttpReceiver:
    """A context manager. ``replies`` are given one after the other, the last again and again; ``got`` what came."""

    def __init__(self, replies: Sequence[Reply] = (OK,), *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.replies = list(replies)
        self.got: list[Got] = []
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Silent."""

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.command, self.path, headers, body)
                with receiver.arrived:
                    receiver.got.append(got)
                    receiver.arrived.notify_all()
                    reply = receiver.replies.pop(0) if len(receiver.replies) > 1 else receiver.replies[0]
                if reply.first is not None:
                    reply.first(got)
                try:
                    self.send_response(reply.status)
                    for name, value in reply.headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    self.wfile.write(reply.body)
                except OSError:
                    return  # the sender has gone

            do_GET = do_POST = do_PUT = _take  # noqa: N815 - the library's names

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A sender that was killed is none of ours."""

        self._server = Server((host, port), Handler)
        self.port = self._server.server_port
        self.host = host

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, seconds: float = 30.0) -> bool:
        """Until so many requests have come in all."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.got) >= count, seconds)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came: its envelope, its bytes, and read."""

    sender: str
    receivers: tuple[str, ...]
    raw: bytes

    @property
    def read(self) -> EmailMessage:
        """The mail as a mail reader sees it."""
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass(slots=True)
class MailReceiver:
    """A mail server without TLS and login. ``answers`` replaces its replies by verb: ``{"RCPT": "550 nobody"}``."""

    answers: dict[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    port: int = 0
    _server: Any = None

    def __enter__(self) -> Self:
        mails, answers = self.mails, self.answers

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                sender, receivers = "", list[str]()
                self._say("220 loopback")
                while line := self.rfile.readline():
                    words = line.decode("utf-8", "replace").strip()
                    verb = words[:4].upper()
                    if verb in answers:
                        self._say(answers[verb])
                    elif verb == "EHLO":
                        self._say("250-loopback\r\n250-8BITMIME\r\n250 SMTPUTF8")
                    elif verb == "MAIL":
                        sender = words.partition("<")[2].partition(">")[0]
                        self._say("250 ok")
                    elif verb == "RCPT":
                        receivers.append(words.partition("<")[2].partition(">")[0])
                        self._say("250 ok")
                    elif verb == "DATA":
                        self._say("354 go on")
                        raw = b""
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            raw += part[1:] if part.startswith(b"..") else part
                        mails.append(Mail(sender, tuple(receivers), raw))
                        self._say("250 taken")
                    elif verb == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        self._say("250 ok")

            def _say(self, words: str) -> None:
                self.wfile.write(words.encode() + b"\r\n")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A sender that went away."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
