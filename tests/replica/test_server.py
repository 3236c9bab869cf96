"""The replica as a server: every listed page answers, with the right bytes, headers and conditions."""

from __future__ import annotations

import gzip
import http.client
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from seeds.load import load_sites
from seeds.replica.server import ReplicaServer
from seeds.replica.world import MIRROR_HOSTS

SITES = Path(__file__).resolve().parents[2] / "seeds" / "replica" / "sites"


class Client:
    """A browser without mercy: one connection, explicit Host header, no redirects followed."""

    def __init__(self, server: ReplicaServer) -> None:
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=10)

    def get(self, url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, target(url), headers={"Host": urlsplit(url).netloc, **sent})
        response = self.connection.getresponse()
        body = response.read()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body


@pytest.fixture
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer() as server:
        yield server


@pytest.fixture
def client(replica: ReplicaServer) -> Iterator[Client]:
    client = Client(replica)
    yield client
    client.connection.close()


def target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def article_urls(replica: ReplicaServer, site: str) -> list[str]:
    return [replica.world.url(article) for article in replica.world.articles(replica.epoch, site)]


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("site", sorted(load_sites([SITES])))
def test_every_listed_article_answers_and_every_article_is_listed(
    replica: ReplicaServer, client: Client, site: str, epoch: int
) -> None:
    replica.epoch = epoch
    listed = set()
    seed = load_sites([SITES])[site]
    pattern = re.compile(seed.article_url or "")
    for source in seed.lists:
        url: str | None = source.url
        while url:
            status, _, body = client.get(url)
            assert status == 200, url
            text = body.decode("gb18030" if site == "liaocheng" else "utf-8")
            if (site, source.column, epoch) == ("cinic", "时政新闻", 2):
                assert "col-l" not in text
                assert "<a href" not in text.partition("<main")[2].partition("</main>")[0]
                listed |= {urljoin(url, href) for href in re.findall(r'data-url="([^"]+)"', text)}
                break
            main = text.partition('class="col-r"')[0]
            hrefs = [urljoin(url, href.replace("&amp;", "&")) for href in re.findall(r'<a href="([^"]+)"', main)]
            listed |= {href for href in hrefs if pattern.search(urlsplit(href).path) or pattern.search(target(href))}
            following = re.search(r'<a href="([^"]+)"[^>]*>下一页</a>', text)
            url = urljoin(url, following[1]) if following else None
    answered = set()
    for href in listed:
        assert client.get(href.replace("https:", "http:"))[0] == 200, href
        answered.add(replica.page(urlsplit(href).netloc, target(href)).content)
    if (site, epoch) == ("cinic", 2):
        return  # only the first page of the redesigned list can be followed
    expected = {replica.page(urlsplit(url).netloc, target(url)).content for url in article_urls(replica, site)}
    assert expected == answered


def test_bytes_and_labels_are_those_of_each_site(replica: ReplicaServer, client: Client) -> None:
    world = replica.world
    labels = {
        ("zgnt", "new"): ("text/html; charset=ISO-8859-1", "charset=utf-8", "utf-8"),
        ("zgnt", "old"): ("text/html; charset=ISO-8859-1", "charset=gb2312", "gbk"),
        ("liaocheng", "new"): ("text/html", "charset=gb2312", "gbk"),
        ("cinic", "new"): ("text/html; charset=utf-8", 'charset="utf-8"', "utf-8"),
        ("cinic", "old"): ("text/html", "charset=utf-8", "utf-8"),
        ("chinajl", "new"): ("text/html", "charset=utf-8", "utf-8"),
        ("quality_portal", "new"): ("text/html; charset=utf-8", "charset=utf-8", "utf-8"),
        ("quality_portal", "old"): ("text/html; charset=utf-8", "charset=utf-8", "utf-8"),
    }
    seen = {}
    for article in world.articles(1):
        if (article.site, article.template) in seen or article.mirror:
            continue
        _, headers, body = client.get(world.url(article))
        expected, meta, codec = labels[article.site, article.template]
        assert headers["content-type"] == expected
        assert meta.encode() in body
        text = body.decode(codec)
        assert article.title in text
        assert article.body.rpartition("\n")[2] in text
        seen[article.site, article.template] = codec
    assert set(seen) == set(labels)


