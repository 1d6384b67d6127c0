"""A period as the update note gets it: changes of every kind, evidence in two languages, studies put together.

Institutes and studies are made up and named after what they are (``Instituut A``), so that nobody takes them for real.
"""

# ruff: noqa: E501 (passages and statements are not broken in the middle)
from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache

from report.report_material import SET_ASIDE, make_document, make_passage, make_run, table

from pipelines.domain.appraisal import (
    AgreementLevel,
    Appraisal,
    Confidence,
    ConfidenceLevel,
    Design,
    EvidenceLevel,
    EvidencePiece,
    Merge,
    MergeReason,
    Setting,
    Stance,
    StatementAppraisal,
    Study,
    WeighedStudy,
)
from pipelines.domain.decisions import Judgement
from pipelines.domain.documents import Metadata
from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Level, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalDecision,
    ProposalStanding,
    ProposalState,
    ProposalVerdict,
    VersionOrigin,
    VersionRecord,
    Wording,
)
from pipelines.domain.rules import Rule, Rules
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicModel, TopicsState, TopicTrend
from pipelines.report.material import ReportMaterial
from pipelines.report.note_material import NoteMaterial, ReadingCount

SINCE, UNTIL = date(2026, 10, 22), date(2026, 11, 21)
BEFORE, AFTER = "2024-10-02", "2026-11-14"
PEOPLE = {"lezer-1": "Eerste lezer", "lezer-2": "Tweede lezer", "lezer-3": "Derde lezer"}


def day(n: int, month: int = 11) -> datetime:
    """A moment in the autumn of 2026, in UTC without time zone."""
    return datetime(2026, month, n, 10, 15)


def make_piece(item: str, document: DocumentSummary, text: str, **changes: object) -> EvidencePiece:
    """Accepted evidence; ``measures`` is what its figures measure, ``key`` the number of its key sentence."""
    measures, key = str(changes.pop("measures", "")), int(str(changes.pop("key", 0)))
    bounds = [m.span() for m in re.finditer(r"\S.*?(?:[.!?](?=\s)|$)", text, re.S)]
    start, end = bounds[key]
    figures = tuple(
        Figure(
            value=m[1].replace(",", ".").replace(" tot ", "-").replace(" to ", "-"), unit="%", text=m[0],
            start=m.start(), end=m.end(), measures=measures,
        )
        for m in re.finditer(r"(\d+(?:[.,]\d+)?(?: (?:tot|to) \d+)?)%", text)
    )  # fmt: skip
    values: dict[str, object] = {
        "item_id": item, "decision_id": f"decision-{item}", "passage_id": f"passage-{item}",
        "document_id": document.id, "text": text, "language": document.metadata.language,
        "title": document.metadata.title, "publisher": document.metadata.publisher, "year": document.metadata.year,
        "page": 4 + len(item), "section": ("Resultaten",), "kind": EvidenceKind.EMPIRICAL, "reviewer": "lezer-1",
        "decided": day(5), "figures": figures, "key_sentence": KeySentence(text=text[start:end], start=start, end=end),
    }  # fmt: skip
    return EvidencePiece.model_validate(values | changes)


def make_study(name: str, *items: str, **changes: object) -> Study:
    """A study that these items report."""
    values: dict[str, object] = {
        "id": f"study-{sorted(items)[0]}", "name": name, "items": tuple(sorted(items)),
        "documents": tuple(sorted({i.split("-")[0] for i in items})), "design": Design.EXPERIMENT,
        "kind": EvidenceKind.EMPIRICAL, "setting": Setting.NETHERLANDS, "year": 2026,
    }  # fmt: skip
    return Study.model_validate(values | changes)


def weigh(study: Study, stance: Stance, weight: float, *items: str, **changes: object) -> WeighedStudy:
    """A study as evidence; without ``items`` all of them."""
    parts = {"design": 0.9, "kind": 1.0, "directness": 0.9, "recency": round(weight / 0.81, 3)}
    values: dict[str, object] = {"study": study, "stance": stance, "weight": weight, "parts": parts,
                                 "items": tuple(sorted(items or study.items))}  # fmt: skip
    return WeighedStudy.model_validate(values | changes)


