"""What people turned down: it is proposed again only where there is more, or other, evidence for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pipelines.domain.appraisal import EvidencePiece, Stance, WeighedStudy
from pipelines.domain.evidence import Relation
from pipelines.revision.inputs import Value


class RejectedOn(NamedTuple):
    """With what a subject was rejected."""

    evidence: frozenset[str] = frozenset()
    """Studies with what they said of it, as :func:`stance_key` gives them."""
    items: frozenset[str] = frozenset()
    """Of a new statement or row: the items that made the point."""
    day: date | None = None
    """Of the latest rejection."""

    def joined(self, other: RejectedOn) -> RejectedOn:
        """Both rejections as one."""
        days = [day for day in (self.day, other.day) if day is not None]
        return RejectedOn(self.evidence | other.evidence, self.items | other.items, max(days, default=None))


def stance_key(study_id: str, stance: Stance) -> str:
    """A study with what it says: one that readers turned round since is other evidence."""
    return f"{study_id}:{stance.value}"


def rejected_before(known: RejectedOn, studies: Sequence[WeighedStudy]) -> dict[str, Value] | None:
    """What to add to the inputs; ``None`` where no study was added to those of ``known``, nor turned round."""
    if {stance_key(s.study.id, s.stance) for s in studies} <= known.evidence:
        return None
    return {"rejected_before": len({key.partition(":")[0] for key in known.evidence})}


def rejected_point(
    rejected: Mapping[str, RejectedOn],
    place: str,
    studies: Sequence[WeighedStudy],
    removed: frozenset[str],
) -> dict[str, Value] | None:
    """As :func:`rejected_before`, for what is new.

    A point is known again by its items, whichever is the first of them: two points of the same studies are two
    questions. What spoke of a statement that people took out of the table does not bring it back by itself.

    Parameters
    ----------
    rejected
        By subject.
    place
        Beginning of the subjects of this rule and row.
    studies
        Of the point.
    removed
        Items on statements that the table does not have any more.
    """
    items = {item for study in studies for item in study.items}
    alike = [one for subject, one in rejected.items() if subject.startswith(place) and one.items & items]
    old = [study for study in studies if set(study.items) <= removed]
    if not alike and not old:
        return {}
    known = RejectedOn(frozenset(stance_key(s.study.id, s.stance) for s in old))
    told = {"removed_before": len(old)} if old else {}
    if alike:
        told |= {"rejected_before": len({key.partition(":")[0] for one in alike for key in one.evidence})}
    for one in alike:
        known = known.joined(one)
    return None if rejected_before(known, studies) is None else dict(told)


def on_removed(pieces: Iterable[EvidencePiece], statements: frozenset[str]) -> frozenset[str]:
    """Items that readers judged on a statement that is not among ``statements``."""
    return frozenset(
        piece.item_id
        for piece in pieces
        if piece.statement_id is not None
        and piece.relation is not Relation.NEW
        and piece.statement_id not in statements
    )
