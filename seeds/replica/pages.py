"""From an address to the page that stands there: routing, encoding, damage of mirror copies, error and wall pages."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from seeds.replica.build import EPOCH_2, NEWEST, TEMPLATES
from seeds.replica.content import chance
from seeds.replica.model import Around, Article, Asked, Column, Listing, Page, Ref, Site
from seeds.replica.noise import spoil
from seeds.replica.world import MIRROR_HOSTS, REDESIGNED, TODAY, World, modified_at

_TRACKING = {"from", "spm", "PHPSESSID", "utm_source", "utm_medium", "share_token"}
_TEXT_NODE = re.compile(r"(<(script|style)\b.*?</\2>|<!--.*?-->|<[^>]*>)|([^<]+)", re.DOTALL | re.IGNORECASE)
_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_WALL = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>安全验证</title></head>
<body><noscript><h1>请开启 JavaScript 后刷新本页</h1></noscript>
<div id="wall">正在检查您的浏览器，请稍候…</div>
<script>(function(){var t="{token}",k=[],i;for(i=0;i<t.length;i++){k.push(t.charCodeAt(i)^i%7);}
document.cookie="__jsl_clearance="+k.join("")+";path=/;max-age=3600";setTimeout(function(){location.reload();},1500);})();</script>
</body></html>
"""


