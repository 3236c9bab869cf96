"""List pages as Chinese sites make them, each read without a layout: exact links, headlines, days and next page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from crawler.reading.lists import PageRequest, extract_list

SITE = "http://www.linjiang-amr.example.cn"
TITLES = (
    "临江市召开质量强市建设推进会部署全年任务",
    "首席质量官制度在全市规模以上企业全面推开",
    "市市场监管局公布第四季度产品质量监督抽查结果",
    "2025年度市长质量奖评审工作正式启动",
    "“计量惠民生”进社区活动走进老城街道",
    "我市新增三项地方标准填补行业空白",
    "关于征集质量提升典型案例的通知",
    "检验检测机构能力验证结果通报",
    "特种设备安全监察专项行动持续推进",
)
DAYS = tuple(date(2026, 1, day) for day in (16, 15, 14, 13, 12, 9, 8, 7, 6))
NAV = "".join(
    f'<li><a href="/{path}/">{name}</a></li>'
    for path, name in (
        ("", "首页"),
        ("zwgk", "政务公开"),
        ("xw", "新闻动态"),
        ("bsfw", "办事服务"),
        ("hdjl", "互动交流"),
    )
)
FOOT = (
    '<div class="foot"><p>主办单位：临江市市场监督管理局 网站标识码 3212000047</p>'
    '<a href="http://www.gov.cn/">中国政府网</a> <a href="http://www.samr.gov.cn/">国家市场监督管理总局门户网站</a></div>'
)


@dataclass(frozen=True)
class Entry:
    number: int
    title: str
    day: date

    @property
    def cut(self) -> str:
        return self.title[:9] + "..."


ENTRIES = tuple(Entry(9000 - place, title, day) for place, (title, day) in enumerate(zip(TITLES, DAYS, strict=True)))


def rows(template: Callable[[Entry], str], entries: Sequence[Entry] = ENTRIES) -> str:
    return "".join(template(entry) for entry in entries)


def side(path: Callable[[int], str], heading: str = "热点排行", count: int = 10) -> str:
    items = "".join(f'<li><a href="{path(400 + n)}">旁栏里第{n + 1}条多人阅读的旧闻标题</a></li>' for n in range(count))
    return f'<div class="box_r"><h3>{heading}</h3><ul>{items}</ul></div>'


def shell(main: str, beside: str = "", head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>质量工作-临江市市场监督管理局</title>{head}</head><body>'
        f'<div class="top"><ul>{NAV}</ul></div><div class="dqwz">当前位置：<a href="/">首页</a>&gt;<a href="/xw/">新闻动态</a>'
        f'&gt;<a href="/xw/zlgz/">质量工作</a></div><div class="w1000">{main}{beside}</div>{FOOT}</body></html>'
    )


@dataclass(frozen=True)
class Template:
    """``address`` gives an entry's address on the site; ``days`` what the list prints, None for no days."""

    name: str
    html: str
    address: Callable[[Entry], str]
    following: str | None = None
    url: str = f"{SITE}/xw/zlgz/index.html"
    entries: Sequence[Entry] = ENTRIES
    dated: bool = True
    charset: str = "utf-8"
    titles: Callable[[Entry], str] = lambda entry: entry.title


def trs(entry: Entry) -> str:
    return f"/xw/zlgz/{entry.day:%Y%m}/t{entry.day:%Y%m%d}_{entry.number}.html"


def art(entry: Entry) -> str:
    return f"/art/{entry.day.year}/{entry.day.month}/{entry.day.day}/art_1201_{entry.number}.html"


def info(entry: Entry) -> str:
    return f"/info/1043/{entry.number}.htm"


def plain(entry: Entry) -> str:
    return f"/xw/zlgz/{entry.number}.html"


def old_asp(entry: Entry) -> str:
    return f"/shownews.asp?id={entry.number}"


def founder(entry: Entry) -> str:
    return f"/content/{entry.day:%Y-%m}/{entry.day:%d}/content_{entry.number}.htm"


def side_plain(number: int) -> str:
    return f"/xw/zhxw/{number}.html"


