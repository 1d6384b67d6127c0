"""Dossiers of a workspace: what is looked at, whose labels hold, what a blind reader sees, other encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dossier_records import build_dossier_act, build_question
from workspaces import copy_workspace

from flows import dossiers as dossiers_flow
from flows.context import ScanContext
from flows.dossier_keeping import DossierDraft, DossierError, keep_dossier, remove_dossier
from flows.dossiers import find_dossier, known_dossiers, open_dossier
from flows.search_choice import Search, open_search
from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.decisions import Decision, Judgement, Verdict
from pipelines.domain.dossiers import Dossier, DossierEntry
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.moments import now
from pipelines.domain.themes import Theme
from pipelines.dossiers.shipped import shipped_dossiers
from pipelines.errors import UnknownError
from pipelines.report.dossier import DossierMaterial, compose_dossier
from pipelines.report.word import render_word
from pipelines.settings import Settings

_QUESTION = shipped_dossiers()[0]


@pytest.fixture
def context(scanned: Path, tmp_path: Path) -> Iterator[ScanContext]:
    settings = Settings(workspace=copy_workspace(scanned, tmp_path / "work"))
    opened = ScanContext(settings, open_settings_workspace(settings))
    yield opened
    opened.workspace.close()


@pytest.fixture
def search(context: ScanContext) -> Search:
    return open_search(context)


def _entries(dossier: Dossier) -> list[DossierEntry]:
    return [entry for section in dossier.sections for entry in section.entries]


def _decide(context: ScanContext, entry: DossierEntry, verdict: Verdict, **changes: object) -> str:
    """A decision on an entry; the item that it is of."""
    item = entry.item
    assert item.labels is not None
    proposed = Judgement.proposed_in(item.labels)
    item_id = item.group or item.passage.id
    context.workspace.decisions.append(
        Decision(
            id="0" * 20,
            item_id=item_id,
            turn=1,
            passage_id=item.passage.id,
            document_id=item.document.id,
            passage_text=item.passage.text,
            verdict=verdict,
            reviewer="anna",
            decided=now(),
            proposed=proposed,
            judgement=None if verdict is Verdict.REJECT else proposed.model_copy(update=changes),
            reason="no_finding" if verdict is Verdict.REJECT else None,
        )
    )
    return item_id


def test_the_same_library_gives_the_same_dossier_and_file(context: ScanContext, search: Search) -> None:
    first, second = (open_dossier(context, _QUESTION, search) for _ in range(2))
    assert first == second and len(_entries(first)) >= 10
    ids = [entry.item.group or entry.item.passage.id for entry in _entries(first)]
    assert len(ids) == len(set(ids))
    library = tuple(context.workspace.documents.summaries())
    moment = now().replace(hour=9, minute=0)  # once: a second may pass between the two
    made = [
        render_word(
            compose_dossier(
                DossierMaterial(dossier=one, library=library, table=context.table, created=moment),
                "nl",
            )
        )
        for one in (first, second)
    ]
    assert made[0] == made[1]


def test_what_an_editor_holds_goes_before_what_was_proposed(context: ScanContext, search: Search) -> None:
    entry = _entries(open_dossier(context, _QUESTION, search))[-1]
    item_id = _decide(context, entry, Verdict.CORRECT, kind=EvidenceKind.OPINION, rows=("E2",))
    found = {one.item.passage.id: one for one in _entries(open_dossier(context, _QUESTION, search))}
    held = found[entry.item.passage.id]
    assert held.accepted and held.kind is EvidenceKind.OPINION and "E2" in {reason.value for reason in held.reasons}
    blind = open_dossier(context, _QUESTION, search, blind=frozenset({item_id}))
    unseen = {one.item.passage.id: one for one in _entries(blind)}[entry.item.passage.id]
    assert not unseen.accepted and unseen.kind is entry.kind


def test_what_was_rejected_is_counted_and_not_shown(context: ScanContext, search: Search) -> None:
    before = open_dossier(context, _QUESTION, search)
    entry = _entries(before)[0]
    _decide(context, entry, Verdict.REJECT)
    after = open_dossier(context, _QUESTION, search)
    assert after.n_rejected == 1 and after.n_belonging == before.n_belonging
    assert entry.item.passage.id not in {one.item.passage.id for one in _entries(after)}


def test_a_theme_or_a_row_alone_gathers(context: ScanContext, search: Search) -> None:
    for question in (
        build_question(terms_nl=(), themes=(Theme.JOB_QUALITY,)),
        build_question(terms_nl=(), rows=("B4",)),
    ):
        dossier = open_dossier(context, question, search)
        assert dossier.n_belonging > 3 and dossier.n_looked_at >= dossier.n_belonging


def test_bounds_hold(context: ScanContext, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossiers_flow, "_MOST_OF_ROW", 2)
    dossier = open_dossier(context, build_question(terms_nl=(), rows=("B4",)), search)
    assert 1 <= dossier.n_looked_at <= 6  # two, and their near-duplicates


def test_what_cosines_mean_follows_the_encoder(
    context: ScanContext, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = open_dossier(context, _QUESTION, search)
    monkeypatch.setattr(dossiers_flow, "shipped_choice", lambda _: None)
    by_share = open_dossier(context, _QUESTION, search)
    assert by_share.n_looked_at == usual.n_looked_at and by_share.n_belonging > 0


def test_an_empty_workspace_has_empty_dossiers(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    context = ScanContext(settings, open_settings_workspace(settings))
    dossier = open_dossier(context, _QUESTION, open_search(context))
    assert dossier.n_looked_at == 0 and not _entries(dossier)
    material = DossierMaterial(dossier=dossier, library=(), table=context.table, created=now())
    titles = [section.title for section in compose_dossier(material, "en").sections]
    assert titles[0] == "The question" and "Sources" not in titles
    context.workspace.close()


def test_dossiers_are_found_by_id_beginning_and_name(context: ScanContext) -> None:
    workspace = context.workspace
    workspace.acts.keep_dossier(build_dossier_act("eigen-een"))
    for name in ("eigen-een", "eigen", "dossier 1", " Dossier  1 "):
        assert find_dossier(workspace, name).question.id == "eigen-een"
    workspace.acts.keep_dossier(build_dossier_act("eigen-twee"))
    for name in ("eigen", "nergens", ""):
        with pytest.raises(UnknownError):
            find_dossier(workspace, name)
    workspace.acts.keep_dossier(build_dossier_act("eigen-een", 2, remove=True))
    assert [one.question.id for one in known_dossiers(workspace)][3:] == ["eigen-twee"]


def test_who_may_keep_and_remove_and_what_is_gone_stays_gone(context: ScanContext) -> None:
    workspace = context.workspace
    anna, rita = (
        Account(name=name, full_name=name, role=role, created=now())
        for name, role in (("anna", AccountRole.REVIEWER), ("rita", AccountRole.READER))
    )
    draft = DossierDraft("Overleg", terms_nl=["overleg", "Overleg", " "])
    act = keep_dossier(workspace, "d", draft, anna, turn=1)
    assert act.question is not None and act.question.terms_nl == ("overleg",)
    with pytest.raises(DossierError):
        keep_dossier(workspace, "e", draft, rita, turn=1)
    with pytest.raises(DossierError):
        keep_dossier(workspace, _QUESTION.id, draft, anna, turn=1)
    remove_dossier(workspace, "d", anna, turn=2)
    with pytest.raises(UnknownError):
        remove_dossier(workspace, "d", anna, turn=3)
    with pytest.raises(UnknownError):
        keep_dossier(workspace, "d", draft, anna, turn=3)
