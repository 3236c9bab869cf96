"""The world of many columns: what it serves is what it says it published."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.columns import PER_PAGE, ColumnWorld, Fault
from bench.farm import title_of
from seeds.load import load_sites

NOW = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[ColumnWorld]:
    with ColumnWorld(2, 3, PER_PAGE + 2, NOW) as made:
        yield made


def get(world: ColumnWorld, path: str, **headers: str) -> tuple[int, str, str]:
    host = world.sites["site_0"].host
    request = urllib.request.Request(f"http://127.0.0.1:{world.port}{path}", headers={"Host": host, **headers})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        return error.code, "", error.headers.get("ETag", "")


def test_lists_show_the_newest_first_and_every_article_is_served_as_told(world: ColumnWorld) -> None:
    late = world.publish("site_0", 1, NOW - timedelta(minutes=5))
    old = world.publish("site_0", 1, NOW - timedelta(days=400))
    first, second = get(world, "/c1/")[1], get(world, "/c1/p2.html")[1]
    assert first.index(title_of(late.number)) < first.index("</li>")
    assert title_of(old.number) in second.rpartition("<li>")[2]
    assert "下一页" in first
    assert "下一页" not in second
    truth = world.truth()
    assert len(truth) == 2 * 3 * (PER_PAGE + 2) + 2
    for design in (None, "new design"):
        world.sites["site_0"].fault = design  # type: ignore[assignment]
        title, text = truth[f"http://{world.sites['site_0'].host}/a/{late.number}.html"]
        page = get(world, f"/a/{late.number}.html")[1]
        assert title in page
        assert all(line in page for line in text.split("\n"))


def test_validators_are_kept_and_lie_when_they_are_to(world: ColumnWorld) -> None:
    status, _, tag = get(world, "/c0/")
    assert status == 200
    assert get(world, "/c0/", **{"If-None-Match": tag})[0] == 304
    world.publish("site_0", 0, NOW)
    assert get(world, "/c0/", **{"If-None-Match": tag})[0] == 200
    world.sites["site_0"].fault = "lying validators"
    assert get(world, "/c0/", **{"If-None-Match": tag})[0] == 304
    assert get(world, "/c0/")[0] == 200


@pytest.mark.parametrize(("fault", "status"), [("errors", 500), ("challenge", 521), ("hijacked", 200)])
def test_faults_lie_over_one_site(world: ColumnWorld, fault: Fault, status: int) -> None:
    world.sites["site_0"].fault = fault
    answered, page, _ = get(world, "/c0/")
    assert answered == status
    assert "下一页" not in page


@pytest.mark.parametrize("fault", ["down", "reset", "cut"])
def test_answers_that_break_off_are_no_answers(world: ColumnWorld, fault: Fault) -> None:
    world.sites["site_0"].fault = fault
    with pytest.raises((OSError, http.client.HTTPException)):
        get(world, "/c0/")


def test_site_files_are_good_and_the_projects_own_sites_rest(world: ColumnWorld, tmp_path: Path) -> None:
    sites = load_sites([world.write_sites(tmp_path / "sites", "1m")])
    live = {name: site for name, site in sites.items() if site.live}
    assert set(live) == {"site_0", "site_1"}
    assert [source.schedule.every_seconds for source in live["site_1"].lists] == [60, 60, 60]
