"""What was crawled leaves as a web archive and comes back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archive.archive import Archive
from cli.main import main

FIRST = "城关区今天公布质量强区年度计划，全区新增质量管理示范企业87家，首席质量官制度覆盖全部重点企业。"
SECOND = "区市场监管局负责人介绍，计划按季度公布进展，年底进行考核评估，结果向社会公示。"
OF_AN_ARTICLE = (
    "url site title published_at source column state state_changed_at first_seen_at last_seen_at changed_at revision"
)


def told(archive: Archive) -> dict[str, Any]:
    """All that an archive tells of its articles, without the numbers of its rows."""
    found: dict[str, Any] = {}
    for detail in archive.export():
        revisions = []
        for row in archive.revisions(detail.article.id):
            row.article_id = row.run_id = 0
            revisions.append(row)
        files = [(row.url, row.name, row.state, row.document and row.document.text) for row in detail.attachments]
        values = {name: getattr(detail.article, name) for name in OF_AN_ARTICLE.split()}
        aliases = {(alias.url, alias.reason) for alias in detail.aliases}
        found[detail.article.url] = (values, revisions, aliases, files)
    return found


def test_round_trip_gives_the_same_articles_with_the_same_history(
    town: Any, make_file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pager = "<div id='pages'><a href='/news/102_2.html'>2</a> <a href='/news/102_2.html'>下一页</a></div>"
    town.article("/news/101.html", "城关区公布年度计划", [FIRST, SECOND], "<a href='/plan.pdf'>附件：计划.pdf</a>")
    town.article("/news/102.html", "城关区发布三年行动方案", [FIRST], pager)
    town.article("/news/102_2.html", "城关区发布三年行动方案", [SECOND])
    town.article(
        "/news/103.html", "城关区开展计量检定", [SECOND, FIRST[::-1]], content_type="text/html; charset=gb2312"
    )
    town.article("/news/104.html", "城关区召开座谈会", [SECOND * 2])
    town.pages["/news/103.html"] = (
        200,
        town.pages["/news/103.html"][1].decode().encode("gb18030"),
        {"Content-Type": "text/html"},
    )
    town.put("/plan.pdf", make_file.pdf("质量强区年度计划"), content_type="application/pdf")
    town.put("/old/104", b"", 302, location="/news/104.html")
    town.column("/news/101.html", "/news/102.html", "/news/103.html", "/old/104")
    reader = town.reader()
    assert reader.crawl("town", days=-2).verdict == "ok"
    town.article(
        "/news/101.html",
        "城关区公布年度计划",
        [FIRST.replace("87", "93"), SECOND],
        "<a href='/plan.pdf'>附件：计划.pdf</a>",
    )
    assert reader.crawl("town").counts["changed"] == 1
    for name in ("ZHIWEN_SITES__PATHS", "ZHIWEN_DATABASE_URL"):
        monkeypatch.setenv(name, reader.environment[name])
    file, other = tmp_path / "town.warc.gz", tmp_path / "other"
    assert main(["--data", str(reader.data_dir), "export", str(file)]) == 0
    assert main(["--data", str(other), "import", str(file)]) == 0
    with Archive(f"sqlite:///{other / 'zhiwen.db'}", other) as copy:
        before, after = told(reader.archive), told(copy)
        assert len(before) == 4
        assert before == after
        assert copy.check().problems == []
    reader.archive.close()
