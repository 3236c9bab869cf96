from __future__ import annotations

import pytest

from crawler.paging import address_of, address_shape, headers_of, page_templates, page_url
from crawler.reading.listing import PageRequest
from crawler.reading.urls import url_key

LIST = "http://town.example/zw/"


@pytest.mark.parametrize(
    ("first", "family", "second_pages"),
    [
        ("http://a.cn/zw/index.shtml", "trs", ["index_1.shtml", "index_2.shtml"]),
        ("http://a.cn/zw/", "trs", ["index_1.html", "index_2.html", "index_1.shtml", "index_2.shtml"]),
        ("http://a.cn/zw/yw_list.html", "phpcms", ["yw_list_1.html", "yw_list_2.html", "index_1.html", "index_2.html"]),
        ("http://a.cn/zw/", "jeecms", ["index_1.jhtml", "index_2.jhtml"]),
        ("http://a.cn/zw/node_7.htm", "founder", ["node_7_1.htm", "node_7_2.htm", "index_1.htm", "index_2.htm"]),
    ],
)
def test_places_of_the_page_number_are_tried_in_a_fixed_order(first: str, family: str, second_pages: list[str]) -> None:
    found = [page_url(template, 2) for template in page_templates(first, family)]
    assert found == [f"http://a.cn/zw/{name}" for name in second_pages]


def test_a_name_that_ends_in_one_is_counted_on_first() -> None:
    templates = page_templates("http://a.cn/a/list_3_1.html", "dede")
    assert page_url(templates[0], 2) == "http://a.cn/a/list_3_2.html"
    assert page_url(templates[0], 5) == "http://a.cn/a/list_3_5.html"


def test_braces_in_an_address_are_no_places() -> None:
    assert page_url(page_templates("http://a.cn/{x}/li{st.html", "trs")[0], 3) == "http://a.cn/{x}/li{st_2.html"


def test_posted_pages_have_names_of_their_own() -> None:
    api = "http://town.example/rest/list"
    names = [address_of(PageRequest(api, b"{}"), LIST, number) for number in (1, 2)]
    names += [address_of(PageRequest(api, b"{}"), LIST + "other/", 1)]
    names += [address_of(PageRequest(f"{api}?a=1", b"{}"), LIST, 1)]
    assert len({url_key(name) for name in names}) == 4
    assert all(name.startswith(api) for name in names)
    token = [address_of(PageRequest(api, body), LIST, 1) for body in (b'{"t": 1}', b'{"t": 2}')]
    assert token[0] == token[1], "a token in the form makes no other page"
    assert address_of(PageRequest(f"{api}?page=2"), LIST, 2) == f"{api}?page=2"


def test_an_interface_is_told_the_columns_page() -> None:
    assert headers_of(PageRequest("http://town.example/x"), LIST) == {"Referer": LIST}
    own = {"Referer": "http://town.example/own", "content-type": "application/json"}
    assert headers_of(PageRequest("http://town.example/x", b"{}", own), LIST) == own
    form = headers_of(PageRequest("http://town.example/x", b"a=1"), LIST)
    assert form["Content-Type"].startswith("application/x-www-form-urlencoded")


def test_articles_of_one_column_have_one_shape() -> None:
    shapes = {
        address_shape(f"http://a.cn/zw/{month}/t{month}12_{number}.html")
        for month, number in ((202401, 1), (202312, 99876))
    }
    assert len(shapes) == 1
    assert address_shape("http://a.cn/zw/202401/about.html") not in shapes
    assert address_shape("http://b.cn/zw/202401/t20240112_1.html") not in shapes
