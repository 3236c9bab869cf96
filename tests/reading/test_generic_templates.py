# ruff: noqa: E501 - markup is easier to follow when a page is not broken into short lines
"""Pages built the way many publishing systems build them: the text, all of it and nothing else, without a layout."""

from __future__ import annotations

import time

import pytest

from crawler.items import ArticleItem
from crawler.reading.extract import extract_article

TITLE = "滨江市公布第三批首席质量官名单"
A = "滨江市市场监管局日前公布第三批首席质量官名单，四十六名企业负责人入选，覆盖纺织、造船和食品三个行业。"
B = "名单经企业自荐、区县初审和专家评议后产生，公示期间没有收到异议，任期自公布之日起三年。"
C = "该局要求入选人员每季度提交一次质量改进报告，连续两次不交的取消资格，并由所在企业另行推荐。"
D = "下一步，滨江市将把首席质量官制度推广到服务业，年底前在二十家酒店和医院先行试点。"
ABCD = f"{A}\n{B}\n{C}\n{D}"
PARAGRAPHS = "".join(f"<p>　　{text}</p>" for text in (A, B, C, D))
LINES = "<br><br>".join(f"　　{text}" for text in (A, B, C, D))
NAMES = (
    "海州区开展电梯安全检查", "新标准规范月饼包装", "多家企业获省长质量奖", "计量进社区活动周末举行", "检验中心扩建工程完工",
    "质量月启动仪式举行", "消费维权热线开通十年", "儿童玩具抽查结果公布", "老字号企业申报示范", "认证机构随机抽查开始",
)  # fmt: skip
LINKS = "".join(
    f'<li><a href="/n/{n}.html">{name}</a><span>2024-05-{n:02d}</span></li>' for n, name in enumerate(NAMES, 1)
)
BARE_LINKS = "".join(f'<a href="/n/{n}.html">{name}</a>' for n, name in enumerate(NAMES, 1))
MENU = "".join(
    f'<a href="/{n}/">{name}</a> '
    for n, name in enumerate(("首页", "要闻", "政策", "公告", "互动", "数据", "图片", "视频"))
)
INFO = "2024-06-03 09:15　来源：滨江日报　作者：钱小鹿　字号：大 中 小　打印"
FOOT = "<div>Copyright © 2010-2024 滨江网 版权所有 未经书面许可不得复制或建立镜像 滨ICP备00000000号 违法和不良信息举报电话：000-00000000</div>"
PLACE = "<div>您现在的位置：<a href='/'>首页</a> &gt; <a href='/yw/'>要闻</a> &gt; 正文</div>"
READERS = "".join(
    f"<div><span>江边人{n}</span><span>2024-06-0{n} 10:00</span><p>这件事说了好几年，总算看到一点动静，希望不要只停在名单上，后面的检查也要跟上，"
    f"我们这些做配套的小厂才有信心，第{n}次这样说了。</p><a href='#'>回复</a><a href='#'>赞({n})</a></div>"
    for n in range(1, 9)
)
TEASERS = "".join(
    f"<div><h4><a href='/n/{n}.html'>{name}</a></h4><p>记者从有关部门获悉，这项工作已经安排到各个区县，月底之前完成，结果向社会公布。</p></div>"
    for n, name in enumerate(NAMES[:5])
)


def page(body: str, head: str = "", title: str = f"{TITLE}_滨江网") -> bytes:
    return f"<html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def read(content: bytes, url: str = "http://www.example.cn/yw/1.html") -> ArticleItem:
    return extract_article(content, url)


