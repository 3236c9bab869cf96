"""List pages of each family: the entries, and the pager as its own program writes it."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from string import Template

from seeds.replica.families.world import PER_PAGE, FamilySite, Story
from seeds.replica.parts import text

_PAGE = Template("""<!DOCTYPE html>
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=$label" />
<title>$column-$publisher</title>
$metas
</head>
<body>
<div class="top"><a href="/">$publisher</a><ul class="nav"><li><a href="/">首页</a></li><li><a href="/xwzx/">新闻中心</a></li><li><a href="/zwgk/">信息公开</a></li><li><a href="/hdjl/">互动交流</a></li></ul></div>
<div class="left"><h3>栏目导航</h3><ul><li><a href="/tzgg/">通知公告</a></li><li><a href="/zcfg/">政策法规</a></li><li><a href="/zldt/">质量动态</a></li><li><a href="/bzhgz/">标准化工作</a></li></ul></div>
<div class="right">$main</div>
<div class="footer"><p>版权所有：$publisher 备案号：示ICP备00000000号</p></div>
</body>
</html>
""")


@dataclass(frozen=True)
class StaticList:
    """A list in pages of its own. ``address`` gives the path of a page from its number and the number of pages.

    ``row`` is one entry, ``frame`` what stands around the entries, ``pager`` what follows them.
    """

    column: str
    address: Callable[[int, int], str]
    row: str
    frame: str
    pager: Callable[[int, int], str]

    def find(self, path: str, pages: int) -> int | None:
        """The number of the page at ``path``; None when there is none."""
        return next((number for number in range(1, pages + 1) if self.address(number, pages) == path), None)


def numbered(first: str, other: str) -> Callable[[int, int], str]:
    """Addresses counted upwards; ``other`` has {page} or {page0}."""
    return lambda number, pages: first if number == 1 else other.format(page=number, page0=number - 1)


def _linked(first: str, other: str, before: str, after: str = "") -> Callable[[int, int], str]:
    address = numbered(first, other)

    def pager(number: int, pages: int) -> str:
        parts = [f'<a href="{address(1, pages)}">首页</a>']
        if number > 1:
            parts.append(f'<a href="{address(number - 1, pages)}">上一页</a>')
        parts += [
            f"<span>{place}</span>" if place == number else f'<a href="{address(place, pages)}">{place}</a>'
            for place in range(1, pages + 1)
        ]
        if number < pages:
            parts.append(f'<a href="{address(number + 1, pages)}">下一页</a>')
        return f"{before}{' '.join(parts)}{after}"

    return pager


def _founder_pager(number: int, pages: int) -> str:
    following = f'<a href="node_7_{number + 1}.htm">下一页</a>' if number < pages else "<span>下一页</span>"
    return (
        f'<div id="displaypagenum"><center>{following}</center></div>'
        f'<span id="mpagecount" style="display:none">{pages}</span><span id="mcurrentpage" style="display:none">{number}</span>'
    )


def _vsb_address(number: int, pages: int) -> str:
    return "/zldt.htm" if number == 1 else f"/zldt/{pages - number + 1}.htm"


def _vsb_pager(number: int, pages: int) -> str:
    # Addresses relative to the page itself, as the program writes them.
    folder = "zldt/" if number == 1 else ""
    shown = "".join(
        f'<span class="p_no_d">{place}</span>'
        if place == number
        else f'<span class="p_no"><a href="{"../zldt.htm" if place == 1 else f"{folder}{pages - place + 1}.htm"}">{place}</a></span>'
        for place in range(1, pages + 1)
    )
    following = (
        f'<span class="p_next p_fun"><a href="{folder}{pages - number}.htm">下页</a></span><span class="p_last p_fun"><a href="{folder}1.htm">尾页</a></span>'
        if number < pages
        else '<span class="p_next_d p_fun_d">下页</span>'
    )
    return f'<div class="p_pages"><span class="p_t">共{pages * PER_PAGE}条</span>{shown}{following}</div>'


_SPAN_ROW = '<li><a href="$path" title="$title" target="_blank">$cut</a><span>$day</span></li>'
_UL = '<div class="lm">$column</div><ul class="list">$rows</ul>$pager'

STATIC_LISTS: dict[str, tuple[StaticList, ...]] = {
    "founder": (
        StaticList(
            "要闻",
            numbered("/node_7.htm", "/node_7_{page}.htm"),
            '<li><a href="$relative">$title</a><span>$day</span></li>',
            '<ul class="news"><!--enpproperty nodeid=7 /enpproperty-->$rows</ul>$pager',
            _founder_pager,
        ),
    ),
    "trs": (
        StaticList(
            "质量动态",
            numbered("/zwgk/zldt/", "/zwgk/zldt/index_{page0}.shtml"),
            '<li><a href="$relative" title="$title">$cut</a><span class="date">$day</span></li>',
            '<ul class="xxgk_list">$rows</ul><div class="page">$pager</div>',
            lambda number, pages: (
                '<script type="text/javascript" src="/images/page.js"></script>'
                f'<script>createPageHTML({pages},{number - 1},"index","shtml","black2",{pages * PER_PAGE});</script>'
            ),
        ),
        StaticList(
            "要闻",
            numbered("/zwgk/zldt/yw_list.shtml", "/zwgk/zldt/yw_list_{page}.shtml"),
            _SPAN_ROW,
            '<ul class="yw">$rows</ul><div class="page">$pager</div>',
            lambda number, pages: (
                f"<script>createPageHTML('page_div',{pages},{number},'yw_list','shtml',{pages * PER_PAGE});</script>"
            ),
        ),
    ),
    "phpcms": (
        StaticList(
            "质量动态",
            numbered("/zldt/index.html", "/zldt/index_{page}.html"),
            '<li><span class="rt">$day 09:10:22</span>·<a href="$path" target="_blank">$title</a></li>',
            '<div class="col-left"><div class="crumbs"><a href="/">首页</a> &gt; <a href="/index.php?m=content&amp;c=index&amp;a=lists&amp;catid=12">$column</a></div>'
            '<ul class="list lh24 f14">$rows</ul>$pager</div>',
            _linked("/zldt/index.html", "/zldt/index_{page}.html", '<div id="pages" class="text-c">', "</div>"),
        ),
    ),
    "dede": (
        StaticList(
            "质量动态",
            numbered("/a/zhiliang/list_3_1.html", "/a/zhiliang/list_3_{page}.html"),
            '<li><b>[<a href="/a/zhiliang/">质量</a>]</b><a href="$path" class="title">$title</a>'
            '<span class="info"><small>日期：</small>$day 08:00:00<small>点击：</small>102<small>好评：</small>0</span><p class="intro">$cut...</p></li>',
            '<div class="listbox"><ul class="e2">$rows</ul></div><div class="dede_pages">$pager</div>',
            _linked(
                "/a/zhiliang/list_3_1.html", "/a/zhiliang/list_3_{page}.html", '<ul class="pagelist"><li>', "</li></ul>"
            ),
        ),
    ),
    "empire": (
        StaticList(
            "质量资讯",
            numbered("/zhiliang/", "/zhiliang/index_{page}.html"),
            '<li><a href="$path" title="$title">$cut</a> <span>$loose</span></li>',
            '<ul class="box">$rows</ul><div class="epages">$pager</div><script src="/e/extend/hits.js"></script>',
            _linked("/zhiliang/", "/zhiliang/index_{page}.html", "<b>1</b>&nbsp;"),
        ),
    ),
    "jeecms": (
        StaticList(
            "质量动态",
            numbered("/zldt/index.jhtml", "/zldt/index_{page}.jhtml"),
            '<li><span class="fr">$day</span><a href="$path" title="$title">$cut</a></li>',
            '<ul class="list-ul">$rows</ul>$pager',
            lambda number, pages: (
                f'<div class="pagination">共 {pages * PER_PAGE} 条记录 {number}/{pages} 页 '
                f"""<a onclick="location.href=encodeURI('index.jhtml');">首页</a>"""
                + (f'<a href="index_{number + 1}.jhtml">下一页</a>' if number < pages else "<span>下一页</span>")
                + "</div>"
            ),
        ),
    ),
    "nfcms": (
        # The pager is drawn by a script of the site's own; no address and no number stands in the page.
        StaticList(
            "质量动态",
            numbered("/zwdt/zldt/index.html", "/zwdt/zldt/index_{page}.html"),
            _SPAN_ROW,
            _UL,
            lambda number, pages: '<div id="fenye"></div><script src="/images/fenye.js"></script>',
        ),
    ),
    "vsb": (
        StaticList(
            "质量动态",
            _vsb_address,
            '<li id="line_u7_0"><a href="$upwards" title="$title">$cut</a><span>$day</span></li>',
            '<div class="list"><ul>$rows</ul></div>$pager',
            _vsb_pager,
        ),
    ),
    "govcn": (
        StaticList(
            "要闻",
            numbered("/yaowen/liebiao/home.htm", "/yaowen/liebiao/home_{page0}.htm"),
            '<li><h4><a href="$path" target="_blank">$title</a><span class="date">$day</span></h4></li>',
            '<div class="list list_1 list_2"><ul>$rows</ul></div>$pager',
            lambda number, pages: '<div class="newspage" id="newspage"></div><script src="/images/pager.js"></script>',
        ),
    ),
}
"""Families whose lists stand in the pages themselves."""

FIRST_PAGE_NAMES = {"/zwgk/zldt/index.shtml": "/zwgk/zldt/", "/zhiliang/index.html": "/zhiliang/"}
"""Other names of a list's first page."""


