"""What studies say that the table does not hold yet: a new statement of a row, or a new row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipelines.domain.appraisal import EvidencePiece, Stance, StatementAppraisal
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import Wording
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicModel
from pipelines.revision.inputs import with_stance


class NewRow(NamedTuple):
    """What a row would be called and where it would stand."""

    title: Wording
    chapter: Theme
    topic: Topic | None


def items_of(found: StatementAppraisal) -> tuple[str, ...]:
    """Items of all studies of a point, sorted."""
    return tuple(sorted({item for study in found.studies for item in study.items}))


def point_key(found: StatementAppraisal, pieces: Mapping[str, EvidencePiece]) -> str:
    """By what a point is known while studies are added to it: the item that was decided on first."""
    items = items_of(found)
    first = min(items, key=lambda item: (pieces[item].decided.isoformat() if item in pieces else "", item))
    return content_id("point", first)[:12]


def column_of(found: StatementAppraisal, pieces: Mapping[str, EvidencePiece]) -> Column:
    """Where a new statement enters: uncertain where most of the weight was placed there by readers, else trend.

    What is new is never known at once: known asks for more (rule ``trend_known``), and two people.
    """
    weights: dict[Column | None, float] = defaultdict(float)
    for study in with_stance(found.studies, Stance.FOR):
        for item in study.items:
            if item in pieces:
                weights[pieces[item].column] += study.weight / len(study.items)
    uncertain, other = weights[Column.UNCERTAIN], sum(w for c, w in weights.items() if c is not Column.UNCERTAIN)
    return Column.UNCERTAIN if uncertain > other else Column.TREND


def new_row_of(
    found: StatementAppraisal,
    pieces: Mapping[str, EvidencePiece],
    table: EvidenceTable,
    topics: TopicModel | None,
    themes: Mapping[str, Sequence[Theme]],
) -> NewRow:
    """Title and chapter of a new row.

    The title is the name of the topic that most of the pieces belong to, else the heading that the heaviest study
    stands under, else the title of its document. The chapter is the theme that most passages were tagged with, else
    that of the rows that the topic touches, else *other effects*.
    """
    held = [pieces[item] for item in items_of(found) if item in pieces]
    topic = _topic_of(held, topics)
    return NewRow(_title(found, pieces, topic), _chapter(held, table, topic, themes), topic)


def _topic_of(held: Sequence[EvidencePiece], topics: TopicModel | None) -> Topic | None:
    if topics is None:
        return None
    by_id = {topic.id: topic for topic in topics.topics}
    named = [topics.assignments.get(piece.passage_id, piece.topic or "") for piece in held]
    best = _most(topic_id for topic_id in named if topic_id in by_id)
    return None if best is None else by_id[best]


def _most(values: Iterable[str]) -> str | None:
    """The most frequent value, the first in the alphabet of equals."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value)) if counted else None


def _title(found: StatementAppraisal, pieces: Mapping[str, EvidencePiece], topic: Topic | None) -> Wording:
    if topic is not None and (topic.name_nl or topic.name_en):
        return Wording(nl=_capital(topic.name_nl), en=_capital(topic.name_en))
    titles = {"nl": "", "en": ""}
    ordered = sorted(found.studies, key=lambda s: (s.stance is not Stance.FOR, -s.weight, s.study.id))
    for piece in (pieces[item] for study in ordered for item in study.items if item in pieces):
        language = "nl" if piece.language == "nl" else "en"
        titles[language] = titles[language] or _capital(piece.section[-1] if piece.section else piece.title)
    return Wording(nl=titles["nl"], en=titles["en"])


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _chapter(
    held: Sequence[EvidencePiece],
    table: EvidenceTable,
    topic: Topic | None,
    themes: Mapping[str, Sequence[Theme]],
) -> Theme:
    tagged = _most(theme.value for piece in held for theme in themes.get(piece.passage_id, ()))
    if tagged is not None:
        return Theme(tagged)
    chapters = {row.id: row.chapter for row in table.rows}
    touched = [chapters[row] for row in (topic.rows if topic is not None else ()) if row in chapters]
    return touched[0] if touched else Theme.OTHER_EFFECTS
