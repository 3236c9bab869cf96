"""Web archives of others: ``scrapy import_warc`` reads their records as if they were fetched at the time they tell.

``reader`` finds the records of a file, ``index`` knows which answer there is to which address and when, ``answers``
turns a record into the exchange it was, ``replay`` hands it to spider and pipelines. There is no way to the network.
"""
