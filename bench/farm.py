"""A generated news site for the benchmarks: list pages and article pages of about 40 KB, served by its own process.

The farm is deterministic: article ``n`` has the same words everywhere, so the truth can be told without asking it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PER_PAGE = 50

_SUBJECTS = [
    "市市场监管局",
    "省质量协会",
    "县政府",
    "高新区管委会",
    "市计量院",
    "行业商会",
    "检验检测中心",
    "质量强市办",
    "龙头企业",
    "标准化研究院",
]
_VERBS = ["部署", "启动", "总结", "推进", "发布", "修订", "评审", "调研", "宣传", "督导", "公示", "验收"]
_OBJECTS = [
    "质量月主题活动",
    "首席质量官培训",
    "市长质量奖申报",
    "小微企业认证提升",
    "计量惠民服务",
    "标准领跑者名单",
    "质量基础设施一站式平台",
    "缺陷产品召回抽查",
    "检验检测机构能力验证",
    "品牌培育三年计划",
    "绿色产品认证试点",
    "县域特色产业质量诊断",
]
_CLAUSES = [
    "共有{n}家单位参加",
    "较上年增长{n}个百分点",
    "预计全年完成{n}项任务",
    "抽检合格率达到九成以上",
    "专家组深入车间查看工艺",
    "会议要求把责任落到班组",
    "新增{n}台标准器具投入使用",
    "为中小企业节省费用约{n}万元",
    "群众满意度继续提高",
    "形成可复制的做法{n}条",
    "下一步将扩大到全部乡镇",
    "相关名单向社会公开",
]


def title_of(number: int) -> str:
    """The headline of article ``number``; unique."""
    words = random.Random(f"title{number}")
    return f"{words.choice(_SUBJECTS)}{words.choice(_VERBS)}{words.choice(_OBJECTS)}（第{number}期）"


def paragraphs_of(number: int) -> list[str]:
    """The body of article ``number``: about 1,700 characters."""
    words = random.Random(f"body{number}")
    lines = []
    for _ in range(12):
        clauses = [words.choice(_CLAUSES).format(n=words.randint(2, 990)) for _ in range(10)]
        opening = f"{words.choice(_SUBJECTS)}{words.choice(_VERBS)}{words.choice(_OBJECTS)}"
        lines.append(f"{opening}，{'，'.join(clauses)}。")
    return lines


def published_of(number: int) -> str:
    """The printed time of article ``number``."""
    day = number % 28 + 1
    return f"20{10 + number % 15}-{number % 12 + 1:02d}-{day:02d} {number % 24:02d}:{number % 60:02d}:00"


def url_path(number: int) -> str:
    """The address of article ``number`` on the farm's host."""
    return f"/news/{number // 1000}/{number}.html"


def _filler(size: int) -> str:
    parts = ['<div class="side"><ul>']
    index = 0
    length = 0
    while length < size:
        day = f"2019-01-{index % 28 + 1:02d}"
        line = f'<li><a href="/topic/{index}.html" title="专题{index}">专题{index}</a><span>{day}</span></li>\n'
        parts.append(line)
        length += len(line.encode())
        index += 1
    parts.append("</ul></div>")
    return "".join(parts)


def article_page(number: int, *, size: int = 40_000) -> bytes:
    """The bytes of an article page (UTF-8), padded with navigation and side lists to about ``size`` bytes."""
    title = title_of(number)
    body = "\n".join(f"<p>　　{line}</p>" for line in paragraphs_of(number))
    page = (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{title}_质量观察网</title>'
        '<link rel="stylesheet" href="/css/a.css"><script src="/js/a.js"></script></head><body>\n'
        '<div class="nav"><a href="/">首页</a> <a href="/news/">新闻</a></div>\n'
        '<div class="crumb">您当前的位置：<a href="/">首页</a> &gt; <a href="/news/">质量新闻</a> &gt; 正文</div>\n'
        f'<div class="main"><h1>{title}</h1>\n'
        f'<div class="info">发布时间：{published_of(number)} 来源：质量观察网 作者：王文 浏览：{number % 977}</div>\n'
        f'<div class="text">\n{body}\n<p>（记者 李明 通讯员 周芳）</p></div></div>\n'
    )
    tail = '<div class="foot">版权所有 质量观察网</div></body></html>'
    room = size - len(page.encode()) - len(tail)
    return (page + (_filler(room) if room > 0 else "") + tail).encode()


