"""What went wrong on a page, by kind: the failures of body, title, time, author and source, each with a quotation.

The kinds are those the field's extractors are known for on Chinese pages. They are told apart by the words that were
added or lost and by where the page has them. The tokens are the scorer's: what is counted here is what it scores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

from bench.pages import Case, Prediction
from crawler.reading.page import Element, parse

KINDS = (
    "related links swallowed", "side matter swallowed", "meta line left in", "wrong block chosen", "text lost",
    "layout table as data", "comments swallowed", "headline repeated", "copyright, disclaimer", "share or print bar",
    "empty", "charset",
    "time: wrong day", "time: no minute", "time: wrong minute", "time: nothing", "time: given, none shown",
    "title: suffix or prefix kept", "title: nothing", "title: site or column name", "title: cut short", "title: other",
    "author: an editor", "author: an agency or name of a program", "author: somebody else", "author: missed",
    "source: wrong", "source: missed",
)  # fmt: skip
"""In the order in which they are printed."""

LEAST_SHARE = 0.02
"""A body failure counts when it makes up this share of the article's length."""
_LEAST_TOKENS = 4
_WRONG_BLOCK = 0.1
_META = re.compile(
    r"来源|作者|发布时间|发布日期|发表于|浏览|点击数|阅读(?:量|数|次数)|责任编辑|责编|字号|字体|20\d\d[-/年.]\d{1,2}|\d\d:\d\d"
)
_COMMENTS = re.compile(r"条评论|网友评论|发表评论|我来说两句|跟贴|跟帖|回复|楼主|登录后|网友\[|点赞|顶\[?\d")
_COPYRIGHT = re.compile(r"版权|免责|声明|转载|侵权|授权|不代表本|仅代表|内容为自媒体|联系我们|备案|公网安备|侵删|举报")
_BAR = re.compile(r"分享|微信扫|扫一扫|打印|关闭窗口|当前位置|首页|收藏|字号|微博|朋友圈|下载客户端|播放")
_COMMENT_NAME = re.compile(r"comment|pinglun|reply|gentie", re.IGNORECASE)
_EDITOR = re.compile(r"(?:责任编辑|责编|编辑|校对|审核|监制)[^。\n]{0,30}\Z")
_AGENCY = re.compile(
    r"[社报网台站局委厅府部院会]\Z|编辑部|记者站|日报|晚报|admin|cms|editor|author|[A-Za-z]{3,}|新闻|客户端|频道|官方"
)


@dataclass(frozen=True)
class Failure:
    """One failure of one page: its kind, its share of the article (0 for fields other than the body), a quotation."""

    kind: str
    share: float
    quotation: str


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int


