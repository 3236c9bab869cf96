"""Answers of the interfaces from which scripts draw lists, and the request for the page after each.

hanweb JCMS ``dataproxy.jsp`` (XML of HTML records), hanweb JPaaS ``build/unit`` (HTML in JSON), truecms
``getMessage.do`` (that XML in JSONP), epoint ``getgovinfolist`` (JSON by POST), NFCMS ``gkmlpt/api/all``, and any other
JSON list.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from crawler.items import Link
from crawler.reading.feeds import read_json_feed
from crawler.reading.json_lists import JsonList, parse_json, read_json_list, record_link
from crawler.reading.listing import ListReading, PageRequest
from crawler.reading.page import Page, parse
from crawler.reading.records import read_record, read_records
from crawler.reading.urls import absolute

_ROUND = 5  # servers that have their own mind about the size of a page think of 10, 15 or 20
POLITE = 100
"""Records asked for at once where the asker may choose."""
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json; charset=UTF-8"

_RECORD = re.compile(r"<record\b[^<>]{0,200}>", re.IGNORECASE)
_MOST_RECORDS = 1000
_FIELD = re.compile(r"<(\w{2,30})>\s*(?:<!\[CDATA\[)?\s*([^<>\]]{1,600}?)\s*(?:\]\]>)?\s*</\1>")
_TOTAL_RECORD = re.compile(
    r"(?:<totalrecord[^>]{0,50}>\s*(?:<!\[CDATA\[)?|totalrecord\s*=\s*[\"'])\s*(\d{1,8})", re.IGNORECASE
)
_SITE_INFO = re.compile(r"siteInfo\s*=\s*(\{[^{}]{1,4000}\})")
_PAIR = re.compile(r"[\"']?(\w{1,60})[\"']?\s*:\s*[\"']([^\"']{0,1000})[\"']")
_NUMBER_NAMES = (
    "pageNo", "pageIndex", "page", "pageNum", "pageNumber", "currentPage", "currPage", "curPage", "current", "currpage",
    "pageno", "pageindex", "pagenum", "p", "pn", "page_index", "page_no", "pageid",
)  # fmt: skip
_OFFSET_NAMES = ("offset", "start", "skip", "from")
_SIZE_NAMES = ("pageSize", "pagesize", "size", "limit", "rows", "perPage", "perpage", "page_size", "count", "rn", "num")


def read_answer(text: str, url: str, sent: PageRequest, number: int) -> ListReading | None:
    """The list in an interface's answer; None when the text is no JSON, JSONP or XML of records.

    ``number`` is the list page it answers, from 1.
    """
    if text.lstrip()[:1] == "<":
        return read_datastore(text, url, sent, number) if is_datastore(text) else None
    if "siteInfo" in text[:20_000] and (info := _SITE_INFO.search(text)):
        return _read_site_info(info[1], url, number)
    data = parse_json(text)
    if isinstance(data, str) and is_datastore(data):
        return read_datastore(data, url, sent, number)
    if not isinstance(data, dict | list):
        return None
    if isinstance(data, dict):
        if "jsonfeed.org" in str(data.get("version")):
            return read_json_feed(data, url)
        if (markup := _markup_of(data)) is not None:
            if is_datastore(markup):
                return read_datastore(markup, url, sent, number)
            return _read_markup(markup, data, url, sent, number)
    found = read_json_list(data, url)
    reading = ListReading(found.links, layout="json")
    reading.page_count = _pages_of(found, sent)
    if found.links:
        reading.next_page = _page_after(sent, number, found, reading.page_count)
    return reading


def is_datastore(text: str) -> bool:
    """Whether the text is the XML of hanweb's record sets."""
    head = text[:3000].lstrip("\ufeff \t\r\n").lower()
    if not head.startswith("<"):
        return False  # JSON with that XML in a string
    return "<recordset" in head or "<datastore" in head or "<record>" in head


