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

TRS = ArticleLayout(
    name="trs",
    body="div.trs_editor_view, div.TRS_UEDITOR, div.TRS_Editor, div.trs_paper_default, div#zoom, div#Zoom, div#ZOOM,"
    " td#zoom, div#articleText, div#UCAP-CONTENT",
    info=".xxgk-info, .article-info, .info-source, .xl-info, .pages-date, .detail-info, #articleTime, .articleinfo",
    drop=".share, #share, .fj-none",
)
"""拓尔思 TRS WCM and 海云 (ministries, many provinces). Its editor puts a style sheet inside the text."""

JCMS = ArticleLayout(
    name="jcms",
    body="div#zoom, td#zoom, div.zoom, div#Zoom",
    info=".info, .article-info, .xxgk-info, .main-fl-info, .zhengwen-info, .tm-info",
    drop=".share, #share",
    url_date=r"/art/(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})/art_",
)
"""大汉 hanweb JCMS (Jiangsu, Zhejiang, Shandong). Its meta tag Maketime is when the page was made, not published."""

JPAAS = ArticleLayout(
    name="jpaas",
    body="div#zoom, div.article-content, div.zoom, div#Zoom, div.xxgk-content, div.TRS_Editor",
    info=".info, .article-info, .xxgk-info, .article-message, .source",
    drop=".share, #share",
)
"""大汉 hanweb JPaaS (市场监管总局, Zhejiang, Yangzhou, Taizhou): body classes differ by site."""

DEDE = ArticleLayout(
    name="dede",
    body="div.viewbox div.content, div.viewbox td, div.article-content, div.arc_body",
    title=Pick("div.viewbox .title h2, div.title h1, h1", required=False),
    published_at=None,
    source=None,
    info="div.viewbox div.info, div.info",
    column="div.place",
    drop="div.dede_pages, .context, .boxoff, .handle",
)
"""织梦 DedeCMS, default skin; the editor stands in brackets at the text's end."""

JEECMS = ArticleLayout(
    name="jeecms",
    body="div.content-txt, div#content-txt, div.content_txt, div.article-content",
    title=Pick("div.content-title, .content h1, h1, h2", required=False),
    published_at=None,
    source=None,
    info="div.content-inf, div.content-info, div.info",
    column="div.website, .location, .position",
)
"""JEECMS, default skin. 本站编辑 and 本站原创 stand where a field was left empty; they name nobody."""

NFCMS = ArticleLayout(
    name="nfcms",
    body="div.article-content, div.news_cont_d_wrap, div#zoomcon, div#zoom, div.content-article",
    info=".article-info, .date-row, .time_source, .introduce, .info, .zw-info",
    drop=".share, #share, .article-tools",
)
"""开普 NFCMS (Guangdong): the portal's pages and those of 信息公开 (gkmlpt)."""

VSB = ArticleLayout(
    name="vsb",
    body="div[id^='vsb_content'], div.v_news_content",
    title=Pick(
        "form[name='_newscontent_fromname'] h1, form[name='_newscontent_fromname'] h2,"
        " form[name='_newscontent_fromname'] .title, .content-title h3, .arti_title",
        required=False,
    ),
    info=".arti_metas, .arc-info, .content-info, .article-info, .news_info, .info",
    drop=".share",
)
"""博达 VSB (universities, bureaus); the count of readers is filled in by a script."""

LS = ArticleLayout(
    name="ls",
    body="div.j-fontContent, div.wzcon, div.newscontnet",
    title=Pick("h1.wztit, h1.newstitle", required=False),
    info=".ls-article-info, .wzxx, .wzbjxx, .newsinfo",
    drop=".share, .bshare-custom",
)
"""龙讯 Ls (Anhui)."""

TRUECMS = ArticleLayout(
    name="truecms",
    body="div#zoom, div.article-content, div#UCAP-CONTENT, div.content-article, div.TRS_Editor",
    info=".article-info, .info, .sub-info, .xl-info",
)
"""truecms (南通市政府): lists by a script, articles with the standard meta tags."""

EPOINT = ArticleLayout(
    name="epoint",
    body="div.ewb-article-info, div.ewb-info-content, div.ewb-art-bd, div.article-info, div#infocontent",
    title=Pick(".ewb-article-tt, .ewb-article h3, h1", required=False),
    info=".ewb-article-sources, .ewb-article-source, .info-sources, .ewb-art-info",
    drop=".ewb-share, .share",
)
"""新点 epoint EWB (Xuzhou, exchanges of public resources)."""

GOVCN = ArticleLayout(
    name="govcn",
    body="div#UCAP-CONTENT, td#UCAP-CONTENT, div.pages_content",
    title=Pick("h1#ti, .article h1, div.share-title, h1", required=False),
    info=".pages-date, .article-date, .publish-time",
    drop=".share, .pages_print, .editor-related",
)
"""中国政府网 and portals with its text container; firstpublishedtime in the head instead of PubDate."""

STANDARD_META = ArticleLayout(
    name="standard_meta",
    body="div.TRS_Editor, div.TRS_UEDITOR, div.trs_editor_view, div#zoom, div#Zoom, div#ZOOM, td#zoom,"
    " div#UCAP-CONTENT, div.v_news_content, div.article-content, div.article_content",
    drop="style, .share",
)
"""Portals with the standard meta tags of 国办发〔2017〕47号 and one of the usual containers."""

FAMILIES = {
    layout.name: layout
    for layout in (
        *(FOUNDER, TRS, JCMS, JPAAS, PHPCMS, DEDE, EMPIRE, JEECMS, NFCMS, VSB, LS, TRUECMS, EPOINT, GOVCN),
        STANDARD_META,
    )
}
"""By the name that a site file gives as ``family``."""

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
