"""Workspaces that are begun from, killed in and compared; the killing itself is done by ``killed_life``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kept_state import State, differences, state_of, unfinished_files
from kill_points import Point
from killed_places import BASE_OF
from postgres_server import PostgresServer

_TESTS = Path(__file__).resolve().parents[1]


def _begins_with(step: str) -> str:
    """The workspace that is made for a step, or for the one that it follows."""
    base = BASE_OF[step]
    return _begins_with(base) if base in BASE_OF else base


class Life:
    """One process that has everything loaded, and the workspaces it works in.

    Parameters
    ----------
    folder
        For workspaces.
    server
        Where their databases are; files of the workspaces if ``None``.
    steps
        Those that will be done: what they need is loaded.
    """

    def __init__(
        self, folder: Path, steps: Collection[str] = tuple(BASE_OF), server: PostgresServer | None = None
    ) -> None:
        self.root = folder / "work"
        self._folder, self._server = folder, server
        self._bases: dict[str, str | None] = {}
        """Database of each workspace that was made to begin from."""
        self._after: dict[str, State] = {}
        self._database: str | None = None
        self._measured = False
        path = [
            _TESTS / "torture",
            _TESTS,
            _TESTS / "flows",
            _TESTS.parent,
            *os.environ.get("PYTHONPATH", "").split(":"),
        ]
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(_TESTS / "torture" / "killed_life.py"),
                *sorted({_begins_with(step) for step in steps}),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(map(str, filter(None, path))),
                # Of threads a fork has only the one that forked.
                **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1"),
            },
        )
        self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process that forks is gone"
        return json.loads(line)

    def _ask(self, step: str, root: Path, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        asked = {"step": step, "root": str(root), "database": self._address, **order}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        said = answer.get("done")
        assert isinstance(said, dict), (step, answer.get("failed", answer))
        return said

    @property
    def _address(self) -> str | None:
        return None if self._server is None or self._database is None else self._server.address(self._database)

    def prepare(self, base: str) -> None:
        """Put the workspace in place that a step begins with, made on first use."""
        if base not in self._bases:
            if base in BASE_OF:  # what another step leaves
                self.whole(base)
            else:
                self._clear()
                self.root.mkdir(parents=True)
                self._database = None if self._server is None else self._server.new_database()
                self._ask(base, self.root)
            self._bases[base] = self._database
            shutil.copytree(self.root, self._folder / f"base-{base}", symlinks=True)
            self._database = None
        self._clear()
        shutil.copytree(self._folder / f"base-{base}", self.root, symlinks=True)
        if self._server is not None:
            self._database = self._server.new_database(f"TEMPLATE {self._bases[base]}")

    def _clear(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        if self._server is not None and self._database is not None:
            self._server.drop(self._database)
        self._database = None

    def do(self, step: str, **order: Any) -> dict[str, Any]:
        """Do a step in a workspace made for it; what was told of it. ``point`` or ``seconds`` say when to kill."""
        self.prepare(BASE_OF[step])
        if step == "learn" and not self._measured:
            self._measured = True
            kept, self._database = self._database, None
            self._ask("measure", self._folder / "measured")
            self._database = kept
        return self._ask(step, self.root, **order)

    def whole(self, step: str) -> dict[str, Any]:
        """Do a step that nobody disturbs, and remember what it leaves."""
        told = self.do(step)
        assert "failed" not in told and not told["killed"], (step, told.get("failed"))
        self._after[step] = self.state()
        return told

    def knows(self, step: str) -> bool:
        """Whether it is known what a step leaves."""
        return step in self._after

    def state(self) -> State:
        """What stands in the workspace now."""
        return state_of(self.root, self._address)

    def passed(self, point: Point) -> int:
        """How often a point is passed in a life that nobody disturbs."""
        return self.do(point.step, point=asdict(point), number=0)["n"]

    def kill_at(self, point: Point, number: int) -> dict[str, Any]:
        """Kill at the ``number``-th time that a point is passed, and see what came of it."""
        return self._seen(point.step, self.do(point.step, point=asdict(point), number=number))

    def kill_after(self, step: str, seconds: float) -> dict[str, Any]:
        """Kill after some time, and see what came of it."""
        return self._seen(step, self.do(step, seconds=seconds))

    def in_want(self, step: str, full: Path, room: int, *, temporary: str = "") -> dict[str, Any]:
        """Have a step done with ``room`` bytes left on the disk ``full``, then again with all; see what came of it.

        ``temporary`` has it be the only disk for temporary files: ``full`` as the program starts, or ``filled`` later.
        """
        told = self.do(step, full=str(full), room=room, temporary=temporary)
        return {**told, "wrong": differences(self._after[step], self.state())}

    def _seen(self, step: str, told: dict[str, Any]) -> dict[str, Any]:
        if step not in self._after:
            raise LookupError(f"do {step} undisturbed first")
        wrong = [told["failed"]] if "failed" in told else differences(self._after[step], self.state())
        return {**told, "wrong": wrong, "unfinished": unfinished_files(self.root)}
