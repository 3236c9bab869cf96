"""Mirror pages: copies of articles in traditional characters with readings in brackets, 質(zhì)量, and broken places.

``find_noise`` tells such a page; ``restore`` gives the simplified text back. The order of its steps is fixed: notes
out, broken bytes repaired, traditional to simplified, 著 to 着. Converted first, the bytes would no longer be those
of the page. Marks keep the width that the page shows, as in every other article.

Traditional text without notes is no mirror and is left to the caller.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.items import Repair

_TONED = "āáǎàēéěèêīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_COMBINING_TONES = dict.fromkeys([0x0300, 0x0301, 0x0302, 0x0304, 0x030C])
_LETTERS = f"a-zü:ɑɡ{_TONED}\u0300\u0301\u0302\u0304\u0308\u030c"
# Blanks may stand inside, "(huì )"; the tone may be a number, "(jun1)".
_NOTE = re.compile(rf"\([ \t\xa0\u3000]*([{_LETTERS}]{{1,8}})[ \t\xa0\u3000]*([1-5]?)[ \t\xa0\u3000]*\)")
# No character, so neither OpenCC nor a database takes it.
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST_NOTES = 3
_LEAST_SHARE = 0.01
_AROUND = 6


@dataclass(frozen=True, slots=True)
class Noise:
    """Evidence for a mirror page: ``notes`` valid notes, their ``share`` of the hanzi, the first as ``sample``."""

    notes: int
    share: float
    sample: str


@dataclass(slots=True)
class Restored:
    """A text read back. ``confidence`` is that of the least certain place, 1.0 without any; below 0.5 when a place
    that looks broken had to be left alone. ``repairs`` quote the page beside the simplified reading."""

    text: str
    repairs: list[Repair] = field(default_factory=list)
    notes_removed: int = 0
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class _Note:
    start: int
    end: int
    syllable: str
    toned: bool


def find_noise(text: str) -> Noise | None:
    """Whether a text is a mirror's: three valid notes, or notes on one hanzi of a hundred; None when it is not.

    Only notes on common characters that the conversion changed count. Readings of rare characters in names, 龑(yǎn),
    and of simplified characters, as in school texts, belong to the article. Clean text costs one search for "(".
    """
    suspects = [note for note in _notes(text) if note.start and _is_hanzi(text[note.start - 1])]
    if not suspects:
        return None
    hanzi = sum(map(_is_hanzi, text))
    toned = sum(note.toned for note in suspects)
    if len(suspects) < _LEAST_NOTES and toned < _LEAST_SHARE * hanzi:
        return None
    valid = [note for note in suspects if _is_changed(text[note.start - 1]) and _has_reading(text, note)]
    toned = sum(note.toned for note in valid)
    if len(valid) < _LEAST_NOTES and (not toned or toned < _LEAST_SHARE * hanzi):
        return None
    first = valid[0]
    return Noise(len(valid), len(valid) / hanzi, text[first.start - 1 : first.end])


def restore(text: str, where: str = "body") -> Restored:
    """The text of a mirror page in simplified characters, without notes, broken places repaired.

    To be called on pages that ``find_noise`` told, for the title and the body each (``where`` goes into the repairs).
    Brackets that are no note of the character before them stay: (CPU), (a), (2017). Private-use characters must still
    be in the text, or places beside them cannot be repaired.
    """
    from crawler.reading.mirror_repair import apply, repair, simplified

    bare, removed, readings = _strip_notes(_SURROGATE.sub("\ufffd", text))
    places, left_alone = repair(bare, readings)
    repairs = [
        Repair(
            where=where,
            seen=bare[max(0, place.start - _AROUND) : place.end + _AROUND],
            restored=simplified(
                bare[max(0, place.start - _AROUND) : place.start] + place.fixed + bare[place.end : place.end + _AROUND]
            ),
            candidates=[simplified(candidate) for candidate in place.candidates],
            confidence=place.confidence,
        )
        for place in places
    ]
    confidence = min([1.0, *(place.confidence for place in places)])
    if left_alone:
        confidence = min(confidence, 0.49)
    return Restored(simplified(apply(bare, places)), repairs, removed, confidence)


def _notes(text: str) -> Iterator[_Note]:
    for match in _NOTE.finditer(text):
        letters = unicodedata.normalize("NFD", match[1]).replace("ɑ", "a").replace("ɡ", "g")
        plain = letters.translate(_COMBINING_TONES)
        # ü comes as u with diaeresis, u: or v.
        syllable = plain.replace("u\u0308", "v").replace("u:", "v")
        if syllable.isascii() and syllable.isalpha():
            yield _Note(match.start(), match.end(), syllable, plain != letters or bool(match[2]))


def _strip_notes(text: str) -> tuple[str, int, dict[int, str]]:
    """The text without notes, how many there were, and the readings of broken characters by position."""
    parts: list[str] = []
    readings: dict[int, str] = {}
    at = length = removed = 0
    last = ""
    for note in _notes(text):
        between = text[at : note.start]
        # A second note right behind a removed one belongs to the same character.
        last = between[-2:] if len(between) > 1 else (last + between)[-2:]
        keep = True
        if last and _is_hanzi(last[-1]):
            keep = not _reads(last[-1], note)
        elif last and (("@" <= last[-1] <= "~") or last[-1] in "?\ufffd€"):
            # The character before lost a half; what remains of it is ASCII or nothing.
            keep = not (note.toned or (len(last) == 2 and last[0] in "，！？。,!"))
            if not keep:
                readings[length + len(between) - 1] = note.syllable
        parts.append(between)
        length += len(between)
        at = note.end
        if keep:
            parts.append(text[note.start : note.end])
            length += note.end - note.start
            last = ")"
        else:
            removed += 1
    return "".join([*parts, text[at:]]), removed, readings


def _is_hanzi(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\U00020000" <= char <= "\U0003ffff"


def _has_reading(text: str, note: _Note) -> bool:
    return _reads(text[note.start - 1], note)


def _reads(char: str, note: _Note) -> bool:
    """Whether a note is one of the character's readings; a lone letter without tone, (a), is a list mark."""
    from crawler.reading.mirror_repair import syllables

    return (note.toned or len(note.syllable) > 1) and note.syllable in syllables(char)


def _is_changed(char: str) -> bool:
    """Whether a character is the traditional form of a common one (GB 2312 level 1, lead bytes to D7)."""
    from crawler.reading.text import to_simplified

    simple = to_simplified(char)
    return simple != char and b"\xb0" <= simple.encode("gb2312", "replace") < b"\xd8"
