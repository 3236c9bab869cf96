"""List layouts of the CMS families of ``families.py``, by the same names; a family without one is read generically.

Only what a program itself prints is declared: names of default skins that sites rarely keep are no help. Where such a
layout finds nothing, the page is read as one of an unknown make.
"""

from __future__ import annotations

from crawler.reading.layouts import ListLayout

FAMILY_LISTS = {
    "founder": ListLayout(
        name="founder",
        links="a[href*='content_']",
        item="li",
        date="span",
        next_page="#displaypagenum a, #autopage a",
    ),
    "phpcms": ListLayout(name="phpcms", links="a", item="ul.list li", date="span.rt", next_page="#pages a"),
    "empire": ListLayout(name="empire", links="a[href*='.html']", item="ul li", date="span", next_page=".epages a"),
    "dede": ListLayout(
        name="dede",
        links="a.title",
        item="ul.e2 li",
        date="span.info",
        next_page=".pagelist a",
    ),
    # 博达 numbers the lines of its lists; everything else differs from site to site.
    "vsb": ListLayout(
        name="vsb",
        links="a[href*='info/'], a[href*='content.jsp']",
        item="li[id^='line'], tr[id^='line']",
        next_page="span.p_next a, a.Next, .p_pages a",
    ),
    "ls": ListLayout(name="ls", links="a", item="ul.doc_list li", date="span.date"),
}
