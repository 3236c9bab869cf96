"""Read the site files: the project's own and those of more folders.

A file in another folder with the name of one of the project's own builds on it: the keys it gives replace the shipped
ones, the rest is inherited; its ``[[layouts]]`` come before the shipped ones. So one line, ``base_url = "…"``, is
enough to give a site its address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from seeds.layouts import read_layout, read_list_layout
from seeds.model import ListSource, Schedule, SeedError, Site
from seeds.schedules import COLUMN_KEYS, read_budget, read_column_schedule, read_duration, read_schedule
from seeds.toml_file import Table, TomlFile

OWN_FOLDER = Path(__file__).resolve().parent

SITE_KEYS = (
    "publisher", "family", "region", "base_url", "enabled", "revisit", "revisit_days", "min_articles", "delay_seconds",
    "allowed_hosts", "mirrors", "source_names", "article_url", "tls", "schedule", "snapshots",
    "lists", "list_layout", "layouts",
)  # fmt: skip
LAYOUT_KEYS = ("links", "item", "date", "next_page", "title_attr")
LIST_KEYS = ("column", "url", "page_url", "max_pages", *LAYOUT_KEYS, *COLUMN_KEYS)
TLS_KEYS = ("verify", "reason")
KEEP_KEYS = ("keep_lists_days", "keep_unreferenced_days")

DEFAULT_REVISIT_SECONDS = 6 * 3600
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\]")


def load_sites(paths: Sequence[Path] = ()) -> dict[str, Site]:
    """All sites by name, sorted: the project's own, then those of the folders ``paths``.

    Raises SeedError for the first fault of any file, for a site that two of the folders declare, and for a list
    address that two sites share.
    """
    found: dict[str, list[Path]] = {path.stem: [path] for path in sorted(OWN_FOLDER.glob("*.toml"))}
    seen: dict[str, Path] = {}
    for folder in paths:
        if not folder.is_dir():
            raise SeedError(folder, None, "there is no such folder of site files", "Correct sites.paths in zhiwen.toml")
        for path in sorted(folder.glob("*.toml")):
            name = path.stem
            if name in seen and seen[name].resolve() != path.resolve():
                raise SeedError(
                    path, 1, f'the site "{name}" is declared in {seen[name]} too', "Rename one of the files"
                )
            if name not in seen:
                seen[name] = path
                found.setdefault(name, []).insert(0, path)
    sites = {name: load_site(*found[name]) for name in sorted(found)}
    _refuse_shared_lists(sites)
    return sites


def load_site(path: Path, *base: Path) -> Site:
    """The site of one file; ``base`` names the shipped file that it builds on, if any. Raises SeedError."""
    files = [TomlFile.read(file) for file in (path, *base)]
    data: dict[str, Any] = {}
    for file in reversed(files):
        data.update(file.data)
    layouts = [file.data["layouts"] for file in files if "layouts" in file.data]
    if len(layouts) > 1 and all(isinstance(own, list) for own in layouts):
        data["layouts"] = [layout for own in layouts for layout in own]  # a new template comes before the known ones
    if not _NAME.fullmatch(path.stem):
        raise SeedError(
            path, None, f'"{path.stem}" is no site name', "Name the file in snake_case: small letters, digits and _"
        )
    for file in files:
        Table([file], file.data).expect_keys(SITE_KEYS)
    top = Table(files, data)
    base_url = top.text("base_url")
    if base_url is not None:
        _check_address(top, "base_url", base_url)
    revisit = read_duration(top, "revisit") or DEFAULT_REVISIT_SECONDS
    schedule = read_schedule(top.table("schedule"), revisit)
    return _site(path, top, base_url, revisit, _read_lists(top, base_url, schedule, revisit))


def undeclared_site(name: str, host: str) -> Site:
    """What stands for a site that no file declares: one host, no lists, everything else as by default."""
    base_url = f"http://{host}/"
    top = Table([], {"publisher": host, "base_url": base_url, "family": "auto", "enabled": False})
    return _site(Path(f"{name}.toml"), top, base_url, DEFAULT_REVISIT_SECONDS, ())


def _site(path: Path, top: Table, base_url: str | None, revisit: int, lists: tuple[ListSource, ...]) -> Site:
    tls_verify, tls_reason = _read_tls(top)
    list_layout = top.table("list_layout")
    return Site(
        name=path.stem,
        publisher=top.required_text("publisher", 'Add publisher = "…", the name that readers know'),
        file=path,
        lists=lists,
        base_url=base_url,
        family=top.text("family"),
        region=top.text("region"),
        revisit_seconds=revisit,
        visits_per_day=read_budget(top.table("schedule")),
        revisit_days=_read_days(top, "revisit_days"),
        min_articles=top.whole("min_articles", 0) or 0,
        delay_seconds=top.number("delay_seconds", 0),
        allowed_hosts=_hosts(top, base_url, lists),
        mirrors=_read_hosts(top, "mirrors"),
        source_names=top.texts("source_names"),
        article_url=top.pattern("article_url"),
        tls_verify=tls_verify,
        tls_reason=tls_reason,
        list_layout=read_list_layout(list_layout) if list_layout else None,
        layouts=tuple(read_layout(table) for table in top.tables("layouts")),
        enabled=top.flag("enabled", True),
        keep_days=_read_keep(top),
    )


def key_error(site: Site, key: str, message: str, remedy: str) -> SeedError:
    """A SeedError at the line of ``key`` in the site's file, for checks that need more than the file."""
    file = TomlFile.read(site.file)
    return Table([file], file.data).error(key, message, remedy)


