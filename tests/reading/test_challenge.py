from __future__ import annotations

import time

import pytest

from crawler.reading.challenge import find_block, find_missing, find_out_of_order, find_taken_back, shown_text

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


@pytest.mark.parametrize(
    "text",
    [
        "您访问的页面不存在或已被删除",
        "该信息已被管理员删除，三秒后自动返回",
        "抱歉，没有找到您要访问的文章",
        "此文章已下架",
        "您查看的公告已过期",
        "参数错误",
        "无此信息",
        "Error 404 - Not Found",
    ],
)
def test_many_wordings_of_a_soft_404_are_told(text: str) -> None:
    assert find_missing(text)


@pytest.mark.parametrize("text", ["系统维护中，您访问的页面不存在", "网站正在升级，请稍后再试", "数据库连接失败 404"])
def test_site_out_of_order_is_no_soft_404(text: str) -> None:
    assert find_missing(text) is None
    assert find_out_of_order(text)
    assert find_out_of_order(text + "字" * 1000) is None


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("质量月启动", "该文因内容有误，现已撤回。"),
        ("质量月启动", "本稿件已被撤稿。"),
        ("质量月启动", "此通知已作废，请以新发布的通知为准。"),
        ("撤稿声明", "经研究，予以撤下。"),
    ],
)
def test_note_in_place_of_a_text_is_told(title: str, body: str) -> None:
    assert find_taken_back(title, body)


def test_report_on_a_withdrawal_is_no_note() -> None:
    assert find_taken_back("企业撤回上市申请", "公司表示已撤回上市申请，原因是市场环境变化。") is None
    assert find_taken_back("质量月启动", "该通知已撤销。" + "市场监管部门随后召开说明会，解释有关考虑。" * 5) is None
