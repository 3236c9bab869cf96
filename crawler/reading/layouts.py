"""What a site may declare about its pages: article layouts and list layouts.

Pure data; ``extract.py`` and ``lists.py`` interpret it. Newest template first: the first layout whose body is on the
page wins.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pick:
    """First match of ``css``: its ``attr``, else its text; then group 1 of ``pattern``.

    The text has ``<br>`` and block ends as newlines and other white space as single spaces, so ``\\A([^\\n]+)`` is the
    first printed line. ``required`` says that its absence is worth a warning on the item.
    """

    css: str
    attr: str | None = None
    pattern: str = r"(?s)(.+)"
    required: bool = True


META_TITLE = Pick("meta[name=ArticleTitle]", attr="content", required=False)
META_DATE = Pick("meta[name=PubDate]", attr="content", required=False)
META_SOURCE = Pick("meta[name=ContentSource]", attr="content", required=False)


@dataclass(frozen=True)
class ArticleLayout:
    """One template of one site. Defaults are the meta tags of government portals (国办发〔2017〕47号, annex).

    ``body``: CSS of the text's container; empty when ``start`` is used. ``info``: CSS of the line that holds time,
    source, people and views by label. ``column``: CSS of the breadcrumb. ``drop``: CSS of what is removed inside the
    body. ``cut``: regular expressions matched at a paragraph's start; from the first such paragraph on the body ends.
    ``start``/``end``: comment markers, ``"enpcontent"`` for ``<!--enpcontent-->`` … ``<!--/enpcontent-->`` (``end``
    defaults to ``"/" + start``); the body lies between them, and ``body`` is tried when they are absent.
    ``url_date``: pattern over the URL with groups ``y``, ``m``, ``d`` and perhaps ``H``, ``M``, ``S``: a cross-check of
    the printed date; it gives a date by itself only with ``url_date_fills``.
    """

    name: str
    body: str = ""
    title: Pick = META_TITLE
    published_at: Pick | None = META_DATE
    source: Pick | None = META_SOURCE
    info: str | None = None
    column: str | None = None
    views: Pick | None = None
    subtitle: Pick | None = None
    drop: str = ""
    cut: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None
    url_date: str | None = None
    url_date_fills: bool = False


@dataclass(frozen=True)
class ListLayout:
    """How a list page shows its entries and its next page.

    ``links``: CSS of the ``<a>`` elements, inside ``item`` when that is given (the record that holds link and day).
    ``date``: CSS of the day inside ``item``; its text is searched for a full date. ``next_page``: CSS of pager links;
    when several match, the one that says 下一页, 下页 or > is taken. ``page_url``: template of the next page's
    address relative to the list's first page: ``index_{page}.html`` counts from 2, ``{page0}`` from 1; used when
    ``next_page`` is None. ``title_attr``: the link's ``title`` attribute holds the uncut headline.
    """

    links: str
    item: str | None = None
    date: str | None = None
    next_page: str | None = None
    page_url: str | None = None
    title_attr: bool = True
    name: str = "list"
