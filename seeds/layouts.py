"""Check the layout tables of a site file: ``[list_layout]``, the overrides in ``[[lists]]`` and ``[[layouts]]``.

The tables stay plain mappings here; the crawler turns them into its layout classes. A test keeps the key names equal
to the fields of those classes.
"""

from __future__ import annotations

from typing import Any

from seeds.toml_file import Table

LIST_LAYOUT_KEYS = ("links", "item", "date", "next_page", "page_url", "title_attr")
ARTICLE_LAYOUT_KEYS = (
    "name", "body", "title", "published_at", "source", "info", "column", "views", "subtitle", "drop", "cut",
    "start", "end", "url_date", "url_date_fills",
)  # fmt: skip
PICK_KEYS = ("css", "attr", "pattern", "required")
_PICKS = ("title", "published_at", "source", "views", "subtitle")
_TEXTS = ("body", "info", "column", "drop", "start", "end")


def read_list_layout(table: Table, partial: bool = False) -> dict[str, Any]:
    """The checked table of a list layout; ``partial`` when it only overrides another. Raises SeedError."""
    table.expect_keys(LIST_LAYOUT_KEYS)
    for key in ("item", "date", "next_page", "page_url"):
        table.text(key)
    table.flag("title_attr", False)
    if partial:
        table.text("links")
    else:
        table.required_text("links", "Add links, the CSS selector of the article links")
    return dict(table.data)


def read_layout(table: Table) -> dict[str, Any]:
    """The checked table of one article layout; every pick as a table of css, attr, pattern, required."""
    table.expect_keys(ARTICLE_LAYOUT_KEYS)
    table.required_text("name", 'Add name, for example the year of the template: name = "2024"')
    if "start" not in table.data:
        table.required_text("body", "Add body, the CSS selector of the article text, or start, a comment marker")
    layout = dict(table.data)
    for key in _TEXTS:
        table.text(key)
    for key in _PICKS:
        if key in table.data:
            layout[key] = _read_pick(table, key)
    for pattern in table.texts("cut"):
        table.check_pattern("cut", pattern)
    layout["cut"] = table.texts("cut")
    table.pattern("url_date")
    table.flag("url_date_fills", False)
    if "end" in layout and "start" not in layout:
        raise table.error("end", "end without start", "Give start, the comment marker where the text begins")
    return layout


def _read_pick(table: Table, key: str) -> dict[str, Any]:
    value = table.data[key]
    if isinstance(value, str):
        value = {"css": table.text(key)}
    if not isinstance(value, dict) or "css" not in value:
        remedy = f'Write {key} = "h1" or {key} = {{ css = "h1", attr = "title", pattern = "(.+)" }}'
        raise table.error(key, f"{key} must be a CSS selector or a table with css, not {value!r}", remedy)
    unknown = [name for name in value if name not in PICK_KEYS]
    if unknown:
        raise table.error(key, f'unknown key "{unknown[0]}" in {key}', f"Known keys: {', '.join(PICK_KEYS)}")
    if not isinstance(value.get("required", True), bool):
        raise table.error(key, f"required in {key} must be true or false", "Correct it")
    for name in ("css", "attr", "pattern"):
        if name in value and not (isinstance(value[name], str) and value[name]):
            raise table.error(key, f"{name} in {key} must be a text, not {value[name]!r}", "Correct it")
    table.check_pattern(key, value.get("pattern", ""))
    return dict(value)