# Each is a way of building a page; nothing but A, B, C, D is its text.
PAGES = {
    "government portal, content in #zoom, duty bar below": f"""{MENU}{PLACE}<div class=main><div class=title>{TITLE}</div>
        <div class=info>发布日期：2024-06-03 09:15 信息来源：滨江市市场监管局 浏览次数：<span id=c></span> 字体：[<a>大</a> <a>中</a> <a>小</a>]</div>
        <div id=zoom>{PARAGRAPHS}</div><div class=bar><a>【打印本页】</a><a>【关闭窗口】</a></div></div>{FOOT}""",
    "portal of 2004, tables in tables, lines in a cell": f"""<table width=760><tr><td>{MENU}</td></tr></table>
        <table width=760><tr><td width=180><table><tr><td>热点新闻</td></tr><tr><td>{BARE_LINKS}</td></tr></table></td>
        <td><table><tr><td align=center><font size=4><b>{TITLE}</b></font></td></tr>
        <tr><td align=center>2024-06-03 09:15  滨江日报  点击：35</td></tr><tr><td><font size=3>{LINES}</font></td></tr>
        <tr><td align=right>【<a>打印</a>】【<a>关闭</a>】</td></tr></table></td></tr></table><table><tr><td>{FOOT}</td></tr></table>""",
    "text cell beside a cell of links in one row": f"""<h1>{TITLE}</h1><table><tr><td>{LINES}</td><td>{BARE_LINKS}</td></tr></table>{FOOT}""",
    "text split over sibling boxes with an advertisement between": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=s>
        <div><p>{A}</p><p>{B}</p></div><div class=ad-box><a href=/ad>夏季旅游线路特价</a></div><div><p>{C}</p><p>{D}</p></div></div>
        <div><h3>相关新闻</h3><ul>{LINKS}</ul></div>{FOOT}""",
    "lead in a box of its own above the text": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=summary>{A}</div>
        <div class=text><p>{B}</p><p>{C}</p><p>{D}</p></div><ul>{LINKS}</ul>{FOOT}""",
    "side column before the text": f"""<div class=l><h3>排行榜</h3><ol>{LINKS}</ol>{TEASERS}</div><div class=r><h1>{TITLE}</h1>
        <p>{INFO}</p>{PARAGRAPHS}</div>{FOOT}""",
    "comments without names, longer than the text": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=t>{PARAGRAPHS}</div>
        <div><h3>网友评论</h3>{READERS}</div>{FOOT}""",
    "comments inside the container of the text": f"""<div><h1>{TITLE}</h1><div>{INFO}</div>{PARAGRAPHS}
        <div>最新评论</div>{READERS}</div>{FOOT}""",
    "comments in a class": f"""<h1>{TITLE}</h1>{PARAGRAPHS}<div class=comment-list>{READERS}{READERS}</div>""",
    "teasers right behind the text": f"""<div><h1>{TITLE}</h1><div>{INFO}</div><div>{PARAGRAPHS}</div>{TEASERS}</div>{FOOT}""",
    "teasers above the headline": f"""<div>{TEASERS}</div><div><h1>{TITLE}</h1><div>{INFO}</div>{PARAGRAPHS}</div>{FOOT}""",
    "three hundred links in the same element": f"""<div><h1>{TITLE}</h1>{PARAGRAPHS}{BARE_LINKS * 30}</div>""",
    "list of links with dates at the end of the container": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<p>相关报道：</p><ul>{LINKS}</ul></div>""",
    "related links in the middle of the text": f"""<h1>{TITLE}</h1><div class=c><p>{A}</p><p>{B}</p>
        <div class=box><h4>延伸阅读</h4><ul>{LINKS[:400]}</li></ul></div><p>{C}</p><p>{D}</p></div>""",
    "headings and lists of a section in the container": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}
        <div><b>市场动态</b><a href=/1>{NAMES[0]}</a><br><a href=/2>{NAMES[1]}</a><br><b>公司消息</b><br><a href=/3>{NAMES[2]}</a><br>
        <a href=/4>{NAMES[3]}</a></div></div>""",
    "div paragraphs": f"<h1>{TITLE}</h1><div>{INFO}</div><div>{''.join(f'<div>{t}</div>' for t in (A, B, C, D))}</div><ul>{LINKS}</ul>{FOOT}",
    "section in section, as of a message app": f"""<h1 class=rich_media_title>{TITLE}</h1><div><span>滨江发布</span> <em>2024-06-03 09:15</em></div>
        <div class=rich_media_content id=js_content style='visibility: hidden; opacity: 0;'>{''.join(
            f'<section><section><span>{t}</span></section></section>' for t in (A, B, C, D))}</div>
        <div>预览时标签不可点</div><div>微信扫一扫关注该公众号</div>""",
    "text collapsed under a button": f"""<h1>{TITLE}</h1><div>{INFO}</div><div style='max-height:600px;overflow:hidden'>{PARAGRAPHS}</div>
        <div>展开全文</div><div class=recommend-list>{TEASERS}</div>""",
    "content shown by a script": f"""<div style='display:none' id=main><h1>{TITLE}</h1><div>{PARAGRAPHS}</div></div>
        <script>document.getElementById('main').style.display='block'</script>""",
    "content behind the end of body": f"</body><div><h1>{TITLE}</h1><div>{INFO}</div>{PARAGRAPHS}</div>{FOOT}",
    "paragraphs directly in body": f"<h1>{TITLE}</h1><p>{INFO}</p>{PARAGRAPHS}<ul>{LINKS}</ul><p>友情链接</p>{BARE_LINKS}",
    "center and font tags without end": f"<center><h2>{TITLE}</h2>{INFO}</center><font size=3>{LINES}<p>{FOOT}",
    "preformatted": f"<h1>{TITLE}</h1><pre>\n　　{A}\n　　{B}\n\n　　{C}\n　　{D}\n</pre><ul>{LINKS}</ul>",
    "white space and empty paragraphs between": f"<h1>{TITLE}</h1><div>" + "".join(
        f"<p>&nbsp;</p><p><span>&nbsp;&nbsp;</span><span>{t}</span></p>\n\n" for t in (A, B, C, D)) + "</div>",
    "blog with a side column and tags": f"""<header><h2><a href=/>滨江网</a></h2></header><nav>{MENU}</nav><article><h1>{TITLE}</h1>
        <div class=entry-meta>2024-06-03 · 分类：<a>要闻</a></div><div class=entry-content>{PARAGRAPHS}</div>
        <footer>标签：<a>质量</a> <a>企业</a></footer></article><aside>{TEASERS}<ul>{LINKS}</ul></aside>{FOOT}""",
    "forum post": f"""<div class=pl><div>楼主 江边人 发表于 2024-06-03 09:15</div><h1>{TITLE}</h1><table><tr><td class=t_f id=postmessage_1>{LINES}</td></tr></table></div>
        <div class=pl>{READERS}</div>""",
    "magazine skin with the info inside h1": f"""<div id=Article><h1>{TITLE}<br><span>2024-06-03 09:15　来源：滨江日报　评论：0 点击：</span></h1>
        <div class=x>{PARAGRAPHS}</div><div id=pages></div><p>相关热词搜索：<a>质量</a></p><p>上一篇：<a>{NAMES[0]}</a><br>下一篇：<a>{NAMES[1]}</a></p></div>
        <div class=related><h5>延伸阅读：</h5><ul>{LINKS}</ul></div>""",
    "community skin, editor at the end of the text": f"""<div class=viewbox><div class=title><h2>{TITLE}</h2></div><div class=info>时间:2024-06-03 09:15
        来源:滨江日报 作者:钱小鹿 点击:<script src=c.php></script>次</div><div class=intro></div><table><tr><td>{PARAGRAPHS}</td></tr></table>
        <div>(责任编辑：孙一帆)</div></div><div>------分隔线------</div><ul><li>上一篇：<a>{NAMES[0]}</a></li><li>下一篇：<a>{NAMES[1]}</a></li></ul>""",
    "paper with marks of the editor's system": f"""<h1>{TITLE}</h1><div>2024-06-03 09:15:00 来源: 滨江日报</div><!--enpcontent--><div>{PARAGRAPHS}</div>
        <!--/enpcontent--><div>一键分享至</div><div>相关新闻</div><ul>{LINKS}</ul>""",
    "university skin, attachments and next article": f"""<form><div class=nr><h1>{TITLE}</h1><div>发布日期：2024-06-03　点击：[<span>5</span>]次</div>
        <div id=vsb_content><div class=v_news_content>{PARAGRAPHS}</div></div></div></form><p>上一条：<a>{NAMES[0]}</a></p><p>下一条：<a>{NAMES[1]}</a></p>""",
    "headline repeated as the first line": f"<h1>{TITLE}</h1><div>{INFO}</div><div><p><b>{TITLE}</b></p>{PARAGRAPHS}</div>",
    "info line inside the text's container": f"<h1>{TITLE}</h1><div class=c><p>2024年06月03日 09:15 来源：滨江日报 编辑：孙一帆</p>{PARAGRAPHS}</div>",
    "share bar above and below the text": f"""<h1>{TITLE}</h1><div class=c><div>分享到： <a>微信</a> <a>微博</a> <a>QQ空间</a> 0</div>{PARAGRAPHS}
        <div>分享到： <a>微信</a> <a>微博</a></div><div>收藏 打印 举报</div></div>""",
    "player, font bar and headphones above the text": f"""<h1>{TITLE}</h1><div class=c><div>听新闻</div><div>00:00 / 03:25</div><div>T+ T-</div>{PARAGRAPHS}</div>""",
    "app banner and code to scan below the text": f"""<h1>{TITLE}</h1><div class=c><div class=body>{PARAGRAPHS}</div><div class=app><p>打开滨江新闻APP，阅读体验更佳</p></div>
        <div class=code><p>扫描二维码，关注滨江发布公众号</p></div></div>""",
    "original headline and source as a template prints them": f"""<h1>{TITLE}</h1><div class=c><p class=o>（原标题：滨江公布首席质量官名单）</p>{PARAGRAPHS}
        <div class=e><span>本文来源：滨江日报</span> <span>责任编辑：孙一帆</span></div></div>""",
    "statement of the publisher in a box": f"""<h1>{TITLE}</h1><div class=c><div class=b>{PARAGRAPHS}</div><div class=s><h4>版权声明</h4>
        <p>凡本网注明来源的作品，版权均属滨江网，任何单位和个人转载时须注明出处，违者将被追究责任。</p>
        <p>本网转载其他媒体的作品，目的在于传递更多信息，不代表本网赞同其观点，也不对其真实性负责。</p></div></div>""",
    "statement without a heading": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}</div><div class=x><p>声明：本文由入驻作者撰写，观点仅代表作者本人，不代表本网立场。</p></div>""",
    "paging bar under the text": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<div>上一页 <b>1</b> <a href=1_2.html>2</a> <a href=1_3.html>3</a> <a href=1_2.html>下一页</a></div></div>""",
    "thumbs and counters under the text": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<p>赞 (12)</p><p>踩 (0)</p><p>分享</p></div><ul>{LINKS}</ul>""",
    "tags and topic under the text": f"""<h1>{TITLE}</h1><div class=c><div class=b>{PARAGRAPHS}</div><div class=k>关键词：<a>质量</a> <a>企业</a></div></div>""",
    "English site name and navigation": f"""<div><a>Home</a> <a>News</a> <a>Business</a> <a>Contact us</a></div><h1>{TITLE}</h1><div>June 3, 2024</div>
        <div class=c>{PARAGRAPHS}</div><div>About us | Terms of use | Privacy policy</div>""",
    "headline far from the text": f"""<div class=head><div><div><h1>{TITLE}</h1></div></div></div><div class=mid><div><ul>{LINKS}</ul></div></div>
        <div class=body><div><div>{PARAGRAPHS}</div></div></div>{FOOT}""",
    "no headline on the page": f"<div>{MENU}</div><div class=c>{PARAGRAPHS}</div><div><h3>热门文章</h3><ul>{LINKS}</ul></div>",
    "everything in one form with hidden fields": f"""<form><input type=hidden value=x><div><select><option>请选择</option></select></div><h1>{TITLE}</h1>
        <div>{PARAGRAPHS}</div><textarea>请在这里写下您的意见，五百字以内，谢谢合作。</textarea><button>提交</button></form>""",
    "unclosed elements": f"<div class=a><h1>{TITLE}</h1><div class=b><p>{A}<p>{B}<p>{C}<p>{D}</div><div class=c><ul>{LINKS}",
    "links to places in the text": "<h1>" + TITLE + "</h1><div>" + PARAGRAPHS.replace("滨江市", "<a href=/bj>滨江市</a>") + f"</div><ul>{LINKS}</ul>",
    "spam in hidden boxes": f"<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<div style='height:1px;overflow:hidden'>{A * 20}</div></div>",
    "news bar of other stories between headline and text": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=hot><span>热点</span>{BARE_LINKS}</div><div>{PARAGRAPHS}</div>""",
    "table around each paragraph": f"<h1>{TITLE}</h1>" + "".join(f"<table><tr><td>{t}</td></tr></table>" for t in (A, B, C, D)),
    "footer longer than the text": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}</div><div class=foot><p>{'主办单位：滨江网 备案号：滨ICP备00000000号 举报邮箱见首页。' * 9}</p></div>""",
    "table of the document's data above the text": f"""<div class=art><table><tr><td>索 引 号：</td><td>000014349/2024-00012</td><td>主题分类：</td><td>市场监管、质量</td></tr>
        <tr><td>发文机关：</td><td>滨江市市场监管局</td><td>成文日期：</td><td>2024年06月01日</td></tr><tr><td>标　　题：</td><td colspan=3>{TITLE}</td></tr>
        <tr><td>发文字号：</td><td>滨市监发〔2024〕12号</td><td>发布日期：</td><td>2024年06月03日</td></tr></table><h1>{TITLE}</h1><div id=UCAP-CONTENT>{PARAGRAPHS}</div></div>""",
    "advertisement table inside the text cell": f"""<h1>{TITLE}</h1><table><tr><td>{MENU}</td></tr></table><table><tr><td><font id=zoom class=f14><table align=left width=300><tr><td><a href=/ad><img src=/ad.gif width=300 height=250></a></td></tr><tr><td><a href=/1>{NAMES[0]}</a></td></tr><tr><td><a href=/2>{NAMES[1]}</a></td></tr></table>{PARAGRAPHS}</font></td><td width=200>{TEASERS}</td></tr></table>{FOOT}""",
    "original headline and empty editor inside the text": f"""<div class=text><div class=text-title><h1>{TITLE}</h1><div class=article-info><span>2024-06-03 09:15</span><span>来源: <a>滨江日报</a></span></div></div>
        <article id=mp-editor><p data-role=original-title>原标题：{TITLE}</p>{PARAGRAPHS}<p data-role=editor-name>责任编辑：<span></span></p></article><div id=articleTransfer>声明：该文观点仅代表作者本人，搜索号系信息发布平台，本站仅提供信息存储空间服务。</div><div class=bottom-relate-wrap><h3>推荐阅读</h3>{TEASERS}</div></div>""",
    "date in pieces above, correction link below": f"""<div class=header><div class=year>2024</div><div>06/ 03</div><div>09:15:22</div><h1><span class=title>{TITLE}</span></h1><div class=source>来源：滨江日报</div></div>
        <div class=main><div id=detail>{PARAGRAPHS}</div><div class=tiyi1>【纠错】 <div>【责任编辑:孙一帆 】</div></div></div><div class=part2><div>深度观察</div>{TEASERS}</div>""",
    "counters of readers and replies above": f"""<div class=a><h1>{TITLE}</h1><p><span>2024年06月03日 09:15</span> <span>来源：<a>滨江日报</a></span></p><p>0人参与 0评论</p><div id=main_content>{PARAGRAPHS}</div><p>[责任编辑：孙一帆 PN001]</p><div>标签：<a>质量</a></div><div>用微信扫描二维码分享至好友和朋友圈</div></div><div class=b><h4>凤凰独家</h4><ul>{LINKS}</ul></div>""",
    "headings of prompts below the text": f"""<div class=title_area><h1>{TITLE}</h1><div>来源：滨江新闻 | 2024年06月03日 09:15:22</div></div><div class=content_area>{PARAGRAPHS}</div><div class=zebian><span>编辑：孙一帆</span> <span>责任编辑：周小舟</span></div><div><span>点击收起全文</span></div><div><h3>扫一扫 分享到微信</h3></div><div><h3>返回顶部</h3></div><h3>最新推荐</h3>{TEASERS}""",
    "style element in the text, two editors and pages below": f"""<div class=layout><h2>{TITLE}</h2><div>2024-06-03 09:15:00　来源：滨江网　作者：钱小鹿</div><div class=TRS_Editor><style>.TRS_Editor P{{margin:0}}</style>{PARAGRAPHS}</div><div>初审编辑：孙一帆</div><div>责任编辑：周小舟</div><div><a>上一页</a> 1 <a>2</a> <a>下一页</a></div><div class=xg><strong>相关新闻</strong>{BARE_LINKS}</div></div>""",
    "account box at the side, comments with a count": f"""<div class=article-content><h1>{TITLE}</h1><div class=article-meta><span>2024-06-03 09:15</span><span>·</span><span>滨江发布</span></div><article class=syl-article-base>{PARAGRAPHS}</article></div><div class=side><div>滨江发布</div><div>关注</div><div>滨江市政府新闻办官方账号，发布权威信息，服务市民生活。</div></div><div class=comment><div>评论 12</div>{READERS}</div>""",
    "time without year in full, report link below": f"""<div><div><h1>{TITLE}</h1><div><span>发布时间: 24-06-0309:15</span><span>滨江日报官方账号</span></div></div><div>{''.join(f'<div><p><span>{t}</span></p></div>' for t in (A,B,C,D))}</div><div>举报/反馈</div></div><div><div>作者最新文章</div><ul>{LINKS}</ul></div><div>相关推荐</div>{TEASERS}""",
    "vote below the text": f"""<div><h1>{TITLE}</h1><div>{INFO}</div><section>{PARAGRAPHS}</section><div>你觉得这篇文章怎么样？</div><div>0 0</div></div><div>{BARE_LINKS}</div>""",
    "captions of pictures are all the text": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=pics>{''.join(f'<div><img src=/{i}.jpg><p>{t}</p></div>' for i,t in enumerate((A,B,C,D)))}</div><ul>{LINKS}</ul>""",
    "related news in traditional characters": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<div>相關新聞</div><ul>{LINKS}</ul><div>責任編輯：孫一帆</div></div>""",
    "prompt to log in inside the container": f"""<div>登录 注册</div><h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<div>登录后查看更多精彩内容</div></div><div>猜你喜欢</div>{TEASERS}""",
    "numbers of pages in brackets": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<p><a>【1】</a> <a>【2】</a> <a>【3】</a></p></div>""",
    "form for comments with its rules": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}</div><form><div>发表评论</div><div>请自觉遵守互联网相关的政策法规，严禁发布色情、暴力、反动的言论。</div><div>用户名： 验证码：</div></form>""",
    "rules of discussion below the text": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}</div><div><p>网友评论仅供其表达个人看法，并不表明本站同意其观点或证实其描述。</p><p>尊敬的网友，请遵守国家法律，文明上网，理性发言，共同维护良好秩序。</p></div>""",
    "text left, summaries of other stories right, all in tables": f"""<table><tr><td valign=top>{LINES}</td><td valign=top><table>{''.join(f'<tr><td><a href=/{i}>{n}</a></td></tr><tr><td>记者从有关部门获悉，这项工作已经安排到各个区县，月底之前完成。</td></tr>' for i,n in enumerate(NAMES))}</table></td></tr></table>""",
    "bold lead": f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=c><p><b>{A}</b></p><p>{B}</p><p>{C}</p><p>{D}</p></div>""",
    "shared page of an app": f"""<div>打开APP</div><div><div>{TITLE}</div><div>滨江日报 06-03 09:15</div></div><div>{PARAGRAPHS}</div><div>展开剩余全文</div><div>打开APP阅读全文</div><div>热门评论</div>{READERS}""",
    "text behind the end of the document": f"<div>{MENU}</div></body></html><div><h1>{TITLE}</h1><div>{INFO}</div>{PARAGRAPHS}</div>",
    "comments of names and times without links": f"""<h1>{TITLE}</h1><div>{INFO}</div>{PARAGRAPHS}<div>{''.join(
        f'<div><p>江边人{n}</p><p>说得好听，希望这回不要只停在名单上，后面的检查也要跟上，小厂才有信心，第{n}次这样说了。</p><p>2024-06-0{n} 10:00</p></div>'
        for n in range(1, 9))}</div>""",
    "advertisement as a paragraph": f"<h1>{TITLE}</h1><div><p>{A}</p><p>{B}</p><p>【广告】秋季车展九月开幕，详情请电洽组委会。</p><p>{C}</p><p>{D}</p></div>",
    "summary cut with dots": f"<h1>{TITLE}</h1><div>{INFO}</div><div class=c><p>{A[:40]}...</p>{PARAGRAPHS}</div>",
    "notice of the publisher behind the editor": f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<div>（责任编辑：孙一帆）</div><p>滨江网今天刊登了这则消息，更多报道请在客户端上阅读。</p></div>""",
    "time and source below the text": f"<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<p>文章来源：滨江日报 作者：钱小鹿 发布时间：2024-06-03 09:15</p></div><ul>{LINKS}</ul>",
    "first paragraph in a box of its own beside a named container": f"<h1>{TITLE}</h1><div>{INFO}</div><div>{A}</div><div id=zoom><p>{B}</p><p>{C}</p><p>{D}</p></div>{FOOT}",
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_the_text_is_read_whole_and_alone(name: str) -> None:
    assert read(page(PAGES[name])).body == ABCD


@pytest.mark.parametrize("name", PAGES)
def test_no_name_of_a_class_is_needed(name: str) -> None:
    if "class" in name or "hidden" in name or "message app" in name:
        pytest.skip("the name is what tells")
    bare = PAGES[name].replace("class=", "data-a=").replace("id=", "data-b=")
    assert read(page(bare)).body == ABCD


SHORT = "因主干管道抢修，六月五日八时至二十时，江北片区停水，请居民提前储水，给您带来不便敬请谅解。"
KEPT = {
    "short notice": (f"<h1>停水通知</h1><div>2024-06-04</div><div class=c><p>{SHORT}</p></div>{FOOT}", SHORT),
    "short notice in a bare cell": (
        f"<table><tr><td>停水通知</td></tr><tr><td>{SHORT}</td></tr></table><ul>{LINKS}</ul>",
        SHORT,
    ),
    "short notice above longer side matter": (
        f"<h1>停水通知</h1><div>2024-06-04</div><div><p>{SHORT}</p></div><div>{READERS}</div><div>{TEASERS}</div>{FOOT}",
        SHORT,
    ),
    "signature and date at the end": (
        f"<h1>{TITLE}</h1><div id=zoom>{PARAGRAPHS}<p>滨江市市场监管局</p><p>2024年6月3日</p></div><ul>{LINKS}</ul>",
        f"{ABCD}\n滨江市市场监管局\n2024年6月3日",
    ),
    "by-line at the end": (
        f"<h1>{TITLE}</h1><div>{PARAGRAPHS}<p>（通讯员 赵一舟）</p></div><ul>{LINKS}</ul>",
        f"{ABCD}\n（通讯员 赵一舟）",
    ),
    "subheadings": (
        f"<h1>{TITLE}</h1><div><p>{A}</p><p><b>一、名单产生</b></p><p>{B}</p><h3>二、日常管理</h3><p>{C}</p><p>{D}</p></div>",
        f"{A}\n一、名单产生\n{B}\n二、日常管理\n{C}\n{D}",
    ),
    "caption between paragraphs": (
        f"<h1>{TITLE}</h1><div><p>{A}</p><p align=center><img src=/1.jpg></p><p align=center>评审现场。钱小鹿 摄</p><p>{B}</p></div>",
        f"{A}\n评审现场。钱小鹿 摄\n{B}",
    ),
    "subheading that the title element quotes, no headline": (
        f"<div><p>{A}</p><p>{B}</p><p>{A}</p><p>第三批首席质量官</p><p>{C}</p><p>{D}</p></div><!--{TITLE}-->",
        f"{A}\n{B}\n{A}\n第三批首席质量官\n{C}\n{D}",
    ),
    "data table": (
        f"<h1>{TITLE}</h1><div><p>{A}</p><table><tr><th>行业</th><th>人数</th></tr><tr><td><p>纺织</p></td><td><p>21</p></td></tr>"
        f"<tr><td>造船</td><td>14</td></tr></table><p>{B}</p></div><ul>{LINKS}</ul>",
        f"{A}\n行业 人数\n纺织 21\n造船 14\n{B}",
    ),
    "attachment named in the text": (
        f"<h1>{TITLE}</h1><div><p>{A}</p><p>{B}</p><p>附件：<a href=/f/1.pdf>第三批首席质量官名单.pdf</a></p></div><ul>{LINKS}</ul>",
        f"{A}\n{B}\n附件：第三批首席质量官名单.pdf",
    ),
    "verse of short lines": (
        f"<h1>{TITLE}</h1><div><p>{A}</p><p>江水东流，</p><p>灯火如昨。</p><p>匠人低头，</p><p>量那毫末。</p><p>{B}</p></div>",
        f"{A}\n江水东流，\n灯火如昨。\n匠人低头，\n量那毫末。\n{B}",
    ),
    "questions and answers": (
        f"<h1>{TITLE}</h1><div><p>问：任期多长？</p><p>答：{B}</p><p>问：不交报告怎么办？</p><p>答：{C}</p></div><ul>{LINKS}</ul>",
        f"问：任期多长？\n答：{B}\n问：不交报告怎么办？\n答：{C}",
    ),
    "editors and share heading inside the container": (f"""<div class=rm_txt><div class=path>{PLACE}</div><h1>{TITLE}</h1><p class=author></p><div class=channel><div>2024年06月03日09:15 | 来源：<a>滨江日报</a></div><div>小字号</div></div>
        <div class=rm_txt_con>{PARAGRAPHS}<p class=paper_num>《滨江日报》（2024年06月03日 02 版）</p><div class=edit>(责编：孙一帆、周小舟)</div></div><div><h3>分享让更多人看到</h3></div><div><h3>推荐阅读</h3><ul>{LINKS}</ul></div></div>""",
        ABCD+"\n《滨江日报》（2024年06月03日 02 版）"),
    "bare first paragraph, editor in a box below": (f"""<div class=content_maincontent_more><h1>{TITLE}</h1><div>来源：滨江网 2024年06月03日 09:15 大字体 小字体 分享到：</div></div><div class=left_zw>　　{A}<p>　　{B}</p><p>　　{C}</p><div id=adhzh></div><p>　　{D}(完)</p></div><div class=left_zw2><div>【编辑:孙一帆】</div></div><div>更多精彩内容请进入要闻频道</div>""",
        f"{A}\n{B}\n{C}\n{D}(完)"),
    "signature and attachments kept, code to scan and reading aid not": (f"""<h1>{TITLE}</h1><div>发布时间：2024-06-03 来源：市市场监管局 字号：大 中 小</div><div id=zoom>{PARAGRAPHS}<p style="text-align:right">滨江市市场监管局</p><p>附件：</p><p><a href=/a.docx>1.首席质量官名单.docx</a></p><p><a href=/b.xls>2.汇总表.xls</a></p></div><div>政策解读：<a href=/j.html>《首席质量官名单》解读</a></div><div>扫一扫在手机打开当前页</div>""",
        f"{ABCD}\n滨江市市场监管局\n附件：\n1.首席质量官名单.docx\n2.汇总表.xls"),
    "data table at the end": (f"""<h1>{TITLE}</h1><div class=c>{PARAGRAPHS}<table>{''.join(f'<tr><td><p>{i}</p></td><td><p>滨江第{i}纺织厂</p></td><td><p>钱小鹿</p></td></tr>' for i in range(1,9))}</table></div><ul>{LINKS}</ul>""",
        ABCD+"\n"+"\n".join(f"{i} 滨江第{i}纺织厂 钱小鹿" for i in range(1,9))),
    "hardly more than a table of names": (f"""<h1>{TITLE}</h1><div>{INFO}</div><div class=c><p>现将名单公布如下：</p><table>{''.join(f'<tr><td>{i}</td><td>滨江第{i}纺织有限责任公司</td><td>钱小鹿</td></tr>' for i in range(1,19))}</table></div><ul>{LINKS}</ul>{FOOT}""",
        "现将名单公布如下：\n"+"\n".join(f"{i} 滨江第{i}纺织有限责任公司 钱小鹿" for i in range(1,19))),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_what_belongs_to_the_text_stays(name: str) -> None:
    markup, body = KEPT[name]
    title = f"{TITLE}_滨江网" if TITLE in markup else "停水通知_滨江网"
    assert read(page(markup, title=title)).body == body


def test_editors_below_the_text_are_named_and_no_text() -> None:
    item = read(page(PAGES["original headline and source as a template prints them"]))
    assert item.editors == ["孙一帆"]


def test_a_page_nested_too_deep_keeps_its_lines_in_order() -> None:
    deep = "".join(
        f"<div><p>第{n}条：企业应当建立首席质量官制度，明确职责，并保障其独立行使职权。</p>" for n in range(3000)
    )
    started = time.process_time()
    item = read(page(f"<h1>{TITLE}</h1>{deep}"))
    assert time.process_time() - started < 10
    lines = item.body.split("\n")
    numbers = [int(line[1 : line.index("条")]) for line in lines]
    assert numbers == sorted(numbers)
    assert len(numbers) > 2900
