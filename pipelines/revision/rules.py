"""Reads the rules from their file and says plainly what is wrong with a copy that somebody changed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.rules import Bound, Rule, Rules
from pipelines.errors import SettingsError
from pipelines.revision.inputs import INPUTS, OF_DAYS, OF_FIGURES, OF_POINTS, OF_STATEMENTS

_SHIPPED = Path(__file__).resolve().parent / "rules.yaml"
_MOST_PEOPLE = 9
_MOST_MONTHS = 120


class _Kind(NamedTuple):
    """What a rule is: the code carries it out, so a file cannot change it."""

    change: ChangeKind
    from_column: Column | None
    to_column: Column | None
    inputs: frozenset[str]


_KINDS: dict[str, _Kind] = {
    "known_uncertain": _Kind(ChangeKind.MOVE, Column.KNOWN, Column.UNCERTAIN, OF_STATEMENTS),
    "trend_uncertain": _Kind(ChangeKind.MOVE, Column.TREND, Column.UNCERTAIN, OF_STATEMENTS),
    "trend_known": _Kind(ChangeKind.MOVE, Column.TREND, Column.KNOWN, OF_STATEMENTS),
    "narrowed_known": _Kind(ChangeKind.MOVE, Column.UNCERTAIN, Column.KNOWN, OF_STATEMENTS),
    "uncertain_narrowed": _Kind(ChangeKind.NARROW, Column.UNCERTAIN, None, OF_STATEMENTS),
    "figure_outdated": _Kind(ChangeKind.REWORD, None, None, OF_FIGURES),
    "wording_narrowed": _Kind(ChangeKind.REWORD, None, None, OF_STATEMENTS),
    "new_statement": _Kind(ChangeKind.ADD_STATEMENT, None, None, OF_POINTS),
    "new_row": _Kind(ChangeKind.ADD_ROW, None, None, OF_POINTS),
    "review_date": _Kind(ChangeKind.KEEP, None, None, OF_DAYS),
}
_KEYS = frozenset(
    {"id", "version", "active", "change", "from", "to", "upward", "people", "thresholds", "title", "explanation"}
)
_OPTIONAL = frozenset({"again_after_months"})


def load_rules(path: Path | None = None) -> Rules:
    """The rules of ``path``, else the shipped ones.

    Raises
    ------
    SettingsError
        The file cannot be read, or breaks the rules of rules; the message names the place.
    """
    if path is None:
        return _shipped()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError("error.rules_unreadable", file=path.name, detail=str(error.strerror)) from error
    return read_rules(content, path.name)


@cache
def _shipped() -> Rules:
    return read_rules(_SHIPPED.read_bytes(), _SHIPPED.name)


def read_rules(content: bytes, file: str) -> Rules:
    """Rules from the YAML in ``content``; ``file`` names it in messages.

    Raises
    ------
    SettingsError
        As :func:`load_rules`.
    """
    try:
        data: Any = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        detail = str(error).split("\n")[0]
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f", {mark.line + 1}:{mark.column + 1}"
        raise SettingsError("error.rules_unreadable", file=file, detail=detail + place) from error
    if not isinstance(data, dict) or not isinstance(data.get("rules"), list):
        raise SettingsError("error.rules_unreadable", file=file, detail="rules: ...")
    _check_keys(data, frozenset({"version", "rules"}), frozenset(), file, "-")
    rules = tuple(_read_rule(one, file) for one in data["rules"])
    ids = [rule.id for rule in rules]
    for rule_id in sorted(_KINDS):
        if ids.count(rule_id) != 1:
            raise SettingsError("error.rules_once", file=file, rule=rule_id, n=ids.count(rule_id))
    return Rules(version=str(data["version"]), rules=rules)


def _check_keys(data: dict[Any, Any], needed: frozenset[str], optional: frozenset[str], file: str, place: str) -> None:
    for key in data:
        if key not in needed | optional:
            raise SettingsError("error.rules_unknown_key", file=file, place=place, key=str(key))
    for key in sorted(needed):
        if key not in data:
            raise SettingsError("error.rules_missing_key", file=file, place=place, key=key)


def _read_rule(data: Any, file: str) -> Rule:
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise SettingsError("error.rules_missing_key", file=file, place="rules", key="id")
    rule_id = data["id"]
    kind = _KINDS.get(rule_id)
    if kind is None:
        raise SettingsError("error.rules_unknown_rule", file=file, rule=rule_id, known=", ".join(_KINDS))
    _check_keys(data, _KEYS, _OPTIONAL if rule_id == "review_date" else frozenset(), file, rule_id)
    _check_kind(data, kind, file, rule_id)
    months = data.get("again_after_months")
    if rule_id == "review_date":
        _check_number(months, 1, _MOST_MONTHS, file, rule_id, "again_after_months")
    _check_number(data["people"], 1, _MOST_PEOPLE, file, rule_id, "people")
    _check_number(data["version"], 1, 10**6, file, rule_id, "version")
    for key in ("active", "upward"):
        if not isinstance(data[key], bool):
            raise SettingsError(
                "error.rules_out_of_range",
                file=file,
                place=rule_id,
                key=key,
                value=str(data[key]),
                allowed="true, false",
            )
    return Rule(
        id=rule_id,
        version=data["version"],
        active=data["active"],
        change=kind.change,
        from_column=kind.from_column,
        to_column=kind.to_column,
        upward=data["upward"],
        people=data["people"],
        thresholds=_read_thresholds(data["thresholds"], kind, file, rule_id),
        again_after_months=months,
        title=_read_wording(data["title"], file, f"{rule_id}, title"),
        explanation=_read_wording(data["explanation"], file, f"{rule_id}, explanation"),
    )


def _check_kind(data: dict[str, Any], kind: _Kind, file: str, rule_id: str) -> None:
    """Change and columns say what the rule does; they are there to be read, and cannot be made another."""
    for key, expected in (("change", kind.change), ("from", kind.from_column), ("to", kind.to_column)):
        if data[key] != (None if expected is None else expected.value):
            allowed = "null" if expected is None else expected.value
            raise SettingsError(
                "error.rules_out_of_range", file=file, place=rule_id, key=key, value=str(data[key]), allowed=allowed
            )


def _check_number(value: Any, low: float, high: float, file: str, place: str, key: str, *, whole: bool = True) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits or (whole and value != int(value)):
        allowed = f"{low:g}–{high:g}"
        raise SettingsError(
            "error.rules_out_of_range", file=file, place=place, key=key, value=str(value), allowed=allowed
        )


def _read_thresholds(data: Any, kind: _Kind, file: str, rule_id: str) -> dict[str, Bound]:
    if not isinstance(data, dict) or not data:
        raise SettingsError("error.rules_missing_key", file=file, place=rule_id, key="thresholds")
    read: dict[str, Bound] = {}
    for name, bound in data.items():
        place = f"{rule_id}, {name}"
        if name not in kind.inputs:
            raise SettingsError("error.rules_unknown_key", file=file, place=f"{rule_id}, thresholds", key=str(name))
        if not isinstance(bound, dict) or not bound:
            raise SettingsError("error.rules_missing_key", file=file, place=place, key="at_least")
        _check_keys(bound, frozenset(), frozenset({"at_least", "at_most"}), file, place)
        for key, value in bound.items():
            _check_bound(name, value, file, place, key)
        read[name] = Bound.model_validate(bound)
    return read


def _check_bound(name: str, value: Any, file: str, place: str, key: str) -> None:
    kind = INPUTS[name]
    if not kind.levels:
        _check_number(value, kind.low, kind.high, file, place, key, whole=kind.whole)
    elif value not in kind.levels:
        allowed = ", ".join(kind.levels)
        raise SettingsError(
            "error.rules_out_of_range", file=file, place=place, key=key, value=str(value), allowed=allowed
        )


def _read_wording(data: Any, file: str, place: str) -> Wording:
    if not isinstance(data, dict):
        raise SettingsError("error.rules_missing_key", file=file, place=place, key="nl")
    _check_keys(data, frozenset({"nl", "en"}), frozenset(), file, place)
    for key, value in data.items():
        if not isinstance(value, str) or not value.strip():
            raise SettingsError("error.rules_missing_key", file=file, place=place, key=key)
    return Wording(nl=data["nl"].strip(), en=data["en"].strip())
