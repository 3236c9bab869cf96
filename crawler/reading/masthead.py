"""What the lines around a text say of it: time, source and people, each with its rule and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.reading.body import Block
from crawler.reading.dateline import LINE_CHARS, OTHER_STORY, TAIL_LABEL, TAIL_LINES, Surroundings, set_date
from crawler.reading.draft import Draft
from crawler.reading.generic import GenericReading
from crawler.reading.labels import InfoLine, first_name, is_label, plain, read_info
from crawler.reading.names import person, press
from crawler.reading.origin import bare_names, plausible, set_source
from crawler.reading.page import Element
from crawler.reading.people import People, read_line, read_people
from crawler.reading.text import fold
from crawler.reading.urls import absolute
from crawler.reading.zone import Line, Piece, lines_after, lines_before

_TAIL_SOURCE = re.compile(
    r"[（(【\[]\s?(?:来源|稿源|文章来源|新闻来源|消息来源|转自|原载|摘自|据)\s?[:：]?\s?(?P<name>[^（）()【】\[\]\n，。]{2,24})[)）】\]]\s?。?\Z"
)
_LABEL_CHARS = 12
_PEN_NAME = 8
_MARK_CHARS = 10
_OUTLET = re.compile(r"(《[^《》]{2,12}》|[\u4e00-\u9fff]{3,10})记者\s")
_ABOVE, _TABLE_LINES = 8, 30
_HEADLINE_LINES = 6
_BEHIND = 3
_SAME, _SUMMARY_LINES, _INFO_CHARS = 8, 4, 100
_LEAD_CHARS = 16  # shorter first lines may be what is left of the line of time and source


def surroundings(reading: GenericReading) -> Surroundings:
    """The lines around the text of a generically read page."""
    shown = [block for block in reading.blocks if block.text]
    if not shown or shown[0].node is None:
        return Surroundings()
    lead = next((block for block in shown[:4] if len(block.text) >= _LEAD_CHARS), shown[0])
    for number, block in enumerate(shown[1:_SUMMARY_LINES], start=2):
        if number < len(shown) and _tells(block):
            lead = shown[number]  # a summary stood above the line of time and source
    first = lead.node if lead.node is not None else shown[0].node
    last, title = shown[-1].node, reading.title_node
    if title is None:  # a side box may hold headline and time
        lines = _lines_above(first)
        place = _place(lines, reading.title)
        around = Surroundings(above=lines if place is None else lines[:place])
        around.header = [] if place is None else lines[place + 1 :]
    else:  # some templates put the time into the headline's element, or headline, time and text into one
        lines = lines_after(title, first if first is not title else None, lead.text, inside=True)
        if reading.header and not any(line.text.startswith(reading.header[0][:_SAME]) for line in lines):
            lines = _past_the_summary(title, shown, reading.header[0]) or lines
        place = _place(lines[:_HEADLINE_LINES], reading.title)
        around = Surroundings(lines if place is None else lines[place + 1 :], _lines_above(title))
    around.below = [Line([Piece(text)]) for text in reading.credits]
    if last is not None:
        around.below += lines_after(last, limit=TAIL_LINES)
    return around


def _tells(block: Block) -> bool:
    """Whether a paragraph is a line of time and source: a clock or a label with its value, and no sentence."""
    if len(block.text) > _INFO_CHARS or "。" in block.text or not any(map(str.isdigit, block.text)):
        return False
    info = read_info(block.text)
    return info.date is not None and (info.date.precision != "day" or bool(info.values) or info.date_key == "date")


def without_info(blocks: list[Block], used: Sequence[str]) -> list[Block]:
    """The paragraphs without those at their head that are lines of time and source."""
    known = {"".join(line.split()) for line in used}
    head = [block for block in blocks[:_HEADLINE_LINES] if not block.text or "".join(block.text.split()) not in known]
    return [*head, *blocks[_HEADLINE_LINES:]]


def _past_the_summary(title: Element, shown: list[Block], info: str) -> list[Line] | None:
    """The lines up to a later paragraph, where a summary stands above the line of time and source."""
    for lead in shown[1:_SUMMARY_LINES]:
        lines = lines_after(title, lead.node if lead.node is not title else None, lead.text, inside=True)
        if any(line.text.startswith(info[:_SAME]) for line in lines):
            return lines
    return None


def _lines_above(node: Element) -> list[Line]:
    """The lines above an element: few, and many where they are a table of labels."""
    lines = lines_before(node, _ABOVE)
    labels = sum(
        piece.text.endswith((":", "：")) or is_label(piece.text.rstrip(":："))
        for line in lines
        for piece in line.pieces
    )
    return lines_before(node, _TABLE_LINES) if labels > 1 else lines


def _place(lines: list[Line], title: str | None) -> int | None:
    """The number of the line that is the headline."""
    wanted = fold(title or "")
    return next((number for number, line in enumerate(lines) if wanted and fold(line.text) == wanted), None)


def read_masthead(draft: Draft, around: Surroundings, base: str, paragraphs: Sequence[str]) -> list[str]:
    """Fill time, source, people, views of the draft from the lines around the text.

    ``paragraphs`` are the text's own, for the few that print these at the head or the end of the text. Returns the
    lines used, for they are no part of the text.
    """
    header = _joined([_restored(draft, line) for line in around.header])
    around.above = _joined([_restored(draft, line) for line in around.above])
    infos = [read_info(line.text, latest=draft.latest) for line in header]
    used: list[str] = []
    title = fold(draft.item.title)
    around.again = next((n for n, line in enumerate(header) if _repeats(fold(line.text), title)), None)
    place = set_date(draft, header, infos, around)
    if place is not None:
        used.append(header[place].text)
    people = People()
    for line, info in zip(header, infos, strict=True):
        _use_line(draft, people, line, info, base, used)
    _use_above(draft, around, base)
    if draft.item.source is None:
        set_source(draft, people, header, infos, place, paragraphs)
    elif place is not None:
        bare_names(draft, people, header[place], infos[place], sources=False)
    if place is None and not people.anyone:
        _signature_of_an_account(people, header[:_HEADLINE_LINES])
    draft.add_people(people)
    named = any((draft.item.reporters, draft.item.correspondents, draft.item.interns, draft.item.authors))
    behind = [line.text for line in around.below[:_BEHIND] if "记者" in line.text and len(line.text) <= LINE_CHARS // 4]
    if behind and not named:
        draft.add_people(read_people(behind))
    _use_tail(draft, [*paragraphs[-4:], *(line.text for line in around.below[:TAIL_LINES])])
    if draft.item.source is None and people.outlet:
        draft.set_source(people.outlet, "publisher in the by-line", people.outlet, 0.5)
    return used


def _repeats(line: str, title: str) -> bool:
    """Whether a line is the headline again, perhaps with a footnote's mark or behind an empty label."""
    return len(title) >= 6 and title in line and len(line) <= len(title) + _MARK_CHARS


