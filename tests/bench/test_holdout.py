"""A site's pages are read with the setting that the other sites choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.holdout import hold_out, read_all, settings_around
from bench.pages import Case, Prediction, load_scorer, site_of
from crawler.exceptions import LayoutMismatch


@dataclass(frozen=True)
class Numbers:
    ratio: float = 0.4
    least: int = 30
    name: str = "fixed"
    off: float = 0.0
    flag: bool = True


TEXT = "一二三四五六七八九十甲乙丙丁"


def case(name: str, site: str) -> Case:
    truth = {
        "id": name,
        "kind": "news",
        "title": "",
        "published_at": None,
        "author": None,
        "source": None,
        "body": TEXT,
    }
    return Case(name, f"http://{site}/{name}", b"", "", truth, site)


def test_settings_start_with_the_standing_one_and_repeat_by_seed() -> None:
    settings = settings_around(Numbers(), 12)

    assert settings[0] == Numbers()
    assert len(set(settings)) == 12
    assert settings == settings_around(Numbers(), 12)
    assert settings != settings_around(Numbers(), 12, seed=1)
    assert {(one.name, one.off, one.flag) for one in settings} == {("fixed", 0.0, True)}
    assert all(isinstance(one.least, int) and one.least >= 1 for one in settings)


def test_site_has_no_say_in_its_own_setting(shared_dir: Path) -> None:
    cases = [case("a1", "a.cn"), case("b1", "b.cn"), case("b2", "b.cn")]
    right, wrong = {"body": TEXT}, {"body": TEXT[:6]}
    # The second setting is best for a.cn alone, the first for b.cn alone.
    table: list[dict[str, Prediction]] = [
        {"a1": wrong, "b1": right, "b2": right},
        {"a1": right, "b1": wrong, "b2": wrong},
    ]

    held = hold_out(cases, table, load_scorer(shared_dir / "pages"))

    assert held.chosen == {"a.cn": 0, "b.cn": 1}
    assert held.predictions == {"a1": wrong, "b1": wrong, "b2": wrong}


def test_standing_setting_is_kept_among_equals(shared_dir: Path) -> None:
    cases = [case("a1", "a.cn"), case("b1", "b.cn")]
    same: dict[str, Prediction] = {"a1": {"body": TEXT}, "b1": {"body": TEXT}}

    assert set(hold_out(cases, [same, dict(same)], load_scorer(shared_dir / "pages")).chosen.values()) == {0}


def read(one: Case, setting: int) -> Prediction:
    if setting == 2:
        raise LayoutMismatch("nothing here")
    return {"body": f"{one.id} {setting}"}


def test_every_page_is_read_with_every_setting_in_two_processes() -> None:
    cases = [case("a1", "a.cn"), case("b1", "b.cn")]

    table = read_all(cases, [1, 2], read, processes=2)

    assert table == [{"a1": {"body": "a1 1"}, "b1": {"body": "b1 1"}}, {"a1": {}, "b1": {}}]
    assert table == read_all(cases, [1, 2], read, processes=1)


def test_site_is_the_registrable_host_or_the_one_mostly_linked() -> None:
    assert site_of("https://news.city.gov.cn/a.html", "") == "city.gov.cn"
    assert site_of("https://www.news.example/a.html", "") == "news.example"
    links = '<a href="http://w.paper.com.cn/1"><img src="//img.paper.com.cn/1.jpg"><a href="http://ad.example/">'
    assert site_of(None, links) == "paper.com.cn"
    assert site_of(None, "<p>") == "unknown"
