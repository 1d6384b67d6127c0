"""Disks without room: told in words, nothing that was acknowledged is lost, and with room all ends as it should.

The workspace lies on a file system of its own (tmpfs) that is filled up to so many bytes; that takes the right to mount
one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from killed_workspaces import Life
from torture_rounds import WHOLE, amount

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="file systems are mounted, and processes forked"),
    pytest.mark.skipif("KENNISSTAND_TESTS_DATABASE" in os.environ, reason="about the disk of the workspace"),
]
_BUDGETS = int(os.environ.get("KENNISSTAND_TEST_BUDGETS", "20"))
_FIRST_ROOM = 1 << 16
_COMMANDS = ("scan", "import", "note", "backup", "restore", "learn", "harvest", "search", "sources", "migrate", "move")
_ON_PAGE = ("decide", "decide_found", "together", "act", "approve", "upload", "switch")
_WHOLE_STEPS = tuple(os.environ.get("KENNISSTAND_TEST_STEPS", "").split()) or (*_COMMANDS, *_ON_PAGE)
_STEPS = amount(("approve", "backup"), _WHOLE_STEPS)
_WITHOUT_TEMPORARY = ("scan", "upload", "backup", "restore", "note", "import", "harvest", "decide")

Tell = Callable[..., None]
Told = Callable[[str], dict[str, Any]]


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode:
        pytest.skip("no file system may be mounted here: " + ("no mount" if done is None else done.stderr.strip()))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The disk that the workspaces lie on."""
    with mounted(tmp_path_factory.mktemp("disk") / "full", 256) as folder:
        yield folder


@pytest.fixture(scope="module")
def life(disk: Path) -> Iterator[Life]:
    """Workspaces on that disk."""
    made = Life(disk, _STEPS)
    yield made
    made.close()


def _faults(told: dict[str, Any]) -> list[str]:
    """What should not be so about what was told and what came after it."""
    first, again = told["first"], told["again"]
    found = list[str]()
    if first.get("ended") not in {"done", "told"}:
        found.append(f"unclear: {first}"[:1500])
    if first.get("status") == 500:
        found.append(f"500: {first['words'][:300]}")
    if first.get("screen"):
        found.append(f"on the screen: {first['screen'][:800]}")
    if again.get("failed") or again.get("ended") == "told":
        found.append(f"with room again: {again}"[:1500])
    return found + told["wrong"]


def _end(told: dict[str, Any]) -> str:
    first = told["first"]
    return str(first.get("key") or first.get("status") or first.get("ended"))


def _in_want(life: Life, disk: Path, step: str) -> dict[str, Any]:
    """What came of a step at many budgets, up to one that is known to do."""
    life.whole(step)
    tries, room, budgets = list[dict[str, Any]](), _FIRST_ROOM, amount(4, _BUDGETS)
    while (told := life.in_want(step, disk, room))["first"].get("ended") != "done":
        tries.append(told)
        assert room < 1 << 28, told
        room *= 2
    tries += [told, *(life.in_want(step, disk, room * number // budgets) for number in range(budgets))]
    faults = sorted({fault for one in tries for fault in _faults(one)})
    return {"budgets": budgets, "room_needed": room, "ends": dict(Counter(map(_end, tries))), "faults": faults}


def test_disk_full_at_many_budgets(life: Life, disk: Path, tell: Tell, told: Told) -> None:
    found = dict[str, dict[str, Any]]()
    for step in _STEPS:
        found[step] = _in_want(life, disk, step)
        # After each step, beside those of former rounds: all of them take half an hour.
        steps = {**told("full_disk").get("steps", {}), step: found[step]}
        tell("full_disk", steps=steps, tries=sum(sum(one["ends"].values()) for one in steps.values()))
    assert not {step: one["faults"] for step, one in found.items() if one["faults"]}


@pytest.mark.skipif(not WHOLE, reason="make torture")
def test_temporary_folder_full(life: Life, tmp_path: Path, tell: Tell) -> None:
    found, ends = dict[str, list[str]](), dict[str, str]()
    with mounted(tmp_path / "temporary", 8) as temporary:
        for step, when in product(_WITHOUT_TEMPORARY, ("full", "filled")):
            if not life.knows(step):
                life.whole(step)
            told = life.in_want(step, temporary, 0, temporary=when)
            ends[f"{step}, {when}"] = _end(told)
            if wrong := _faults(told):
                found[f"{step}, {when}"] = wrong
    tell("full_temporary_folder", ends=ends, faults=found)
    assert not found
