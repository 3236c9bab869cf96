"""People and source printed with the text: behind the dateline, on lines of their own, at the end."""

from __future__ import annotations

import pytest

from crawler.items import ArticleItem
from crawler.reading.extract import extract_article

TITLE = "示例市首批质量提升项目通过验收"
FIRST = "示例市市场监管局日前完成首批质量提升项目的验收，十二家企业的检测能力和标准化水平明显提高。"
SECOND = "验收组认为，项目把计量、标准和检验检测放在一处办理，企业少跑了路，也少花了钱。"
LAST = "下一步，当地将把做法推广到更多行业，并每季度公布一次进展。"


def read(header: str, body: str) -> ArticleItem:
    page = (
        f"<html><head><title>{TITLE}_示例新闻网</title></head><body><h1>{TITLE}</h1>{header}"
        f"<div class=text>{body}</div>"
        "<div>版权所有 示例新闻网</div></body></html>"
    )
    return extract_article(page.encode(), "http://www.example.cn/n/1.html")


@pytest.mark.parametrize(
    ("lead", "tail", "people"),
    [
        (f"本报讯（记者 林小满 周一舟 通讯员 沈禾）{FIRST}", LAST, ["林小满", "周一舟", "沈禾"]),
        (f"示例社南京3月1日电（记者林小满、周一舟）{FIRST}", LAST, ["林小满", "周一舟"]),
        (f"示例新闻网讯（林小满 周一舟）{FIRST}", LAST, ["林小满", "周一舟"]),
        (f"本报讯 记者 林小满 报道 {FIRST}", LAST, ["林小满"]),
        (f"中国质量报示例讯 （沈 禾 记者林小满）{FIRST}", LAST, ["林小满", "沈禾"]),
        (FIRST, f"{LAST}（记者 林小满）", ["林小满"]),
        (FIRST, f"{LAST}（总台记者 林小满）", ["林小满"]),
        (FIRST, f"{LAST}（林小满 上海报道）", ["林小满"]),
        (FIRST, f"{LAST}（林小满 周一舟）", ["林小满", "周一舟"]),
        (FIRST, f"{LAST}（全媒体记者 林小满 实习生 沈禾）", ["林小满", "沈禾"]),
        (FIRST, f"{LAST}（本报记者 林小满 周 舟 摄影报道）", ["林小满", "周舟"]),
        (FIRST, f"{LAST}</p><p>示例晚报记者 林小满", ["林小满"]),
        (FIRST, f"{LAST}</p><p>见习记者 林小满", ["林小满"]),
        (FIRST, f"{LAST}</p><p>每经记者 林小满 每经编辑 沈禾", ["林小满"]),
        (FIRST, f"{LAST}</p><p>作者：林小满 周一舟", ["林小满", "周一舟"]),
        (FIRST, f"{LAST}</p><p>作者 林小满 周一舟</p><p>编辑 沈禾 ｜ 排版 魏宁", ["林小满", "周一舟"]),
        (FIRST, f"{LAST}</p><p>(作者：林小满北京大学教授)", ["林小满"]),
        (FIRST, f"{LAST}（作者林小满系示例研究院研究员）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>本文来源：示例日报 作者：林小满 责任编辑：NF045", ["林小满"]),
        (FIRST, f"{LAST}</p><p>执笔：林小满 周一舟", ["林小满", "周一舟"]),
        (FIRST, f"{LAST}</p><p>撰文/林小满 摄影/沈禾", ["林小满"]),
        (FIRST, f"{LAST}</p><p>采写：示例日报记者 林小满", ["林小满"]),
        (FIRST, f"{LAST}</p><p>文/林小满 图/沈禾", ["林小满"]),
        (f"□ 林小满</p><p>{FIRST}", LAST, ["林小满"]),
        (f"■本报记者 林小满</p><p>{FIRST}", LAST, ["林小满"]),
        (f"【文/示例网专栏作者 林小满】</p><p>{FIRST}", LAST, ["林小满"]),
        (f"【文/示例网 林小满】</p><p>{FIRST}", LAST, ["林小满"]),
        (f"本报记者林小满发自北京</p><p>{FIRST}", LAST, ["林小满"]),
        (f"《示例观察》作者 林小满</p><p>{FIRST}", LAST, ["林小满"]),
        (f"本报评论员 林小满</p><p>{FIRST}", LAST, ["林小满"]),
        (f"作者：阿不都·热合曼</p><p>{FIRST}", LAST, ["阿不都·热合曼"]),
        (f"作者：欧阳小满</p><p>{FIRST}", LAST, ["欧阳小满"]),
        (f"林 小满</p><p>{FIRST}", LAST, ["林小满"]),
        (FIRST, f"{LAST}</p><p>林小满", ["林小满"]),
        (f"本报首席记者 林小满 通讯员 市监宣 文/图</p><p>{FIRST}", LAST, ["林小满"]),
        (f"本报讯（记者林小满 通讯员市监宣）{FIRST}", LAST, ["林小满"]),
        (FIRST, f"{LAST}</p><p>作者：示例社记者林小满、周一舟", ["林小满", "周一舟"]),
        (FIRST, f"{LAST}</p><p>林小满/文 沈禾/摄", ["林小满"]),
        (FIRST, f"{LAST}</p><p>作者：林小满/文　沈禾/摄", ["林小满"]),
        (FIRST, f"{LAST}（林小满，作者系示例大学教授）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>（作者为示例大学教授 林小满）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>本文系作者林小满授权发布", ["林小满"]),
        (FIRST, f"{LAST}</p><p>撰文：林小满（发自深圳）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>（记者：林小满；编辑：沈禾）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>（文／图　林小满）", ["林小满"]),
        (FIRST, f"{LAST}</p><p>示例点记者 素清 林小满", ["素清", "林小满"]),
        (f"安全第一</p><p>{FIRST}", LAST, []),
        (f"■ 社论</p><p>{FIRST}", LAST, []),
        (f"（示例财经《经济联播》）{FIRST}", LAST, []),
        (FIRST, f"{LAST}</p><p>采写：示例日报记者 林小满</p><p>摄影：示例日报记者 沈禾", ["林小满"]),
        (FIRST, f"{LAST}</p><p>（作者：示例省质量研究院院长）", []),
        (FIRST, f"{LAST}（沈禾 摄）", []),
        (FIRST, f"{LAST}（示例社记者 沈禾 摄）", []),
        (FIRST, f"{LAST}（完）", []),
        (FIRST, f"{LAST}（见图）", []),
        (FIRST, f"{LAST}（图片由沈禾提供）", []),
        (FIRST, f"{LAST}</p><p>责任编辑：沈禾", []),
        (FIRST, f"{LAST}</p><p>审核：沈禾", []),
        (FIRST, f"{LAST}（资料来源：示例省统计局）", []),
        (f"（记者从市市场监管局获悉）{FIRST}", LAST, []),
        (f"记者日前从示例市市场监管局了解到，{FIRST}", LAST, []),
        (f"专家林小满（示例大学教授）认为，{FIRST}", LAST, []),
        (FIRST, f"{LAST}本文作者单位为示例大学。", []),
    ],
)  # fmt: skip
def test_people_printed_with_the_text(lead: str, tail: str, people: list[str]) -> None:
    item = read("<div>2024-03-01 来源：示例日报</div>", f"<p>{lead}</p><p>{SECOND}</p><p>{tail}</p>")

    assert [*item.reporters, *item.correspondents, *item.interns, *item.authors] == people
    assert item.source == "示例日报"


@pytest.mark.parametrize(
    ("tail", "source"),
    [
        ("（来源：示例日报）", "示例日报"),
        ("</p><p>来源：示例日报", "示例日报"),
        ("</p><p>来源：示例日报 作者：林小满", "示例日报"),
        ("（转自：示例质量网）", "示例质量网"),
        ("</p><p>《示例日报》（ 2024年03月01日 02版）", "示例日报"),
        ("（图片来源：示例图库）", None),
        ("</p><p>数据来源：示例省统计局", None),
    ],
)
def test_source_printed_below_the_text(tail: str, source: str | None) -> None:
    item = read("<div>2024-03-01 08:30</div>", f"<p>{FIRST}</p><p>{SECOND}</p><p>{LAST}{tail}</p>")
    assert item.source == source
