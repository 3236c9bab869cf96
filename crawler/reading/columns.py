"""Column pages whose list a script draws: what the script would ask its server for.

The keys of the request stand in the page: in the script's own attributes, in its text, or in the address.
"""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler.reading.interfaces import FORM, POLITE, govinfo_request
from crawler.reading.listing import PageRequest
from crawler.reading.page import Element, Page
from crawler.reading.urls import absolute

_PROXY_CALL = re.compile(r"dataproxy\.jsp\?([^\"'\s<>]{1,2000})")
_PROXY_PATH = re.compile(r"proxyUrl\s*[:=]\s*[\"']([^\"'?\s]{1,300})")
_FORM_UNIT = re.compile(r"jpageform_(\d{1,12})")
_COLUMN_ID = re.compile(r"/col(\d{1,15})(?:/|\.|\Z)")
_TRUECMS_COLUMN = re.compile(r"columnId\s*[\"']?\s*[:=]\s*[\"']?([\w-]{1,60})")
_PER_PAGE = re.compile(r"\bperPage\s*[\"']?\s*[:=]\s*[\"']?([1-9]\d{0,2})\b")
_TRUECMS_PATH = re.compile(r"[\"']([^\"'\s]{0,200}messageController/getMessage\.do)")
_JPAAS_PATH = re.compile(r"[\"'](/[^\"'\s]{0,200}jpaas-publish-server/front/page/build/unit)")
_JPAAS_LIST = re.compile(r"分页|列表|list|信息|内容|ajax|page", re.IGNORECASE)
_PAIR = re.compile(r"[\"']?(\w{1,60})[\"']?\s*:\s*[\"']([^\"']{0,1000})[\"']")
_SITE_GUID = re.compile(r"siteGuid[\"']?\s*[:=]\s*[\"']([0-9a-fA-F-]{20,40})")
_GOVINFO = re.compile(r"[\"']([^\"'\s]{0,200}/rest/lightfrontaction/getgovinfolist)")
_PROJECT = re.compile(r"projectName[\"']?\s*[:=]\s*[\"'](/[\w-]{1,60})")
_CATEGORY = re.compile(r"categorynum[\"']?\s*[:=]\s*[\"']([\d]{3,30})", re.IGNORECASE)
_SID = re.compile(r"\bSID[\"']?\s*[:=]\s*[\"']?(\d{1,12})")
_JSON_FILE = re.compile(
    r"(?:\burl\s*:|getJSON\s*\(|\.get\s*\(|\.ajax\s*\(|fetch\s*\(|axios\s*\(|\.open\s*\(\s*[\"']GET[\"']\s*,)\s*[\"']([^\"'\s<>]{1,300}\.json(?:\?[^\"'\s<>]{0,200})?)[\"']"
)
_JSON_WORD = re.compile(r"list|zuixin|zhengce|news|data|article|info|doc|content|policy", re.IGNORECASE)
_XXGK = re.compile(r"[\"']([^\"'\s<>]{0,200}module/xxgk/(?:search|tree)\.jsp)(?:\?([^\"'\s<>]{0,2000}))?[\"']")
_JPAAS_DEFAULTS = {"parseType": "bulidstatic", "pageType": "column"}  # spelt so by the program
_JPAAS_KEYS = ("parseType", "webId", "tplSetId", "pageType", "tagId", "editType", "pageId")
_SHELL_CHARS = 600


def column_request(page: Page, number: int, first_url: str, size: int | None = None) -> PageRequest | None:
    """The request that gets page ``number`` of the list which a script draws here; None when no script does.

    ``size`` is how many entries a page has that the page itself printed; else as many as is polite, or as the program
    asks for itself.
    """
    text = page.text
    if "dataproxy.jsp" in text:
        return dataproxy_request(page, number, size)
    if "getMessage.do" in text:
        return _truecms(page, number, size)
    if "jpaas-publish-server" in text or "querydata" in text[:400_000].lower():
        return _jpaas(page, number, size)
    if "module/xxgk/" in text:
        return _xxgk(page, number)
    if "lightfrontaction" in text or "EWB-FRONT" in text or "govInfoPub" in first_url:
        return _epoint(page, number, first_url)
    if "/gkmlpt/" in text or "/gkmlpt/" in page.url:
        return _gkmlpt(page, number, first_url)
    if ".json" in text and number == 1:
        return _json_file(page)
    return None


