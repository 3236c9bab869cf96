"""What the demo tells at its end, and how its archive is compared with the truth of the little web."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.differences import coloured, difference_of, shortened
from cli.output import console, emit, one_line, show
from cli.reprints import story_lines
from crawler.reading.urls import canonical_url, url_key

if TYPE_CHECKING:
    from archive.answers import StoryRow
    from archive.archive import Archive
    from archive.records import ArticleDetail
    from scheduler.runner import CrawlResult
    from seeds.replica.model import Truth
    from seeds.replica.world import World

LAST_EPOCH = 2
FIELDS = ("title", "body", "subtitle", "published_at", "published_precision", "source")
LISTS = ("column", "reporters", "correspondents", "interns", "authors", "editors")


def find(archive: Archive, url: str) -> ArticleDetail | None:
    """The article at an address."""
    return archive.article(url_key(canonical_url(url)))


class Checker:
    """Compares the archive with what the sites really did. Problems are plain sentences."""

    def __init__(self, archive: Archive, world: World) -> None:
        self.archive = archive
        self.world = world
        self.truth = world.truth(LAST_EPOCH)
        self.story = world.story(LAST_EPOCH)

    def problems(self, visits: Sequence[Sequence[CrawlResult]]) -> list[str]:
        """Everything that is not as it was, the most telling first."""
        found = [*self._runs(visits), *self._alarms(), *self._articles(), *self._reprints()]
        held = self.archive.count()
        if held != len(self.truth):
            found.append(f"{held} articles in the archive, {len(self.truth)} were published")
        return found

    def summary(self) -> dict[str, Any]:
        """Figures for programs."""
        return {
            "articles": self.archive.count(),
            "published": len(self.truth),
            "withdrawn": self.archive.count(state="withdrawn"),
            "runs": len(self.archive.runs(limit=1000)),
        }

    def _runs(self, visits: Sequence[Sequence[CrawlResult]]) -> list[str]:
        first, second, third = ({result.site: result for result in visit} for visit in visits)
        redesigned = {site for site, _, _ in self.story.redesigned}
        found = []
        for site in self.world.sites:
            for number, visit in enumerate((first, second, third), 1):
                expected_alarm = number > 1 and site in redesigned
                if visit[site].ok == expected_alarm:
                    found.append(f"crawl {number} of {site} ended as {visit[site].verdict}: {visit[site].reason}")
            if third[site].counts.get("new", 0) or third[site].counts.get("changed", 0):
                found.append(f"the third crawl of {site} found something new although nothing had changed")
        return found

    def _alarms(self) -> list[str]:
        found = []
        empty = {row.url for health in self.archive.health() for row in health.empty_lists}
        for site, column, url in self.story.redesigned:
            if url not in empty:
                found.append(f"the redesigned list {column} of {site} is no alarm")
        quarantined = {row.url: row.cause for row in self.archive.quarantine(limit=1000)}
        for site, url in self.story.challenged:
            if find(self.archive, url) is not None:
                found.append(f"the challenge page {url} of {site} was stored as an article")
            elif quarantined.get(url) != "blocked":
                found.append(f"the challenge page {url} of {site} is not in quarantine as blocked")
        return found

    def _articles(self) -> list[str]:
        found = []
        seen: dict[int, str] = {}
        for url, truth in self.truth.items():
            detail = find(self.archive, url)
            if detail is None:
                found.append(f"{url} is missing")
                continue
            if detail.article.id in seen:
                found.append(f"{url} and {seen[detail.article.id]} are one article in the archive")
            seen[detail.article.id] = url
            found += [f"{url}: {difference}" for difference in _differences(truth, detail)]
        return found

    def _reprints(self) -> list[str]:
        """Every reprint in the story of its original, and no story that is none."""
        found = []
        told: set[int] = set()
        expected: set[int] = set()
        for url, truth in self.truth.items():
            detail = find(self.archive, url)
            if detail is None:
                continue
            if detail.article.story_id is not None:
                told.add(detail.article.id)
            if truth.reprint_of is None:
                continue
            first = find(self.archive, truth.reprint_of)
            if first is None or first.article.story_id != detail.article.story_id:
                found.append(f"{url} is not known as a reprint of {truth.reprint_of}")
                continue
            expected |= {detail.article.id, first.article.id}
            source = self.truth[truth.reprint_of].source
            outside = source if source and source != self.world.sites[first.article.site].publisher else None
            original = detail.article.original
            if original is None or (original.article_id, original.name) != (
                (None, outside) if outside else (first.article.id, source)
            ):
                found.append(f"{url}: {outside or truth.reprint_of} said it first, the archive says {original}")
        if told != expected and not found:
            found.append(f"articles {sorted(told ^ expected)} count as reprints and are none")
        return found


def _differences(truth: Truth, detail: ArticleDetail) -> list[str]:
    current = detail.current
    pairs: list[tuple[str, object, object]] = [(n, getattr(truth, n), getattr(current, n)) for n in FIELDS]
    pairs += [(name, list(getattr(truth, name)), getattr(current, name)) for name in LISTS]
    pairs += [
        ("site", truth.site, detail.article.site),
        ("state", truth.state, detail.article.state),
        ("revision", truth.revision, detail.article.revision),
    ]
    return [f"{name} is {_short(is_)}, was {_short(was)}" for name, was, is_ in pairs if was != is_]


def _short(value: object) -> str:
    text = one_line(value)
    return repr(text if len(text) <= 60 else f"{text[:40]}…{text[-15:]}")


def tell(archive: Archive, world: World) -> None:
    """The story in the archive's own words."""
    from rich.text import Text

    story = world.story(LAST_EPOCH)
    show("\nWhat the archive knows now")
    for site, urls in story.new.items():
        for url in urls[:1]:
            _line(archive, "new", url, f"and {len(urls) - 1} more on {site}" if len(urls) > 1 else f"on {site}")
    for change in (*story.edited, *story.retitled):
        detail = find(archive, change.url)
        if detail is None:
            continue
        before, after = archive.revisions(detail.article.id)[-2:]
        field = "title" if before.title != after.title else "body"
        _line(archive, "edited" if field == "body" else "retitled", change.url, f"revision {after.number}")
        found = difference_of([before, after], before.number, after.number)
        show(f"              {found.summary}")
        pieces = shortened((found.title if field == "title" else found.body).pieces, around=16)
        console().print(coloured("              ", pieces))
    for url in story.withdrawn:
        _line(archive, "withdrawn", url, "404 on two days; kept and marked")
    for site, column, url in story.redesigned:
        run = archive.runs(site, limit=1)[0]
        emit(f"  {'redesigned':<11} {site}, {column}: {url}")
        emit(f"              alarm: {one_line(run.reason)[:200]}")
    for row in archive.quarantine(cause="blocked"):
        emit(f"  {'challenge':<11} {row.url}: not stored, tried {row.tries} times")
    for truth in world.truth(LAST_EPOCH).values():
        detail = find(archive, truth.url) if truth.is_mirror else None
        if detail and detail.current.restored:
            raw = detail.current.title_raw or ""
            _line(
                archive, "restored", truth.url, f"{len(detail.current.repairs)} places; its title was: {one_line(raw)}"
            )
    for told in stories_of(archive, world):
        copies = len(told.copies) - 1
        _line(archive, "reprinted", told.copies[0].article.url, f"{copies} {'copy' if copies == 1 else 'copies'}")
        for line in story_lines(told)[3:]:
            console().print(Text("      ") + line)


def stories_of(archive: Archive, world: World) -> list[StoryRow]:
    """The stories that the reprints of the little web made, the one with most copies first."""
    found = {}
    for truth in world.truth(LAST_EPOCH).values():
        detail = find(archive, truth.url) if truth.reprint_of else None
        told = archive.story(detail.article.id) if detail is not None else None
        if told is not None:
            found[told.id] = told
    return sorted(found.values(), key=lambda told: (-len(told.copies), told.id))


def _line(archive: Archive, word: str, url: str, about: str) -> None:
    detail = find(archive, url)
    if detail is None:
        emit(f"  {word:<11} {url}: not in the archive")
    else:
        emit(f"  {word:<11} {detail.article.id:>4}  {one_line(detail.article.title)}  ({about})")


def examples(archive: Archive, world: World) -> list[str]:
    """Commands worth trying on this archive."""
    edited = find(archive, world.story(LAST_EPOCH).edited[0].url)
    number = edited.article.id if edited else 1
    told = stories_of(archive, world)
    reprinted = told[0].reference_id if told else number
    return [
        *("search 质量", "search 质量强市 --json", f"show {number} --diff", f"show {reprinted} --reprints"),
        *("runs", "health", "export news.csv"),
    ]
