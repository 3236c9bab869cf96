"""One message handed to its receiver, and what became of it, in one sentence.

Webhooks and mail are written here, because the stable id belongs into their headers and what they answer decides when
they are asked again; everything else is Apprise's, whose yes is believed only when the vendor's own answer says so too.
"""

from __future__ import annotations

import html
import json
import logging
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr, parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from archive.deliveries import Notice, Parcel
from config.addresses import AddressPolicy
from config.secrets import redact
from scheduler.channels import MAIL, WEBHOOKS, Channel
from scheduler.exchange import Answer, Exchange, RefusedAddress
from scheduler.messages import ALARMS, Message, plain, safe_link

_log = logging.getLogger(__name__)

OWN_NAME = "质闻"
USER_AGENT = "Zhiwen/0.1 (quality-policy news archive)"

Nature = Literal["passing", "lasting", "content", "busy"]
"""Of a fault: ``passing``, try again soon; ``lasting``, somebody must mend something; ``content``, this very message is
not taken; ``busy``, too many at once."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message did not arrive: one sentence without secrets. ``wait_seconds``: the receiver's own wish."""

    why: str
    nature: Nature
    wait_seconds: float | None = None


def transmit(channel: Channel, message: Message, parcel: Parcel, policy: AddressPolicy, now: datetime) -> Fault | None:
    """Send one message; None when the receiver has taken it. Never raises for what a receiver does."""
    with Exchange(policy, channel.timeout_seconds) as exchange:
        try:
            if channel.kind in WEBHOOKS:
                fault = _post(channel, message, parcel, exchange)
            elif channel.kind in MAIL:
                fault = _mail(channel, message, exchange, now)
            else:
                fault = _notify(channel, message, parcel, exchange)
        except Exception as error:  # a library may raise anything on what a stranger's server says
            fault = _of_error(error, channel, exchange)
    if exchange.timed_out and (fault is None or fault.nature == "passing"):
        fault = _late(channel)  # what looks like an answer was cut off by ourselves
    if fault is None:
        return None
    return Fault(plain(redact(fault.why))[:500], fault.nature, fault.wait_seconds)


# --- webhooks ---------------------------------------------------------------------------------------------------------


def _post(channel: Channel, message: Message, parcel: Parcel, exchange: Exchange) -> Fault | None:
    """A POST of JSON to an address of Apprise's ``json://`` form, with its headers, parameters and further fields."""
    import requests

    service = channel.service
    body = payload(message, parcel)
    for key, value in service.payload_extras.items():  # as Apprise does: rename, leave out, add
        if key in body:
            kept = body.pop(key)
            if value:
                body[value] = kept
        else:
            body[key] = value
    headers = {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": message.message_id,
        "X-Zhiwen-Notice": message.message_id,
        **service.headers,
    }
    port = f":{service.port}" if isinstance(service.port, int) else ""
    with requests.Session() as session:
        session.trust_env = False
        session.request(
            service.method,
            f"{'https' if service.secure else 'http'}://{service.host}{port}{service.fullpath or '/'}",
            data=json.dumps(body, ensure_ascii=False).encode(),
            params=service.params,
            headers=headers,
            auth=(service.user, service.password or "") if service.user else None,
            verify=service.verify_certificate,
            allow_redirects=False,
        )
    return _of_answers(exchange.answers, channel)


def payload(message: Message, parcel: Parcel) -> dict[str, Any]:
    """What a webhook gets. The first fields are those of Apprise's own; ``id`` is the same in every retry."""
    return {
        "version": "1.0",
        "id": message.message_id,
        "title": message.subject,
        "message": message.text,
        "type": "warning" if any(notice.kind == "alarm opened" for notice in message.notices) else "info",
        "parcel": parcel.parcel_id,
        "part": message.part,
        "parts": message.parts,
        "team": parcel.team,
        "watch": parcel.watch,
        "route": parcel.route,
        "notices": [_for_program(notice) for notice in message.notices],
    }


def _for_program(notice: Notice) -> dict[str, Any]:
    fields = asdict(notice)
    fields = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in fields.items()}
    return {**fields, "url": safe_link(notice.url)}


# --- mail -------------------------------------------------------------------------------------------------------------


