"""Lists that a script fetches: the column's page, and what the family's program answers."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from seeds.replica.families.lists import list_row, on_page, page_count, shell
from seeds.replica.families.world import COLUMN, PER_PAGE, FamilySite, Story
from seeds.replica.model import Asked, Page

_ROW = '<li><a href="$path" title="$title" target="_blank">$cut</a><span>$day</span></li>'
Answer = Callable[[FamilySite, list[Story], Asked], "Page | None"]


def answer(site: FamilySite, stories: list[Story], asked: Asked) -> Page | None:
    """What a column's page or a program of this site answers; None when there is no such address."""
    path = urlsplit(asked.target).path
    handler = _HANDLERS.get(site.family, {}).get(path)
    return handler(site, stories, asked) if handler else None


def _html(site: FamilySite, main: str, etag: str | None = None, modified: str | None = None) -> Page:
    return Page(200, shell(site, COLUMN, main).encode(), site.content_type, "shell", None, etag, modified)


def _refused(status: int, words: str) -> Page:
    return Page(status, words.encode(), "text/plain; charset=utf-8", "refused")


def _values(asked: Asked) -> dict[str, str]:
    """Query and form of a request."""
    values = dict(parse_qsl(urlsplit(asked.target).query, keep_blank_values=True))
    if asked.body and "json" not in asked.content_type:
        values |= dict(parse_qsl(asked.body.decode("utf-8", "replace"), keep_blank_values=True))
    return values


def _whole(values: Mapping[str, str], key: str, otherwise: int) -> int:
    digits = re.fullmatch(r"\d{1,6}", values.get(key, ""))
    return int(digits[0]) if digits else otherwise


# hanweb JCMS: the first page of the list lies in the column's page as XML, the others come from dataproxy.jsp

_JCMS_IDS = "col=1&appid=1&webid=55&path=%2F&columnid=1201&sourceContentType=1&unitid=5501&webname=%E8%8B%8F%E4%B8%AD&permissiontype=0"


def _records(stories: list[Story]) -> str:
    return "".join(f"<record><![CDATA[\n{list_row(_ROW, story)}]]></record>\n" for story in stories)


def _jcms_main(first: list[Story], total: int) -> str:
    inline = f"<recordset>{_records(first)}</recordset>" if first else ""
    return f"""<div id="5501"><div class="default_pgContainer"></div>
<script type="text/xml"><datastore><nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=1&{_JCMS_IDS}"></a>]]></nextgroup>{inline}</datastore></script>
<script>$(function(){{jpageform_5501=$('#5501').jpage({{themeName:'default',openCookies:false,showMode:'full',pageMode:'normal',perPage:{PER_PAGE},totalRecord:{total},proxyUrl:'/module/web/jpage/dataproxy.jsp',dataBefore:'<ul class="ajax">',dataAfter:'</ul>'}});}});</script></div>"""


def _jcms_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    return _html(site, _jcms_main(on_page(stories, 1), len(stories)))


def _jcms_bare_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    # Nothing of the list is in it, and it says so truthfully: it has not changed since 2023.
    return _html(site, _jcms_main([], 0).replace("totalRecord:0,", ""), modified="Tue, 14 Mar 2023 02:11:09 GMT")


