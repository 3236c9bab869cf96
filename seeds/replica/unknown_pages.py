"""The templates of the unknown sites: own words, own names, two looks each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from seeds.replica.unknown import UnknownArticle

Answer = tuple[str, str]
"""Content type and text."""


class Template:
    """One site: where its articles lie and what its pages look like."""

    charset: ClassVar[str] = "utf-8"

    def path_of(self, one: UnknownArticle, epoch: int) -> str:
        """The path of an article."""
        raise NotImplementedError

    def answer(self, target: str, known: Sequence[UnknownArticle], size: int, epoch: int) -> Answer | None:
        """The page at a path; None when there is none."""
        raise NotImplementedError

    def by_path(self, target: str, known: Sequence[UnknownArticle], epoch: int) -> UnknownArticle | None:
        """The article at a path."""
        return next((one for one in known if self.path_of(one, epoch) == target), None)


class Portal(Template):
    """临溪质量在线: boxes with telling names; a home page, two columns, a side list of headlines."""

    def path_of(self, one: UnknownArticle, epoch: int) -> str:
        if epoch > 1:
            return f"/detail/{one.number}"
        return f"/zlyw/{one.published_at:%Y/%m%d}/{one.number}.html"

    def answer(self, target: str, known: Sequence[UnknownArticle], size: int, epoch: int) -> Answer | None:
        if target in ("/", "/index.html"):
            return self._page("临溪质量在线", self._home(known, epoch), epoch)
        if paged := re.fullmatch(r"/zlyw/(?:index(?:_(\d+))?\.html)?", target):
            return self._list(known, int(paged[1] or 1), size, epoch)
        if target == "/about/":
            return self._page(
                "关于我们_临溪质量在线", "<div class='about'><p>临溪质量在线由临溪市质量协会主办。</p></div>", epoch
            )
        one = self.by_path(target, known, epoch)
        if one is None:
            return None
        shown = self._article_1(one, known) if epoch == 1 else self._article_2(one, known)
        return self._page(f"{one.title}_质量要闻_临溪质量在线", shown, epoch)

    def _home(self, known: Sequence[UnknownArticle], epoch: int) -> str:
        slides = "".join(f'<li><a href="{self.path_of(one, epoch)}"><img src="/p.jpg"></a></li>' for one in known[:3])
        heads = "".join(f'<li><a href="{self.path_of(one, epoch)}">{escape(one.title)}</a></li>' for one in known[:5])
        return (
            f'<div class="slides"><ul>{slides}</ul></div><div class="box"><h3>质量要闻 <a href="/zlyw/">更多</a></h3>'
            f'<ul>{heads}</ul></div><div class="box"><h3>关于本站</h3><a href="/about/">关于我们</a></div>'
        )

    def _list(self, known: Sequence[UnknownArticle], number: int, size: int, epoch: int) -> Answer | None:
        shown = known[(number - 1) * size : number * size]
        if not shown:
            return None
        if epoch == 1:
            rows = "".join(
                f'<li><a href="{self.path_of(one, 1)}" title="{escape(one.title)}" target="_blank">'
                f'{escape(_cut(one.title))}</a><span class="date">{one.published_at:%Y-%m-%d}</span></li>'
                for one in shown
            )
            pager = self._pager(number, size, known)
            body = f'<div class="list-wrap"><h2>质量要闻</h2><ul class="news-list">{rows}</ul>{pager}</div>'
        else:
            shown = [*shown[2:], *shown[:2]]  # what is pinned now stands below
            rows = "".join(
                f'<section class="card"><h3 class="card__head"><a href="{self.path_of(one, 2)}">{escape(one.title)}</a>'
                f'</h3><p class="card__lead">{escape(one.paragraphs[0][:40])}…</p>'
                f"<time>{one.published_at:%Y/%m/%d}</time></section>"
                for one in shown
            )
            body = f'<main id="stream"><h1>质量要闻</h1>{rows}{self._pager(number, size, known)}</main>'
        return self._page("质量要闻_临溪质量在线", body, epoch)

    def _pager(self, number: int, size: int, known: Sequence[UnknownArticle]) -> str:
        last = -(-len(known) // size)
        links = [f'<a href="/zlyw/index{"" if n == 1 else f"_{n}"}.html">{n}</a>' for n in range(1, last + 1)]
        if number < last:
            links.append(f'<a href="/zlyw/index_{number + 1}.html">下一页</a>')
        return f'<div class="pages">{"".join(links)}</div>'

    def _article_1(self, one: UnknownArticle, known: Sequence[UnknownArticle]) -> str:
        text = "".join(f"<p>　　{escape(paragraph)}</p>" for paragraph in one.paragraphs)
        return (
            f'<div class="crumbs">您当前的位置：<a href="/">首页</a> &gt; <a href="/zlyw/">质量要闻</a> &gt; 正文</div>'
            f'<div class="detail"><h1 class="detail-title">{escape(one.title)}</h1><div class="detail-info">'
            f"<span>发布时间：{one.published_at:%Y-%m-%d %H:%M}</span><span>来源：{one.source}</span>"
            f"<span>责任编辑：{one.editor}</span></div>"
            f'<div class="detail-body">{text}</div><div class="share">分享到：微信 微博</div></div>'
            f"{self._side(known, 1)}"
        )

    def _article_2(self, one: UnknownArticle, known: Sequence[UnknownArticle]) -> str:
        text = "".join(f"<div class='para'>{escape(paragraph)}</div>" for paragraph in one.paragraphs)
        return (
            '<nav class="path">当前位置：<a href="/">首页</a> / <a href="/zlyw/">质量要闻</a></nav>'
            f'{self._side(known, 2)}<article class="post"><header><p class="post__meta">'
            f"{one.published_at:%Y年%m月%d日 %H:%M} | 来源：{one.source} | "
            f'责任编辑：{one.editor}</p><h2 class="post__title">{escape(one.title)}</h2></header>'
            f'<div class="post__text">{text}</div><div class="post__tags">标签：质量 标准</div></article>'
        )

    def _side(self, known: Sequence[UnknownArticle], epoch: int) -> str:
        rows = "".join(f'<li><a href="{self.path_of(one, epoch)}">{escape(one.title)}</a></li>' for one in known[5:13])
        return f'<div class="side"><h4>热点排行</h4><ol>{rows}</ol></div>'

    @staticmethod
    def _page(title: str, body: str, epoch: int) -> Answer:
        menu = '<a href="/">首页</a><a href="/zlyw/">质量要闻</a><a href="/about/">关于我们</a>'
        top = f'<div class="{"nav" if epoch == 1 else "topbar"}">{menu}</div>'
        foot = '<div class="foot">主办：临溪市质量协会 临ICP备20250001号</div>'
        return "text/html; charset=utf-8", (
            f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
            f"<body>{top}{body}{foot}</body></html>"
        )


class Tables(Template):
    """河西质量技术网: nested tables, GBK, program addresses, line breaks instead of paragraphs."""

    charset: ClassVar[str] = "gb18030"

    def path_of(self, one: UnknownArticle, epoch: int) -> str:
        return f"/shownews.asp?id={one.number}"

    def answer(self, target: str, known: Sequence[UnknownArticle], size: int, epoch: int) -> Answer | None:
        if paged := re.fullmatch(r"/newslist\.asp\?classid=3(?:&page=(\d+))?", target):
            return self._list(known, int(paged[1] or 1), size, epoch)
        one = self.by_path(target, known, epoch)
        if one is None:
            return None
        return self._page(one.title, self._article_1(one) if epoch == 1 else self._article_2(one), epoch)

    def _list(self, known: Sequence[UnknownArticle], number: int, size: int, epoch: int) -> Answer | None:
        shown = known[(number - 1) * size : number * size]
        if not shown:
            return None
        last = -(-len(known) // size)
        following = f'<a href="newslist.asp?classid=3&amp;page={number + 1}">下一页</a>' if number < last else "下一页"
        pager = f"共{len(known)}条 第{number}/{last}页 {following}"
        if epoch == 1:
            rows = "".join(
                f'<tr><td width="20">·</td><td><a href="shownews.asp?id={one.number}">{escape(one.title)}</a></td>'
                f'<td width="90">[{one.published_at:%Y-%m-%d}]</td></tr>'
                for one in shown
            )
            foot = f'<table width="560"><tr><td align="right">{pager}</td></tr></table>'
            body = f'<table width="560" border="0">{rows}</table>{foot}'
        else:
            rows = "".join(
                f'<dl><dt><a href="shownews.asp?id={one.number}">{escape(one.title)}</a></dt>'
                f"<dd>{one.published_at:%Y.%m.%d}</dd></dl>"
                for one in sorted(shown, key=lambda one: one.title)
            )
            body = f'<div id="listbox">{rows}</div><div id="pager">{pager}</div>'
        return self._page("工作动态", body, epoch)

    @staticmethod
    def _article_1(one: UnknownArticle) -> str:
        text = "<br><br>".join(f"　　{escape(paragraph)}" for paragraph in one.paragraphs)
        return (
            '<table width="760" border="0"><tr><td height="25">您的位置：<a href="/">首页</a> &gt;&gt; '
            '<a href="newslist.asp?classid=3">工作动态</a></td></tr></table><table width="760" border="0">'
            f'<tr><td height="40" align="center"><font size="4"><b>{escape(one.title)}</b></font></td></tr>'
            f'<tr><td height="25" align="center" bgcolor="#eeeeee">发布日期：{one.published_at:%Y-%m-%d %H:%M}　'
            f"文章来源：{one.source}　阅读：128次</td></tr>"
            f'<tr><td class="zw" style="line-height:24px">{text}</td></tr>'
            '<tr><td align="right">【打印】【关闭】</td></tr></table>'
        )

    @staticmethod
    def _article_2(one: UnknownArticle) -> str:
        text = "".join(f'<p style="text-indent:2em">{escape(paragraph)}</p>' for paragraph in one.paragraphs)
        return (
            f'<div id="place">您的位置：<a href="/">首页</a> &gt; <a href="newslist.asp?classid=3">工作动态</a></div>'
            f'<div id="artbox"><div id="arttitle">{escape(one.title)}</div>'
            f'<div id="artinfo">时间：{one.published_at:%Y-%m-%d %H:%M} 来源：{one.source}</div>'
            f'<div id="arttext">{text}</div><div id="artend">本页已被浏览 200 次 【收藏】</div></div>'
        )

    @staticmethod
    def _page(title: str, body: str, epoch: int) -> Answer:
        menu = '<a href="/">首页</a> <a href="newslist.asp?classid=3">工作动态</a>'
        top = f'<table width="760"><tr><td bgcolor="#003399">{menu}</td></tr></table>'
        return "text/html", (
            f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>{escape(title)}'
            f"-河西质量技术网</title></head><body{' bgcolor=white' if epoch == 1 else ''}>{top}{body}"
            '<table width="760"><tr><td align="center">版权所有 河西市质量技术协会</td></tr></table></body></html>'
        )


class Feed(Template):
    """青泊标准资讯: its column page is drawn by a script; an RSS feed lists the articles."""

    def path_of(self, one: UnknownArticle, epoch: int) -> str:
        return f"/p/{one.published_at:%Y%m}/{one.number:08d}-biaozhun"

    def answer(self, target: str, known: Sequence[UnknownArticle], size: int, epoch: int) -> Answer | None:
        if target in ("/", "/biaozhun/"):
            return self._page(
                "标准资讯 - 青泊标准资讯",
                '<div id="app"></div><script src="/static/app.js"></script><noscript>标准资讯</noscript>',
                '<link rel="alternate" type="application/rss+xml" title="标准资讯" href="/rss.xml">',
            )
        if target == "/rss.xml":
            return self._feed(known[:size])
        one = self.by_path(target, known, epoch)
        if one is None:
            return None
        text = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in one.paragraphs)
        return self._page(
            f"{one.title} - 青泊标准资讯",
            f'<div class="wrap"><div class="hd"><h1>{escape(one.title)}</h1><div class="by"><em>{one.source}</em> '
            f"<time>{one.published_at:%Y-%m-%d %H:%M}</time></div></div>"
            f'<div class="txt">{text}</div><p class="copy">编辑：{one.editor}</p></div>',
        )

    def _feed(self, shown: Sequence[UnknownArticle]) -> Answer:
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>http://news.qingbo.example{self.path_of(one, 1)}</link>"
            f"<pubDate>{_rfc822(one.published_at)}</pubDate></item>"
            for one in shown
        )
        return "application/rss+xml", (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>标准资讯</title>'
            f"<link>http://news.qingbo.example/</link><description>标准化新闻</description>{items}</channel></rss>"
        )

    @staticmethod
    def _page(title: str, body: str, head: str = "") -> Answer:
        return "text/html; charset=utf-8", (
            f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
            f"<body>{body}</body></html>"
        )


def _cut(title: str) -> str:
    return title if len(title) <= 18 else f"{title[:17]}..."


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment)


TEMPLATES: dict[str, Template] = {"portal": Portal(), "tables": Tables(), "feed": Feed()}
