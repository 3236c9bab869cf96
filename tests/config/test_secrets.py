"""Nothing that prints or logs says a secret of the settings."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator

import pytest

from config import secrets
from config.secrets import Redacting, parts_of, redact, redact_values, remember


@pytest.fixture(autouse=True)
def own_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test hides stays hidden for it alone."""
    monkeypatch.setattr(secrets, "_known", {})
    monkeypatch.setattr(secrets, "_all", [])
    yield


@pytest.mark.parametrize(
    ("address", "hidden"),
    [
        ("wecombot://693a91f6-7xxx", ["693a91f6-7xxx"]),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx", ["693a91f6-7xxx"]),
        ("dingtalk://SECabc123@tok3n456/13800000000", ["SECabc123", "tok3n456"]),
        ("tgram://123456789:AAF-token/chat", ["123456789", "AAF-token"]),
        ("mailtos://zhiwen:p%40ss+word@mail.example:465?to=a@example.org", ["p%40ss+word", "p@ss+word"]),
        ("jsons://user:pa55@hook.example/services/T0K3N-a/?+X-Token=h3ader-token", ["pa55", "T0K3N-a", "h3ader-token"]),
        ("postgresql+psycopg://zhiwen:d4tabase@db.example/zhiwen", ["d4tabase"]),
    ],
)
def test_tokens_and_passwords_of_an_address_are_hidden(address: str, hidden: list[str]) -> None:
    remember(address)
    for secret in hidden:
        assert redact(f"before {secret} after") == "before *** after"
    assert redact("the mail server mail.example and hook.example answered") == (
        "the mail server mail.example and hook.example answered"
    )


@pytest.mark.parametrize(
    "address", ["sqlite:////srv/zhiwen/data/zhiwen.db", "mailto://mail.example?to=a@b.example", ""]
)
def test_addresses_without_a_secret_hide_nothing(address: str) -> None:
    assert parts_of(address) == set()


def test_a_secret_is_found_in_the_spellings_of_urls_json_and_html() -> None:
    remember("mailto://zhiwen:a%26b%22c%2Fd@mail.example")
    for spelling in ('a&b"c/d', "a%26b%22c%2Fd", "a%26b%22c/d", r"a&b\"c/d", "a&amp;b&quot;c/d"):
        assert redact(f"<{spelling}>") == "<***>", spelling


def test_the_password_of_any_address_is_hidden_known_or_not() -> None:
    assert redact("could not reach postgresql://me:unknown@db/x") == "could not reach postgresql://me:***@db/x"


def test_the_longest_spelling_goes_first() -> None:
    remember("feishu://abcdef-1")
    remember("feishu://abcdef-123456")
    assert redact("abcdef-123456") == "***"


def test_a_log_says_no_secret_in_text_arguments_and_tracebacks() -> None:
    remember("wecombot://693a91f6-7xxx")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redacting())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.warning("asked %s", "https://vendor.example/?key=693a91f6-7xxx")
    logger.warning("does not fit %s %s", "693a91f6-7xxx")
    try:
        raise ValueError("no route to key=693a91f6-7xxx")
    except ValueError:
        logger.exception("it failed")
    said = stream.getvalue()
    assert "693a91f6-7xxx" not in said and said.count("***") == 4 and "Traceback" in said


def test_structured_events_are_redacted_deeply() -> None:
    remember("wecombot://693a91f6-7xxx")
    event = {
        "event": "key 693a91f6-7xxx",
        "more": [{"url": "x693a91f6-7xxx"}],
        "n": 3,
        "error": ValueError("693a91f6-7xxx"),
    }
    assert "693a91f6-7xxx" not in repr(redact_values(None, "info", event))
    assert redact_values(None, "info", event)["n"] == 3


def test_basic_credentials_are_not_shown_as_base64() -> None:
    remember("jsons://user:pa55word@hook.example/")
    header = base64.b64encode(b"user:pa55word").decode()
    assert header not in redact(f"Authorization: Basic {header}")
