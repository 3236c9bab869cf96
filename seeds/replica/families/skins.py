"""Article pages of each family, as its own templates print them."""

# ruff: noqa: E501 - lines of HTML

from __future__ import annotations

from datetime import timedelta
from string import Template

from seeds.replica.families.world import COLUMN, Story, has_meta
from seeds.replica.parts import share_bar, styles, text

_SHELL = Template("""<!DOCTYPE html>
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=$label" />
<title>$title-$publisher</title>
$metas
$styles
</head>
<body>
<div class="top"><a href="/">$publisher</a><ul class="nav"><li><a href="/">首页</a></li><li><a href="/xwzx/">新闻中心</a></li><li><a href="/zwgk/">信息公开</a></li><li><a href="/hdjl/">互动交流</a></li></ul></div>
$middle
<div class="footer"><p>版权所有：$publisher 备案号：示ICP备00000000号</p></div>
</body>
</html>
""")

_MIDDLE = {
    "founder": """<!--enpproperty <articleid>$id</articleid><date>$stamp.0</date><author>$author</author><title>$title</title><subtitle></subtitle><introtitle></introtitle><keyword>质量</keyword><nodeid>7</nodeid><nodename>$column</nodename><nodesearchname>1</nodesearchname><siteid>1</siteid>/enpproperty-->
<div class="wz">您的当前位置: <a href="/">首页</a> &gt;&gt; <a href="/node_7.htm">$column</a> &gt;&gt; 正文</div>
<div class="article"><h1><founder-title>$title</founder-title></h1>
<div class="ly">$stamp 来源: $source 作者: $author 编辑: $editor</div>
<div class="neirong"><!--enpcontent--><!--enpcontent-->$paragraphs<!--/enpcontent--></div></div>
$share<div class="xg"><h3>相关新闻</h3><ul>$related</ul></div>""",
    "trs": """<div class="wz">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; <a href="./../">$column</a></div>
<div class="xl"><h1>$title</h1><div class="xl-info"><span>发布时间：$minute</span> <span>来源：$source</span> <span>作者：$author</span> <span>责任编辑：$editor</span> <span>字体：【大 中 小】</span></div>
<div id="zoom"><div class="view TRS_UEDITOR trs_paper_default trs_editor_view"><style type="text/css">.TRS_Editor P{line-height:2;font-size:12pt;}.TRS_Editor DIV{margin-top:1em}</style>$paragraphs</div></div></div>
$share<div class="xg"><h3>相关链接</h3><ul>$related</ul></div>""",
    "jcms": """<div class="wz">当前位置：<a href="/">首页</a> &gt; <a href="/col/col1201/index.html">$column</a></div>
<table id="article"><tr><td class="title">$title</td></tr><tr><td class="info">发布日期：$loose 来源：$source 作者：$author 责任编辑：$editor 浏览次数：<script src="/module/visitcount/articlehits.jsp?colid=1201&amp;artid=$id"></script> 字号：[ 大 中 小 ]</td></tr>
<tr><td><!--ZJEG_RSS.content.begin--><div id="zoom">$paragraphs</div><!--ZJEG_RSS.content.end--></td></tr></table>
<div class="xg"><h3>相关信息</h3><ul>$related</ul></div>""",
    "jpaas": """<div class="wz">当前位置：<a href="/">首页</a>&gt;<a href="/xw/zj/index.html">$column</a></div>
<div class="main"><h2 class="title">$title</h2><ul class="article-message"><li>发布时间：$minute</li><li>信息来源：$source</li><li>作者：$author</li><li>责任编辑：$editor</li></ul>
<!--<$$[信息内容]>begin--><div id="zoom" class="xxgk-content">$paragraphs</div><!--<$$[信息内容]>end--></div>
<div class="xg"><h3>相关信息</h3><ul>$related</ul></div>""",
    "phpcms": """<script src="/statics/js/jquery.min.js"></script><div class="main"><div class="crumbs"><a href="/">首页</a><span> &gt; </span><a href="/zldt/">$column</a> &gt; 正文</div>
<div id="Article"><h1>$title<br /><span>$stamp   来源：$source   作者：$author   编辑：$editor   评论：<a href="#comment" id="comment">0</a> 点击：</span><span id="hits"></span></h1>
<div class="content">$paragraphs</div><div id="pages"></div></div>
<div class="Article-Tool">分享到：</div><script src="/api.php?op=count&amp;id=$id&amp;modelid=1"></script>
<div class="related"><h5>延伸阅读：</h5><ul>$related</ul></div></div>""",
    "dede": """<div class="place"><strong>当前位置:</strong> <a href="/">主页</a> &gt; <a href="/a/zhiliang/">$column</a> &gt; </div>
<div class="viewbox"><div class="title"><h2>$title</h2></div>
<div class="info"><small>时间:</small>$minute<small>来源:</small>$source <small>作者:</small>$author<small>点击:</small><script src="/plus/count.php?view=yes&aid=$id&mid=1"></script>次</div>
<div class="content"><table width="100%"><tr><td>$paragraphs<p>(责任编辑：$editor)</p></td></tr></table></div>
<div class="dede_pages"><ul class="pagelist"></ul></div></div>
<div class="boxoff"><strong>------分隔线----------------------------</strong></div><div class="likebox"><dl><dt>相关文章</dt><dd><ul>$related</ul></dd></dl></div>""",
    "empire": """<div class="position">您当前的位置：<a href="/">首页</a>&nbsp;&gt;&nbsp;<a href="/zhiliang/">$column</a>&nbsp;&gt;&nbsp;正文</div>
<table class="title_info"><tr><td><h1>$title</h1></td></tr><tr><td class="info_text">时间：$stamp&nbsp;&nbsp;来源：$source&nbsp;&nbsp;作者：$author&nbsp;&nbsp;责任编辑：$editor</td></tr></table>
<table><tr><td id="text">$paragraphs</td></tr></table><script src="/e/public/ViewClick/?classid=3&id=$id&addclick=1"></script>
<div class="xg"><h3>相关资讯</h3><ul>$related</ul></div>""",
    "jeecms": """<div class="website">当前位置：<a href="/">首页</a> &gt; <a href="/zldt/index.jhtml">$column</a> &gt; 正文</div>
<div class="content"><h1>$title</h1><div class="content-inf">发布时间：$minute  作者： $author  来源： $source  责任编辑：$editor  浏览次数：<span id="views"></span></div>
<div class="content-txt">$paragraphs</div></div><div class="xg"><h3>相关阅读</h3><ul>$related</ul></div>""",
    "nfcms": """<div class="wz">当前位置：<a href="/">首页</a>&gt;<a href="/zwdt/zldt/index.html">$column</a></div>
<div class="zw"><h3 class="zw-title">$title</h3><div class="zw-info"><span class="time">时间 : $minute</span><span class="ly">来源 : $source</span><span>作者 : $author</span><span>责任编辑 : $editor</span></div>
<div class="article-content">$paragraphs</div></div><div class="xg"><h3>相关文章</h3><ul>$related</ul></div>""",
    "vsb": """<div class="wz">当前位置：<a href="../../index.htm">首页</a>&gt;<a href="../../zldt.htm">$column</a>&gt;正文</div>
<form name="_newscontent_fromname"><div class="arc"><h1>$title</h1><div class="arc-info">发布时间：$minute&nbsp;&nbsp;来源：$source&nbsp;&nbsp;作者：$author&nbsp;&nbsp;责任编辑：$editor&nbsp;&nbsp;点击：[<script>_showDynClickBatch(['dynclicks_u8_$id'],[$id],"wbnews", 1021)</script>]</div>
<div id="vsb_content_2"><div class="v_news_content">$paragraphs</div></div></div></form>
<div class="xg"><ul>$related</ul></div>""",
    "ls": """<div class="wz">您现在所在的位置：<a href="/">首页</a> &gt; <a href="/content/column/6790">$column</a></div>
<div class="con_main"><h1 class="wztit">$title</h1><div class="ls-article-info"><span>发布时间：$minute</span><span>来源：$source</span><span>作者：$author</span><span>责任编辑：$editor</span><span>浏览次数：<i class="j-info-hit"></i></span></div>
<div class="j-fontContent newscontnet minh300">$paragraphs</div></div><div class="xg"><ul>$related</ul></div>""",
    "truecms": """<div class="wz">当前位置：<a href="/">首页</a>&gt;<a href="/jhszf/zldt/zldt.html">$column</a></div>
<div class="bt">$title</div><div class="sub-info"><span>来源： $source</span><span>发布时间：$minute</span><span>作者：$author</span><span>责任编辑：$editor</span></div>
<div class="article-content" id="zoom">$paragraphs</div><div class="xg"><ul>$related</ul></div>""",
    "epoint": """<div class="ewb-route">当前位置：<a href="/">首页</a>&gt;<a href="/dynamic/zwgk/govInfoPub.html?categorynum=003006">$column</a></div>
<div class="ewb-article"><h3 class="ewb-article-tt">$title</h3><div class="ewb-article-sources"><span>信息来源：$source</span><span>发布日期：$minute</span><span>作者：$author</span><span>责任编辑：$editor</span></div>
<div class="ewb-article-info">$paragraphs</div></div><script src="/EWB-FRONT/js/visit.js"></script><div class="xg"><ul>$related</ul></div>""",
    "govcn": """<div class="wz"><a href="/">首页</a> &gt; <a href="/yaowen/liebiao/home.htm">$column</a></div>
<div class="article oneColumn"><h1 id="ti">$title</h1><div class="pages-date">$minute<span class="font">来源： $source</span> 作者：$author</div>
<div class="pages_content" id="UCAP-CONTENT">$paragraphs</div></div><div class="xg"><ul>$related</ul></div>""",
}


