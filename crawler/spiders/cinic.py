"""中国产业经济信息网, a trade and industry portal."""

from __future__ import annotations

from crawler.bases import ListPageSpider
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick


class CinicSpider(ListPageSpider):
    """中国产业经济信息网: industry and policy news.

    Pages
      PHPCMS v9 with its own skin, UTF-8. Lists: the column's folder, then index_2.html, newest first. Articles
      /<column>/<id>.html.
    Caveats
      The line under the headline is 来源：X 时间：Y, 作者：X 时间：Y, only 时间：Y, or the site's name and 时间.
      Day only. Paragraphs stand in p or in div without class. The notice 版权及免责声明 lies inside the text, in
      changing words; it and all after it is cut, as is 转自. No breadcrumb column is printed.
      The old site (/site951/…/2016-02-18/<id>.shtml) has another, unknown template and is read generically.
      Mirrors with pinyin notes in the text keep the paths (kbm75.com).
    Checked
      2026-11-21, tests/sites/cinic/ (pages built after four scrapers' selectors, not on the live site)
    """

    name = "cinic"

    # ListPageSpider
    list_layout = ListLayout(
        links="div.txt h3 a",
        item="div.col-l > ul > li",
        date="span.sp2",
        next_page=".pages a",
    )

    layouts = (
        ArticleLayout(
            name="phpcms",
            title=Pick("h1 center b"),
            info="div.col-l > div > center",
            body=".dc-ccm1",
            cut=(r"【?版权及免责声明", r"【?转自\s*[：:]", "延伸阅读"),
            url_date=r"/(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)/\d+\.s?html",
        ),
    )
