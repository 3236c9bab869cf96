"""``zhiwen show ID --reprints``: who said it first, who repeated it, and what each copy made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cli.output import NOTHING, CliError, console, emit_json, one_line, when

if TYPE_CHECKING:
    from rich.text import Text

    from archive.answers import ArticleRow, CopyRow, OriginalRow, StoryRow
    from archive.archive import Archive

_SURE = ((0.95, "as good as certain"), (0.85, "very likely"), (0.65, "likely"), (0.4, "perhaps"))
_MARGIN = 8


def print_story(archive: Archive, article_id: int, *, as_json: bool) -> None:
    """The story of an article as a person would tell it, or as JSON. Ends with 3 when nobody else has its text."""
    story = archive.story(article_id)
    if story is None:
        raise CliError(f"no other article of the archive has the text of article {article_id}.", NOTHING)
    if as_json:
        emit_json({"asked": article_id, "story": story})
    else:
        for line in story_lines(story, article_id):
            console().print(line)


def story_lines(story: StoryRow, asked: int | None = None) -> list[Text]:
    """The lines of a story; the article that was asked for is marked."""
    from rich.text import Text

    by_id = {copy.article.id: copy for copy in story.copies}
    reference = by_id[story.reference_id]
    sites = len({copy.article.site for copy in story.copies})
    lines = [
        Text(one_line(reference.article.title), "bold"),
        Text(f"{len(story.copies)} articles on {sites} {'site' if sites == 1 else 'sites'} have this text.", "dim"),
        Text(),
        Text("  first  ", "green") + Text(_first(story.original, by_id)),
    ]
    lines += [Text(f"{'':>{_MARGIN}} {one_line(sentence)}", "dim") for sentence in story.original.evidence]
    for copy in story.copies:
        if copy.article.id == story.original.article_id:
            continue
        mark = "  ← this one" if copy.article.id == asked else ""
        lines.append(Text(f"{copy.article.id:>7}  ", "cyan") + Text(f"{_place(copy.article)}{mark}"))
        lines.append(Text(f"{'':>{_MARGIN}} {describe(copy, reference)}"))
        about = _about(copy)
        if about:
            lines.append(Text(f"{'':>{_MARGIN}} {about}", "dim"))
    return lines


def _first(original: OriginalRow, copies: Mapping[int, CopyRow]) -> str:
    sure = f"{sureness(original.confidence)} ({original.confidence:.2f})"
    if original.article_id is not None:
        article = copies[original.article_id].article
        return f"{one_line(original.name)}, {_place(article)}, article {article.id}: {sure}"
    if original.name:
        return f"{one_line(original.name)}, which is not in the archive: {sure}"
    return "nobody can tell"


def sureness(confidence: float) -> str:
    """A share of certainty in words."""
    return next((word for least, word in _SURE if confidence >= least), "a guess")


def _place(article: ArticleRow) -> str:
    shown = when(article.published_at, article.published_precision)
    return f"{article.site}, {shown or 'undated, seen ' + when(article.first_seen_at)}"


def describe(copy: CopyRow, reference: CopyRow) -> str:
    """What a copy's text is to the reference's, in words."""
    share = f"{100 * copy.chars / max(1, reference.chars):.0f} %"
    alike = f"{min(99, int(100 * copy.jaccard))} %"
    if copy.article.id == reference.article.id:
        said = "the copy that the others are compared with"
    elif copy.kind == "same" or copy.jaccard == 1:
        said = "the same text"
    elif copy.kind == "reprint":
        said = f"nearly the same text ({alike} alike)"
    elif copy.kind == "edited":
        said = f"an edited text ({alike} alike)"
    elif copy.kind == "excerpt":
        said = f"an excerpt: {share} of the length"
    else:
        said = f"holds the text among other things: {share} of the length"
    return said + (f", under another headline: {one_line(copy.article.title)}" if copy.retitled else "")


def _about(copy: CopyRow) -> str:
    article = copy.article
    said = [f"来源 {one_line(article.source)}"] if article.source else []
    if article.is_mirror:
        said.append("read from a mirror" + (", restored" if article.restored else ""))
    if article.revision > 1:
        said.append(f"revision {article.revision}, changed {when(article.changed_at)}")
    if article.state != "live":
        said.append(f"{article.state} since {when(article.state_changed_at)}")
    return " · ".join(said)


def original_name(article: ArticleRow) -> str:
    """The original of an article for one cell: publisher, and the address if it is in the archive."""
    original = article.original
    return " ".join(filter(None, (original.name, original.url))) if original is not None else ""


def original_line(article: ArticleRow) -> str:
    """One line on what an article is in its story; empty where it has none."""
    original = article.original
    if original is None:
        return ""
    if article.reprint_kind == "original":
        return f"said it first: {sureness(original.confidence)}"
    if original.name is None:
        return f"{article.reprint_kind}, original unknown"
    where = f"article {original.article_id}" if original.article_id is not None else "not in the archive"
    return f"{article.reprint_kind} of {one_line(original.name)} ({where})"
