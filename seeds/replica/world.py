"""The replica's world: which articles stand where in which epoch, and what is true of them.

Epoch 1 is the first sight. In epoch 2 new articles stand on the lists, one text has another number in it, one headline
is another, one article is gone, one list has new markup and one address answers with a challenge page. ``story``
says so by address; ``truth`` says field by field what an archive must hold after having seen an epoch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from urllib.parse import urldefrag, urljoin

from seeds.replica.build import EPOCH_2, NEWEST, TEMPLATES, build
from seeds.replica.content import chance
from seeds.replica.model import Article, Block, Column, Photo, Ref, Site, Truth

PER_PAGE = 15
EPOCHS = (1, 2)
TODAY = {1: NEWEST.date(), 2: EPOCH_2.date()}
"""The day the replica's clocks show."""

PINNED = ("zgnt", "南通时政", "zgnt-112")
UNORDERED = ("liaocheng", "热点")
EDITED = "liaocheng-102"
RETITLED = "chinajl-201"
WITHDRAWN = "zgnt-105"
REDESIGNED = ("cinic", "时政新闻")
MIRROR_HOSTS = {
    "www.kbm75.com": "cinic",
    "kbm75.com": "cinic",
    "www.etvsebi.cn": "chinajl",
    "etvsebi.cn": "chinajl",
}
"""Hosts that serve noisy copies of a site under the same paths."""


@dataclass(frozen=True)
class Change:
    """One article that changed: what stood there before and what stands there now."""

    site: str
    url: str
    before: str
    after: str


@dataclass(frozen=True)
class Story:
    """What an epoch brings, by address. ``new`` has no challenged pages; in epoch 1 everything is new.

    ``redesigned`` are list addresses with their column; ``challenged`` are listed addresses that answer with a script
    wall; ``reprints`` are new articles with the address of their original.
    """

    epoch: int
    today: date
    new: dict[str, tuple[str, ...]]
    edited: tuple[Change, ...] = ()
    retitled: tuple[Change, ...] = ()
    withdrawn: tuple[str, ...] = ()
    redesigned: tuple[tuple[str, str, str], ...] = ()
    challenged: tuple[tuple[str, str], ...] = ()
    reprints: tuple[tuple[str, str], ...] = ()


