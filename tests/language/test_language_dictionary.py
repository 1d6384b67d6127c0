"""The dictionary of the field: what is in it, reading it, and what its checks find."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pipelines.errors import DictionaryError
from pipelines.language.dictionary import (
    COLUMNS,
    DictionaryEntry,
    load_dictionary,
    look_up,
    read_field_dictionary,
)
from pipelines.language.dictionary_lint import check_dictionary
from pipelines.strings import LANGUAGES, error_text

HEADER = "\t".join(COLUMNS)


def written(folder: Path, *lines: str) -> Path:
    (folder / "work.tsv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return folder


def test_the_shipped_dictionary_is_large_and_in_order() -> None:
    entries = load_dictionary()
    assert check_dictionary(entries) == []
    domains = Counter(entry.domain for entry in entries)
    assert sum(domains.values()) > 5_000
    assert domains["general"] > 1_500
    assert all(n > 250 for domain, n in domains.items() if domain != "sentences")
    assert len(read_field_dictionary()) > 9_000


def test_pairs_hold_terms_variants_and_forms(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        "mkb\tSME\tnoun\t\t\tkmo | midden- en kleinbedrijf\tsmall and medium-sized enterprises",
        "werknemer\temployee\tnoun\twerknemers\temployees",
        "bindend\tbinding\tadjective\tbindende",
    )
    assert read_field_dictionary(folder) == [
        ("mkb", "SME"),
        ("mkb", "small and medium-sized enterprises"),
        ("kmo", "SME"),
        ("midden- en kleinbedrijf", "SME"),
        ("werknemer", "employee"),
        ("werknemers", "employees"),
        ("bindend", "binding"),
        ("bindende", "binding"),
    ]


@pytest.mark.parametrize(
    ("words", "language", "expected"),
    [
        (["arbeidsproductiviteit"], "nl", "labour productivity"),
        (["ondernemingsraden"], "nl", "works council"),
        (["tewerkstelling"], "nl", "employment"),
        (["labor", "productivity"], "en", "arbeidsproductiviteit"),
        (["works", "councils"], "en", "ondernemingsraad"),
        (["ten", "opzichte", "van"], "nl", "relative to"),
    ],
)
def test_terms_are_found_in_inflection_and_other_spellings(words: list[str], language: str, expected: str) -> None:
    found = {term for entry in look_up(words, language) for term in (*entry.terms("nl"), *entry.terms("en"))}  # type: ignore[arg-type]
    assert expected in found


def test_a_word_that_is_not_there_gives_nothing() -> None:
    assert look_up(["zeppelin"], "nl") == look_up([], "en") == ()


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        ("nl\ten\nwerk\twork\n", "bad_header", None),
        (f"{HEADER}\nwerk\twork\tnoun\n\twork\tnoun\n", "bad_line", 3),
        (f"{HEADER}\nwerk\twork\tthing\n", "bad_kind", 2),
        (f"{HEADER}\nwerk\twork\tnoun\t\t\t\t\t\tmore\n", "bad_line", 2),
        ("", "bad_header", None),
    ],
)
def test_what_cannot_be_read_is_named_with_file_and_line(
    tmp_path: Path, content: str, key: str, line: int | None
) -> None:
    (tmp_path / "work.tsv").write_text(content, encoding="utf-8")
    with pytest.raises(DictionaryError) as caught:
        load_dictionary(tmp_path)
    assert caught.value.key == f"dictionary.{key}"
    assert caught.value.values["file"] == "work.tsv"
    assert caught.value.values.get("line") == line
    for language in LANGUAGES:
        assert "work.tsv" in error_text(caught.value, language)


def test_other_files_are_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match="no_files"):
        load_dictionary(tmp_path)
    (tmp_path / "work.tsv").write_bytes(b"nl\ten\n\xff\xfe")
    with pytest.raises(DictionaryError, match="not_utf8"):
        load_dictionary(tmp_path)


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ({"nl": "baan", "en": "job", "variants_nl": ("job", "job")}, "repeated_value"),
        ({"nl": "baan", "en": "job", "variants_nl": ("",)}, "empty_value"),
        ({"nl": "baan", "en": "job", "forms_nl": ("banen",), "forms_en": ("jobs", "posts")}, "uneven_forms"),
        ({"nl": "loonkloof", "en": "wage gap", "parts": ("loon", "verschil")}, "bad_parts"),
        ({"nl": "baan=werk", "en": "job"}, "not_a_term"),
        ({"nl": "aanbod", "en": "supply"}, "unsorted"),
        ({"nl": "arbeid", "en": "labour"}, "repeated"),
    ],
)
def test_each_mistake_is_found_at_its_line(entry: dict[str, object], key: str) -> None:
    first = DictionaryEntry(nl="arbeid", en="labour", kind="noun", domain="work", line=2)
    second = DictionaryEntry.model_validate({"kind": "noun", "domain": "work", "line": 3, **entry})
    problems = check_dictionary([first, second])
    assert [(p.key, p.file, p.line) for p in problems] == [(f"dictionary.{key}", "work.tsv", 3)]
    for language in LANGUAGES:
        assert "work.tsv" in problems[0].text(language)


def test_parts_are_known_by_their_links_stems_and_plurals() -> None:
    good = {
        "arbeidsproductiviteit": ("arbeid", "productiviteit"),
        "meetfout": ("meten", "fout"),
        "raadsleden": ("raad", "lid"),
        "AI-beleid": ("AI", "beleid"),
    }
    for line, (nl, parts) in enumerate(sorted(good.items(), key=lambda item: item[0].lower()), 2):
        assert check_dictionary([DictionaryEntry(nl=nl, en="x", parts=parts, domain="work", line=line)]) == []
