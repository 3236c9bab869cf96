"""Whether a page still shows its own article, and what that tells of the site."""

from __future__ import annotations

from collections import Counter
from typing import Self

from scrapy.crawler import Crawler

from archive.archive import Archive
from archive.records import ArticleDetail
from crawler.extensions.run import CrawlRun
from crawler.extensions.second_look import SecondLook
from crawler.extensions.watch import MANY, Watch
from crawler.items import AnyItem, ArticleItem, FailureItem, ListPageItem, UnchangedItem
from crawler.reading.challenge import find_missing, find_out_of_order, find_taken_back, shown_text
from crawler.reading.charset import decode
from crawler.reading.foreign import SHARED, STANDS, foreign_words, shares, standing
from crawler.reading.text import fold
from crawler.reading.urls import url_key

# What a list page answers when it is no list any more; a server that is slow or broken says nothing of the site.
_STRANGE_LISTS = frozenset(
    {"no_links", "layout", "not_an_article", "gone", "soft_404", "maintenance", "offsite", "redirect"}
)


class TakeoverPipeline:
    """Say whether what was read is believable, and note it in ``CrawlRun.watch``.

    A known article whose address shows another text altogether becomes a ``FailureItem`` with cause ``soft_404`` (a
    notice, another article it leads to, a note that it was taken back) or ``foreign`` (the words of a taken-over site).
    So does a new one. What may be either gets ``item.doubt`` and waits: ``foreign``, a known article with a new text;
    ``undated``, a new one that may be what the site shows where nothing is.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._texts: Counter[bytes] = Counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's constructor."""
        return cls(crawler)

    def process_item(self, item: AnyItem) -> AnyItem:
        """Scrapy's hook."""
        run = CrawlRun.of(self.crawler)
        if run is None or run.archive is None:
            return item
        watch = run.watch
        if isinstance(item, ArticleItem):
            item = self._known(item, run.archive, watch) if item.known else self._new(item, watch)
        elif isinstance(item, UnchangedItem):
            if item.kind == "list":
                watch.lists_usual += 1
            elif item.kind == "article":
                item = self._unchanged(item, run.archive, watch)
        elif isinstance(item, ListPageItem):
            if item.all_new:
                watch.lists_strange += 1
                self._doubt(watch, f"no known article on {item.url}")
            else:
                watch.lists_usual += bool(item.known)
        if isinstance(item, FailureItem):
            if item.cause in ("layout", "invalid", "not_an_article") and item.fetch is not None:
                self._taken_back(item, run.archive)
            self._failure(item, run.archive, watch)
        return item

    def _known(self, item: ArticleItem, archive: Archive, watch: Watch) -> AnyItem:
        asked = item.fetch.requested_url if item.fetch is not None else item.url
        stored = archive.article(url_key(asked)) or archive.article(url_key(item.url))
        if stored is None:
            return self._new(item, watch)
        key = url_key(stored.article.url)
        old = stored.current
        shown = f"{item.title}\n{item.body}"
        common = shares(fold(old.title), fold(old.body), item.search_title, item.search_body)
        if common.body < SHARED and (note := find_taken_back(item.title, item.body) or find_missing(item.body)):
            # Its headline may well have stayed.
            return _refused(item, asked, "soft_404", f"the text gave way to a note that says {note!r}: {shown[:80]}")
        if not common.is_foreign:
            watch.see(key, stored.article.url, "alive", "")
            return item
        sentence = f"{stored.article.url} shows {shown[:80]!r} in place of {old.title[:40]!r}"
        if words := foreign_words(fold(shown)):
            watch.see(key, stored.article.url, "foreign", sentence)
            self._doubt(watch, sentence)
            return _refused(item, asked, "foreign", f"the page shows {'、'.join(words[:5])}: {shown[:80]}")
        if why := self._not_there(item, stored, shown):
            return _refused(item, asked, "soft_404", why)
        if order := find_out_of_order(shown):
            return _refused(item, asked, "not_an_article", f"the site is out of order, it says {order!r}")
        watch.see(key, stored.article.url, "foreign", sentence)
        self._doubt(watch, sentence, like=asked)
        item.doubt = "foreign"
        return item

    @staticmethod
    def _unchanged(item: UnchangedItem, archive: Archive, watch: Watch) -> AnyItem:
        """As it was; or not there any more, when its address leads to another article that is as it was."""
        asked = url_key(item.fetch.requested_url)
        if asked != url_key(item.url):
            here, stored = archive.article(url_key(item.url)), archive.article(asked)
            if here is not None and stored is not None and here.article.id != stored.article.id:
                old, new = stored.current, here.current
                if shares(fold(old.title), fold(old.body), fold(new.title), fold(new.body)).is_foreign:
                    detail = f"the address leads to another article, {item.url}: {new.title[:60]}"
                    return FailureItem(
                        item.site, item.fetch.requested_url, "article", "soft_404", detail, item.fetch.status
                    )
        watch.see(url_key(item.url), item.url, "alive", "")
        return item

    @staticmethod
    def _not_there(item: ArticleItem, stored: ArticleDetail, shown: str) -> str:
        if missing := find_missing(shown):
            return f"the page says {missing!r}: {shown[:80]}"
        here = url_key(item.url)
        if here != url_key(stored.article.url) and all(url_key(alias.url) != here for alias in stored.aliases):
            return f"the address leads to another article, {item.url}: {item.title[:60]}"
        return ""

    def _new(self, item: ArticleItem, watch: Watch) -> AnyItem:
        asked = item.fetch.requested_url if item.fetch is not None else item.url
        if words := foreign_words(f"{item.search_title}\n{item.search_body}"):
            detail = f"the page shows {'、'.join(words[:5])}: {item.title[:40]} / {item.body[:60]}"
            watch.intruders[item.url] = f"{item.url}: {detail}"
            # A hidden link among known ones is the site's sore; three, or lists that show nothing else, are a doubt.
            if not watch.lists_usual or len(watch.intruders) >= MANY:
                self._doubt(watch, f"{item.url} shows {'、'.join(words[:3])}")
            return _refused(item, asked, "foreign", detail)
        if note := find_taken_back(item.title, item.body):
            return _refused(item, asked, "soft_404", f"the page holds but a note that says {note!r}")
        self._texts[item.fingerprint] += 1
        watch.new += 1
        look = SecondLook.of(self.crawler)
        if look is not None and (item.published_at is None or self._texts[item.fingerprint] > 1):
            look.ask_nowhere(asked)
            item.doubt = "undated"
        return item

    def _failure(self, item: FailureItem, archive: Archive, watch: Watch) -> None:
        if item.kind == "list":
            watch.lists_strange += item.cause in _STRANGE_LISTS
            if item.cause == "foreign":
                watch.lists_strange += 1
                watch.lists_foreign += 1
                self._doubt(watch, f"{item.url}: {item.detail}")
            return
        if item.kind != "article" or item.cause not in ("gone", "soft_404", "offsite", "redirect"):
            return
        key = url_key(item.url)
        page = archive.known([key]).get(key)
        if page is None or page.article_id is None:
            watch.dead += item.cause in ("gone", "soft_404")
        else:
            watch.articles[key] = page.article_id
            sight = "gone" if item.cause in ("gone", "soft_404") else "foreign"
            watch.see(key, item.url, sight, f"{item.url}: {item.detail}")  # type: ignore[arg-type]

    @staticmethod
    def _taken_back(item: FailureItem, archive: Archive) -> None:
        """A stored article whose page has no text any more but a note that it was taken back is gone."""
        assert item.fetch is not None
        shown = shown_text(decode(item.fetch.body).text)
        note = find_taken_back("", shown, most=800)
        stored = archive.article(url_key(item.url)) if note else None
        if stored is None:
            return
        old = stored.current
        if standing(fold(old.title), fold(old.body), fold(shown)) < STANDS:
            item.cause, item.detail = "soft_404", f"the text gave way to a note that says {note!r}: {shown[:80]}"

    def _doubt(self, watch: Watch, why: str, like: str = "") -> None:
        watch.why = watch.why or why
        look = SecondLook.of(self.crawler)
        if look is None:
            watch.settled = True
            return
        if like:
            look.ask_nowhere(like)
        look.look(why)


def _refused(item: ArticleItem, asked: str, cause: str, detail: str) -> FailureItem:
    status = item.fetch.status if item.fetch is not None else None
    return FailureItem(
        item.site, asked, "article", cause, detail, status, item.listed_in or " > ".join(item.column), item.fetch
    )
