"""Names of publishers: whether two of them mean one house, and whom a text itself names as its source."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# The traditional characters that names of publishers are made of.
_SIMPLIFIED = str.maketrans(
    "華報網聞國質經濟電視臺監產業導時訊購標準門縣區資東廣遼寧衛線體發傳媒陽衆眾點觀藝檢驗計認證誌專權識財參動態雜鳳",
    "华报网闻国质经济电视台监产业导时讯购标准门县区资东广辽宁卫线体发传媒阳众众点观艺检验计认证志专权识财参动态杂凤",
)
_MARKS = re.compile(r"[《》〈〉「」『』“”\"'()\[\]【】<>·:、,\s]")
_LEADS = re.compile(r"^(?:来源|稿件来源|信息来源|文章来源|转载自|转自|摘自|据|本文来自|来自)+")
# What is written behind a publisher's name and names no other one.
_TAILS = re.compile(
    r"(?:讯|消息|报道|供稿|官方网站|官网|官方微信|微信公众号|微信公众平台|公众号|微信|官方微博|微博|客户端|新闻客户端|app|移动端|手机版"
    r"|网站|门户网站|电子报|(?<=报)社|融媒体中心|融媒体|视频号|头条号)$"
)
_OFFICES = (
    ("市场监督管理", "市场监管"),
    ("质量技术监督", "质监"),
    ("人民政府办公厅", "政府办公厅"),
    ("人民政府办公室", "政府办公室"),
    ("人民政府", "政府"),
    ("国家市场监管", "市场监管"),
)
# Houses that sign with several names. A name that is here belongs to no other house, whatever it looks like:
# 新华日报 is Jiangsu's paper and has nothing to do with 新华网.
_HOUSES = (
    ("新华社", "新华网", "新华通讯社", "新华每日电讯", "新华视点", "中国新华网", "xinhua", "新华社新媒体"),
    ("新华日报", "交汇点新闻", "交汇点"),
    ("人民日报", "人民网", "人民日报海外版", "人民日报社"),
    ("央视", "央视网", "央视新闻", "中央电视台", "中央广播电视总台", "中国中央电视台", "cctv", "央广网", "央视财经"),
    ("中国新闻网", "中新网", "中新社", "中国新闻社"),
    ("经济日报", "中国经济网"),
    ("光明日报", "光明网"),
    ("科技日报", "中国科技网"),
    ("工人日报", "中工网"),
    ("法治日报", "法制日报", "法治网", "法制网"),
    ("中国质量报", "中国质量新闻网", "中国质量报刊社", "中国质量网"),
    ("中国市场监管报", "中国工商报", "中国市场监管新闻网"),
    ("中国消费者报", "中国消费网"),
    ("市场监管总局", "市场监管总局网", "samr"),
    ("中国政府网", "中央政府门户", "国务院办公厅", "中国政府"),
    ("新华报业网", "中国江苏网"),
    ("大众日报", "大众网", "海报新闻"),
)
_HOUSE_OF = {name: number for number, names in enumerate(_HOUSES) for name in names}
# A paper of a place and its web site.
_PLACE_PAPERS = re.compile(r"^(?P<place>[^\W\d_]{2,8}?)(?:日报|新闻网|日报网|在线|网|报业网|报业传媒|新闻)$")
# 市市场监管局, 省政府: offices as they are called where everyone knows which place is meant.
_RELATIVE = re.compile(r"^(?:我|本)?(?P<office>[省市区县州].{2,})$")


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a text itself names.

    ``dateline`` is the agency of 新华社北京3月1日电, ``sources`` those of 转自 and 据…报道; ``own`` is the 报, 网 or 台
    of 本报讯 (copies keep it, so it tells the kind of the first publisher); ``retitled`` that it had another headline.
    """

    dateline: str | None = None
    sources: tuple[str, ...] = ()
    own: str = ""
    retitled: bool = False


NO_CLAIMS = Claims()
_LONGEST = 80  # no publisher's name is longer; what pages print after 来源 may be


@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """A publisher's name in the one form in which names are compared."""
    text = unicodedata.normalize("NFKC", name[:_LONGEST]).lower().translate(_SIMPLIFIED)
    text = _MARKS.sub("", text)
    text = _LEADS.sub("", text) or text
    for long, short in _OFFICES:
        text = text.replace(long, short)
    while text not in _HOUSE_OF and (cut := _TAILS.sub("", text)) != text and len(cut) >= 2:
        text = cut
    return text


@lru_cache(maxsize=4096)
def same_publisher(one: str, two: str) -> bool:
    """Whether two names mean the same house: 《中国质量报》 and 中国质量新闻网, 新华社客户端 and 新华网."""
    a, b = name_key(one), name_key(two)
    if not a or not b:
        return False
    if a == b:
        return True
    houses = _HOUSE_OF.get(a), _HOUSE_OF.get(b)
    if houses != (None, None):
        return houses[0] == houses[1]
    places = _PLACE_PAPERS.match(a), _PLACE_PAPERS.match(b)
    if places[0] and places[1] and _place(places[0]["place"]) == _place(places[1]["place"]):
        return True
    if _PLACE_PAPERS.match(a.removeprefix("中国")) and a.removeprefix("中国") == b.removeprefix("中国"):
        return True
    short, long = sorted((a, b), key=len)
    relative = _RELATIVE.match(short)
    return bool(relative and long != short and long.endswith(relative["office"]) and len(relative["office"]) >= 4)


def _place(name: str) -> str:
    return name.removeprefix("中国").removesuffix("市")


_NAME = r"[《]?(?P<name>[^\W\d_][\w·]{1,19}?)[》]?"
_ENDS = r"(?=[)\]】。;,!?(|]|责任编辑|责编|编辑|作者|记者|日期|时间|$)"
# Folded text: half-width marks, one line without blanks.
_DATELINE = re.compile(r"^(?:\(|【)?(?P<name>[^\W\d_]{2,10}?[社网报台])[^\W\d_]{0,8}\d{1,2}月\d{1,2}日(?:电|讯|消息)")
_REPORTED = re.compile(
    r"^据(?P<name>《?[^\W\d_]{2,12}?(?:社|网|报|台|客户端)》?)(?:[^\W\d_]{0,6}\d{1,2}月\d{1,2}日)?(?:报道|消息|电)"
)
_SAID = re.compile(rf"(?:转载自|转自|摘自|原载于?|本文来源|文章来源|稿件来源|来源):?{_NAME}{_ENDS}")
_OWN = re.compile(r"^(?:\(|【)?本(?P<kind>[报网台])(?:讯|记者|消息|特派)")
_RETITLED = re.compile(r"原标题[:《]|原题[:为]")
_OURSELVES = ("本报", "本网", "本站", "本台", "网络", "互联网")
_EDGE = 160


def claims_of(body: str) -> Claims:
    """Whom head and tail of a folded body name. What stands in the middle of a text tells of something else."""
    head, tail = body[:_EDGE], body[-_EDGE:] if len(body) > _EDGE else ""
    dateline, own = _DATELINE.match(head), _OWN.match(head)
    found: list[str] = []
    for match in (_SAID.search(head), _SAID.search(tail), _REPORTED.match(head)):
        if match and match["name"] not in found and not match["name"].startswith(_OURSELVES):
            found.append(match["name"])
    return Claims(
        dateline["name"] if dateline and not dateline["name"].startswith(_OURSELVES) else None,
        tuple(found),
        own["kind"] if own else "",
        bool(_RETITLED.search(head) or _RETITLED.search(tail)),
    )
