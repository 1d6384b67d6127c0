"""Scans, reports and learning as pages start them and tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request, Response

from flows.background import job_progress
from flows.progress_file import Job, JobProgress, JobState, now
from pipelines.errors import StoreError
from pipelines.report import wording
from pipelines.review_app.access import Visitor
from pipelines.review_app.desk import Desk
from pipelines.review_app.rendering import render
from pipelines.review_app.troubles import reason_in_words
from pipelines.strings import Language, keys, text

_TOLD = frozenset({"busy", "no_date", "no_files", "no_items"})


@dataclass(frozen=True)
class JobView:
    """How far a scan or report is, in words."""

    told: JobProgress
    language: Language

    @property
    def runs(self) -> bool:
        """Whether it is going on."""
        return self.told.runs

    @property
    def state(self) -> str:
        """Name of its state."""
        return self.told.state.value

    @property
    def stage(self) -> str:
        """What it is doing now."""
        return self.stage_name(self.told.stage or "start")

    def stage_name(self, stage: str) -> str:
        """A stage in words; stages of a version that knows more keep their name."""
        key = f"cli.stage.{stage}"
        return text(key, self.language) if key in keys() else stage

    @property
    def elapsed(self) -> str:
        """How long it has been going on."""
        return wording.duration((now() - self.told.started).total_seconds(), self.language)

    def lasted(self, seconds: float) -> str:
        """A duration in words."""
        return wording.duration(seconds, self.language)

    @property
    def why(self) -> str:
        """Why it failed; empty where it did not."""
        return reason_in_words(self.told.reason, self.language) if self.told.state is JobState.FAILED else ""


def job_view(desk: Desk, job: Job, language: Language) -> JobView | None:
    """The latest scan or report, wherever it was started; ``None`` where there never was one."""
    told = job_progress(desk.settings, job)
    return None if told is None else JobView(told, language)


def render_progress(request: Request, visitor: Visitor, job: Job, key: str) -> Response:
    """Part of a page: how far a job is; ``key`` begins the words that tell of it. The answer says when it is over."""
    view = job_view(request.app.state.desk, job, visitor.language)
    answer = render(request, "scans_progress.html", visitor, job=view, key=key)
    if view is None or not view.runs:
        answer.headers["X-Done"] = "1"
    return answer


def try_start(start: Callable[[], None]) -> bool:
    """Start a scan or report; ``False`` where one is busy.

    Raises
    ------
    StoreError
        It cannot be started for another reason.
    """
    try:
        start()
    except StoreError as error:
        if error.key in {"error.scan_busy", "error.report_busy", "error.learn_busy", "error.harvest_busy"}:
            return False
        raise
    return True


def told_key(given: str) -> str | None:
    """The name of a warning that an address asks for; an address must not make the page say anything else."""
    return given if given in _TOLD else None
