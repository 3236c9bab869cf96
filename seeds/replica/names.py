"""Names and numbers for the replica's texts. People, companies and figures are invented."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from seeds.replica.parts import words

SURNAMES = (
    "陈李王张刘赵周吴徐孙朱马胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
    "姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严"
)
GIVEN = words(
    "伯安 楚望 传砚 大川 德馨 敦礼 方舟 广文 国桢 海若 和铭 怀谷 季扬 嘉树 建辰 景澄 敬之 君实 立言 良骥 麟书 若谷 "
    "绍棠 守拙 书衡 树勋 思齐 松年 天佑 维新 文渊 希孟 晓岚 孝先 星汉 修远 雪樵 延龄 砚秋 一鸣 宜春 永年 玉衡 元朗 "
    "云岫 兆麟 知行 志宏 仲谋 子墨 宗岱 彩霞 春燕 冬梅 丽娟 玲玉 美兰 巧云 秋菊 素琴 文静 小满 晓芸 秀珍 雅琴 艳秋 "
    "燕飞 怡宁 玉洁 月华 芷若 竹青 磊 涛 颖 娜 凯 锐 岩 峰 琪 璐 婧 旭 瑶 坤 晗 诚"
)

CITIES = {
    "南京": ("江宁区", "溧水区", "高淳区", "浦口区", "六合区"),
    "常州": ("武进区", "金坛区", "溧阳市", "新北区"),
    "盐城": ("东台市", "大丰区", "射阳县", "阜宁县"),
    "扬州": ("江都区", "仪征市", "高邮市", "宝应县"),
    "泰州": ("姜堰区", "兴化市", "靖江市", "泰兴市"),
    "徐州": ("铜山区", "邳州市", "新沂市", "沛县"),
    "嘉兴": ("海宁市", "平湖市", "桐乡市", "嘉善县"),
    "绍兴": ("柯桥区", "上虞区", "诸暨市", "嵊州市"),
    "芜湖": ("湾沚区", "繁昌区", "南陵县", "无为市"),
    "潍坊": ("寿光市", "诸城市", "高密市", "青州市"),
    "襄阳": ("枣阳市", "宜城市", "南漳县", "谷城县"),
    "株洲": ("醴陵市", "攸县", "渌口区", "茶陵县"),
    "佛山": ("顺德区", "南海区", "三水区", "高明区"),
    "泉州": ("晋江市", "石狮市", "南安市", "惠安县"),
    "赣州": ("南康区", "信丰县", "龙南市", "于都县"),
    "洛阳": ("偃师区", "伊川县", "新安县", "孟津区"),
    "宝鸡": ("凤翔区", "岐山县", "眉县", "陇县"),
    "绵阳": ("江油市", "三台县", "安州区", "梓潼县"),
}
NANTONG = ("海安市", "如皋市", "如东县", "启东市", "海门区", "通州区")
LIAOCHENG = ("东昌府区", "临清市", "阳谷县", "莘县", "茌平区", "东阿县", "冠县", "高唐县")

PRODUCTS = words(
    "儿童自行车 电热水壶 电动工具 水性涂料 铝合金门窗 羽绒服 轴承套圈 钢丝绳 液压阀 智能水表 燃气软管 消防水带 "
    "婴儿推车 插座 空气炸锅 实木家具 建筑陶瓷 卫生洁具 光伏接线盒 锂电池组 变压器 工业缝纫机 纺织面料 酱油 挂面 "
    "黄桃罐头 绿茶 猕猴桃 大米 食醋 阿胶糕 葫芦工艺品 船用锚链 汽车线束 医用口罩 拉链 安全帽 防盗门 塑料管材 玻璃器皿"
)
PRODUCE = words("黄桃 绿茶 猕猴桃 大米 脐橙 山楂 莲藕 香椿 大蒜 芋头 西瓜 板栗")
INDUSTRIES = words(
    "家纺 船舶配套 电动工具 轴承 木业 新材料 食品加工 建材 线缆 汽车零部件 "
    "钢球 化纤 医药 光伏 机床 物流 纸制品 童车 阀门 电子元件"
)
COMPANY_HEADS = words(
    "恒岳 锦澜 泰禾源 双帆 海辰 东鲲 立洲 瑞穗 天工坊 凌江 博远 金禾 启衡 正域 华砚 众砺 安澜 卓匠 鼎纶 "
    "新叶 云麓 宏渡 百川里 长汀"
)
COMPANY_TAILS = words("精工 电气 新材 食品 纺织 机械 家居 阀业 线缆 仪表 医械 车业")
PLACES = words("会议中心 人民广场 职工文化宫 科技馆 体育公园 城市展览馆 创业园报告厅 市民之家 图书馆 会展中心")
POSTS = words("副市长 市政府副秘书长 分管副市长 质量强市办主任")
CHINESE_DIGITS = "零一二三四五六七八九"

Slot = str | Callable[[], str]


def person(rng: random.Random) -> str:
    """A Chinese name of two or three characters."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def people(rng: random.Random, number: int) -> list[str]:
    """Different names."""
    names: list[str] = []
    while len(names) < number:
        name = person(rng)
        if name not in names:
            names.append(name)
    return names


