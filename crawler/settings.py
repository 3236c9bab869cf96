"""Scrapy's settings. Every value that differs from Scrapy's default says what the default is and why it is changed.

User settings come from ``config.settings``; a site changes its own with ``custom_settings``.
"""

from __future__ import annotations

from config.settings import load_settings
from crawler.fetching.decoding import ACCEPT_ENCODING

ZHIWEN = load_settings()

BOT_NAME = "zhiwen"  # default "scrapybot", because the log and the user agent name us
SPIDER_MODULES = ["crawler.spiders"]  # default [], because our spiders live there
NEWSPIDER_MODULE = "crawler.spiders"  # default "", because genspider writes there
TEMPLATES_DIR = "crawler/templates"  # default Scrapy's own, because a new site starts from ours
COMMANDS_MODULE = "crawler.commands"  # default "", because crawl, genspider, record, checkall and sitesdoc are ours
SPIDER_LOADER_CLASS = "crawler.loader.SiteSpiderLoader"  # default SpiderLoader, because a seed file alone is a site

# Ours, read by crawler.fetching and crawler.extensions.
DATA_DIR = str(ZHIWEN.data_dir)
DATABASE_URL = ZHIWEN.archive_url
FETCH_ALLOW = ZHIWEN.fetch.allow
FETCH_RESOLVE = ZHIWEN.fetch.resolve
FETCH_RETRIES = ZHIWEN.fetch.retries
FETCH_MAX_REDIRECTS = ZHIWEN.fetch.max_redirects
FETCH_MAX_PAUSE = 120.0  # seconds; a longer Retry-After is left to a later run
LIST_UNCONDITIONAL_EVERY = ZHIWEN.fetch.list_unconditional_every
RUN_MAX_LIST_PAGES = ZHIWEN.crawl.max_list_pages
RUN_MAX_REQUESTS = ZHIWEN.crawl.max_requests
RUN_MAX_SECONDS = ZHIWEN.crawl.max_seconds
HEALTH_LATE_MINUTES = ZHIWEN.health.late_minutes
REVISIT_DAYS = ZHIWEN.crawl.revisit_days
DOCUMENT_FETCH = ZHIWEN.documents.fetch
DOCUMENT_MAX_BYTES = ZHIWEN.documents.max_bytes
DOCUMENT_TIMEOUT = ZHIWEN.documents.timeout_seconds
DOCUMENT_HOSTS = ZHIWEN.documents.hosts
DOCUMENT_READING = {
    "seconds": ZHIWEN.documents.read_seconds,
    "memory_mb": ZHIWEN.documents.read_memory_mb,
    "max_pages": ZHIWEN.documents.max_pages,
    "max_chars": ZHIWEN.documents.max_chars,
}

# Who we are.
# default Scrapy's own, because a site must be able to tell who asks and whom to write to
USER_AGENT = ZHIWEN.fetch.user_agent.replace("{contact}", ZHIWEN.fetch.contact)
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",  # default "en", because some portals then answer in English
    "Accept-Encoding": ACCEPT_ENCODING,  # default set by a middleware, because the handler decodes now
}

# How fast.
DOWNLOAD_DELAY = ZHIWEN.fetch.delay_seconds  # default 0, because sites are to be spared
DOWNLOAD_DELAY_JITTER = 0  # default 0.5, because half of a Crawl-delay is a broken promise
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default 8, because one reader at a time is polite
CONCURRENT_REQUESTS = 8  # default 16, because a run has one site and its few hosts
DOWNLOADER = "crawler.fetching.downloader.Downloader"  # default Scrapy's, because it sends more at once than it is told
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # default LIFO, because lists print the newest first
WARN_ON_GENERATOR_RETURN_VALUE = False  # default True, because it parses the callback's source for every response
CONCURRENT_ITEMS = 1  # default 100, because Scrapy starts that many tasks for each response, half of its time
DOWNLOAD_TIMEOUT = ZHIWEN.fetch.timeout_seconds  # default 180, because a dripping server holds its slot that long
DOWNLOAD_MAXSIZE = ZHIWEN.fetch.max_bytes  # default 1 GiB, because 32 KB of zstd unpack to 2 GB
DOWNLOAD_WARNSIZE = 0  # default 32 MiB, because the limit is below
DOWNLOAD_FAIL_ON_DATALOSS = True  # the default, written down: half an answer is none

