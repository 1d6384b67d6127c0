"""What holds for the project as a whole: documentation is complete, modules stay readable, nothing strays in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from pipelines.cli.app import build_app
from pipelines.cli.session import Session
from pipelines.settings import Settings

_ROOT = Path(__file__).resolve().parents[1]
_LONGEST_MODULE = 400


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [_ROOT / name for name in listed.stdout.decode().split("\0") if name and (_ROOT / name).exists()]


def test_every_setting_is_documented() -> None:
    page = (_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`KENNISSTAND_([A-Z_]+)`", page))
    assert named == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, int):
            line = next(line for line in page.splitlines() if f"`KENNISSTAND_{name.upper()}`" in line)
            assert str(field.default).lower() in line


def test_every_command_and_option_is_documented() -> None:
    page = (_ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    app = build_app(Session("en", None))
    missing = [name for name in app.commands if f"`kennisstand {name}" not in page]
    for name, command in app.commands.items():
        parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        options = {o for part in parts for p in part.params if isinstance(p, click.Option) for o in p.opts}
        missing += [f"{name} {o}" for o in options if o.startswith("--") and o not in page and o != "--output"]
    assert missing == []


def test_documentation_points_to_what_exists() -> None:
    for page in (_ROOT / "README.md", *(_ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_make_targets_in_the_documentation_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for page in (_ROOT / "README.md", *(_ROOT / "docs").glob("*.md")):
        for target in re.findall(r"`make ([a-z-]+)`", page.read_text(encoding="utf-8")):
            assert target in targets, f"{page.name}: make {target}"


def test_modules_stay_readable() -> None:
    for folder in ("pipelines", "flows", "benchmarks"):
        for path in (_ROOT / folder).rglob("*.py"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= _LONGEST_MODULE, path


def test_the_top_level_is_as_agreed() -> None:
    allowed = {"flows", "pipelines", "data", "models", "reports", "tests", "benchmarks", "docs", "deploy", ".ci"}
    allowed |= {"pyproject.toml", "README.md", "Makefile", "LICENCE", "overrides.txt", ".gitignore"}
    top = {path.relative_to(_ROOT).parts[0] for path in _tracked()}
    assert {name for name in top - allowed if not re.fullmatch(r"requirements.*\.lock", name)} == set()


def test_nothing_of_a_machine_strays_in() -> None:
    stray = re.compile(r"/work/main|/work/shared|/root/|/home/\w|pypi\.org|files\.pythonhosted|registry\.npmjs")
    for path in _tracked():
        if path.suffix not in {".py", ".md", ".yaml", ".toml", ".txt", ".json", ".lock", ".css", ".j2", ""}:
            continue
        if path == Path(__file__) or path.is_dir():
            continue
        found = stray.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path.relative_to(_ROOT)}: {found.group(0) if found else ''}"


def test_locks_have_hashes_and_no_addresses() -> None:
    for path in _ROOT.glob("requirements*.lock"):
        content = path.read_text(encoding="utf-8")
        pinned = re.findall(r"^[a-z0-9][\w.-]*==", content, re.M)
        assert len(pinned) > 50 and content.count("--hash=sha256:") >= len(pinned)
        assert "http" not in re.sub(r"httpx?2?|httpcore2?|httptools|#.*", "", content)
