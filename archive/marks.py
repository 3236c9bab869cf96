"""A text as tokens, so that what readers look for stays whole: figures, dates, names, offices, document numbers.

Pure. Everything else is one token per character, or per word of Latin letters. White space and punctuation belong to
the token before them and never count: two texts that differ in nothing else have the same keys.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

Mark = Literal["number", "date", "name", "office", "doc_number"]
Fold = Callable[[str], str]

# --- what counts of a text --------------------------------------------------------------------------------------------

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―─﹣", "-") | {"〜": "~", "～": "~"})
_PUNCTUATION = (
    r"\s!\"#&'()*,\-./:;?@\[\\\]_{}¡§«¶·»¿\u2010-\u202f\u2032-\u205e\u3000-\u3003\u3008-\u3011\u3014-\u301f\u3030\u30fb"
    r"\ufe10-\ufe6b\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\x00-\x1f\x7f-\x9f"
)
# Between digits a mark is part of the figure, and so is a minus before one; thousands may be set apart or not.
_SLIGHT = re.compile(
    rf"(?<=\d),(?=\d{{3}}(?!\d))|(?<!\d)(?!(?<=[\u4e00-\u9fff])-\d)[{_PUNCTUATION}]+|[{_PUNCTUATION}]+(?!\d)"
    rf"|(?<=\d)[{_PUNCTUATION}]{{2,}}(?=\d)"
)
# A counter says nothing of the article, wherever it is printed: 附件1（下载次数：31），浏览量：2086。
_COUNTER = (
    r"[(（\[【]\s?(?:已?下载|浏览|阅读|点击|访问)(?:次数|人数|量|数)?\s?[:：]?\s?\d[\d,]*\s?次?\s?[)）\]】]"
    r"|(?:已?下载|浏览|阅读|点击|访问)(?:次数|人数|量|数)\s?[:：]\s?\d[\d,]*(?:\s?次)?"
)
_COUNTERS = re.compile(_COUNTER)


def plain_fold(text: str) -> str:
    """Width and case folded (NFKC), dashes made alike."""
    return unicodedata.normalize("NFKC", text).lower().translate(_DASHES)


def essence(text: str, fold: Fold = plain_fold) -> str:
    """What counts when texts are compared: no width, case, white space, punctuation or counter, but every figure."""
    folded = plain_fold(text) if fold is plain_fold else plain_fold(fold(text))
    return _SLIGHT.sub("", _COUNTERS.sub("", "".join(folded.split())))


# --- the lexicon ------------------------------------------------------------------------------------------------------

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛"
    "温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜肖詹关苗凌费纪靳盛童欧甄项曲成游阳裴席"
    "卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边滕连宗郁娄栾冀符喻仲储阚仝闫付邬巩佟苑郎桑褚廉简"
    "郜邸骆窦湛晏蒲蔺卞亓缪楚匡尚敖蓝湯張劉陳楊趙黃吳孫馬羅鄭謝韓馮許鄧曾蕭呂蘇盧蔣賈葉閻鐘"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|令狐|慕容|夏侯|端木|南宫|长孙|宇文|申屠|濮阳"
_RANKS = (
    "书记|市长|省长|县长|区长|镇长|乡长|州长|盟长|旗长|局长|处长|科长|股长|厅长|部长|司长|署长|院长|校长|所长|会长|社长"
)
_OFFICES = (
    rf"(?:{_RANKS}|秘书长|理事长|监事长|董事长|总经理|总裁|总监|厂长|经理|行长|馆长|站长|台长|组长|队长|关长|村长|主任委员"
    "|主任|主席|委员长|常委|委员|理事|监事|巡视员|调研员|督察|专员|检察长|庭长|主编|总编辑|总工程师|工程师|总质量师|教授"
    "|研究员|院士|首席质量官|质量官|首席专家|负责人|发言人|代表|参赞|大使|顾问|秘书|政委|司令员|总理|部长级)"
)
_OFFICE = rf"(?:(?:原|代|拟任|常务|第一|名誉)?副?(?:党委|党组|党总支|市委|省委|县委|区委|纪委|总支)?副?{_OFFICES})"
_LEFT_CUES = (
    "实习记者|记者|通讯员|责任编辑|责编|编辑|作者|联系人"
    "|撰稿|摄影|校对|审核|任命|免去|聘任|聘请|聘|选举|提名|推选|同意|由"
)
_AFTER_NAME = (
    "同志|先生|女士|老师|表示|说|指出|强调|主持|介绍|出席|要求|担任|带队|讲话|致辞|致欢迎辞|宣布|宣读|参加|参与|深入|前往|会见"
    "|调研|签署|当选|兼任|负责|汇报|通报|部署|解读|认为|告诉|透露|坦言|提出|牵头|陪同|分别|带领|走访|检查|督导|听取|率队|率"
    "|一行|任(?![务何])|为(?=[\u4e00-\u9fff]{0,12}?(?:长|书记|主任|主席|员|经理|裁|师|官))|的(?=[\u4e00-\u9fff]{0,14}?职务)"
    "|作(?=[\u4e00-\u9fff]{0,8}?(?:报告|讲话|发言|说明))|发言|发表|点评|总结|主讲|领奖|接受|获(?:得|评|奖)?|等"
    rf"|在(?=[\u4e00-\u9fff]{{0,12}}?(?:上|中|时|会|后))|{_OFFICE}|总(?=[，。、]|表示|说)"
)
# What a given name does not go on with: the next word begins there.
_NEXT_WORD = rf"(?!{_AFTER_NAME}|[和与及并也都还就将已是了对向到从把被赴、])"
_ORDINARY = (
    "高度|高质|高新|高级|高校|高等|高效|高标|高层|高水|高技|高风|高位|高峰|高端|高温|方面|方案|方式|方法|方向|方便|方针|方可|方能"
    "|项目|成果|成立|成员|成效|成功|成为|成本|成熟|成长|成绩|成品|常务|常委|常态|常见|常用|常年|关于|关键|关注|关系|关心|关怀"
    "|安全|安排|安装|安徽|安置|单位|单项|单一|单个|万元|万家|万人|万户|万吨|相关|金融|金额|金属|金奖|江苏|江西|江南|江北|江湾"
    "|石油|石化|强化|强调|强市|强国|强县|强省|强制|强农|温度|温州|路线|路径|路段|管理|管控|管道|管委|管局|管辖|管网|左右|解决"
    "|解读|解放|解释|严格|严重|严禁|严肃|严查|连续|连云|连锁|农业|包装|包括|包含|顾客|顾问|华东|华南|华北|华中|华为|苏州|苏北"
    "|苏南|郑州|徐州|常州|广州|滁州|池州|黄山|宁波|宁夏|史上|时间|时代|时期|时段|时任|时候|文件|文化|文明|文号|文字|文中|任务"
    "|任何|任职|任期|任免|武汉|武器|施工|施行|施策|向社|向全|向企|向上|向下|向好|向市|于是|康复|车间|车辆|车企|车站|房屋|房地"
    "|边境|边界|宗旨|申报|申请|申诉|申领|查处|查看|查询|查验|查找|齐全|齐抓|田间|田野|白酒|白色|余家|余人|余名|余项|余万|何时"
    "|何种|雷达|毕业|欧盟|欧洲|曲线|游客|游戏|阳光|司法|司机|简化|简单|简介|简称|简报|盛会|盛典|童装|尚未|尚需|景区|景观|符合"
    "|储备|储存|章程|谷物|水平|钱款|乔迁|龙头|纪检|纪律|纪委|纪念|费用|费率|季度|季节|席位|卫生|卫星|阳性|易地|易燃|汤圆|丁类"
    "|牛奶|牛肉|马上|马力|马路|林业|林区|林地|叶片|夏粮|秦岭|鲁班|葛根|梅雨|莫过|庄园|祝贺|盛大|关口|位于|位列|位置|位居"
    "|许可|许多|张贴|程序|程度|周期|周边|周年|周围|周密|段落|段时|陆续|陆地|洪水|洪灾|范围|范例|范畴|朱砂|孔径|沿海|沿线|沿街"
    "|甘肃|宋体|唐山|汪洋|谢谢|姜黄|杨梅|梁柱|罗列|胡同|于是|于今|于本|于近|于去|于当|于全|于各|于此"
)
_GIVEN = rf"[\u4e00-\u9fff](?:{_NEXT_WORD}[\u4e00-\u9fff])?"
_NAME = rf"(?!{_ORDINARY})(?:(?:{_DOUBLE}){_GIVEN}|[{_SURNAMES}]{_GIVEN})"
_NAME_BEHIND_CUE = re.compile(rf"[ \u3000:：]{{0,3}}(?P<name>{_NAME})")
_NAME_IN_A_LIST = re.compile(rf"(?P<name>{_NAME})(?=[、，,。；;（(\s]|[和与及]|等|$)")
# Between marks, or before a word that only a person is the subject of. Both lengths of a given name are tried.
_NAME_ALONE = (
    rf"(?<![\u4e00-\u9fff])(?!{_ORDINARY})(?:(?:{_DOUBLE})|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}(?![\u4e00-\u9fff])"
    rf"|(?<![^据是以让请向被由对与和及者员家长人局会厅部院社室委校所民官师生士司团队组办处科\W])(?!{_ORDINARY})"
    rf"(?:(?:{_DOUBLE})|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}?(?={_AFTER_NAME})"
)

_NUMERAL = "零〇○一二两三四五六七八九十百千万亿"
UNITS = (
    "个百分点|个|家|项|元|人次|人|名|次|件|批次|批|吨|公里|公顷|千米|米|亩|户|所|座|台|套|条|种|类|年|月|天|周|小时|分钟|分|秒|层"
    "|级|届|期|章|节|款|本|篇|份|场|轮|站|县|市|区|镇|村|省|成|倍|度|岁|位|代|组|支|队|艘|辆|架|部|门|枚|块|面|幅|只|头|棵|株"
    "|箱|桶|笔|宗|例|起|栋|间|处|点|大类|大|方面|环节|字"
)
_SIZE = r"(?:\s?(?:万亿|千万|百万|十万|[百千](?![克米瓦伏帕分兆])|万|亿))?"
_NUMBER = (
    rf"(?:(?<=[\u4e00-\u9fff])[-−+])?\d+(?:[,，]\d{{3}})*(?:\.\d+)?{_SIZE}(?:\s?(?:%|％|‰|个百分点))?"
    rf"|百分之[{_NUMERAL}点]+|[一二两三四五六七八九]成(?![立为员果效功本熟长绩品都])|第[{_NUMERAL}]+(?={UNITS})"
    rf"|[{_NUMERAL}]{{2,}}(?:点[{_NUMERAL}]+)?|(?!一[些般定样起度点部道层面直]|一次性|一方面|十分(?![钟之。，以]))[一二两三四五六七八九十](?={UNITS})"
)
_DAY = r"(?:\d{1,2}|[一二三]?十?[一二三四五六七八九十])\s?[日号](?![常均益])"
_DATE = (
    rf"(?:19|20)\d\d\s?年度?(?:\s?\d{{1,2}}\s?月(?:份|底|初|[上中下]旬)?(?:\s?{_DAY})?)?"
    r"|(?<!\d)(?:19|20)\d\d(?:[-/.]\d{1,2}){2}(?!\d)|(?<!\d)(?:19|20)\d\d(?=\s?[-—–~至]\s?(?:19|20)\d\d\s?年)"
    rf"|[一二][〇○零一二三四五六七八九]{{3}}年(?:[一二三四五六七八九十]{{1,2}}月(?:{_DAY})?)?"
    rf"|(?:\d{{1,2}}|十[一二]|[一二三四五六七八九十])\s?月(?:份|底|初|[上中下]旬|\s?{_DAY})?(?![\u4e00-\u9fff]?饼)"
    r"|(?<![\d.])\d{1,2}\s?日(?![常均报益])|(?<!\d)\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?![\d])|\d{1,2}\s?时(?:\d{1,2}\s?分)?(?!间|代|期)"
    r"|(?:星期|周)[一二三四五六日天](?!期|线)|(?:第?[一二三四]季度|[上下]半年|[上中下]旬)"
)
_NUMBERED = r"[^\W\d_据照依见和与及的了在以由对为将按]{0,10}"
_DOC = (
    rf"{_NUMBERED}[〔\[［【（(]\s?(?:19|20)\d\d\s?[〕\]］】）)]\s?(?:第\s?)?\d{{1,5}}\s?号"
    r"|(?:19|20)\d\d\s?年\s?第\s?\d{1,4}\s?号(?:令|公告|通告)?|第\s?\d{1,4}\s?号(?:主席)?(?:令|公告|通告)|(?<=[令告])第?\s?\d{1,4}\s?号"
    r"|(?<![A-Za-z])(?:GB|GBZ|JJG|JJF|DB\d{2,4}|ISO|IEC|HJ|NY|QB|YY|HG|T/[A-Z]{2,8})(?:/[TZ])?\s?\d+(?:\.\d+)*(?:\s?[-—:]\s?\d{4})?"
)
_BEFORE_A_NUMBER = re.compile(r".*(?:印发|发布|转发|下发|出台|执行|落实|贯彻|参照|文件|通知|文号|根据|规定)")

_TOKEN = re.compile(
    rf"(?P<counter>{_COUNTER})|(?P<doc_number>{_DOC})|(?P<date>{_DATE})|(?P<number>{_NUMBER})|(?P<office>{_OFFICE})(?![奖制团])"
    rf"|(?P<cue>{_LEFT_CUES})|(?P<name>{_NAME_ALONE})|(?P<word>[A-Za-z]+)|[\s\S]"
)
_TAIL = re.compile(rf"(?:(?!(?<=[\u4e00-\u9fff])[-−]\d)[{_PUNCTUATION}…])*")


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` with the punctuation behind it in ``tail``; ``key`` is what is compared, "" for punctuation alone."""

    text: str
    tail: str
    key: str
    mark: Mark | None


