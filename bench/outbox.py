"""An archive that things are told of: articles stored as a crawl stores them, and a watch over all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from archive.archive import Archive
from archive.clock import utc_now
from archive.records import ArticleRecord, FetchRecord, StoreBatch
from archive.watches import Wanted


def watch_all(archive: Archive, *channels: str, most: int = 50, rhythm: str = "at once") -> None:
    """A watch that tells of every new article by these channels."""
    archive.add_watch("default", "质量", Wanted(channels=channels, most=most, rhythm=rhythm))


def publish(archive: Archive, site: str, titles: Sequence[str]) -> None:
    """Articles with these titles, stored by one run of the site in one transaction, events and all."""
    run = archive.open_run(site, "manual")
    archive.store(run, StoreBatch(articles=[_article(site, title) for title in titles]))
    archive.close_run(run, "ok")


@contextmanager
def channels_set(channels: dict[str, str], work: Path) -> Iterator[None]:
    """These channels in the environment, as a user may set them; no settings file."""
    own = {"ZHIWEN_CONFIG": os.devnull, "ZHIWEN_NOTICES__ALLOW": "127.0.0.0/8", "ZHIWEN_DATA_DIR": str(work)}
    for name, url in channels.items():
        own |= {f"ZHIWEN_CHANNELS__{name.upper()}__URL": url, f"ZHIWEN_CHANNELS__{name.upper()}__PER_MINUTE": "600"}
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _article(site: str, title: str) -> ArticleRecord:
    name = blake2b(title.encode(), digest_size=8).hexdigest()
    url = f"https://{site}.example/{name}.html"
    # Each its own text, so that none is taken for a reprint of another.
    body = "。".join(f"{title}要求抓好第{name[n : n + 4]}项工作，压实{name[n + 2 : n + 6]}各方责任" for n in range(8))
    now = utc_now()
    fetch = FetchRecord(url, status=200, fetched_at=now, headers={"content-type": "text/html"}, body=body.encode())
    return ArticleRecord(
        site=site,
        url=url,
        url_key=blake2b(url.encode(), digest_size=16).digest(),
        title=title,
        body=body,
        fingerprint=blake2b(f"{title}\n{body}".encode(), digest_size=16).digest(),
        fetch=fetch,
        search_title=title,
        search_body=body,
        published_at=now,
        published_precision="minute",
        source="质量日报",
        evidence={"title": {"rule": "layout", "text": title, "confidence": 1.0}},
    )