def test_validators_give_304_where_the_site_has_them(replica: ReplicaServer, client: Client) -> None:
    with_304 = set()
    for name, site in replica.world.sites.items():
        url = article_urls(replica, name)[0]
        _, headers, body = client.get(url)
        etag, modified = headers.get("etag"), headers.get("last-modified")
        assert (etag is not None, modified is not None) == (
            "etag" in site.validators,
            "last-modified" in site.validators,
        )
        conditions = {"If_None_Match": etag} if etag else {"If_Modified_Since": modified} if modified else {}
        if conditions:
            status, headers, body = client.get(url, **conditions)
            assert (status, body) == (304, b"")
            assert client.get(url, If_None_Match='"other"')[0] == 200
            with_304.add(name)
    assert with_304 == {"zgnt", "liaocheng", "quality_portal"}


def test_validators_survive_the_epoch_unless_the_page_changed(replica: ReplicaServer, client: Client) -> None:
    edited = replica.world.story(2).edited[0].url
    other = next(url for url in article_urls(replica, "liaocheng") if url != edited)
    tags = {url: client.get(url)[1]["etag"] for url in (edited, other)}
    replica.epoch = 2
    assert client.get(other, If_None_Match=tags[other])[0] == 304
    assert client.get(edited, If_None_Match=tags[edited])[0] == 200
    list_url = "http://www.liaocheng.cc/life/liaocheng"
    listed = client.get(list_url)[1]["etag"]
    replica.epoch = 1
    assert client.get(list_url, If_None_Match=listed)[0] == 200


def test_views_rise_and_side_columns_turn_with_every_fetch(replica: ReplicaServer, client: Client) -> None:
    truth = next(entry for entry in replica.world.truth(1).values() if entry.views)
    bodies = [client.get(truth.url)[2].decode() for _ in range(3)]
    counts = [int(re.findall(r"浏览:(\d+)", body)[0]) for body in bodies]
    assert truth.views is not None
    assert counts == [truth.views, truth.views + 1, truth.views + 2]
    assert len({body.partition("点击排行")[2] for body in bodies}) == 3
    assert "@@" not in bodies[0]