class Judge:
    """Tells the failures of predictions for one page; the page is parsed once."""

    def __init__(self, case: Case, scorer: ModuleType) -> None:
        self.case = case
        self.scorer = scorer
        root = parse(case.text)
        self._linked = self._shingles(_texts(root, _is_link))
        self._commented = self._shingles(_texts(root, _is_comment))
        self._page = _flat("" if root is None else "".join(map(str, root.itertext("*"))))

    def failures(self, prediction: Prediction) -> list[Failure]:
        """All failures of one extractor on this page, the body's first."""
        return [
            *self._body(str(prediction.get("body") or "")),
            *self._title(str(prediction.get("title") or "")),
            *self._time(prediction),
            *self._people("author", prediction),
            *self._people("source", prediction),
        ]

    def _body(self, body: str) -> list[Failure]:
        truth = self.case.truth["body"]
        if not truth:
            return []
        want, have = self._tokens(truth), self._tokens(body)
        if not have[1]:
            return [Failure("empty", 1.0, _quoted(truth))]
        lost = list(_spans(want[1], self._shingle_set(have[1])))
        recall = 1 - sum(end - start for start, end in lost) / max(1, len(want[1]))
        if recall < _WRONG_BLOCK:
            kind = "charset" if _is_mojibake(body) else "wrong block chosen"
            return [Failure(kind, 1.0, _quoted(body))]
        found: dict[str, list[tuple[int, str]]] = {}
        for start, end in lost:
            found.setdefault("text lost", []).append((end - start, _piece(*want, start, end)))
        for start, end in _spans(have[1], self._shingle_set(want[1])):
            if end - start >= _LEAST_TOKENS:
                piece = _piece(*have, start, end)
                found.setdefault(self._added_kind(piece, start), []).append((end - start, piece))
        if "headline repeated" not in found and self._is_title(body) and not self._is_title(truth):
            found["headline repeated"] = [(len(self._tokens(body.partition("\n")[0])[1]), body.partition("\n")[0])]
        if body.count("|") > truth.count("|") + 5:
            found.setdefault("layout table as data", []).append((body.count("|"), body[body.find("|") :]))
        failures = []
        for kind, pieces in found.items():
            share = sum(length for length, _ in pieces) / max(1, len(want[1]))
            if share >= LEAST_SHARE:
                failures.append(Failure(kind, share, _quoted(max(pieces)[1])))
        return failures

    def _added_kind(self, piece: str, start: int) -> str:
        tokens = self._tokens(piece)[1]
        titles = self.case.truth["title"] or ""
        known = self._shingles(titles if isinstance(titles, list) else [titles])
        if _share(tokens, known) >= 0.7:
            return "headline repeated"
        if _COMMENTS.search(piece) or _share(tokens, self._commented) >= 0.6:
            return "comments swallowed"
        if len(tokens) <= 60 and _META.search(piece) and (start < 80 or len(_META.findall(piece)) >= 2):
            return "meta line left in"
        if _share(tokens, self._linked) >= 0.5:
            return "related links swallowed"
        if _COPYRIGHT.search(piece):
            return "copyright, disclaimer"
        if len(tokens) <= 60 and _BAR.search(piece):
            return "share or print bar"
        return "side matter swallowed"

    def _is_title(self, text: str) -> bool:
        """Whether the text begins with the headline as a line of its own: its words may come again further down."""
        titles = self.case.truth["title"] or ""
        first = self.scorer.norm_title(text.strip().partition("\n")[0])
        return any(first == self.scorer.norm_title(one) for one in (titles if isinstance(titles, list) else [titles]))

    def _title(self, given: str) -> list[Failure]:
        truth = self.case.truth["title"]
        if not truth or self.scorer.title_score(truth, given)[0]:
            return []
        right = self.scorer.norm_title(truth[0] if isinstance(truth, list) else truth)
        norm = self.scorer.norm_title(given)
        if not norm:
            kind = "nothing"
        elif right in norm:
            kind = "suffix or prefix kept"
        elif norm in right:
            kind = "cut short"
        elif len(norm) <= 12:
            kind = "site or column name"
        else:
            kind = "other"
        return [Failure(f"title: {kind}", 0.0, f"{_quoted(given)} for {_quoted(str(truth))}")]

    def _time(self, prediction: Prediction) -> list[Failure]:
        truth, given = self.case.truth["published_at"], prediction.get("published_at")
        if truth is None:
            return []
        wanted = [self.scorer.parse_date(one) for one in (truth if isinstance(truth, list) else [truth])]
        day, minute = self.scorer.parse_date(given)
        days = {one for one, _ in wanted if one}
        if not days:
            kind = "given, none shown" if day else ""
        elif day is None:
            kind = "nothing"
        elif day not in days:
            kind = "wrong day"
        elif any((day, minute) == one for one in wanted) or not any(one for _, one in wanted):
            kind = ""
        else:
            kind = "wrong minute" if minute else "no minute"
        return [Failure(f"time: {kind}", 0.0, f"{given or 'nothing'} for {truth}")] if kind else []

    def _people(self, name: str, prediction: Prediction) -> list[Failure]:
        truth = self.case.truth[name]
        if truth is None:
            return []
        given = prediction.get(name) or []
        _, wrong, missed = self.scorer.set_counts(truth, given)
        said = f"{'、'.join(map(str, given)) or 'nothing'} for {'、'.join(truth) or 'nothing'}"
        if wrong:
            return [Failure(f"{name}: {self._wrong_name(name, given)}", 0.0, said)]
        return [Failure(f"{name}: missed", 0.0, said)] if missed else []

    def _wrong_name(self, name: str, given: Sequence[str]) -> str:
        if name == "source":
            return "wrong"
        for one in given:
            place = self._page.find(_flat(one))
            if place >= 0 and _EDITOR.search(self._page[max(0, place - 40) : place]):
                return "an editor"
        return "an agency or name of a program" if any(_AGENCY.search(one) for one in given) else "somebody else"

    def _tokens(self, text: str) -> tuple[str, list[_Token]]:
        """The scorer's tokens with their places in the returned text."""
        shown = unicodedata.normalize("NFKC", self.scorer.EDITOR.sub(" ", text))
        return shown, [_Token(one[0].lower(), *one.span()) for one in self.scorer.TOKEN.finditer(shown)]

    def _shingles(self, texts: Sequence[str]) -> set[tuple[str, ...]]:
        return {shingle for text in texts for shingle in self._shingle_set(self._tokens(text)[1])}

    @staticmethod
    def _shingle_set(tokens: Sequence[_Token]) -> set[tuple[str, ...]]:
        words = [token.text for token in tokens]
        return {tuple(words[place : place + 4]) for place in range(max(1, len(words) - 3))}


def _spans(tokens: Sequence[_Token], known: set[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Runs of tokens that no shingle of the other text covers, as [start, end)."""
    words = [token.text for token in tokens]
    covered = bytearray(len(words))
    for place in range(max(1, len(words) - 3)):
        piece = tuple(words[place : place + 4])
        if piece in known:
            covered[place : place + len(piece)] = b"\1" * len(piece)
    start = None
    for place, flag in enumerate([*covered, 1]):
        if not flag and start is None:
            start = place
        elif flag and start is not None:
            yield start, place
            start = None


def _share(tokens: Sequence[_Token], known: set[tuple[str, ...]]) -> float:
    missing = sum(end - start for start, end in _spans(tokens, known))
    return 1 - missing / max(1, len(tokens))


def _piece(text: str, tokens: Sequence[_Token], start: int, end: int) -> str:
    return text[tokens[start].start : tokens[end - 1].end]


def _texts(root: Element | None, wanted: Callable[[Element], bool]) -> list[str]:
    if root is None:
        return []
    return ["".join(map(str, node.itertext("*"))) for node in root.iter("*") if wanted(node)]


def _is_link(node: Element) -> bool:
    return node.tag == "a"


def _is_comment(node: Element) -> bool:
    return node.tag in ("div", "ul", "section") and bool(
        _COMMENT_NAME.search(f"{node.get('id', '')} {node.get('class', '')}")
    )


def _is_mojibake(body: str) -> bool:
    """Whether the text is the bytes of another charset: replacement characters, or accented letters all over."""
    return body.count("\ufffd") > len(body) // 50 or len(re.findall("[\u00a1-\u00ff]", body)) > len(body) // 5


def _flat(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _quoted(text: str) -> str:
    flat = " ".join(text.split())
    return f"「{flat if len(flat) <= 60 else f'{flat[:28]} … {flat[-28:]}'}」"
