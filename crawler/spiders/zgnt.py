"""南通网, the news portal of Nantong's newspaper house."""

from __future__ import annotations

from crawler.bases import ListPageSpider


class ZgntSpider(ListPageSpider):
    """南通网: city politics and announcements of Nantong.

    Pages
      Founder CMS, UTF-8 or GBK. Lists node_<id>.htm, then node_<id>_2.htm, newest first. Articles
      /content/YYYY-MM/DD/content_<id>.htm, text between the comments enpcontent and /enpcontent.
    Caveats
      Known from two addresses and one page's text; no markup was seen. List numbers are a guess, list entries are
      recognised by their address. Line of time and source is read by its words. Beijing time, to the second.
      The breadcrumb prints no column. After the text follow 一键分享至, 相关新闻 and 酷图热图.
    Checked
      2026-11-21, tests/sites/zgnt/ (pages built after those facts, not on the live site)
    """

    name = "zgnt"

    # ListPageSpider; list and article layouts are those of the family "founder", named in the seed file.
    list_by_address = True
