from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.urls import absolute, canonical_url, is_mirror_host, original_url, url_key

BASE = "http://www.example.cn/a/b.html"


@pytest.mark.parametrize(
    ("seen", "canonical"),
    [
        ("HTTP://WWW.Example.CN:80/a/b.html#top", "http://www.example.cn/a/b.html"),
        ("https://example.cn:443/", "https://example.cn/"),
        ("http://example.cn:8080/a", "http://example.cn:8080/a"),
        ("http://example.cn", "http://example.cn/"),
        ("http://example.cn/a/index.html", "http://example.cn/a/"),
        ("http://example.cn/a/Default.aspx?id=3", "http://example.cn/a/Default.aspx?id=3"),
        ("http://example.cn/index.html?from=timeline", "http://example.cn/"),
        ("http://example.cn/a/index_2.html", "http://example.cn/a/index_2.html"),
        ("http://example.cn/a.jsp;jsessionid=0AF3?id=1", "http://example.cn/a.jsp?id=1"),
        ("http://example.cn/a?utm_source=x&id=7&spm=1.2&PHPSESSID=abc&from=singlemessage", "http://example.cn/a?id=7"),
        ("http://example.cn/show.asp?sid=123", "http://example.cn/show.asp?sid=123"),
        ("http://example.cn/show.asp?sid=0123456789abcdef0123", "http://example.cn/show.asp"),
        ("http://example.cn/%7euser/%e8%b4%a8", "http://example.cn/~user/%E8%B4%A8"),
        ("http://example.cn/质量?词=量", "http://example.cn/%E8%B4%A8%E9%87%8F?%E8%AF%8D=%E9%87%8F"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        (" http://[broken/a ", "http://[broken/a"),
        ("not an address", "not an address"),
    ],
)
def test_canonical_address(seen: str, canonical: str) -> None:
    assert canonical_url(seen) == canonical


def test_named_parameters_are_kept() -> None:
    assert canonical_url("http://e.cn/a?from=3", keep_params=("from",)) == "http://e.cn/a?from=3"


def test_key_does_not_know_scheme_www_and_order() -> None:
    keys = {
        url_key("http://www.example.cn/a?x=1&y=2"),
        url_key("https://example.cn/a?y=2&x=1"),
        url_key("http://Example.cn/a?x=1&y=2&utm_medium=b#c"),
    }
    assert len(keys) == 1
    assert len(keys.pop()) == 16
    assert url_key("http://example.cn/a?x=1") != url_key("http://example.cn/a?x=2")
    assert url_key("http://example.cn/a") != url_key("http://m.example.cn/a")


@given(st.text(max_size=60))
def test_canonical_address_is_stable_and_never_raises(text: str) -> None:
    for url in (text, "http://example.cn/" + text):
        once = canonical_url(url)
        assert canonical_url(once) == once
        assert len(url_key(url)) == 16


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("c.html", "http://www.example.cn/a/c.html"),
        (" /x/y.htm#z ", "http://www.example.cn/x/y.htm"),
        ("//other.cn/z", "http://other.cn/z"),
        ("..\\up\\关于 通知.doc", "http://www.example.cn/up/关于%20通知.doc"),
        ("/a?b=c\\d", "http://www.example.cn/a?b=c\\d"),
        ("\n/br\noken\t.html", "http://www.example.cn/broken.html"),
        ("javascript:void(0)", None),
        (" JavaScript:alert(1)", None),
        ("mailto:a@example.cn", None),
        ("data:text/html,x", None),
        ("tel:123", None),
        ("file:///etc/passwd", None),
        ("#top", None),
        ("", None),
        (None, None),
        ("http://[::1", None),
        ("http://example.cn:99999/", None),
        ("http://user:word@example.cn/", None),
    ],
)
def test_where_a_link_leads(href: str | None, address: str | None) -> None:
    assert absolute(BASE, href) == address


@pytest.mark.parametrize(
    ("mirror", "original"),
    [
        ("http://kbm75.com/xy/nanjing/tsnj/1.html", "http://www.cinic.org.cn/xy/nanjing/tsnj/1.html"),
        ("http://www.etvsebi.cn/a/2.html", "http://www.chinajl.com.cn/a/2.html"),
        ("https://m.ynkmjykj.com/a/2.html", "https://www.chinajl.com.cn/a/2.html"),
        ("http://big5.china.com.cn/gate/big5/news.china.com.cn/a/3.htm", "http://news.china.com.cn/a/3.htm"),
        ("http://big5.china.com.cn/gate/big5/news.china.com.cn", "http://news.china.com.cn/"),
        ("http://www.example.cn/gate/big5/x/y", "http://www.example.cn/gate/big5/x/y"),
        ("http://www.zgnt.net/a", "http://www.zgnt.net/a"),
        ("http://[x/a", "http://[x/a"),
    ],
)
def test_mirror_pages_are_named_by_their_original(mirror: str, original: str) -> None:
    assert original_url(mirror) == original


def test_mirror_hosts_are_known_with_www_and_port() -> None:
    assert is_mirror_host("WWW.kbm75.com")
    assert is_mirror_host("jinshudabaoji.com:80")
    assert not is_mirror_host("www.cinic.org.cn")
