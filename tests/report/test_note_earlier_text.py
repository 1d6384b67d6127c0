"""What the note says of evidence once the table was changed because of it."""

from __future__ import annotations

from functools import cache

from report.note_samples import AFTER, act, day, note_sample

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.proposals import ChangeKind, ProposalStanding, ProposalState, ProposalVerdict, Wording
from pipelines.domain.reports import BulletList, Quotation, UpdateReport
from pipelines.report import NoteMaterial, compose_update_note
from pipelines.report.numbering import walk

NEW_WORDS = Wording(nl="Of er banen verdwijnen is onduidelijk.", en="Whether jobs are lost is unclear.")


@cache
def rewritten() -> NoteMaterial:
    """The sample, in which people moved D1.k3 to uncertain in words of their own."""
    full = note_sample()
    update = {"column": Column.UNCERTAIN, "nl": NEW_WORDS.nl, "en": NEW_WORDS.en}
    rows = tuple(
        row.model_copy(
            update={"statements": tuple(s.model_copy(update=update) if s.id == "D1.k3" else s for s in row.statements)}
        )
        for row in full.after.rows
    )
    after: EvidenceTable = full.after.model_copy(update={"rows": rows})
    pairs = []
    for proposal, standing in full.proposals:
        now = standing
        if proposal.statement_id == "D1.k3" and proposal.change is ChangeKind.MOVE:
            approval = act(proposal, "lezer-3", ProposalVerdict.APPROVE, day(14))
            approval = approval.model_copy(update={"wording": NEW_WORDS})
            now = ProposalStanding(state=ProposalState.APPLIED, turn=1, approvals=(approval,), applied_in=AFTER)
        pairs.append((proposal, now))
    scan = full.scan.model_copy(update={"table": after})
    return NoteMaterial.model_validate({**dict(full), "after": after, "scan": scan, "proposals": tuple(pairs)})


def bullets(report: UpdateReport) -> str:
    """The lines of the summary."""
    held = next(i for i in report.sections[1].items if isinstance(i, BulletList))
    return "\n".join("".join(s.text for s in entry) for entry in held.items)


def test_what_the_table_was_changed_for_is_no_warning_any_more() -> None:
    report = compose_update_note(rewritten(), "nl")
    told = bullets(report)
    assert "Let op" not in told
    assert "2 nieuwe stukken bewijs spraken de eerdere tekst tegen" in told
    assert "(D1.k3)" in told
    assert "Sprak de eerdere tekst tegen (2)" in {s.title for _, s in walk(report.sections)}
    assert report.summary is not None
    assert report.summary.columns[2][1][0] == "2 stukken spraken een eerdere tekst tegen"
    assert {str(row[4]) for row in report.sheets[0].rows if row[3] == "D1.k3"} == {
        "Spreekt mogelijk tegen (ten opzichte van de eerdere tekst)"
    }


def test_figures_of_a_piece_stand_without_what_they_are_taken_to_measure() -> None:
    report = compose_update_note(note_sample(), "nl")
    quoted = [i for _, s in walk(report.sections) for i in s.items if isinstance(i, Quotation)]
    figures = {value for q in quoted for name, value in q.labels if name == "Cijfers"}
    assert "2,4%" in figures
    assert not [value for value in figures if "(" in value]


def test_words_of_people_are_told_as_theirs() -> None:
    own = Wording(
        nl="De voorgestelde tekst is een suggestie, gemaakt van de bewering zelf en van zinnen uit het bewijs.",
        en="The suggested wording is a suggestion, made of the statement itself and of sentences of the evidence.",
    )
    material = rewritten()
    material = material.model_copy(update={"reasons": {p.id: (own,) for p, _ in material.proposals}})
    rows = {str(r[-1]): str(r[13]) for r in compose_update_note(material, "nl").sheets[1].rows}
    assert rows["proposal-known_uncertain"] == "Tekst geschreven door Derde lezer."
    assert rows["proposal-trend_known"] == "Tekst zoals het programma die voorstelde."
    assert rows["proposal-new_row"] == "De voorgestelde tekst is een suggestie, gemaakt van zinnen uit het bewijs."
    assert rows["proposal-uncertain_narrowed"] == own.nl
