"""From an address of a family site to the page that stands there."""

from __future__ import annotations

from urllib.parse import urlsplit

from seeds.replica.families.interfaces import answer
from seeds.replica.families.lists import FIRST_PAGE_NAMES, STATIC_LISTS, list_page, page_count
from seeds.replica.families.skins import article_page
from seeds.replica.families.world import FAMILY_SITES, FamilySite, FamilyWorld, load_family_world
from seeds.replica.model import Asked, Page


class FamilyPages:
    """The answers of all family sites, by host. ``page`` is pure."""

    def __init__(self, world: FamilyWorld | None = None) -> None:
        self.world = world or load_family_world()

    @property
    def hosts(self) -> dict[str, str]:
        """Every host with the name of its site."""
        return self.world.hosts

    def page(self, epoch: int, host: str, asked: Asked) -> Page:
        """The answer; 404 for what does not exist."""
        family = self.hosts.get(host)
        if family is None:
            return Page(421, b"unknown host\n", "text/plain", "other")
        site = FAMILY_SITES[family]
        stories = self.world.stories(epoch, family)
        found = answer(site, stories, asked)
        if found is not None:
            return found
        path = urlsplit(asked.target).path
        if path == "/robots.txt":
            return Page(404, b"", kind="robots")
        for entry in STATIC_LISTS.get(family, ()):
            number = entry.find(FIRST_PAGE_NAMES.get(path, path), page_count(stories))
            if number is not None:
                return self._encoded(site, list_page(site, entry, number, stories), "list")
        story = self.world.story(epoch, family, path)
        if story is None:
            return Page(404, "<html><body><p>您访问的页面不存在。</p></body></html>".encode(), kind="missing")
        place = stories.index(story)
        # Older articles only: a static page does not change when newer ones come.
        return self._encoded(site, article_page(story, stories[place + 1 : place + 5]), "article")

    @staticmethod
    def _encoded(site: FamilySite, html: str, kind: str) -> Page:
        return Page(200, html.encode(site.codec, "xmlcharrefreplace"), site.content_type, kind)