def confidence_of(studies: tuple[WeighedStudy, ...], level: ConfidenceLevel, **changes: object) -> Confidence:
    """Confidence with the weights of these studies."""
    weights = {stance: sum(s.weight for s in studies if s.stance is stance) for stance in Stance}
    values: dict[str, object] = {
        "evidence": EvidenceLevel.MEDIUM, "agreement": AgreementLevel.HIGH, "level": level,
        "weight_for": weights[Stance.FOR], "weight_against": weights[Stance.AGAINST],
        "weight_nuance": weights[Stance.NUANCE], "n_studies": len(studies),
        "n_pieces": sum(len(s.items) for s in studies),
    }  # fmt: skip
    return Confidence.model_validate(values | changes)


DOCUMENTS = {
    name: make_document(
        name,
        paths=(f"data/raw/{name}.pdf",),
        metadata=Metadata(
            title=title, publisher=publisher, year=year, language=language, url=f"https://example.org/{name}"
        ),
        n_passages=24,
        n_flagged=3,
        run_id="scan-1" if name == "old" else "scan-2",
        first_seen=datetime(2026, 10, 2 if name == "old" else 30, 9, 0, tzinfo=UTC),
    )
    for name, title, publisher, year, language in (
        ("field", "Klantcontact met een taalmodel: een veldproef", "Instituut A", 2026, "nl"),
        ("press", "Nieuwkomers winnen het meest bij hulp van AI", "Instituut A", 2026, "nl"),
        ("paper", "Who gains from writing assistants? A trial in five firms", "Institute B", 2025, "en"),
        ("panel", "Banen en AI: een panel van bedrijven 2021–2025", "Bureau C", 2026, "nl"),
        ("macro", "Employment after AI adoption in nine countries", "Network D", 2026, "en"),
        ("energy", "Stroomverbruik van AI op de werkvloer", "Instituut E", 2026, "nl"),
        ("watts", "The energy bill of generative tools at work", "Institute F", 2025, "en"),
        ("old", "Productiviteit en AI: eerste indrukken", "Bureau G", 2024, "nl"),
    )
}


@cache
def pieces() -> tuple[EvidencePiece, ...]:
    """Thirteen pieces of evidence, one of before the period."""
    d = DOCUMENTS
    gains = {"row_id": "B1", "statement_id": "B1.t1", "relation": Relation.SUPPORTS, "column": Column.TREND,
             "direction": Direction.POSITIVE}  # fmt: skip
    macro = {"row_id": "D1", "statement_id": "D1.k3", "relation": Relation.CONTRADICTS, "column": Column.KNOWN,
             "direction": Direction.NEGATIVE}  # fmt: skip
    answer = {"row_id": "B1", "statement_id": "B1.u1", "relation": Relation.NARROWS, "column": Column.UNCERTAIN,
              "direction": Direction.POSITIVE}  # fmt: skip
    energy = {"row_id": None, "statement_id": None, "relation": Relation.NEW, "column": Column.KNOWN,
              "direction": Direction.NEGATIVE}  # fmt: skip
    return (
        make_piece("field-1", d["field"], "De proef liep zeven maanden bij drie klantcontactcentra. Medewerkers die korter dan een jaar in dienst waren, handelden met het taalmodel 26% meer vragen per uur af. Bij ervaren collega's was dat 4%.", key=1, measures="vragen per uur", confirmed_by="lezer-2", **gains),
        make_piece("press-1", d["press"], "Nieuwe medewerkers hielpen 26% meer klanten per uur als een taalmodel meekeek, blijkt uit de veldproef van Instituut A.", measures="klanten per uur", decided=day(6), reviewer="lezer-2", **gains),
        make_piece("paper-1", d["paper"], "We randomised access across 1,140 staff. The least experienced writers finished 22% more tasks per hour; the most experienced did not change. Quality, rated blind, rose in the same group.", key=1, measures="tasks per hour", confirmed_by="lezer-3", **gains),
        make_piece("paper-2", d["paper"], "Across the five firms, output per hour rose by 8 to 14% in the year after roll-out, after allowing for staff who left.", measures="output per hour", **answer),
        make_piece("panel-1", d["panel"], "In bedrijven die AI invoerden lag de productie per uur na twee jaar 9% hoger dan in vergelijkbare bedrijven zonder AI.", measures="productie per uur", **answer),
        make_piece("field-2", d["field"], "Over alle medewerkers samen steeg de productie per uur met 11%; na correctie voor verloop bleef daar 9% van over.", measures="productie per uur", **answer),
        make_piece("macro-1", d["macro"], "In the nine countries together, employment in the most exposed occupations fell by 3.1% between 2022 and 2025 relative to the least exposed ones.", measures="employment in the most exposed occupations", confirmed_by="lezer-2", **macro),
        make_piece("panel-2", d["panel"], "Het aantal banen groeide in bedrijven met AI 2,4% minder dan in vergelijkbare bedrijven; het verschil ontstond na 2023.", measures="aantal banen", **macro),
        make_piece("panel-3", d["panel"], "In kleine bedrijven was geen verschil te zien, mogelijk omdat AI daar nog weinig wordt gebruikt.", row_id="D1", statement_id="D1.k1", relation=Relation.NARROWS, column=Column.KNOWN, direction=Direction.MIXED),
        make_piece("field-3", d["field"], "Medewerkers oefenden minder met moeilijke gesprekken, want het taalmodel loste die al op. Teamleiders maakten zich zorgen over wat nieuwkomers nog leren.", key=0, row_id="B1", relation=Relation.NEW, column=Column.TREND, direction=Direction.NEGATIVE),
        make_piece("energy-1", d["energy"], "Een kantoor dat overal taalmodellen inzet, gebruikt per werkplek 7% meer stroom; niemand rekent die kosten toe aan het werk.", measures="stroom per werkplek", **energy),
        make_piece("watts-1", d["watts"], "Electricity use per desk rose by 6% in the offices we metered, and no team saw the bill.", measures="electricity use per desk", decided=day(12), **energy),
        make_piece("old-1", d["old"], "De eerste cijfers wijzen op 6% hogere productie per uur bij gebruikers, maar de groep is klein.", measures="productie per uur", decided=day(3, 10), **answer),
    )  # fmt: skip