def _jcms_data(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    values = _values(asked)
    if values.get("unitid") != "5501" or values.get("columnid") != "1201" or values.get("webid") != "55":
        return _refused(500, "no such unit")
    if "startrecord" in values:
        start, end = _whole(values, "startrecord", 1), _whole(values, "endrecord", PER_PAGE)
    else:
        start = (_whole(values, "page", 1) - 1) * PER_PAGE + 1
        end = start + PER_PAGE - 1
    chosen = stories[start - 1 : min(end, start + 299)]
    content = f"<?xml version='1.0' encoding='utf-8'?><datastore><totalrecord>{len(stories)}</totalrecord><totalpage>{page_count(stories)}</totalpage><recordset>{_records(chosen)}</recordset></datastore>"
    return Page(200, content.encode(), "text/xml; charset=utf-8", "list")


# hanweb JPaaS: JSON with HTML in it; only paramJson says which page

_JPAAS = {
    "webId": "29e8c1b5d0a14f3f8d3e6a5b7c9d1e2f",
    "tplSetId": "5c30a7d1e2f34b5c8a9b0c1d2e3f4a5b",
    "pageId": "dedc1f2a3b4c5d6e7f8091a2b3c4d5e6",
}


def _jpaas_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    query = {"parseType": "bulidstatic", **_JPAAS, "pageType": "column", "tagId": "内容区域", "editType": "null"}
    shown = "{" + ",".join(f"'{key}':'{value}'" for key, value in query.items()) + "}"
    main = f'<div class="page-content"></div><script url="/api-gateway/jpaas-publish-server/front/page/build/unit" queryData="{shown}" src="/script/ajaxpage.js"></script><script>var page={{pageNo:1,pageSize:{PER_PAGE}}};</script>'
    return _html(site, main, etag='"65f1a2-3c40"')


def _jpaas_unit(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    values = _values(asked)
    if any(values.get(key) != value for key, value in _JPAAS.items()) or values.get("parseType") != "bulidstatic":
        return Page(
            200, b'{"code":"500","success":false,"message":"unit not found","data":null}', "application/json", "list"
        )
    try:
        chosen = json.loads(values.get("paramJson", "{}"))
        number, size = int(chosen.get("pageNo", 1)), int(chosen.get("pageSize", PER_PAGE))
    except (ValueError, AttributeError):
        number, size = 1, PER_PAGE
    rows = "\n".join(list_row(_ROW, story) for story in stories[(number - 1) * size : number * size])
    markup = f'<ul class="page-content">{rows}</ul>' if rows else '<ul class="page-content"></ul>'
    found = {"code": "200", "success": True, "message": "", "data": {"html": markup}}
    content = json.dumps(found, ensure_ascii=False).encode()
    etag = f'"{hashlib.blake2b(content, digest_size=8).hexdigest()}"'
    return Page(200, content, "application/json;charset=UTF-8", "list", None, etag)


# truecms: XML in JSONP, not more than 20 entries at once, and only for who comes from the column's page

_TRUECMS = "4f0c2b6e-71aa-4c0e-9d55-1f0b7c2d3e4f"


def _truecms_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    main = f"""<div id="list_zldt"></div><script>$(function(){{$('#list_zldt').page({{perPage:{PER_PAGE},columnId:'{_TRUECMS}',proxyUrl:'/jhszf/messageController/getMessage.do',dataType:'jsonp'}});}});</script>"""
    return _html(site, main, modified="Wed, 05 Jul 2023 08:00:00 GMT")


def _truecms_data(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    values = _values(asked)
    if urlsplit(asked.referer).hostname != site.host:
        return _refused(404, "not found")
    callback = values.get("callback", "")
    start, end = _whole(values, "startrecord", 1), _whole(values, "endrecord", PER_PAGE)
    if values.get("columnId") != _TRUECMS or end - start >= 20 or not re.fullmatch(r"\w{1,60}", callback):
        return _refused(404, "not found")
    inner = f"<datastore><totalrecord>{len(stories)}</totalrecord><recordset>{_records(stories[start - 1 : end])}</recordset></datastore>"
    content = f"{callback}({json.dumps({'result': inner}, ensure_ascii=False)})"
    return Page(200, content.encode(), "text/javascript;charset=UTF-8", "list")


# epoint EWB: the ids lie in a script beside the page, pages are counted from 0 and asked for by POST

_EPOINT_GUID = "7eb5a1c4-90f1-4e0d-8a13-8fcb82ea5501"


def _epoint_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    main = """<div class="ewb-right"><ul class="ewb-list" id="infolist"></ul><div id="pager"></div></div>
<script src="/js/webBuilderCommon.js"></script><script src="/EWB-FRONT/js/govInfoPub.js"></script>"""
    return _html(site, main)


def _epoint_common(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    content = f'var siteInfo = {{"projectName":"/EWB-FRONT","siteGuid":"{_EPOINT_GUID}"}};\nvar pageSize = 20;\n'
    return Page(200, content.encode(), "application/javascript", "script")


def _epoint_data(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    try:
        wanted = json.loads(asked.body or b"{}")
        wanted = wanted.get("params", wanted)
        index, size = int(wanted["pageIndex"]), int(wanted["pageSize"])
        known = wanted["categorynum"] == "003006" and wanted["siteGuid"] == _EPOINT_GUID
    except (ValueError, KeyError, TypeError, AttributeError):
        known, index, size = False, 0, 0
    if not asked.body or not known:
        return Page(200, b'{"status":{"code":"0","text":"error"},"custom":{}}', "application/json", "list")
    data = [
        {
            "title": story.title,
            "realtitle": story.title,
            "infourl": story.path,
            "infodate": f"{story.published:%Y-%m-%d}",
        }
        for story in stories[index * size : (index + 1) * size]
    ]
    found = {"status": {"code": "1", "text": ""}, "custom": {"total": len(stories), "data": data}}
    return Page(200, json.dumps(found, ensure_ascii=False).encode(), "application/json;charset=UTF-8", "list")


# 龙讯 Ls: pages by a parameter, their number only in a script


def _ls_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    number, pages = _whole(_values(asked), "pageIndex", 1), page_count(stories)
    row = '<li><span class="date">$day</span><a href="$path" title="$title">$cut</a></li>'
    rows = "\n".join(list_row(row, story) for story in on_page(stories, number))
    main = f"""<ul class="doc_list list-6790">{rows}</ul><div id="page_6790" class="j-pagination"></div>
<script>Ls.pagination("#page_6790",function(page,$t){{location.href='/content/column/6790?pageIndex='+page.pageIndex;}},{{data:{{pageCount:{pages},pageIndex:{number}}}}});</script>"""
    page = _html(site, main)
    return Page(200, page.content, page.content_type, "list")


# 中国政府网: the whole list as one JSON file beside the page


def _govcn_column(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    main = """<div class="list list_1" id="list"></div><script>$.getJSON("./ZUIXINZHENGCE.json",function(data){show(data,1);});</script>"""
    return _html(site, main, etag='"zx-2023"')


def _govcn_data(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    found = [
        {
            "TITLE": story.title,
            "SUB_TITLE": "",
            "URL": story.url,
            "DOCRELPUBTIME": f"{story.published:%Y-%m-%d}",
        }
        for story in stories
    ]
    return Page(200, json.dumps(found, ensure_ascii=False).encode(), "application/json", "list")


# NFCMS: 信息公开 (gkmlpt) as JSON, a hundred at once


def _nfcms_data(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    values = _values(asked)
    if values.get("sid") != "755001":
        return _refused(404, "not found")
    articles = [
        {
            "id": story.number,
            "title": story.title,
            "url": story.url,
            "display_publish_time": f"{story.published:%Y-%m-%d}",
        }
        for story in stories[(_whole(values, "page", 1) - 1) * 100 :][:100]
    ]
    found = {"articles": articles, "total": len(stories), "classify": {"name": COLUMN}}
    return Page(200, json.dumps(found, ensure_ascii=False).encode(), "application/json", "list")


# A feed of the newest entries


def _feed(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    items = "".join(
        f"<item><title><![CDATA[{story.title}]]></title><link>{story.url}</link><pubDate>{story.published:%a, %d %b %Y %H:%M:%S +0800}</pubDate></item>"
        for story in stories[: 2 * PER_PAGE]
    )
    content = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{site.publisher}</title><link>http://{site.host}/</link><description>{COLUMN}</description>{items}</channel></rss>'
    return Page(200, content.encode(), "application/rss+xml; charset=utf-8", "list")


# A sitemap index of two parts, the older one named first


def _sitemap_index(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    parts = (("old", stories[len(stories) // 2]), ("new", stories[0]))
    entries = "".join(
        f"<sitemap><loc>http://{site.host}/sitemap_{name}.xml</loc><lastmod>{story.published:%Y-%m-%dT%H:%M:%S+08:00}</lastmod></sitemap>"
        for name, story in parts
    )
    content = f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'
    return Page(200, content.encode(), "text/xml", "list")


def _sitemap(site: FamilySite, stories: list[Story], asked: Asked) -> Page:
    half = len(stories) // 2
    chosen = stories[:half] if "new" in asked.target else stories[half:]
    entries = "".join(
        f"<url><loc>{story.url}</loc><lastmod>{story.published:%Y-%m-%d}</lastmod></url>" for story in chosen
    )
    content = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Page(200, content.encode(), "text/xml", "list")


_HANDLERS: dict[str, dict[str, Answer]] = {
    "founder": {"/rss.xml": _feed},
    "jcms": {
        "/col/col1201/index.html": _jcms_column,
        "/col/col1202/index.html": _jcms_bare_column,
        "/module/web/jpage/dataproxy.jsp": _jcms_data,
    },
    "jpaas": {
        "/xw/zj/index.html": _jpaas_column,
        "/api-gateway/jpaas-publish-server/front/page/build/unit": _jpaas_unit,
    },
    "truecms": {
        "/jhszf/zldt/zldt.html": _truecms_column,
        "/jhszf/messageController/getMessage.do": _truecms_data,
    },
    "epoint": {
        "/dynamic/zwgk/govInfoPub.html": _epoint_column,
        "/js/webBuilderCommon.js": _epoint_common,
        "/EWB-FRONT/rest/lightfrontaction/getgovinfolist": _epoint_data,
    },
    "ls": {"/content/column/6790": _ls_column},
    "govcn": {"/zhengce/zuixin/": _govcn_column, "/zhengce/zuixin/ZUIXINZHENGCE.json": _govcn_data},
    "nfcms": {"/gkmlpt/api/all/5": _nfcms_data},
    "phpcms": {
        "/sitemap.xml": _sitemap_index,
        "/sitemap_new.xml": _sitemap,
        "/sitemap_old.xml": _sitemap,
    },
}
