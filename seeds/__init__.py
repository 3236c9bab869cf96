"""The sites to crawl: one TOML file per site, read and checked without any network.

``model`` says what a site is, ``load`` reads the files. A file says what to crawl, how often and how much to expect;
how pages are read stands in ``crawler/spiders/<site>.py`` or, for sites without a spider file, in ``[[layouts]]``.
All keys are described in ``docs/add_a_site.md``.
"""
