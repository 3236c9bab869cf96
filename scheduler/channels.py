"""The channels of the settings: receivers that Apprise understands, with what must be known to write for them."""

from __future__ import annotations

import importlib
import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import secrets
from config.notices import ChannelSettings, Format
from config.settings import ConfigError, Settings
from scheduler.messages import Limits

WEBHOOKS = frozenset({"json", "jsons"})
MAIL = frozenset({"mailto", "mailtos"})

_ADVICE = (
    "write it as Apprise does, such as wecombot://KEY, dingtalk://TOKEN, feishu://TOKEN, "
    "mailtos://USER:PASSWORD@HOST?to=NAME@HOST or jsons://HOST/PATH"
)

# Vendors' own pages, read 2026-11. 企业微信: text at most 2,048 bytes of UTF-8, 20 messages a minute and robot.
# 钉钉: a request of at most 20,000 bytes, 20 a minute. 飞书: a request of at most 20 KB, 100 a minute (5 a second).
# A request is what Apprise makes of it: JSON in ASCII, six bytes to a Chinese character.
_REQUEST = 19_000
_VENDORS: dict[str, tuple[Limits, int]] = {
    "wecombot": (Limits(utf8=2048), 20),
    "dingtalk": (Limits(json=_REQUEST), 20),
    "feishu": (Limits(json=_REQUEST), 100),
    "lark": (Limits(json=_REQUEST), 100),
}
_ROOM = Limits(utf8=500_000)
"""Of mails and webhooks, which have no limit of their own."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One receiver. ``address`` is what may be shown of it; ``service`` (of Apprise) holds the secret."""

    name: str
    kind: str
    address: str
    format: Format
    limits: Limits
    titled: bool
    verbatim: bool
    per_minute: int
    timeout_seconds: float
    service: Any = field(repr=False)
    footer: str = ""


def load_channels(settings: Settings) -> dict[str, Channel]:
    """All channels of the settings by name. Raises ConfigError that names the channel, never its address."""
    return {name: load_channel(name, settings) for name in settings.channels}


def load_channel(name: str, settings: Settings) -> Channel:
    """One of them. Raises ConfigError."""
    chosen = settings.channels[name]
    address = _address(name, chosen)
    secrets.remember(address)
    service = _service(name, address)
    kind = address.partition("://")[0].lower()
    if kind in ("http", "https"):  # a vendor's own address of a robot, which Apprise understands
        kind = str(service.secure_protocol or service.protocol)
    form = _format(name, kind, service, chosen.format)
    mail = kind in MAIL
    limits, per_minute = _VENDORS.get(kind, (_ROOM, 60 if mail else 600) if mail or kind in WEBHOOKS else (None, 30))
    if limits is None:
        limits = Limits(chars=max(200, int(service.body_maxlen) - 50))
    return Channel(
        name=name,
        kind=kind,
        address=_shown(kind, service),
        format=form,
        limits=Limits(chosen.max_chars or limits.chars, chosen.max_bytes or limits.utf8, limits.json),
        titled=mail or kind in WEBHOOKS or (int(service.title_maxlen) > 0 and not service.overflow_amalgamate_title),
        verbatim=mail or kind in WEBHOOKS,
        per_minute=chosen.per_minute or per_minute,
        timeout_seconds=chosen.timeout_seconds,
        service=service,
        footer=settings.notices.contact if mail else "",
    )


def _address(name: str, chosen: ChannelSettings) -> str:
    if chosen.url_file is None:
        return chosen.url.get_secret_value().strip()
    file = Path(chosen.url_file).expanduser()
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ConfigError(f"channels.{name}.url_file: {file} cannot be read: {why}.") from None
    if not text or "\n" in text:
        raise ConfigError(f"channels.{name}.url_file: {file} must hold one line, the address of the channel.")
    return text


def _service(name: str, address: str) -> Any:
    """Apprise's object for an address, silent, without retries, redirects and waiting of its own."""
    _silence()
    try:
        service = _instantiate(address)
    except Exception:  # its parsers meet any text; what they raise may quote the address
        service = None
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if service is None:
        what = f"{scheme}:// address" if scheme.isalnum() else "address"
        raise ConfigError(f"channels.{name}.url: Apprise does not understand this {what}; {_ADVICE}.")
    mail = scheme in MAIL
    if not mail and not hasattr(sys.modules[type(service).__module__], "requests"):
        # Only what connects in the thread that sends can be watched over, see scheduler.exchange.
        raise ConfigError(f"channels.{name}.url: {scheme}:// is not supported; services reached by HTTP are, and mail.")
    if mail and service.pgp_mode != "no":
        raise ConfigError(f"channels.{name}.url: pgp is not supported.")
    if mail and not service.targets:
        raise ConfigError(f"channels.{name}.url: no usable address to send to; add ?to=NAME@HOST.")
    service.redirects = False
    service.service_retry = 0
    service.request_rate_per_sec = 0
    return service


def _instantiate(address: str) -> Any:
    """None, or any error, when it is not understood."""
    import apprise

    asset = apprise.AppriseAsset(app_id="Zhiwen", app_desc="质闻", app_url="", http_redirects=False)
    scheme = address.partition("://")[0].lower()
    found = _COMMON.get(scheme)
    if found is None:
        for vendor in ("wecombot", "lark") if scheme == "https" else ():
            kind = _class(*_COMMON[vendor])
            if results := kind.parse_native_url(address):
                return kind(**results, asset=asset)
        return apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    kind = _class(*found)
    results = kind.parse_url(address.replace("/#", "/%23"))
    return kind(**results, asset=asset) if results else None


def _class(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"apprise.plugins.{module}"), name)


# What is usual here is taken from its own module: Apprise would load all of its 180, a second and 20 MB.
_COMMON = {
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "lark": ("lark", "NotifyLark"),
    "mailto": ("email.base", "NotifyEmail"),
    "mailtos": ("email.base", "NotifyEmail"),
    "json": ("custom_json", "NotifyJSON"),
    "jsons": ("custom_json", "NotifyJSON"),
}


def _format(name: str, kind: str, service: Any, wanted: Format | None) -> Format:
    if wanted is None:
        return "text"
    native = service.notify_format if isinstance(service.notify_format, tuple) else (service.notify_format,)
    known = {"text"} | {one.value for one in native}
    if wanted not in known:
        raise ConfigError(f"channels.{name}.format: {kind} has no {wanted}; use {' or '.join(sorted(known))}.")
    return wanted


def _shown(kind: str, service: Any) -> str:
    """The address without anything secret: kind, and host or receivers where these are none."""
    if kind in MAIL:
        people = [address for _, address in service.targets]
        return f"{kind}://{service.smtp_host}:{service.port} → {', '.join(people)}"
    if kind in secrets.HOSTED and service.host:
        port = f":{service.port}" if service.port else ""
        return f"{kind}://{service.host}{port}/{secrets.MASK}"
    return f"{kind}://{secrets.MASK}"


def _silence() -> None:
    """Apprise's log says addresses, tokens and whole messages. Nothing of it goes anywhere."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
