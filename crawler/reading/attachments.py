"""Files that an article links to: in its text or right below it, by their address or by a download program."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.exceptions import CrawlError
from crawler.items import ArticleItem, Attachment, Fetch
from crawler.reading.body import hidden
from crawler.reading.office_pages import is_office_page
from crawler.reading.page import Element, Page, open_page
from crawler.reading.text import clean
from crawler.reading.urls import absolute, url_key

_ENDINGS = "pdf|docx?|xlsx?|pptx?|wps|et|ofd|rtf|zip|rar|7z"
_FILE = re.compile(rf"\.({_ENDINGS})\Z", re.IGNORECASE)
_NAMED_FILE = re.compile(rf"\.(?:{_ENDINGS})\s*[)）]?\s*(?:[(（\[]?[\d.]+\s*[KM]B?[)）\]]?)?\Z", re.IGNORECASE)
_ARCHIVES = frozenset({"zip", "rar", "7z"})
# hanweb: /module/download/downfile.jsp?filename=…; VSB: /system/_content/download.jsp?…wbfileid=; /protocol/attach?id=
_PROGRAM = re.compile(
    r"(?:^|[/_])(?:down(?:load)?(?:file|attach(?:ment)?)?s?|downloadattachurl|file_?down(?:load)?|attach(?:ment)?s?"
    r"|getfile|readfile|showfile|openfile|annex)(?:\.\w{2,5})?(?:/|\Z)",
    re.IGNORECASE,
)
_FILE_PARAM = re.compile(r"attach|file|annex|fujian|fj", re.IGNORECASE)
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s>]{1,600})")
_HINT = re.compile(rf"\.(?:{_ENDINGS})(?:$|[?&#;%])|attach|annex|fujian|file\w{{0,8}}=".encode("ascii"), re.IGNORECASE)
# Literals are found many times faster than alternatives; each link is looked at only where one stands on the page.
_MARKS = tuple(b".pdf .doc .xls .ppt .wps .et .ofd .rtf .zip .rar .7z attach annex fujian file".split())
_PROGRAM_HINT = re.compile(rb"down|getfile|readfile|showfile|openfile", re.IGNORECASE)
_ANNEXED = tuple("附件".encode(charset) for charset in ("utf-8", "gb18030", "big5"))
_MAYBE = re.compile(f"{_HINT.pattern.decode('ascii')}|{_PROGRAM_HINT.pattern.decode('ascii')}", re.IGNORECASE)
# Where the page turns to something else: what is linked below belongs to others.
_END = re.compile(
    r"上一[篇条][:：]|下一[篇条][:：]|相关(?:新闻|链接|文章|信息|阅读|报道|推荐|稿件|文件|政策|解读|资讯)|推荐阅读|热门(?:文章|新闻|推荐)"
    r"|延伸阅读|猜你喜欢|主办(?:单位)?[:：]|版权所有|ICP备|网站标识码|友情链接|网站地图|网友评论|Copyright"
)
_UNREAD = frozenset({"script", "style", "noscript", "template", "nav", "footer", "aside", "select", "head"})
_BELOW = 4000  # characters below the text that are still the article's
_KEY_CHARS = 24
_SKIPPED_NAMES = re.compile(r"(?:点击)?(?:此处|这里)?(?:下载|查看)?(?:附件)?|附件下载|相关附件|download", re.IGNORECASE)

_ZIP_KINDS = (
    (b"word/document", "docx"),
    (b"xl/workbook", "xlsx"),
    (b"ppt/presentation", "pptx"),
    (b"OFD.xml", "ofd"),
)
_OLE_KINDS = (("EncryptedPackage", "encrypted"), ("WordDocument", "doc"), ("Workbook", "xls"), ("Book", "xls"))


def add_attachments(item: ArticleItem, fetch: Fetch) -> None:
    """Add to ``item.attachments`` what the reading of its text alone does not see."""
    if not _may_link(fetch.body):
        return
    try:
        page = open_page(fetch.body, fetch.url, fetch.headers)
    except CrawlError:  # it was read a moment ago, so this does not happen
        return
    known = {url_key(file.url) for file in item.attachments}
    for file in find_attachments(page, item.title, item.body.split("\n")):
        if url_key(file.url) not in known:
            known.add(url_key(file.url))
            item.attachments.append(file)


def _may_link(content: bytes) -> bool:
    """A quick look that spares most pages the search."""
    annexed = any(word in content for word in _ANNEXED)
    small = content.lower()
    if not annexed and not any(mark in small for mark in _MARKS):
        return False
    return any(_HINT.search(link[1]) or (annexed and _PROGRAM_HINT.search(link[1])) for link in _HREF.finditer(content))


def find_attachments(page: Page, title: str, paragraphs: Sequence[str]) -> list[Attachment]:
    """Links to files between the headline and the end of the article, in page order, each address once.

    ``paragraphs`` are the article's text as read: they tell where on the page it stands.
    """
    if not any(_file(page, node, "附件") for node in page.root.iter("a") if node.get("href")):
        return []
    stream, anchors = _flat(page.root)
    start, end = _extent(stream, title, paragraphs)
    if start is None:
        return []
    found: dict[str, Attachment] = {}
    for node, place in anchors:
        if start <= place <= end:
            file = _file(page, node, stream[max(0, place - 40) : place])
            if file is not None:
                found.setdefault(file.url, file)
    return list(found.values())


def why_left(file: Attachment) -> str:
    """Why a file is not fetched although it could be; "" when it is."""
    ending = _ending(file.url) or _ending(file.name)
    return f"{ending} archives are not read" if ending in _ARCHIVES else ""


def kind_of_file(body: bytes) -> tuple[str, str]:
    """What the bytes are: pdf, doc, docx, xls, xlsx, pptx, ofd, rtf, "html" (an Office file saved as a page), "ole"
    (another old Office file) or "encrypted".

    Second: what was seen, in words, when the first is "".
    """
    if b"%PDF-" in body[:1024]:
        return "pdf", ""
    if body.startswith(b"PK\x03\x04"):
        for mark, kind in _ZIP_KINDS:
            if mark in body:
                return kind, ""
        return "", "a zip archive of another kind"
    if body.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return next((kind for name, kind in _OLE_KINDS if name.encode("utf-16-le") in body), "ole"), ""
    if body.startswith(b"{\\rtf"):
        return "rtf", ""
    if not body.strip():
        return "", f"empty ({len(body)} bytes)"
    if re.search(rb"<(?:!doctype\s+html|html|head|body|script)\b", body[:2048], re.IGNORECASE):
        if is_office_page(body):
            return "html", ""
        return "", "a page of HTML"
    return "", f"begins with {body[:16]!r}"


def _flat(root: Element) -> tuple[str, list[tuple[Element, int]]]:
    """The page's text without white space, and where in it each visible link begins."""
    pieces: list[str] = []
    anchors: list[tuple[Element, int]] = []
    length = 0
    todo: list[tuple[Element, bool]] = [(root, False)]
    while todo:
        node, ended = todo.pop()
        text = None
        if ended or not isinstance(node.tag, str) or node.tag in _UNREAD or hidden(node):
            text = node.tail
        else:
            if node.tag == "a" and node.get("href"):
                anchors.append((node, length))
            text = node.text
            if node is not root:
                todo.append((node, True))
            todo.extend((child, False) for child in reversed(node))
        if text:
            text = "".join(text.split())
            pieces.append(text)
            length += len(text)
    return "".join(pieces), anchors


