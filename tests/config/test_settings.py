"""The settings file and the variables: what wins, and how mistakes are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config.settings import ConfigError, Settings, child_environment, load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("ZHIWEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def _write(text: str, name: str = "zhiwen.toml") -> Path:
    file = Path(name).absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.data_dir == tmp_path / "data"
    assert settings.archive_url == f"sqlite:///{tmp_path}/data/zhiwen.db"
    assert settings.fetch.allow == []


def test_file_sets_values_of_every_section(tmp_path: Path) -> None:
    _write(
        'database_url = "sqlite:////srv/z.db"\n[fetch]\nallow = ["127.77.0.0/16:8080"]\n'
        '[fetch.resolve]\n"www.zgnt.net" = "127.0.0.1:8901"\n[crawl]\nmax_requests = 7\n[sites]\npaths = ["more"]\n'
    )
    settings = load_settings()
    assert settings.archive_url == "sqlite:////srv/z.db"
    assert settings.fetch.allow == ["127.77.0.0/16:8080"]
    assert settings.fetch.resolve == {"www.zgnt.net": "127.0.0.1:8901"}
    assert settings.crawl.max_requests == 7
    assert settings.sites.paths == [tmp_path / "more"]


def test_variable_wins_over_file_and_leaves_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    _write("[fetch]\nretries = 5\ndelay_seconds = 3\n")
    monkeypatch.setenv("ZHIWEN_FETCH__DELAY_SECONDS", "0.5")
    settings = load_settings()
    assert (settings.fetch.delay_seconds, settings.fetch.retries) == (0.5, 5)


@pytest.mark.parametrize("text", ["127.77.0.0/16:8080, 10.0.0.5", '["127.77.0.0/16:8080", "10.0.0.5"]'])
def test_list_variable_may_be_commas_or_json(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__ALLOW", text)
    assert load_settings().fetch.allow == ["127.77.0.0/16:8080", "10.0.0.5"]


def test_relative_folders_count_from_the_file_that_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _write('data_dir = "store"\n', "etc/zhiwen.toml")
    monkeypatch.setenv("ZHIWEN_CONFIG", str(file))
    assert load_settings().data_dir == tmp_path / "etc" / "store"
    monkeypatch.setenv("ZHIWEN_DATA_DIR", "here")
    assert load_settings().data_dir == tmp_path / "here"


def test_unknown_key_names_file_and_nearest_key() -> None:
    file = _write("[fetch]\nalow = []\n")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(caught.value) == f"{file}: unknown key fetch.alow. Did you mean fetch.allow?"


def test_all_mistakes_are_told_at_once() -> None:
    _write("dataa_dir = 'x'\n[crawl]\nmax_seconds = 0\n")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    first, second = sorted(str(caught.value).splitlines())
    assert "crawl.max_seconds: input should be greater than 0 (found 0)" in first
    assert "unknown key dataa_dir. Did you mean data_dir?" in second


def test_unknown_variable_names_nearest_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__ALOW", "10.0.0.5")
    with pytest.raises(
        ConfigError, match=r"ZHIWEN_FETCH__ALOW is no known variable\. Did you mean ZHIWEN_FETCH__ALLOW"
    ):
        load_settings()


def test_internal_variables_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_CLOCK_SHIFT", "-86400")
    monkeypatch.setenv("ZHIWEN_PROGRESS", "1")
    assert load_settings() == load_settings()


def test_bad_variable_is_named_with_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH__RETRIES", "often")
    with pytest.raises(ConfigError, match=r"^ZHIWEN_FETCH__RETRIES: fetch\.retries: .*\(found 'often'\)\.$"):
        load_settings()


def test_variable_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_FETCH", "{")
    with pytest.raises(ConfigError, match=r'field "fetch".*must be JSON'):
        load_settings()


def test_broken_toml_names_file_and_line() -> None:
    file = _write("[fetch]\nretries = = 2\n")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert str(file) in str(caught.value)
    assert "line 2" in str(caught.value)


def test_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_CONFIG", "absent.toml")
    with pytest.raises(ConfigError, match=r"absent\.toml, which does not exist"):
        load_settings()


def test_child_gets_exactly_the_settings_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    _write('[fetch]\nallow = ["10.0.0.5"]\n[fetch.resolve]\n"a.example" = "127.0.0.1:1"\n')
    monkeypatch.setenv("ZHIWEN_FETCH__RETRIES", "4")
    settings = load_settings()
    child = child_environment(settings)
    _write("[fetch]\nretries = 9\n")  # edited meanwhile: the running parent's child must not see it
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in child.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings
    assert isinstance(settings, Settings)
