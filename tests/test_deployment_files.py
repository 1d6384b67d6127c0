"""The files for systemd and containers: no engine runs here, so their form and what they name is checked."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.cli.app import build_app
from pipelines.cli.session import Session
from pipelines.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]
_DEPLOY = _ROOT / "deploy"


class _Unit(configparser.RawConfigParser):
    """A unit file: names keep their capitals, and a name may come more than once."""

    def __init__(self) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#", ";"), interpolation=None)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture(scope="module")
def unit() -> dict[str, dict[str, str]]:
    parser = _Unit()
    parser.read_string((_DEPLOY / "kennisstand.service").read_text(encoding="utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def test_the_unit_is_hardened(unit: dict[str, dict[str, str]]) -> None:
    assert set(unit) == {"Unit", "Service", "Install"}
    service = unit["Service"]
    wanted = {
        "NoNewPrivileges": "true",
        "ProtectSystem": "strict",
        "ProtectHome": "true",
        "PrivateTmp": "true",
        "PrivateDevices": "true",
        "CapabilityBoundingSet": "",
        "Restart": "on-failure",
        "KillMode": "mixed",
        "SuccessExitStatus": "143",
        "ReadWritePaths": "/var/lib/kennisstand",
        "InaccessiblePaths": "-/opt/kennisstand/.git",
    }
    assert {name: service.get(name) for name in wanted} == wanted
    assert service["User"] not in {"", "root"} and service["EnvironmentFile"].endswith("/secrets.env")
    assert "MemoryDenyWriteExecute" not in service  # what compiles while it runs would be killed
    assert int(service["TimeoutStopSec"]) > 60  # a duty has its twenty seconds, and the page its own
    assert service["ExecStart"].split()[1:] == ["serve"]


@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_the_units_of_a_cluster_are_hardened_like_the_other(unit: dict[str, dict[str, str]], name: str) -> None:
    parser = _Unit()
    parser.read_string((_DEPLOY / f"kennisstand-{name}.service").read_text(encoding="utf-8"))
    service, own = dict(parser["Service"]), unit["Service"]
    bounds = {
        key for key in own if key.startswith(("Protect", "Private", "Restrict", "System", "Capab", "NoNew", "Inaccess"))
    }
    assert len(bounds) > 15 and {key: service.get(key) for key in bounds} == {key: own[key] for key in bounds}
    assert "ReadWritePaths" not in service and service["User"] not in {"", "root", own["User"]}
    assert service["Restart"] == "always"  # workers end when the scheduler does
    words = service["ExecStart"].split()
    options = {option for param in build_app(Session("en", None)).commands["worker"].params for option in param.opts}
    assert words[0] == own["ExecStart"].split()[0] and words[1] == "worker"
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("name", ["kennisstand", "kennisstand-scheduler", "kennisstand-worker"])
def test_systemd_accepts_the_units(tmp_path: Path, name: str) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    # It looks whether the program is there, which it is under another name.
    content = (_DEPLOY / f"{name}.service").read_text(encoding="utf-8")
    content = re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", content, flags=re.M)
    path = tmp_path / f"{name}.service"
    path.write_text(content, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", str(path)], capture_output=True, text=True, check=False
    )
    told = [line for line in (done.stdout + done.stderr).splitlines() if "kennisstand" in line]
    assert done.returncode == 0 and told == [], done.stderr


# A strict reading of the part of the Compose Specification that the file uses. Whatever it does not know is an error.
_TEXT, _FLAG, _TEXTS = str, bool, [str]
_TIME = re.compile(r"(\d+(h|m|s|ms))+")
_SERVICE: dict[str, Any] = {
    "build": {"context": _TEXT, "dockerfile": _TEXT},
    "image": _TEXT,
    "command": _TEXTS,
    "init": _FLAG,
    "restart": re.compile(r"no|always|on-failure(:\d+)?|unless-stopped"),
    "stop_grace_period": _TIME,
    "user": re.compile(r"\d+:\d+"),
    "read_only": _FLAG,
    "cap_drop": _TEXTS,
    "security_opt": _TEXTS,
    "environment": {"*": _TEXT},
    "env_file": [{"path": _TEXT, "required": _FLAG}],
    "ports": [re.compile(r"127\.0\.0\.1:\d+:\d+")],
    "volumes": [re.compile(r"[a-z]+:/[\w/]+(:ro)?")],
    "tmpfs": [re.compile(r"/\w+(:[\w=,]+)?")],
    "logging": {"driver": _TEXT, "options": {"*": _TEXT}},
    "profiles": _TEXTS,
    "healthcheck": {"test": _TEXTS, "interval": _TIME, "timeout": _TIME, "retries": int},
}
_COMPOSE: dict[str, Any] = {
    "name": re.compile(r"[a-z0-9][a-z0-9_-]*"),
    "services": {"*": _SERVICE},
    "volumes": {"*": None},
}


def _faults(value: Any, form: Any, place: str) -> list[str]:
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return [f"{place}: no mapping"]
        unknown = [f"{place}.{name}: unknown" for name in value if name not in form and "*" not in form]
        known = [(name, one) for name, one in value.items() if name in form or "*" in form]
        return unknown + [
            f for name, one in known for f in _faults(one, form.get(name, form.get("*")), f"{place}.{name}")
        ]
    if isinstance(form, list):
        if not isinstance(value, list):
            return [f"{place}: no list"]
        return [f for number, one in enumerate(value) for f in _faults(one, form[0], f"{place}[{number}]")]
    if isinstance(form, re.Pattern):
        return [] if isinstance(value, str) and form.fullmatch(value) else [f"{place}: {value!r}"]
    if form is None:
        return [] if value is None else [f"{place}: {value!r}"]
    return [] if type(value) is form else [f"{place}: {value!r}"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((_DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_the_compose_file_holds_nothing_unknown(compose: dict[str, Any]) -> None:
    assert _faults(compose, _COMPOSE, "compose") == []
    broken = {**compose, "services": {"kennisstand": {"ports": ["8765:8765"], "privileged": True, "init": "yes"}}}
    assert len(_faults(broken, _COMPOSE, "compose")) == 3


def test_the_compose_file_names_what_is_there(compose: dict[str, Any]) -> None:
    service = compose["services"]["kennisstand"]
    assert (_DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    named = {volume.split(":")[0] for one in compose["services"].values() for volume in one["volumes"]}
    assert named == set(compose["volumes"])
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] != "0:0"
    assert service["command"][0] in build_app(Session("en", None)).commands
    assert compose["services"]["postgres"]["profiles"] == ["postgres"]  # not without being asked for
    assert not re.search(r"(?i)password: *\S|_key: *\S", (_DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_all_settings_that_are_named_exist() -> None:
    known = {f"KENNISSTAND_{name.upper()}" for name in Settings.model_fields}
    for path in (*_DEPLOY.iterdir(), _ROOT / "docs" / "server.md"):
        named = set(re.findall(r"KENNISSTAND_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
        assert named <= known, path.name


def test_the_container_is_built_from_the_lock_and_runs_as_nobody() -> None:
    lines = (_DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    allowed = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    assert {step[0] for step in steps} <= allowed | {"ENTRYPOINT", "CMD"}
    runs = [step[1] for step in steps if step[0] == "RUN"]
    assert any("--require-hashes --no-deps -r requirements.lock" in run for run in runs)
    last = max(number for number, step in enumerate(steps) if step[0] == "FROM")
    assert any(step[0] == "USER" and step[1] != "0:0" for step in steps[last:])
    let_in = (_DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for step in steps[:last]:
        if step[0] == "COPY":
            for name in step[1].split()[:-1]:
                assert (_ROOT / name).exists() and f"!{name}" in let_in
