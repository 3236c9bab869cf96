"""``scrapy genspider -t list_page NAME URL``: spider, site file and a failing test case at once."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from scrapy.commands.genspider import Command as ScrapyGenspider
from scrapy.exceptions import UsageError

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
DEFAULT_TEMPLATE = "list_page"


class Command(ScrapyGenspider):
    """Files that exist are never overwritten. The new case fails until a page is recorded and approved."""

    requires_project = True

    def syntax(self) -> str:
        return "[options] <site> <address of a list page>"

    def short_desc(self) -> str:
        return "Begin a site: spider, site file and test case"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.set_defaults(template=DEFAULT_TEMPLATE)

    @property
    def templates_dir(self) -> str:
        """Our templates, wherever the command is called from."""
        return str(TEMPLATES / "spiders")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if opts.list or opts.dump or opts.template != DEFAULT_TEMPLATE:
            super().run(args, opts)
            return
        if len(args) != 2:
            raise UsageError(
                "name a site and the address of one of its list pages: scrapy genspider -t list_page NAME URL",
                print_help=False,
            )
        name, url = args
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise UsageError(f'"{name}" is no site name: use small letters, digits and _', print_help=False)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url} is no http or https address", print_help=False)
        for path in begin_site(Path.cwd(), name, url):
            print(f"wrote {path}")
        print(f"Next: fill in the selectors, then scrapy record {name} URL-OF-AN-ARTICLE")


def begin_site(root: Path, name: str, url: str) -> list[Path]:
    """Write the files of a new site under ``root`` and return them; raises UsageError when one of them exists."""
    parts = urlsplit(url)
    names = {
        "name": name,
        "class_name": "".join(part.capitalize() for part in name.split("_")) + "Spider",
        "url": url,
        "base_url": f"{parts.scheme}://{parts.netloc}/",
        "path": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    }
    files = {
        root / "crawler" / "spiders" / f"{name}.py": _filled("spiders/list_page.tmpl", names),
        root / "seeds" / f"{name}.toml": _filled("seed.tmpl", names),
        # No page.html: the case fails and says what to do until a page is recorded over it.
        root / "tests" / "sites" / name / "list_first" / "meta.json": json.dumps({"url": url}, indent=2) + "\n",
    }
    for path in files:
        if path.exists():
            raise UsageError(f"{path.relative_to(root)} exists; nothing was written", print_help=False)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return list(files)


def _filled(template: str, names: dict[str, str]) -> str:
    return Template((TEMPLATES / template).read_text("utf-8")).substitute(names)
