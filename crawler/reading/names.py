"""Names: what can be a person's name, what is a publisher's, and lists of names taken apart."""

from __future__ import annotations

import re

from crawler.reading.labels import placeholder

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金"
    "石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷"
    "詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司"
    "卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明池查麻肖"
    "佘仝亓逄郗隗谯訾芮邴宓邰郦濮蒯竺冼粟苑钦禹钮汲糜阚鞠敬危储井牧山班秋伊戎束幸薄印宿怀鄂索咸籍阴苍贡劳扶宰雍容戈庾衡阙沃夔勾须丰荆权盖桓展操鹿"
    "闫常赖洪邝代熊计伏晁楚闻莘尧牧慕茹宦扈燕冀郏浦温晋阚那赫郁胥蔺屠蓬蔚越隆步都满弘匡寿通暴诸楼鄢迟付付习信上来买"
    "張劉陳楊黃趙吳孫馬許韓鄧馮蕭葉蔣蘇魏呂盧鐘鍾範賈鄒賀龔萬錢嚴湯龐顏莊魯單紀畢齊聶關蘭歐陽項連閻譚羅鄭謝葉閔農簡車婁竇黨費衛應"
)
_DOUBLE_SURNAMES = (
    "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 夏侯 端木 南宫 轩辕 闻人 歐陽 司馬 諸葛 東方 尉遲"
)
_DOUBLE = frozenset(_DOUBLE_SURNAMES.split())
_WEAK = frozenset("上来买那都通满步信敬危储井牧山班秋束幸薄印宿怀索咸籍阴劳扶宰容须丰权盖展操鹿")
"""Surnames so rare, and words so common, that they count only where a role stands before the name."""
_WORDS = (
    "时评 时政 时事 时间 金融 方圆 方面 文化 文娱 文旅 文史 文章 文图 文摘 文字 房产 高考 高清 高教 高校 江苏 江西 "
    "安徽 成都 温州 常州 宁波 宁夏 "
    "石家庄 金华 安阳 安庆 马鞍山 连云港 武汉 江门 黄石 黄山 关注 关于 关闭 常见 常识 全文 全部 全国 全媒体 全景 "
    "明日 项目 景点 "
    "管理 管理员 应用 应急 解读 解放 连载 连线 万象 万达 成长 成果 安全 易车 游戏 游客 时尚 时讯 时代 白皮书 华商 "
    "华夏 华龙 计划 包括 向导 "
    "任命 任免 何时 何以 和讯 师生 边界 古代 车市 车讯 商业 商讯 商务 单位 单独 路透 明报 应对 费用 卫视 卫健 席位 "
    "公司 简介 简讯 "
    "简报 综合 成员 和平 高端 平台 正文 马上 万家 温馨 康健 牛市 龙虎榜 文件 汤加 燕赵 齐鲁 晋商 楚天 越南 都市 "
    "都是 通知 通报 通讯 "
    "满意 信息 信报 上海 来源 来自 买卖 习惯 代表 计算 常务 洪水 迟到 付费 闻道 都会 步步 信号 信箱 上市 上报 车友 "
    "金币 金牌 金额 安居 客户端 "
    "高级 高层 高速 高新 江南 江北 江湖 白酒 黄金 黄河 海南 项链 武器 文明 文物 文学 文艺 文体 和谐 明星 关键词 "
    "关键字 连接 路况 路线 方案 方便 方法 "
    "方式 常用 成功 成立 成绩 成交 时长 时刻 时报 金价 金山 金陵 金湖 万里 万物 安装 安排 安徽省 江苏省 解释 解决 "
    "解析 查看 查询 全网 全球 全新 全会 "
    "农业 农村 农民 司法 司机 古城 古镇 车辆 车站 车型 计量 边境 边防 甘肃 广东 明天 明年 关联 关系 申请 申报 符合 "
    "单身 毕业 管网 时候 时常 池塘 商品 商家 向上 "
    "广西 云南 贵州 任务 任职 张家口 张家界 陈列 高铁 高温 高原 马拉松 马来西亚 罗马 曾经 路透社 易经 钱江 党建 "
    "党政 党员 党史 党报 党委 景区 景观 康复 "
    "季度 季后赛 麦当劳 康师傅 米兰 莫斯科 路人 简体 舒适 明确 查处 师资 卫生 卫星 费率 华人 华南 华北 华东 华西 "
    "华中 辛苦 边缘 仲裁 冷空气 冷链 席卷 汤圆"
)
_NO_NAMES = frozenset(_WORDS.split())
_PLACE_NAMES = (
    "北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 "
    "贵州 云南 陕西 甘肃 青海 台湾 "
    "内蒙古 广西 西藏 宁夏 新疆 香港 澳门 石家庄 太原 沈阳 长春 哈尔滨 南京 杭州 合肥 福州 南昌 济南 郑州 武汉 "
    "长沙 广州 海口 成都 贵阳 昆明 西安 兰州 "
    "西宁 台北 呼和浩特 南宁 拉萨 银川 乌鲁木齐 深圳 厦门 青岛 大连 宁波 苏州 无锡 温州 东莞 佛山 珠海 南通 常州 "
    "徐州 扬州 镇江 泰州 盐城 连云港 "
    "唐山 烟台 洛阳 义乌 三亚 延安 遵义 桂林 绍兴 嘉兴 金华 台州 湖州 芜湖 泉州 赣州 宜昌 襄阳 株洲 中山 惠州 绵阳 "
    "雄安 喀什 "
    "华盛顿 纽约 东京 巴黎 伦敦 柏林 莫斯科 首尔 悉尼 日内瓦 布鲁塞尔 新加坡 曼谷 开罗 洛杉矶 旧金山 综合 本报 "
    "现场 前方 联合 独家 图文"
)
_PLACES = frozenset(_PLACE_NAMES.split())
_OUTLET_END = re.compile(
    r"(?:网|報|报|社|台|刊|杂志|新闻|客户端|日报|晚报|周刊|周报|在线|视频|频道|广播|电视|传媒|媒体|融媒|公众号|微信|微博|发布|中心|出版|编辑部|頭條|头条"
    r"|快讯|资讯|财经|科技|娱乐|体育|论坛|通讯|政府|[局委办厅部院会厂所队站馆])\Z"
)
_PRESS_END = re.compile(
    r"(?:网|報|报|社|电视台|电台|广播台|总台|广播|卫视|周刊|杂志|新闻|客户端|在线|传媒|融媒|融媒体|报道|周报|出版社)\Z"
)
_SPLIT = re.compile(r"[、，,；;/／|｜\s\u3000&]+|(?<=[\u4e00-\u9fff])和(?=[\u4e00-\u9fff]{2,3}\Z)")
_HANZI = re.compile(r"[\u3400-\u9fff〇]{2,4}\Z")
_DOTTED = re.compile(r"[\u4e00-\u9fff]{1,8}(?:[·•・‧][\u4e00-\u9fff]{1,8}){1,3}\Z")
_LATIN = re.compile(r"[A-Z][A-Za-z.'-]{1,30}\Z")
_TRAILING = re.compile(
    r"(?:综合报道|摄影报道|现场报道|联合报道|采访报道|图文报道|报道|報道|整理|编译|综合|摄影|文[/、]?图|图[/、]?文|摄文|发自.*|摄|供稿|供图|采写|撰写|/文"
    r"|电|讯)\Z"
)
_BRACKETED = re.compile(r"[(（][^()（）]{0,30}[)）]")
_PICTURED = re.compile(r"[\u4e00-\u9fff]{2,4}\s?[/／]\s?(?:摄影?|图|供图|制图)(?![/／文\u4e00-\u9fff])")
_WROTE = re.compile(r"[/／]\s?文字?(?![/／\u4e00-\u9fff])")
_AFFILIATION = re.compile(
    r"(?:[，,\s]|系|为|是|单位|中国|中共|中央|国家|全国|国务院|清华|复旦|南开|上海|北京|天津|重庆|浙江|江苏|山东|广东|湖北|湖南|四川|河南|河北|福建"
    r"|安徽|江西|陕西|山西|辽宁|吉林|南京|武汉|中山|厦门|人民|教授|博士|研究员|著名|知名|资深|曾任|现任|本报|本刊|本网|新华|人大)"
)
_TITLES = re.compile(
    r"\S{0,16}(?:评论员|评论人|专栏作者|专栏作家|撰稿人|特约作者|作者|研究员|观察员|主笔|分析师|教授|特派员|撰文|记者)(?=[\s:：])"
)
_OFFICE = re.compile(r"\A[\u4e00-\u9fff]{1,3}(?:工商|质监|市监|[监公警税检法卫消交教农质工]宣|监轩|宣传)\Z")
_EDGES = " \t\u3000:：.。-—|｜丨·•▪■□●◆◎,，;；、/\\[]【】<>＜＞〉《》“”\"'*_&~"


