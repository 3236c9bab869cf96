"""Hand the answers of a web archive to a site's spider and to the pipelines, as if they came at the time they tell.

1. Answers are read in the order of time, so that revisions come in theirs. Where the spider asks for further pages or
   files of an article, the answer nearest in time is given; what the files do not hold is missing, and nothing is
   fetched.
2. An answer that is not newer than what the archive last read from its address changes no article. One that is held is
   skipped: so an import goes on where it stopped, and a second one adds nothing. One that is not is kept beside the
   page's other answers, bytes and all, and counted as older.
3. Pages that cannot be read as articles are counted and leave no trace: no quarantine, no later visit.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.extension import ExtensionManager
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import build_from_crawler, load_object
from twisted.python.failure import Failure

from archive.archive import Archive
from archive.errors import ArchiveError
from archive.records import FailureRecord, FetchRecord, KnownPage, StoreBatch, TouchRecord
from crawler.bases import ListPageSpider
from crawler.fetching.conditional import body_hash
from crawler.fetching.errors import Incomplete
from crawler.fetching.offsite import belongs
from crawler.items import EXTRACTOR_VERSION, AnyItem, ArticleItem, FailureItem, Link
from crawler.reading.urls import canonical_url, url_key
from crawler.warc.answers import Content, Unreadable, content_of
from crawler.warc.index import HTML, Answer, Facts, WarcIndex
from crawler.warc.run import ImportRun
from pipelines.store import MAX_ITEMS, StorePipeline

logger = logging.getLogger(__name__)

# A text of nobody's site that is shorter and has no date is a notice or a menu.
_LEAST_TEXT = 80
_READ_ANYWAY = HTML | {""}


class Replay:
    """The answers of one site. ``counts`` tells of what did not become an article:

    ``held`` (known already), ``older`` (kept beside what is newer), ``lists``, ``other`` (no page, and no file that an
    article links to), ``not_articles``, ``unreadable``. ``trouble`` hears of each answer that is damaged or incomplete.
    """

    def __init__(
        self,
        index: WarcIndex,
        spider_class: type[ListPageSpider],
        settings: Settings,
        archive: Archive | None,
        trouble: Callable[[Answer, str], None],
    ) -> None:
        self.index = index
        self.archive = archive
        self.counts: Counter[str] = Counter()
        self.crawler = Crawler(spider_class, settings)
        self.crawler.stats = MemoryStatsCollector(self.crawler)
        self.crawler.extensions = build_from_crawler(ExtensionManager, self.crawler)
        self.spider: Any = spider_class.from_crawler(self.crawler)
        self.crawler.spider = self.spider
        run = ImportRun.of(self.crawler)
        assert isinstance(run, ImportRun)
        self.run = run
        self.is_open = False
        self._trouble = trouble
        paths = build_component_list(self.crawler.settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
        self._stages = [build_from_crawler(load_object(path), self.crawler) for path in paths]
        self._lists = {url_key(source.url) for source in spider_class.site.lists}
        shape = spider_class.site.article_url
        self._article_url = re.compile(shape) if shape else None
        self._files: set[bytes] = set()
        self._unstored: set[bytes] = set()
        self._past: dict[tuple[int, datetime], TouchRecord] = {}
        self._max_page = self.crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._max_file = self.crawler.settings.getint("DOCUMENT_MAX_BYTES")

    # --- from outside -------------------------------------------------------------------------------------------------

    def not_held(self, answers: Sequence[Answer]) -> list[Answer]:
        """Those of the answers that the archive does not hold; one question for all, so that going on is quick."""
        if self.archive is None:
            return list(answers)
        times = self.archive.fetch_times([answer.key for answer in answers])
        found = [answer for answer in answers if answer.at not in times.get(answer.key, ())]
        self.counts["held"] += len(answers) - len(found)
        return found

    async def visit(self, answer: Answer) -> None:
        """Read one answer, with what belongs to its article."""
        if answer.taken:
            return
        known = self._known(answer.key)
        kind = self._kind(answer, known)
        if kind not in ("article", "attachment"):
            self.counts[kind] += 1
        elif known is not None and known.fetched_at is not None and answer.at <= known.fetched_at:
            self._keep_past(answer, known)
        else:
            try:
                request = self._request(answer, kind)
            except ValueError as error:
                self._trouble(answer, f"no usable address: {error}")
                return
            await self._work(request, answer, known)

    async def close(self, *, interrupted: bool) -> None:
        """Store the rest and close the run with its verdict."""
        self._store_past()
        if not self.is_open:
            return
        for stage in self._stages:
            if (close := getattr(stage, "close_spider", None)) is not None:
                close()
        if not interrupted:
            self._restate()
        self.run.tally.counts.update({name: self.counts[name] for name in ("held", "older", "not_articles")})
        reason = "shutdown" if interrupted else "finished"
        self.crawler.signals.send_catch_log(signals.spider_closed, spider=self.spider, reason=reason)

    # --- one answer ---------------------------------------------------------------------------------------------------

    def _known(self, key: bytes) -> KnownPage | None:
        """What the archive holds of an address, the answers read just now included."""
        if key in self._unstored:
            self._store()
        return self.archive.known([key]).get(key) if self.archive is not None else None

    def _store(self) -> None:
        self._unstored.clear()
        for stage in self._stages:
            if isinstance(stage, StorePipeline):
                stage.flush()

    def _keep_past(self, answer: Answer, known: KnownPage) -> None:
        """An answer from before the last one of its page: held already, or to be kept without a word about today."""
        place = known.page_id, answer.at
        assert self.archive is not None
        if place in self._past or answer.at in self.archive.fetch_times([known.url_key]).get(known.url_key, ()):
            self.counts["held"] += 1
            return
        limit = self._max_file if known.kind == "attachment" else self._max_page
        try:
            content = content_of(self.index, answer, limit)
        except Unreadable as error:
            self._trouble(answer, str(error))
            return
        self.counts["older"] += 1
        fetch = FetchRecord(answer.url, answer.status, answer.at, content.headers, content.body)
        self._past[place] = TouchRecord(self.spider.name, known.url_key, fetch, past=True)
        if len(self._past) >= MAX_ITEMS:
            self._store_past()

    def _store_past(self) -> None:
        if not self._past:
            return
        records = list(self._past.values())
        self._past.clear()
        self._open()
        run = self.run
        if run.archive is None or run.handle is None or run.stopped:
            return
        try:
            run.archive.store(run.handle, StoreBatch(touches=records))
        except ArchiveError as error:
            run.broke(f"the archive could not be written: {error}")

    def _kind(self, answer: Answer, known: KnownPage | None) -> str:
        facts = self.index.facts.get(answer.key, Facts())
        if answer.key in self._lists or "list" in (facts.kind, known.kind if known else ""):
            return "lists"
        if answer.key in self._files or "attachment" in (facts.kind, known.kind if known else ""):
            return "attachment"
        if known is not None or facts.kind == "article":
            return "article"
        if answer.mime not in _READ_ANYWAY:
            return "other"
        parts = urlsplit(answer.url)
        if self._article_url and not any(
            map(self._article_url.search, (parts.path, f"{parts.path}?{parts.query}" if parts.query else ""))
        ):
            return "not_articles"
        return "article"

    def _request(self, answer: Answer, kind: str) -> Request:
        if kind == "attachment":
            return self.spider.attachment_request(answer.url)  # type: ignore[no-any-return]
        request: Request = self.spider.article_request(Link(answer.url), "")
        if passed := self.index.redirected_from(answer):
            request.meta["redirect_urls"] = passed
        return request

    async def _work(self, request: Request, answer: Answer, known: KnownPage | None) -> None:
        """Read the answer, and whatever the spider asks for because of it."""
        at = answer.at
        waiting: deque[tuple[Request, Answer | None, KnownPage | None]] = deque([(request, answer, known)])
        while waiting and not self.run.stopped:
            request, given, known = waiting.popleft()
            for entry in self._entries(request, given, known):
                if not isinstance(entry, Request):
                    await self._item(entry, known)
                    continue
                key = url_key(entry.url)
                found = self.index.find(key, at)
                held = self._known(key)
                if entry.meta["kind"] == "attachment":
                    self._files.add(key)
                    if found is None or (held and held.fetched_at and found.at <= held.fetched_at):
                        continue
                elif not self._at_home(entry.url):
                    found = None
                if found is not None:
                    found.taken = True
                waiting.append((entry, found, held if entry.meta["kind"] != "part" else known))

    def _at_home(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return any(belongs(host, domain) for domain in self.spider.allowed_domains)

    def _entries(self, request: Request, answer: Answer | None, known: KnownPage | None) -> list[AnyItem | Request]:
        """What the spider makes of an answer, or of there being none."""
        try:
            if answer is None:
                return list(self._missing(request, "the page is in none of the files"))
            limit = self._max_file if request.meta["kind"] == "attachment" else self._max_page
            try:
                content = content_of(self.index, answer, limit)
            except Unreadable as error:
                self._trouble(answer, str(error))
                self.run.tally.counts["failed"] += 1
                return list(self._missing(request, str(error)))
            self._unstored.add(answer.key)
            callback: Any = request.callback
            return list(callback(self._response(request, answer, content, known)))
        except Exception as error:  # whatever a page makes the reading stumble over concerns that page alone
            logger.exception("reading %s failed", request.url)
            self._failed("error", f"{request.url}: {type(error).__name__}: {error}")
            return []

    def _missing(self, request: Request, why: str) -> Iterator[AnyItem | Request]:
        if request.meta["kind"] == "part" or "asked_for" in request.meta:
            failure: Any = Failure(Incomplete(why))  # type: ignore[no-untyped-call]
            failure.request = request
            errback: Any = request.errback
            yield from errback(failure)

    def _response(self, request: Request, answer: Answer, content: Content, known: KnownPage | None) -> Response:
        meta = request.meta
        meta["fetched_at"] = answer.at
        status = 200
        if meta["kind"] != "part":
            meta["page"] = known
            if known is not None and _may_stand(known) and body_hash(content.body) == known.body_hash:
                meta["not_modified" if answer.status == 304 else "same_bytes"] = True
                status = answer.status
        headers = {name: [value.encode("latin-1", "replace")] for name, value in content.headers.items()}
        return Response(answer.url, status=status, headers=headers, body=content.body, request=request)

    # --- items --------------------------------------------------------------------------------------------------------

    async def _item(self, item: AnyItem, known: KnownPage | None) -> None:
        if isinstance(item, FailureItem):
            self._failed(item.cause, f"{item.url}: {item.cause}: {item.detail}")
            return
        if isinstance(item, ArticleItem):
            declared = bool(self.spider.site.lists)
            if not declared and item.published_at is None and len(item.body) < _LEAST_TEXT:
                self.counts["not_articles"] += 1
                return
            item.known = known is not None and known.article_id is not None
            for url in self.index.facts.get(url_key(item.url), Facts()).redirects:
                item.aliases.setdefault(canonical_url(url), "redirect")
            self._unstored.update(url_key(part.url) for part in item.parts)
            self._unstored.add(url_key(item.url))
        self._open()
        if self.run.stopped:
            return
        try:
            for stage in self._stages:
                done = stage.process_item(item)
                item = await done if inspect.isawaitable(done) else done
                if isinstance(item, FailureItem):
                    self._failed(item.cause, f"{item.url}: {item.cause}: {item.detail}")
                    return
                if isinstance(item, ArticleItem) and item.doubt == "foreign":
                    # A crawl waits for what the rest of the site shows; here later answers of the page come first.
                    self.counts["doubted"] += 1
                    self.run.tally.witness(f"{item.url}: another text altogether, {item.title[:60]!r}; not stored")
                    return
        except DropItem as error:
            self._failed("invalid", str(error))
        except Exception as error:  # as in a crawl: a stage that stumbles over an item fails that page alone
            logger.exception("storing %s failed", item.url)
            self._failed("error", f"{item.url}: {type(error).__name__}: {error}")

    def _open(self) -> None:
        """Claim the site when there is something to store, and not before."""
        if not self.is_open:
            self.is_open = True
            self.crawler.signals.send_catch_log(signals.spider_opened, spider=self.spider)

    def _failed(self, cause: str, sentence: str) -> None:
        if cause == "error":
            self.run.tally.counts["failed"] += 1
        self.run.tally.witness(sentence)
        self.counts["unreadable" if cause == "error" else "not_articles"] += 1

    # --- afterwards ---------------------------------------------------------------------------------------------------

    def _restate(self) -> None:
        """Articles that were gone where the export was made are gone here, too, unless they were seen since."""
        run = self.run
        if run.archive is None or run.handle is None or run.stopped:
            return
        for key, facts, since in self.index.gone():
            page = run.archive.known([key]).get(key)
            if page is None or page.site != self.spider.name or page.article_id is None:
                continue
            held = run.archive.article(page.article_id)
            if held is None or held.article.state != "live" or (page.fetched_at or since) > since:
                continue
            moments = [since]
            if facts.state == "withdrawn" and facts.state_changed_at is not None:
                moments.append(facts.state_changed_at)
            for at in moments:
                detail = "gone where the export was made"
                gone = FailureRecord(
                    self.spider.name, page.url, page.url_key, "article", "gone", detail, gone=True, at=at
                )
                run.archive.store(run.handle, StoreBatch(failures=[gone]))


def _may_stand(page: KnownPage) -> bool:
    """Whether the same bytes mean that nothing changed: not after a change of reading, nor for one page of several."""
    if page.kind == "attachment":
        return page.body_hash is not None
    return page.article_id is not None and page.extractor_version == EXTRACTOR_VERSION and not page.parts


def site_names(answers: Sequence[Answer], index: WarcIndex, domains: dict[str, str]) -> dict[str, list[Answer]]:
    """The answers by site: the declared one that the host belongs to, else the one named beside it, else the host."""
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        host = (urlsplit(answer.url).hostname or "").lower().rstrip(".").removeprefix("www.")
        name = next((domains[part] for part in _above(host) if part in domains), None)
        if name is None:
            told = index.facts[answer.key].site if answer.key in index.facts else ""
            name = told if told and told not in domains.values() else host
        found.setdefault(name, []).append(answer)
    return found


def _above(host: str) -> Iterator[str]:
    """The host and the domains it lies in."""
    while host:
        yield host
        host = host.partition(".")[2]
