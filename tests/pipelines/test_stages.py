"""The stages that need no archive: normalise, validate, fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.similarity import signature
from crawler.items import ArticleItem, FailureItem, Fetch, ListPageItem
from pipelines.fingerprint import FingerprintPipeline
from pipelines.near_duplicate import NearDuplicatePipeline
from pipelines.normalize import NormalizePipeline
from pipelines.validate import ValidatePipeline

SEEN = datetime(2026, 3, 1, 2, tzinfo=UTC)
URL = "http://news.example/a/1.html"


def article(url: str = URL, **fields: object) -> ArticleItem:
    asked = str(fields.pop("asked", url))
    fetch = Fetch(url, asked, 200, {}, b"<html>", SEEN)
    values: dict[str, object] = {"title": "质量月启动", "body": "第一段。\n第二段。", "fetch": fetch, "site": "news"}
    return ArticleItem(url=url, **{**values, **fields})  # type: ignore[arg-type]


def test_tracking_parameters_and_fragments_are_no_part_of_the_address() -> None:
    item = NormalizePipeline().process_item(article(f"{URL}?utm_source=x&from=timeline#top"))
    assert isinstance(item, ArticleItem)
    assert item.url == URL
    assert item.aliases == {}, "the same address in another spelling is no alias"


def test_the_address_that_was_asked_for_becomes_an_alias_of_the_one_it_led_to() -> None:
    item = NormalizePipeline().process_item(article(asked="http://news.example/go?id=1"))
    assert isinstance(item, ArticleItem)
    assert item.url == URL
    assert item.aliases == {"http://news.example/go?id=1": "redirect"}


def test_a_page_of_a_known_mirror_names_its_original() -> None:
    item = NormalizePipeline().process_item(article("http://www.kbm75.com/xy/nanjing/tsnj/77.html"))
    assert isinstance(item, ArticleItem)
    assert item.is_mirror
    assert item.aliases == {"http://www.cinic.org.cn/xy/nanjing/tsnj/77.html": "original"}


def test_a_traditional_gateway_shows_the_article_of_its_path_and_is_no_mirror() -> None:
    gate = "http://big5.china.com.cn/gate/big5/news.china.com.cn/2026/1.htm"
    item = NormalizePipeline().process_item(article(gate))
    assert isinstance(item, ArticleItem)
    assert item.url == "http://news.china.com.cn/2026/1.htm"
    assert item.aliases == {gate: "mirror"}
    assert not item.is_mirror


def test_control_characters_never_reach_the_archive() -> None:
    item = NormalizePipeline().process_item(article(title="质量\x00月\x1b[31m", body="一\x08段\n\n \n二段"))
    assert isinstance(item, ArticleItem)
    assert "\x00" not in item.title
    assert "\x1b" not in item.title
    assert item.body.split("\n") == ["一段", "二段"]


def test_search_text_is_folded_to_simplified_narrow_and_lower_case() -> None:
    item = NormalizePipeline().process_item(article(title="質量ＡＢＣ強市", body="ISO９００１ 認證"))
    assert isinstance(item, ArticleItem)
    assert item.search_title == "质量abc强市"
    assert "iso9001" in item.search_body
    assert item.title == "質量ＡＢＣ強市", "what is displayed stays as it was"


@pytest.mark.parametrize(
    ("fields", "cause", "word"),
    [
        ({"title": ""}, "invalid", "no title"),
        ({"body": ""}, "invalid", "no body"),
        ({"title": "质" * 501}, "invalid", "501 characters"),
        ({"body": "锟\ufffd\ufffd斤\ufffd拷" * 20}, "invalid", "damaged"),
        ({"url": "http://news.example/", "asked": URL}, "not_an_article", "home page"),
    ],
)
def test_what_cannot_be_an_article_goes_to_quarantine_with_its_cause(
    fields: dict[str, str], cause: str, word: str
) -> None:
    item = ValidatePipeline().process_item(article(**fields))
    assert isinstance(item, FailureItem)
    assert item.cause == cause
    assert word in item.detail
    assert item.url == URL, "the address that is tried again is the one that was asked for"


def test_a_date_in_the_far_future_is_not_believed() -> None:
    item = ValidatePipeline().process_item(article(published_at=SEEN + timedelta(days=3), published_precision="day"))
    assert isinstance(item, ArticleItem)
    assert item.published_at is None
    assert item.published_precision is None
    assert "cannot be true" in item.warnings[0]


def test_an_article_dated_for_tomorrow_keeps_its_date() -> None:
    tomorrow = SEEN + timedelta(days=1)
    item = ValidatePipeline().process_item(article(published_at=tomorrow, published_precision="day"))
    assert isinstance(item, ArticleItem)
    assert item.published_at == tomorrow


def fingerprint(**fields: object) -> bytes:
    item = FingerprintPipeline().process_item(NormalizePipeline().process_item(article(**fields)))
    assert isinstance(item, ArticleItem)
    return item.fingerprint


def test_views_width_and_script_change_no_fingerprint() -> None:
    first = fingerprint(title="质量月ABC", body="企业（共12家）参加。", views=10)
    assert fingerprint(title="質量月ＡＢＣ", body="企業(共１２家)參加。", views=99) == first


def test_one_changed_figure_changes_the_fingerprint() -> None:
    assert fingerprint(body="共有12家企业。") != fingerprint(body="共有13家企业。")


def test_a_changed_headline_changes_the_fingerprint() -> None:
    assert fingerprint(title="质量月启动") != fingerprint(title="质量月今日启动")


def test_other_items_pass_every_stage_untouched() -> None:
    item = ListPageItem("news", "c", URL, 1, [], Fetch(URL, URL, 200, {}, b"", SEEN))
    for stage in (NormalizePipeline(), ValidatePipeline(), FingerprintPipeline(), NearDuplicatePipeline()):
        assert stage.process_item(item) is item


def test_signature_is_that_of_the_folded_body() -> None:
    body = "全市３６家企业的质量开放日活动在本月举行，市民走进实验室看检测。" * 3 + "記者從會上獲悉，報名者已有千人。"
    item = NearDuplicatePipeline().process_item(NormalizePipeline().process_item(article(body=body)))
    assert isinstance(item, ArticleItem)
    assert item.signature == signature(item.search_body)
    assert item.signature != signature(body)


def test_a_body_beyond_all_measure_is_no_article() -> None:
    item = ValidatePipeline().process_item(article(body="质" * 2_000_001))
    assert isinstance(item, FailureItem)
    assert "2000001 characters" in item.detail


def test_an_article_without_a_date_stays_without() -> None:
    item = ValidatePipeline().process_item(article())
    assert isinstance(item, ArticleItem)
    assert item.published_at is None
    assert item.warnings == []


def test_an_item_without_its_exchange_has_no_other_address() -> None:
    item = NormalizePipeline().process_item(article(fetch=None))
    assert isinstance(item, ArticleItem)
    assert item.aliases == {}