STUDIES = {
    "A": make_study(
        "Instituut A (2026)", "field-1", "press-1", "field-2", "field-3", sample_size=412, population=("novices",),
        merges=(
            Merge(item_a="field-1", item_b="press-1", reason=MergeReason.PRESS_RELEASE, shared="26%"),
            Merge(item_a="field-1", item_b="field-2", reason=MergeReason.SAME_DOCUMENT),
            Merge(item_a="field-1", item_b="field-3", reason=MergeReason.SAME_DOCUMENT),
        ),
    ),
    "B": make_study(
        "Institute B (2025)", "paper-1", "paper-2", setting=Setting.ELSEWHERE, year=2025, sample_size=1140,
        merges=(Merge(item_a="paper-1", item_b="paper-2", reason=MergeReason.SAME_DOCUMENT),),
    ),
    "C": make_study(
        "Bureau C (2026)", "panel-1", "panel-2", "panel-3", design=Design.LONGITUDINAL,
        merges=(
            Merge(item_a="panel-1", item_b="panel-2", reason=MergeReason.SAME_DOCUMENT),
            Merge(item_a="panel-2", item_b="panel-3", reason=MergeReason.SAME_DOCUMENT),
        ),
    ),
    "D": make_study("Network D (2026)", "macro-1", design=Design.QUASI_EXPERIMENT, setting=Setting.EUROPE),
    "E": make_study("Instituut E (2026)", "energy-1", design=Design.CROSS_SECTION),
    "F": make_study("Institute F (2025)", "watts-1", design=Design.CROSS_SECTION, setting=Setting.ELSEWHERE, year=2025),
    "G": make_study("Bureau G (2024)", "old-1", design=Design.UNSTATED, setting=Setting.UNSTATED, year=2024),
}  # fmt: skip

_S = STUDIES
GAINS = (
    weigh(_S["A"], Stance.FOR, 0.78, "field-1", "press-1", confirmed=True),
    weigh(_S["B"], Stance.FOR, 0.5, "paper-1"),
)
MACRO = (weigh(_S["D"], Stance.AGAINST, 0.64, confirmed=True), weigh(_S["C"], Stance.AGAINST, 0.6, "panel-2"))
ANSWER = (
    weigh(_S["C"], Stance.FOR, 0.6, "panel-1"), weigh(_S["A"], Stance.FOR, 0.55, "field-2"),
    weigh(_S["B"], Stance.FOR, 0.5, "paper-2"), weigh(_S["G"], Stance.FOR, 0.2),
)  # fmt: skip
ENERGY = (weigh(_S["E"], Stance.FOR, 0.45), weigh(_S["F"], Stance.FOR, 0.35))
NUANCE = (weigh(_S["C"], Stance.NUANCE, 0.6, "panel-3"),)
LEARNING = (weigh(_S["A"], Stance.FOR, 0.4, "field-3"),)


