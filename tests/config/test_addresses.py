"""Which addresses may be connected to."""

from __future__ import annotations

import pytest

from config.addresses import AddressPolicy
from config.settings import ConfigError, FetchSettings

INSIDE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.77.0.1 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9
224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::808:808
64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1
3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1
""".split()  # noqa: SIM905
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "223.5.5.5",
    "2400:3200::1",
    "2606:4700::1111",
]


@pytest.mark.parametrize("ip", INSIDE)
def test_address_that_is_not_public_is_refused(ip: str) -> None:
    assert not AddressPolicy().allowed(ip, 80)


@pytest.mark.parametrize("ip", PUBLIC)
def test_public_address_is_allowed(ip: str) -> None:
    assert AddressPolicy().allowed(ip, 80)


@pytest.mark.parametrize("text", ["", "example.cn", "127.1", "0x7f000001", "2130706433", "１２７.0.0.1"])
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    assert not AddressPolicy(["127.0.0.0/8"]).allowed(text, 80)


def test_allow_entry_opens_its_network_and_port_only() -> None:
    policy = AddressPolicy(["127.77.0.0/16:8080", "10.0.0.5", "[::1]:9000", "fd00::/8", "[fc00::]/16:81"])
    assert policy.allowed("127.77.3.4", 8080)
    assert not policy.allowed("127.77.3.4", 8081)
    assert not policy.allowed("127.78.0.1", 8080)
    assert policy.allowed("10.0.0.5", 1)
    assert not policy.allowed("10.0.0.6", 1)
    assert policy.allowed("::1", 9000)
    assert not policy.allowed("::1", 9001)
    assert policy.allowed("fd01::5", 443)
    assert policy.allowed("fc00::5", 81)
    assert not policy.allowed("fc00::5", 82)


def test_allowing_an_ipv4_network_does_not_allow_its_ipv6_spellings() -> None:
    policy = AddressPolicy(["127.0.0.0/8"])
    assert policy.allowed("127.0.0.1", 80)
    assert not policy.allowed("::ffff:127.0.0.1", 80)
    assert not policy.allowed("64:ff9b::7f00:1", 80)


def test_override_is_found_by_host_and_port_before_host() -> None:
    policy = AddressPolicy(resolve={"News.Example.cn": "127.77.0.1:8080", "news.example.cn:443": "[::1]:8443"})
    assert policy.resolve_override("news.example.cn", 80) == ("127.77.0.1", 8080)
    assert policy.resolve_override("NEWS.example.cn.", 443) == ("::1", 8443)
    assert policy.resolve_override("other.example.cn", 80) is None
    assert AddressPolicy().resolve_override("news.example.cn", 80) is None


def test_settings_make_the_policy() -> None:
    fetch = FetchSettings(allow=["10.0.0.5"], resolve={"a.cn": "10.0.0.6:80"})
    policy = AddressPolicy.from_settings(fetch)
    assert policy.allowed("10.0.0.5", 80)
    assert policy.resolve_override("a.cn", 80) == ("10.0.0.6", 80)


@pytest.mark.parametrize(
    "entry", ["", "host", "10.0.0.0/33", "10.0.0.1:0", "10.0.0.1:99999", "10.0.0.1:http", "[::1", "::1/200"]
)
def test_bad_allow_entry_is_named(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.allow"):
        AddressPolicy([entry])


@pytest.mark.parametrize(
    ("name", "target"),
    [("a.cn", "b.cn:80"), ("a.cn", "10.0.0.1"), ("a.cn", "10.0.0.1:x"), ("", "10.0.0.1:80"), ("a/b", "10.0.0.1:80")],
)
def test_bad_override_is_named(name: str, target: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.resolve"):
        AddressPolicy(resolve={name: target})