def read_datastore(text: str, url: str, sent: PageRequest, number: int) -> ListReading:
    """The records of a ``datastore`` answer; the next window while ``totalrecord`` says that there is one."""
    reading = ListReading(datastore_links(text, url), layout="datastore")
    total = datastore_total(text)
    query = dict(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True))
    query |= dict(parse_qsl((sent.body or b"").decode("utf-8", "replace"), keep_blank_values=True))
    first, last = _digits(query.get("startrecord")), _digits(query.get("endrecord"))
    if first is None or last is None or last < first:
        return reading
    window = last - first + 1
    if total is not None:
        reading.page_count = -(-total // window)
    if reading.links and (last < total if total is not None else len(reading.links) >= window):
        changes = {"startrecord": str(last + 1), "endrecord": str(last + window)}
        if "page" in query:
            changes["page"] = str(number + 1)
        reading.next_page = changed(sent, changes)
    return reading


def datastore_links(text: str, url: str) -> list[Link]:
    """One link per record of a ``datastore``; all that a record leads to when it holds several entries."""
    records = _records(text)
    links: dict[str, Link] = {}
    for record in records:
        named = dict(_FIELD.findall(record)) if "<a" not in record else {}
        if named and (link := record_link(named, url)):
            links.setdefault(link.url, link)
    if links:
        return list(links.values())
    together = parse("<html><body>" + "\n".join(map(_row, records)) + "</body></html>") if records else None
    if together is None:
        return []
    holders = [node for node in together.iter("section") if node.get("class") == "one-record"]
    for holder in holders:
        if link := read_record(holder, url):
            links.setdefault(link.url, link)
    several = read_records(Page(url, url, "", together, "utf-8", []))
    if len(several.links) > 2 * len(holders):
        return several.links
    return list(links.values())


def datastore_total(text: str) -> int | None:
    """How many records a ``datastore`` says there are in all."""
    found = _TOTAL_RECORD.search(text)
    return int(found[1]) if found else None


def changed(sent: PageRequest, changes: dict[str, str]) -> PageRequest:
    """The request with other values of its fields, wherever they stand: in the query, in a form or in a JSON body."""
    parts = urlsplit(sent.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    new = [(name, _nested(value, changes, name)) for name, value in pairs]
    url = sent.url if new == pairs else urlunsplit(parts._replace(query=urlencode(new, quote_via=quote)))
    body = sent.body
    if body:
        data = parse_json(body.decode("utf-8", "replace"))
        if isinstance(data, dict):
            body = json.dumps(_replaced(data, changes), ensure_ascii=False).encode()
        else:
            fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
            body = urlencode(
                [(name, _nested(value, changes, name)) for name, value in fields], quote_via=quote
            ).encode()
    return PageRequest(url, body, sent.headers)


def fields_of(sent: PageRequest) -> dict[str, str]:
    """All fields of a request, those of JSON in a body or field included."""
    fields = dict(parse_qsl(urlsplit(sent.url).query, keep_blank_values=True))
    body = (sent.body or b"").decode("utf-8", "replace")
    data = parse_json(body) if body[:1] == "{" else None
    if isinstance(data, dict):
        fields |= _flat(data)
    else:
        fields |= dict(parse_qsl(body, keep_blank_values=True))
    for value in list(fields.values()):
        if value[:1] == "{" and isinstance(inner := parse_json(value), dict):
            fields |= _flat(inner)
    return fields


def govinfo_request(url: str, api: str, guid: str, category: str, department: str, number: int) -> PageRequest:
    """What an epoint column page asks its server for page ``number`` of its list; the server counts from 0."""
    body = {
        "deptcode": department,
        "categorynum": category,
        "pageIndex": number - 1,
        "pageSize": 20,
        "siteGuid": guid,
    }
    headers = {"Content-Type": JSON, "Referer": url, "X-Requested-With": "XMLHttpRequest"}
    return PageRequest(api, json.dumps(body).encode(), headers)


def _read_site_info(text: str, url: str, number: int) -> ListReading:
    """epoint keeps the site's key in a script of its own; the list is to be had with it."""
    info = dict(_PAIR.findall(text))
    wanted = dict(parse_qsl(urlsplit(url).query))
    reading = ListReading(layout="epoint")
    api = absolute(url, info.get("projectName", "/EWB-FRONT").rstrip("/") + "/rest/lightfrontaction/getgovinfolist")
    if api and info.get("siteGuid") and (wanted.get("categorynum") or wanted.get("deptcode")):
        reading.follow = govinfo_request(
            url, api, info["siteGuid"], wanted.get("categorynum", ""), wanted.get("deptcode", ""), number
        )
    return reading


def _markup_of(data: dict[str, Any]) -> str | None:
    inner = data.get("data")
    for holder in (inner, data):
        if isinstance(holder, dict):
            for name in ("html", "content", "listHtml", "htmlStr", "xml", "result"):
                value = holder.get(name)
                if isinstance(value, str) and "<" in value and ("<a" in value or "<record" in value):
                    return value
    if isinstance(inner, str) and ("<a " in inner or "<record" in inner):
        return inner
    return None


def _read_markup(markup: str, data: dict[str, Any], url: str, sent: PageRequest, number: int) -> ListReading:
    root = parse(f"<html><body><div>{markup}</div></body></html>")
    reading = ListReading(layout="html in json")
    if root is None:
        return reading
    # Addresses in the markup are relative to the site, as the interface is.
    page = Page(url, url, markup, root, "utf-8", [])
    reading.links = read_records(page).links
    figures = read_json_list(data, url)
    counted = JsonList(reading.links, len(reading.links), figures.total, figures.pages, None)
    drawn = re.search(r"(?:totalPages?|pageCount|totalpage|共)[\"'=:\s]{0,6}(\d{1,6})\s*(?:页|[\"',;}\s])", markup)
    if counted.pages is None and drawn:
        counted.pages = int(drawn[1])
    reading.page_count = _pages_of(counted, sent)
    if reading.links:
        reading.next_page = _page_after(sent, number, counted, reading.page_count)
    return reading


def _pages_of(found: JsonList, sent: PageRequest) -> int | None:
    if found.pages is not None:
        return found.pages
    size = _size_of(found, sent)
    return -(-found.total // size) if found.total is not None and size else None


def _size_of(found: JsonList, sent: PageRequest) -> int | None:
    fields = fields_of(sent)
    asked = next((size for name in _SIZE_NAMES if (size := _digits(fields.get(name)))), None)
    if asked and found.records and (found.records > asked or _is_capped(found, asked)):
        return found.records
    if asked is None and "/gkmlpt/" in sent.url:
        return max(POLITE, found.records)  # NFCMS gives a hundred, and says so nowhere
    return asked or found.size or (found.records if found.records and found.total else None)


def _is_capped(found: JsonList, asked: int) -> bool:
    """Whether the server gives fewer records at once than were asked for: a round number of them, and more in all."""
    return found.records < asked and not found.records % _ROUND and found.total is not None and found.total > asked


def _page_after(sent: PageRequest, number: int, found: JsonList, pages: int | None) -> PageRequest | None:
    """The same request for the next page; None when it has no number or the answer was the last."""
    size = _size_of(found, sent)
    if pages is not None:
        if number >= pages:
            return None
    elif size is None or (found.records < size and found.records % _ROUND):
        return None
    fields = fields_of(sent)
    for name in _NUMBER_NAMES:
        if (current := _digits(fields.get(name))) is not None:
            return changed(sent, {name: str(current + 1)})
    for name in _OFFSET_NAMES:
        if size and (current := _digits(fields.get(name))) is not None:
            return changed(sent, {name: str(current + size)})
    return None


def _records(text: str) -> list[str]:
    records: list[str] = []
    for match in _RECORD.finditer(text):
        end = text.find("</record>", match.end())
        if end < 0 or len(records) >= _MOST_RECORDS:
            break
        inside = text[match.end() : end].strip()
        if inside.startswith("<![CDATA[") and inside.count("<![CDATA[") == 1:
            inside = inside[9:].removesuffix("]]>")
        records.append(inside)
    return records


def _row(record: str) -> str:
    """A record as a section of its own, however the record itself is closed."""
    if re.match(r"\s*<t[rd]\b", record, re.IGNORECASE):
        record = f"<table>{record}</table>"
    return f'<section class="one-record">{record}</section>'


def _replaced(data: dict[str, Any], changes: dict[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            result[name] = _replaced(value, changes)
        elif name in changes:
            result[name] = int(changes[name]) if isinstance(value, int) else changes[name]
        else:
            result[name] = _nested(value, changes, "") if isinstance(value, str) else value
    return result


def _nested(value: str, changes: dict[str, str], name: str) -> str:
    """A field's value with the changes made; a value that is JSON itself is changed inside."""
    if name in changes:
        return changes[name]
    if value[:1] == "{" and isinstance(inner := parse_json(value), dict):
        return json.dumps(_replaced(inner, changes), ensure_ascii=False, separators=(",", ":"))
    return value


def _flat(data: dict[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, dict):
            fields |= _flat(value)
        elif isinstance(value, str | int):
            fields[name] = str(value)
    return fields


def _digits(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 9 else None