def _read_lists(top: Table, base_url: str | None, schedule: Schedule, revisit: int) -> tuple[ListSource, ...]:
    tables = top.tables("lists")
    if not tables:
        raise top.error("lists", "the site has no [[lists]]", "Add [[lists]] with column and url of one list page")
    lists: list[ListSource] = []
    for table in tables:
        table.expect_keys(LIST_KEYS)
        url = table.required_text("url", "Add url, the address of the list's first page")
        if base_url is not None:
            url = urljoin(base_url, url)
        if "://" in url or not url.startswith("/"):
            _check_address(table, "url", url)
        if any(url == other.url for other in lists):
            raise table.error("url", f"the list {url} stands here twice", "Remove one of the entries")
        page_url = table.text("page_url")
        _check_page_template(table, page_url)
        layout = {key: table.data[key] for key in table.data if key in LAYOUT_KEYS}
        read_list_layout(Table(table.files, layout, table.name, table.index), partial=True)
        lists.append(
            ListSource(
                column=table.required_text("column", "Add column, the name of this list"),
                url=url,
                page_url=page_url,
                max_pages=table.whole("max_pages", 1),
                layout=layout,
                schedule=read_column_schedule(table, schedule, revisit),
            )
        )
    return tuple(lists)


def _check_page_template(table: Table, page_url: str | None) -> None:
    if page_url is not None and "{page}" not in page_url and "{page0}" not in page_url:
        raise table.error("page_url", f"page_url has no page number: {page_url}", 'Write it as "index_{page}.html"')


def _check_address(table: Table, key: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
        host = parts.hostname or ""
    except ValueError:
        port_ok, host, parts = False, "", urlsplit("")
    bracketed = f"[{host}]" if ":" in host else host
    ascii_host = _ascii(bracketed)
    fault = (
        "it is no http or https address" if parts.scheme not in ("http", "https")
        else "its host is not valid" if not _HOST.fullmatch(ascii_host)
        else "its port is not valid" if not port_ok
        else "it holds a user name" if parts.username is not None
        else "it holds blanks" if re.search(r"\s", url)
        else None
    )  # fmt: skip
    if fault:
        raise table.error(key, f"bad address {url!r}: {fault}", f'Write {key} = "https://host/path/"')


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""


def _read_tls(top: Table) -> tuple[bool, str | None]:
    table = top.table("tls")
    if table is None:
        return True, None
    table.expect_keys(TLS_KEYS)
    verify, reason = table.flag("verify", True), table.text("reason")
    if not verify and reason is None:
        raise top.error(
            "tls", "tls.verify is off without a reason", 'Write tls = { verify = false, reason = "why, since when" }'
        )
    return verify, reason


def _read_keep(top: Table) -> dict[str, float | None]:
    table = top.table("snapshots")
    if table is None:
        return {}
    table.expect_keys(KEEP_KEYS)
    return {key: None if table.data[key] == "forever" else table.number(key, 1) for key in table.data}


def _read_days(top: Table, key: str) -> tuple[float, ...] | None:
    days = top.data.get(key)
    if days is None:
        return None
    # True is a number to Python, and to nobody else.
    numbers = isinstance(days, list) and all(isinstance(day, int | float) and day is not True for day in days)
    if not numbers or not days or not all(0 < day <= 3650 for day in days) or sorted(set(days)) != days:
        raise top.error(key, f"{key} is no ladder of days: {days!r}", f"Write {key} = [1, 3, 7, 30], ages in days")
    return tuple(float(day) for day in days)


def _read_hosts(top: Table, key: str) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in top.texts(key))
    for host in hosts:
        if not _HOST.fullmatch(_ascii(host)):
            raise top.error(key, f"{host!r} is no host name", f'Write {key} = ["www.example.cn"], without http://')
    return hosts


def _hosts(top: Table, base_url: str | None, lists: Sequence[ListSource]) -> tuple[str, ...]:
    named = _read_hosts(top, "allowed_hosts")
    urls = [url for url in (base_url, *(source.url for source in lists)) if url and "://" in url]
    return tuple(dict.fromkeys([*(urlsplit(url).hostname or "" for url in urls), *named]))


def _refuse_shared_lists(sites: Mapping[str, Site]) -> None:
    owners: dict[str, Site] = {}
    for site in sites.values():
        for source in site.lists:
            if "://" not in source.url:
                continue
            owner = owners.setdefault(source.url, site)
            if owner is not site:
                raise key_error(
                    site,
                    "lists",
                    f"the list {source.url} belongs to {owner.name} ({owner.file}) already",
                    "Remove it from one of the two files",
                )