def frame_request(page: Page) -> PageRequest | None:
    """The page inside a frame, for a shell that shows little else."""
    host = urlsplit(page.url).hostname
    for node in (*page.root.iter("iframe"), *page.root.iter("frame")):
        if _tiny(node):
            continue
        url = absolute(page.base, node.get("src"))
        if url and url != page.url and urlsplit(url).hostname == host:
            return PageRequest(url)
    return None


def dataproxy_request(page: Page, number: int, size: int | None, *, start: int | None = None) -> PageRequest | None:
    """hanweb JCMS: the window of records of page ``number``, each of ``size``; ``start`` overrides its first record.

    Some servers obey only the window, others only ``page``; both are sent and agree.
    """
    fields = {
        "col": "1",
        "appid": "1",
        "webid": "",
        "path": "/",
        "columnid": "",
        "sourceContentType": "1",
        "unitid": "",
    }
    fields |= {"webname": "", "permissiontype": "0"}
    if call := _PROXY_CALL.search(page.text):
        fields |= {name: value for name, value in parse_qsl(unescape(call[1])) if name in fields}
    for name in (
        "webid",
        "columnid",
        "unitid",
        "appid",
        "webname",
        "sourceContentType",
        "permissiontype",
        "col",
        "path",
    ):
        if not fields[name] or name not in (call[1] if call else ""):
            for pattern in (
                rf"\b{name}[\"']?\s*[:=]\s*[\"']?([\w/.-]{{1,60}})",
                rf"name=[\"']?{name}[\"']?[^<>]{{0,80}}?value=[\"']([^\"']{{0,200}})",
            ):
                if found := re.search(pattern, page.text):
                    fields[name] = found[1]
                    break
    if not fields["unitid"] and (unit := _FORM_UNIT.search(page.text)):
        fields["unitid"] = unit[1]
    if not fields["columnid"] and (column := _COLUMN_ID.search(urlsplit(page.url).path)):
        fields["columnid"] = column[1]
    if not fields["unitid"] or not fields["columnid"]:
        return None
    path = _PROXY_PATH.search(page.text)
    api = absolute(page.url, path[1] if path and "dataproxy" in path[1] else "/module/web/jpage/dataproxy.jsp")
    if api is None:
        return None
    size = size or POLITE
    first = start or (number - 1) * size + 1
    window = {"page": str(number), "startrecord": str(first), "endrecord": str(first + size - 1), "perpage": str(size)}
    return PageRequest(f"{api}?{urlencode(window)}", urlencode(fields).encode(), _headers(page, FORM))


def _truecms(page: Page, number: int, size: int | None) -> PageRequest | None:
    path, column = _TRUECMS_PATH.search(page.text), _TRUECMS_COLUMN.search(page.text)
    api = absolute(page.url, path[1]) if path else None
    if api is None or column is None:
        return None
    # As many as the page's own script asks for: some servers give fifty at once, others refuse more than that number.
    printed = _PER_PAGE.search(page.text)
    most = size or (min(int(printed[1]), 50) if printed else 20)
    fields = {
        "startrecord": str((number - 1) * most + 1),
        "endrecord": str(number * most),
        "perpage": str(most),
        "columnId": column[1],
        "callback": "list",
    }
    return PageRequest(f"{api}?{urlencode(fields)}", headers={"Referer": page.url})


def _jpaas(page: Page, number: int, size: int | None) -> PageRequest | None:
    found: list[tuple[int, dict[str, str], str | None]] = []
    for node in page.root.iter():
        data = node.get("querydata") if isinstance(node.tag, str) else None
        if data:
            keys = dict(_PAIR.findall(unescape(data)))
            weight = 2 * ("pageSize" in data or "paramJson" in data) + bool(_JPAAS_LIST.search(keys.get("tagId", "")))
            found.append((weight, keys, node.get("url")))
    if not found and "build/unit" in page.text:
        keys = {}
        for name in (*_JPAAS_KEYS, "pageSize"):
            if value := re.search(rf"\b{name}[\"']?\s*[:=]\s*[\"']([^\"'<>]{{1,200}})", page.text):
                keys[name] = value[1]
        found.append((0, keys, None))
    if not found:
        return None
    _, keys, path = max(found, key=lambda one: one[0])
    if not keys.get("webId") or not keys.get("pageId"):
        return None
    if not path:
        drawn = _JPAAS_PATH.search(page.text)
        path = drawn[1] if drawn else "/api-gateway/jpaas-publish-server/front/page/build/unit"
    api = absolute(page.url, path)
    if api is None:
        return None
    printed = re.search(r"pageSize[\\\"']{0,4}\s*:\s*[\\\"']{0,4}(\d{1,3})", page.text)
    page_size = str(size or (int(printed[1]) if printed else 15))
    fields = _JPAAS_DEFAULTS | {name: keys[name] for name in _JPAAS_KEYS if keys.get(name)}
    fields["paramJson"] = json.dumps({"pageNo": number, "pageSize": page_size}, separators=(",", ":"))
    headers = {"Referer": page.url, "X-Requested-With": "XMLHttpRequest"}
    return PageRequest(f"{api}?{urlencode(fields)}", headers=headers)


