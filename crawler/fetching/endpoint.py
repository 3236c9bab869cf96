"""The one place where connections are made, and where each address is checked.

Articles, lists, robots.txt and redirects all come through here. The name is resolved once, the address is checked, and
the connection goes to exactly that address, so a name that answers differently a moment later changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.threads import deferToThread
from twisted.web.client import URI
from twisted.web.error import SchemeNotSupported
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from config.addresses import AddressPolicy
from crawler.fetching.errors import CannotConnect, RefusedAddress

Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""Host name to addresses, best first; raises ``OSError`` when there is none."""

# Seconds to wait for a connection; the deadline of the whole response runs besides.
CONNECT_SECONDS = 10.0


async def system_resolver(host: str) -> list[str]:
    """Addresses of ``host`` from the system, in its order. Understands the old number spellings, 127.1 and the like."""
    found = await deferToThread(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@implementer(IStreamClientEndpoint)
class CheckedEndpoint:
    """Connects to one host after checking its address. ``tls`` is None for http."""

    def __init__(
        self,
        reactor: Any,
        host: str,
        port: int,
        *,
        policy: AddressPolicy,
        resolver: Resolver = system_resolver,
        tls: Callable[[], Any] | None = None,
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._policy = policy
        self._resolver = resolver
        self._tls = tls

    def connect(self, protocolFactory: Any) -> Deferred[Any]:  # noqa: N803 - Twisted's name
        """A deferred of the protocol; fails with ``RefusedAddress``, ``CannotConnect`` or a TLS error."""
        return ensureDeferred(self._connect(protocolFactory))

    async def _connect(self, factory: Any) -> Any:
        tried: list[str] = []
        for address, port in await self._addresses():
            endpoint = self._endpoint(address, port)
            try:
                return await endpoint.connect(factory)
            except (ConnectError, OSError) as error:
                tried.append(f"{address} port {port}: {error}")
        raise CannotConnect(f"no connection to {self._host} ({'; '.join(tried)})")

    async def _addresses(self) -> list[tuple[str, int]]:
        """What may be connected to, checked. All addresses refused, or one of several: never a word to the inside."""
        override = self._policy.resolve_override(self._host, self._port)
        if override:
            return [override]
        try:
            literals: Sequence[str] = [str(ipaddress.ip_address(self._host))]
        except ValueError:
            literals = await self._resolve()
        allowed = [(address, self._port) for address in literals if self._policy.allowed(address, self._port)]
        if not allowed:
            raise RefusedAddress(
                f"{self._host} leads to {', '.join(literals)}, which is not a public address; "
                "fetch.allow in the settings can allow it"
            )
        return allowed

    async def _resolve(self) -> Sequence[str]:
        if not self._host or len(self._host) > 253:
            raise CannotConnect(f"{self._host[:80]!r} is not a host name")
        try:
            found = await self._resolver(self._host)
        except (OSError, ValueError) as error:
            raise CannotConnect(f"the name {self._host} does not resolve: {error}") from error
        if not found:
            raise CannotConnect(f"the name {self._host} has no address")
        return found

    def _endpoint(self, address: str, port: int) -> Any:
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        endpoint: Any = kind(self._reactor, address, port, timeout=CONNECT_SECONDS)
        # The certificate is checked against the name of the URL, not against the address.
        return wrapClientTLS(self._tls(), endpoint) if self._tls else endpoint


@implementer(IAgentEndpointFactory)
class CheckedEndpoints:
    """Makes the endpoints of the agent: one rule for every URL."""

    def __init__(self, reactor: Any, tls_policy: Any, policy: AddressPolicy, resolver: Resolver) -> None:
        self._reactor = reactor
        self._tls_policy = tls_policy
        self._policy = policy
        self._resolver = resolver

    def endpointForURI(self, uri: URI) -> CheckedEndpoint:  # noqa: N802 - Twisted's name
        """The endpoint of a URL; ``SchemeNotSupported`` for anything but http and https."""
        if uri.scheme not in (b"http", b"https"):
            raise SchemeNotSupported(f"Unsupported scheme: {uri.scheme!r}")
        # Made only when a connection is really opened: reading the trusted certificates costs 10 ms.
        tls = (lambda: self._tls_policy.creatorForNetloc(uri.host, uri.port)) if uri.scheme == b"https" else None
        return CheckedEndpoint(
            self._reactor, uri.host.decode("ascii"), uri.port, policy=self._policy, resolver=self._resolver, tls=tls
        )


def is_tls_error(error: BaseException) -> bool:
    """True for an error of the TLS handshake or of the certificate, wrapped or not. A mere cut is none."""
    if isinstance(error, SSL.Error):
        return "unexpected eof" not in str(error).lower()
    reasons = getattr(error, "reasons", None) or ()
    return isinstance(error, VerificationError) or any(is_tls_error(getattr(r, "value", r)) for r in reasons)