def slots(rng: random.Random, day: datetime, home: str | None, produce: bool) -> dict[str, Slot]:
    """What an article's sentences are filled with: fixed names of this article, fresh numbers at every use.

    ``day`` is the day of publication, ``home`` the site's own city or None for any.
    """
    city = home or rng.choice(sorted(CITIES))
    counties = {"南通": NANTONG, "聊城": LIAOCHENG}.get(city) or CITIES[city]
    county, county2 = rng.sample(counties, 2)
    industry, industry2 = rng.sample(INDUSTRIES, 2)
    leader, leader2, expert, worker = people(rng, 4)
    heads = rng.sample(COMPANY_HEADS, 2)
    told = day - timedelta(days=rng.randrange(0, 3))
    month = day.month % 12 + 1
    first = rng.randint(3, 14)
    bureau = "质监局" if (day.year, day.month) < (2018, 11) else "市场监管局"
    start = day + timedelta(days=rng.choice((30, 61, 92)))

    def number(low: int, high: int) -> Callable[[], str]:
        return lambda: str(rng.randint(low, high))

    def share(low: float, high: float) -> Callable[[], str]:
        return lambda: f"{rng.uniform(low, high):.1f}"

    return {
        "city": f"{city}市",
        "county": county,
        "county2": county2,
        "org": f"{city}市{bureau}",
        "leader": leader,
        "leader2": leader2,
        "expert": expert,
        "worker": worker,
        "post": rng.choice(POSTS),
        "company": heads[0] + rng.choice(COMPANY_TAILS),
        "company2": heads[1] + rng.choice(COMPANY_TAILS),
        "product": rng.choice(PRODUCE if produce else PRODUCTS),
        "industry": industry,
        "industry2": industry2,
        "place": rng.choice(PLACES),
        "agency": f"{city}市{rng.choice(('计量测试所', '产品质量检验所', '检验检测院', '质量技术中心'))}",
        "school": f"{city}{rng.choice(('职业技术学院', '大学', '工程学院'))}",
        "md": f"{told.month}月{told.day}日",
        "month": str(month),
        "dd": str(first),
        "dd2": str(first + rng.randint(2, 12)),
        "effm": f"{start.year}年{start.month}月1日",
        "year": str(day.year),
        "year0": str(day.year - rng.randint(6, 12)),
        "std": f"DB{rng.randint(31, 44)}{rng.randint(1, 15):02d}/T {rng.randint(1001, 1480)}—{day.year}",
        "ord": lambda: CHINESE_DIGITS[rng.randint(3, 9)],
        "k": number(2, 9),
        "k2": number(3, 9),
        "n": number(11, 48),
        "nn": number(60, 480),
        "nnn": number(1200, 9600),
        "wan": number(30, 860),
        "days": number(7, 45),
        "pct": share(3.1, 38.9),
        "pct8": share(80.2, 89.9),
        "pct9": share(90.1, 99.8),
    }