def _mail(channel: Channel, message: Message, exchange: Exchange, now: datetime) -> Fault | None:
    service = channel.service
    mail = written_mail(channel, message, now)
    receivers = [address for _, address in service.targets] + sorted(service.cc) + sorted(service.bcc)
    context = ssl.create_default_context()
    if not service.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    open_smtp = smtplib.SMTP_SSL if service.secure_mode == "ssl" else smtplib.SMTP
    options: dict[str, Any] = {"context": context} if service.secure_mode == "ssl" else {}
    # The name is told to the server only; looking up our own can hang where there is no resolver.
    with open_smtp(service.smtp_host, service.port, "localhost", timeout=exchange.left(), **options) as smtp:
        if service.secure_mode == "starttls":
            smtp.starttls(context=context)
        if service.user and service.password:
            smtp.login(service.user, service.password)
        refused = smtp.send_message(mail, service.from_addr[1], receivers)
    if refused:
        # The others have it; to send it again would double it for them.
        people = "; ".join(f"{who}: {code} {_words(said)}" for who, (code, said) in refused.items())
        _log.warning("channel %s: mail taken, but not for %s", channel.name, redact(plain(people)))
    return None


def written_mail(channel: Channel, message: Message, now: datetime) -> MIMEBase:
    """The mail. Its Message-ID is the same in every retry, so that servers and readers see one."""
    service = channel.service
    text = message.text
    mail: MIMEBase = MIMEText(text, "plain", "utf-8")
    if channel.format == "html":
        mail = MIMEMultipart("alternative")
        mail.attach(MIMEText(html.unescape(re.sub(r"<[^>]*>", "", text)), "plain", "utf-8"))
        mail.attach(MIMEText(text, "html", "utf-8"))
    # Encoded as a whole: a headline may hold what looks like an encoded word.
    mail["Subject"] = Header(message.subject, "utf-8", header_name="Subject").encode()
    name, address = service.from_addr
    mail["From"] = formataddr((OWN_NAME if name == service.app_id else name or "", address), "utf-8")
    mail["To"] = ", ".join(formataddr((name or "", to), "utf-8") for name, to in service.targets)
    if service.cc:
        mail["Cc"] = ", ".join(sorted(service.cc))
    if service.reply_to:
        mail["Reply-To"] = ", ".join(sorted(service.reply_to))
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{message.message_id}@{address.rpartition('@')[2]}>"
    mail["X-Zhiwen-Notice"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    for header, value in service.headers.items():
        if header not in mail:
            mail[header] = Header(plain(value), "utf-8", header_name=header).encode()
    return mail


# --- everything else --------------------------------------------------------------------------------------------------


def _notify(channel: Channel, message: Message, parcel: Parcel, exchange: Exchange) -> Fault | None:
    from apprise import NotifyFormat, NotifyType, OverflowMode

    alarm = any(notice.kind in ALARMS for notice in message.notices)
    taken = channel.service.notify(
        body=message.text,
        title=message.subject if channel.titled else "",
        notify_type=NotifyType.WARNING if alarm else NotifyType.INFO,
        body_format=NotifyFormat(channel.format),
        overflow=OverflowMode.UPSTREAM,
    )
    if exchange.refused:
        return _refused(exchange)
    fault = _of_answers(exchange.answers, channel)
    if fault or (taken and exchange.answers):
        return fault
    if exchange.errors or exchange.timed_out:
        return _of_error(exchange.errors[-1] if exchange.errors else TimeoutError(), channel, exchange)
    return Fault(f"{channel.kind} did not take the message and did not say why", "passing")


# --- what went wrong --------------------------------------------------------------------------------------------------

_LASTING = frozenset({401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426, 431, 451, 501})
_CONTENT = frozenset({400, 413, 414, 422})
# Codes of answers with status 200. 企业微信 45009, 钉钉 130101 and 660026, 飞书 11232 and 9499: too many at once;
# -1: the vendor's system is busy; 44004 and 40058 (企业微信), 40035 (钉钉), 11246 (飞书): not this message.
_BUSY_CODES = frozenset({45009, 45033, 130101, 660026, 11232, 9499})
_CONTENT_CODES = frozenset({44004, 40058, 40035, 11246})
_VENDOR_CODE = {"wecombot": "errcode", "dingtalk": "errcode", "feishu": "code", "lark": "code"}
_BUSY_SECONDS = 60.0


def _of_answers(answers: list[Answer], channel: Channel) -> Fault | None:
    """The first answer that is no success."""
    for answer in answers:
        if 300 <= answer.status < 400:
            return Fault(
                f"it answers {answer.status} and points to {_target(answer)}; redirects are not followed: "
                "write the final address into the settings",
                "lasting",
            )
        if not 200 <= answer.status < 300:
            return _of_status(answer)
        if fault := _of_vendor(answer, channel):
            return fault
    return None


def _of_status(answer: Answer) -> Fault:
    said = f"it answers {answer.status}"
    if text := _words(answer.body):
        said += f": {text[:200]}"
    wait = _retry_after(answer.headers)
    if answer.status == 429:
        return Fault(said, "busy", wait or _BUSY_SECONDS)
    if answer.status in _LASTING:
        return Fault(said, "lasting", wait)
    return Fault(said, "content" if answer.status in _CONTENT else "passing", wait)


def _of_vendor(answer: Answer, channel: Channel) -> Fault | None:
    """What the vendors of chats say in answers with status 200."""
    key = _VENDOR_CODE.get(channel.kind)
    if key is None:
        return None
    try:
        told = json.loads(answer.body)
        code = told.get(key, told.get("StatusCode"))
    except (ValueError, AttributeError):
        return Fault(f"it answers 200, but not as {channel.kind} does: {_words(answer.body)[:200]}", "lasting")
    if code == 0:
        return None
    words = plain(str(told.get("errmsg") or told.get("msg") or ""))
    said = f"{channel.kind} answers {key} {code}: {words[:200]}"
    if code in _BUSY_CODES or "too many" in words.lower() or "frequen" in words.lower():
        return Fault(said, "busy", _BUSY_SECONDS)
    if code in _CONTENT_CODES:
        return Fault(said, "content")
    return Fault(said, "passing" if code == -1 else "lasting")


def _of_error(error: BaseException, channel: Channel, exchange: Exchange) -> Fault:
    """An error of a library in plain words. Their own words quote whole addresses and are not used."""
    if exchange.refused or isinstance(error, RefusedAddress):
        return _refused(exchange)
    if isinstance(error, smtplib.SMTPException):
        return _of_smtp(error)
    chain = list(_chain(error))
    if exchange.timed_out or any(isinstance(one, TimeoutError) for one in chain):
        return _late(channel)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return Fault(f"its certificate is not trusted: {one.verify_message}", "lasting")
        if isinstance(one, ssl.SSLError):
            return Fault("no TLS connection could be made", "passing")
        if isinstance(one, socket.gaierror):
            return Fault("its name does not resolve", "passing")
    where = f" ({exchange.connected[-1]})" if exchange.connected else ""
    for one in chain:
        if isinstance(one, OSError) and one.strerror:
            return Fault(f"no connection{where}: {one.strerror}", "passing")
    return Fault(f"the connection failed{where}: {type(error).__name__}", "passing")


def _late(channel: Channel) -> Fault:
    return Fault(f"it gave no answer within {channel.timeout_seconds:g} seconds", "passing")


def _refused(exchange: Exchange) -> Fault:
    places = ", ".join(dict.fromkeys(exchange.refused))
    return Fault(
        f"its address leads to {places}, which is not public; notices.allow in the settings can allow it", "lasting"
    )


def _of_smtp(error: smtplib.SMTPException) -> Fault:
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, said = next(iter(error.recipients.values()))
        what = "the mail server refuses all receivers"
    elif isinstance(error, smtplib.SMTPResponseException):
        code, said, what = error.smtp_code, error.smtp_error, "the mail server answers"
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return Fault(f"the mail server lacks what is needed: {_words(str(error))}", "lasting")
    else:
        return Fault(f"the mail server ended the connection: {type(error).__name__}", "passing")
    nature: Nature = "passing" if code < 500 else "content" if code in (552, 554) else "lasting"
    return Fault(f"{what}: {code} {_words(said)[:200]}", nature)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes; libraries wrap them, some without a chain."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        around = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        waiting += [part for part in around if isinstance(part, BaseException)]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds by ``Retry-After`` (RFC 9110 10.2.3), at most a day."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value), 86_400.0)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(headers.get("date", ""))
        return min(max(0.0, (until - since).total_seconds()), 86_400.0)
    except (TypeError, ValueError):
        return None


def _target(answer: Answer) -> str:
    """Where a redirect leads: without path and query, which may repeat a token."""
    try:
        split = urlsplit(answer.headers.get("location", ""))
        return f"{split.scheme}://{split.hostname}{f':{split.port}' if split.port else ''}/…" if split.hostname else "…"
    except ValueError:
        return "…"


def _words(said: object) -> str:
    """The words of an answer on one line, markup taken out."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return plain(re.sub(r"<[^>]*>", " ", text[:4000]))
