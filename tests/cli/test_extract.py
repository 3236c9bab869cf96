"""extract: pages from files, folders and addresses, read with the layouts of their site; nothing stored."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from seeds.replica.server import ReplicaServer, fill_tokens
from seeds.replica.world import load_world

PAGE = """<html><head><title>江湾设立质量奖_示例网</title></head><body><h1>江湾设立质量奖</h1>
<div class="info">时间：2026-03-02 08:15 来源：江湾日报</div><div class="content">
<p>江湾市三月二日设立市长质量奖，每两年评选一次，首届面向制造业企业，名额不超过五家。</p>
<p>评审由第三方机构承担，结果公示七天，企业可以提出异议，奖金用于质量改进和人员培训。</p>
<p>市市场监管局负责人介绍，获奖企业须公开其质量管理方法，供中小企业学习。</p></div></body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE, "utf-8")
    return file


def test_file_is_read_generically(zhiwen, page: Path, tmp_path: Path) -> None:
    line = json.loads(zhiwen("extract", page, "--json").out)
    article = line["article"]
    assert (line["from"], line["ok"], article["url"]) == (str(page), True, None)
    assert article["title"] == "江湾设立质量奖"
    assert article["published_at"].startswith("2026-03-02T00:15")
    assert article["source"] == "江湾日报"
    assert article["evidence"]
    assert not (tmp_path / "data" / "zhiwen.db").exists()


def test_fields_are_shown_with_their_evidence(zhiwen, page: Path) -> None:
    out = zhiwen("extract", page, "--evidence").out
    assert "江湾设立质量奖" in out
    assert "2026-03-02 08:15" in out
    assert "←" in out
    assert "获奖企业须公开其质量管理方法" in out


def test_evidence_names_rule_text_and_confidence_and_what_was_not_found(zhiwen, page: Path) -> None:
    out = zhiwen("extract", page, "--evidence").out
    lines = out.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("        source  江湾日报"))
    assert "← " in lines[place + 1]
    assert "来源：江湾日报" in lines[place + 1]
    assert lines[place + 1].endswith(")")
    assert any(line.startswith("     not found  ") and "doc_number" in line for line in lines)
    assert not [line for line in lines if line != line.rstrip()]


def test_page_is_read_from_the_standard_input(zhiwen, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode("gb18030"))))
    line = json.loads(zhiwen("extract", "-", "--json", "--url", "http://www.jw.example/1.html").out)
    assert (line["from"], line["article"]["source"]) == ("-", "江湾日报")
    assert line["article"]["url"] == "http://www.jw.example/1.html"
    assert zhiwen("extract", "-", "-").code == 2


def test_address_chooses_the_layouts_of_its_site(zhiwen, tmp_path: Path) -> None:
    with ReplicaServer() as replica:
        truth = next(truth for truth in load_world().truth(1).values() if truth.site == "liaocheng" and truth.source)
        host, _, path = truth.url.removeprefix("http://").partition("/")
        served = replica.page(host, f"/{path}")
        file = tmp_path / "served.html"
        file.write_bytes(fill_tokens(served, 0, 0))
    result = zhiwen("extract", file, "--url", truth.url, "--json")
    article = json.loads(result.out)["article"]
    assert (article["title"], article["source"], article["body"]) == (truth.title, truth.source, truth.body)
    assert article["charset"] in ("gb18030", "gbk")


def test_address_is_fetched_through_the_gate(zhiwen, monkeypatch, tmp_path: Path) -> None:
    truth = next(truth for truth in load_world().truth(1).values() if truth.site == "zgnt")
    with ReplicaServer() as replica:
        monkeypatch.setenv("ZHIWEN_FETCH__RESOLVE", json.dumps(replica.resolve_map()))
        line = json.loads(zhiwen("extract", truth.url, "--json").out)
    assert line["article"]["title"] == truth.title
    monkeypatch.delenv("ZHIWEN_FETCH__RESOLVE")
    refused = zhiwen("extract", "http://127.0.0.1:9/page.html")
    assert refused.code == 1
    assert "refused" in refused.err


def test_folder_gives_one_line_per_page_and_ends_with_1_if_one_is_no_article(zhiwen, page: Path) -> None:
    folder = page.parent / "pages"
    (folder / "deep").mkdir(parents=True)
    page.rename(folder / "deep" / "good.html")
    (folder / "binary.html").write_bytes(bytes(range(256)) * 40)
    (folder / "notes.txt").write_text("no page")
    result = zhiwen("extract", folder, "--json")
    lines = {Path(line["from"]).name: line for line in map(json.loads, result.out.splitlines())}
    assert result.code == 1
    assert lines["good.html"]["ok"]
    assert not lines["binary.html"]["ok"]
    assert lines["binary.html"]["detail"]
    assert set(lines) == {"good.html", "binary.html"}


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF\x02\x01\x01" + bytes(500), b"\x89PNG\r\n\x1a\n" + bytes(500), b"%PDF-1.7\n"]
)
def test_what_is_no_page_is_one_clear_sentence(zhiwen, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.html"
    file.write_bytes(content)
    result = zhiwen("extract", file)
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert str(file) in result.err
    assert "Traceback" not in result.err


def test_missing_file_and_folder_without_pages_are_told(zhiwen, tmp_path: Path) -> None:
    result = zhiwen("extract", tmp_path / "none.html")
    assert result.code == 1
    assert "No such file" in result.err
    (tmp_path / "empty").mkdir()
    result = zhiwen("extract", tmp_path / "empty")
    assert result.code == 1
    assert "no page was found" in result.err


def test_one_address_for_several_files_is_a_usage_error(zhiwen, page: Path) -> None:
    assert zhiwen("extract", page, page, "--url", "http://a.example/").code == 2


def test_real_pages_are_all_read_without_an_exception(zhiwen, shared_dir: Path) -> None:
    lines = [json.loads(line) for line in zhiwen("extract", shared_dir / "pages" / "html", "--json").out.splitlines()]
    assert len(lines) == len(list((shared_dir / "pages" / "html").glob("*.html")))
    assert not [line for line in lines if line.get("cause") == "error"]


def test_file_of_an_article_that_goes_on_says_so_and_an_address_is_joined(zhiwen, tmp_path: Path, monkeypatch) -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    second = PAGE.replace("江湾市三月二日设立", "江湾市同日公布").replace("评审由第三方", "申报由街镇")
    pages = {
        "/a/7.html": PAGE.replace("</body>", "<p>1 <a href='7_2.html'>2</a> <a href='7_2.html'>下一页</a></p></body>"),
        "/a/7_2.html": second.replace("</body>", "<p><a href='7.html'>1</a> 2</p><a href='/f.pdf'>附件</a></body>"),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    file = tmp_path / "seven.html"
    file.write_text(pages["/a/7.html"], "utf-8")
    warnings = json.loads(zhiwen("extract", file, "--json").out)["article"]["warnings"]
    assert any("goes on at" in warning and "7_2.html" in warning for warning in warnings)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("ZHIWEN_FETCH__ALLOW", "127.0.0.1")
    monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0")
    line = json.loads(zhiwen("extract", f"http://127.0.0.1:{server.server_port}/a/7.html", "--json").out)
    server.shutdown()
    server.server_close()
    body = line["article"]["body"]
    assert body.index("三月二日设立") < body.index("同日公布")
    assert "下一页" not in body
    assert [attachment["name"] for attachment in line["article"]["attachments"]] == ["f.pdf"]