@cache
def newest() -> EvidenceTable:
    """The shipped table after two versions: B1.t1 became known, C1.t2 was reworded by hand, D5.t1 is new."""
    rows = []
    for row in table().rows:
        statements = list(row.statements)
        if row.id == "B1":
            moved = next(s for s in statements if s.id == "B1.t1")
            statements.remove(moved)
            text = {
                "nl": "Minder presterende werkenden, vaak lager geschoold of minder ervaren, profiteren meer van AI dan de best presterende, in snelheid en in kwaliteit.",
                "en": "Lower performing workers, often less educated or less experienced, gain more from AI than top performers, in speed and quality.",
            }
            statements.insert(3, moved.model_copy(update={**text, "column": Column.KNOWN}))
        if row.id == "C1":
            place = next(n for n, s in enumerate(statements) if s.id == "C1.t2")
            old = statements[place]
            statements[place] = old.model_copy(update={"nl": old.nl.replace("taken verdwijnen", "taken vervallen")})
        rows.append(row.model_copy(update={"statements": tuple(statements)}))
    return EvidenceTable(version=AFTER, rows=tuple(rows))


def make_proposal(rule: str, change: ChangeKind, statement_id: str | None = None, **changes: object) -> Proposal:
    """A proposal on a statement of :func:`newest`."""
    places = {s.id: (row.id, s) for _, tables in ((0, newest()),) for row, s in tables.statements()}
    row_id, before = places.get(statement_id or "", (None, None))
    values: dict[str, object] = {
        "id": f"proposal-{rule}", "subject": f"{rule}:{statement_id or 'new'}", "rule": rule, "rule_version": 1,
        "change": change, "people_needed": 1, "row_id": row_id, "statement_id": statement_id, "before": before,
        "from_column": before.column if before else None, "table_version": AFTER, "made": date(2026, 11, 20),
    }  # fmt: skip
    return Proposal.model_validate(values | changes)


def act(proposal: Proposal, person: str, verdict: ProposalVerdict, moment: datetime, why: str = "") -> ProposalDecision:
    """A decision of one person on a proposal."""
    return ProposalDecision(
        id=f"{proposal.id}-{person}", proposal_id=proposal.id, turn=1, verdict=verdict, person=person, decided=moment,
        why=why,
    )  # fmt: skip


