"""Runs as users start them: limits, two at once, a dry look, a stop by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from bench.warm import WarmChild
from crawler.reading.urls import url_key
from crawler.settings import SPIDER_MIDDLEWARES


def start(reader: Any, site: str) -> WarmChild:
    """A crawl that goes on while the test looks."""
    started: WarmChild = reader.warm.start(
        ["-m", "scrapy", "crawl", site],
        environment={**reader.environment, "ZHIWEN_FETCH__DELAY_SECONDS": "0.2"},
        stderr=subprocess.DEVNULL,
    )
    return started


def wait_for_requests(process: WarmChild, number: int) -> None:
    """Read progress lines until ``number`` requests were sent."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(b"{") and json.loads(line)["counts"].get("requests", 0) >= number:
            return
    raise AssertionError("the crawl ended before")


def test_limit_stores_exactly_so_many_articles_with_the_right_fields_from_gbk_bytes(reader: Any) -> None:
    crawled = reader.crawl("liaocheng", "-a", "limit=5")
    assert crawled.code == 0, crawled.log
    truth = reader.server.world.truth(1)
    by_key = {url_key(url): article for url, article in truth.items()}
    stored = list(reader.archive.export())
    assert len(stored) == 5
    for detail in stored:
        expected = by_key[url_key(detail.article.url)]
        assert detail.current.charset == "gb18030"
        assert (detail.current.title, detail.current.body) == (expected.title, expected.body)
        assert detail.current.source == expected.source
        assert detail.current.published_at == expected.published_at


def test_run_after_a_limited_one_reads_all_the_rest(reader: Any) -> None:
    reader.crawl("liaocheng", "-a", "limit=5")
    crawled = reader.crawl("liaocheng", days=0.01)
    truth = reader.server.world.truth(1)
    assert crawled.verdict == "ok"
    assert reader.archive.count() == sum(article.site == "liaocheng" for article in truth.values())


def test_second_crawl_of_one_site_says_who_holds_it(reader: Any) -> None:
    first = start(reader, "zgnt")
    try:
        wait_for_requests(first, 2)
        second = reader.crawl("zgnt")
        assert second.code == 1
        assert second.verdict == "held"
        assert str(first.pid) in second.reason
        assert second.counts.get("requests", 0) == 0, "the refused run asks the site for nothing"
    finally:
        first.kill()
        first.communicate()


def test_stop_by_hand_keeps_what_was_read_and_the_next_run_goes_on(reader: Any) -> None:
    process = start(reader, "zgnt")
    wait_for_requests(process, 8)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert json.loads(output.strip().splitlines()[-1])["verdict"] == "interrupted"
    assert reader.archive.count() > 0
    crawled = reader.crawl("zgnt")
    assert crawled.verdict == "ok"
    truth = reader.server.world.truth(1)
    assert reader.archive.count() == sum(article.site == "zgnt" for article in truth.values())


def test_stop_in_the_first_instant_leaves_no_run_open(reader: Any, tmp_path: Path) -> None:
    # Between the opening of the spider and the start of its engine Scrapy takes a crawl for not running.
    (tmp_path / "impatient.py").write_text(
        "import os, signal\n"
        "from scrapy import signals\n"
        "class Impatient:\n"
        "    @classmethod\n"
        "    def from_crawler(cls, crawler):\n"
        "        crawler.signals.connect(cls.stop, signal=signals.spider_opened)\n"
        "        return cls()\n"
        "    @classmethod\n"
        "    async def stop(cls):\n"
        "        import asyncio\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        await asyncio.sleep(0.05)\n",
        encoding="utf-8",
    )
    reader.environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), reader.environment.get("PYTHONPATH", "")])
    extensions = json.dumps({"crawler.extensions.run.CrawlRun": 0, "impatient.Impatient": 900})
    crawled = reader.crawl("liaocheng", "-s", f"EXTENSIONS={extensions}")
    assert crawled.verdict == "interrupted", crawled.log
    (run,) = reader.archive.runs()
    assert run.verdict == "interrupted"


