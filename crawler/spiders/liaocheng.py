"""聊城信息港, the information portal of Liaocheng."""

from __future__ import annotations

from crawler.bases import ListPageSpider
from crawler.reading.layouts import ArticleLayout, ListLayout, Pick


class LiaochengSpider(ListPageSpider):
    """聊城信息港: news of the city of Liaocheng.

    Pages
      Own ASP.NET, static articles; bytes are GB18030 under a gb2312 label. Lists /life/<column>, further pages by
      the pager's link 下一页. Articles /html/YYYY/MMDD/HHmmss####.htm: the file name is the time of publication.
    Caveats
      Beijing time, to the second; month, day and hour are printed without leading zeros. The view count is filled in
      by script and is not in the page. Editor 佚名 means nobody. Lists print the day, on some pages without its year.
    Checked
      2026-11-21, tests/sites/liaocheng/ (pages built after a captured page of 2018, not on the live site)
    """

    name = "liaocheng"

    # ListPageSpider
    list_layout = ListLayout(links="a", item=".list ul li", date="span", next_page=".page a")

    layouts = (
        ArticleLayout(
            name="2018",
            title=Pick("div.box h1"),
            info="div.box div.info",
            body="div.box div.nr",
            column="div.news_dh",
            url_date=r"/html/(?P<y>\d{4})/(?P<m>\d\d)(?P<d>\d\d)/(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)\d{4}\.htm",
        ),
    )