def _extent(stream: str, title: str, paragraphs: Sequence[str]) -> tuple[int | None, int]:
    """Where the article begins (its headline, if that stands above) and where what follows it ends."""
    lines = ["".join(line.split()) for line in paragraphs]
    lines = [line for line in lines if line]
    if not lines:
        return None, 0
    first = next((at for line in lines[:5] if (at := stream.find(line[:_KEY_CHARS])) >= 0), None)
    if first is None:
        return None, 0
    last = first
    for line in reversed(lines[-5:]):
        at = stream.find(line[-_KEY_CHARS:], first)
        if at >= 0:
            last = at + len(line[-_KEY_CHARS:])
            break
    above = stream.rfind("".join(title.split())[:_KEY_CHARS], 0, first) if title else -1
    stop = _END.search(stream, last, last + _BELOW)
    return above if above >= 0 else first, stop.start() if stop else last + _BELOW


def _file(page: Page, node: Element, before: str) -> Attachment | None:
    href = node.get("href") or ""
    shown = clean("".join(map(str, node.itertext())))
    named = _NAMED_FILE.search(shown[-40:]) is not None
    if not named and _MAYBE.search(href) is None:
        return None
    url = absolute(page.base, href)
    if url is None:
        return None
    if not _ending(url):
        parts = urlsplit(url)
        program = _PROGRAM.search(parts.path) is not None
        asks = any(_FILE_PARAM.search(name) for name, _ in parse_qsl(parts.query)) or "attach" in parts.path.lower()
        told = named or "附件" in shown or "附件" in before[-20:]
        if not ((program and (asks or told)) or (named and not re.search(r"\.s?html?\Z", parts.path))):
            return None
    return Attachment(url, _name(shown, node, url))


def _name(shown: str, node: Element, url: str) -> str:
    if shown and not _SKIPPED_NAMES.fullmatch(shown):
        return shown
    titled = clean(node.get("title") or node.get("download") or "")
    if titled and not _SKIPPED_NAMES.fullmatch(titled):
        return titled
    parts = urlsplit(url)
    in_query = next((value for _, value in parse_qsl(parts.query) if _FILE.search(value)), "")
    return clean(in_query or unquote(parts.path.rpartition("/")[2])) or shown or url


def _ending(url: str) -> str:
    """The file's ending, when path or a parameter shows one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    for text in (unquote(parts.path), *(value for _, value in parse_qsl(parts.query))):
        found = _FILE.search(text.strip())
        if found:
            return found[1].lower()
    return ""
