"""Tells people outside the program what they would otherwise have to look for: mail, Teams or a webhook.

A notice says what, when, why and what to do. It holds numbers and addresses of pages, never files and never text of
documents: mail travels further than the workspace does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from flows.contradictions import (
    Contradicted,
    ToldLedger,
    as_told,
    new_contradictions,
    read_ledger,
    write_ledger,
)
from flows.notice_sending import PATIENCE, NoticeOutcome, Patience, notice_addresses, send_notice
from flows.proposals import all_proposals
from flows.workspace import open_settings_workspace
from pipelines.domain.decisions import ItemState
from pipelines.domain.documents import Reason
from pipelines.domain.evidence import Relation
from pipelines.domain.languages import Language
from pipelines.domain.moments import on_the_clock
from pipelines.domain.proposals import ProposalState
from pipelines.domain.schedules import DutyRun, DutyState, Notice, NoticeKind
from pipelines.errors import KennisstandError
from pipelines.report.wording import long_date
from pipelines.settings import Settings
from pipelines.store.inbox import InboxFilter
from pipelines.strings import keys, text

logger = logging.getLogger(__name__)

_MOST_STATEMENTS = 12
"""A message stays within a screen; the page has them all."""
_OPEN = frozenset({ProposalState.OPEN, ProposalState.SECONDED, ProposalState.APPROVED})
_Sleep = Callable[[float], None]


def notify_failed(
    settings: Settings, duty_run: DutyRun, *, patience: Patience = PATIENCE, sleep: _Sleep = time.sleep
) -> NoticeOutcome:
    """Tell that a duty failed, was broken off, or was not done when it was due: why, and what to do."""
    return _send(settings, failed_notice(settings, duty_run), patience, sleep)


def notify_report(
    settings: Settings, duty_run: DutyRun, *, patience: Patience = PATIENCE, sleep: _Sleep = time.sleep
) -> NoticeOutcome:
    """Tell that a report is ready: which, of what period, its main numbers, and where to read it."""
    if not notice_addresses(settings):
        return NoticeOutcome(kind=NoticeKind.REPORT)
    try:
        return _send(settings, report_notice(settings, duty_run), patience, sleep)
    except KennisstandError as error:
        return _not_made(NoticeKind.REPORT, error)


def notify_contradictions(
    settings: Settings, run_id: str, *, patience: Patience = PATIENCE, sleep: _Sleep = time.sleep
) -> NoticeOutcome:
    """Tell what a scan brought that may contradict a known statement; each item once.

    Where nobody could be reached the scan waits, and is told along with the next one.
    """
    if not notice_addresses(settings):
        return NoticeOutcome(kind=NoticeKind.CONTRADICTION)
    try:
        ledger = read_ledger(settings)
        runs = ledger.waiting | {run_id}
        workspace = open_settings_workspace(settings)
        try:
            table = workspace.tables.get(workspace.tables.newest_version())
            found = new_contradictions(workspace, table, runs, ledger)
        finally:
            workspace.close()
        if not found:
            return NoticeOutcome(kind=NoticeKind.CONTRADICTION)
        outcome = _send(settings, contradiction_notice(settings, found), patience, sleep)
        told = as_told(ledger, found) if outcome.n_sent else ToldLedger(told=ledger.told, waiting=runs)
        write_ledger(settings, told)
    except KennisstandError as error:
        return _not_made(NoticeKind.CONTRADICTION, error)
    return outcome


def check_notices(settings: Settings, *, patience: Patience = PATIENCE, sleep: _Sleep = time.sleep) -> NoticeOutcome:
    """Send a test message to every address."""
    lines = _Lines(settings)
    lines.add("notices.test.what")
    lines.add("notices.test.when")
    lines.add_page("/")
    return send_notice(settings, None, lines.say("notices.test.subject"), lines.told, patience=patience, sleep=sleep)


def failed_notice(settings: Settings, duty_run: DutyRun) -> Notice:
    """What is told of a duty that failed."""
    lines = _Lines(settings)
    name = lines.say(f"notices.duty.{duty_run.duty.value}")
    how = "interrupted" if duty_run.state is DutyState.INTERRUPTED else "failed"
    lines.add(f"notices.{how}.what", duty=name, when=_moment(duty_run.finished or duty_run.beat, settings.language))
    if duty_run.due is not None:
        lines.add("notices.failed.due", when=_moment(duty_run.due, settings.language))
    if duty_run.n_missed:
        lines.add("notices.failed.missed", n=duty_run.n_missed)
    if duty_run.reason is not None:
        lines.add("notices.failed.why", why=lines.reason(duty_run.reason))
    lines.add(f"notices.{how}.do_{duty_run.duty.value}")
    lines.add("notices.failed.log", log=str(settings.processed_dir / "logs"), host=duty_run.host or "-")
    lines.add_page("/schedules")
    return Notice(kind=NoticeKind.FAILED, subject=lines.say(f"notices.{how}.subject", duty=name), lines=lines.told)


def report_notice(settings: Settings, duty_run: DutyRun) -> Notice:
    """What is told of a report.

    The result of the duty gives the name of its folder (``folder``) and its period (``since`` and ``until``, UTC).
    """
    lines = _Lines(settings)
    folder = Path(str(duty_run.result.get("folder", ""))).name
    since = _moment_in(duty_run, "since")
    until = _moment_in(duty_run, "until") or duty_run.started
    last = _day(until, settings.language)
    if since is None:
        lines.add("notices.report.all", until=last)
    else:
        lines.add("notices.report.period", since=_day(since, settings.language), until=last)
    numbers = _numbers(settings, since or datetime.min, until)
    told = [lines.say(f"notices.number.{name}", n=n) for name, n in numbers.items()]
    lines.add("notices.report.numbers", numbers="; ".join(told))
    if folder:
        lines.add("notices.report.folder", folder=folder)
    lines.add_page("/reports")
    return Notice(kind=NoticeKind.REPORT, subject=lines.say("notices.report.subject", until=last), lines=lines.told)


def _moment_in(duty_run: DutyRun, name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(duty_run.result.get(name, "")))
    except ValueError:
        return None


def _numbers(settings: Settings, since: datetime, until: datetime) -> dict[str, int]:
    """What happened in a period, and what there is still to do, as the note counts it."""
    workspace = open_settings_workspace(settings)
    try:
        documents = [d for d in workspace.documents.summaries() if since <= d.first_seen <= until]
        standings = workspace.decisions.standings(workspace.passages.items()).values()
        decided = [s.state for s in standings if s.holds is not None and since <= s.holds.decided <= until]
        versions = workspace.tables.records()[1:]  # the first is where everything began
        return {
            "documents": len(documents),
            "flagged": sum(document.n_flagged for document in documents),
            "accepted": decided.count(ItemState.ACCEPTED),
            "rejected": decided.count(ItemState.REJECTED),
            "to_read": workspace.inbox.count(InboxFilter(listed="flagged")),
            "proposals": sum(standing.state in _OPEN for _, standing in all_proposals(workspace)),
            "versions": sum(since <= record.created <= until for record in versions),
        }
    finally:
        workspace.close()


def contradiction_notice(settings: Settings, found: Sequence[Contradicted]) -> Notice:
    """What is told of contradictions: per statement how many passages and documents; the passages are on the page."""
    lines = _Lines(settings)
    n = sum(one.n_passages for one in found)
    lines.add("notices.contradiction.what", passages=lines.count("passage", n))
    for one in found[:_MOST_STATEMENTS]:
        lines.add(
            "notices.contradiction.statement",
            id=one.statement.id,
            row=one.row.title(settings.language),
            statement=one.statement.text(settings.language),
            passages=lines.count("passage", one.n_passages),
            documents=lines.count("document", one.n_documents),
        )
    if len(found) > _MOST_STATEMENTS:
        lines.add("notices.contradiction.more", n=len(found) - _MOST_STATEMENTS)
    lines.add("notices.contradiction.caution")
    runs = {item.run_id for one in found for item in one.items}
    chosen = {"relation": Relation.CONTRADICTS.value, **({"run": runs.pop()} if len(runs) == 1 else {})}
    lines.add_page("/?" + urlencode(chosen))
    subject = lines.say("notices.contradiction.subject", statements=lines.count("statement", len(found)))
    return Notice(kind=NoticeKind.CONTRADICTION, subject=subject, lines=lines.told)


class _Lines:
    """Paragraphs of a notice in the language of the setting."""

    def __init__(self, settings: Settings) -> None:
        self._language: Language = settings.language
        self._page = settings.notice_page.strip().rstrip("/")
        self._told: list[str] = []

    @property
    def told(self) -> tuple[str, ...]:
        return tuple(self._told)

    def say(self, key: str, /, **values: object) -> str:
        return text(key, self._language, **values)

    def count(self, what: str, n: int) -> str:
        return self.say(f"notices.count.{what}.{'one' if n == 1 else 'many'}", n=n)

    def add(self, key: str, /, **values: object) -> None:
        self._told.append(self.say(key, **values))

    def add_page(self, path: str) -> None:
        if self._page:
            self.add("notices.page", address=self._page + path)
        else:
            self.add("notices.no_page")

    def reason(self, reason: Reason) -> str:
        """A reason in words; one that this version does not know is told by its name."""
        if reason.key not in keys():
            return reason.key
        try:
            return self.say(reason.key, **reason.values)
        except (KeyError, IndexError):  # written down by a version whose sentence named other values
            return reason.key


def _send(settings: Settings, notice: Notice, patience: Patience, sleep: _Sleep) -> NoticeOutcome:
    return send_notice(settings, notice.kind, notice.subject, notice.lines, patience=patience, sleep=sleep)


def _not_made(kind: NoticeKind, error: KennisstandError) -> NoticeOutcome:
    logger.warning("notice %s could not be made: %s", kind.value, error.key)
    return NoticeOutcome(kind=kind, failure=Reason(key=error.key, values=error.values))


def _moment(when: datetime, language: Language) -> str:
    return text("notices.moment", language, day=_day(when, language), time=f"{on_the_clock(when):%H:%M}")


def _day(when: datetime, language: Language) -> str:
    return long_date(on_the_clock(when).date(), language)
