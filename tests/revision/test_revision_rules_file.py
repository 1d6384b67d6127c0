"""The file with rules: the shipped one is whole, and what is wrong in a copy is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipelines.revision.rules as rules_module
from pipelines.domain.proposals import ChangeKind
from pipelines.errors import SettingsError
from pipelines.revision import load_rules
from pipelines.revision.inputs import INPUTS
from pipelines.strings import LANGUAGES, error_text, keys

_SHIPPED = Path(rules_module.__file__).parent / "rules.yaml"


def _copy(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    data = yaml.safe_load(_SHIPPED.read_text(encoding="utf-8"))
    data["by_id"] = {rule["id"]: rule for rule in data["rules"]}
    change(data)
    data.pop("by_id", None)
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_the_shipped_rules() -> None:
    rules = load_rules()
    assert len(rules.rules) == 10
    for rule in rules.rules:
        assert rule.active and rule.title.nl and rule.title.en and rule.explanation.nl and rule.explanation.en
        assert rule.people == (2 if rule.upward else 1)
    upward = {rule.id for rule in rules.rules if rule.upward}
    assert upward == {"trend_known", "uncertain_narrowed", "narrowed_known"}
    assert {rule.change for rule in rules.rules} == set(ChangeKind) - {ChangeKind.REMOVE}


def test_a_copy_with_other_numbers(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["by_id"]["trend_known"]["thresholds"]["studies_for"]["at_least"] = 5
        data["by_id"]["trend_known"]["people"] = 3
        data["by_id"]["review_date"]["active"] = False

    rules = load_rules(_copy(tmp_path, change))
    assert rules.rule("trend_known").thresholds["studies_for"].at_least == 5
    assert rules.rule("trend_known").people == 3 and not rules.rule("review_date").active
    assert load_rules(_SHIPPED) == load_rules()


@pytest.mark.parametrize(
    ("change", "key", "names"),
    [
        (lambda d: d["by_id"]["trend_known"].update(colour="red"), "error.rules_unknown_key", "colour"),
        (lambda d: d.update(more=1), "error.rules_unknown_key", "more"),
        (lambda d: d["by_id"]["trend_known"].pop("people"), "error.rules_missing_key", "people"),
        (lambda d: d["by_id"]["trend_known"].update(people=0), "error.rules_out_of_range", "people"),
        (lambda d: d["by_id"]["trend_known"].update(people=True), "error.rules_out_of_range", "people"),
        (lambda d: d["by_id"]["trend_known"].update(active="perhaps"), "error.rules_out_of_range", "active"),
        (lambda d: d["by_id"]["trend_known"].update(to="trend"), "error.rules_out_of_range", "to"),
        (lambda d: d["by_id"]["trend_known"].update(id="trend_gone"), "error.rules_unknown_rule", "trend_gone"),
        (lambda d: d["rules"].append(d["rules"][0]), "error.rules_once", "known_uncertain"),
        (lambda d: d["rules"].pop(), "error.rules_once", "review_date"),
        (lambda d: d["by_id"]["trend_known"].update(thresholds={}), "error.rules_missing_key", "thresholds"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(luck={"at_least": 1}), "error.rules_unknown_key",
         "luck"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(days_past={"at_least": 1}), "error.rules_unknown_key",
         "days_past"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(studies_for={"about": 1}), "error.rules_unknown_key",
         "about"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(studies_for={"at_least": -1}),
         "error.rules_out_of_range", "-1"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(studies_for={"at_least": 2.5}),
         "error.rules_out_of_range", "2.5"),
        (lambda d: d["by_id"]["trend_known"]["thresholds"].update(evidence={"at_least": "much"}),
         "error.rules_out_of_range", "much"),
        (lambda d: d["by_id"]["review_date"].update(again_after_months=0), "error.rules_out_of_range",
         "again_after_months"),
        (lambda d: d["by_id"]["trend_known"].update(title={"nl": "Titel", "en": " "}), "error.rules_missing_key", "en"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], key: str, names: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_rules(_copy(tmp_path, change))
    assert caught.value.key == key
    for language in LANGUAGES:
        assert names in error_text(caught.value, language) and "rules.yaml" in error_text(caught.value, language)


@pytest.mark.parametrize("content", [b"rules: [", b"- 1", b"\xff\xfe\x00", b"rules: 3"])
def test_what_is_no_file_with_rules(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_rules(path)
    assert caught.value.key == "error.rules_unreadable"
    with pytest.raises(SettingsError):
        load_rules(tmp_path / "absent.yaml")


def test_every_input_and_level_has_words() -> None:
    known = keys()
    for name, kind in INPUTS.items():
        assert f"revision.input.{name}" in known
        assert all(f"revision.level.{name}.{level}" in known for level in kind.levels)
    assert all(f"revision.what.{change.value}" in known for change in ChangeKind)


def test_the_page_on_rules_names_every_rule_and_input() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [name for name in INPUTS if f"`{name}`" not in page] == []
    assert [rule.id for rule in load_rules().rules if f"`{rule.id}`" not in page] == []
