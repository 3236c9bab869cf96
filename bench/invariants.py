"""What must be true of everything the reading answers, whatever the page was. Used by the fuzzing and by tests."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.items import ArticleItem
from crawler.reading.dates import FUTURE_DAYS
from crawler.reading.lists import ListReading

EVIDENCED = (
    "title", "body", "subtitle", "column", "published_at", "source", "reporters", "correspondents", "interns",
    "authors", "editors", "doc_number", "issuer", "views",
)  # fmt: skip
"""Fields that say where they were found whenever they are filled."""


def faults_of_item(item: ArticleItem, fetched_at: datetime) -> list[str]:
    """What is wrong with an article as read, a sentence each; ``fetched_at`` (aware) bounds its date."""
    faults = [
        *_text_faults("title", item.title),
        *_text_faults("body", item.body, lines=True),
        *_text_faults("source", item.source or ""),
    ]
    for name in ("reporters", "correspondents", "interns", "authors", "editors", "column"):
        for value in getattr(item, name):
            faults += _text_faults(name, value)
    if not item.title:
        faults.append("the title is empty")
    if not item.body and not item.images and not item.attachments:
        faults.append("there is neither text nor picture nor attachment")
    if item.body and not item.body.strip("\ufffd \n"):
        faults.append("the body is replacement characters only")
    if item.published_at is not None:
        faults += _date_faults(item, item.published_at, fetched_at)
    for name in EVIDENCED:
        if getattr(item, name) not in (None, "", []) and name not in item.evidence:
            faults.append(f"{name} is filled without evidence: {str(getattr(item, name))[:60]!r}")
    for name, evidence in item.evidence.items():
        if not evidence.rule or not 0 <= evidence.confidence <= 1:
            faults.append(f"the evidence of {name} has rule {evidence.rule!r}, confidence {evidence.confidence}")
    addresses = [*(image.url for image in item.images), *(file.url for file in item.attachments)]
    faults += _address_faults([*addresses, item.canonical_hint, item.source_url])
    return faults


def faults_of_list(reading: ListReading) -> list[str]:
    """What is wrong with a list page as read."""
    faults = [fault for link in reading.links for fault in _text_faults("a link's title", link.title)]
    requests = [one.url for one in (reading.next_page, reading.follow) if one is not None]
    faults += _address_faults([*(link.url for link in reading.links), *requests])
    addresses = [link.url for link in reading.links]
    if len(set(addresses)) != len(addresses):
        faults.append("an address stands twice in the list")
    if reading.page_count is not None and reading.page_count < 0:
        faults.append(f"the page count is {reading.page_count}")
    return faults


def _text_faults(name: str, text: object, *, lines: bool = False) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{name} is no text but {type(text).__name__}"
        return
    for char in set(text):
        kind = unicodedata.category(char)
        if kind in ("Cc", "Cs") and not (lines and char == "\n"):
            yield f"{name} holds the control character U+{ord(char):04X}"


def _date_faults(item: ArticleItem, moment: datetime, fetched_at: datetime) -> Iterator[str]:
    if moment.tzinfo is None:
        yield f"published_at has no zone: {moment}"
    elif moment > fetched_at + timedelta(days=FUTURE_DAYS):
        yield f"published_at lies in the future: {moment}"
    if item.published_precision is None:
        yield "published_at has no precision"


def _address_faults(addresses: list[str | None]) -> Iterator[str]:
    for address in addresses:
        if address is not None and (
            urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname or " " in address
        ):
            yield f"no absolute web address: {address[:80]!r}"