@cache
def proposals() -> tuple[tuple[Proposal, ProposalStanding], ...]:
    """One that was applied, seven open ones of different kinds, one rejected."""
    after = {s.id: s for _, s in newest().statements()}
    before = {s.id: s for _, s in table().statements()}
    known = make_proposal(
        "trend_known", ChangeKind.MOVE, "B1.t1", before=before["B1.t1"], from_column=Column.TREND,
        to_column=Column.KNOWN, upward=True, people_needed=2, studies=GAINS, table_version=BEFORE,
        confidence=confidence_of(GAINS, ConfidenceLevel.MEDIUM), made=date(2026, 11, 12),
        suggestion=Wording(nl=after["B1.t1"].nl, en=after["B1.t1"].en), inputs={"studies_for": 2},
    )  # fmt: skip
    approvals = (
        act(known, "lezer-2", ProposalVerdict.APPROVE, day(13)),
        act(known, "lezer-3", ProposalVerdict.APPROVE, day(14), "Twee proeven met loting."),
    )
    doubt = make_proposal(
        "known_uncertain", ChangeKind.MOVE, "D1.k3", to_column=Column.UNCERTAIN, studies=MACRO,
        confidence=confidence_of(MACRO, ConfidenceLevel.VERY_LOW, agreement=AgreementLevel.LOW),
        suggestion=Wording(
            nl=f"Ter discussie staat wat eerder als bekend gold: {after['D1.k3'].nl} Ander onderzoek vindt: “Het aantal banen groeide in bedrijven met AI 2,4% minder dan in vergelijkbare bedrijven.”",
            en=f"Under discussion is what was held known before: {after['D1.k3'].en} Other research finds: “employment in the most exposed occupations fell by 3.1%”.",
        ),
        inputs={"confirmations": 3, "confirmations_at_least": 2},
    )  # fmt: skip
    narrowed = make_proposal(
        "uncertain_narrowed", ChangeKind.NARROW, "B1.u1", studies=ANSWER, people_needed=2, upward=True,
        confidence=confidence_of(ANSWER, ConfidenceLevel.HIGH, answer=Direction.POSITIVE),
        suggestion=Wording(
            nl=f"{after['B1.u1'].nl} Onderzoek wijst inmiddels op het volgende: “In bedrijven die AI invoerden lag de productie per uur na twee jaar 9% hoger.”",
            en=f"{after['B1.u1'].en} Research by now points to the following: “output per hour rose by 8 to 14% in the year after roll-out”.",
        ),
        inputs={"studies_for": 4, "studies_for_at_least": 2},
    )  # fmt: skip
    row = make_proposal(
        "new_row", ChangeKind.ADD_ROW, studies=ENERGY, people_needed=2, chapter=Theme.OTHER_EFFECTS,
        to_column=Column.TREND, confidence=confidence_of(ENERGY, ConfidenceLevel.LOW),
        row_title=Wording(nl="Energieverbruik van AI op het werk", en="Energy use of AI at work"),
        suggestion=Wording(
            nl="Onafhankelijke studies wijzen op het volgende: “Een kantoor dat overal taalmodellen inzet, gebruikt per werkplek 7% meer stroom.”",
            en="Independent studies point to the following: “Electricity use per desk rose by 6%”.",
        ),
        inputs={"studies_for": 2, "topic": "t9"},
    )  # fmt: skip
    statement = make_proposal(
        "new_statement", ChangeKind.ADD_STATEMENT, row_id="B1", studies=LEARNING, to_column=Column.TREND,
        confidence=confidence_of(LEARNING, ConfidenceLevel.VERY_LOW, evidence=EvidenceLevel.LIMITED),
        suggestion=Wording(
            nl="Onafhankelijke studies wijzen op het volgende: “Medewerkers oefenden minder met moeilijke gesprekken.”",
            en="Independent studies point to the following: “Medewerkers oefenden minder met moeilijke gesprekken” (source in Dutch).",
        ),
    )  # fmt: skip
    qualified = make_proposal(
        "wording_narrowed", ChangeKind.REWORD, "D1.k1", studies=NUANCE,
        confidence=confidence_of(NUANCE, ConfidenceLevel.LOW, evidence=EvidenceLevel.LIMITED),
        suggestion=Wording(
            nl=f"{after['D1.k1'].nl} Onderzoek plaatst hier een kanttekening bij: “In kleine bedrijven was geen verschil te zien.”",
            en=f"{after['D1.k1'].en} Research adds a qualification: “In kleine bedrijven was geen verschil te zien” (source in Dutch).",
        ),
    )  # fmt: skip
    again = make_proposal("review_date", ChangeKind.KEEP, "A2.k1", review_by=date(2027, 11, 20))
    ready = make_proposal(
        "figure_outdated", ChangeKind.REWORD, "A2.t1",
        suggestion=Wording(nl=f"{after['A2.t1'].nl} Nieuwer onderzoek (2026) noemt: “26%”.", en=f"{after['A2.t1'].en} Newer research (2026) gives: “26%”."),
    )  # fmt: skip
    turned_down = make_proposal("trend_uncertain", ChangeKind.MOVE, "C1.t1", to_column=Column.UNCERTAIN)
    return (
        (known, ProposalStanding(state=ProposalState.APPLIED, turn=2, approvals=approvals, applied_in=AFTER)),
        (doubt, ProposalStanding()),
        (narrowed, ProposalStanding(state=ProposalState.SECONDED, turn=1, approvals=(act(narrowed, "lezer-2", ProposalVerdict.APPROVE, day(20)),))),
        (row, ProposalStanding()),
        (statement, ProposalStanding()),
        (qualified, ProposalStanding()),
        (again, ProposalStanding()),
        (ready, ProposalStanding(state=ProposalState.APPROVED, turn=1, approvals=(act(ready, "lezer-3", ProposalVerdict.APPROVE, day(20)),))),
        (turned_down, ProposalStanding(state=ProposalState.REJECTED, turn=1, rejection=act(turned_down, "lezer-2", ProposalVerdict.REJECT, day(19), "Eén kleine studie in een ander land."))),
    )  # fmt: skip


