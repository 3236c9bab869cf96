"""Interfaces from which column pages draw their lists: the request a page makes, the answer, the page after it."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

from crawler.items import Link
from crawler.reading.layouts import ListLayout
from crawler.reading.lists import ListReading, PageRequest, extract_list

SITE = "http://www.linjiang.example.cn"
COLUMN = f"{SITE}/col/col1201/index.html"
DAYS = [date(2026, 1, day) for day in (9, 8, 7)]


def links(path: str, first: int = 100) -> list[Link]:
    return [
        Link(f"{SITE}{path.format(first + n)}", f"质量工作第{first + n}号消息的标题", day) for n, day in enumerate(DAYS)
    ]


def row(link: Link) -> str:
    path, cut = link.url.removeprefix(SITE), link.title[:6]
    return f'<li><a href="{path}" title="{link.title}">{cut}…</a><span>{link.listed_on}</span></li>'


def datastore(found: list[Link], total: int) -> str:
    records = "".join(f"<record><![CDATA[{row(link)}]]></record>" for link in found)
    return f"<datastore><nextgroup/><totalrecord>{total}</totalrecord><recordset>{records}</recordset></datastore>"


def page(inner: str) -> bytes:
    menu = "".join(f'<li><a href="/col/col{n}/index.html">栏目{n}</a></li>' for n in range(6))
    return f"<html><head><title>质量工作</title></head><body><ul>{menu}</ul>{inner}</body></html>".encode()


def fields(request: PageRequest | None) -> dict[str, str]:
    assert request is not None
    pairs = parse_qs(urlsplit(request.url).query) | parse_qs((request.body or b"").decode())
    return {name: values[-1] for name, values in pairs.items()}


def answer(text: str, request: PageRequest, number: int = 1) -> ListReading:
    return extract_list(text.encode(), request.url, None, page=number, request=request)


JCMS_SCRIPT = (
    "<script>var settings={totalRecord:203,perPage:15,proxyUrl:'/module/web/jpage/dataproxy.jsp',"
    "url:'dataproxy.jsp?page=1&appid=1&webid=12&path=/&columnid=1201&unitid=99231&webname=%E4%B8%B4%E6%B1%9F&permissiontype=0'};"
    "</script>"
)


def test_dataproxy_column_asks_for_its_records_in_a_window() -> None:
    reading = extract_list(page(f'<div id="99231"></div>{JCMS_SCRIPT}'), COLUMN, None)
    asked = fields(reading.follow)
    assert reading.links == []
    assert urlsplit(reading.follow.url).path == "/module/web/jpage/dataproxy.jsp"
    assert {name: asked[name] for name in ("startrecord", "endrecord", "perpage", "page")} == {
        "startrecord": "1",
        "endrecord": "100",
        "perpage": "100",
        "page": "1",
    }
    assert (asked["columnid"], asked["unitid"], asked["webid"], asked["webname"]) == ("1201", "99231", "12", "临江")
    assert reading.follow.headers["Referer"] == COLUMN

    expected = links("/art/2026/1/5/art_1201_{}.html")
    first = answer(datastore(expected, 203), reading.follow)
    assert first.links == expected
    assert first.page_count == 3
    second = fields(first.next_page)
    assert (second["startrecord"], second["endrecord"], second["page"]) == ("101", "200", "2")
    last = answer(
        datastore(expected, 203), PageRequest(first.next_page.url.replace("200", "300"), first.next_page.body), 2
    )
    assert last.next_page is None


def test_dataproxy_keys_are_found_in_forms_and_addresses() -> None:
    form = (
        '<form name="jpageform_551"><input type="hidden" name="webid" value="3"></form>'
        "<script>jpage('dataproxy.jsp')</script>"
    )
    asked = fields(extract_list(page(form), COLUMN, None).follow)
    assert (asked["unitid"], asked["columnid"], asked["webid"]) == ("551", "1201", "3")
    assert extract_list(page("<script>x('dataproxy.jsp')</script>"), COLUMN, None).follow is None


def test_records_printed_in_the_column_page_need_no_second_request() -> None:
    expected = links("/art/2026/1/5/art_1201_{}.html")
    script = f'<script type="text/xml">{datastore(expected, 203)}</script>'
    reading = extract_list(page(script + JCMS_SCRIPT), COLUMN, None)
    assert (reading.links, reading.follow, reading.page_count) == (expected, None, 68)
    following = fields(reading.next_page)
    assert (following["startrecord"], following["endrecord"], following["perpage"]) == ("4", "6", "3")
    declared = ListLayout(name="jcms", links="ul.none a")
    assert extract_list(page(script + JCMS_SCRIPT), COLUMN, declared).links == expected


def test_jpaas_column_and_answer() -> None:
    query = "{'parseType':'bulidstatic','webId':'aa11','tplSetId':'bb22','tagId':'内容区域','pageId':'cc33'}"
    script = f'<script url="/api-gateway/jpaas-publish-server/front/page/build/unit" queryData="{query}"></script>'
    menu = script.replace("内容区域", "导航").replace("cc33", "dd44")
    reading = extract_list(page(menu + script), COLUMN, None)
    asked = fields(reading.follow)
    assert (asked["webId"], asked["pageId"], asked["tagId"]) == ("aa11", "cc33", "内容区域")
    assert json.loads(asked["paramJson"]) == {"pageNo": 1, "pageSize": "15"}

    expected = links("/art/2026/art_0f3c5e7a9b1d2f4e6a8c0b2d4f6e8a{}.html")
    html = "<ul>" + "".join(map(row, expected)) + '</ul><div class="page">共4页</div>'
    first = answer(json.dumps({"code": "200", "data": {"html": html}}), reading.follow)
    assert first.links == expected
    assert first.page_count == 4
    assert json.loads(fields(first.next_page)["paramJson"]) == {"pageNo": 2, "pageSize": "15"}
    assert answer(json.dumps({"data": {"html": html}}), first.next_page, 4).next_page is None


def test_jpaas_keys_in_a_script_text() -> None:
    script = (
        "<script>var p={webId:'w1',pageId:'p1',tplSetId:'t1',tagId:'列表',pageSize:'20'};"
        "get('/api-gateway/jpaas-publish-server/front/page/build/unit',p)</script>"
    )
    asked = fields(extract_list(page(script), COLUMN, None, page=3).follow)
    assert json.loads(asked["paramJson"]) == {"pageNo": 3, "pageSize": "20"}
    assert extract_list(page("<script>'jpaas-publish-server'</script>"), COLUMN, None).follow is None


def test_truecms_answers_xml_in_a_call() -> None:
    script = "<script>new Page({columnId:'77aa-b',proxyUrl:'/ntx/messageController/getMessage.do'})</script>"
    reading = extract_list(page(script), COLUMN, None)
    asked = fields(reading.follow)
    assert (asked["columnId"], asked["startrecord"], asked["endrecord"]) == ("77aa-b", "1", "20")
    assert reading.follow.headers == {"Referer": COLUMN}

    expected = links("/ntx/xw/content/{}.html")
    first = answer(f"list({json.dumps(datastore(expected, 120))});", reading.follow)
    assert first.links == expected
    assert (fields(first.next_page)["startrecord"], fields(first.next_page)["endrecord"]) == ("21", "40")
    assert first.next_page.headers == {"Referer": COLUMN}
    own = script.replace("columnId", "perPage:35,columnId")
    assert fields(extract_list(page(own), COLUMN, None).follow)["endrecord"] == "35", "as many as the site's own script"
    raw = answer(f"list({json.dumps({'data': datastore(expected, 3)})})", reading.follow)
    assert (raw.links, raw.next_page) == (expected, None)


def test_a_server_that_gives_fewer_than_asked_for_is_asked_on() -> None:
    sent = PageRequest(f"{SITE}/api/list?pageNo=1&pageSize=15")
    found = [{"title": f"质量公报第{n}期发布", "url": f"/gb/{n}.html"} for n in range(10)]
    capped = answer(json.dumps({"rows": found}), sent)
    assert capped.next_page == PageRequest(f"{SITE}/api/list?pageNo=2&pageSize=15")
    counted = answer(json.dumps({"rows": found, "total": 31}), sent)
    assert (counted.page_count, counted.next_page is not None) == (4, True)
    assert answer(json.dumps({"rows": found[:7]}), sent).next_page is None


EPOINT = f"{SITE}/dynamic/zwgk/govInfoPub.html?categorynum=003001"


def test_epoint_posts_the_key_of_its_page() -> None:
    script = (
        "<script>var siteInfo={'projectName':'/EWB-FRONT','siteGuid':'7eb5f7f1-0000-4000-8000-000000000001'}</script>"
    )
    reading = extract_list(page(script), EPOINT, None)
    sent = json.loads(reading.follow.body)
    assert reading.follow.url == f"{SITE}/EWB-FRONT/rest/lightfrontaction/getgovinfolist"
    assert (sent["categorynum"], sent["pageIndex"], sent["siteGuid"][:8]) == ("003001", 0, "7eb5f7f1")

    found = [
        {"title": link.title, "infourl": link.url, "infodate": f"{link.listed_on}"}
        for link in links("/zwgk/20260105/{}.html")
    ]
    first = answer(json.dumps({"custom": json.dumps({"total": 45, "infodata": found})}), reading.follow)
    assert first.links == links("/zwgk/20260105/{}.html")
    assert first.page_count == 3
    assert json.loads(first.next_page.body)["pageIndex"] == 1, "this server counts from 0"
    assert answer(json.dumps({"custom": {"total": 45, "data": found}}), first.next_page, 3).next_page is None


def test_epoint_key_in_a_script_of_its_own() -> None:
    shell = extract_list(page("<div>EWB-FRONT</div>"), EPOINT, None)
    assert shell.follow.url.startswith(f"{SITE}/js/webBuilderCommon.js?categorynum=003001")
    keys = "{'siteGuid':'7eb5f7f1-0000-4000-8000-000000000001','projectName':'/EWB_YK_Mid'}"
    text = f"(function(){{}})();var siteInfo = {keys};"
    asked = answer(text, shell.follow)
    assert asked.follow.url == f"{SITE}/EWB_YK_Mid/rest/lightfrontaction/getgovinfolist"
    assert json.loads(asked.follow.body)["categorynum"] == "003001"


def test_epoint_parameters_inside_a_form_field_or_below_a_name_are_counted_on() -> None:
    found = [{"title": link.title, "url": link.url} for link in links("/a/{}.html")]
    body = json.dumps({"params": {"pageIndex": "0", "pageSize": 3}}).encode()
    request = PageRequest(f"{SITE}/rest/getInfoList", body, {"Content-Type": "application/json"})
    following = answer(json.dumps({"total": 9, "rows": found}), request).next_page
    assert json.loads(following.body) == {"params": {"pageIndex": "1", "pageSize": 3}}
    form = PageRequest(f"{SITE}/rest/getInfoList", b"params=%7B%22pageIndex%22%3A1%2C%22pageSize%22%3A3%7D")
    following = answer(json.dumps({"total": 9, "rows": found}), form).next_page
    assert json.loads(parse_qs(following.body.decode())["params"][0]) == {"pageIndex": 2, "pageSize": 3}


def test_nfcms_catalogue() -> None:
    url = f"{SITE}/gkmlpt/index#3312"
    reading = extract_list(page("<script>var _CONFIG={SID:'763003',HOST:''}</script>"), url, None)
    assert reading.follow.url == f"{SITE}/gkmlpt/api/all/3312?page=1&sid=763003"
    found = [
        {"id": n, "title": link.title, "url": link.url, "display_publish_time": 1767924000 - n * 86400}
        for n, link in enumerate(links("/gkmlpt/content/2/{}/post_1.html"))
    ]
    first = answer(json.dumps({"articles": found, "total": 150}), reading.follow)
    assert first.links == links("/gkmlpt/content/2/{}/post_1.html")
    assert (first.page_count, first.next_page.url) == (2, f"{SITE}/gkmlpt/api/all/3312?page=2&sid=763003")
    assert answer(json.dumps({"articles": found, "total": 150}), first.next_page, 2).next_page is None


def test_state_council_json_file() -> None:
    script = "<script>$.getJSON('./ZUIXINZHENGCE.json',show)</script>"
    reading = extract_list(page(script), f"{SITE}/zhengce/zuixin/", None)
    assert reading.follow.url == f"{SITE}/zhengce/zuixin/ZUIXINZHENGCE.json"
    expected = links("/zhengce/content/202601/content_{}.htm")
    text = json.dumps(
        [{"TITLE": e.title, "SUB_TITLE": "", "URL": e.url, "DOCRELPUBTIME": f"{e.listed_on}"} for e in expected]
    )
    assert answer(text, reading.follow).links == expected


def test_information_catalogue_is_turned_by_its_number() -> None:
    frame = '<iframe src="/module/xxgk/tree.jsp?area=014300835&divid=div8801&infotypeId=A02"></iframe>'
    reading = extract_list(page(frame), COLUMN, None)
    asked = fields(reading.follow)
    assert reading.follow.url == f"{SITE}/module/xxgk/search.jsp"
    assert (asked["area"], asked["divid"], asked["currpage"]) == ("014300835", "div8801", "1")
    expected = links("/art/2026/1/5/art_88_{}.html")
    rows = "".join(f'<tr><td><a href="{e.url}">{e.title}</a></td><td>{e.listed_on}</td></tr>' for e in expected)
    first = answer(f"<table>{rows}</table><p>共2页</p>", reading.follow)
    assert first.links == expected
    assert fields(first.next_page)["currpage"] == "2"
    assert answer(f"<table>{rows}</table><p>共2页</p>", first.next_page, 2).next_page is None


def test_other_json_lists_are_read_and_counted_on() -> None:
    expected = links("/d/{}")
    found = [
        {"subject": f"<em>{e.title}</em>", "linkUrl": e.url, "publishDate": f"{e.listed_on}T08:00:00"} for e in expected
    ]
    data = {"code": 0, "data": {"page": {"records": found, "pages": 7, "size": 3}, "hot": found[:1]}}
    request = PageRequest(f"{SITE}/api/news/list?current=2&size=3")
    reading = answer(json.dumps(data), request, 2)
    assert (reading.links, reading.page_count) == (expected, 7)
    assert reading.next_page.url == f"{SITE}/api/news/list?current=3&size=3"
    offset = PageRequest(f"{SITE}/api/list?offset=0&limit=3")
    assert answer(json.dumps(found), offset).next_page.url == f"{SITE}/api/list?offset=3&limit=3"
    assert answer(json.dumps(found[:2]), offset).next_page is None
    assert answer(json.dumps(found), PageRequest(f"{SITE}/api/list")).next_page is None
    assert answer("var list = " + json.dumps(found) + ";", request).links == expected
    assert answer('{"code": 500, "msg": "无权限"}', request).links == []


def test_a_frame_around_the_list_is_followed_and_a_script_never_leads_to_itself() -> None:
    shell = extract_list(
        page('<iframe width="0" src="/x.html"></iframe><iframe src="/xw/list.html"></iframe>'), COLUMN, None
    )
    assert shell.follow == PageRequest(f"{SITE}/xw/list.html")
    own = "<script>$.getJSON('list.json')</script>"
    assert extract_list(page(own), f"{SITE}/xw/list.json", None).follow is None


def test_records_of_named_fields_printed_in_the_page() -> None:
    expected = links("/bmdt/content/{}.html")
    records = "".join(
        f"<record><title><![CDATA[{e.title}]]></title><url><![CDATA[{e.url}]]></url>"
        f"<pubtime>{e.listed_on} 08:24:00</pubtime></record>"
        for e in expected
    )
    inline = f'<script type="text/xml"><message totalrecord="41">{records}</message></script>'
    script = "<script>list({columnId:'c1',proxyUrl:'/messageController/getMessage.do'})</script>"
    reading = extract_list(page(inline + script), COLUMN, None)
    assert (reading.links, reading.page_count) == (expected, 14)
    assert (fields(reading.next_page)["startrecord"], fields(reading.next_page)["endrecord"]) == ("4", "6")


def test_a_file_that_a_script_loads_does_not_outweigh_a_list_without_days() -> None:
    shown = "".join(f'<li><a href="/n/{n}.html">本栏目中没有日期的第{n}条消息标题</a></li>' for n in range(20))
    script = "<script>$.getJSON('/static/data.json',weather)</script>"
    reading = extract_list(page(f'<ul class="m">{shown}</ul>{script}'), COLUMN, None)
    assert (len(reading.links), reading.follow) == (20, None)
