"""A portal of quality policy whose address is not known."""

from __future__ import annotations

from crawler.bases import ListPageSpider
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick


class QualityPortalSpider(ListPageSpider):
    """质量门户: news on quality policy; shipped without an address, because none was found.

    Pages
      PHPCMS v9 with its default template, UTF-8. Lists list-<column>-<page>.html, newest first. Articles
      /index.php?m=content&c=index&a=show&catid=…&id=… or /html/YYYY/<column>_MMDD/<id>.html.
    Caveats
      Everything here is a guess from one page's text. Time and source stand inside the h1, after a br.
      The old template ``plain`` prints no date at all and the text twice; the dates in its related list
      (延伸阅读) belong to other articles.
    Checked
      2026-11-21, tests/sites/quality_portal/ (pages built after PHPCMS' own template, not on a live site)
    """

    name = "quality_portal"

    # ListPageSpider
    list_layout = ListLayout(links="a", item="ul.list li", date="span.rt", next_page="#pages a")
    list_by_address = True

    layouts = (
        ArticleLayout(
            name="phpcms",
            title=Pick("#Article > h1", pattern=r"\A([^\n]+)"),
            info="#Article > h1 span",
            body="#Article .content",
            column=".crumbs",
            url_date=r"/html/(?P<y>\d{4})/[a-z]+_(?P<m>\d\d)(?P<d>\d\d)/",
        ),
        ArticleLayout(
            name="plain",
            title=Pick("div.article > h2"),
            published_at=None,
            source=None,
            body="div.article div.text",
            column=".crumbs",
        ),
    )