def _xxgk(page: Page, number: int) -> PageRequest | None:
    """hanweb's 信息公开: the form that its search takes, with the keys from the address of its tree or frame."""
    fields = {"infotypeId": "", "jdid": "", "area": "", "divid": "", "vc_title": "", "vc_number": "", "sortfield": ""}
    fields |= {"currpage": str(number), "vc_filenumber": "", "vc_all": "", "texttype": "", "fbtime": ""}
    api: str | None = None
    for match in _XXGK.finditer(page.text):
        api = api or urljoin(page.url, match[1]).rpartition("/")[0] + "/search.jsp"
        given = dict(parse_qsl(unescape(match[2] or "")))
        fields |= {name: given[name] for name in ("infotypeId", "jdid", "area", "divid") if given.get(name)}
    if api is None or not (fields["area"] or fields["jdid"] or fields["divid"]):
        return None
    return PageRequest(api, urlencode(fields).encode(), _headers(page, FORM))


def _epoint(page: Page, number: int, first_url: str) -> PageRequest | None:
    asked = dict(parse_qsl(urlsplit(first_url).query)) | dict(parse_qsl(urlsplit(page.url).query))
    category = asked.get("categorynum") or ((found := _CATEGORY.search(page.text)) and found[1]) or ""
    department = asked.get("deptcode", "")
    if not category and not department:
        return None
    if guid := _SITE_GUID.search(page.text):
        path, project = _GOVINFO.search(page.text), _PROJECT.search(page.text)
        name = path[1] if path else (project[1] if project else "/EWB-FRONT") + "/rest/lightfrontaction/getgovinfolist"
        if project and name.startswith("/rest/"):
            name = project[1] + name  # the script puts the two together
        if not name.startswith(("/", "http")):
            name = "/" + name
        api = absolute(page.url, name)
        return govinfo_request(page.url, api, guid[1], category, department, number) if api else None
    # The key stands in a script that all pages load; what is wanted goes along in its address.
    keys = urlencode({"categorynum": category, "deptcode": department})
    return PageRequest(urljoin(page.url, f"/js/webBuilderCommon.js?{keys}"))


def _gkmlpt(page: Page, number: int, first_url: str) -> PageRequest | None:
    sid = _SID.search(page.text)
    if sid is None:
        return None
    category = urlsplit(first_url).fragment.strip("/") or urlsplit(page.url).fragment.strip("/")
    if not category.isdecimal():
        category = "0"  # all columns
    root = page.url.partition("/gkmlpt")[0] if "/gkmlpt" in page.url else urljoin(page.url, "/").rstrip("/")
    return PageRequest(f"{root}/gkmlpt/api/all/{category}?page={number}&sid={sid[1]}", headers={"Referer": page.url})


def _json_file(page: Page) -> PageRequest | None:
    """A list kept as a JSON file beside the page, as www.gov.cn does."""
    found = [url for match in _JSON_FILE.finditer(page.text) if (url := absolute(page.base, match[1]))]
    host = urlsplit(page.url).hostname
    found = [url for url in found if urlsplit(url).hostname == host and _JSON_WORD.search(url.rpartition("/")[2])]
    return PageRequest(found[0], headers={"Referer": page.url}) if found else None


def _headers(page: Page, content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "Referer": page.url, "X-Requested-With": "XMLHttpRequest"}


def _tiny(node: Element) -> bool:
    return any((node.get(name) or "").strip("px ") in ("0", "1") for name in ("width", "height"))
