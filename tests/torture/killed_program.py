"""The program with all loaded, without what a fork cannot carry: the orchestrator, worker processes, threads.

So a step takes a second at most, and a fork is all there is to kill; ``test_torture_kill`` also kills the real command
with all its processes.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from killed_steps import BASES, NOW, STEPS
from scan_here import go_without_orchestrator

from flows.workspace import open_settings_workspace
from pipelines.settings import Settings


def settle(settings: Settings) -> None:
    """Work out what follows from all that was decided."""
    from flows.proposals import refresh_proposals

    workspace = open_settings_workspace(settings)
    refresh_proposals(workspace, settings, NOW.date())
    workspace.close()


def prepare(bases: Collection[str]) -> None:
    """Load what steps from these workspaces need, and have the program go without orchestrator and other processes."""
    import pytest
    import uvicorn.protocols.http.auto  # noqa: F401
    from review_app.people_pages import use_quick_hashes

    import flows.restore
    import pipelines.review_app.app  # noqa: F401
    from flows.page_pictures import PagePictures
    from pipelines.review_app import desk

    use_quick_hashes(pytest.MonkeyPatch())
    for name in ("begin", "close"):
        setattr(PagePictures, name, lambda self: None)
    desk.Desk._warm = lambda self: None  # what the first page and search would wait for: seconds each time
    flows.restore._make_vectors = lambda settings: None
    if {"new", "taught"} & set(bases):
        _prepare_models()
        _remember_what_is_drawn()
    _warm(bases)
    gc.collect()
    gc.freeze()  # what is there stays shared with all forks


def _remember_what_is_drawn() -> None:
    """Most of a scan of four small documents goes to plots and to reading the lexicon: what comes out is the same."""
    import pipelines.report.html
    import pipelines.report.word
    import pipelines.themes.lexicon

    def once(real: Callable[..., Any]) -> Callable[..., Any]:
        made: dict[str, Any] = {}

        def given(*values: Any, **named: Any) -> Any:
            asked = repr((values, named))
            if asked not in made:
                made[asked] = real(*values, **named)
            return made[asked]

        return given

    pipelines.report.word.draw_png = once(pipelines.report.word.draw_png)
    pipelines.report.html.draw_svg = once(pipelines.report.html.draw_svg)
    pipelines.themes.lexicon.load_lexicon = once(pipelines.themes.lexicon.load_lexicon)


def _prepare_models() -> None:
    import flows.context
    import flows.label
    from pipelines.table.starting import starting_table

    shipped = flows.label.load_label_kit(Settings().shipped_models_dir, Settings().shipped_models_dir, starting_table())

    def kit_for(shipped_dir: Path, models_dir: Path, table: Any) -> Any:
        return shipped.with_table(table)

    flows.label.load_label_kit = kit_for
    go_without_orchestrator(setattr)
    flows.context.ScanContext.encoder = property(lambda self: shipped.encoder)


def _warm(bases: Collection[str]) -> None:
    """Live once in this process itself, so that no fork has to load anything."""
    import pipelines.revision.revise  # noqa: F401

    lives = {"proposing": ("harvest", "backup"), "new": ("scan",), "noted": ("import", "note")}
    for base in lives.keys() & set(bases):
        with tempfile.TemporaryDirectory() as name:
            settings = Settings(workspace=Path(name))
            BASES[base](settings)
            for step in lives[base]:
                act = STEPS[step].act
                assert act is not None
                act(settings)


def prepare_learning(folder: Path) -> None:
    """Measure once what learning comes to: that takes half a minute and writes nothing."""
    import flows.learn

    measure = flows.learn._measure
    settings = Settings(workspace=folder)
    BASES["taught"](settings)
    given: list[Any] = []

    def once(*values: Any) -> Any:
        given.append(measure(*values))
        return given[0]

    flows.learn._measure = once
    flows.learn.learn(settings, dry_run=True)
    found = given[0]
    flows.learn._measure = lambda *_: found
