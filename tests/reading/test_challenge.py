from __future__ import annotations

import time

import pytest

from crawler.reading.challenge import find_block, find_missing, shown_text

ARTICLE = (
    "<html><title>验证码</title><body>"
    + "<p>网站防火墙常用验证码拦截机器访问，请输入验证码的提示人人见过。</p>" * 30
    + "</body></html>"
)


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (521, "<script>document.cookie=1</script>"),
        (412, "<html><body><script>$_ts=1</script></body></html>"),
        (200, "<script>document.cookie='__jsl_clearance=1';location.reload()</script>"),
        (200, "<html><script>$_ts=window['$_ts'];</script><body></body></html>"),
        (200, "<html><title>安全验证</title><body>请拖动滑块</body></html>"),
        (200, "<html><body>您的访问过于频繁，请稍后再试</body></html>"),
        (200, "<html><body><h1>知道创宇云防护</h1>您的请求被拦截</body></html>"),
        (200, "<html><body>请登录后查看全文</body></html>"),
        (200, "<html><head><title>Just a moment...</title></head></html>"),
        (200, "<html><head><script>eval(unescape('%61'));</script></head><body></body></html>"),
    ],
)
def test_walls_are_told(status: int, page: str) -> None:
    assert find_block(status, page)


@pytest.mark.parametrize(
    ("status", "page"),
    [
        (200, ARTICLE),
        (412, ARTICLE),
        (200, ARTICLE.replace("<body>", "<body><script>var __jsl_clearance=1</script>")),
        (200, "<html><body>空白</body></html>"),
        (200, "<html><body></body></html>"),
        (200, "<p>安全验证</p>" + "<!-- 填充 -->" * 50_000),
    ],
)
def test_articles_and_empty_pages_are_no_walls(status: int, page: str) -> None:
    assert find_block(status, page) is None


def test_soft_404_is_told_by_its_words() -> None:
    assert find_missing("提示信息 您访问的页面不存在") == "提示信息"
    assert find_missing("该信息已被删除")
    assert find_missing("404 Not Found")
    assert find_missing("市场监管部门公布了结果") is None
    assert find_missing("页面不存在" + "字" * 1000) is None


def test_shown_text_has_no_scripts_comments_and_tags() -> None:
    markup = "<p>甲<!-- 乙 --><script>丙</script>丁&nbsp;</p><style>戊</style>己<SCRIPT>庚"
    assert shown_text(markup) == "甲 丁 己"


@pytest.mark.parametrize("piece", ["<script>", "<!--", "<", "<style", "请"])
def test_hostile_markup_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()
    find_block(200, piece * (400_000 // len(piece)))
    shown_text(piece * (400_000 // len(piece)))
    assert time.process_time() - started < 10
