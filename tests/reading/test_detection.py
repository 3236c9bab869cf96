from __future__ import annotations

import time

import pytest

from crawler.reading.detection import detect_family

URL = "http://www.town.example/xw/1.html"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<!--enpcontent--><p>正文</p><!--/enpcontent-->", "founder"),
        ("<!-- enpproperty <date>2024</date>-->", "founder"),
        ("<script queryData=\"{'parseType':'bulidstatic'}\"></script>", "jpaas"),
        ("<script>proxyUrl:'/module/web/jpage/dataproxy.jsp'</script>", "jcms"),
        ("<!--<$[信息内容]>begin-->", "jcms"),
        ("$.get('/x/messageController/getMessage.do')", "truecms"),
        ("/EWB-FRONT/rest/lightfrontaction/getgovinfolist", "epoint"),
        ("<script>Ls.pagination({})</script>", "ls"),
        ('<div id="vsb_content_501">', "vsb"),
        ("<script>createPageHTML(7,0,'index','html')</script>", "trs"),
        ('<div class="view TRS_Editor">', "trs"),
        ('<div id="UCAP-CONTENT">', "govcn"),
        ('<a href="/gkmlpt/index">', "nfcms"),
        ('<script src="/e/public/ViewClick/?classid=1&id=2"></script>', "empire"),
        ('<a href="/index.php?m=content&amp;c=index&amp;a=lists&amp;catid=6">', "phpcms"),
        ("<p>Powered by DedeCMS</p>", "dede"),
        ('<a href="index_2.jhtml">', "jeecms"),
    ],
)
def test_a_marker_names_its_family(text: str, name: str) -> None:
    guess = detect_family(f"<html><body>{text}</body></html>", URL)
    assert guess is not None
    assert guess.name == name
    assert guess.marker


@pytest.mark.parametrize(
    "text",
    [
        '<a href="http://other.example/zldt/index.jhtml">',
        '<a href="https://www.gd.example/zwgk/content/post_1234.html">',
        '<a href="//portal.example/e/search/">',
        "<p>本站采用了 enpcontent 的写法</p>",
        '<div class="content"><p>TRS_Editing</p></div>',
    ],
)
def test_links_to_other_sites_and_like_words_name_nobody(text: str) -> None:
    assert detect_family(f"<html><body>{text}</body></html>", URL) is None


def test_a_portal_that_moved_keeps_the_older_systems_words_inside() -> None:
    text = '<script>proxyUrl:"/module/web/jpage/dataproxy.jsp"</script><div class="TRS_Editor"></div>'
    guess = detect_family(text, URL)
    assert guess is not None
    assert guess.name == "jcms"


def test_the_address_raises_the_confidence_and_alone_is_a_weak_guess() -> None:
    address = "http://www.town.example/content/2024-03/01/content_77.htm"
    marked = detect_family("<!--enpcontent-->", address)
    plain = detect_family("<!--enpcontent-->", URL)
    alone = detect_family("<p>正文</p>", address)
    assert marked and plain and alone
    assert marked.confidence > plain.confidence > alone.confidence
    state = detect_family("<p>正文</p>", "https://www.gov.cn/zhengce/content/2024-03/01/content_77.htm")
    assert state is not None
    assert state.name == "govcn", "the State Council's portal writes addresses like newspapers do"


def test_hanwebs_two_systems_are_told_apart_by_the_address() -> None:
    comment = "<!--<$[信息内容]>begin-->"
    old = detect_family(comment, "http://www.town.example/art/2024/3/1/art_12_345.html")
    new = detect_family(comment, f"http://www.town.example/art/2024/art_{'0a' * 16}.html")
    assert old and new
    assert (old.name, new.name) == ("jcms", "jpaas")


@pytest.mark.parametrize("url", ["", "http://[::1", "not an address", "http://a.cn/" + "x" * 100_000])
def test_any_address_is_taken(url: str) -> None:
    assert detect_family("<p>无</p>", url) is None


@pytest.mark.parametrize(
    "piece", ['href="', "/e/", ".jhtml", "http://b.cn/.jhtml ", "queryData='", 'name="m" ', "TRS_", "<!--<$[", "a"]
)
def test_hostile_pages_take_no_time(piece: str) -> None:
    text = piece * (600_000 // len(piece))
    before = time.process_time()
    detect_family(text, URL)
    assert time.process_time() - before < 5
