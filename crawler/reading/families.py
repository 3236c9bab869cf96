"""Layouts of the CMS families behind Chinese news and government sites, and what only a family prints."""

from __future__ import annotations

import re

from crawler.reading.layouts import ArticleLayout, Pick

FOUNDER = ArticleLayout(
    name="founder",
    start="enpcontent",
    body="founder-content, div#ozoom",
    title=Pick("founder-title, h1"),
    url_date=r"/content/(?P<y>\d{4})-(?P<m>\d\d)/(?P<d>\d\d)/content_\d+",
)
"""方正翔宇 (newspapers): the text between comments; time and source are read by their words below the headline."""

PHPCMS = ArticleLayout(
    name="phpcms",
    body="div#Article div.content, div.content",
    title=Pick("div#Article > h1, h1", pattern=r"\A([^\n]+)"),  # time and source stand inside the h1
    published_at=None,
    source=None,
    info="div#Article > h1 span, div.info",
    column="div.crumbs",
    drop="div#pages, div.related, div.Article-Tool",
)
"""PHPCMS v9, default skin."""

EMPIRE = ArticleLayout(
    name="empire",
    body="td#text, div#text",
    title=Pick("div.title_info h1, .title_info h1, h1"),
    published_at=None,
    source=None,
    info=".info_text",
    column=".place, .newsnav, .position",
)
"""EmpireCMS, default news template."""

STANDARD_META = ArticleLayout(
    name="standard_meta",
    body="div.TRS_Editor, div.TRS_UEDITOR, div.trs_editor_view, div#zoom, div#Zoom, div#ZOOM, td#zoom,"
    " div#UCAP-CONTENT, div.v_news_content, div.article-content, div.article_content",
    drop="style, .share",
)
"""Portals with the standard meta tags of 国办发〔2017〕47号 and one of the usual containers."""

FAMILIES = {layout.name: layout for layout in (FOUNDER, PHPCMS, EMPIRE, STANDARD_META)}

_PROPERTY_BLOCK = re.compile(r"<!--\s*enpproperty(.{0,8000}?)/?enpproperty\s*-->", re.DOTALL)
_PROPERTY_TAG = re.compile(r"<([a-z]{2,30})>([^<]{0,1000})</\1>")
_PROPERTY_ATTRIBUTE = re.compile(r"\b([a-z]{2,30})\s*=\s*\"([^\"]{0,1000})\"")


def founder_properties(text: str) -> dict[str, str]:
    """Non-empty fields of Founder's enpproperty comment: date, title, subtitle, author, nodename, sourcename …"""
    if "enpproperty" not in text:
        return {}
    block = _PROPERTY_BLOCK.search(text)
    if block is None:
        return {}
    pairs = _PROPERTY_TAG.findall(block[1]) or _PROPERTY_ATTRIBUTE.findall(block[1])
    return {name: value.strip() for name, value in pairs if value.strip()}


def marked(text: str, start: str, end: str | None = None) -> str | None:
    """The markup between ``<!--start-->`` and ``<!--end-->``; the first pair when the page prints several.

    ``end`` defaults to ``/start``; a missing end means no text. A start printed twice running counts once.
    """
    stop = end or "/" + start
    if start not in text or stop not in text:
        return None
    name, last = re.escape(start), re.escape(stop)
    for match in re.finditer(rf"<!--\s*{name}\s*-->", text):
        following = re.compile(rf"<!--\s*(?:{name}|(?P<end>{last}))\s*-->").search(text, match.end())
        if following is None:
            return None
        inside = text[match.end() : following.start()]
        if following["end"] and inside.strip():
            return inside
    return None
