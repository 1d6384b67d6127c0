"""The labels that each family of the instruments has: what a reader can choose, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.domain.instruments import FAMILIES_OF_ADVICE, ActionTheme, Addressee, Family, Part, Uncertainty

_VALUES: dict[Family, tuple[str, ...]] = {
    Family.UNCERTAINTY: tuple(Uncertainty),
    Family.ACTION_THEME: tuple(ActionTheme),
    Family.ADDRESSEE: tuple(Addressee),
    Family.GROUP: (
        *("women", "young", "older", "low_educated", "high_educated", "flexible", "self_employed", "small_firms"),
        *("migrants", "disabled", "novices", "experienced"),
    ),
    Family.ACTOR: (
        *("unions", "works_councils", "employers", "employer_associations", "regulators", "government"),
        *("developers", "platforms"),
    ),
    Family.SECTOR: tuple("ABCDEFGHIJKLMNOPQRSTU"),
    Family.OCCUPATION: tuple("123456789"),
    Family.FUNCTION: (
        *("hr", "production", "customer_service", "logistics", "care", "administration", "research", "education"),
        *("finance", "legal", "sales", "it", "safety", "design"),
    ),
    Family.USERS: ("professionals", "workers", "managers", "clients", "public_bodies"),
    Family.AFFECTED: ("workers", "applicants", "clients", "patients", "students", "citizens"),
    Family.DATA: ("text", "images", "sound", "sensor", "personal", "records", "location"),
    Family.MODEL: ("generative", "predictive", "rules", "robot"),
    Family.TASK: ("recommend", "generate", "recognise", "predict", "steer", "optimise", "converse"),
    Family.AUTONOMY: ("assists", "decides_checked", "decides"),
    Family.PART: tuple(Part),
}

LABELS_OF: dict[Family, tuple[str, ...]] = {
    family: tuple(f"{family.value}.{value}" for value in _VALUES[family]) for family in Family
}
"""Family -> its labels, in the order in which they are shown."""

_PLACE = {label: n for n, label in enumerate(label for labels in LABELS_OF.values() for label in labels)}


def is_label(label: str) -> bool:
    """Whether a family has this label."""
    return label in _PLACE


def in_order(labels: Iterable[str], *, advice: bool) -> tuple[str, ...]:
    """Each label once, in the order of families and of their labels; what no family has comes last.

    Parameters
    ----------
    labels
        In any order.
    advice
        Whether the passage says what somebody should do: otherwise themes of actions and addressees are left out.
    """
    kept = {label for label in labels if advice or label.partition(".")[0] not in FAMILIES_OF_ADVICE}
    return tuple(sorted(kept, key=lambda label: (_PLACE.get(label, len(_PLACE)), label)))