@cache
def appraisal() -> Appraisal:
    """Against :func:`newest`."""

    def on(row: str, statement: str, studies: tuple[WeighedStudy, ...], level: ConfidenceLevel, **changes: object):
        return StatementAppraisal(
            row_id=row, statement_id=statement, studies=studies, confidence=confidence_of(studies, level, **changes)
        )

    statements = {
        "B1.t1": on("B1", "B1.t1", GAINS, ConfidenceLevel.HIGH),
        "B1.u1": on("B1", "B1.u1", ANSWER, ConfidenceLevel.HIGH, answer=Direction.POSITIVE),
        "D1.k3": on("D1", "D1.k3", MACRO, ConfidenceLevel.VERY_LOW, agreement=AgreementLevel.LOW),
        "D1.k1": on("D1", "D1.k1", NUANCE, ConfidenceLevel.LOW, evidence=EvidenceLevel.LIMITED),
    }
    points = (
        StatementAppraisal(row_id="B1", studies=LEARNING, confidence=confidence_of(LEARNING, ConfidenceLevel.VERY_LOW)),
        StatementAppraisal(row_id=None, studies=ENERGY, confidence=confidence_of(ENERGY, ConfidenceLevel.LOW)),
    )
    return Appraisal(
        table_version=AFTER, method_version="1", statements=statements, new_points=points,
        studies=tuple(sorted(STUDIES.values(), key=lambda s: s.id)),
    )  # fmt: skip


VERSIONS = (
    VersionRecord(
        version="2026-11-10", created=day(10), origin=VersionOrigin.WORD, file="notitie-oktober.docx", based_on=BEFORE,
        people=("lezer-3",), why="Tekst vereenvoudigd in de vergadering.",
        changes=(ApprovedChange(change=ChangeKind.REWORD, row_id="C1", statement_id="C1.t2"),),
    ),
    VersionRecord(
        version=AFTER, created=day(14), origin=VersionOrigin.PROPOSALS, based_on="2026-11-10",
        people=("lezer-2", "lezer-3"),
        changes=(ApprovedChange(proposal_id="proposal-trend_known", change=ChangeKind.MOVE, row_id="B1",
                                statement_id="B1.t1", to_column=Column.KNOWN),),
    ),
)  # fmt: skip


def rules() -> Rules:
    """Rules as they are shown: names and explanations."""
    named = {
        "trend_known": ("Van trend naar bekend", "From trend to known", ChangeKind.MOVE, 2),
        "known_uncertain": ("Van bekend naar onzeker", "From known to uncertain", ChangeKind.MOVE, 1),
        "trend_uncertain": ("Van trend naar onzeker", "From trend to uncertain", ChangeKind.MOVE, 1),
        "uncertain_narrowed": ("Onzekerheid wordt kleiner", "Uncertainty is narrowed", ChangeKind.NARROW, 2),
        "wording_narrowed": ("Kanttekening bij een bewering", "Qualified statement", ChangeKind.REWORD, 1),
        "figure_outdated": ("Verouderd cijfer", "Figure out of date", ChangeKind.REWORD, 1),
        "new_statement": ("Nieuwe bewering", "New statement", ChangeKind.ADD_STATEMENT, 1),
        "new_row": ("Nieuwe vraag", "New question", ChangeKind.ADD_ROW, 2),
        "review_date": ("Opnieuw bekijken", "Review day passed", ChangeKind.KEEP, 1),
    }
    return Rules(
        version="1",
        rules=tuple(
            Rule(
                id=name, version=1, change=change, people=people, title=Wording(nl=nl, en=en),
                explanation=Wording(nl="Wanneer het bewijs genoeg is.", en="When the evidence is enough."),
            )
            for name, (nl, en, change, people) in named.items()
        ),
    )  # fmt: skip


def _passages() -> list[LabelledPassage]:
    """The passages behind the pieces, two recommendations and one that was rejected; a third is of before."""
    found: list[LabelledPassage] = []
    for place, piece in enumerate(pieces()):
        labels: dict[str, object] = {
            "rows": (), "statements": (), "relation": piece.relation, "column": piece.column, "kind": piece.kind,
        }  # fmt: skip
        found.append(
            make_passage(
                piece.text, DOCUMENTS[piece.document_id], place, id=piece.passage_id, labels=labels,
                topic="t1" if place % 2 else "t2",
            )
        )  # fmt: skip
    quiet = {"flag": 0.2, "relation": None, "column": None, "recommendation": 0.8}
    advice = (
        (
            "advice-1",
            "panel",
            "Werkgevers zouden nieuwkomers tijd moeten geven om zonder hulpmiddel te oefenen.",
            Level.MICRO,
        ),
        ("advice-2", "macro", "Governments should fund retraining in the most exposed occupations.", Level.MACRO),
        ("advice-3", "old", "Sectoren zouden samen een opleidingsfonds moeten vormen.", Level.MESO),
        ("advice-4", "energy", "Wij raden iedereen een zuinig scherm aan.", Level.MICRO),
    )
    for place, (passage_id, document, text, level) in enumerate(advice, start=40):
        found.append(make_passage(text, DOCUMENTS[document], place, id=passage_id, labels={**quiet, "level": level}))
    return found