class World:
    """All sites in all epochs. Building it takes a fraction of a second; ``load_world()`` keeps one per process."""

    def __init__(self) -> None:
        self._articles = build()
        withdrawn = self._articles[WITHDRAWN]
        self._articles[WITHDRAWN] = replace(withdrawn, until=2)

    @property
    def sites(self) -> dict[str, Site]:
        """The sites by name."""
        return {name: template.SITE for name, template in TEMPLATES.items()}

    @cached_property
    def hosts(self) -> dict[str, str]:
        """Every host the replica answers for, with its site; mirrors and redirecting hosts included."""
        found = dict(MIRROR_HOSTS)
        for name, site in self.sites.items():
            found |= dict.fromkeys((site.host, *site.redirects, *site.twins), name)
        return found

    def articles(self, epoch: int, site: str | None = None) -> list[Article]:
        """Articles that answer in this epoch (challenged ones too), as they then read."""
        return [
            self._as_of(article, epoch)
            for article in self._articles.values()
            if article.since <= epoch < article.until and site in (None, article.site)
        ]

    def column(self, epoch: int, site: str, column: str) -> list[Article]:
        """A list's articles in the order it prints them."""
        entries = [article for article in self.articles(epoch, site) if column in article.lists]
        if (site, column) == UNORDERED:
            return sorted(entries, key=lambda article: chance(f"heat {article.key}").random())
        return sorted(entries, key=lambda article: article.published, reverse=True)

    def list_refs(self, epoch: int, site: str, column: str) -> list[list[Ref]]:
        """The entries of all pages of a list; the pinned one stands on top of each."""
        entries = self.column(epoch, site, column)
        refs = [Ref(entry.title, self.listed_href(entry, column), entry.published.date()) for entry in entries]
        pages = [refs[start : start + PER_PAGE] for start in range(0, len(refs), PER_PAGE)]
        if (site, column) == PINNED[:2]:
            entry = self._as_of(self._articles[PINNED[2]], epoch)
            top = Ref(entry.title, self.url(entry), entry.published.date(), pinned=True)
            pages = [[top, *page] for page in pages]
        return pages

    def url(self, article: Article) -> str:
        """The article's address."""
        return f"http://{self.sites[article.site].host}{article.path}"

    def listed_href(self, article: Article, column: str) -> str:
        """The address as a list prints it: relative, absolute, or in another spelling of the same page."""
        number = int(article.key.rpartition("-")[2])
        path, url = article.path, self.url(article)
        if article.twin_path and column != article.lists[0]:
            return article.twin_path
        if article.site == "zgnt":
            return url.replace("http:", "https:") if article.key == PINNED[2] else path.lstrip("/")
        if article.site == "cinic":
            return f"{path}?from=index" if number % 5 == 1 else f"{path}?spm=C{number}.P2" if number % 7 == 2 else path
        if article.site == "chinajl":
            return f"{url}#content" if number % 9 == 3 else url
        if article.site == "liaocheng":
            return f"http://liaocheng.cc{path}" if number % 6 == 4 else path
        if article.template == "old":
            return f"{path}index.html" if number % 2 else path
        return f"{path}&from=timeline" if number % 8 == 3 else path

    def truth(self, epoch: int) -> dict[str, Truth]:
        """What an archive holds that has seen every epoch up to this one, by address.

        Withdrawn articles are kept, with their last text. Challenged pages are not in it: they were never read.
        """
        return dict(self._truths(epoch))

    @lru_cache(maxsize=4)  # noqa: B019 - one world per process
    def _truths(self, epoch: int) -> dict[str, Truth]:
        readable = [entry for entry in self._articles.values() if entry.since <= epoch and not entry.challenge]
        return {truth.url: truth for truth in (self._truth(article, epoch) for article in readable)}

    @lru_cache(maxsize=4)  # noqa: B019
    def story(self, epoch: int) -> Story:
        """What this epoch brings."""
        fresh = [article for article in self._articles.values() if article.since == epoch and not article.challenge]
        new = {name: tuple(self.url(entry) for entry in fresh if entry.site == name) for name in self.sites}
        reprints = tuple(
            (self.url(entry), self.url(self._articles[entry.reprint_of])) for entry in fresh if entry.reprint_of
        )
        if epoch == 1:
            return Story(epoch, TODAY[1], new, reprints=reprints)
        site, column = REDESIGNED
        list_url = next(entry.path for entry in self.sites[site].columns if entry.name == column)
        return Story(
            epoch,
            TODAY[epoch],
            new,
            edited=(self._change(EDITED, epoch, "body"),),
            retitled=(self._change(RETITLED, epoch, "title"),),
            withdrawn=(self.url(self._articles[WITHDRAWN]),),
            redesigned=((site, column, f"http://{self.sites[site].host}{list_url}"),),
            challenged=tuple(
                (article.site, self.url(article)) for article in self._articles.values() if article.challenge
            ),
            reprints=reprints,
        )

    def find(self, epoch: int, site: str, path: str) -> Article | None:
        """The article at a path (with query, without tracking parameters); challenged ones too, withdrawn ones not."""
        return self._by_path(epoch).get((site, path))

    def column_at(self, site: str, path: str) -> tuple[Column, int] | None:
        """Column and page number of a list address."""
        return self._lists.get((site, path))

    @cached_property
    def _lists(self) -> dict[tuple[str, str], tuple[Column, int]]:
        found = {}
        for name, template in TEMPLATES.items():
            for column in template.SITE.columns:
                pages = max(len(self.list_refs(epoch, name, column.name)) for epoch in EPOCHS)
                for number in range(1, pages + 1):
                    found[name, template.list_path(column, number)] = (column, number)
        return found

    @lru_cache(maxsize=4)  # noqa: B019
    def _by_path(self, epoch: int) -> dict[tuple[str, str], Article]:
        found = {}
        for article in self.articles(epoch):
            found[article.site, article.path] = article
            if article.twin_path:
                found[article.site, article.twin_path] = article
        return found

    def _as_of(self, article: Article, epoch: int) -> Article:
        if epoch >= 2 and article.key == EDITED:
            return replace(article, blocks=_with_other_number(article.blocks))
        if epoch >= 2 and article.key == RETITLED:
            return replace(article, title=f"{article.title}：现场问答实录")
        return article

    def _change(self, key: str, epoch: int, name: str) -> Change:
        article = self._articles[key]
        before, after = self._as_of(article, epoch - 1), self._as_of(article, epoch)
        return Change(article.site, self.url(article), getattr(before, name), getattr(after, name))

    def _truth(self, article: Article, epoch: int) -> Truth:
        last = self._as_of(article, min(epoch, article.until - 1))
        url = self.url(article)
        base = f"http://{self.sites[article.site].host}/"
        hrefs = [urldefrag(urljoin(base, self.listed_href(article, column)))[0] for column in article.lists]
        aliases = tuple(dict.fromkeys(href for href in hrefs if href != url))
        original = self._articles[article.reprint_of] if article.reprint_of else None
        return Truth(
            key=article.key,
            site=article.site,
            url=url,
            title=last.title,
            body=last.body,
            lists=article.lists,
            aliases=aliases,
            subtitle=article.subtitle,
            column=article.crumbs,
            published_at=article.published_at,
            published_precision=article.precision,
            source=article.source,
            reporters=article.reporters,
            correspondents=article.correspondents,
            interns=article.interns,
            authors=article.authors,
            editors=article.editors,
            images=tuple(Photo(urljoin(url, block.src), block.text) for block in article.blocks if block.kind == "img"),
            views=article.views,
            is_mirror=article.mirror,
            reprint_of=self.url(original) if original else None,
            state="withdrawn" if article.until <= epoch else "live",
            revision=2 if epoch >= 2 and article.key in (EDITED, RETITLED) else 1,
        )


@lru_cache(maxsize=1)
def load_world() -> World:
    """The world, built once per process."""
    return World()


def modified_at(article: Article, epoch: int) -> datetime:
    """When the article's page was last written."""
    return EPOCH_2 if epoch >= 2 and article.key in (EDITED, RETITLED) else article.published


def _with_other_number(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The text with the first number of its second paragraph (or a later one) set right."""
    changed = list(blocks)
    for place, block in enumerate(blocks):
        match = re.search(r"\d+(?=[家台项名万])", block.text) if block.kind == "p" and place else None
        if match:
            number = str(int(match[0]) + 6)
            changed[place] = replace(block, text=block.text[: match.start()] + number + block.text[match.end() :])
            break
    return tuple(changed)
