"""Failures are told apart by what was added or lost and by where the page has it; counted with the shared scorer."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.failures import Judge
from bench.pages import Case, load_scorer

TITLE = "全市质量奖评审结果公布"
FIRST = "市政府昨日公布第五届市长质量奖评审结果，三家制造企业和一家医院获奖，另有六家单位获提名奖。"
SECOND = "评审组用四个月走访了四十二家申报单位，现场查看了检验记录、售后台账和首席质量官的任命文件。"
THIRD = "获奖单位将在九月的质量月活动中介绍各自的做法，奖金由市财政一次性拨付，不得用于发放福利。"
BODY = "\n".join([FIRST, SECOND, THIRD])
RELATED = "县域质量提升行动方案印发 城区电梯安全筛查启动 春季农资检验结果公布 计量惠民活动走进社区 认证机构专项检查展开"
PAGE = f"""<html><body><h1>{TITLE}</h1><p>2024-03-01 08:30 来源：示例日报 责任编辑：林小满</p>
<div id="text"><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>
<ul>{"".join(f"<li><a href='/{n}.html'>{name}</a></li>" for n, name in enumerate(RELATED.split()))}</ul>
<div class="comment-list"><p>这家医院我去过，服务确实比前几年好多了，希望一直保持下去。</p></div></body></html>"""
TRUTH = {
    "id": "a", "kind": "news", "title": TITLE, "published_at": "2024-03-01 08:30", "author": ["何知远"],
    "source": ["示例日报"], "body": BODY,
}  # fmt: skip
RIGHT = {
    "title": TITLE, "published_at": "2024-03-01 08:30", "author": ["何知远"], "source": ["示例日报"], "body": BODY,
}  # fmt: skip


@pytest.fixture(scope="module")
def judge(shared_dir: Path) -> Judge:
    case = Case("a", "http://a.example/1.html", PAGE.encode(), PAGE, TRUTH, "a.example")
    return Judge(case, load_scorer(shared_dir / "pages"))


def kinds(judge: Judge, **changes: object) -> list[str]:
    return [failure.kind for failure in judge.failures({**RIGHT, **changes})]


def test_right_reading_has_no_failure(judge: Judge) -> None:
    assert kinds(judge) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (f"{BODY}\n{RELATED}", "related links swallowed"),
        (f"{BODY}\n下面这台老水表陪伴了巷子里的住户三十多年，如今静静躺在陈列柜里供人回忆。", "side matter swallowed"),
        (f"2024-03-01 08:30 来源：示例日报 字号：大 中 小\n{BODY}", "meta line left in"),
        ("本站首页上的一段介绍文字，与文章没有任何关系，只是说明网站的办站宗旨和联系方式。", "wrong block chosen"),
        (f"{FIRST}\n{THIRD}", "text lost"),
        (BODY.replace("，", " | | "), "layout table as data"),
        (f"{BODY}\n这家医院我去过，服务确实比前几年好多了，希望一直保持下去。", "comments swallowed"),
        (f"{TITLE}\n{BODY}", "headline repeated"),
        (f"{BODY}\n凡本网注明独家的稿件，版权均属本网所有，任何媒体未经许可不得转载。", "copyright, disclaimer"),
        (f"{BODY}\n分享到：微信 微博 朋友圈 打印本页 关闭窗口", "share or print bar"),
        ("", "empty"),
        ("å¸æ¿åºæ¨æ¥å¬å¸ç¬¬äºå±å¸é¿è´¨éå¥è¯å®¡ç»æ", "charset"),
    ],
)
def test_failures_of_the_body_have_names(judge: Judge, body: str, kind: str) -> None:
    assert kinds(judge, body=body) == [kind]


def test_quotation_shows_what_was_lost(judge: Judge) -> None:
    (failure,) = judge.failures({**RIGHT, "body": f"{FIRST}\n{THIRD}"})

    assert "评审组用四个月走访" in failure.quotation
    assert 0.2 < failure.share < 0.5


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("published_at", "2024-03-02 08:30", "time: wrong day"),
        ("published_at", "2024-03-01", "time: no minute"),
        ("published_at", "2024-03-01 09:30", "time: wrong minute"),
        ("published_at", "", "time: nothing"),
        ("title", f"{TITLE}_示例网", "title: suffix or prefix kept"),
        ("title", "", "title: nothing"),
        ("title", "示例网", "title: site or column name"),
        ("title", "全市质量奖", "title: cut short"),
        ("title", "另一篇完全不同的文章有一个很长的标题", "title: other"),
        ("author", ["林小满"], "author: an editor"),
        ("author", ["示例日报社"], "author: an agency or name of a program"),
        ("author", ["周一鸣"], "author: somebody else"),
        ("author", [], "author: missed"),
        ("source", ["别的日报"], "source: wrong"),
        ("source", [], "source: missed"),
    ],
)
def test_failures_of_the_fields_have_names(judge: Judge, field: str, value: object, kind: str) -> None:
    assert kinds(judge, **{field: value}) == [kind]


def test_date_where_none_is_shown_is_a_failure(shared_dir: Path) -> None:
    case = Case("a", "http://a.example/", b"", PAGE, {**TRUTH, "published_at": ""}, "a.example")
    judge = Judge(case, load_scorer(shared_dir / "pages"))

    assert kinds(judge) == ["time: given, none shown"]
    assert kinds(judge, published_at="") == []