def article_page(story: Story, related: list[Story]) -> str:
    """The page. The tags in the head name the site as the source, whatever the printed line says."""
    site = story.site
    when = story.published
    linked = "".join(
        f'<li><a href="{other.path}">{text(other.title)}</a><span>({other.published:%Y-%m-%d})</span></li>'
        for other in related
    )
    middle = Template(_MIDDLE[site.family]).substitute(
        id=story.number,
        title=text(story.title),
        column=COLUMN,
        source=text(story.printed_source),
        author=text(story.printed_author),
        editor=text(story.editor),
        stamp=f"{when:%Y-%m-%d %H:%M:%S}" if site.precision == "second" else f"{when:%Y-%m-%d %H:%M}",
        minute=f"{when:%Y-%m-%d %H:%M}",
        loose=f"{when.year}-{when.month}-{when.day} {when:%H:%M}",
        paragraphs=_paragraphs(story),
        related=linked,
        share=share_bar("分享到："),
    )
    return _SHELL.substitute(
        label=site.label,
        title=text(story.title),
        publisher=site.publisher,
        metas=_metas(story),
        styles=styles("f", 12),
        middle=middle,
    )


def _paragraphs(story: Story) -> str:
    if story.site.family == "empire":  # lines and blanks, as its old editor wrote them
        return "<br />\n".join(f"　　{text(words)}" for words in story.paragraphs)
    tag = "div" if story.site.family == "epoint" else "p"
    return "".join(f'<{tag} style="text-indent:2em;">{text(words)}</{tag}>\n' for words in story.paragraphs)


def _metas(story: Story) -> str:
    site, when = story.site, story.published
    if site.family == "govcn":
        return (
            f'<meta name="firstpublishedtime" content="{when:%Y-%m-%d-%H:%M}:00" />\n'
            f'<meta name="lanmu" content="{COLUMN}" />\n<meta name="manuscriptId" content="{story.number}" />'
        )
    if not has_meta(site.family):
        return '<meta name="keywords" content="质量,标准,计量" />'
    pairs = {
        "SiteName": site.publisher,
        "SiteDomain": site.host,
        "ColumnName": COLUMN,
        "ArticleTitle": story.title,
        "PubDate": f"{when:%Y-%m-%d %H:%M}",
        "ContentSource": site.publisher,
    }
    if site.family == "epoint":
        del pairs["PubDate"]
    if site.family == "jcms":
        # When the page was made, not when the article was published.
        pairs["Maketime"] = f"{when + timedelta(days=3):%Y-%m-%d %H:%M:%S}"
    if site.family == "nfcms":
        pairs["ArticleId"] = str(story.number)
    return "\n".join(f'<meta name="{name}" content="{text(value)}" />' for name, value in pairs.items())
