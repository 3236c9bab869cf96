"""The difference between two revisions as one page of HTML: self-contained, no script, every text escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from archive.differences import Comparison, Piece
from archive.summaries import ATTACHMENT_WORDS, Difference
from cli.differences import MARK_WORDS
from cli.output import plain, when

if TYPE_CHECKING:
    from archive.records import ArticleDetail, RevisionRow

_STYLE = """
:root{color-scheme:light dark;--ink:#1d232b;--paper:#fff;--soft:#66707c;--line:#dfe3e8;--del:#fbe3e4;--del-ink:#8d1219;
--ins:#dcf3e2;--ins-ink:#0b5a2a;--move:#e4e9fb;--move-ink:#27408f;--mark:#f5c443}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--paper:#14181d;--soft:#97a1ad;--line:#2c333b;--del:#4a1d21;
--del-ink:#ffb3b8;--ins:#143c25;--ins-ink:#a5e8bd;--move:#222d54;--move-ink:#b9c7ff;--mark:#b98a12}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.85 "Noto Serif CJK SC","Source Han Serif SC",
"Songti SC",SimSun,serif;overflow-wrap:anywhere}
main{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.55rem;line-height:1.45;margin:.2rem 0 .6rem}
h2{font:600 .85rem/1.4 system-ui,"Noto Sans CJK SC",sans-serif;color:var(--soft);margin:2.2rem 0 .5rem;
border-bottom:1px solid var(--line);padding-bottom:.3rem}
.about,table,.legend{font:.85rem/1.6 system-ui,"Noto Sans CJK SC",sans-serif;color:var(--soft)}
.about a{color:inherit}
.summary{font:600 1.05rem/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:1rem 0;padding:.7rem .9rem;
border-left:4px solid var(--mark);background:color-mix(in srgb,var(--mark) 12%,transparent)}
table{border-collapse:collapse;width:100%;color:var(--ink)}
th{font-weight:600;text-align:left;color:var(--soft);white-space:nowrap}
td,th{padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
del{background:var(--del);color:var(--del-ink);text-decoration:line-through;text-decoration-thickness:1px}
ins{background:var(--ins);color:var(--ins-ink);text-decoration:none}
del,ins{border-radius:3px;padding:.05em .12em}
.moved{background:var(--move);color:var(--move-ink)}
.number,.date,.name,.office,.doc_number{box-shadow:inset 0 -2px 0 var(--mark);font-weight:600}
.body{white-space:pre-wrap}
.gap{color:var(--soft);font:.85rem system-ui,sans-serif}
.legend span{margin-right:1em}
@media (max-width:34rem){body{font-size:16px}main{padding:1.2rem .9rem 3rem}h1{font-size:1.3rem}
td,th{padding-right:.5rem}}
"""
_CSP = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def page(detail: ArticleDetail, history: Sequence[RevisionRow], found: Difference) -> str:
    """The page. Title and body stand in full with what went and came; what of note changed stands in a table."""
    rows = {row.number: row for row in history}
    old, new = rows[found.before], rows[found.after]
    digest = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    about = f"第 {found.before} 版（{when(old.fetched_at)}）→ 第 {found.after} 版（{when(new.fetched_at)}）"
    parts = [
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_CSP.format(digest)}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>改动：{_text(new.title)}</title><style>{_STYLE}</style></head><body><main>",
        f'<p class="about">{_text(detail.article.site)} · {about}</p>',
        f"<h1>{_pieces(found.title)}</h1>",
        f'<p class="about">{_text(detail.article.url)}</p>',
        f'<p class="summary">{_text(found.summary)}</p>',
        *_facts(found),
        *_marks(found),
        "<h2>正文</h2>" if "body" in found.fields else "<h2>正文（未改动）</h2>",
        f'<div class="body">{_pieces(found.body)}</div>',
        '<p class="legend"><span><del>删去</del></span><span><ins>新增</ins></span>'
        '<span><ins class="moved">移动</ins></span>'
        '<span><ins class="number">数字、日期、人名、职务、文号</ins></span></p>',
        "</main></body></html>\n",
    ]
    return "".join(parts)


def _facts(found: Difference) -> list[str]:
    rows = [
        f"<tr><th>{word}</th><td><del>{_text(pair[0]) or '（无）'}</del> "
        f"<ins>{_text(pair[1]) or '（无）'}</ins></td></tr>"
        for word, pair in (("发布时间", found.published_at), ("来源", found.source))
        if pair is not None
    ]
    for kind, word in ATTACHMENT_WORDS.items():
        for file in found.attachments.get(kind, ()):
            if "name" in file:
                told = f"<{_TAGS[kind]}>{_text(file['name'])}</{_TAGS[kind]}>"
            else:
                told = f"<del>{_text(file['before'])}</del> <ins>{_text(file['after'])}</ins>"
            rows.append(f"<tr><th>{word}</th><td>{told}</td></tr>")
    return ["<h2>其他改动</h2><table>", *rows, "</table>"] if rows else []


_TAGS = {"added": "ins", "removed": "del", "renamed": "ins", "replaced": "ins"}


def _marks(found: Difference) -> list[str]:
    rows = [
        f"<tr><th>{MARK_WORDS[mark.mark]}</th><td>{_text(mark.about)}</td>"
        f"<td>{f'<del>{_text(mark.before)}</del>' if mark.before else '—'}</td>"
        f"<td>{f'<ins>{_text(mark.after)}</ins>' if mark.after else '—'}</td></tr>"
        for mark in found.marks
    ]
    return ["<h2>数字、日期、人名、职务、文号</h2><table>", *rows, "</table>"] if rows else []


def _pieces(comparison: Comparison) -> str:
    return "".join(map(_piece, comparison.pieces))


def _piece(piece: Piece) -> str:
    text = _text(piece.text)
    if piece.kind == "same":
        return text
    tag = "ins" if piece.kind in ("added", "moved_to") else "del"
    kinds = [*(["moved"] if piece.kind.startswith("moved") else []), *([piece.mark] if piece.mark else [])]
    return f'<{tag} class="{" ".join(kinds)}">{text}</{tag}>' if kinds else f"<{tag}>{text}</{tag}>"


def _text(text: str) -> str:
    return escape(plain(text))