def test_fault_of_the_crawler_itself_fails_the_run_and_is_quoted(reader: Any, tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text(
        "class Faulty:\n"
        "    async def process_spider_output(self, response, result):\n"
        "        async for entry in result:\n"
        "            yield entry\n"
        "            if response.meta.get('kind') == 'list':\n"
        "                raise KeyError('a fault of ours')\n",
        encoding="utf-8",
    )
    reader.environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), reader.environment.get("PYTHONPATH", "")])
    middlewares = json.dumps(dict(SPIDER_MIDDLEWARES) | {"faulty.Faulty": 1})
    crawled = reader.crawl("liaocheng", "-s", f"SPIDER_MIDDLEWARES={middlewares}")
    assert (crawled.code, crawled.verdict) == (1, "failing"), crawled.log
    assert any("the crawler broke: KeyError" in sentence for sentence in crawled.evidence)


def test_dry_run_reads_and_stores_nothing(reader: Any) -> None:
    arguments = ("crawl", "zgnt", "-a", "limit=3", "-s", "DRY_RUN=1")
    code, output, log = reader.warm.run(*arguments, environment=reader.environment)
    assert code == 0, log
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    shown = [line["article"] for line in lines if line["event"] == "article"]
    assert len(shown) == 3
    assert all(article["title"] and article["body_length"] > 50 for article in shown)
    assert not (reader.data_dir / "zhiwen.db").exists()


def test_since_reads_back_to_the_day_and_leaves_the_older_ones(reader: Any) -> None:
    truth = [article for article in reader.server.world.truth(1).values() if article.site == "zgnt"]
    days = sorted(article.published_at.date() for article in truth)
    since = days[len(days) // 2]
    crawled = reader.crawl("zgnt", "-a", f"since={since}")
    assert crawled.code == 0, crawled.log
    stored = [detail.current.published_at for detail in reader.archive.export()]
    assert stored
    assert len(stored) == sum(article.published_at.date() >= since for article in truth)


def test_unreachable_site_is_a_failed_run_that_says_why(reader: Any) -> None:
    reader.environment["ZHIWEN_FETCH__RESOLVE"] = json.dumps({"www.zgnt.net": "127.0.0.1:9"})
    reader.environment["ZHIWEN_FETCH__RETRIES"] = "0"
    crawled = reader.crawl("zgnt")
    assert crawled.code == 1
    assert crawled.verdict in ("failing", "robots")
    assert "www.zgnt.net" in crawled.reason
    assert not (reader.data_dir / "snapshots").exists() or not os.listdir(reader.data_dir / "snapshots")


def test_headline_that_changed_on_its_list_is_read_again_at_once(reader: Any) -> None:
    reader.crawl("chinajl")
    reader.server.epoch = 2
    (change,) = reader.server.world.story(2).retitled
    reader.crawl("chinajl", days=0.01)
    detail = reader.archive.article(url_key(change.url))
    assert detail.article.revision == 2
    assert detail.current.title == change.after


def test_revisit_looks_at_every_known_article_due_or_not(reader: Any) -> None:
    reader.crawl("liaocheng")
    reader.server.epoch = 2
    (change,) = reader.server.world.story(2).edited
    reader.crawl("liaocheng", days=0.01)
    assert reader.archive.article(url_key(change.url)).article.revision == 1, "it was not due yet"
    crawled = reader.crawl("liaocheng", "-a", "revisit=1", days=0.02)
    assert crawled.counts["changed"] == 1
    assert reader.archive.article(url_key(change.url)).article.revision == 2
    assert reader.crawl("liaocheng", "-a", "revisit=1", days=0.03).counts.get("changed", 0) == 0


def test_shell_shows_readable_text_and_leaves_no_trace_in_the_archive(reader: Any) -> None:
    look = "print(response.css('title::text').get(), response.encoding)"
    for address, title in (
        ("http://www.zgnt.net/node_101.htm", "南通"),
        ("http://www.liaocheng.cc/life/liaocheng", "聊城"),
    ):
        code, output, log = reader.warm.run("shell", "--nolog", "-c", look, address, environment=reader.environment)
        assert (code, title in output) == (0, True), log
    assert not (reader.data_dir / "zhiwen.db").exists()
