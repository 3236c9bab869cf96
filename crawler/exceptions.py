"""Errors of crawling and reading. Each says what was looked for and quotes what was seen."""

from __future__ import annotations


class CrawlError(Exception):
    """Base of all errors a page or a site can cause. ``cause`` is the word the run ledger counts by."""

    cause = "error"


class LayoutMismatch(CrawlError):
    """No layout and no fallback found what must be on the page (title, body, links)."""

    cause = "layout"


class NotAnArticle(CrawlError):
    """The page answered, but it is no article: a list, a home page, an image, a notice."""

    cause = "not_an_article"


class SoftMissing(NotAnArticle):
    """The page answers 200 and says that there is nothing, or leads elsewhere: as good as a 404."""

    cause = "soft_404"


class Blocked(CrawlError):
    """The page is a challenge, captcha or block page and must not be stored."""

    cause = "blocked"


class BadContent(CrawlError):
    """The bytes are no readable page: binary, empty, or too damaged to decode."""

    cause = "bad_content"
