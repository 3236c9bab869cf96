"""Addresses: what is the same page, and where a link leads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

_DROPPED = (
    "phpsessid jsessionid aspsessionid sessionid session_id spm from from_source fromsource share shareid share_token "
    "sharefrom isappinstalled timestamp _t _ rnd random tdsourcetag scene clicktime enterid gclid fbclid yclid "
    "msclkid bd_vid referer vd_source"
)
DROPPED_PARAMS = frozenset(_DROPPED.split())
"""Query parameters that never choose another page: sessions, shares, cache busters."""
_DROPPED_PREFIXES = ("utm_", "hmsr", "hmpl", "hmcu", "hmkw", "hmci")
_INDEX_PAGES = frozenset(
    f"{stem}.{end}" for stem in ("index", "default") for end in ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
)
_PATH_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_EDGE = "".join(map(chr, range(0x21))) + "\x7f\xa0\u200b\u3000\ufeff"
_LONG_ID = re.compile(r"[0-9A-Za-z_-]{16,}\Z")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "!$&'()*+,;=:@/%~"

MIRRORS = {
    "kbm75.com": "www.cinic.org.cn",
    "tasting24.com": "www.cinic.org.cn",
    "etvsebi.cn": "www.chinajl.com.cn",
    "ynkmjykj.com": "www.chinajl.com.cn",
    "m.ynkmjykj.com": "www.chinajl.com.cn",
    "jinshudabaoji.com": "www.cqn.com.cn",
    "binuoshi.com": "www.cqn.com.cn",
}
"""Hosts that print another site's pages under the same paths."""
_GATE = re.compile(r"/gate/big5/([^/]+)(/.*)?\Z")


def absolute(base: str, href: str | None) -> str | None:
    """The address a link leads to, without fragment; None for what is no web page (javascript:, mailto:, data: …)."""
    if href is None:
        return None
    href = href.strip(_EDGE)
    if not href or href[0] == "#":
        return None
    path, mark, query = href.partition("?")
    href = path.replace("\\", "/") + mark + query  # as browsers do
    try:
        parts = urlsplit(urljoin(base, href))  # drops tabs and line breaks inside
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
            return None
        _ = parts.port  # a bad port raises here, not in the crawl
    except ValueError:
        return None
    return urlunsplit(parts._replace(fragment="")).replace(" ", "%20")


def canonical_url(url: str, *, keep_params: Collection[str] = ()) -> str:
    """The one spelling of a page's address: lower-case host, no default port, no fragment, no session and tracking
    parameters, no index page name. The scheme and ``www.`` stay as seen; parameters named in ``keep_params`` stay too.

    An address that cannot be parsed is returned stripped, otherwise unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url.strip()
    if not host:
        return url.strip()
    scheme = parts.scheme.lower()
    if ":" in host:
        host = f"[{host}]"
    if port and port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    query = _query(parts, keep_params)
    # "index.php?id=7" is a program and its argument; only a bare index page is the folder itself.
    return urlunsplit((scheme, host, _path(parts, is_bare=not query), query, ""))


def url_key(url: str) -> bytes:
    """16 bytes that are equal for the spellings of one page: scheme, ``www.`` and parameter order do not matter."""
    parts = urlsplit(canonical_url(url))
    host = parts.netloc.removeprefix("www.")
    query = "&".join(sorted(parts.query.split("&")))
    return hashlib.blake2b(f"{host}{parts.path}?{query}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def is_mirror_host(host: str) -> bool:
    """Whether the host is known to print another site's pages with noise in them."""
    return host.lower().removeprefix("www.").partition(":")[0] in MIRRORS


def original_url(url: str) -> str:
    """The address on the original host, for pages of known mirrors and of big5 gateways; else the address itself."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    if host in MIRRORS:
        return urlunsplit(parts._replace(netloc=MIRRORS[host]))
    gate = _GATE.match(parts.path) if host.startswith("big5.") else None
    if gate:
        return urlunsplit(parts._replace(netloc=gate[1], path=gate[2] or "/"))
    return url


def _path(parts: SplitResult, *, is_bare: bool) -> str:
    path = _PATH_SESSION.sub("", parts.path) or "/"
    if "%" in path:
        path = _PERCENT.sub(_unescape, path)
    head, _, last = path.rpartition("/")
    if is_bare and last.lower() in _INDEX_PAGES:
        path = head + "/"
    return _quoted(path)


def _query(parts: SplitResult, keep: Collection[str]) -> str:
    if not parts.query:
        return ""
    kept = []
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if pair and (name in keep or not _is_dropped(name.lower(), value)):
            kept.append(pair)
    return _quoted("&".join(kept))


def _is_dropped(name: str, value: str) -> bool:
    if name == "sid":  # a session on some sites, an article's number on others
        return bool(_LONG_ID.match(value))
    return name in DROPPED_PARAMS or name.startswith(_DROPPED_PREFIXES)


def _unescape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else "%" + match[1].upper()


def _quoted(text: str) -> str:
    if text.isascii() and " " not in text:
        return text
    return quote(text, safe=_SAFE + "?", errors="surrogatepass")
