"""Pages as Scrapy's shell and selectors see them: decoded by the project's own rule, whatever their label says."""

from __future__ import annotations

from scrapy.http import HtmlResponse

from crawler.reading.charset import decode


class PageResponse(HtmlResponse):
    """A page whose ``text`` is decoded by ``crawler.reading.charset``; labels lie too often (gb2312, ISO-8859-1).

    Costs nothing until the text is asked for; the spiders read ``body`` and never do.
    """

    def _declared_encoding(self) -> str | None:
        if self._encoding is None:
            self._encoding = decode(self.body).charset
        return self._encoding
