"""The root launcher: when it installs, when it does not, and what it says when it cannot. Nothing is downloaded."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = '[project]\nname = "zhiwen"\nrequires-python = ">=3.11"\ndependencies = ["{}"]\n'


@pytest.fixture
def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launcher in a checkout of its own; pip is a program that does nothing."""
    shutil.copy(ROOT / "zhiwen", tmp_path / "zhiwen")
    (tmp_path / "pyproject.toml").write_text(PROJECT.format("scrapy"))
    loader = importlib.machinery.SourceFileLoader("launcher_under_test", str(tmp_path / "zhiwen"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    _pip(module, monkeypatch, "pass")
    return module


def _pip(module: ModuleType, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(module, "pip_command", lambda: [sys.executable, "-c", code])


def _forbid_install(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "install", lambda: pytest.fail("installed again"))


def test_first_call_makes_the_environment_and_says_so(
    launcher: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    launcher.prepare()
    assert (tmp_path / ".venv/bin/python").exists()
    assert launcher.read_state() == launcher.wanted_state()
    assert capsys.readouterr().err.count("\n") == 1


def test_second_call_installs_nothing(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher.prepare()
    _forbid_install(launcher, monkeypatch)
    launcher.prepare()


def test_changed_dependencies_update_the_environment_in_place(launcher: ModuleType, tmp_path: Path) -> None:
    launcher.prepare()
    kept = tmp_path / ".venv/kept"
    kept.touch()
    (tmp_path / "pyproject.toml").write_text(PROJECT.format("scrapy>=2"))
    assert launcher.read_state() != launcher.wanted_state()
    launcher.prepare()
    assert launcher.read_state() == launcher.wanted_state()
    assert kept.exists()


def test_version_of_the_project_does_not_matter(launcher: ModuleType, tmp_path: Path) -> None:
    before = launcher.wanted_state()
    (tmp_path / "pyproject.toml").write_text(PROJECT.format("scrapy") + 'version = "9"\n')
    assert launcher.wanted_state() == before


def test_moved_checkout_makes_a_new_environment(launcher: ModuleType, tmp_path: Path) -> None:
    launcher.prepare()
    left = tmp_path / ".venv/left"
    left.touch()
    launcher.write_state(launcher.read_state().replace(str(tmp_path), "/elsewhere"))
    launcher.prepare()
    assert not left.exists()


def test_interrupted_installation_is_never_taken_for_a_good_one(
    launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pip(launcher, monkeypatch, "import sys; print('no such index'); sys.exit(1)")
    with pytest.raises(SystemExit) as caught:
        launcher.prepare()
    assert caught.value.code == 1
    assert "no such index" in capsys.readouterr().err
    assert launcher.read_state() == "installing"
    half = tmp_path / ".venv/half"
    half.touch()
    _pip(launcher, monkeypatch, "pass")
    launcher.prepare()
    assert not half.exists()
    assert launcher.read_state() == launcher.wanted_state()


def test_environment_made_by_hand_is_kept_and_completed(launcher: ModuleType, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / ".venv")], check=True)
    own = tmp_path / ".venv/own"
    own.touch()
    launcher.prepare()
    assert own.exists()


def test_environment_whose_python_is_gone_is_made_anew(launcher: ModuleType, tmp_path: Path) -> None:
    launcher.prepare()
    python = tmp_path / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")
    launcher.prepare()
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0


def test_checkout_that_cannot_be_written_is_named(
    launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SystemExit):
        launcher.prepare()
    said = capsys.readouterr().err
    assert f"zhiwen: {tmp_path} cannot be written" in said
    assert said.count("\n") == 1


def test_old_python_finds_a_newer_one_behind_a_broken_shim(
    launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shims, real = tmp_path / "shims", tmp_path / "real"
    for folder in (shims, real):
        folder.mkdir()
    shim = shims / "python3.13"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    (real / "python3").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{shims}:{real}")
    assert launcher.newer_python() == str(real / "python3")
    monkeypatch.setenv("PATH", str(shims))
    assert launcher.newer_python() is None


def test_launcher_is_readable_by_python_3_6() -> None:
    import ast

    ast.parse((ROOT / "zhiwen").read_text("utf-8"), feature_version=(3, 6))
