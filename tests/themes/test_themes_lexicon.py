"""The shipped lexicon is clean, and what is wrong with an edited one is told in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.errors import LexiconError
from pipelines.strings import LANGUAGES, error_text
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.lexicon_lint import check_lexicon

TABLE = Path(__file__).parents[2] / "pipelines" / "table" / "starting_table.yaml"

GOOD = """
theme: employment
concepts:
  - id: employment.wages
    name: {nl: Lonen, en: Wages}
    definition: {nl: Wat werk oplevert., en: What work pays.}
    rows: [D4]
    terms:
      nl: [loon]
      en: [wage]
"""


def row_ids() -> set[str]:
    return {row["id"] for row in yaml.safe_load(TABLE.read_text(encoding="utf-8"))["rows"]}


def write(folder: Path, text: str, name: str = "employment.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def problem_keys(folder: Path, sample: dict[str, list[str]] | None = None) -> list[str]:
    problems = check_lexicon(load_lexicon(folder), row_ids(), sample)
    for problem in problems:
        for language in LANGUAGES:
            assert problem.concept in problem.text(language)
            assert str(problem.line) in problem.text(language)
    return [problem.key.removeprefix("lexicon.") for problem in problems]


def test_shipped_lexicon_is_clean() -> None:
    problems = check_lexicon(load_lexicon(), row_ids())
    assert [problem.text("en") for problem in problems] == []


def test_shipped_lexicon_covers_rows_and_themes_in_both_languages() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.concepts) >= 120
    assert sum(len(c.words(k).terms) + len(c.words(k).variants) for c in lexicon.concepts for k in LANGUAGES) >= 1500
    pointed_at = {row for concept in lexicon.concepts if concept.theme for row in concept.rows}
    assert pointed_at == row_ids()


def test_shipped_files_name_each_theme_once() -> None:
    themes = [yaml.safe_load(path.read_text(encoding="utf-8"))["theme"] for path in SHIPPED_LEXICON.glob("*.yaml")]
    assert sorted(themes) == ["adoption", "employment", "job_quality", "other_effects", "productivity", "shared"]


def test_version_follows_content_not_place(tmp_path: Path) -> None:
    first = load_lexicon(write(tmp_path, GOOD))
    assert load_lexicon(write(tmp_path, "# a remark\n" + GOOD)).version == first.version
    assert load_lexicon(write(tmp_path, GOOD.replace("[wage]", "[wage, pay]"))).version != first.version


@pytest.mark.parametrize(
    ("old", "new", "key", "line"),
    [
        ("theme: employment", "theme: labour", "lexicon.bad_theme", 2),
        ("theme: employment\n", "", "lexicon.bad_top", None),
        ("    rows: [D4]", "    row: [D4]", "lexicon.unknown_field", 7),
        ("    rows: [D4]", "    rows: D4", "lexicon.not_list", 7),
        ("      nl: [loon]", "      fr: [salaire]", "lexicon.unknown_field", 9),
        ("      nl: [loon]", "      nl: [[loon]]", "lexicon.not_text", 9),
        ("      nl: [loon]", "      nl: ['']", "lexicon.not_text", 9),
        ("    rows: [D4]", "    terms: {}", "lexicon.repeated_field", None),
        ("    definition: {nl: Wat werk oplevert., en: What work pays.}\n", "", "lexicon.missing_field", 4),
        ("      nl: [loon]", "      nl: [loon", "lexicon.bad_yaml", None),
        ("    name: {nl: Lonen, en: Wages}", "    name: Lonen", "lexicon.not_mapping", 5),
    ],
)
def test_a_wrong_file_is_told_with_its_place(tmp_path: Path, old: str, new: str, key: str, line: int | None) -> None:
    assert old in GOOD
    with pytest.raises(LexiconError) as caught:
        load_lexicon(write(tmp_path, GOOD.replace(old, new)))
    assert caught.value.key == key
    for language in LANGUAGES:
        assert "employment.yaml" in error_text(caught.value, language)
    if line is not None:
        assert caught.value.values["line"] == line


def test_empty_folder_and_wrong_encoding(tmp_path: Path) -> None:
    with pytest.raises(LexiconError) as caught:
        load_lexicon(tmp_path)
    assert caught.value.key == "lexicon.no_files"
    (tmp_path / "employment.yaml").write_bytes(GOOD.replace("Lonen", "Coöp").encode("latin-1"))
    with pytest.raises(LexiconError) as caught:
        load_lexicon(tmp_path)
    assert caught.value.key == "lexicon.not_utf8"


def test_words_that_yaml_would_change_stay_words(tmp_path: Path) -> None:
    lexicon = load_lexicon(write(tmp_path, GOOD.replace("[loon]", "[loon, no, 2030]")))
    assert lexicon.concepts[0].nl.terms == ("loon", "no", "2030")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("rows: [D4]", "rows: [D9]", "unknown_row"),
        ("    rows: [D4]\n", "", "no_rows"),
        ("id: employment.wages", "id: Wages", "bad_id"),
        ("name: {nl: Lonen, en: Wages}", "name: {nl: Lonen}", "no_name"),
        ("definition: {nl: Wat werk oplevert., en: What work pays.}", "definition: {en: Pay.}", "no_definition"),
        ("      en: [wage]\n", "", "no_terms"),
        ("[loon]", "[loon, lonen]", "repeated_term"),
        ("[loon]", "[loon, het]", "stop_word"),
        ("[loon]", "[loon, cv]", "too_short"),
        ("[loon]", "[loon, loon*]", "star_in_term"),
        ("      en: [wage]\n", "      en: [wage]\n    compounds: {nl: ['*l*']}\n", "bad_pattern"),
        ("      en: [wage]\n", "      en: [wage]\n    negative: {nl: [hoog salaris]}\n", "idle_negative"),
        ("      en: [wage]\n", "      en: [wage]\n    negative: {nl: [lonen]}\n", "negative_is_term"),
    ],
)
def test_linter_finds(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in GOOD
    assert problem_keys(write(tmp_path, GOOD.replace(old, new))) == [key]


def test_linter_passes_abbreviations_and_useful_negatives(tmp_path: Path) -> None:
    text = GOOD.replace("[loon]", "[loon, WW, OR]") + "    negative: {nl: [loon naar werken], en: [wage war]}\n"
    assert problem_keys(write(tmp_path, text)) == []


def test_linter_finds_ids_and_terms_in_two_files(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("theme: employment", "theme: productivity"), "productivity.yaml")
    assert sorted(problem_keys(tmp_path)) == ["repeated_id", "shared_term", "shared_term"]


def test_linter_finds_a_pattern_that_fits_too_many_words(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "    compounds: {nl: ['loon*']}\n")
    sample = ["loonkloof", *(f"woord{n}" for n in range(400))]
    assert problem_keys(tmp_path, {"nl": sample}) == []
    assert problem_keys(tmp_path, {"nl": sample[:50]}) == ["wide_pattern"]