def person(text: str) -> bool:
    """Whether a text that stands alone is a person's name: a surname and one or two characters, or with a dot."""
    if text in _NO_NAMES or text in _PLACES or placeholder(text):
        return False
    if _DOTTED.match(text):
        return not any(map(press, re.split("[·•・‧]", text)))
    if not _HANZI.match(text):
        return False
    if text[:2] in _DOUBLE:
        return 3 <= len(text) <= 4
    return len(text) <= 3 and text[0] in _SURNAMES and text[0] not in _WEAK and not _OUTLET_END.search(text)


def publisher(text: str) -> bool:
    """Whether a name ends as publishers' do: 网, 报, 社, 台, 新闻, 局, 政府 …"""
    return 2 <= len(text) <= 24 and bool(_OUTLET_END.search(text.strip(_EDGES)) or press(text)) and not person(text)


def press(text: str) -> bool:
    """Whether a name is a paper's, an agency's or a site's; offices are not."""
    return 2 <= len(text) <= 24 and bool(_PRESS_END.search(text.strip(_EDGES)))


def surnamed(text: str) -> bool:
    """Whether a name begins with a surname, is written with a dot, or in Latin letters."""
    return text.isascii() or text[0] in _SURNAMES or text[:2] in _DOUBLE or bool(_DOTTED.match(text))