def list_page(page: int, count: int) -> bytes:
    """List page ``page`` (from 1), newest first, of a farm that holds articles 0 to ``count`` - 1."""
    newest = count - 1 - (page - 1) * PER_PAGE
    numbers = range(newest, max(newest - PER_PAGE, -1), -1)
    entries = "\n".join(
        f'<li><a href="{url_path(number)}">{title_of(number)}</a><span>{published_of(number)[:10]}</span></li>'
        for number in numbers
    )
    following = f'<a href="/list/{page + 1}.html">下一页</a>' if page * PER_PAGE < count else ""
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>质量新闻_质量观察网</title></head><body>'
        f'<ul class="list">{entries}</ul><div class="pages">{following}</div></body></html>'
    ).encode()


SITE_FILE = """\
publisher = "质量观察网"
revisit = "1h"
min_articles = 1
base_url = "http://{host}/"
delay_seconds = 0
allowed_hosts = ["{host}"]

[[lists]]
column = "质量新闻"
url = "/list/1.html"

[list_layout]
links = "ul.list li a"
item = "ul.list li"
date = "span"
next_page = "div.pages a"

[[layouts]]
name = "farm"
title = {{ css = "h1" }}
info = "div.info"
column = "div.crumb"
body = "div.text"
"""


@dataclass(frozen=True, slots=True)
class FarmSpec:
    """``count`` articles of ``size`` bytes; ``validators`` says whether pages carry an ETag."""

    count: int
    size: int = 40_000
    validators: bool = True
    latency_ms: float = 0.0


class Farm:
    """The farm in its own process on a loopback port; a context manager.

    ``grow`` and ``ignore_conditions`` change it while it serves.
    """

    def __init__(self, spec: FarmSpec) -> None:
        self.spec = spec
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.farm", json.dumps(asdict(self.spec))],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process is not None and self._process.stdout is not None
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()

    def grow(self, count: int) -> None:
        """Publish articles up to ``count`` in all."""
        self._control({"count": count})

    def ignore_conditions(self, ignore: bool) -> None:
        """Whether If-None-Match is ignored, as on servers that answer every time with the same bytes."""
        self._control({"ignore": ignore})

    def _control(self, order: dict[str, object]) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_control", data=json.dumps(order).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=30).close()


class _State:
    def __init__(self, spec: FarmSpec) -> None:
        self.spec = spec
        self.count = spec.count
        self.ignore_conditions = False
        self.pages: dict[str, bytes] = {}
        for number in range(spec.count):
            self.pages[url_path(number)] = self._answer(article_page(number, size=spec.size))

    def _answer(self, body: bytes) -> bytes:
        tag = f'ETag: "{hashlib.md5(body).hexdigest()}"\r\n' if self.spec.validators else ""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{tag}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def answer(self, path: str, tag: str | None) -> bytes:
        if path.startswith("/list/"):
            page = int(path.removeprefix("/list/").removesuffix(".html"))
            full = self._answer(list_page(page, self.count))
        elif path.startswith("/news/"):
            found = self.pages.get(path)
            if found is None:
                return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            full = found
        else:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if tag and not self.ignore_conditions and tag.encode() in full[:300]:
            return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
        return full

    def order(self, order: dict[str, object]) -> bytes:
        if isinstance(count := order.get("count"), int):
            for number in range(self.count, count):
                self.pages[url_path(number)] = self._answer(article_page(number, size=self.spec.size))
            self.count = count
        if isinstance(ignore := order.get("ignore"), bool):
            self.ignore_conditions = ignore
        return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Protocol(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self.state = state
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            text = head.decode("latin-1")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in text.split("\r\n")[1:])
            }
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            body, self.buffer = rest[:length], rest[length:]
            path = text.split(" ", 2)[1]
            answer = (
                self.state.order(json.loads(body))
                if path == "/_control"
                else self.state.answer(path, headers.get("if-none-match"))
            )
            if self.state.spec.latency_ms:
                asyncio.get_running_loop().call_later(self.state.spec.latency_ms / 1000, self.transport.write, answer)
            else:
                self.transport.write(answer)


async def _serve(spec: FarmSpec) -> None:
    state = _State(spec)
    server = await asyncio.get_running_loop().create_server(lambda: _Protocol(state), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(FarmSpec(**json.loads(sys.argv[1]))))
