"""A page opened once: bytes decoded, one tree, cached selectors. Everything in reading works on this."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

from cssselect import HTMLTranslator, SelectorError
from cssselect import parse as cssselect_parse
from cssselect.parser import CombinedSelector
from cssselect.xpath import XPathExpr
from lxml import etree

from crawler.exceptions import BadContent
from crawler.reading.challenge import shown_text
from crawler.reading.charset import decode
from crawler.reading.text import clean
from crawler.reading.urls import absolute

Element: TypeAlias = etree._Element

MAX_CHARS = 600_000
"""Characters of markup that are read; embedded pictures do not count. No article comes near; time stays bounded."""
MAX_TAGS = 24_000
_MAX_BAD_SHARE = 0.05
_DEEPEST = 250
"""Elements inside each other. Real pages have 20; libxml2 gives up at 2048, and asking for ancestors costs."""
_FLAT_DEPTH = 100
_FEW_HOLDERS = 30
_too_deep = etree.XPath(f"boolean({'/*' * (_DEEPEST + 1)})")

_MAGIC = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF8", "GIF picture"),
    (b"PK\x03\x04", "zip or Office file"),
    (b"\xd0\xcf\x11\xe0", "old Office file"),
    (b"\x1f\x8b", "gzip data"),
    (b"Rar!", "rar archive"),
    (b"7z\xbc\xaf", "7z archive"),
    (b"BM", "BMP picture"),
    (b"RIFF", "media file"),
    (b"\x00\x00\x00", "media file"),
    (b"{\\rtf", "RTF file"),
)
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\x0b\f\r\x1a\x1b")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,30})", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{1,30})", re.IGNORECASE)
_DATA_URI = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,40};base64,[A-Za-z0-9+/=]+", re.IGNORECASE)
_LEAVES = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "a", "img", "br", "script", "style", "title"])
_INLINE = frozenset(["a", "abbr", "b", "big", "em", "font", "i", "label", "small", "span", "strong", "sub", "sup", "u"])
_WRAPPER_END = re.compile(r"</(?:div|span|font|b|i|u|em|strong|section|center|blockquote|ul)\s*>", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9-]*\Z")
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)(?:([.#])([A-Za-z_][\w-]*))?\Z")
_XML_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f]")


@dataclass
class Page:
    """``base`` is what relative addresses refer to. ``warnings`` tell of charset and size."""

    url: str
    base: str
    text: str
    root: Element
    charset: str
    warnings: list[str]


def open_page(content: bytes, url: str, headers: Mapping[str, str] | None = None, *, scale: int = 1) -> Page:
    """Decode and parse. Raises BadContent for binary, empty and undecodable bytes.

    ``scale`` multiplies how much is read; a list page may be longer than any article.
    """
    _refuse_binary(content)
    declared = _declared_charset(content, headers)
    decoded = decode(content, declared)
    if decoded.bad_share > _MAX_BAD_SHARE:
        raise BadContent(f"{decoded.bad_share:.0%} of the characters cannot be decoded as {decoded.charset}")
    text, warnings = decoded.text, decoded.warnings
    if "<" not in text:
        raise BadContent(f"no markup in the answer: {text.strip()[:60]!r}")
    if len(text) > MAX_CHARS // 8:
        text = _shortened(text, warnings, scale)
    raw = content if decoded.charset == "utf-8" and len(text) == len(decoded.text) else None
    root = parse(text, raw)
    if root is None:
        raise BadContent(f"no readable markup in the answer: {text.strip()[:60]!r}")
    return Page(url, _base(root, url), text, root, decoded.charset, warnings)


def parse(text: str, raw: bytes | None = None) -> Element | None:
    """The tree of a page or fragment (``raw``: the same text in UTF-8, when at hand); None when nothing is in it."""
    if "\x00" in text:
        text, raw = text.replace("\x00", ""), None
    data = raw if raw is not None else text.encode("utf-8", "replace")
    # A parser is cheap to make, and one shared by threads would be locked.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False)
    try:
        root = cast("Element | None", etree.fromstring(data, parser))
    except etree.XMLSyntaxError:  # nothing in it
        return None
    if root is not None and _too_deep(root):
        return _flat_tree(text)
    if root is not None and root.getnext() is not None:
        _take_in(root)
    return root


def _take_in(root: Element) -> None:
    """Hang what stands behind ``</html>`` into the page; libxml2 begins another document there, browsers go on."""
    target = root.find("body")
    for extra in list(root.itersiblings("html")):
        for body in list(extra.iter("body")):
            body.tag = "div"
        extra.tag = "div"
        (root if target is None else target).append(extra)


@lru_cache(maxsize=2048)
def compiled(css: str) -> etree.XPath:
    """The selector as XPath, for descendants of the element it is called on. ValueError when it is no selector."""
    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(css, prefix="descendant::"))
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"not a CSS selector: {css!r} ({error})") from error


@dataclass(frozen=True)
class _RootSelector:
    """One selector for whole pages: how many elements its left side has, and two ways to the same answer."""

    holders: etree.XPath | None
    from_holders: etree.XPath
    from_found: etree.XPath

    def __call__(self, root: Element) -> list[Element]:
        many = self.holders is not None and cast("float", self.holders(root)) > _FEW_HOLDERS
        return cast("list[Element]", (self.from_found if many else self.from_holders)(root))


@lru_cache(maxsize=2048)
def _compiled_for_root(css: str) -> tuple[_RootSelector, ...]:
    """One for each selector of the group: joining two sets costs libxml2 the square of their size."""
    compiled(css)  # says so when it is no selector
    above = _RootTranslator()
    found = []
    for one in cssselect_parse(css):
        tree = one.parsed_tree
        holders = None
        if isinstance(tree, CombinedSelector):
            holders = etree.XPath(f"count(descendant::{above.xpath(tree.selector)})")
        usual = HTMLTranslator().selector_to_xpath(one, prefix="descendant::", translate_pseudo_elements=True)
        other = above.selector_to_xpath(one, prefix="descendant::", translate_pseudo_elements=True)
        found.append(_RootSelector(holders, etree.XPath(usual), etree.XPath(other)))
    return tuple(found)


class _RootTranslator(HTMLTranslator):
    """Writes ``li a`` as "links that have an li above them". libxml2 joins what it finds below each of many elements in
    a time that grows with the square of their number: 10 s for the 30,000 links of a large list, and 0.03 s this way.

    An ancestor may stand outside the element that is searched, so this is right for whole pages only.
    """

    def xpath_descendant_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        if left.path or right.path:
            return super().xpath_descendant_combinator(left, right)
        return right.add_condition(f"ancestor::{left}")

    def xpath_child_combinator(self, left: XPathExpr, right: XPathExpr) -> XPathExpr:
        if left.path or right.path:
            return super().xpath_child_combinator(left, right)
        return right.add_condition(f"parent::{left}")


def select(element: Element, css: str) -> list[Element]:
    """Elements below ``element`` in document order."""
    if element.getparent() is not None:
        return cast("list[Element]", compiled(css)(element))
    found = [nodes for one in _compiled_for_root(css) if (nodes := one(element))]
    if len(found) < 2:
        return found[0] if found else []
    wanted = {node for nodes in found for node in nodes}
    return [node for node in element.iter() if node in wanted]


def first(element: Element, css: str) -> Element | None:
    """The first of ``select``; the search ends there."""
    simple = _simple(css)
    if simple is None:
        found = select(element, css)
        return found[0] if found else None
    tag, name, value = simple
    for node in element.iterdescendants(tag):
        if not name or value in (node.get(name) or "").split():
            return node
    return None


def each(element: Element, css: str) -> Iterator[Element]:
    """The elements of ``select``, for callers that mostly stop at the first."""
    node = first(element, css)
    if node is not None:
        yield node
        yield from select(element, css)[1:]


def quotation(page: Page) -> str:
    """Title, first words and number of links of a page, for messages."""
    title = page.root.find(".//title")
    named = clean("".join(map(str, title.itertext()))) if title is not None else ""
    start = max(page.text.find("<body"), 0)
    shown = shown_text(page.text[start : start + 20_000])
    return f"title {named[:60]!r}, text {shown[:100]!r}, {len(page.root.findall('.//a'))} links"


@lru_cache(maxsize=2048)
def _simple(css: str) -> tuple[str, str, str] | None:
    """Tag, attribute and value of a selector like ``div.text`` or ``h1``; None for all others.

    Most layouts are written so, and a loop that stops early is several times faster than XPath over the whole page.
    """
    match = _SIMPLE.match(css)
    if match is None:
        return None
    return match[1], {".": "class", "#": "id", None: ""}[match[2]], match[3] or ""


def _refuse_binary(content: bytes) -> None:
    if content[:1] == b"<" and b"\0" not in content[:4096]:
        return
    if not content.strip():
        raise BadContent(f"the answer is empty ({len(content)} bytes)")
    for magic, kind in _MAGIC:
        if content.startswith(magic) and not content.startswith((b"BM<", b"RIFF<")):
            raise BadContent(f"the answer is no page but a {kind}: starts with {content[:12]!r}")
    head = content[:4096]
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > len(head) // 50 and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadContent(f"the answer is binary: {controls} control bytes in the first {len(head)}")


def _declared_charset(content: bytes, headers: Mapping[str, str] | None) -> str | None:
    found = _META_CHARSET.search(content, 0, 4096)
    if found:
        return found[1].decode("ascii")
    for name, value in (headers or {}).items():
        if name.lower() == "content-type":
            match = _HEADER_CHARSET.search(value)
            return match[1] if match else None
    return None


def _shortened(text: str, warnings: list[str], scale: int) -> str:
    limit, most_tags = MAX_CHARS * scale, MAX_TAGS * scale
    if len(text) > limit and "base64," in text:
        text = _DATA_URI.sub("", text)
    tags = text.count("<")
    if tags > most_tags:
        limit = min(limit, len(text) * most_tags // tags)
    if len(text) > limit:
        warnings.append(f"page: only the first {limit} of {len(text)} characters were read")
        text = text[:limit]
    return text


def _base(root: Element, url: str) -> str:
    node = root.find("head/base")
    return (absolute(url, node.get("href")) if node is not None else None) or url


def _flat_tree(text: str) -> Element | None:
    """The tree with everything below a depth hung up higher; for pages nested too deep for libxml2's own tree.

    Its parser has no such limit: only where it builds the tree itself does it give up.
    """
    if text.count("<") > MAX_TAGS:
        # The beginning of each is looked for in all open elements; nothing hangs on the end of these.
        text = _WRAPPER_END.sub("", text)
    target = _FlatTarget()
    # The stubs ask for the methods that a target may leave out.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, collect_ids=False, target=target)  # type: ignore[call-overload]
    try:
        return cast("Element | None", etree.fromstring(text.encode("utf-8", "replace"), parser))
    except (etree.XMLSyntaxError, AssertionError):  # nothing in it
        return None


class _FlatTarget:
    """Builds a tree of bounded depth from the parser's events. Below ``_FLAT_DEPTH`` only paragraphs, links, pictures
    and the like are made; another block element there becomes a line break."""

    def __init__(self) -> None:
        self.builder = etree.TreeBuilder()
        self.made: list[str | None] = []
        self.depth = self.muted = 0
        self.broken = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        leaf = tag in _LEAVES and self.depth < 2 * _FLAT_DEPTH
        made = _NAME.match(tag) is not None and (self.depth < _FLAT_DEPTH or leaf)
        # A second document behind </html> belongs to the first one's page.
        name = "div" if (tag == "html" and self.depth) or (tag == "body" and self.depth > 1) else tag
        self.made.append(name if made else None)
        if made:
            kept = {key: _XML_CONTROL.sub("", value) for key, value in attributes.items() if _NAME.match(key)}
            self.builder.start(name, kept)
            self.depth += 1
            self.broken = False
        elif tag in ("script", "style"):
            self.muted += 1
        elif tag not in _INLINE:
            self.broken = True

    def end(self, tag: str) -> None:
        name = self.made.pop()
        if name:
            if self.depth > 1:  # the root stays open until the end
                self.builder.end(name)
                self.depth -= 1
        elif tag in ("script", "style"):
            self.muted -= 1
        elif tag not in _INLINE:
            self.broken = True

    def data(self, text: str) -> None:
        if self.muted:
            return
        if self.broken and not text.isspace():
            self.builder.start("br", {})
            self.builder.end("br")
            self.broken = False
        self.builder.data(_XML_CONTROL.sub("", text))

    def close(self) -> Element:
        if self.depth:
            self.builder.end("html")
        return self.builder.close()
