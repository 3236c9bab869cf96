"""The references of ``zhiwen bench crawl``: a bare Scrapy spider and the stack of the tutorials.

Both are what a newcomer writes. They follow the farm's list pages and read the same articles.
``python -m bench.references bare|tutorial URL DATABASE LIMIT`` runs one of them; LIMIT answers are enough (0: all).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from sqlalchemy import DateTime, String, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

_TITLE = re.compile(r"<h1>(.*?)</h1>")


class BareSpider(Spider):
    """Scrapy with its defaults: yields the title alone."""

    name = "bare"

    def parse(self, response: Response) -> Iterator[Any]:
        """A list page."""
        for href in response.css("ul.list li a::attr(href)").getall():
            yield response.follow(href, callback=self.parse_article)
        for href in response.css("div.pages a::attr(href)").getall():
            yield response.follow(href, callback=self.parse)

    def parse_article(self, response: Response) -> Iterator[Any]:
        """An article page."""
        found = _TITLE.search(response.text)
        yield {"url": response.url, "title": found[1] if found else None}


class _Base(DeclarativeBase):
    pass


class _Article(_Base):
    __tablename__ = "article"
    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String, unique=True)
    title: Mapped[str] = mapped_column(String, index=True)
    published: Mapped[str] = mapped_column(String, index=True)
    source: Mapped[str] = mapped_column(String, index=True)
    body: Mapped[str] = mapped_column(Text)
    seen: Mapped[Any] = mapped_column(DateTime, nullable=True)


class TutorialSpider(BareSpider):
    """Scrapy, BeautifulSoup over the whole page, SELECT and commit per item."""

    name = "tutorial"

    def parse_article(self, response: Response) -> Iterator[Any]:
        """An article page."""
        soup = BeautifulSoup(response.text, "lxml")
        title, info, body = soup.select_one("h1"), soup.select_one(".info"), soup.select_one("div.text")
        assert title and info and body
        line = info.get_text()
        published = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line)
        source = re.search(r"来源：(\S+)", line)
        yield {
            "url": response.url,
            "title": title.get_text(strip=True),
            "published": published[0] if published else "",
            "source": source[1] if source else "",
            "body": "\n".join(part.get_text(strip=True) for part in body.find_all("p")),
        }


class TutorialPipeline:
    """SELECT by address, then insert and commit."""

    database = "sqlite://"

    def open_spider(self) -> None:
        """Create the table."""
        self.engine = create_engine(self.database)
        _Base.metadata.create_all(self.engine)

    def process_item(self, item: dict[str, str]) -> dict[str, str]:
        """Store one item."""
        with Session(self.engine) as session:
            if session.scalar(select(_Article).where(_Article.url == item["url"])) is None:
                session.add(_Article(**item))
                session.commit()
        return item


def main() -> None:
    """Run one reference."""
    kind, url = sys.argv[1], sys.argv[2]
    settings: dict[str, Any] = {"LOG_LEVEL": "INFO", "EXTENSIONS": {"bench.meter.Meter": 0}}
    settings["CLOSESPIDER_PAGECOUNT"] = int(sys.argv[4])
    spider: type[BareSpider] = BareSpider
    if kind == "tutorial":
        spider = TutorialSpider
        TutorialPipeline.database = f"sqlite:///{sys.argv[3]}"
        settings["ITEM_PIPELINES"] = {TutorialPipeline: 300}
    process = AsyncCrawlerProcess(settings)
    process.crawl(spider, start_urls=[url])
    process.start()


if __name__ == "__main__":
    main()