def _topics() -> TopicModel:
    common = {"terms_nl": ("productie", "uur"), "terms_en": ("output", "hour"), "n_documents": 3, "n_en": 2, "y": 1.0,
              "last_seen": date(2026, 10, 30)}  # fmt: skip
    topics = (
        Topic(
            id="t1", name_nl="Productie per uur", name_en="Output per hour", size=7, n_nl=5, n_new=6, rows=("B1",), x=1.0,
            by_scan={"2026-10-02": 1, "2026-10-30": 6}, by_year={"2024": 1, "2026": 6}, by_theme={"productivity": 7},
            by_kind={"empirical": 7}, first_seen=date(2026, 10, 2), **common,
        ),
        Topic(
            id="t2", name_nl="Stroomverbruik", name_en="Energy use", size=6, n_nl=4, n_new=6, novel=True, x=2.0,
            by_scan={"2026-10-30": 6}, by_year={"2026": 6}, by_theme={"other_effects": 6}, by_kind={"empirical": 6},
            first_seen=date(2026, 10, 30), trend=TopicTrend.NEW, **common,
        ),
    )  # fmt: skip
    assigned = {p.passage.id: p.topic for p in _passages() if p.topic}
    return TopicModel(
        state=TopicsState.FITTED, n_passages=17, n_new=14, minimum=10, topics=topics, assignments=assigned,
        by_scan={"2026-10-02": 3, "2026-10-30": 14}, day=date(2026, 10, 30), settings={"seed": 20},
    )  # fmt: skip


@cache
def note_sample() -> NoteMaterial:
    """A month with changes of every kind."""
    held = {
        p.passage_id: Judgement(
            themes=(Theme.PRODUCTIVITY,), rows=(p.row_id,) if p.row_id else (), statement=p.statement_id,
            relation=p.relation, column=p.column, kind=p.kind, direction=p.direction, key_sentence=p.key_sentence,
        )
        for p in pieces()
    }  # fmt: skip
    advised = Judgement(themes=(Theme.PRODUCTIVITY,), rows=("B1",), recommendation=True, level=Level.MICRO)
    scan = ReportMaterial(
        run=make_run(language="nl"),
        date=UNTIL,
        documents=(*DOCUMENTS.values(), *SET_ASIDE),
        passages=tuple(_passages()),
        table=newest(),
        topics=_topics(),
        new_documents=frozenset({*DOCUMENTS, *(d.id for d in SET_ASIDE)} - {"old"}),
        settings={"language": "nl"},
    )
    return NoteMaterial(
        scan=scan,
        since=SINCE,
        until=UNTIL,
        before=table(),
        after=newest(),
        versions=VERSIONS,
        appraisal=appraisal(),
        pieces=pieces(),
        proposals=proposals(),
        reasons={
            proposal.id: (
                Wording(nl="Regel in woorden.", en="The rule in words."),
                Wording(nl="Onafhankelijke studies die dit steunen: 2 (nodig: minstens 2).", en="Independent studies that support this: 2 (needed: at least 2)."),
            )
            for proposal, _ in proposals()
            if proposal.studies
        },
        rules=rules(),
        judgements={**held, "advice-1": advised, "advice-4": None},
        reading=ReadingCount(n_accepted=12, n_rejected=4, n_later=2, n_disagreement=1, n_open=9),
        people=PEOPLE,
    )  # fmt: skip


def quiet_note() -> NoteMaterial:
    """A period in which nothing happened."""
    scan = ReportMaterial(run=make_run(), date=UNTIL, table=table())
    return NoteMaterial(
        scan=scan, since=SINCE, until=UNTIL, before=table(), after=table(),
        appraisal=Appraisal(table_version=BEFORE, method_version="1"),
    )  # fmt: skip


def reworded(statement: Statement, nl: str) -> Statement:
    """The statement in other Dutch words."""
    return statement.model_copy(update={"nl": nl})