def list_page(site: FamilySite, entry: StaticList, number: int, stories: list[Story]) -> str:
    """Page ``number`` of a list; ``stories`` are all of its articles."""
    pages = page_count(stories)
    own = entry.address(number, pages)
    rows = "\n".join(list_row(entry.row, story, own) for story in on_page(stories, number))
    main = Template(entry.frame).substitute(column=entry.column, rows=rows, pager=entry.pager(number, pages))
    return shell(site, entry.column, main)


def shell(site: FamilySite, column: str, main: str) -> str:
    """A column's page around ``main``."""
    metas = f'<meta name="SiteName" content="{site.publisher}" />\n<meta name="ColumnName" content="{column}" />'
    return _PAGE.substitute(label=site.label, column=column, publisher=site.publisher, metas=metas, main=main)


def list_row(row: str, story: Story, own: str = "/") -> str:
    """One entry; ``own`` is the path of the page it stands on."""
    depth = own.count("/") - 1
    folder = own.rpartition("/")[0] + "/"
    relative = story.path.removeprefix(folder) if story.path.startswith(folder) else story.path
    when = story.published
    return Template(row).substitute(
        path=story.path,
        relative=f"./{relative}" if not relative.startswith("/") else relative,
        upwards="../" * depth + story.path.lstrip("/"),
        title=text(story.title),
        cut=text(story.title if len(story.title) < 20 else story.title[:18] + "..."),
        day=f"{when:%Y-%m-%d}",
        loose=f"{when.year}-{when.month}-{when.day}",
    )


def page_count(stories: list[Story]) -> int:
    """How many pages a list has."""
    return -(-len(stories) // PER_PAGE)


def on_page(stories: list[Story], number: int) -> list[Story]:
    """The articles of one page."""
    return stories[(number - 1) * PER_PAGE : number * PER_PAGE]
