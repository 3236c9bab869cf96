"""How far a column has been read is a stored fact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from archive.archive import Archive
from archive.records import FailureRecord, FetchRecord, LinkRecord, ListRecord, StoreBatch, TouchRecord

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
FIRST = "http://news.example/policy/index.html"
SECOND = "http://news.example/policy/index_2.html"


def key(url: str) -> bytes:
    return blake2b(url.encode(), digest_size=16).digest()


def reading(url: str, number: int, minutes: int, links: list[str], *, completes: bool = False) -> ListRecord:
    fetch = FetchRecord(url, 200, T0 + timedelta(minutes=minutes), {"etag": f'"{number}"'}, b"<html>", 5)
    records = [LinkRecord(link, key(link)) for link in links]
    return ListRecord(
        "news",
        "policy",
        url,
        key(url),
        number,
        records,
        fetch,
        list_url=FIRST,
        list_url_key=key(FIRST),
        completes=completes,
    )


def test_column_is_complete_only_when_its_chain_was_read_through(archive: Archive) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(lists=[reading(FIRST, 1, 0, ["http://news.example/a"])]))
    page = archive.list_page("news", FIRST)
    assert page is not None
    assert page.chain_open
    assert page.complete_at is None
    archive.store(run, StoreBatch(lists=[reading(SECOND, 2, 1, ["http://news.example/b"], completes=True)]))
    page = archive.list_page("news", FIRST)
    assert page is not None
    assert not page.chain_open
    assert page.complete_at == T0 + timedelta(minutes=1)
    assert page.etag == '"1"', "the validators are those of the first page"


def test_links_found_are_pending_from_the_moment_the_list_is_stored(archive: Archive) -> None:
    run = archive.open_run("news", "manual")
    record = reading(FIRST, 1, 0, ["http://news.example/a", "http://news.example/old"])
    record.links[1].wanted = False
    archive.store(run, StoreBatch(lists=[record]))
    assert [page.url for page in archive.due("news", T0)] == ["http://news.example/a"]
    known = archive.known([key("http://news.example/a")])[key("http://news.example/a")]
    assert known.discovered_at == T0
    assert known.state == "pending"


def test_conditional_fetches_of_a_list_are_counted(archive: Archive) -> None:
    run = archive.open_run("news", "manual")
    archive.store(run, StoreBatch(lists=[reading(FIRST, 1, 0, ["http://news.example/a"], completes=True)]))
    for minute in (1, 2):
        fetch = FetchRecord(FIRST, 304, T0 + timedelta(minutes=minute), conditional=True, not_modified=True)
        archive.store(run, StoreBatch(touches=[TouchRecord("news", key(FIRST), fetch)]))
    page = archive.list_page("news", FIRST)
    assert page is not None
    assert page.conditional_count == 2


def test_empty_list_is_quoted_by_health_until_it_is_read_again(archive: Archive) -> None:
    run = archive.open_run("news", "manual")
    failure = FailureRecord(
        "news", FIRST, key(FIRST), "list", "no_links", "0 links; the page says 栏目改版", 200, "policy", at=T0
    )
    archive.store(run, StoreBatch(failures=[failure]))
    (health,) = archive.health("news")
    (empty,) = health.empty_lists
    assert empty.url == FIRST
    assert "栏目改版" in empty.detail
    archive.store(run, StoreBatch(lists=[reading(FIRST, 1, 5, ["http://news.example/a"], completes=True)]))
    (health,) = archive.health("news")
    assert health.empty_lists == []