def _restored(draft: Draft, line: Line) -> Line:
    if draft.noisy:
        for piece in line.pieces:
            piece.text = draft.restored(piece.text, "info")
    return line


def _joined(lines: list[Line]) -> list[Line]:
    """Lines with labels that stand in a box of their own joined to their values, as in the tables of offices."""
    kept: list[Line] = []
    for line in lines:
        for piece in line.pieces[:-1]:
            if is_label(piece.text):  # cells of a table need no colon
                piece.text += "："
        last = kept[-1] if kept else None
        label = last is not None and len(last.text) <= _LABEL_CHARS and last.text.endswith((":", "："))
        if last is not None and label and not line.text.endswith((":", "：")):
            last.pieces = [*last.pieces, *line.pieces]
            last.logo = last.logo or line.logo
            continue
        kept.append(line)
    return kept


def _use_line(draft: Draft, people: People, line: Line, info: InfoLine, base: str, used: list[str]) -> None:
    text = line.text
    if len(text) > LINE_CHARS or (line.linked and not info.values and len(text) > OTHER_STORY):
        return
    outlet = _OUTLET.search(text) if "记者" in text else None
    if outlet and people.outlet is None and (press(outlet[1]) or "《" in outlet[1]) and not outlet[1].startswith("本"):
        people.outlet = outlet[1]
    bare = len(text) <= 60 and info.date is None and "source" not in info.values
    if bare and ("记者" in text or "通讯员" in text) and read_line(people, text, "line below the headline"):
        used.append(text)
        return
    if info.values or info.views is not None:
        _take_source(draft, info, line, base, 0.97)
        draft.use_values(info, "label")
        used.append(text)
    source = info.values.get("source")
    behind = info.matched["source"].partition(source)[2].split() if source else []
    if behind and person(behind[0]) and not people.anyone:
        people.add("authors", [behind[0]], "name behind the source", text, 0.7)
    if "source" not in info.values and line.logo and draft.item.source is None and _empty_source(text):
        draft.set_source(line.logo, "picture behind 来源", line.logo, 0.5)
    for piece in line.pieces:
        said = any(piece.text in value for value in info.values.values())  # by a label, an editor's perhaps
        if piece.hint == "author" and person(piece.text) and not said:
            people.add("authors", [piece.text], "name called author", text, 0.85)
    if not info.values and len(text) <= 60:
        rest = text.replace(info.date.matched, " ") if info.date else text
        if read_line(people, rest.strip(), "line below the headline"):
            used.append(text)


