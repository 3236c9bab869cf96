"""What the web does to pages, and worse: each mutation turns a page's bytes into others, driven by a seeded chance.

``MUTATIONS`` maps a name to a function of the chance, the page, and another page of the corpus.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes, bytes], bytes]

MEGABYTES = 8_000_000
DEEPEST = 5000
_TAG = re.compile(rb"</?[A-Za-z][^<>]*>")
_ATTRIBUTE = re.compile(rb"""\s[a-zA-Z-]+\s*=\s*("[^"<>]*"|'[^'<>]*')""")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?[\w-]+", re.IGNORECASE)
_BODY = re.compile(rb"<body[^>]*>(.*)</body>", re.IGNORECASE | re.DOTALL)
_LABELS = (
    b"gb2312",
    b"gbk",
    b"gb18030",
    b"utf-8",
    b"utf-16",
    b"big5",
    b"iso-8859-1",
    b"utf-7",
    b"shift_jis",
    b"x",
    b"",
)
_CODECS = ("utf-8", "gb18030", "big5", "utf-16", "latin-1", "shift_jis")
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r") + b"\x7f"
_ODD_CHARACTERS = "\u200b\u200e\u202e\ufeff\u00ad\u2028\x85\ufffe\uffff\U000e0001\U0001f600\ue000"
_OPENERS = (
    b"<!--",
    b"<script>",
    b"<style>",
    b"<textarea>",
    b"<title>",
    b"<![CDATA[",
    b"<svg>",
    b"<noscript>",
    b"<a href='",
)
_MAGIC = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00",
    b"GIF89a", b"PK\x03\x04\x14\x00\x06\x00", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08\x00", b"Rar!\x1a\x07",
    b"RIFF\x10WEBP", b"{\\rtf1\\ansi ", b"BM\x36\x00", b"\x00\x00\x00\x18ftypmp42",
)  # fmt: skip
_ATTRIBUTES = (
    b" =", b" a='", b' class="\xff\xfe"', b" style=display:none", b" id=id id=id", b" href='javascript:'", b" on=<",
    b" href='http://['", b" src='//:0'", b" href='http://a:99999999/'", b" \x00=1", b" hidden", b" class", b" href='?'",
    b" a\xe3\x80\x80=b", b" href='data:text/html,x'", b" href=' http://a b/ '", b" style='&#0;'",
    b" xmlns:o='urn' o:p=1",
)  # fmt: skip
_ENTRY = b"<title>TEXT</title><link>http://a.example/1.html</link><pubDate>Wed, 01 May 2024 08:00:00 +0800</pubDate>"
_SITEMAP = b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
_FORMATS = (
    b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><item>' + _ENTRY + b"</item></channel></rss>",
    b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><entry>" + _ENTRY + b"</entry></feed>",
    _SITEMAP + b"<url><loc>http://a.example/1.html</loc><lastmod>2024-13-45</lastmod></url></urlset>",
    b"<sitemapindex><sitemap><loc>javascript:1</loc></sitemap></sitemapindex>",
    b'{"data":{"results":[{"title":"TEXT","url":"/a/1.html","time":"2024-05-01"}],"total":1e999}}',
    b'callback([{"title":null,"url":["x"],"date":99999999999999}]);',
    b"[" * 3000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    b"<datastore><recordset><record><![CDATA[<li><a href='/art/1/art_1_2.html'>TEXT</a></li>]]></record></recordset>",
    b"TEXT",
)
_FILLERS = tuple(
    piece.encode()
    for piece in (
        "<p>质量</p>", "<div>", "<td>", "<li><a href='/a/1.html'>x</a>", "<!-- -->", "&nbsp;", " ", "\n", "<br>",
        "<span>", "2024-01-02 ", "（记者", "来源：", "a", "<script>1</script>", "<table><tr>", "http://", '"', "[1] ",
        "<p style='display:none'>", "1", "<img src=x>", "<a>", "【", "</div>", "<ul><li>", "<h1>", "<b>", "<option>",
        "<meta name=a content=b>", "/", "&#1", "第一页", "（", "：", "共", "\u3000", "<a href=1.pdf>",
        "createPageHTML(", "二〇二四年",
    )
)  # fmt: skip
"""Pieces that pages are inflated with: what patterns and loops of the reading look for, over and over."""