class Pages:
    """Renders the world's pages. ``page`` is pure: the same epoch, host and target always give the same page."""

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def hosts(self) -> dict[str, str]:
        """Every host of the world with its site."""
        return self.world.hosts

    def page(self, epoch: int, host: str, asked: Asked | str) -> Page:
        """The answer for ``asked`` (path and query alone, if nothing else matters); 404 for what does not exist."""
        target = asked if isinstance(asked, str) else asked.target
        name = self.world.hosts.get(host)
        if name is None:
            return Page(421, b"unknown host\n", "text/plain", "other")
        if host in MIRROR_HOSTS:
            return self._mirror(epoch, host, name, target)
        site = self.world.sites[name]
        if host in site.redirects:
            return Page(301, b"", kind="redirect", location=f"http://{site.host}{target}", server=site.server)
        return self._own(epoch, site, target)

    def _own(self, epoch: int, site: Site, target: str) -> Page:
        if target == "/robots.txt":
            return self._robots(site)
        path = plain_target(target)
        found = self.world.column_at(site.name, path)
        if found:
            return self._list(epoch, site, *found)
        article = self.world.find(epoch, site.name, path)
        if article:
            return self._challenge(article) if article.challenge else self._article(epoch, site, article)
        if path in self._images.get(site.name, ()):
            return Page(200, _GIF, "image/gif", "image", server=site.server)
        if path == "/":
            return self._home(epoch, site)
        if self._is_disallowed(site, path):
            return Page(200, _note("会员登录", "请先登录。"), kind="disallowed", server=site.server)
        return Page(404, _note("404", "您访问的页面不存在或已被删除。"), kind="missing", server=site.server)

    def _robots(self, site: Site) -> Page:
        if site.robots is None:
            return Page(404, _note("404", "您访问的页面不存在或已被删除。"), kind="robots", server=site.server)
        kind = "text/html" if site.robots.startswith("<") else "text/plain"
        return Page(200, site.robots.encode(), kind, "robots", server=site.server)

    def _article(self, epoch: int, site: Site, article: Article) -> Page:
        template = TEMPLATES[site.name]
        html = template.article_page(article, self._around(epoch, article))
        if article.mirror:
            html = damage(html)
        codec, content_type = template.charset(article.template)
        written = modified_at(article, epoch)
        return self._finish(site, html.encode(codec, "xmlcharrefreplace"), content_type, "article", written, article)

    def _list(self, epoch: int, site: Site, column: Column, number: int) -> Page:
        template = TEMPLATES[site.name]
        pages = self.world.list_refs(epoch, site.name, column.name)
        if number > len(pages):
            return Page(404, _note("404", "没有这一页。"), kind="missing", server=site.server)
        listing = Listing(
            column=column,
            refs=tuple(pages[number - 1]),
            number=number,
            pages=tuple(template.list_path(column, place) for place in range(1, len(pages) + 1)),
            today=TODAY[epoch],
            hot=self._some(f"hot {column.name}", site.name, 1, 6),
            redesigned=epoch >= 2 and (site.name, column.name) == REDESIGNED,
        )
        codec, content_type = template.charset("new")
        written = EPOCH_2 if epoch >= 2 else NEWEST
        content = template.list_page(listing).encode(codec, "xmlcharrefreplace")
        return self._finish(site, content, content_type, "list", written)

    def _finish(
        self,
        site: Site,
        content: bytes,
        content_type: str,
        kind: str,
        written: datetime,
        article: Article | None = None,
    ) -> Page:
        etag = f'"{hashlib.blake2b(content, digest_size=8).hexdigest()}"' if "etag" in site.validators else None
        moment = format_datetime(written.astimezone(UTC), usegmt=True) if "last-modified" in site.validators else None
        views = article.views if article else None
        return Page(200, content, content_type, kind, None, etag, moment, views, site.server)

    def _challenge(self, article: Article) -> Page:
        token = f"{chance(f'wall {article.key}').getrandbits(160):040x}"
        return Page(200, _WALL.replace("{token}", token).encode(), kind="challenge", server="yunjiasu")

    def _mirror(self, epoch: int, host: str, name: str, target: str) -> Page:
        """The original's page of the same path with notes and broken characters, its host name replaced."""
        if target == "/robots.txt":
            return Page(404, b"", kind="robots")
        original = self._own(epoch, self.world.sites[name], target)
        if original.status != 200 or not original.content_type.startswith("text/html"):
            return original
        template = TEMPLATES[name]
        article = self.world.find(epoch, name, plain_target(target))
        html = original.content.decode(template.charset(article.template if article else "new")[0])
        html = html.replace(self.world.sites[name].host, host)
        if not (article and article.mirror):
            html = damage(html)
        return Page(200, html.encode(), "text/html; charset=utf-8", "mirror", views=original.views)

    def _home(self, epoch: int, site: Site) -> Page:
        newest = sorted(self.world.articles(epoch, site.name), key=lambda entry: entry.published, reverse=True)[:20]
        items = "".join(
            f'<li><a href="{escape(entry.path)}">{escape(entry.title)}</a><span>{entry.published:%m-%d}</span></li>'
            for entry in newest
        )
        columns = "".join(f'<a href="{column.path}">{column.name}</a> ' for column in site.columns)
        html = (
            f'<html><head><meta charset="utf-8"><title>{site.publisher}</title></head>'
            f"<body><div>{columns}</div><ul>{items}</ul></body></html>"
        )
        return Page(200, html.encode(), kind="home", server=site.server)

    def _around(self, epoch: int, article: Article) -> Around:
        """Neighbours and side columns as they were when the page was written: static pages do not change later."""
        column = self.world.column(article.since, article.site, article.lists[0])
        place = next((i for i, entry in enumerate(column) if entry.key == article.key), 0)
        refs = [self._ref(entry) for entry in column]
        related = [ref for ref in refs[max(0, place - 3) : place + 4] if ref.title != article.title]
        return Around(
            today=TODAY[epoch],
            related=tuple(related[:5]),
            hot=self._some(article.key, article.site, article.since, 8),
            previous=refs[place + 1] if place + 1 < len(refs) else None,
            following=refs[place - 1] if place else None,
        )

    def _some(self, key: str, site: str, epoch: int, number: int) -> tuple[Ref, ...]:
        entries = self.world.articles(epoch, site)
        return tuple(self._ref(entry) for entry in chance(f"side {key}").sample(entries, number))

    def _ref(self, article: Article) -> Ref:
        return Ref(article.title, article.path, article.published.date())

    @cached_property
    def _images(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for epoch in (1, 2):
            for article in self.world.articles(epoch):
                sources = {block.src for block in article.blocks if block.kind == "img"}
                found.setdefault(article.site, set()).update(sources)
        return found

    @staticmethod
    def _is_disallowed(site: Site, path: str) -> bool:
        rules = re.findall(r"(?m)^Disallow: *(\S+)", site.robots or "")
        return any(path.startswith(rule) for rule in rules)


def plain_target(target: str) -> str:
    """Path and query without tracking parameters and without the name of an index page."""
    parts = urlsplit(target)
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _TRACKING])
    path = parts.path.removesuffix("index.html") if parts.path.endswith("/index.html") else parts.path
    return f"{path}?{query}" if query else path


def damage(html: str) -> str:
    """The page as a mirror shows it: every text spoiled, markup and scripts left alone."""

    def spoiled(match: re.Match[str]) -> str:
        if match[1] is not None or not match[3].strip():
            return match[0]
        # Entities are plain letters to the mirror's program and come through.
        return spoil(match[3], "medium")

    return _TEXT_NODE.sub(spoiled, html)


def _note(title: str, words: str) -> bytes:
    return f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><p>{words}</p></body></html>'.encode()