def tokens(text: str, fold: Fold = plain_fold, names: Collection[str] = ()) -> list[Token]:
    """The text as tokens; texts and tails joined are the text again. ``names`` are persons known from elsewhere."""
    found: list[Token] = []
    keys: dict[str, str] = {}

    def add(start: int, end: int, mark: Mark | None) -> int:
        core = text[start:end]
        key = keys.get(core)
        if key is None:
            # A minus counts only behind a word, where the key's own text has none.
            sign = "-" if mark == "number" and core[0] in "-−" else ""
            key = keys[core] = sign + essence(core.lstrip("-−") if sign else core, fold)
        tail = _TAIL.match(text, end)
        assert tail is not None
        found.append(Token(core, tail[0], key, mark))
        return tail.end()

    known = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True)))) if names else None
    head = _TAIL.match(text)
    position = head.end() if head else 0
    if position:
        found.append(Token("", text[:position], "", None))
    while position < len(text):
        if known is not None and (named := known.match(text, position)):
            position = add(position, named.end(), "name")
            continue
        match = _TOKEN.match(text, position)
        assert match is not None
        kind, end = match.lastgroup, match.end()
        if kind == "doc_number":
            junk = _BEFORE_A_NUMBER.match(match[0])
            for place in range(position, position + (junk.end() if junk else 0)):
                position = add(place, place + 1, None)
            position = add(position, end, "doc_number")
        elif kind in ("office", "cue"):
            behind = _NAME_BEHIND_CUE.match(text, end)
            if kind == "office":
                position = add(position, end, "office")
            else:
                for place in range(position, end):
                    position = add(place, place + 1, None)
            if behind:
                position = _add_names(text, max(position, behind.start("name")), behind.end("name"), add)
        elif kind == "name":
            position = _add_names(text, position, end, add)
        else:
            position = add(position, end, kind if kind in ("date", "number") else None)  # type: ignore[arg-type]
    return found


def _add_names(text: str, start: int, end: int, add: Callable[[int, int, Mark | None], int]) -> int:
    """A name, and those that are listed behind it."""
    position = add(start, end, "name")
    while text[position - 1 : position] in ("、", " ", "\u3000", "，") and (
        more := _NAME_IN_A_LIST.match(text, position)
    ):
        position = add(position, more.end("name"), "name")
    return position


def names_in(text: str) -> set[str]:
    """Persons that a text names somewhere in a way that shows it: names of three characters and more."""
    return {token.text for token in tokens(text) if token.mark == "name" and len(token.text) >= 3}
