"""The project's Scrapy commands, run as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from scrapy.cmdline import execute

from crawler.bases import ListPageSpider
from crawler.cases import case_name
from crawler.commands.checkall import find_faults
from crawler.commands.sitesdoc import DOCUMENT, docstring_parts, sites_document
from crawler.loader import SiteSpiderLoader
from crawler.reading.layouts import ArticleLayout
from seeds.load import load_sites

Here = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>检验室搬进菜场</title></head><body>
<div class="content"><h1>检验室搬进菜场</h1><div class="info">2026-03-18 08:20:11 来源: 江海晚报</div><!--enpcontent-->
<p>　　昨天，城东菜场二楼的快检室开张，买菜的人花十分钟就能知道手里的青菜有没有农药残留。</p>
<p>　　快检室每天公布结果，三次不合格的摊位须停业整改，摊主们反而说生意比从前好做。</p>
<!--/enpcontent--></div></body></html>"""


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = self.path.startswith("/content/")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode() if found else b"")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """Address and port of a server that has one article of www.zgnt.net under every id."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


@dataclass
class Done:
    """How a ``scrapy`` ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Scrapy = Callable[..., Done]


def environment_of(changes: dict[str, str]) -> dict[str, str]:
    """This project's, with nothing of the user's configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_")}
    settings = {
        "SCRAPY_SETTINGS_MODULE": "crawler.settings",
        "ZHIWEN_FETCH__DELAY_SECONDS": "0",
        "PYTHONPATH": str(ROOT),
    }
    return inherited | settings | changes


@pytest.fixture
def scrapy(unmeasured_scrapy: Any) -> Scrapy:
    """Runs scrapy for this project in another folder."""

    def run(folder: Path, *arguments: str, **changes: str) -> Done:
        return Done(*unmeasured_scrapy.run(*arguments, environment=environment_of(changes), folder=folder))

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command that starts no crawl inside this process, in an empty folder: (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "crawler.settings")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            execute(["scrapy", *arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_list_names_the_five_sites(here: Here) -> None:
    code, output, _ = here("list")
    assert (code, output.split()) == (0, ["chinajl", "cinic", "liaocheng", "quality_portal", "zgnt"])


@pytest.mark.parametrize(
    ("arguments", "exit_code", "sentence"),
    [
        (["liaochen"], 2, 'there is no site "liaochen": did you mean liaocheng?'),
        (["zgnt", "-a", "limit=few"], 2, "limit=few is no count: write a whole number of 1 or more, limit=5."),
        (["zgnt", "cinic"], 2, "name one site"),
        (["quality_portal"], 0, "skipped: quality_portal has no address yet."),
    ],
)
def test_crawl_answers_what_it_cannot_start_with_a_sentence(
    scrapy: Scrapy, tmp_path: Path, arguments: list[str], exit_code: int, sentence: str
) -> None:
    done = scrapy(tmp_path, "crawl", *arguments)
    assert (done.returncode, sentence in done.stderr) == (exit_code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists(), "nothing is opened for a run that does not start"


def test_a_broken_site_file_is_one_sentence(scrapy: Scrapy, tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text('publisher = "新镇报\n', "utf-8")
    done = scrapy(tmp_path, "crawl", "zgnt", ZHIWEN_SITES__PATHS=str(tmp_path))
    assert done.returncode == 2
    assert f"{tmp_path}/town.toml:1: broken TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_crawl_ends_with_1_when_the_run_failed(scrapy: Scrapy, tmp_path: Path) -> None:
    done = scrapy(
        tmp_path, "crawl", "zgnt", ZHIWEN_FETCH__RESOLVE='{"www.zgnt.net": "127.0.0.1:9"}', ZHIWEN_FETCH__RETRIES="0"
    )
    assert done.returncode == 1
    assert "zgnt: failing: 2 list page(s) could not be read (unreachable 2)" in done.stderr


def test_crawl_loads_nothing_that_no_crawl_needs(tmp_path: Path) -> None:
    changes = {
        "ZHIWEN_FETCH__RESOLVE": '{"www.zgnt.net": "127.0.0.1:9"}',
        "ZHIWEN_FETCH__RETRIES": "0",
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "zgnt"],
        cwd=tmp_path,
        env=environment_of(changes),
        capture_output=True,
        text=True,
        timeout=120,
    )
    loaded = {line.split("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert {"crawler.bases", "crawler.fetching.endpoint", "archive.store"} <= loaded
    needless = {"aiohttp", "requests", "tldextract", "bs4", "pypinyin", "twisted.conch", "crawler.new_site"}
    assert loaded & needless == set()


def test_record_saves_the_page_and_what_was_read(scrapy: Scrapy, tmp_path: Path, server: str) -> None:
    url = "http://www.zgnt.net/content/2026-03/18/content_2711842.htm"
    resolve = json.dumps({"www.zgnt.net": server})
    done = scrapy(tmp_path, "record", "zgnt", url, ZHIWEN_FETCH__RESOLVE=resolve)
    assert done.returncode == 0, done.stderr
    case = tmp_path / "tests/sites/zgnt/article_content_2711842"
    assert (case / "page.html").read_bytes() == PAGE.encode()
    assert json.loads((case / "meta.json").read_text("utf-8"))["url"] == url
    assert not (case / "expected.json").exists()
    read = json.loads((case / "expected.new.json").read_text("utf-8"))
    assert (read["title"], read["source"]) == ("检验室搬进菜场", "江海晚报")
    assert read["published_at"] == "2026-03-18T00:20:11+00:00"

    (case / "page.html").write_bytes(PAGE.replace("江海晚报", "南通日报").encode())
    done = scrapy(tmp_path, "record", "zgnt", url, "--keep-page")
    assert done.returncode == 0, done.stderr
    assert json.loads((case / "expected.new.json").read_text("utf-8"))["source"] == "南通日报"


def test_record_tells_why_nothing_was_saved(scrapy: Scrapy, tmp_path: Path, server: str) -> None:
    resolve = json.dumps({"www.zgnt.net": server})
    done = scrapy(tmp_path, "record", "zgnt", "http://www.zgnt.net/gone.htm", ZHIWEN_FETCH__RESOLVE=resolve)
    assert (done.returncode, done.stdout) == (1, "not saved: gone: the server answered 404\n")
    assert not (tmp_path / "tests").exists()


def test_record_refuses_what_it_does_not_know(scrapy: Scrapy, tmp_path: Path) -> None:
    assert "did you mean zgnt?" in scrapy(tmp_path, "record", "zgn", "http://www.zgnt.net/").stderr
    done = scrapy(tmp_path, "record", "zgnt", "http://www.zgnt.net/a.htm", "--keep-page")
    assert (done.returncode, "there is no saved page" in done.stderr) == (2, True)


def test_genspider_begins_a_site_whose_case_fails_until_a_page_is_recorded(tmp_path: Path, here: Here) -> None:
    code, _, errors = here("genspider", "-t", "list_page", "quality_daily", "https://news.quality.example/policy/?c=1")
    assert code == 0, errors
    spider = (tmp_path / "crawler/spiders/quality_daily.py").read_text("utf-8")
    assert "class QualityDailySpider(ListPageSpider):" in spider
    compile(spider, "quality_daily.py", "exec")
    site = load_sites([tmp_path / "seeds"])["quality_daily"]
    assert site.lists[0].url == "https://news.quality.example/policy/?c=1"
    case = tmp_path / "tests/sites/quality_daily/list_first"
    assert [path.name for path in case.iterdir()] == ["meta.json"]

    code, _, errors = here("genspider", "quality_daily", "https://news.quality.example/policy/")
    assert (code, "exists; nothing was written" in errors) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Quality-Daily", "https://a.example/"], '"Quality-Daily" is no site name'),
        (["quality_daily", "a.example"], "a.example is no http or https address"),
        (["quality_daily"], "name a site and the address"),
    ],
)
def test_genspider_refuses_bad_names_and_addresses(
    tmp_path: Path, here: Here, arguments: list[str], sentence: str
) -> None:
    code, _, errors = here("genspider", *arguments)
    assert (code, sentence in errors) == (2, True), errors
    assert list(tmp_path.iterdir()) == []


def test_genspider_lists_and_shows_our_templates(here: Here) -> None:
    assert "list_page" in here("genspider", "--list")[1]
    assert "class ${class_name}(ListPageSpider):" in here("genspider", "--dump", "list_page")[1]


def test_checkall_and_sitesdoc_agree_with_the_repository(
    tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("sitesdoc")[:2] == (0, "docs/sites.md: 5 sites\n")
    monkeypatch.chdir(ROOT)
    assert here("checkall")[:2] == (0, "5 sites, 0 faults\n")
    assert (tmp_path / DOCUMENT).read_text("utf-8") == (ROOT / DOCUMENT).read_text("utf-8")


def test_checkall_names_every_fault(tmp_path: Path) -> None:
    loader = SiteSpiderLoader(["crawler.spiders"], load_sites())
    zgnt = loader.load("zgnt")
    assert issubclass(zgnt, ListPageSpider)
    members = {
        "__module__": "crawler.spiders.other",
        "__doc__": "\n    Pages\n      Static.\n    Checked\n      some day\n",
        "layouts": (ArticleLayout(name="a", body="p"), ArticleLayout(name="a", body="q")),
    }
    wrong = type("Wrong", (zgnt,), members)
    case = tmp_path / "tests/sites/zgnt/article_one"
    case.mkdir(parents=True)
    (case / "expected.json").write_text('"\ufffd"', "utf-8")
    (case / "expected.new.json").write_text("{}", "utf-8")
    (tmp_path / "tests/sites/nobody").mkdir()
    assert list(find_faults({"zgnt": wrong}, tmp_path)) == [
        "crawler.spiders.other: the spider zgnt must stand in a file zgnt.py",
        "crawler.spiders.other: the class of zgnt must be named ZgntSpider, not Wrong",
        "crawler.spiders.other: the docstring has no first line",
        "crawler.spiders.other: the docstring has no part Caveats",
        "crawler.spiders.other: Checked names no day (2024-05-11)",
        "crawler.spiders.other: two layouts are named a",
        "tests/sites/zgnt/article_one: page.html is missing",
        "tests/sites/zgnt/article_one: meta.json is missing",
        "tests/sites/zgnt/article_one: expected.new.json waits for approval",
        "tests/sites/zgnt/article_one: expected.json holds undecodable characters",
        "tests/sites/zgnt: no case list_…; make one with scrapy record zgnt URL",
        "tests/sites/nobody: there is no site of this name",
        "docs/sites.md is not up to date: run scrapy sitesdoc",
    ]


def test_the_document_of_sites_tells_address_rhythm_and_caveats(tmp_path: Path) -> None:
    (tmp_path / "town.toml").write_text(
        'publisher = "新镇报"\nbase_url = "http://town.example/"\nrevisit = "90m"\nfamily = "empire"\n'
        'mirrors = ["m.example"]\ntls = { verify = false, reason = "expired" }\n'
        '[[lists]]\ncolumn = "要闻"\nurl = "/yaowen/"\n',
        "utf-8",
    )
    loader = SiteSpiderLoader(["crawler.spiders"], load_sites([tmp_path]))
    spiders = {name: loader.load(name) for name in ("town", "quality_portal")}
    text = sites_document(spiders)  # type: ignore[arg-type]
    assert "## town\n\n新镇报: declared in town.toml.\n" in text
    assert "- Lists: 要闻 http://town.example/yaowen/\n" in text
    assert "Visited every 90 min" in text
    assert "- Family: empire\n- Mirrors: m.example\n- TLS certificate is not checked: expired\n" in text
    assert "- Address: not known; skipped until one is set\n" in text


def test_a_docstring_is_read_by_its_parts() -> None:
    summary, parts = docstring_parts("One: two.\n\nPages\n  Static\n  HTML.\nChecked\n  2024-05-11")
    assert (summary, parts) == ("One: two.", {"Pages": "Static HTML.", "Checked": "2024-05-11"})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://a.example/content/2026-03/18/content_27.htm", "article_content_27"),
        ("http://a.example/index.php?m=content&catid=12&id=345", "article_12_345"),
        ("http://a.example/", "article_home"),
    ],
)
def test_a_case_is_named_after_its_address(url: str, name: str) -> None:
    assert case_name("article", url) == name
