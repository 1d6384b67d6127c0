"""Sources with items of every outcome, and duties that ran, for tests of the page."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.domain.sources import Bookmark, FoundItem, Harvest, ItemState, SourceStatus
from pipelines.store import Workspace

SOURCE = "wachtkamer"
SOURCES_FILE = """
sources:
  - id: wachtkamer
    name: Instituut Wachtkamer
    kind: feed
    address: https://wachtkamer.example/feed.xml
    options: {articles: false}
    enabled: true
    note: Verzonnen voor deze toets.
  - id: stille-map
    name: Stille map
    kind: folder
    address: /nergens/te/vinden
"""
MOMENT = datetime(2026, 3, 2, 5, 30)
TITLES = {
    ItemState.WAITING: "Werken naast een algoritme",
    ItemState.LEFT_OUT: "De geschiedenis van het fietspad",
    ItemState.FETCHED: "Roosters uit de computer",
    ItemState.FAILED: "Vaardigheden na de taalmachine",
    ItemState.GIVEN_UP: "<b>Onvindbaar</b> verslag",
}


def offer_items(workspace: Workspace) -> dict[ItemState, str]:
    """Store items of one source, one of each outcome; returns their ids."""
    store = workspace.harvest
    found = [
        FoundItem(
            key=title,
            title=title,
            abstract=f"Samenvatting van {title}.",
            authors=("Vries, A. de", "Jansen, B.", "Bakker, C.", "Visser, D."),
            publisher="Instituut Wachtkamer",
            year=2026,
            language="nl",
            page_url="https://wachtkamer.example/een" if state is not ItemState.GIVEN_UP else "javascript:alert(1)",
        )
        for state, title in TITLES.items()
    ]
    store.take(SOURCE, found, Bookmark(), MOMENT)
    ids: dict[ItemState, str] = {}
    for item in store.waiting(SOURCE, MOMENT):
        state = next(state for state, title in TITLES.items() if title == item.found.title)
        ids[state] = item.id
        reason = None
        if state is ItemState.LEFT_OUT:
            reason = Reason(key="harvest.reason.not_relevant", values={"score": "3 %"})
        store.update(item.model_copy(update={"state": state, "reason": reason, "relevance": 0.03}))
    store.save_status(
        SourceStatus(
            source_id=SOURCE,
            last_tried=MOMENT,
            last_success=MOMENT,
            n_new=len(found),
            n_failures=1,
            reason=Reason(key="error.source_unknown", values={"source": "proef"}),
        )
    )
    store.add_harvest(
        Harvest(source_id=SOURCE, started=MOMENT, finished=MOMENT + timedelta(minutes=1), n_found=5, n_new=5)
    )
    return ids


def do_duties(workspace: Workspace) -> None:
    """A duty that was done, and one that failed."""
    for number, state in enumerate((DutyState.DONE, DutyState.FAILED)):
        run = DutyRun(
            id=f"duty-{number}",
            duty=(Duty.SCAN, Duty.BACKUP)[number],
            due=MOMENT,
            n_missed=2,
            started=MOMENT,
            beat=MOMENT,
            state=DutyState.RUNNING,
        )
        assert workspace.duties.begin(run)
        workspace.duties.finish(run, state, MOMENT + timedelta(minutes=3), Reason(key="error.backup_busy"))