def five(pager: str = "") -> str:
    groups = [ENTRIES[:5], ENTRIES[5:8], ENTRIES[8:]]
    lists = "".join(
        "<ul>"
        + rows(lambda e: f'<li><em>{e.day:%Y/%m/%d}</em><a href="{art(e)}" target="_blank">{e.title}</a></li>', group)
        + "</ul>"
        for group in groups
    )
    return f'<div class="list_con">{lists}{pager}</div>'


def headed() -> str:
    days = sorted({entry.day for entry in ENTRIES}, reverse=True)
    return "".join(
        f"<h3>{day:%Y-%m-%d}</h3><ul>"
        + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a></li>', [e for e in ENTRIES if e.day == day])
        + "</ul>"
        for day in days
    )


def block(name: str, path: str, entries: Sequence[Entry]) -> str:
    items = rows(lambda e: f'<li><a href="{trs(e)}">{e.title}</a><span>{e.day:%m-%d}</span></li>', entries)
    return (
        f'<div class="mod"><div class="hd"><h2>{name}</h2><a href="/{path}/">更多&gt;&gt;</a></div>'
        f"<ul>{items}</ul></div>"
    )


TEMPLATES = [
    Template(
        "TRS list, zero-based pages, cut headlines",
        shell(
            '<div class="list"><ul>'
            + rows(
                lambda e: (
                    f'<li><a href="./{e.day:%Y%m}/t{e.day:%Y%m%d}_{e.number}.html" title="{e.title}">{e.cut}</a>'
                    f"<span>{e.day}</span></li>"
                )
            )
            + '</ul><div class="page"><script>createPageHTML(24,0,"index","html");</script></div></div>',
            side(side_plain),
        ),
        trs,
        "/xw/zlgz/index_1.html",
    ),
    Template(
        "TRS list, one-based pages on a list file",
        shell(
            '<div id="list_box"><ul class="news">'
            + rows(lambda e: f'<li><b>{e.day}</b> <a href="{trs(e)}">{e.title}</a></li>')
            + "</ul></div><script>createPageHTML('page_div',11,1,'zlgz_list','shtml',213);</script>"
        ),
        trs,
        "/xw/zlgz/zlgz_list_2.shtml",
        url=f"{SITE}/xw/zlgz/zlgz_list.shtml",
    ),
    Template("hanweb list in groups of five", shell(five(), side(side_plain)), art),
    Template(
        "VSB list with pages counted downwards",
        shell(
            '<ul class="winstyle">'
            + rows(
                lambda e: (
                    f'<li id="line_u9_{e.number}"><a href="../info/1043/{e.number}.htm" title="{e.title}">{e.cut}</a>'
                    f'<span class="timestyle">[{e.day}]</span></li>'
                )
            )
            + '</ul><div class="pb_sys_common"><span class="p_t">共88条</span><span class="p_pages">'
            '<span class="p_no"><a href="zlgz/10.htm">2</a></span><span class="p_next p_fun"><a href="zlgz/10.htm">下页</a></span>'
            '<span class="p_last p_fun"><a href="zlgz/1.htm">尾页</a></span></span></div>'
        ),
        info,
        "/xw/zlgz/10.htm",
        url=f"{SITE}/xw/zlgz.htm",
    ),
    Template(
        "VSB list in a table",
        shell(
            '<table class="winstyle77" width="100%">'
            + rows(
                lambda e: (
                    f'<tr id="lineu12_{e.number}" height="20"><td width="2%"><span class="leaderfont">·</span></td>'
                    f'<td><a class="c77" href="{info(e)}">{e.title}</a></td><td width="1%" nowrap>'
                    f'<span class="timestyle77">{e.day:%Y/%m/%d}&nbsp;</span></td></tr>'
                    '<tr><td colspan="3" height="1"></td></tr>'
                )
            )
            + "</table>"
        ),
        info,
    ),
    Template(
        "PHPCMS list with date before the link",
        shell(
            '<div class="col-left"><ul class="list lh24 f14">'
            + rows(
                lambda e: f'<li><span class="rt">{e.day} 09:30:00</span>·<a href="{SITE}{plain(e)}">{e.title}</a></li>'
            )
            + '</ul><div id="pages" class="text-c"><a class="a1">88条</a> <a href="index.html" class="a1">上一页</a> '
            '<span>1</span> <a href="2.html">2</a> <a href="3.html">3</a> <a href="2.html" class="a1">下一页</a></div></div>',
            side(side_plain, "一周热门"),
        ),
        plain,
        "/xw/zlgz/2.html",
    ),
    Template(
        "DedeCMS list with summary and labels",
        shell(
            '<div class="listbox"><ul class="e2">'
            + rows(
                lambda e: (
                    f'<li>[<b><a href="/a/zlgz/">质量工作</a></b>]<a href="/a/zlgz/{e.number}.html" class="title">{e.title}</a>'
                    f'<span class="info"><small>日期：</small>{e.day} <small>点击：</small>31 <small>好评：</small>0</span>'
                    f'<p class="intro">2025年12月1日，市里召开会议，听取第{e.number}项工作汇报，要求确保实效。</p></li>'
                )
            )
            + '</ul></div><div class="dede_pages"><ul class="pagelist"><li class="thisclass">1</li>'
            "<li><a href='list_7_2.html'>2</a></li><li><a href='list_7_2.html'>下一页</a></li>"
            '<li><span class="pageinfo">共 <strong>4</strong>页<strong>36</strong>条</span></li></ul></div>'
        ),
        lambda e: f"/a/zlgz/{e.number}.html",
        "/xw/zlgz/list_7_2.html",
    ),
    Template(
        "EmpireCMS list",
        shell(
            '<table width="100%" class="box"><tr><td><ul>'
            + rows(lambda e: f'<li><a href="{plain(e)}" title="{e.title}">{e.title}</a> <span>{e.day}</span></li>')
            + '</ul><div class="epages"><a title="总数">&nbsp;<b>60</b> </a>&nbsp;<b>1</b>&nbsp;<a href="/xw/zlgz/index_2.html">2'
            '</a>&nbsp;<a href="/xw/zlgz/index_2.html">下一页</a></div></td></tr></table>'
        ),
        plain,
        "/xw/zlgz/index_2.html",
    ),
    Template(
        "JEECMS list with a button for the next page",
        shell(
            '<div class="sub-list">'
            + rows(lambda e: f'<p><i>{e.day}</i><a href="/zlgz/{e.number}.jhtml">{e.title}</a></p>')
            + '</div><div class="pagesite">共 120 条记录 1/8 页 <input type="button" value="下一页" '
            "onclick=\"location.href='index_2.jhtml';\"></div>"
        ),
        lambda e: f"/zlgz/{e.number}.jhtml",
        "/xw/zlgz/index_2.jhtml",
        url=f"{SITE}/xw/zlgz/index.jhtml",
    ),
    Template(
        "Ls list with a pager drawn by its call",
        shell(
            '<ul class="doc_list list-21">'
            + rows(
                lambda e: (
                    f'<li><a href="{SITE}/xw/zlgz/2152{e.number}.html" target="_blank">{e.title}</a>'
                    f'<span class="right date">{e.day}</span></li>'
                )
            )
            + '</ul><div id="page_21"></div><script>Ls.pagination("#page_21",function(p,d){return "?pageIndex="+p;},'
            "{pageCount:36,pageIndex:1,linkNum:5});</script>"
        ),
        lambda e: f"/xw/zlgz/2152{e.number}.html",
        "/content/column/6795?pageIndex=2",
        url=f"{SITE}/content/column/6795",
    ),
    Template(
        "NFCMS list with full addresses",
        shell(
            '<div class="NewsList"><ul>'
            + rows(
                lambda e: (
                    f'<li><a href="{SITE}/zlgz/content/post_{e.number}.html">{e.title}</a>'
                    f'<span class="time">{e.day}</span></li>'
                )
            )
            + '</ul><div class="pages"><a class="next" href="index_2.html">下一页</a></div></div>'
        ),
        lambda e: f"/zlgz/content/post_{e.number}.html",
        "/xw/zlgz/index_2.html",
    ),
    Template(
        "state council list with h4",
        shell(
            '<div class="news_box"><div class="list list_1 list_2"><ul>'
            + rows(
                lambda e: (
                    f'<li><h4><a href="./{e.day:%Y%m}/content_{e.number}.htm">{e.title}</a>'
                    f'<span class="date">{e.day}</span></h4></li>'
                    + ('<li class="line"></li>' if e.number % 5 == 0 else "")
                )
            )
            + "</ul></div></div>"
        ),
        lambda e: f"/xw/zlgz/{e.day:%Y%m}/content_{e.number}.htm",
    ),
    Template(
        "Founder list with its number of pages",
        shell(
            '<div id="displaypagenum"></div><span id="mpagecount" style="display:none">3</span><ul class="founder-list">'
            + rows(lambda e: f'<li><a href="{founder(e)}">{e.title}</a><span>{e.day} 10:21</span></li>')
            + "</ul>"
        ),
        founder,
        "/node_1204_2.htm",
        url=f"{SITE}/node_1204.htm",
    ),
    Template(
        "2005 portal: tables in tables, bracketed days, menu of headlines at the left",
        "<html><head><title>质量工作</title></head><body><table width=980><tr><td width=220 valign=top><table width=200>"
        + "".join(
            f'<tr><td><a href="/shownews.asp?id={n}">左边旧闻第{n}条标题文字</a></td></tr>' for n in range(200, 212)
        )
        + "</table></td><td valign=top><table width=740>"
        + rows(
            lambda e: (
                f'<tr><td width=20><img src="dot.gif"></td><td><a href="shownews.asp?id={e.number}" target=_blank>'
                f"{e.title}</a></td><td width=90 align=right>[{e.day.year}-{e.day.month}-{e.day.day}]</td></tr>"
            )
        )
        + '</table><p align=center>页次：1/12页 <a href="list.asp?page=2">下一页</a> <a href="list.asp?page=12">尾页</a></p>'
        "</td></tr></table></body></html>",
        old_asp,
        "/list.asp?page=2",
        url=f"{SITE}/list.asp",
    ),
    Template(
        "a table for each line",
        shell(
            '<table width="100%"><tr><td>'
            + rows(
                lambda e: (
                    '<table width="96%" border="0"><tr><td width="4%">□</td>'
                    f'<td width="80%"><a href="{old_asp(e)}"><font color="#333333">{e.title}</font></a></td>'
                    f'<td width="16%">{e.day}</td></tr></table>'
                )
            )
            + "</td></tr></table>"
        ),
        old_asp,
    ),
    Template(
        "two entries a row, each with its day in the next cell",
        shell(
            "<table>"
            + "".join(
                "<tr>"
                + rows(lambda e: f'<td><a href="{plain(e)}">{e.title}</a></td><td>{e.day}</td>', ENTRIES[n : n + 2])
                + "</tr>"
                for n in range(0, 8, 2)
            )
            + "</table>"
        ),
        plain,
        entries=ENTRIES[:8],
    ),
    Template(
        "lines between br, day behind the link",
        shell('<div class="con">' + rows(lambda e: f'·<a href="{plain(e)}">{e.title}</a>（{e.day}）<br>') + "</div>"),
        plain,
    ),
    Template(
        "lines between br, day before the link",
        shell(
            '<div class="con"><p>'
            + rows(lambda e: f'{e.day:%Y.%m.%d} <a href="{plain(e)}">{e.title}</a><br/>')
            + "</p></div>"
        ),
        plain,
    ),
    Template(
        "terms with days behind them",
        shell(
            "<dl>"
            + rows(
                lambda e: (
                    f'<dt><a href="/show-12-{e.number}-1.html">{e.title}</a></dt><dd>发布时间：{e.day} 浏览：12</dd>'
                )
            )
            + "</dl>",
            side(side_plain),
        ),
        lambda e: f"/show-12-{e.number}-1.html",
    ),
    Template(
        "terms that are the days",
        shell("<dl>" + rows(lambda e: f'<dt>{e.day}</dt><dd><a href="{plain(e)}">{e.title}</a></dd>') + "</dl>"),
        plain,
    ),
    Template("a day above several entries", shell(f'<div class="daily">{headed()}</div>', side(side_plain)), plain),
    Template(
        "cards with picture, headline, summary and 查看详情",
        shell(
            '<div class="left_list">'
            + rows(
                lambda e: (
                    f'<div class="item"><a href="{plain(e)}"><img src="/u/{e.number}.jpg"></a><div class="txt">'
                    f'<h3><a href="{plain(e)}">{e.title}</a></h3><p>2025年11月3日，有关部门就第{e.number}号事项作出安排，'
                    f'会议强调要抓好落实。</p><div class="meta"><span>临江日报</span><span>{e.day} 08:00</span>'
                    f'<a href="{plain(e)}">查看详情&gt;&gt;</a></div></div></div>'
                )
            )
            + '<div class="pager"><a href="?page=2">2</a><a href="?page=3">3</a><a href="?page=2">&gt;</a></div></div>',
            side(side_plain, "推荐阅读"),
        ),
        plain,
        "/xw/zlgz/index.html?page=2",
    ),
    Template(
        "the whole card is the link, the day in two boxes",
        shell(
            '<ul class="n_list">'
            + rows(
                lambda e: (
                    f'<li><a href="{info(e)}"><div class="sj"><b>{e.day:%d}</b><i>{e.day:%Y-%m}</i></div>'
                    f'<div class="wz"><h4>{e.title}</h4><p>内容提要：这里说明第{e.number}号消息的要点。</p></div></a></li>'
                )
            )
            + "</ul>",
            side(side_plain),
        ),
        info,
    ),
    Template(
        "an empty link over each card",
        shell(
            '<div class="cards">'
            + rows(
                lambda e: (
                    f'<div class="card"><a class="cover" href="{plain(e)}"></a><p class="tit">{e.title}</p>'
                    f"<p>{e.day.year}年{e.day.month}月{e.day.day}日</p></div>"
                )
            )
            + "</div>"
        ),
        plain,
    ),
    Template(
        "headline beside a link that says 详细",
        shell(
            '<table class="tb">'
            + rows(lambda e: f'<tr><td>{e.title}</td><td>{e.day}</td><td><a href="{plain(e)}">[详细]</a></td></tr>')
            + "</table>"
        ),
        plain,
    ),
    Template(
        "year in one box, month and day in the other",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li><p class="rq"><em>{e.day:%m-%d}</em><span>{e.day.year}</span></p>'
                    f'<a href="{plain(e)}">{e.title}</a></li>'
                )
            )
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "month and day, the year from the address",
        shell(
            "<ul>" + rows(lambda e: f'<li><a href="{trs(e)}">{e.title}</a><span>{e.day:%m-%d}</span></li>') + "</ul>"
        ),
        trs,
    ),
    Template(
        "month and day, the year from both neighbours",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li><a href="{plain(e)}">{e.title}</a><span>'
                    + (f"{e.day}" if e.number in (9000, 8992) else f"{e.day:%m-%d}")
                    + "</span></li>"
                )
            )
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "month and day without any year",
        shell("<ul>" + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a><i>{e.day:%m-%d}</i></li>') + "</ul>"),
        plain,
        dated=False,
    ),
    Template(
        "days in words of the calendar, column before the headline, red headlines",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li>[<a href="/xw/">新闻动态栏目首页</a>]<a href="{plain(e)}"><font color="red"><b>{e.title}</b></font></a>'
                    f"<i>[{e.day.year}年{e.day.month}月{e.day.day}日]</i></li>"
                )
            )
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "the day inside the link",
        shell(
            '<div class="gl"><ul>'
            + rows(lambda e: f'<li><a href="{plain(e)}"><span>{e.day}</span>{e.title}</a></li>')
            + "</ul></div>",
            side(side_plain, "最新图片"),
        ),
        plain,
    ),
    Template(
        "list in a comment, drawn by a script",
        shell(
            '<div class="list" id="con"></div><!--<ul>'
            + rows(
                lambda e: f'<li><a href="/c104/{e.day.year}/a{e.number}.shtml">{e.title}</a><span>{e.day}</span></li>'
            )
            + "</ul>--><script>showList('con');</script>",
            side(side_plain),
        ),
        lambda e: f"/c104/{e.day.year}/a{e.number}.shtml",
    ),
    Template(
        "list as an array in a script",
        shell(
            '<div id="app"></div><script>var pageData = {"code":0,"rows":['
            + ",".join(
                f'{{"docTitle":"{e.title}","docPubUrl":"{plain(e)}","docPubTime":"{e.day} 09:00:00","id":{e.number}}}'
                for e in ENTRIES
            )
            + "]};render(pageData);</script>"
        ),
        plain,
    ),
    Template(
        "list in a text area",
        shell(
            '<textarea class="lazy"><ul>'
            + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>')
            + "</ul></textarea>",
            side(side_plain),
        ),
        plain,
    ),
    Template(
        "list in a template element",
        shell(
            '<div id="here"></div><template><ul>'
            + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>')
            + "</ul></template>"
        ),
        plain,
    ),
    Template(
        "lines that are clicked by script",
        shell(
            '<ul class="clicks">'
            + rows(lambda e: f"<li onclick=\"window.open('{plain(e)}')\"><p>{e.title}</p><span>{e.day}</span></li>")
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "addresses in data attributes and scripts of links",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li><a href="javascript:;" data-href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>'
                    if e.number % 2
                    else f"<li><a href=\"javascript:location.href='{plain(e)}'\">{e.title}</a><span>{e.day}</span></li>"
                )
            )
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "base address in the head",
        shell(
            "<ul>" + rows(lambda e: f'<li><a href="{e.number}.html">{e.title}</a><span>{e.day}</span></li>') + "</ul>",
            head='<base href="/gsgg/2026/">',
        ),
        lambda e: f"/gsgg/2026/{e.number}.html",
    ),
    Template(
        "home page with four columns of one kind",
        shell(
            block("工作动态", "gzdt", ENTRIES[:3])
            + block("通知公告", "tzgg", ENTRIES[3:6])
            + block("政策解读", "zcjd", ENTRIES[6:])
        ),
        trs,
        url=f"{SITE}/",
    ),
    Template(
        "news channel without days beside three side lists",
        shell(
            '<div class="main_l"><ul class="newslist">'
            + rows(lambda e: f'<li><a href="{plain(e)}" target="_blank">{e.title}</a></li>')
            + '</ul><div class="fy"><a href="index_2.html">下一页</a></div></div>',
            side(side_plain) + side(lambda n: f"/xw/sp/{n}.html", "视频") + side(lambda n: f"/zt/{n}.html", "专题"),
        ),
        plain,
        "/xw/zlgz/index_2.html",
        dated=False,
    ),
    Template(
        "a new column with one entry",
        shell(
            '<div class="list"><ul>'
            + rows(lambda e: f'<li><a href="{trs(e)}">{e.title}</a><span>{e.day}</span></li>', ENTRIES[:1])
            + "</ul></div>",
            side(side_plain),
        ),
        trs,
        entries=ENTRIES[:1],
    ),
    Template(
        "pinned entries of another make above the list",
        shell(
            '<div class="list">'
            + rows(
                lambda e: (
                    f'<div class="top_news"><h2><a href="{plain(e)}">{e.title}</a></h2><p>{e.day} 这里是头条的提要文字。</p></div>'
                ),
                ENTRIES[:2],
            )
            + "<ul>"
            + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>', ENTRIES[2:])
            + "</ul></div>",
            side(side_plain),
        ),
        plain,
    ),
    Template(
        "picture list with headlines below the pictures",
        shell(
            '<ul class="piclist">'
            + rows(
                lambda e: (
                    f'<li><a href="{plain(e)}" title="{e.title}"><img src="/p/{e.number}.jpg" alt=""></a>'
                    f'<p><a href="{plain(e)}">{e.cut}</a></p></li>'
                )
            )
            + '</ul><div class="pages"><select onchange="location=this.value"><option value="index.html" selected>1</option>'
            '<option value="index_2.html">2</option><option value="index_3.html">3</option></select></div>'
        ),
        plain,
        "/xw/zlgz/index_2.html",
        dated=False,
    ),
    Template(
        "articles of a blog program",
        shell(
            '<main class="site-main">'
            + rows(
                lambda e: (
                    f'<article class="post post-{e.number}"><header><h2 class="entry-title"><a href="/archives/{e.number}" '
                    f'rel="bookmark">{e.title}</a></h2></header><div class="entry-meta"><time datetime="{e.day}T08:00:00+08:00">'
                    f'3 天前</time></div><div><p>提要。</p><a class="more" href="/archives/{e.number}">阅读全文</a></div></article>'
                )
            )
            + '<nav class="navigation"><a class="next page-numbers" href="/page/2">下一页 »</a></nav></main>'
        ),
        lambda e: f"/archives/{e.number}",
        "/page/2",
    ),
    Template(
        "documents with numbers and issuing offices in cells",
        shell(
            '<table class="doclist"><tr><th>序号</th><th>标题</th><th>发文字号</th><th>发布日期</th></tr>'
            + rows(
                lambda e: (
                    f'<tr><td>{9001 - e.number}</td><td><a href="{trs(e)}" title="标题：{e.title}&#10;发布日期：{e.day}">'
                    f"{e.cut}</a></td><td>临市监发〔2025〕{e.number - 8900}号</td><td>{e.day}</td></tr>"
                )
            )
            + "</table>"
        ),
        trs,
    ),
    Template(
        "gb2312 page with cut headlines in inner elements",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li><a href="{plain(e)}"><span title="{e.title}">{e.cut}</span></a><font>{e.day}</font></li>'
                )
            )
            + "</ul>"
        ).replace("utf-8", "gb2312"),
        plain,
        charset="gb18030",
    ),
    Template(
        "list of another make every fifth line, hidden links between",
        shell(
            "<ul>"
            + rows(
                lambda e: (
                    f'<li class="{"odd" if e.number % 2 else "even last"}"><a href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>'
                    + ('<li style="display:none"><a href="http://bet.example/1.html">不该被看到的链接文字</a></li>')
                )
            )
            + "</ul>"
        ),
        plain,
    ),
    Template(
        "pager that a kkpager call draws",
        shell(
            "<ul>"
            + rows(lambda e: f'<li><a href="{plain(e)}">{e.title}</a><span>{e.day}</span></li>')
            + '</ul><div id="kkpager"></div><script>kkpager.generPageHtml({pno:1,total:20,totalRecords:390,hrefFormer:"index",'
            "hrefLatter:'.html',getLink:function(n){return this.hrefFormer+'_'+n+this.hrefLatter;}});</script>"
        ),
        plain,
        "/xw/zlgz/index_2.html",
    ),
    Template(
        "days that name the weekday and the hour",
        shell(
            '<div class="lb">'
            + rows(
                lambda e: (
                    f'<div class="row"><div class="t"><a href="{plain(e)}">{e.title}</a></div><div class="f">'
                    f"来源：临江发布　　发布日期：{e.day:%Y/%m/%d} 星期五 14:05　　阅读：88</div></div>"
                )
            )
            + "</div>"
        ),
        plain,
    ),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_list_is_read_whole_and_nothing_else(template: Template) -> None:
    content = template.html.encode(template.charset)

    reading = extract_list(content, template.url, None)

    assert [(link.url.removeprefix(SITE), link.title, link.listed_on) for link in reading.links] == [
        (template.address(entry), template.titles(entry), entry.day if template.dated else None)
        for entry in template.entries
    ]
    following = PageRequest(SITE + template.following) if template.following else None
    assert reading.next_page == following
