"""What the program does in the life of a workspace, step by step, each from a workspace that is made for it.

Runs in forks of ``killed_life``, which has loaded what they need (``killed_program``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from accepted_evidence import EXPERIMENTS, MEETINGS, Desk, add_accounts

from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.accounts import Secret

PASSWORD = "vier natte tegels"
NOW = datetime(2026, 3, 3, 10)
_PEOPLE = {"anna": AccountRole.REVIEWER, "eva": AccountRole.EDITOR, "bram": AccountRole.EDITOR}
_NOTE = "note.docx"
_UNREAD = "Ongelezen"
_HELD_IN_MEMORY = 1 << 20
"""What is sent beyond that goes through a temporary file (``spool_max_size`` of Starlette)."""


class Browser(Protocol):
    """Somebody at the page, who sends a form again when no answer comes."""

    def get(self, path: str) -> str:
        """A page."""
        ...

    def post(self, path: str, form: list[tuple[str, str]]) -> int:
        """Send a form; the status of the answer."""
        ...

    def upload(self, path: str, name: str, content: bytes) -> int:
        """Send a file; the status of the answer."""
        ...


@dataclass(frozen=True)
class Step:
    """Something that is asked of the program; told of success, whoever asked will not ask again."""

    base: str
    """The workspace it begins with: a name in :data:`BASES`, or that of another step, as it stands afterwards."""
    act: Callable[[Settings], None] | None = None
    """By a command."""
    on_page: Callable[[Browser, Settings], None] | None = None
    """At the page; each form is sent once more where its answer did not come."""
    person: str = "anna"
    only_quickens: bool = False
    """Whether what it keeps is only there to be quicker another time: without room for that it is done all the same."""


# Workspaces ----------------------------------------------------------------------------------------------------------


def _people(workspace: Workspace) -> None:
    from pipelines.review_app.passwords import hash_password

    for name, role in _PEOPLE.items():
        workspace.accounts.create(name, name.capitalize(), role, Secret(hash_password(PASSWORD)), actor="(command)")


def _new(settings: Settings) -> None:
    workspace = open_settings_workspace(settings)
    _people(workspace)
    workspace.close()
    for place in ("data/raw", "elsewhere"):
        (settings.workspace / place).mkdir(parents=True, exist_ok=True)
    for number, (title, words) in enumerate(EXPERIMENTS):
        folder = settings.workspace / ("elsewhere" if number == 0 else "data/raw")
        second = MEETINGS[number % len(MEETINGS)][1]
        text = f"# {title}\n\n{words}\n\n## Overleg\n\n{second} Het gaat om hoofdstuk {number}.\n"
        (folder / f"{number}.md").write_text(text, encoding="utf-8")


def _proposing(settings: Settings) -> None:
    from proposed_changes import add_proposals

    from flows.proposals import refresh_proposals

    workspace = open_settings_workspace(settings)
    add_proposals(workspace)
    refresh_proposals(workspace, settings, NOW.date())
    desk = Desk(workspace)
    for number, (_, words) in enumerate(MEETINGS):
        desk.add(f"{_UNREAD} {number}", f"{words} Nog door niemand gelezen: {number}.")
    workspace.runs.finish(desk.run.id, {})
    _people(workspace)
    workspace.close()


def _noted(settings: Settings) -> None:
    from office.word_hand import WordHand

    from flows.note import gather_note
    from flows.proposals import refresh_proposals
    from pipelines.domain.evidence import Relation
    from pipelines.domain.evidence_table import Column
    from pipelines.report.compose_note import compose_update_note
    from pipelines.report.word import render_word

    workspace = open_settings_workspace(settings)
    desk = Desk(workspace)
    desk.accept_experiments()
    for title, words in MEETINGS[:2]:
        desk.decide(desk.add(title, words), statement=None, relation=Relation.NEW, column=Column.TREND)
    add_accounts(workspace, eva="editor", bram="editor")
    refresh_proposals(workspace, settings, NOW.date())
    report = compose_update_note(gather_note(workspace, settings, None, NOW, "nl"), "nl")
    table = next(s for s in report.sections if any(item.type == "revised_table" for item in s.items))
    hand = WordHand(render_word(report.model_copy(update={"sections": (table,), "sheets": ()})))
    workspace.close()
    hand.accept_all()
    (settings.workspace / _NOTE).write_bytes(hand.save())


def _taught(settings: Settings) -> None:
    from test_learn import decided, some_passages

    workspace = open_settings_workspace(settings)
    for number, passage in enumerate(some_passages(80)):
        workspace.decisions.append(decided(passage, number))
    workspace.close()


def _old(settings: Settings) -> None:
    """A database of two releases ago, with a run in it."""
    from alembic import command
    from sqlalchemy import create_engine, text

    from pipelines.store.database import migration_config, read_address

    for folder in ("data/raw", "data/processed", "models", "reports"):
        (settings.workspace / folder).mkdir(parents=True, exist_ok=True)
    engine = create_engine(read_address(settings.database))
    config = migration_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.execute(
            text(
                "INSERT INTO runs (id, started, state, language, versions, summary) "
                "VALUES ('scan-0001', '2026-01-02 03:04:05', 'done', 'nl', '{}', '{}')"
            )
        )
    engine.dispose()


BASES: dict[str, Callable[[Settings], None]] = {
    "new": _new,
    "proposing": _proposing,
    "noted": _noted,
    "taught": _taught,
    "old": _old,
}


# Commands ------------------------------------------------------------------------------------------------------------


def _scan(settings: Settings) -> None:
    from flows.start import start_scan

    start_scan(settings, [settings.raw_dir, settings.workspace / "elsewhere"])


def _migrate(settings: Settings) -> None:
    open_settings_workspace(settings).close()


def _import_note(settings: Settings) -> None:
    from flows.edited_note import import_edited_note

    workspace = open_settings_workspace(settings)
    content = (settings.workspace / _NOTE).read_bytes()
    made = import_edited_note(workspace, settings, content, _NOTE, ["eva", "bram"], NOW, store=True)
    workspace.close()
    assert made is not None


def _write_note(settings: Settings) -> None:
    from flows.note import write_update_note

    assert write_update_note(settings, None, ["md", "json", "html"], "nl", NOW)


def _learn(settings: Settings) -> None:
    from flows.learn import NothingToLearn, history, learn

    try:
        learn(settings, "eva")
    except NothingToLearn:
        # Models that learned from these decisions are in use: there has to be a record of how they came there.
        assert history(settings)


def _harvest(settings: Settings) -> None:
    from harvest_desk import HarvestDesk, Offers, Shelf, found, pdf, source

    addresses = [f"https://bureau.example/{n}.pdf" for n in range(4)]
    items = [found(str(n), address) for n, address in enumerate(addresses)]
    workspace = open_settings_workspace(settings)
    with workspace.harvesting():
        HarvestDesk(
            settings,
            workspace,
            sources=[source("bureau")],
            offers=Offers({"bureau": [items[:2], items[2:]]}),
            shelf=Shelf({address: pdf(address) for address in addresses}),
        ).harvest()
    workspace.close()


def _backup(settings: Settings) -> None:
    from flows.backup import make_backup

    make_backup(settings)


def _restore(settings: Settings) -> None:
    from flows.restore import restore_backup

    target = settings.workspace / "restored"
    database = target / "data" / "processed" / "kennisstand.db"
    if database.exists():  # who asked was not told, and finds it there
        open_settings_workspace(settings.model_copy(update={"workspace": target, "database_url": None})).close()
        return
    restore_backup(settings, "latest", target)


def _move(settings: Settings) -> None:
    from flows.move import move_database
    from pipelines.errors import StoreError
    from pipelines.store.database import address_of_file

    try:
        move_database(settings, address_of_file(settings.workspace / "moved.db"))
    except StoreError as error:  # who asked was not told: all of it is there
        if error.key != "error.move_target_filled":
            raise


def _copy_sources(settings: Settings) -> None:
    from flows.sources import copy_sources_file
    from pipelines.errors import SettingsError

    try:
        copy_sources_file(settings)
    except SettingsError as error:
        if error.key != "error.sources_file_there":
            raise


def _search(settings: Settings) -> None:
    from flows.context import ScanContext
    from flows.search_index import LibrarySearch

    workspace = open_settings_workspace(settings)
    found = LibrarySearch(ScanContext(settings, workspace)).search("beginners klantenservice")
    workspace.close()
    assert found.hits


# At the page ---------------------------------------------------------------------------------------------------------


def _passages(settings: Settings, title: str = "") -> list[str]:
    workspace = open_settings_workspace(settings)
    documents = [d for d in workspace.documents.summaries() if (d.metadata.title or "").startswith(title)]
    ids = [passage.id for document in documents for passage in workspace.passages.get(document.id)]
    workspace.close()
    return sorted(ids)[:4]


def _decide(browser: Browser, settings: Settings) -> None:
    _decide_on(_passages(settings), browser)


def _decide_found(browser: Browser, settings: Settings) -> None:
    """On passages that no list holds, such as a search finds."""
    _decide_on(_passages(settings, _UNREAD), browser)


def _decide_on(passages: list[str], browser: Browser) -> None:
    assert passages
    for number, passage in enumerate(passages):
        seen = re.search(r'name="seen" value="(\d+)"', browser.get(f"/passages/{passage}"))
        assert seen is not None
        chosen = ("verdict", "accept") if number % 2 else ("rejected", "off_topic")
        status = browser.post(f"/passages/{passage}/decide", [("seen", seen[1]), chosen])
        assert status == 303, (passage, status)


def _open_proposals(settings: Settings) -> list[Any]:
    workspace = open_settings_workspace(settings)
    found = sorted(workspace.proposals.all().values(), key=lambda one: one.id)
    workspace.close()
    return found


def _approve_together(browser: Browser, settings: Settings) -> None:
    alone = [one for one in _open_proposals(settings) if one.people_needed == 1]
    assert len(alone) > 1
    assert browser.post("/proposals", [("chosen", f"{one.id}:0") for one in alone]) == 303


def _act(browser: Browser, settings: Settings) -> None:
    one = next(one for one in _open_proposals(settings) if one.people_needed == 1)
    form = [("seen", "0"), ("verdict", "reject"), ("why", "Te vroeg."), *_words(one)]
    assert browser.post(f"/proposals/{one.id}", form) == 303


def _approve(browser: Browser, settings: Settings) -> None:
    one = next(one for one in _open_proposals(settings) if one.people_needed == 1)
    assert browser.post(f"/proposals/{one.id}", [("seen", "0"), ("verdict", "approve"), *_words(one)]) == 303


def _words(proposal: Any) -> list[tuple[str, str]]:
    return [("nl", proposal.suggestion.nl), ("en", proposal.suggestion.en)]


def _switch(browser: Browser, settings: Settings) -> None:
    assert browser.post("/schedules/backup/switch", [("turn", "pause")]) == 303


def _upload(browser: Browser, settings: Settings) -> None:
    content = b"# Nieuw\n\nEen stuk over beginners met AI.\n" * (_HELD_IN_MEMORY // 40)
    assert len(content) > _HELD_IN_MEMORY
    assert browser.upload("/documents/upload", "nieuw.md", content) == 303


STEPS: dict[str, Step] = {
    "scan": Step("new", _scan),
    "decide": Step("scan", on_page=_decide),
    "decide_found": Step("proposing", on_page=_decide_found),
    "upload": Step("proposing", on_page=_upload),
    "search": Step("scan", _search, only_quickens=True),
    "together": Step("proposing", on_page=_approve_together, person="eva"),
    "act": Step("proposing", on_page=_act, person="eva"),
    "approve": Step("proposing", on_page=_approve, person="eva"),
    "switch": Step("proposing", on_page=_switch, person="eva"),
    "import": Step("noted", _import_note),
    "note": Step("noted", _write_note),
    "learn": Step("taught", _learn),
    "harvest": Step("proposing", _harvest),
    "backup": Step("proposing", _backup),
    "restore": Step("backup", _restore),
    "move": Step("proposing", _move),
    "migrate": Step("old", _migrate),
    "sources": Step("proposing", _copy_sources),
}