# Doors that stay shut.
TELNETCONSOLE_ENABLED = False  # default True, because it runs any code it is given
REMOTE_CONTROL_ENABLED = False  # default True, because it runs any code it is given
DOWNLOAD_VERIFY_CERTIFICATES = True  # default False, because a forged page must not be filed
COOKIES_ENABLED = False  # default True, because pages must not depend on the order of visits
HTTPPROXY_ENABLED = False  # default True, because a proxy would connect past the address check
HTTPCACHE_ENABLED = False  # the default, written down: its cache hides new articles behind old validators
REFERER_ENABLED = False  # default True, because no site needs to know what was read before
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetching.handler.CheckedHandler",  # default HTTP11DownloadHandler, because it connects anywhere
    "https": "crawler.fetching.handler.CheckedHandler",
    "file": None,  # default on, because a page must not name files of this machine
    "data": None,  # default on, because nothing of ours is there
    "ftp": None,
    "s3": None,
}

# What Scrapy itself would add, named in full: setting a class to None still imports it, and with it packages that no
# crawl needs (aiohttp, requests); at each start that was a quarter of a second.
DOWNLOADER_MIDDLEWARES_BASE = {
    # Not here, because our five below replace them: OffsiteMiddleware (dont_filter would switch it off),
    # RobotsTxtMiddleware (takes an error page for "all allowed"), RetryMiddleware (retries at once, whatever
    # Retry-After says), RedirectMiddleware (follows to any host), MetaRefreshMiddleware (challenge pages refresh
    # without end). HttpCompressionMiddleware hands out cut streams as whole; the handler decodes, and reads
    # DownloadTimeoutMiddleware's setting. Cookies, proxies, passwords and the cache are shut doors; the run counts
    # what DownloaderStats would.
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.fetching.offsite.OffsiteMiddleware": 50,
    "crawler.fetching.robots.RobotsMiddleware": 100,
    "crawler.fetching.conditional.ConditionalMiddleware": 300,
    "crawler.fetching.retry.RetryMiddleware": 550,
    "crawler.fetching.redirect.RedirectMiddleware": 600,
}
SPIDER_MIDDLEWARES_BASE = {
    # Not here: StartSpiderMiddleware (start requests are not special), RefererMiddleware (no Referer is sent),
    # DepthMiddleware (the frontier sets the limits), MetaCopyDetectionMiddleware (tests do its work).
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": 50,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": 800,
}
SPIDER_MIDDLEWARES = {"crawler.extensions.frontier.FrontierMiddleware": 50}
ITEM_PIPELINES = {
    "pipelines.normalize.NormalizePipeline": 100,
    "pipelines.validate.ValidatePipeline": 200,
    "pipelines.fingerprint.FingerprintPipeline": 300,
    "pipelines.revision.RevisionPipeline": 400,
    "pipelines.takeover.TakeoverPipeline": 450,
    "pipelines.near_duplicate.NearDuplicatePipeline": 500,
    "pipelines.documents.DocumentPipeline": 600,
    "pipelines.store.StorePipeline": 900,
}
EXTENSIONS_BASE = {
    # Not here: CoreStats (the run keeps its own counts), LogStats (the run reports progress), TelnetConsole and
    # RemoteControl (they run any code they are given). Those that sleep until a setting wakes them stay.
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.memdebug.MemoryDebugger": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
    "scrapy.extensions.spiderstate.SpiderState": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
EXTENSIONS = {"crawler.extensions.run.CrawlRun": 0, "crawler.extensions.second_look.SecondLook": 1}
MEMUSAGE_LIMIT_MB = ZHIWEN.crawl.memory_limit_mb  # default 0, because one page must not take the machine down
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5.0  # default 60, because a bomb is quicker

LOG_LEVEL = "INFO"  # default DEBUG, because a line per page hides what matters
LOG_FORMATTER = "crawler.fetching.logs.QuietFormatter"  # default LogFormatter, because it writes lines nobody prints
FEED_EXPORT_ENCODING = "utf-8"  # default None, because \uXXXX is not Chinese
