"""The Scrapy project: how pages are found, fetched and read."""
