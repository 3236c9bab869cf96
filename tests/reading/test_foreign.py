"""Whether a page still shows the article that was stored, and the words of taken-over pages."""

from __future__ import annotations

import pytest

from crawler.reading.foreign import alike, foreign_list, foreign_words, shares, sight_of, standing
from crawler.reading.text import fold

TITLE = "城关区公布电梯安全筛查结果"
BODY = (
    "执法人员本月检查在用电梯六百一十二台，发现维护保养不到位等隐患三十四处，均已责令限期整改。\n"
    "区市场监督管理局表示，下一步将把老旧小区电梯列为重点，逐台建立档案，并向居民公开检验日期。"
)
OTHER = (
    "由三家酱园共同起草的酱菜制作规程近日通过专家审定，原料产地、腌制时间与盐度均有明确要求。\n"
    "起草组历时两年，走访二十个村镇，收集老师傅口述配方四十余种，最终确定九项关键指标。"
)
SHOP = "百家乐在线开户，首存优惠，返水天天有，老虎机与捕鱼达人任你选，新葡京同步开奖。"


def page(title: str, body: str, around: str = "") -> str:
    return f"<html><head><title>{title}</title></head><body>{around}<h1>{title}</h1><p>{body}</p>{around}</body></html>"


def test_text_stands_in_a_new_layout_between_whatever_surrounds_it() -> None:
    around = "<nav>" + "首页 新闻动态 政策法规 办事服务 互动交流 " * 40 + "</nav>"
    assert sight_of(fold(TITLE), fold(BODY), 200, page(TITLE, BODY, around))[0] == "alive"
    assert sight_of(fold(TITLE), fold(BODY), 200, page(TITLE, BODY.replace("三十四", "三十六"), around))[0] == "alive"


def test_text_in_the_other_script_or_inside_a_script_stands() -> None:
    assert (
        sight_of(fold(TITLE), fold(BODY), 200, page("電梯安全", BODY.replace("电", "電").replace("检", "檢")))[0]
        == "alive"
    )
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in BODY.replace("\n", ""))
    assert (
        sight_of(fold(TITLE), fold(BODY), 200, f'<html><body><script>var t="{escaped}"</script></body></html>')[0]
        == "alive"
    )


@pytest.mark.parametrize(
    ("markup", "sight"),
    [
        (page("新葡京", SHOP * 3), "foreign"),
        (page("酱菜有了新规程", OTHER), "foreign"),
        (
            page("Premium names", "This shop sells hats, gloves and umbrellas to everyone who walks by our door."),
            "foreign",
        ),
        (page("提示信息", "您访问的页面不存在或已删除，三秒后返回首页。"), "gone"),
        (
            page(
                "系统维护",
                "网站正在升级维护，给您带来不便敬请谅解，请稍后访问，感谢您的理解、支持与配合，我们将尽快恢复。",
            ),
            "unclear",
        ),
        (
            page("安全验证", "请拖动滑块完成验证后继续访问本网站，如有疑问请联系网站管理员，多次失败请稍后再试一次。"),
            "unclear",
        ),
        ("<html><body></body></html>", "unclear"),
    ],
)
def test_page_in_place_of_an_article_is_told_for_what_it_is(markup: str, sight: str) -> None:
    assert sight_of(fold(TITLE), fold(BODY), 200, markup)[0] == sight


def is_foreign(title: str, body: str, other_title: str, other_body: str) -> bool:
    return shares(title, body, other_title, other_body).is_foreign


def test_rewritten_article_is_not_foreign_and_another_one_is() -> None:
    edited = BODY.split("\n")[0] + "\n编者按：原报道个别数字有误，现予更正；整改情况将于年底前向社会公布，欢迎监督。"
    assert not is_foreign(TITLE, BODY, f"{TITLE}（更正）", edited)
    assert not is_foreign(TITLE, BODY, TITLE, OTHER), "a headline that stays is an edit of the text"
    assert not is_foreign(TITLE, BODY, "电梯筛查：隐患三十四处", BODY), "a text that stays has a new headline"
    assert is_foreign(TITLE, BODY, "酱菜制作规程通过审定", OTHER)


def test_short_notices_that_change_a_figure_are_not_foreign() -> None:
    assert not is_foreign("停水通知", "3月2日停水。", "停水通知", "3月9日停水。")
    assert not is_foreign("公示", "共9家。", "公示", "")
    assert standing("停水通知", "3月2日停水。", "首页 停水通知 3月2日停水。 版权所有") == 1
    assert standing("公示", "", "首页 公示 版权所有") == 1
    assert standing("", "", "首页") == 0


def test_words_of_taken_over_pages_are_told() -> None:
    assert len(foreign_words(SHOP)) >= 4
    assert foreign_words("Buy this domain. This domain is for sale, a parked domain of our brokers.")


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        OTHER,
        # Those who act against such pages use the words, too.
        "公安机关查处一起网络赌博案，涉案人员以百家乐、老虎机、时时彩吸引参赌，警方提醒市民警惕此类违法犯罪，积极举报。",
        "市场监管局开展专项行动，打击代开发票、刷单炒信等违法行为，曝光典型案例五起，立案二十件。",
        "足球比赛直播吸引众多观众，主办方与体育平台合作。",
        "法院判处被告人有期徒刑二年，其开设的娱乐城以首存、彩金、返水为饵实施诈骗。",
    ],
)
def test_news_has_no_words_of_taken_over_pages(text: str) -> None:
    assert foreign_words(text) == []


def test_pages_that_differ_in_an_address_or_a_counter_are_alike() -> None:
    note = "欢迎访问城关质量网，本网提供全区质量工作资讯，您可以从上方导航进入各栏目浏览最新内容。访问量"
    assert alike(f"{note}10231", f"{note}10232")
    assert not alike(note, BODY)
    assert alike("无", "无")
    assert not alike("", BODY)


def test_list_of_unknown_entries_is_believed_by_the_sites_name_or_by_the_words_of_its_field() -> None:
    offices = ["全市标准化工作会议召开", "关于开展质量月活动的通知", "某地花开了"]
    assert foreign_list(page("列表", "新闻"), ["城关质量网"], offices) == ""
    assert foreign_list(page("城关质量网", "花"), ["城关质量网"], ["花开", "花落"]) == ""
    assert "none of its 2 entries" in foreign_list(page("玄幻小说", "花"), ["城关质量网", ""], ["剑来客", "花间游"])
    assert "百家乐" in foreign_list(page("城关质量网", SHOP), ["城关质量网"], offices)


def test_long_pages_are_compared_in_bounded_time() -> None:
    assert foreign_words("质量" * 500_000) == []
    assert standing(fold(TITLE), fold(BODY), "质量强国" * 500_000) == 0
