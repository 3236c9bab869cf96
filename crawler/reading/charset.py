"""Bytes to text by our own rule; labels of Chinese pages are wrong too often to be obeyed.

Byte order mark, then valid UTF-8, then GB18030 or Big5, whichever gives more of the common characters of its script.
The declared charset decides only what the bytes leave open.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

# The most frequent characters of modern news Chinese; any such list does.
_COMMON_HANS = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第"
    "公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合"
    "回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总"
    "何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
    "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带"
    "导争运首页站网版闻讯京省县局质监督检验标准食药企业商服推创改革党委书习近平召议加快促建设评奖编辑责任来源浏览阅读"
)
_HANZI = re.compile("[\u3400-\u9fff]+")
_SAMPLE = 400  # characters; a page's first words are enough to tell
_RUNS = 120
_DECLARED = {
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5-hkscs": "big5",
    "cp950": "big5",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = re.compile(rb"<?[^<]+|<")
_MOST_BYTES = 1_500_000  # a larger page is not looked at piece by piece
_TAIL = 3  # a page cut inside a character loses at most these bytes


@dataclass
class Decoded:
    """Text of a page, the charset used, what disagreed, and the share of characters that could not be decoded."""

    text: str
    charset: str
    warnings: list[str] = field(default_factory=list)
    bad_share: float = 0.0


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Text of ``content``. Never raises: damaged bytes become U+FFFD and are counted in ``bad_share``."""
    label = normal_label(declared)
    for mark, charset in _MARKS:
        if content.startswith(mark):
            body = content[len(mark) :] if charset == "utf-8" else content
            return _lossy(body, charset, label)
    text = _strict(content, "utf-8")
    if text is not None:
        if label in (None, "utf-8", "ascii", "iso-8859-1") or content.isascii():
            return Decoded(text, "utf-8")
        return Decoded(text, "utf-8", [f"charset: declared {declared}, the bytes are utf-8"])
    return _chinese(content, label)


def normal_label(declared: str | None) -> str | None:
    """A declared charset in one spelling; GB names are all read as gb18030, which contains them."""
    if not declared:
        return None
    name = declared.strip().strip("\"'").lower()
    if name in _DECLARED:
        return _DECLARED[name]
    try:
        return codecs.lookup(name).name.replace("iso8859-", "iso-8859-")
    except (LookupError, ValueError):
        return None


def _chinese(content: bytes, label: str | None) -> Decoded:
    """Bytes that are not valid UTF-8: GB18030, Big5, or a damaged page of one of the three."""
    text = _strict(content, "gb18030")
    share = _common_share(text) if text is not None else 0.0
    if text is not None and share >= 0.6:  # Big5 read as GB stays below 0.2
        return _told(text, "gb18030", label, 0.0)
    traditional = _strict(content, "big5")
    if traditional is None:
        traditional = _strict(content, "big5hkscs")
    if traditional is not None and _common_share(traditional) > share:
        return _told(traditional, "big5", label, 0.0)
    if text is not None and share > 0.2:
        return _told(text, "gb18030", label, 0.0)
    readings = [_lossy(content, charset, label) for charset in ("utf-8", "gb18030", "big5")]
    if len(content) <= _MOST_BYTES:
        readings.append(_mixed(content, label))
    return max(readings, key=lambda r: (_common_share(r.text) - 2 * r.bad_share, r.charset == label))


def _mixed(content: bytes, label: str | None) -> Decoded:
    """A page of UTF-8 with parts in GB18030, as when a file saved otherwise is included in it: each piece by its own
    bytes, GB18030 only where that gives common characters."""
    texts, other = [], 0
    for piece in _PIECE.findall(content):
        text = _strict_piece(piece, "utf-8")
        if text is None:
            text = _strict_piece(piece, "gb18030")
            if text is not None and _common_share(text) >= 0.5:
                other += len(text)
            else:
                text = piece.decode("utf-8", errors="replace")
        texts.append(text)
    whole = "".join(texts)
    bad = whole.count("\ufffd")
    result = _told(whole, "utf-8", label, bad / max(len(whole) - len(whole.encode("ascii", "ignore")), 1))
    if other:
        result.warnings.append(f"charset: {other} characters stand in gb18030 inside a page of utf-8")
    return result


def _strict_piece(piece: bytes, charset: str) -> str | None:
    try:
        return piece.decode(charset)
    except UnicodeDecodeError:
        return None


def _strict(content: bytes, charset: str) -> str | None:
    """The text when all bytes are valid, or all but a character cut at the very end."""
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        if error.start < len(content) - _TAIL:
            return None
        return content[: error.start].decode(charset)


def _lossy(content: bytes, charset: str, label: str | None) -> Decoded:
    text = content.decode(charset, errors="replace")
    bad = text.count("\ufffd")
    foreign = len(text) - len(text.encode("ascii", "ignore")) if bad else 0
    return _told(text, charset, label, bad / max(foreign, 1))


def _told(text: str, charset: str, label: str | None, bad_share: float) -> Decoded:
    result = Decoded(text, charset, bad_share=bad_share)
    if label not in (None, charset):
        result.warnings.append(f"charset: declared {label}, the bytes are {charset}")
    if bad_share:
        result.warnings.append(f"charset: {bad_share:.1%} of the characters beyond ASCII could not be decoded")
    return result


def _common_share(text: str) -> float:
    """Share of common characters among the first hanzi; pages without any give 0."""
    seen = "".join(islice((match[0] for match in _HANZI.finditer(text)), _RUNS))[:_SAMPLE]
    return sum(map(_common().__contains__, seen)) / len(seen) if seen else 0.0


@cache
def _common() -> frozenset[str]:
    from crawler.reading.text import to_traditional

    return frozenset(_COMMON_HANS + to_traditional(_COMMON_HANS))
