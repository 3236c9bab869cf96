"""Which CMS family made a page: by what only that system prints, then by the shape of the address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SURE = 0.9
"""From this confidence on a marker of the family itself stands on the page."""
_READ = 600_000  # characters; as much as a reader reads of any article

_ADDRESS_HEAD = re.compile(r"[^\"'\s<>()=]*\Z")
_CERTAIN, _LIKELY, _ADDRESS_ONLY, _AGREES = 0.95, 0.7, 0.4, 0.04


@dataclass(frozen=True)
class FamilyGuess:
    """A family's name as site files spell it, how sure the guess is (0 to 1), and the words it rests on."""

    name: str
    confidence: float
    marker: str


@dataclass(frozen=True)
class _Marker:
    """``words``: one of them stands wherever the pattern matches; looking for words is ten times faster.

    ``own``: what matches is part of an address, and counts only where that lies on the page's own host.
    """

    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    confidence: float = _CERTAIN
    own: bool = False


def _marker(name: str, words: str, pattern: str, confidence: float = _CERTAIN, own: bool = False) -> _Marker:
    return _Marker(name, tuple(words.split()), re.compile(pattern), confidence, own)


# In this order the first hit wins. Systems that carry another's words (a portal that moved keeps its old markup inside)
# stand before that other.
_MARKERS = (
    _marker(
        "founder",
        "enpproperty enpcontent <founder-",
        r"<!--\s*/?enp(?:property|content)\b|<founder-(?:title|content|date)\b",
    ),
    _marker(
        "founder",
        "displaypagenum mpagecount mcurrentpage",
        r"id=[\"']?(?:displaypagenum|mpagecount|mcurrentpage)\b",
    ),
    _marker("jpaas", "jpaas-publish-server queryData", r"jpaas-publish-server|queryData\s*=\s*[\"']\s*\{"),
    _marker(
        "jcms",
        "jpage/dataproxy ZJEG_RSS. <$[信息 jpageform_ module/xxgk/search.jsp",
        r"jpage/dataproxy|ZJEG_RSS\.|<!--\s*<\$\[信息|jpageform_\d|module/xxgk/search\.jsp",
    ),
    _marker("truecms", "messageController/getMessage", "messageController/getMessage"),
    _marker("epoint", "lightfrontaction EWB-FRONT", "lightfrontaction|EWB-FRONT"),
    _marker("ls", "Ls.pagination", r"\bLs\.pagination\s*\("),
    _marker(
        "vsb",
        "_showDynClickBatch vsb_content p_pages /system/_content/",
        r"_showDynClickBatch|id=[\"']?vsb_content|class=[\"']?p_pages\b|/system/_content/",
    ),
    _marker(
        "trs",
        "createPageHTML TRS_ trs_editor_view",
        r"createPageHTML\s*\(|\bTRS_(?:UE)?E?(?:DITOR|ditor)\b|\btrs_editor_view\b",
    ),
    _marker(
        "govcn",
        "UCAP-CONTENT ZUIXINZHENGCE.json firstpublishedtime",
        r"id=[\"']?UCAP-CONTENT|\bZUIXINZHENGCE\.json|name=[\"']?firstpublishedtime\b",
    ),
    _marker("nfcms", "/gkmlpt/ post_", r"/gkmlpt/|/content/m?post_\d+\.html", own=True),
    _marker("empire", "/e/", r"/e/(?:public/ViewClick|extend/|search/|member/|tool/)", own=True),
    _marker("phpcms", "m=content op=count", r"index\.php\?m=content&(?:amp;)?c=index|api\.php\?op=count", own=True),
    _marker("phpcms", "name=\"m\" name='m'", r"name=[\"']m[\"'] value=[\"'](?:search|content)[\"']", _LIKELY),
    _marker(
        "dede",
        "DedeCMS /plus/ dede_pages",
        r"Powered by DedeCMS|/plus/(?:count|list|search|digg_ajax|feedback)\.php|class=[\"']dede_pages",
    ),
    _marker("dede", "pagelist", r"<ul class=[\"']pagelist[\"']>", _LIKELY),
    _marker("jeecms", ".jhtml", r"\.jhtml\b", _LIKELY, own=True),
    _marker("ls", "j-fontContent ls-article-info", r"\b(?:j-fontContent|ls-article-info)\b", _LIKELY),
    _marker("epoint", "ewb-", r"\bewb-(?:article|list|info|right)", _LIKELY),
    _marker("empire", "epages", r"class=[\"']epages[\"']", _LIKELY),
)

# Shapes that one system alone writes, or nearly so. Founder's is also that of the State Council's portal.
_SHAPES = (
    ("govcn", re.compile(r"//(?:www|big5)\.gov\.cn/[^?#]*content_\d+\.html?")),
    ("founder", re.compile(r"/content/\d{4}-\d\d/\d\d/content_\d+(?:_\d+)?\.html?|/node_\d+(?:_\d+)?\.html?\b")),
    ("trs", re.compile(r"/t\d{8}_\d{3,}(?:_\d+)?\.s?html?")),
    ("jpaas", re.compile(r"/art/\d{4}/art_[0-9a-f]{32}\.html")),
    ("jcms", re.compile(r"/art/\d{4}/\d{1,2}/\d{1,2}/art_\d+_\d+\.html|/col/col\d+/")),
    ("nfcms", re.compile(r"/content/m?post_\d+\.html")),
    ("vsb", re.compile(r"/info/\d{3,5}/\d+\.htm\b")),
    ("ls", re.compile(r"/content/column/\d+\b")),
    ("epoint", re.compile(r"/\d{8}/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.html")),
    ("phpcms", re.compile(r"index\.php\?m=content&c=index")),
    ("jeecms", re.compile(r"\.jhtml\b")),
)


def detect_family(text: str, url: str) -> FamilyGuess | None:
    """The family that made this page, or None.

    ``text`` is the decoded markup, ``url`` the page's address. A marker on the page decides; the address raises the
    confidence when it agrees, and alone makes a guess of confidence 0.4. Never raises.
    """
    shape, shown = _shape_of(url)
    text = text[:_READ]
    for marker in _MARKERS:
        words = _find(marker, text, url)
        if words:
            # hanweb's two systems print the same comments around a text; the address tells them apart.
            name = "jpaas" if (marker.name, shape) == ("jcms", "jpaas") else marker.name
            agrees = _AGREES if shape == name else 0.0
            return FamilyGuess(name, marker.confidence + agrees, words[:80])
    return FamilyGuess(shape, _ADDRESS_ONLY, shown[:80]) if shape else None


def _shape_of(url: str) -> tuple[str, str]:
    for name, shape in _SHAPES:
        found = shape.search(url[:2000])
        if found:
            return name, found[0]
    return "", ""


def _find(marker: _Marker, text: str, url: str) -> str:
    if not any(word in text for word in marker.words):
        return ""
    if not marker.own:
        found = marker.pattern.search(text)
        return found[0] if found else ""
    host = _host(url)
    for number, match in enumerate(marker.pattern.finditer(text)):
        before = _ADDRESS_HEAD.search(text[max(match.start() - 200, 0) : match.start()])
        address = (before[0] if before else "") + match[0]
        if _host(address) in ("", host):
            return address
        if number >= 50:  # a page of links to such sites, and none of its own
            break
    return ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return "?"
