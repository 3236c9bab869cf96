"""Words from which texts on quality policy are made up, and sentences made of them.

No two articles made here share more of their 5-grams than two real ones on one subject do: sentences are joined from
short words, and hardly any run of five characters is fixed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence


def _words(text: str) -> list[str]:
    return text.split()


PROVINCES = _words(
    "江苏省 浙江省 安徽省 福建省 江西省 山东省 河南省 湖北省 湖南省 广东省 四川省 贵州省 云南省 陕西省 甘肃省 "
    "河北省 山西省 辽宁省 吉林省"
)
CITIES = _words(
    "苏州市 无锡市 南通市 宁波市 温州市 绍兴市 合肥市 芜湖市 厦门市 泉州市 赣州市 青岛市 潍坊市 洛阳市 宜昌市 "
    "株洲市 东莞市 佛山市 绵阳市 遵义市 大连市 唐山市 保定市 襄阳市 常德市 桂林市 柳州市 玉溪市 宝鸡市 天水市"
)
COUNTIES = _words(
    "青溪县 云岭县 白河县 临江县 石桥县 东山区 南湖区 长宁县 安丰县 清河区 丰泽县 平水县 金坪县 新泉县 渔港区 "
    "松岭县 柳林县 望川县 古塔区 银沙县"
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟"
)
GIVEN = _words(
    "建国 志强 海燕 明远 晓东 丽华 文博 国庆 秀英 振华 雪梅 立群 子涵 永康 春生 小兵 思源 佳宁 伟民 红梅 宏图"
    " 婉清 启航 长青 一鸣 若兰 世杰 光明 景行 颖"
)
FIRMS_A = _words(
    "华泰 恒远 金鼎 天润 盛达 鑫源 瑞康 宏业 东升 长虹桥 明辉 永固 新锐 蓝海 正和 友邦 科力 博源 安捷 汇丰源 "
    "百川 启明 立信 佳禾 顺通"
)
FIRMS_B = _words(
    "食品 电器 建材 机械 纺织 玩具 化工 医疗器械 家具 电缆 农资 照明 汽车配件 塑料 仪表 饮品 童装 五金 门窗 管道"
)
FIRMS_C = _words("有限公司 股份有限公司 有限责任公司 厂 集团有限公司")
PRODUCTS = _words(
    "电动自行车 儿童玩具 燃气灶具 电线电缆 食用植物油 学生文具 安全帽 化肥 水泥 空调器 移动电源 洗涤用品 校服 "
    "床上用品 电热毯 奶粉 饮用水 润滑油 人造板 灭火器 插座 童车 眼镜镜片 卫生纸 防水卷材 头盔 液化气瓶 电梯 压力锅"
    " 牙膏"
)
OFFICES = _words(
    "市场监督管理局 质量发展处 标准化研究院 计量测试所 认证认可协会 特种设备检验院 消费者协会 质量强市办公室 "
    "产品质量检验中心 质量协会"
)
ROLES = _words("局长 副局长 处长 主任 院长 总工程师 会长 秘书长 首席质量官 高级工程师")
WHEN = _words(
    "近日 日前 今年以来 上半年 入秋以来 截至目前 为此 同时 此外 与此同时 接下来 下一步 活动期间 会上 会后 当天 "
    "随后 其间 前不久 近年来 据了解 据介绍 在此基础上 另一方面"
)
WHO = _words(
    "各级部门 当地企业 监管人员 检验机构 行业专家 龙头企业 链上工厂 中小厂家 质量管家 服务专班 执法队员 计量技师 "
    "标准起草组 认证机构 消费者代表 园区管委会 商户 社区网格员 技术骨干 一线班组 质量督察员 高校团队 帮扶小组 产业联盟"
    " 研发团队 检测窗口 基层所 评审组 采购商 志愿者"
)
HOW = _words(
    "主动 逐项 全面 深入 持续 及时 认真 率先 协同 分类 集中 联合 依法 分批 有序 加快 严格 重点 精准 反复 上门"
    " 随机 定期 统一 现场 公开 细致 稳妥 扎实 尽快"
)
DO = _words(
    "梳理 核查 提升 推广 完善 落实 检测 帮助 改进 建立 评估 优化 督促 追溯 检定 公示 攻克 组织 引导 支持 修订"
    " 打通 采集 比对 整改 培育 验证 压实 开放 搭建 共享 研判 抽取 化解 升级"
)
WHAT = _words(
    "质量档案 工艺参数 检验报告 计量器具 标准文本 关键工序 风险清单 售后记录 原料批次 追溯系统 认证证书 培训课程 "
    "生产许可 首件检验 不合格品 品牌目录 合格率 质量奖 顾客投诉 绿色产品 检测设备 质量基础设施 供应链 服务承诺 "
    "召回计划 缺陷线索 团体标准 技术难题 质量信用 隐患台账 实验室 数据接口 班组日志 测量方法 标识标签 质量故事 公平秤"
    " 放心工厂 技改项目 产业集群"
)
AIM_DO = _words(
    "守住 减轻 补上 缩短 擦亮 打开 形成 留住 降低 赢得 增强 推动 带动 防止 稳住 盘活 放大 厘清 消除 托起 摊薄"
    " 理顺 夯实 拓宽 看牢"
)
AIM_WHAT = _words(
    "安全底线 经营负担 质量短板 送检时间 地方招牌 海外市场 长效机制 熟练工人 返工成本 回头客 产业韧性 优质优价 上下游"
    " 同类问题 市场预期 存量资源 品牌效应 责任边界 后顾之忧 县域经济 夜间消费 出厂门槛 管理短视 服务半径 交货周期"
)
LINKS = _words("并 也 还 再 又 进而 从而 随即 一并 逐步")
NOUNS = _words("家企业 批次产品 个项目 名技术人员 项标准 台设备 条线索 户商户 场培训 件投诉")
DEEDS = _words("举办 召开 启动 通报 总结 推进 部署 发布 验收 交流")
MATTERS = _words(
    "质量月活动 质量提升行动 首席质量官培训 计量惠民服务 标准化试点 质量强市推进会 产品安全专项整治 小微企业帮扶 "
    "质量开放日 品牌培育工作 检验检测开放周 缺陷产品召回宣传"
)
LEADS = _words("亮出新招 见到实效 步入快车道 获群众点赞 有了时间表 惠及千家 再上台阶 开出良方 走进车间 打出组合拳")


class Writer:
    """Makes up titles, sentences and names; one seed, one text."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def one(self, words: Sequence[str]) -> str:
        """Any of the words."""
        return self.rng.choice(words)

    def person(self) -> str:
        """A name of a person."""
        return self.one(SURNAMES) + self.one(GIVEN)

    def firm(self) -> str:
        """A name of a company."""
        city = self.one(CITIES)[:-1]
        return city + self.one(FIRMS_A) + self.one(FIRMS_B) + self.one(FIRMS_C)

    def place(self) -> str:
        """A province, a city or a county."""
        return self.one(self.rng.choice((PROVINCES, CITIES, COUNTIES)))

    def number(self) -> str:
        """A figure as reports have it."""
        kind = self.rng.random()
        if kind < 0.5:
            return str(self.rng.randint(3, 980))
        if kind < 0.7:
            return f"{self.rng.randint(1, 99)}.{self.rng.randint(1, 9)}万"
        return f"{self.rng.randint(1000, 99999)}"

    def percent(self) -> str:
        """A share."""
        return f"{self.rng.randint(1, 99)}.{self.rng.randint(0, 9)}%"

    def day(self) -> str:
        """A day of the year."""
        return f"{self.rng.randint(1, 12)}月{self.rng.randint(1, 28)}日"

    def aim(self) -> str:
        """What it is good for."""
        return self.rng.choice(("以便", "从而", "进一步", "持续", "")) + self.one(AIM_DO) + self.one(AIM_WHAT)

    def clause(self) -> str:
        """Somebody does something."""
        who = self.one(WHO) if self.rng.random() < 0.6 else ""
        return who + self.one(HOW) + self.one(DO) + self.one(WHAT)

    def sentence(self) -> str:
        """A sentence of 20 to 70 characters."""
        kind = self.rng.random()
        start = self.one(WHEN) + "，" if self.rng.random() < 0.4 else ""
        if kind < 0.5:
            second = self.one(LINKS) + self.one(HOW) + self.one(DO) + self.one(WHAT)
            return f"{start}{self.clause()}，{second}，{self.aim()}。"
        if kind < 0.62:
            figure = self.number() + self.one(NOUNS)
            return f"{start}{self.place()}{self.one(HOW)}{self.one(DO)}{self.one(WHAT)}{figure}，{self.clause()}。"
        if kind < 0.72:
            compared = f"比上年{self.rng.choice('增减')}{self.percent()}"
            return f"{start}{self.one(WHAT)}{self.one(DO)}率{self.percent()}，{compared}，{self.clause()}。"
        if kind < 0.84:
            speaker = self.place() + self.one(OFFICES) + self.one(ROLES) + self.person()
            return f"“{self.clause()}，{self.aim()}。”{speaker}{self.rng.choice(('说', '表示', '介绍'))}。"
        if kind < 0.94:
            return f"{start}{self.clause()}；{self.clause()}，{self.aim()}。"
        return f"{self.day()}，{self.firm()}{self.one(HOW)}{self.one(DO)}{self.one(WHAT)}，{self.clause()}。"

    def paragraphs(self, chars: int) -> list[list[str]]:
        """About so many characters in paragraphs of sentences."""
        made: list[list[str]] = []
        total = 0
        while total < chars:
            paragraph = [self.sentence() for _ in range(self.rng.randint(1, 5))]
            total += sum(map(len, paragraph))
            made.append(paragraph)
        return made

    def title(self) -> str:
        """A headline."""
        place, matter = self.place(), self.one(MATTERS)
        kind = self.rng.random()
        if kind < 0.35:
            return f"{place}{self.one(DEEDS)}{matter}"
        if kind < 0.7:
            return f"{place}{matter}{self.one(LEADS)}"
        if kind < 0.85:
            return f"{self.one(WHAT)}{self.one(LEADS)} {place}{self.one(HOW)}{self.one(DO)}{self.one(WHAT)}"
        return f"{place}{self.number()}{self.one(NOUNS)}{self.one(HOW)}{self.one(DO)}{self.one(WHAT)}"
