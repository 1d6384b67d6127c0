"""The form in which labels are corrected: what can be chosen, and what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from starlette.datastructures import FormData

from pipelines.domain.accounts import Account
from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.instrument_labels import LABELS_OF, in_order, is_label
from pipelines.domain.themes import Theme
from pipelines.review_app.passage_view import PassageView
from pipelines.review_app.words import label_words
from pipelines.strings import Language, text

_LONGEST = 90


@dataclass(frozen=True)
class FamilyOptions:
    """The labels of one family of the other instruments."""

    family: str
    near: list[tuple[str, str, bool]]
    """Labels that were proposed or hold: label, its words, whether it holds."""
    others: list[tuple[str, str]]
    """All others of the family, with their words."""


@dataclass(frozen=True)
class FormOptions:
    """For each field: the values that can be chosen, with their words."""

    rows: list[tuple[str, str]]
    statements: list[tuple[str, str]]
    relations: list[tuple[str, str]]
    columns: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    directions: list[tuple[str, str]]
    levels: list[tuple[str, str]]
    themes: list[tuple[str, str]]
    themes_held: list[str]
    sentences: list[tuple[str, str]]
    key_sentence: str
    figures: list[tuple[int, Figure, bool]]
    families: list[FamilyOptions]


def held_judgement(view: PassageView, account: Account) -> Judgement:
    """From which labels the form starts: those that hold, unless ``account`` must not see them yet."""
    holds = None if view.blind_for(account) else view.standing.holds
    if holds is not None and holds.judgement is not None:
        return holds.judgement
    return view.proposed or Judgement()


def form_options(view: PassageView, held: Judgement, language: Language) -> FormOptions:
    """What can be chosen for the passage of ``view``, starting from the labels ``held``."""
    proposed = view.proposed or Judgement()
    near = [near.statement.id for near in view.near]
    every = {s.id: s for _, s in view.table.statements()}
    first_rows = {*held.rows, *proposed.rows}
    order = [*near, *(s.id for r, s in view.table.statements() if r.id in first_rows and s.id not in near)]
    order += [statement_id for statement_id in every if statement_id not in order]
    figures = _told_once(proposed.figures, held.figures)
    chosen = {_place(figure) for figure in held.figures}
    return FormOptions(
        rows=[(row.id, f"{row.id} {row.title(language)}") for row in view.table.rows],
        statements=[(one, short(f"{one} {every[one].text(language)}")) for one in order],
        relations=[(one.value, text(f"relation.{one.value}", language)) for one in Relation],
        columns=[(one.value, text(f"column.{one.value}", language)) for one in Column],
        kinds=[(one.value, text(f"evidence_kind.{one.value}", language)) for one in EvidenceKind],
        directions=[(one.value, text(f"direction.{one.value}", language)) for one in Direction],
        levels=[(one.value, text(f"level.{one.value}", language)) for one in Level],
        themes=[(one.value, text(f"theme.{one.value}", language)) for one in Theme],
        themes_held=[theme.value for theme in held.themes],
        sentences=[("", text("page.none", language)), *((str(i), short(one)) for i, one in view.sentences)],
        key_sentence=_number_of(view, held.key_sentence),
        figures=[(index, figure, _place(figure) in chosen) for index, figure in enumerate(figures)],
        families=_families(proposed.instruments or (), held.instruments or (), language),
    )


def _families(proposed: Sequence[str], held: Sequence[str], language: Language) -> list[FamilyOptions]:
    found: list[FamilyOptions] = []
    for family, labels in LABELS_OF.items():
        gone = [label for label in held if label.startswith(f"{family.value}.") and label not in labels]
        named = [(label, label_words(label, language)) for label in (*labels, *gone)]
        near = [(label, words, label in held) for label, words in named if label in held or label in proposed]
        others = [(label, words) for label, words in named if label not in held and label not in proposed]
        found.append(FamilyOptions(family.value, near, others))
    return found


def _told_once(*figures: Sequence[Figure]) -> list[Figure]:
    """Every figure once, in the form in which it is told first: others may know less about it."""
    once: dict[tuple[int, int, str, str], Figure] = {}
    for figure in chain.from_iterable(figures):
        once.setdefault(_place(figure), figure)
    return list(once.values())


def _place(figure: Figure) -> tuple[int, int, str, str]:
    return figure.start, figure.end, figure.value, figure.unit


def short(line: str) -> str:
    """The beginning of a line that is too long for a list of choices."""
    return line if len(line) <= _LONGEST else line[:_LONGEST].rsplit(" ", 1)[0] + "…"


def _number_of(view: PassageView, sentence: KeySentence | None) -> str:
    if sentence is None:
        return ""
    spans = view.item.passage.sentences
    return next((str(i) for i, span in enumerate(spans) if span.start <= sentence.start < span.end), "")


def read_judgement(form: FormData, view: PassageView, account: Account) -> Judgement:
    """The labels that somebody chose in the form.

    Raises
    ------
    ValueError
        A field has a value that cannot be chosen.
    """
    held, proposed = held_judgement(view, account), view.proposed or Judgement()
    figures = _told_once(proposed.figures, held.figures)
    kept = {int(str(index)) for index in form.getlist("figures")}
    if not kept <= set(range(len(figures))):
        raise ValueError("a figure that is not in the passage")
    recommendation = form.get("recommendation") == "1"
    rows = tuple(dict.fromkeys(row for row in (_one(form, "row"), _one(form, "row2")) if row))
    chosen = {str(theme) for theme in form.getlist("themes")}
    relation, column, level = _one(form, "relation"), _one(form, "column"), _one(form, "level")
    statement = _one(form, "statement") or None
    row_of = {one.id: row.id for row, one in view.table.statements()}
    if (
        statement is not None
        and statement == held.statement
        and rows != held.rows
        and row_of.get(statement) not in rows
    ):
        statement = None  # who chose another row, and left the statement, did not mean one of the former row
    return Judgement(
        themes=tuple(sorted((Theme(theme) for theme in chosen), key=list(Theme).index)),
        rows=rows,
        statement=statement,
        relation=Relation(relation) if relation else None,
        column=Column(column) if column else None,
        kind=EvidenceKind(_one(form, "kind") or "none"),
        direction=Direction(_one(form, "direction") or "none"),
        recommendation=recommendation,
        level=Level(level) if level and recommendation else None,
        figures=tuple(figure for index, figure in enumerate(figures) if index in kept),
        key_sentence=_key_sentence(_one(form, "key_sentence"), view, held),
        instruments=_instruments(form, held, advice=recommendation),
    )


def _instruments(form: FormData, held: Judgement, *, advice: bool) -> tuple[str, ...] | None:
    chosen = {str(label) for label in form.getlist("instruments")}
    if not all(is_label(label) or label in (held.instruments or ()) for label in chosen):
        raise ValueError("a label that no family has")
    if held.instruments is None and not chosen:
        return None  # nothing was read, and nobody said anything of it
    return in_order(chosen, advice=advice)


def _one(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _key_sentence(index: str, view: PassageView, held: Judgement) -> KeySentence | None:
    if not index:
        return None
    if index == _number_of(view, held.key_sentence):
        return held.key_sentence
    passage = view.item.passage
    if not 0 <= int(index) < len(passage.sentences):
        raise ValueError("a sentence that is not in the passage")
    span = passage.sentences[int(index)]
    return KeySentence(text=passage.text[span.start : span.end], start=span.start, end=span.end)