def _use_above(draft: Draft, around: Surroundings, base: str) -> None:
    """Source, number and issuer above the headline: the tables of offices, and templates that set time first."""
    for line in around.above:
        if len(line.text) > LINE_CHARS or not (":" in line.text or "：" in line.text):
            continue
        info = read_info(line.text, latest=draft.latest)
        _take_source(draft, info, line, base, 0.85)
        draft.use_office(info, "label above the headline")


def _empty_source(text: str) -> bool:
    return re.search(r"来源\s?[:：]\s*\Z", plain(text)) is not None


def _take_source(draft: Draft, info: InfoLine, line: Line, base: str, confidence: float) -> None:
    name = info.values.get("source")
    if name is None or draft.item.source is not None:
        return
    draft.set_source(name, "label 来源", info.matched["source"], confidence)
    for piece in line.pieces:
        if piece.href and (piece.text == name or name in piece.text):
            url = absolute(base, piece.href) if piece.href.strip("#") and ":void" not in piece.href else None
            draft.item.source_url = url
            break


def _signature_of_an_account(people: People, lines: list[Line]) -> None:
    """The name that its element calls the author, where no time stands beside it."""
    for line in lines:
        for piece in line.pieces:
            if (
                piece.hint == "author"
                and len(piece.text) <= _PEN_NAME
                and plausible(piece.text)
                and not press(piece.text)
            ):
                people.add("authors", [piece.text], "name called author", line.text, 0.6)
                return


def _use_tail(draft: Draft, lines: Sequence[str]) -> None:
    """Source, author and editor as printed below the text: （来源：X）, 本文来源：X 作者：Y 责任编辑：Z."""
    for text in lines:
        if draft.item.source is None and ("源" in text[-40:] or "转自" in text[-40:]):
            bracket = _TAIL_SOURCE.search(text[-40:])
            if bracket and draft.item.source is None and "图" not in text[-40:].partition("来源")[0][-3:]:
                draft.set_source(first_name(bracket["name"]), "bracket below the text", bracket[0], 0.85)
        if len(text) > 90 or not TAIL_LABEL.match(plain(text)):
            continue
        info = read_info(text.strip("（）()【】[] "), latest=draft.latest)
        if draft.item.source is None and info.values.get("source"):
            draft.set_source(info.values["source"], "label below the text", text, 0.85)
        draft.use_values(info, "label below the text", views=False)
