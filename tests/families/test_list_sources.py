"""Lists of other kinds, crawled by the real process: a feed, a sitemap index, a list that ignores its page number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seeds.replica.families.pages import FamilyPages
from seeds.replica.families.world import PER_PAGE
from seeds.replica.model import Asked, Page
from seeds.replica.server import ReplicaServer

SITES = {
    "feed": ("http://www.yunhe-news.example/", "founder", "/rss.xml", ""),
    "map": ("http://www.zhongliang.example/", "phpcms", "/sitemap.xml", ""),
    # The server ignores what it does not know and answers with page 1 for ever.
    "stuck": ("http://www.jiliang.example/", "empire", "/zhiliang/", 'page_url = "/zhiliang/?page={page}"'),
    # This server counts its pages from 1, and takes 0 for 1.
    "shifted": ("http://zlj.pengcheng.example/", "epoint", "/dynamic/zwgk/govInfoPub.html?categorynum=003006", ""),
    "moved": ("http://www.suzhong.example/", "jcms", "/col/col1202/index.html", ""),
}
SITE = """
publisher = "{name}"
base_url = "{base}"
family = "{family}"
[[lists]]
column = "要闻"
url = "{url}"
{more}
"""


class Watched(FamilyPages):
    """The family sites, which can be ill."""

    broken = False

    def page(self, epoch: int, host: str, asked: Asked) -> Page:
        """The answer; while ``broken`` the columns' own pages fail."""
        if self.broken and asked.target.startswith("/col/"):
            return Page(500, b"", "text/plain", "broken")
        if asked.target.endswith("/getgovinfolist"):
            wanted = json.loads(asked.body)
            asked = replace(asked, body=json.dumps(wanted | {"pageIndex": max(wanted["pageIndex"] - 1, 0)}).encode())
        return super().page(epoch, host, asked)


class Sources:
    """Rounds of crawls of all four sites."""

    def __init__(self, reader: Any, pages: Watched) -> None:
        self.reader, self.pages, self.server = reader, pages, reader.server
        self.first = reader.crawl(*SITES)
        self.again = reader.crawl(*SITES, days=0.01)
        pages.broken = True
        self.server.epoch = 2
        self.ill = reader.crawl(*SITES, days=0.02)
        pages.broken = False
        self.server.epoch = 3  # nothing new; the server keeps its answers by epoch
        self.mended = reader.crawl(*SITES, days=1)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory, family_reader: Any) -> Iterator[Sources]:
    folder: Path = tmp_path_factory.mktemp("sites")
    for name, (base, family, url, more) in SITES.items():
        text = SITE.format(name=name, base=base, family=family, url=url, more=more)
        (folder / f"{name}.toml").write_text(text, "utf-8")
    pages = Watched()
    with ReplicaServer(source=pages) as server:
        reader = family_reader(server, tmp_path_factory.mktemp("sources"), folder)
        reader.environment["ZHIWEN_FETCH__RETRIES"] = "0"
        yield Sources(reader, pages)
        reader.archive.close()


def test_a_feed_is_a_list(sources: Sources) -> None:
    first, later = sources.first["feed"], sources.ill["feed"]
    assert (first.verdict, first.counts["new"], first.counts["list_pages"]) == ("ok", 2 * PER_PAGE, 1)
    assert sources.again["feed"].counts["lists_unchanged"] == 1
    assert (later.verdict, later.counts["new"]) == ("ok", 1)


def test_every_part_of_a_sitemap_index_is_read_in_every_run(sources: Sources) -> None:
    first, again, later = sources.first["map"], sources.again["map"], sources.ill["map"]
    stories = sources.pages.world.stories(1, "phpcms")
    assert (first.verdict, first.counts["new"], first.counts["list_pages"]) == ("ok", len(stories), 2)
    assert (again.counts.get("new", 0), again.counts["lists_unchanged"]) == (0, 2)
    assert (later.verdict, later.counts["new"]) == ("ok", 1)


def test_a_list_that_ignores_its_page_number_ends_with_a_warning(sources: Sources) -> None:
    first, later = sources.first["stuck"], sources.ill["stuck"]
    assert first.verdict == "gap possible"
    assert "page 2 shows the articles of page 1" in first.reason
    assert (first.counts["new"], first.counts["list_pages"]) == (PER_PAGE, 2)
    assert "older articles are not read" in first.log
    assert sources.again["stuck"].counts["lists_unchanged"] == 1, "what can be read of it is complete"
    assert later.counts["new"] == 1
    assert later.verdict == "gap possible", "page 1 is not known as a whole, and there is no page 2 to bridge it"


def test_a_server_that_counts_from_one_is_read_to_its_end(sources: Sources) -> None:
    first = sources.first["shifted"]
    stories = sources.pages.world.stories(1, "epoint")
    assert (first.verdict, first.counts["new"]) == ("ok", len(stories)), "page 1 came twice, the last page too was read"
    assert sources.again["shifted"].counts["lists_unchanged"] == 1


def test_an_unchanged_shell_hides_no_new_article(sources: Sources) -> None:
    # The page around the list answers 304 truthfully; only the list itself is asked for with its own conditions.
    assert sources.first["moved"].counts["new"] == len(sources.pages.world.stories(1, "jcms"))
    assert sources.again["moved"].counts["lists_unchanged"] == 1
    assert sources.server.requests.by_status[304] == 0


def test_a_column_page_that_failed_is_well_again_when_its_list_is_read(sources: Sources) -> None:
    assert sources.ill["moved"].verdict == "failing"
    assert sources.mended["moved"].counts["new"] == 1
    assert sources.mended["moved"].verdict == "ok"
    assert sources.reader.archive.quarantine("moved") == []