def split_names(text: str) -> list[str]:
    """The names in a list of names; empty when a part is no name, for then the text is a sentence.

    Two characters may stand apart (王 伟). What papers print beside names is left out: 上海报道, 摄, 观察者网,
    (某大学教授).
    """
    if "(" in text or "（" in text:
        text = _BRACKETED.sub(" ", text)
    if "/" in text or "／" in text:
        text = _WROTE.sub(" ", _PICTURED.sub(" ", text))
    titled = _TITLES.match(text.lstrip(_EDGES))
    if titled:
        text = text.lstrip(_EDGES)[titled.end() :]
    parts = [part for part in _SPLIT.split(text.strip(_EDGES)) if part]
    if len(parts) > 24:
        return []
    names: list[str] = []
    lone = ""
    for number, part in enumerate(parts):
        if len(part) == 1 and "\u4e00" <= part <= "\u9fff":  # papers space names of two characters
            if lone:
                names.append(lone + part)
                lone = ""
            else:
                lone = part
            continue
        if lone and len(part) == 2 and lone in _SURNAMES and _HANZI.match(part):
            names.append(lone + part)
            lone = ""
            continue
        stem = _TRAILING.sub("", part)
        if not stem or (stem != part and stem in _PLACES):
            continue  # 报道, 摄, 上海报道
        name = stem.strip(_EDGES)
        if _LATIN.match(name):
            if names and names[-1].isascii():
                names[-1] += " " + name
            else:
                names.append(name)
        elif stem != part and names and not person(name):
            continue  # 某地报道
        elif name in _PLACES or (len(parts) > 1 and press(name) and not (len(name) < 4 and surnamed(name))):
            continue
        elif _OFFICE.search(name):
            continue  # offices sign as correspondents
        elif _name(name):
            names.append(name)
        elif number == 0 or len(parts) == 1:
            cut = _without_affiliation(name)
            if not cut:
                return []
            return [*names, cut]
        elif names and _AFFILIATION.match(name):
            break
        else:
            return []
    return [] if lone else names


def _name(text: str) -> bool:
    if placeholder(text) or text in _NO_NAMES:
        return False
    return bool(_HANZI.match(text) or _DOTTED.match(text)) and not (len(text) > 2 and press(text))


def _without_affiliation(text: str) -> str | None:
    """方敏 of 方敏北京大学教授: a surname and one or two characters before an institution."""
    if text[:1] not in _SURNAMES or len(text) > 40:
        return None
    for length in (2, 3):
        if _AFFILIATION.match(text, length) and person(text[:length]):
            return text[:length]
    return None
