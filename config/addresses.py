"""Which addresses the crawler may connect to.

The rule is applied to the address a connection is about to be made to, never to the text of a URL: names, decimal,
octal and hexadecimal spellings all end in one address (``crawler.fetching.endpoint``). Public unicast addresses are
allowed; everything else needs an entry in ``fetch.allow`` or ``fetch.resolve``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from config.settings import FetchSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA special-purpose registry, read 2026-11. The list is written out because ``is_global`` differs between Pythons.
_V4_REFUSED = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; clouds put their metadata here
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# All unicast that is handed out lies in 2000::/3. Whatever carries an IPv4 address inside lies outside of it
# (::/96, ::ffff:0:0/96, 64:ff9b::/96) or is listed here.
_V6_PUBLIC = IPv6Network("2000::/3")
_V6_REFUSED = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)

_ENTRY = re.compile(r"\[(?P<host>[^\]]+)\](?P<length>/\d+)?(?::(?P<port>\d+))?")


@dataclass(frozen=True, slots=True)
class _Allowed:
    network: Network
    port: int | None


class AddressPolicy:
    """Says for an address and a port whether a connection may be made.

    ``allow`` and ``resolve`` have the forms of ``FetchSettings``. A bad entry raises ``ConfigError``.
    """

    def __init__(self, allow: Sequence[str] = (), resolve: Mapping[str, str] | None = None) -> None:
        self._allowed = tuple(_parse_allow(entry) for entry in allow)
        self._overrides: dict[tuple[str, int | None], tuple[str, int]] = {}
        for name, target in (resolve or {}).items():
            self._overrides[_parse_name(name)] = _parse_target(name, target)

    @classmethod
    def from_settings(cls, fetch: FetchSettings) -> Self:
        """The policy of the user's settings."""
        return cls(fetch.allow, fetch.resolve)

    def resolve_override(self, host: str, port: int) -> tuple[str, int] | None:
        """Address and port to use for ``host`` instead of asking the resolver; None when nothing is set."""
        if not self._overrides:
            return None
        name = _plain_host(host)
        return self._overrides.get((name, port)) or self._overrides.get((name, None))

    def allowed(self, ip: str, port: int) -> bool:
        """True when a connection to this address may be made. ``ip`` is a literal, an IPv6 scope is ignored."""
        try:
            address = ip_address(ip.partition("%")[0])
        except ValueError:
            return False
        if _is_public(address):
            return True
        return any(
            entry.network.version == address.version
            and address in entry.network
            and (entry.port is None or entry.port == port)
            for entry in self._allowed
        )


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_REFUSED)
    return address in _V6_PUBLIC and not any(address in network for network in _V6_REFUSED)


def _plain_host(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _parse_allow(entry: str) -> _Allowed:
    network, port = _split_port(entry.strip(), "fetch.allow", entry)
    try:
        return _Allowed(ip_network(network, strict=False), port)
    except ValueError:
        remedy = "an address or network such as 10.0.0.5, 127.77.0.0/16:8080 or [::1]:8080"
        raise _bad("fetch.allow", entry, remedy) from None


def _parse_name(name: str) -> tuple[str, int | None]:
    host, port = _split_port(name.strip(), "fetch.resolve", name)
    host = _plain_host(host)
    if not host or "/" in host:
        raise _bad("fetch.resolve", name, "a host name, or host:port")
    return host, port


def _parse_target(name: str, target: str) -> tuple[str, int]:
    address, port = _split_port(target.strip(), "fetch.resolve", target)
    try:
        literal = str(ip_address(address))
    except ValueError:
        port = None
    if port is None:
        raise _bad("fetch.resolve", f"{name} = {target}", "address:port, such as 127.77.0.1:8080")
    return literal, port


def _split_port(text: str, key: str, entry: str) -> tuple[str, int | None]:
    """``host``, ``host:port``, ``[v6]``, ``[v6]/64:port`` or a bare IPv6 network, split into host and port."""
    if match := _ENTRY.fullmatch(text):
        host, number = match["host"] + (match["length"] or ""), match["port"]
    elif text.count(":") == 1:
        host, _, number = text.partition(":")
    else:
        host, number = text, None
    if number is None:
        return host, None
    if not number.isdecimal() or not 0 < int(number) < 65536:
        raise _bad(key, entry, "a port between 1 and 65535 after the colon")
    return host, int(number)


def _bad(key: str, entry: str, remedy: str) -> Exception:
    # Imported here: config.settings may check its own values with this module.
    from config.settings import ConfigError

    return ConfigError(f"{key}: {entry!r} is not usable; write {remedy}.")
