"""Fetching: from a request to a whole answer, or to a plain reason why not.

One gate. Every request (list, article, robots.txt, redirect) passes, in this order::

    offsite      is the host one of the site's
    robots       may the address be asked for; Crawl-delay goes into the host's slot
    conditional  validators of the known page; marks what did not change
    retry        passing failures, pauses of the host (``hosts``)
    redirect     the next address, which passes all of this again
    handler      resolves and checks (``endpoint``), reads to the proper end (``protocol``), unpacks (``decoding``)

What goes wrong is a ``FetchError`` (``errors``); ``causes.cause_of`` gives the words for the ledger.
"""
