"""List layouts of the CMS families of ``families.py``, by the same names; a family without one is read generically."""

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
}
