"""Scrapy commands of this project: crawl and genspider replaced, record, checkall and sitesdoc added."""
