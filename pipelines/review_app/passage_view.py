"""All that the page of one passage shows, gathered from the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.decisions import Decision, Judgement, Standing, fold_decisions
from pipelines.domain.evidence import Evidence, Figure, FigureRole
from pipelines.domain.evidence_table import EvidenceTable, Statement, TableRow
from pipelines.domain.instrument_labels import in_order
from pipelines.domain.instruments import Family, Tag
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.themes import Term
from pipelines.errors import UnknownError
from pipelines.review.deciding import reads_blind, undoable
from pipelines.review_app.marking import Mark, Stretch, cut_at_marks
from pipelines.review_app.words import label_words
from pipelines.store import Workspace
from pipelines.store.inbox import ListedItem
from pipelines.store.passages import PassagePlace
from pipelines.strings import Language, text

_SHOWN_TERMS = 6
"""Words that are named for each label; more of them weigh little."""


@dataclass(frozen=True)
class NearStatement:
    """A statement near the passage."""

    row: TableRow
    statement: Statement
    score: float


@dataclass(frozen=True)
class PassageView:
    """One item: the passage that is shown, what is proposed, what was decided."""

    item_id: str
    item: LabelledPassage
    members: tuple[PassagePlace, ...]
    others: tuple[tuple[PassagePlace, DocumentSummary], ...]
    """The other passages of the group, with their documents."""
    decisions: tuple[Decision, ...]
    table: EvidenceTable
    listed: ListedItem | None

    @cached_property
    def standing(self) -> Standing:
        """Where the item stands."""
        return fold_decisions(self.decisions)

    @property
    def evidence(self) -> Evidence | None:
        """What the models say of it."""
        return None if self.item.labels is None else self.item.labels.evidence

    @property
    def proposed(self) -> Judgement | None:
        """What the models propose."""
        return None if self.item.labels is None else Judgement.proposed_in(self.item.labels)

    @cached_property
    def near(self) -> list[NearStatement]:
        """The nearest statements, best first; those that the table no longer has are left out."""
        places = {statement.id: (row, statement) for row, statement in self.table.statements()}
        found = () if self.evidence is None else self.evidence.statements
        return [NearStatement(*places[match.id], match.score) for match in found if match.id in places]

    def row(self, row_id: str) -> TableRow | None:
        """A row of the table, if it has it."""
        return next((row for row in self.table.rows if row.id == row_id), None)

    @cached_property
    def text(self) -> list[Stretch]:
        """The text with key sentence, words that weighed and figures marked."""
        evidence = self.evidence
        if evidence is None:
            return cut_at_marks(self.item.passage.text, ())
        tags = self.item.labels.tags if self.item.labels is not None else None
        terms = [*evidence.terms, *(tags.terms if tags is not None else ())]
        marks = [Mark(term.start, term.end, "term") for term in terms]
        marks += [Mark(figure.start, figure.end, "figure") for figure in evidence.figures]
        if evidence.key_sentence is not None:
            marks.append(Mark(evidence.key_sentence.start, evidence.key_sentence.end, "key"))
        return cut_at_marks(self.item.passage.text, marks)

    @cached_property
    def terms(self) -> dict[str, list[str]]:
        """For each label: the words that weighed most, strongest first, each once."""
        evidence = self.evidence
        if evidence is None or self.item.labels is None:
            return {}
        found: dict[str, list[str]] = {}
        every: Sequence[Term] = (*evidence.terms, *self.item.labels.tags.terms)
        for term in sorted(every, key=lambda term: -term.weight):
            words = found.setdefault(term.label, [])
            if term.text not in words and len(words) < _SHOWN_TERMS:
                words.append(term.text)
        return found

    @cached_property
    def instruments(self) -> dict[str, list[Tag]]:
        """Tags of the other instruments by family, in the order of families, the most probable first."""
        read = None if self.item.labels is None else self.item.labels.instruments
        if read is None:
            return {}
        found = {family.value: list(read.of(family)) for family in Family}
        return {family: tags for family, tags in found.items() if tags}

    def corrected_instruments(self, account: Account) -> dict[str, list[tuple[str, bool]]]:
        """By family: labels that the reader whose decision holds added (true) or took away (false), if any."""
        holds = None if self.blind_for(account) else self.standing.holds
        judgement = None if holds is None else holds.judgement
        if judgement is None or judgement.instruments is None:
            return {}
        labels = None if self.item.labels is None else self.item.labels.instruments
        read, held = frozenset(() if labels is None else labels.given()), frozenset(judgement.instruments)
        found: dict[str, list[tuple[str, bool]]] = {}
        for label in in_order(read ^ held, advice=True):
            found.setdefault(label.partition(".")[0], []).append((label, label in held))
        return found

    @staticmethod
    def instrument_name(label: str, language: Language) -> str:
        """What a tag is called; the tag itself where the catalogue does not know it."""
        return label_words(label, language)

    def around(self, figure: Figure, language: Language) -> str:
        """What the passage says around a figure: for whom, where, when, on what it rests, against which other."""
        figures = () if self.evidence is None else self.evidence.figures
        other = next((f.text for f in figures if f.start == figure.compared_with), "")
        parts = [figure.population, figure.place, figure.period]
        if figure.source is not None:
            parts.append(text(f"figure_source.{figure.source}", language))
        if figure.role is not FigureRole.FINDING:
            parts.append(text(f"figure_role.{figure.role}", language))
        if other:
            parts.append(text("report_figures.against", language, text=other))
        return " · ".join(part for part in parts if part)

    @property
    def sentences(self) -> list[tuple[int, str]]:
        """Number and text of each sentence, to choose the key sentence from."""
        passage = self.item.passage
        return [(index, passage.sentence_text(index)) for index in range(len(passage.sentences))]

    def blind_for(self, account: Account) -> bool:
        """Whether this account must not see the first decision yet."""
        return account.role.may(AccountRole.REVIEWER) and reads_blind(self.standing, account.name)

    def undo_for(self, account: str) -> Decision | None:
        """What this account can undo."""
        return undoable(self.decisions, account)

    def visible_decisions(self, account: Account) -> tuple[Decision, ...]:
        """Decisions that this account may see now, newest first."""
        seen = [d for d in self.decisions if d.reviewer == account.name] if self.blind_for(account) else self.decisions
        return tuple(reversed(seen))


def view_passage(workspace: Workspace, table: EvidenceTable, passage_id: str) -> PassageView:
    """Gather one passage.

    Raises
    ------
    UnknownError
        There is no such passage.
    """
    place = workspace.passages.place(passage_id)
    if place is None:
        raise UnknownError("error.passage_unknown")
    members = workspace.passages.members(place.item_id) if place.group_id else [place]
    documents = {d.id: d for d in workspace.documents.summaries(sorted({m.document_id for m in members}))}
    item = workspace.passages.labelled(passage_id, documents)
    if item is None:
        raise UnknownError("error.passage_unknown")
    return PassageView(
        item_id=place.item_id,
        item=item,
        members=tuple(members),
        others=tuple((m, documents[m.document_id]) for m in members if m.passage_id != passage_id),
        decisions=tuple(workspace.decisions.of_item(place.item_id, [m.passage_id for m in members])),
        table=table,
        listed=workspace.inbox.get(place.item_id),
    )
