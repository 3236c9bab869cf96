"""What runs the product for good says what it must."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from config.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "zhiwen.service").read_text("utf-8"))
    return parser


def test_unit_is_watched_restarted_and_given_more_time_to_stop_than_it_needs(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["Restart"] == "always"
    assert service["KillMode"] == "mixed"
    assert float(service["TimeoutStopSec"]) > 10 > Settings().up.stop_seconds
    assert float(service["WatchdogSec"]) > 4 * Settings().up.tick_seconds
    assert shlex.split(service["ExecStart"])[1:] == ["up"]
    assert "-HUP" in service["ExecReload"]


def test_unit_may_write_its_data_and_nothing_else(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["User"] != "root"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/data"
    assert service["CapabilityBoundingSet"] == ""
    limit = Settings().crawl.memory_limit_mb * Settings().up.jobs
    assert int(service["MemoryMax"].removesuffix("G")) * 1024 > limit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "zhiwen.service").read_text("utf-8")
    # The program and its user are not installed here.
    text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text).replace("=zhiwen\n", "=root\n")
    copy = tmp_path / "zhiwen.service"
    copy.write_text(re.sub(r"/srv/zhiwen\S*$", str(tmp_path), text, flags=re.MULTILINE), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "zhiwen.service" in line]
    assert ours == []


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]  # type: ignore[misc]


def test_image_runs_as_nobody_special_with_an_init_and_a_health_check() -> None:
    steps = dict(instructions())
    assert steps["FROM"] == "python:3.11-slim"
    assert steps["USER"] not in ("root", "0")
    assert [step for step, _ in instructions()].index("USER") < [step for step, _ in instructions()].index("ENTRYPOINT")
    assert steps["ENTRYPOINT"].startswith('["tini", "--"')
    assert steps["CMD"] == '["up"]'
    port = re.search(r"LISTEN=0\.0\.0\.0:(\d+)", steps["ENV"])
    assert port is not None
    assert f"127.0.0.1:{port[1]}/healthz" in steps["HEALTHCHECK"]
    assert steps["STOPSIGNAL"] == "SIGTERM"


def test_compose_shows_the_endpoint_to_this_machine_alone_and_holds_no_secret() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    zhiwen, postgres = compose["services"]["zhiwen"], compose["services"]["postgres"]
    assert all(port.startswith("127.0.0.1:") for port in zhiwen["ports"])
    assert (DEPLOY / zhiwen["build"]["context"] / zhiwen["build"]["dockerfile"]).is_file()
    assert zhiwen["stop_grace_period"] == "15s"
    assert postgres["profiles"] == ["postgres"]
    assert "ports" not in postgres
    assert postgres["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-}"
    assert {volume.partition(":")[0] for one in (zhiwen, postgres) for volume in one["volumes"]} <= set(
        compose["volumes"]
    )
    known = {f"ZHIWEN_{name.upper()}" for name in Settings.model_fields}
    assert all(name.partition("__")[0] in known for name in zhiwen["environment"])
