"""sites add, check and repair on sites of no known family: from the address to the archive, with no hand in between."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.archive import Archive
from seeds.load import load_site
from seeds.replica.families.pages import FamilyPages
from seeds.replica.families.world import load_family_world
from seeds.replica.server import ReplicaServer
from seeds.replica.unknown import HOSTS, UnknownServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[UnknownServer]:
    with UnknownServer() as running:
        monkeypatch.setenv("ZHIWEN_FETCH__RESOLVE", json.dumps(running.resolve_map))
        monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0")
        monkeypatch.setenv("ZHIWEN_FETCH__RETRIES", "0")
        yield running


def wrong_fields(folder: Path, site: str, server: UnknownServer) -> tuple[int, list[str]]:
    """How many articles are stored, and each field that differs from the truth, and each needless revision."""
    wrong: list[str] = []
    with Archive(f"sqlite:///{folder / 'zhiwen.db'}", folder) as archive:
        stored = {detail.article.url: detail for detail in archive.export(site=site)}
        for url, truth in server.truth(site).items():
            detail = stored.get(url) or archive.article(url)
            if detail is None:
                wrong.append(f"{url} is missing")
                continue
            current = detail.current
            for name in ("title", "body", "published_at", "source"):
                if getattr(current, name) != getattr(truth, name):
                    wrong.append(f"{url} {name}: {getattr(current, name)!r}")
            if current.number != 1:
                wrong.append(f"{url} has revision {current.number}")
    return len(stored), wrong


def crawled(result) -> dict[str, object]:
    return json.loads(result.out.splitlines()[-1])


def test_portal_is_added_crawled_redesigned_and_mended(zhiwen, server: UnknownServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    added = zhiwen("sites", "add", f"http://{HOSTS['portal']}/", "--name", "portal", "--yes")
    assert added.code == 0, added.err
    site = load_site(data / "sites" / "portal.toml")
    assert site.publisher == "临溪质量在线"
    assert [(one.column, one.url) for one in site.lists] == [("质量要闻", f"http://{HOSTS['portal']}/zlyw/")]
    assert site.min_articles == 9
    assert crawled(zhiwen("crawl", "portal", "--json"))["verdict"] == "ok"
    assert wrong_fields(data, "portal", server) == (26, [])

    server.epoch = 2
    broken = zhiwen("crawl", "portal", "--json")
    assert (broken.code, crawled(broken)["verdict"]) == (1, "no links")
    mended = zhiwen("sites", "repair", "portal", "--yes", "--json")
    assert mended.code == 0, mended.err
    answer = json.loads(mended.out)
    assert answer["lists"][0]["before"]["links"] == 0
    assert answer["lists"][0]["after"] == {"links": 12, "known": 9}
    assert answer["before"]["unread"] == answer["before"]["pages"] == 6
    assert answer["after"]["unread"] == 0
    assert set(answer["after"]["right"].values()) == {6}
    written = tomllib.loads((data / "sites" / "portal.toml").read_text("utf-8"))
    assert [layout["body"] for layout in written["layouts"]] == ["div.post__text", "div.detail-body"]
    counts = crawled(zhiwen("crawl", "portal", "--json"))["counts"]
    assert (counts["new"], counts.get("changed", 0), counts.get("failed", 0)) == (3, 0, 0)
    assert wrong_fields(data, "portal", server) == (29, [])


def test_tables_of_2006_are_added_and_mended_with_no_false_revision(
    zhiwen, server: UnknownServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    added = zhiwen("sites", "add", f"http://{HOSTS['tables']}/newslist.asp?classid=3", "--name", "tables", "--yes")
    assert added.code == 0, added.err
    assert "gb18030" in added.out
    assert crawled(zhiwen("crawl", "tables", "--json"))["verdict"] == "ok"
    assert wrong_fields(data, "tables", server) == (26, [])

    server.epoch = 2
    broken = zhiwen("sites", "check", "tables")
    assert broken.code == 1
    assert "no article links" in broken.out
    assert "zhiwen sites repair tables" in broken.out
    assert zhiwen("sites", "repair", "tables", "--yes").code == 0
    counts = crawled(zhiwen("crawl", "tables", "--revisit", "--json"))["counts"]
    assert (counts["new"], counts["unchanged"], counts.get("changed", 0)) == (3, 26, 0)
    assert wrong_fields(data, "tables", server) == (29, [])


def test_site_that_lists_by_feed_alone_is_added_and_crawled(zhiwen, server: UnknownServer, tmp_path: Path) -> None:
    added = zhiwen("sites", "add", f"http://{HOSTS['feed']}/biaozhun/", "--name", "feed", "--yes")
    assert added.code == 0, added.err
    site = load_site(tmp_path / "data" / "sites" / "feed.toml")
    assert [one.url for one in site.lists] == [f"http://{HOSTS['feed']}/rss.xml"]
    assert crawled(zhiwen("crawl", "feed", "--json"))["verdict"] == "ok"
    assert wrong_fields(tmp_path / "data", "feed", server) == (26, [])


def test_site_of_a_family_is_added_and_crawled_to_its_last_page(zhiwen, monkeypatch, tmp_path: Path) -> None:
    world, data = load_family_world(), tmp_path / "data"
    with ReplicaServer(source=FamilyPages(world)) as replica:
        monkeypatch.setenv("ZHIWEN_FETCH__RESOLVE", json.dumps(replica.resolve_map()))
        monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0")
        added = zhiwen("sites", "add", "http://scjg.haiyan.example/xw/zj/index.html", "--yes")
        assert added.code == 0, added.err
        assert crawled(zhiwen("crawl", "scjg_haiyan_example", "--backfill", "--json"))["verdict"] == "ok"
    assert load_site(data / "sites" / "scjg_haiyan_example.toml").family == "jpaas"
    with Archive(f"sqlite:///{data / 'zhiwen.db'}", data) as archive:
        stored = {detail.article.url: detail.current for detail in archive.export()}
    truth = world.truth(1, "jpaas")
    assert set(stored) == set(truth)
    assert all(
        (stored[url].title, stored[url].body, stored[url].published_at, stored[url].source)
        == (one.title, one.body, one.published_at, one.source)
        for url, one in truth.items()
    )


def test_page_that_robots_forbid_writes_nothing(zhiwen, server: UnknownServer, tmp_path: Path) -> None:
    server.robots = "User-agent: *\nDisallow: /zlyw/\n"
    refused = zhiwen("sites", "add", f"http://{HOSTS['portal']}/zlyw/", "--yes")
    assert (refused.code, refused.out) == (1, "")
    assert "robots" in refused.err
    assert "Nothing was written." in refused.err
    assert not list((tmp_path / "data").glob("sites/*"))


def test_wrong_calls_are_told_before_anything_is_fetched(zhiwen, server: UnknownServer, tmp_path: Path) -> None:
    url = f"http://{HOSTS['portal']}/zlyw/"
    assert zhiwen("sites", "add", url, "--name", "Big Name", "--yes").code == 2
    taken = zhiwen("sites", "add", url, "--name", "zgnt", "--yes")
    assert taken.code == 1
    assert "already" in taken.err
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "portal.toml").write_text("mine", "utf-8")
    exists = zhiwen("sites", "add", url, "--name", "portal", "--folder", folder, "--yes")
    assert exists.code == 1
    assert (folder / "portal.toml").read_text("utf-8") == "mine"
    watched = zhiwen("sites", "add", "http://www.zgnt.net/node_101.htm", "--name", "other", "--yes")
    assert watched.code == 1
    assert "南通时政 of zgnt" in watched.err
    assert zhiwen("sites", "repair", "portal", "--yes").code == 2
    assert zhiwen("sites", "repair", "zgnt", "--yes").code == 1
    assert not server.requests


def test_nothing_is_written_when_nobody_is_asked(zhiwen, server: UnknownServer, tmp_path: Path) -> None:
    url = f"http://{HOSTS['feed']}/rss.xml"
    result = zhiwen("sites", "add", url, "--name", "feed")
    assert result.code == 2
    assert not server.requests
    assert "--yes" in result.err
    assert not (tmp_path / "data" / "sites").exists()
