"""TLS: the certificate must fit the name of the URL, wherever the connection goes."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fetch_server import Site

Crawl = Callable[..., list[dict[str, Any]]]
HOST = "news.example.cn"
DAY = timedelta(days=1)


class Authority:
    """A certificate authority for one test run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.file = folder / "authority.pem"
        certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, *, until: timedelta = DAY) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(name, key, x509.SubjectAlternativeName([x509.DNSName(host)]), until)
        file = self.folder / f"{host}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _sign(self, subject: x509.Name, key: Any, extension: Any, until: timedelta = DAY) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - 30 * DAY).not_valid_after(now + until)
        return builder.add_extension(extension, critical=False).sign(self.key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    yield authority


def fetch(crawl: Crawl, context: ssl.SSLContext, body: str = "page") -> tuple[list[dict[str, Any]], Site]:
    with Site(tls=context) as site:
        site.routes["/page"] = body
        where = {HOST: f"127.77.0.1:{site.port}"}
        return crawl(f"https://{HOST}/page", f"https://{HOST}/page?2", settings={"FETCH_RESOLVE": where}), site


def test_trusted_site_is_read_and_told_its_name(authority: Authority, crawl: Crawl) -> None:
    names: list[str | None] = []
    context = authority.context(HOST)
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    seen, site = fetch(crawl, context)
    assert [result.get("status") for result in seen] == [200, 200]
    assert set(names) == {HOST}
    assert site.hits[-1].headers["host"] == HOST
    assert len({hit.connection for hit in site.hits}) == 1


def test_certificate_of_another_name_is_refused(authority: Authority, crawl: Crawl) -> None:
    seen, site = fetch(crawl, authority.context("other.example.cn"))
    assert [result["cause"] for result in seen] == ["tls", "tls"]
    assert not site.hits


def test_unknown_authority_is_refused(authority: Authority, crawl: Crawl, tmp_path: Path) -> None:
    (tmp_path / "forged").mkdir()
    seen, site = fetch(crawl, Authority(tmp_path / "forged").context(HOST))
    assert [result["cause"] for result in seen] == ["tls", "tls"]
    assert not site.hits


def test_expired_certificate_is_refused_and_not_tried_again(authority: Authority, crawl: Crawl) -> None:
    seen, _ = fetch(crawl, authority.context(HOST, until=-DAY))
    assert [result["cause"] for result in seen] == ["tls", "tls"]
    assert "fetch/retries" not in crawl.stats  # type: ignore[attr-defined]


def test_a_site_may_be_trusted_without_a_valid_certificate_when_its_settings_say_so(
    authority: Authority, crawl: Crawl
) -> None:
    with Site(tls=authority.context("other.example.cn", until=-DAY)) as site:
        site.routes["/page"] = "page"
        changes = {"FETCH_RESOLVE": {HOST: f"127.77.0.1:{site.port}"}, "DOWNLOAD_VERIFY_CERTIFICATES": False}
        (result,) = crawl(f"https://{HOST}/page", settings=changes)
    assert result["body"] == "page"