def flip_bytes(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Single bytes changed."""
    content = bytearray(page)
    for _ in range(rng.randint(1, 200) if content else 0):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def truncate(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """The connection broke."""
    return page[: rng.randint(0, len(page))]


def cut_head(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """The beginning is missing."""
    return page[rng.randint(0, len(page)) :]


def delete_tags(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A share of the tags left out."""
    share = rng.random()
    return _TAG.sub(lambda tag: b"" if rng.random() < share else tag[0], page)


def duplicate_tags(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A share of the tags doubled."""
    share = rng.random() / 3
    return _TAG.sub(lambda tag: tag[0] * 2 if rng.random() < share else tag[0], page)


def shuffle_tags(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Tags in each other's places."""
    tags = _TAG.findall(page)
    rng.shuffle(tags)
    left = iter(tags)
    return _TAG.sub(lambda tag: next(left), page)


def nest(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Up to 5,000 open elements inside each other."""
    tag = rng.choice((b"div", b"span", b"table><tr><td", b"b", b"ul><li", b"blockquote", b"section", b"font"))
    depth = rng.choice((50, 300, 1900, 2100, DEEPEST))
    name = tag.split(b">")[0]
    end = b"</" + name + b">" if rng.random() < 0.5 else b""
    return _inserted(rng, page, (b"<" + tag + b">") * depth, end * depth)


def garble_attributes(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Attributes of odd names, values and quotes."""
    odd = rng.choices(_ATTRIBUTES, k=5)
    share = rng.random()
    return _TAG.sub(lambda tag: tag[0].rstrip(b"/>") + rng.choice(odd) + b">" if rng.random() < share else tag[0], page)


def drop_attributes(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Names and classes gone."""
    share = rng.random()
    return _ATTRIBUTE.sub(lambda found: b"" if rng.random() < share else found[0], page)


def swap_charset(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Another charset label on the same bytes."""
    label = b"charset=" + rng.choice(_LABELS)
    changed, count = _CHARSET.subn(label, page)
    return changed if count else b'<meta http-equiv="Content-Type" content="text/html; ' + label + b'">' + page


def mix_encodings(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """One part of the page in another encoding."""
    text = page.decode("utf-8", "ignore")
    first, second = sorted(rng.randint(0, len(text)) for _ in range(2))
    start, inside, end = text[:first], text[first:second], text[second:]
    return start.encode() + inside.encode(rng.choice(_CODECS), "ignore") + end.encode(rng.choice(_CODECS), "ignore")


def add_controls(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """NUL and control characters between the others."""
    content = bytearray(page)
    for _ in range(rng.randint(1, 300)):
        content.insert(rng.randint(0, len(content)), rng.choice(_CONTROLS))
    return bytes(content)


def add_odd_characters(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Invisible, private and reversed characters, raw and as references."""
    for _ in range(rng.randint(1, 60)):
        char = rng.choice(_ODD_CHARACTERS)
        raw = char.encode("utf-8", "surrogatepass") if rng.random() < 0.5 else f"&#{ord(char)};".encode()
        page = _inserted(rng, page, raw * rng.randint(1, 30))
    return page


def huge_attribute(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """One attribute of up to two megabytes."""
    piece = rng.choice(
        (b"a", b"<", b"&amp;", b" ", b"2024-01-01", b"a b ", b"\xe6\x9d\xa5\xe6\xba\x90", b"display:none;", b"../")
    )
    name = rng.choice((b"class", b"style", b"title", b"content", b"href", b"src", b"onclick", b"id", b"width"))
    tag = rng.choice((b"div", b"a", b"img", b"meta name='PubDate'", b"p", b"link rel=canonical", b"base"))
    return _inserted(
        rng, page, b"<" + tag + b" " + name + b'="' + piece * rng.choice((2_000, 100_000, 200_000)) + b'">'
    )


def leave_open(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A comment, script or the like that never ends."""
    return _inserted(rng, page, rng.choice(_OPENERS))


def inflate(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Eight megabytes of one piece."""
    piece = rng.choice(_FILLERS)
    return _inserted(rng, page, piece * (MEGABYTES // len(piece)))


def fatten(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Half a megabyte of one to three pieces in turn: small enough to be read whole."""
    pieces = b"".join(rng.choice(_FILLERS) for _ in range(rng.randint(1, 3)))
    return _inserted(rng, page, pieces * (rng.choice((20_000, 200_000, 550_000)) // len(pieces)))


def entity_bomb(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Entities that would blow up, and references to no character."""
    levels = b"".join(
        b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10 if level else b"lol") for level in range(9)
    )
    bomb = b"<!DOCTYPE html [" + levels + b"]>"
    odd = rng.choice(
        (b"&a8;", b"&#x110000;", b"&#xd800;", b"&#0;", b"&#99999999999999;", b"&amp;" * 50, b"&nbsp" * 500)
    )
    return bomb + _inserted(rng, page, odd * rng.randint(1, 40))


def double_body(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """The same body two to five times."""
    return _BODY.sub(lambda body: body[0] + body[1] * rng.randint(1, 4), page)


def drop_body_tag(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """No head and body, or the text outside them."""
    for tag in rng.sample((b"html", b"head", b"body", b"title", b"p", b"div"), rng.randint(1, 4)):
        page = re.sub(rb"</?" + tag + rb"\b[^<>]*>", b"", page, flags=re.IGNORECASE)
    return page + rng.choice((b"", b"</body></html>")) * rng.randint(0, 2)


def move_outside(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """The document ends before its text."""
    return re.sub(rb"(<body[^>]*>)", rb"\1</body></html>", page, count=1, flags=re.IGNORECASE)


def glue_slices(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Slices of two pages behind each other."""
    pieces = []
    for _ in range(rng.randint(2, 8)):
        source = rng.choice((page, other))
        start = rng.randint(0, len(source))
        pieces.append(source[start : start + rng.randint(10, 20_000)])
    return b"".join(pieces)


def other_page(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A list where an article is expected, an article where a list is, another site's page."""
    return other


def magic(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A picture, document or archive served as a page, with or without the page behind it."""
    rest = bytes(rng.randrange(256) for _ in range(rng.randint(0, 400)))
    return rng.choice(_MAGIC) + rest + (page if rng.random() < 0.5 else b"")


def other_format(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """A feed, a sitemap or an answer of an interface, whole or spoiled, where a page is expected."""
    text = re.sub(rb"<[^<>]*>", b" ", page)[:2000].replace(b"&", b"").replace(b'"', b"")
    made = rng.choice(_FORMATS).replace(b"TEXT", text[:60].strip())
    return rng.choice((made, made + page, truncate(rng, made, other), flip_bytes(rng, made, other)))


def spoil_dates(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Dates that do not exist or lie ahead."""
    odd = (b"2024-13-45", b"9999-12-31 23:59", b"0000-00-00", b"2024-02-30 25:61", b"1-1-1", b"2099-01-01 00:00:00",
           b"20240101T000000Z", b"1714521600000", b"2024-01-01T00:00:00+99:99", b"2024-05-01 24:00")  # fmt: skip
    return re.sub(rb"20\d\d[-/.]\d{1,2}[-/.]\d{1,2}( \d\d:\d\d(:\d\d)?)?", lambda found: rng.choice(odd), page)


def spoil_labels(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Labels of the info line repeated, without value, run together."""
    labels = (
        "来源：",
        "作者：",
        "记者 ",
        "（记者",
        "责任编辑：",
        "时间：",
        "文/",
        "【",
        "】",
        "通讯员",
        "相关阅读",
        "分享到",
        "当前位置：",
        "下一页",
    )
    for _ in range(rng.randint(1, 40)):
        page = _inserted(rng, page, "".join(rng.choices(labels, k=rng.randint(1, 60))).encode())
    return page


def several(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Two to four of the cheap mutations, one after the other."""
    for name in rng.sample(_CHEAP, rng.randint(2, 4)):
        page = MUTATIONS[name](rng, page, other)
    return page


def untouched(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """The page as it is."""
    return page


def _inserted(rng: random.Random, page: bytes, piece: bytes, end: bytes = b"") -> bytes:
    """The piece between two tags of the page, or anywhere when it has none; ``end`` behind a later one."""
    places = [found.end() for found in _TAG.finditer(page)] or [rng.randint(0, len(page))]
    first, second = sorted(rng.choice(places) for _ in range(2))
    return page[:first] + piece + page[first:second] + end + page[second:]


_ALL = (
    flip_bytes, truncate, cut_head, delete_tags, duplicate_tags, shuffle_tags, nest, garble_attributes, drop_attributes,
    swap_charset, mix_encodings, add_controls, add_odd_characters, huge_attribute, leave_open, inflate, fatten,
    entity_bomb, double_body, drop_body_tag, move_outside, glue_slices, other_page, magic, other_format, spoil_dates,
    spoil_labels, several, untouched,
)  # fmt: skip
MUTATIONS: dict[str, Mutation] = {one.__name__.replace("_", " "): one for one in _ALL}
_COSTLY = {"inflate", "fatten", "several", "untouched", "nest", "huge attribute", "other page"}
_CHEAP = sorted(set(MUTATIONS) - _COSTLY)
