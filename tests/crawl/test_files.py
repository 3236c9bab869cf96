"""Files that articles link to, through the real crawl."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.reading.urls import url_key

TITLE = "城关区公布首届区长质量奖评审办法"
TEXT = [
    "为表彰在质量管理方面成绩突出的组织和个人，城关区制定了首届区长质量奖评审办法，现予公布。",
    "申报单位应于四月底前提交材料，评审委员会办公室设在区市场监管局，联系电话见附件。",
]
FILES = (
    "<p>附件：1.<a href='/files/2026/banfa.pdf'>评审办法全文.pdf</a></p>"
    "<p>2.<a href='/module/download/downfile.jsp?classid=0&amp;filename=shenbao.docx'>申报表</a></p>"
)


@pytest.fixture
def award(town: Any, make_file: Any) -> Any:
    """A town with an article that links to a PDF and a DOCX."""
    pdf = make_file.pdf("区长质量奖评审办法", "第七条 评审采用卓越绩效评价准则，总分一千分。")
    docx = make_file.docx("区长质量奖申报表", "申报单位须填写近三年顾客满意度测评结果。")
    town.put("/files/2026/banfa.pdf", pdf, content_type="application/pdf")
    town.put(
        "/module/download/downfile.jsp?classid=0&filename=shenbao.docx", docx, content_type="application/octet-stream"
    )
    town.article("/news/1.html", TITLE, TEXT, FILES)
    town.column("/news/1.html")
    return town


def of(reader: Any, town: Any, path: str = "/news/1.html") -> Any:
    return reader.archive.article(url_key(f"http://{town.host}{path}"))


def test_pdf_and_docx_of_an_article_are_kept_with_their_text_and_found(award: Any, database_url: str) -> None:
    reader = award.reader(database_url=database_url)
    crawled = reader.crawl("town")
    assert (crawled.verdict, crawled.counts["files"]) == ("ok", 2), crawled.log
    detail = of(reader, award)
    pdf, docx = detail.attachments
    assert (pdf.name, docx.name) == ("评审办法全文.pdf", "申报表")
    assert (pdf.document.kind, docx.document.kind) == ("pdf", "docx")
    assert (pdf.state, pdf.document.text_state) == ("stored", "read")
    assert "卓越绩效评价准则" in pdf.document.text
    assert docx.document.text.split("\n") == ["区长质量奖申报表", "申报单位须填写近三年顾客满意度测评结果。"]
    kept = reader.archive.snapshot(pdf.document.snapshot_hash).body
    assert kept == award.pages["/files/2026/banfa.pdf"][1]
    (hit,) = reader.archive.search(["卓越绩效评价", "区长质量奖"])
    assert (hit.article.id, hit.attachment) == (detail.article.id, "评审办法全文.pdf")
    assert "卓越绩效评价" in hit.snippet
    assert reader.archive.count(["顾客满意度"]) == 1
    assert reader.archive.search(["首届区长质量奖"])[0].attachment is None
    assert reader.archive.check().problems == []
    reader.archive.close()


def test_unchanged_files_are_asked_for_with_conditions_and_changed_ones_noticed(award: Any, make_file: Any) -> None:
    reader = award.reader()
    reader.crawl("town")
    award.asked.clear()
    reader.crawl("town", days=0.2)
    assert award.asked == ["/news/"], "files rest as their article does"
    award.put("/files/2026/banfa.pdf", make_file.pdf("第七条 评审总分改为八百分。"))
    crawled = reader.crawl("town", days=1.5)
    assert "/files/2026/banfa.pdf" in award.conditional
    assert (crawled.counts["files"], crawled.counts["files_unchanged"]) == (1, 1)
    pdf, docx = of(reader, award).attachments
    assert "八百分" in pdf.document.text
    assert pdf.changed_at is not None
    assert docx.changed_at is None
    assert reader.archive.count(["卓越绩效"]) == 0, "what the file no longer says is not found"
    assert len(reader.archive.documents()) == 3, "the old file is kept"
    revisions = reader.archive.revisions(of(reader, award).article.id)
    assert [[change["field"] for change in row.changes] for row in revisions] == [[], ["attachments"]]
    reader.archive.close()


def test_same_file_at_two_addresses_is_one_document(award: Any) -> None:
    award.pages["/files/copy.pdf"] = award.pages["/files/2026/banfa.pdf"]
    award.article(
        "/news/2.html", "城关区转发评审办法的通知", [TEXT[1] * 2], "<p>附件：<a href='/files/copy.pdf'>办法</a></p>"
    )
    award.column("/news/1.html", "/news/2.html")
    reader = award.reader()
    reader.crawl("town")
    first, second = of(reader, award), of(reader, award, "/news/2.html")
    assert first.attachments[0].document.hash == second.attachments[0].document.hash
    assert len(reader.archive.documents()) == 2
    assert reader.archive.count(["卓越绩效"]) == 2
    reader.archive.close()


def test_file_that_fails_harms_neither_article_nor_verdict_and_is_tried_again(award: Any) -> None:
    kept = award.pages.pop("/files/2026/banfa.pdf")
    award.put("/module/download/downfile.jsp?classid=0&filename=shenbao.docx", "<html><body>登录超时</body></html>")
    reader = award.reader()
    crawled = reader.crawl("town")
    assert (crawled.code, crawled.verdict) == (0, "ok"), crawled.log
    assert sum("file http://" in sentence for sentence in crawled.evidence) == 2
    pdf, docx = of(reader, award).attachments
    assert (pdf.state, docx.state) == ("failed", "failed")
    assert "404" in pdf.detail
    assert "HTML" in docx.detail
    assert {row.kind for row in reader.archive.quarantine()} == {"attachment"}
    award.pages["/files/2026/banfa.pdf"] = kept
    reader.crawl("town", days=0.1)
    pdf = of(reader, award).attachments[0]
    assert (pdf.state, pdf.document.text_state) == ("stored", "read")
    reader.archive.close()


def test_gate_holds_for_files_too(award: Any) -> None:
    award.put("/robots.txt", "User-agent: *\nDisallow: /files/", content_type="text/plain")
    award.put("/big.pdf", b"%PDF-" + b"x" * 300_000)
    award.put("/led.pdf", b"", status=302, location="http://127.0.0.1:1/inside.pdf")
    award.article(
        "/news/1.html",
        TITLE,
        TEXT,
        "<p>附件：<a href='/files/2026/banfa.pdf'>办法</a> <a href='/big.pdf'>图册</a> <a href='/led.pdf'>别处</a>"
        " <a href='http://127.0.0.1:1/a.pdf'>内部</a> <a href='http://cdn.foreign.example/b.docx'>外站</a>"
        " <a href='/all.zip'>打包</a></p>",
    )
    reader = award.reader()
    reader.environment["ZHIWEN_DOCUMENTS__MAX_BYTES"] = "200000"
    assert reader.crawl("town").verdict == "ok"
    found = {row.name: row for row in of(reader, award).attachments}
    assert found["办法"].detail.startswith("robots:")
    assert found["图册"].detail.startswith("too_large:")
    assert found["别处"].detail.startswith("redirect:")
    assert [found[name].state for name in ("内部", "外站", "打包")] == ["left", "left", "left"]
    assert not [path for path in award.asked if path in ("/files/2026/banfa.pdf", "/all.zip")]
    reader.archive.close()


def test_files_are_asked_for_after_a_kill_before_they_came(award: Any) -> None:
    reader = award.reader()
    reader.environment["ZHIWEN_CRAWL__MAX_REQUESTS"] = "3"  # robots.txt, the list, the article
    reader.crawl("town")
    assert [row.state for row in of(reader, award).attachments] == ["pending", "pending"]
    del reader.environment["ZHIWEN_CRAWL__MAX_REQUESTS"]
    reader.crawl("town", days=0.01)
    assert [row.state for row in of(reader, award).attachments] == ["stored", "stored"]
    reader.archive.close()


def test_link_taken_from_the_page_is_kept_and_asked_for_no_more(award: Any) -> None:
    reader = award.reader()
    reader.crawl("town")
    award.article("/news/1.html", TITLE, TEXT, "<p>附件另发。</p>")
    reader.crawl("town", days=1.5)
    award.asked.clear()
    reader.crawl("town", days=40)
    assert [path for path in award.asked if "banfa" in path] == []
    assert [row.linked for row in of(reader, award).attachments] == [False, False]
    assert reader.archive.count(["卓越绩效"]) == 0
    assert reader.archive.check().problems == []
    reader.archive.close()


def test_dry_run_asks_for_no_file(award: Any) -> None:
    reader = award.reader()
    assert reader.warm.run("crawl", "town", "-s", "DRY_RUN=1", environment=reader.environment)[0] == 0
    assert [path for path in award.asked if "pdf" in path or "docx" in path] == []
