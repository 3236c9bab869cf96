"""中国计量网, the portal of China's metrology trade."""

from __future__ import annotations

from crawler.bases import ListPageSpider
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick


class ChinajlSpider(ListPageSpider):
    """中国计量网: metrology and quality news.

    Pages
      Static HTML, UTF-8. Lists: the column's folder in pinyin, then index_2.html. Articles /<column>/<id>.html.
    Caveats
      Known from four addresses and one page's text; the markup is a guess after EmpireCMS' default template, so the
      page is read by its words: 您当前的位置, 发布时间, 作者 (often empty), 来源, 浏览. Day only.
      The view count is in the page. Mirrors (etvsebi.cn, ynkmjykj.com) keep the paths and replace the printed host.
    Checked
      2026-11-21, tests/sites/chinajl/ (pages built after those facts, not on the live site)
    """

    name = "chinajl"

    # ListPageSpider
    list_layout = ListLayout(links="a[href*='.html']", item="ul li", date="span", next_page=".epages a")
    list_by_address = True

    layouts = (
        ArticleLayout(
            name="empire",
            title=Pick(".title_info h1"),
            info=".info_text",
            body="#text",
        ),
    )
