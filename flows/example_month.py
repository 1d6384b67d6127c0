"""One month of the worked example: files come in, are scanned, and the example readers decide on passages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from flows import steps
from flows.context import ScanContext
from flows.discovery import find_files
from flows.inbox import refresh_inbox
from flows.topics import model_topics
from flows.vectors import documents_without_vectors, encode_documents
from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Judgement, Verdict
from pipelines.domain.runs import LabelledPassage
from pipelines.examples.readings import ExampleMonth, ExampleReading
from pipelines.review.deciding import Choice, decide, follow
from pipelines.store import Workspace
from pipelines.store.passages import PassageFilter

READERS = {
    "lezer-1": "Lezer 1 (voorbeeld)",
    "lezer-2": "Lezer 2 (voorbeeld)",
}
EDITORS = {
    "redacteur-1": "Redacteur 1 (voorbeeld)",
    "redacteur-2": "Redacteur 2 (voorbeeld)",
}
_SCANNED_AT, _READ_FROM = time(8), time(9)
_BETWEEN_DECISIONS = timedelta(minutes=2)


def create_example_accounts(workspace: Workspace) -> None:
    """Give the example readers and editors accounts without a password: nobody can sign in with them."""
    for names, role in ((READERS, AccountRole.REVIEWER), (EDITORS, AccountRole.EDITOR)):
        for name, full_name in names.items():
            workspace.accounts.create(name, full_name, role, None, actor="example")


def scan_example_month(context: ScanContext, files: Sequence[Path], month: ExampleMonth, *, topics: bool = True) -> str:
    """Scan ``files`` as of the day of the month, in this process; returns the id of the run.

    Parameters
    ----------
    context
        Of the workspace; what it holds of earlier months counts along, as in any scan.
    files
        Documents of the month.
    month
        Its day becomes that of the run.
    topics
        Whether to find topics, which takes the larger part of the time.
    """
    workspace = context.workspace
    run = workspace.runs.new("nl", context.versions())
    run = run.model_copy(update={"started": datetime.combine(month.date, _SCANNED_AT)})
    workspace.documents.register(
        run, find_files(list(files), workspace.documents.known_paths(), context.settings.raw_dir).files
    )
    steps.read_documents(context, run.id, workspace.documents.pending())
    outdated = workspace.passages.outdated(context.kit.version, context.table.version)
    steps.relabel_documents(context, outdated)
    encode_documents(context, list(documents_without_vectors(context)))
    steps.group_passages(context, run.id)
    n_flagged = refresh_inbox(context)
    n_topics = model_topics(context, run.id) if topics else 0
    workspace.runs.finish(run.id, {"documents": len(files), "flagged": n_flagged, "topics": n_topics})
    return run.id


def record_example_readings(workspace: Workspace, month: ExampleMonth) -> list[Decision]:
    """Store the decisions of a month as people would make them on the page; returns them in order.

    Raises
    ------
    ValueError
        A reading finds no passage, or more than one.
    DecisionConflict, DecisionError
        Somebody decided on the passage before.
    """
    documents = {d.id: d for d in workspace.documents.summaries()}
    by_name = {Path(path).name: d.id for d in documents.values() for path in d.paths}
    shown: dict[str, list[LabelledPassage]] = {}
    for item in workspace.passages.find(documents, PassageFilter(labelled_only=True)):
        shown.setdefault(item.document.id, []).append(item)
    writer = _Writer(workspace, datetime.combine(month.date, _READ_FROM))
    for reading in month.readings:
        items = shown.get(by_name.get(reading.document, ""), [])
        passage = reading.find([item.passage for item in items])
        writer.write(reading, next(item for item in items if item.passage.id == passage.id))
    return writer.made


class _Writer:
    """Makes decisions of readings, one after the other, each a while after the one before."""

    def __init__(self, workspace: Workspace, moment: datetime) -> None:
        self.workspace = workspace
        self.moment = moment
        self.made: list[Decision] = []

    def write(self, reading: ExampleReading, item: LabelledPassage) -> None:
        figures = () if item.labels is None else item.labels.evidence.figures
        first = reading.judgement(item.passage, figures)
        self._decide(item, reading.reader, _choice(reading, first))
        if reading.second is None:
            return
        self._decide(item, reading.reader, Choice(Verdict.ASK, 0, asked=reading.second))
        self._decide(item, reading.second, _choice(reading, reading.second_judgement(item.passage, figures)))
        if reading.settled_by is not None:
            standing = self.workspace.decisions.standing(*self._item(item))
            assert standing.first is not None  # it was made above
            self._decide(item, reading.settled_by, follow(standing.first, 0, ""))

    def _item(self, item: LabelledPassage) -> tuple[str, list[str]]:
        """Id of the item and its passages."""
        item_id = item.group or item.passage.id
        return item_id, [place.passage_id for place in self.workspace.passages.members(item_id)]

    def _decide(self, item: LabelledPassage, person: str, choice: Choice) -> None:
        item_id, members = self._item(item)
        before = self.workspace.decisions.of_item(item_id, members)
        self.moment += _BETWEEN_DECISIONS
        decision = decide(
            Choice(**{**vars(choice), "seen": len(before)}),
            person,
            self.moment,
            item_id=item_id,
            passage=item.passage,
            labels=item.labels,
            decisions=before,
            may_settle=person in EDITORS,
        )
        self.workspace.decisions.append(decision, members)
        self.made.append(decision)


def _choice(reading: ExampleReading, judgement: Judgement | None) -> Choice:
    if judgement is None:
        assert reading.reject is not None  # a reading has labels or a reason
        return Choice(Verdict.REJECT, 0, reason=reading.reject.value)
    return Choice(Verdict.CORRECT, 0, judgement=judgement)