def test_head_answers_like_get_without_a_body(replica: ReplicaServer, client: Client) -> None:
    url = article_urls(replica, "zgnt")[0]
    status, headers, body = client.get(url, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(client.get(url)[2])


def test_gzip_is_sent_to_those_who_take_it(replica: ReplicaServer, client: Client) -> None:
    url = article_urls(replica, "zgnt")[0]
    plain = client.get(url)[2]
    _, headers, packed = client.get(url, Accept_Encoding="gzip, deflate")
    assert headers["content-encoding"] == "gzip"
    assert len(packed) < len(plain)
    assert gzip.decompress(packed) == plain


def test_other_spellings_lead_to_the_same_page(replica: ReplicaServer, client: Client) -> None:
    spelled = [entry for entry in replica.world.truth(1).values() if entry.aliases]
    assert {entry.site for entry in spelled} >= {"cinic", "liaocheng", "quality_portal", "zgnt"}
    for entry in spelled:
        page = re.sub(r"点击排行|累计访问 \d+", "", client.get(entry.url)[2].decode("latin-1"))
        for alias in entry.aliases:
            status, _, body = client.get(alias.replace("https:", "http:"))
            assert status == 200, alias
            assert len(body) == pytest.approx(len(page), abs=400), alias
    assert client.get("http://zgnt.net/node_101.htm")[1]["location"] == "http://www.zgnt.net/node_101.htm"
    first = client.get("http://www.cinic.org.cn/xw/cjxw/")[2]
    assert client.get("http://www.cinic.org.cn/xw/cjxw/index.html")[2] == first


def test_robots_are_those_of_each_site(client: Client) -> None:
    answers = {
        host: client.get(f"http://{host}/robots.txt")
        for host in ("www.zgnt.net", "www.cinic.org.cn", "www.chinajl.com.cn", "www.liaocheng.cc")
    }
    assert answers["www.zgnt.net"][0] == 404
    assert b"Disallow: /index.php" in answers["www.cinic.org.cn"][2]
    assert b"Crawl-delay: 0" in answers["www.chinajl.com.cn"][2]
    status, headers, body = client.get("http://www.quality-portal.example/robots.txt")
    assert (status, headers["content-type"]) == (200, "text/html")
    assert b"<html>" in body


def test_a_mirror_host_serves_the_original_path_with_notes_and_damage(replica: ReplicaServer, client: Client) -> None:
    for host, site in MIRROR_HOSTS.items():
        article = next(
            entry for entry in replica.world.articles(1, site) if not entry.mirror and entry.template == "new"
        )
        status, _, body = client.get(f"http://{host}{article.path}")
        text = body.decode()
        assert status == 200
        assert len(re.findall(r"[\u4e00-\u9fff]\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)", text)) > 10
        assert article.body not in text
        assert client.get(f"http://{host}/xw/none.html")[0] == 404


def test_the_second_epoch_has_a_wall_and_a_missing_page(replica: ReplicaServer, client: Client) -> None:
    story = replica.world.story(2)
    ((_, wall),), (gone,) = story.challenged, story.withdrawn
    assert (client.get(wall)[0], client.get(gone)[0]) == (404, 200)
    replica.epoch = 2
    status, _, body = client.get(wall)
    assert status == 200
    assert b"__jsl_clearance" in body
    assert client.get(gone)[0] == 404


def test_requests_are_counted_by_host_path_and_kind(replica: ReplicaServer, client: Client) -> None:
    client.get("http://www.zgnt.net/robots.txt", User_Agent="tester")
    client.get("http://www.zgnt.net/node_101.htm")
    client.get("http://www.zgnt.net/node_101.htm")
    client.get("http://www.liaocheng.cc/huiyuan/reg.aspx")
    client.get("http://www.liaocheng.cc/nothing.htm")
    log = replica.requests
    assert (log.total, log.kind("list"), log.kind("list", "cinic")) == (5, 2, 0)
    assert (log.kind("robots", "zgnt"), log.kind("disallowed", "liaocheng"), log.kind("missing")) == (1, 1, 1)
    assert log.count("www.zgnt.net", "/node_101.htm") == 2
    assert log.agents["tester"] == 1
    log.clear()
    assert log.total == 0


def test_many_clients_at_once_get_their_own_pages(replica: ReplicaServer) -> None:
    urls = article_urls(replica, "liaocheng")[:8]
    titles = {replica.world.url(entry): entry.title for entry in replica.world.articles(1)}
    wrong: list[str] = []

    def read(url: str) -> None:
        client = Client(replica)
        for _ in range(10):
            if titles[url] not in client.get(url)[2].decode("gbk"):
                wrong.append(url)
        client.connection.close()

    threads = [threading.Thread(target=read, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert replica.requests.total == 80


def test_the_resolve_map_names_every_host(replica: ReplicaServer) -> None:
    resolve = replica.resolve_map()
    assert set(resolve.values()) == {f"127.0.0.1:{replica.port}"}
    for site in load_sites([SITES]).values():
        assert set(site.allowed_hosts) <= set(resolve), site.name
    assert set(MIRROR_HOSTS) <= set(resolve)


def test_an_unknown_host_is_told_so(client: Client) -> None:
    assert client.get("http://elsewhere.example/")[0] == 421
