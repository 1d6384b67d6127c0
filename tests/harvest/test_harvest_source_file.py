"""The file of sources: what is wrong with it is told with its line, in words of both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_fakes import source

from pipelines.domain.languages import LANGUAGES
from pipelines.domain.sources import SourceKind, Wanted
from pipelines.errors import SettingsError
from pipelines.harvest.source_file import (
    WORKSPACE_FILE,
    check_sources,
    fingerprint,
    read_sources,
    shipped_path,
    shipped_sources,
    sources_path,
)
from pipelines.strings import error_text

GOOD = """# Onze bronnen
sources:
  - id: instituut
    name: Instituut Noordzij
    kind: feed
    address: https://instituut.example/feed.xml
    options:
      documents: "*.pdf"
      articles: false
    publisher: Instituut Noordzij
    language: nl
    most_items: 50
    enabled: true

  - id: zoekvraag
    name: "OpenAlex: AI en werk"
    kind: openalex
    query: '"kunstmatige intelligentie" AND werk'
    options: {from_date: 2024-01-31, types: [report, article], overlap_days: 14}
    wanted: all
  - {id: map, name: Netwerkschijf, kind: folder, address: stukken/nieuw}
"""


def write(path: Path, text: str | bytes) -> Path:
    file = path / "bronnen.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def entry(**fields: str) -> str:
    given = {"id": "a", "name": "A", "kind": "feed", "address": "https://a.example/f"} | fields
    return "sources:\n  - " + "\n    ".join(f"{name}: {value}" for name, value in given.items() if value != "-") + "\n"


def test_a_good_file(tmp_path: Path) -> None:
    first, second, third = read_sources(write(tmp_path, GOOD))
    assert (first.id, first.kind, first.most_items, first.enabled) == ("instituut", SourceKind.FEED, 50, True)
    assert first.options == {"documents": ("*.pdf",), "articles": False}
    assert second.options == {"from_date": "2024-01-31", "types": ("report", "article"), "overlap_days": 14}
    assert (second.wanted, second.enabled) == (Wanted.ALL, False)
    assert third.address == str(tmp_path / "stukken/nieuw")


@pytest.mark.parametrize("text", ["", "sources:\n", "sources: []\n", "# niets\n", "\ufeffsources: []"])
def test_a_file_without_sources(tmp_path: Path, text: str) -> None:
    assert check_sources(write(tmp_path, text)) == ((), ())


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("bronnen: []", "error.sources_top_field", 1),
        ("- id: a", "error.sources_top", 1),
        ("sources:\n  id: a", "error.sources_top", 2),
        ("sources:\n  - a", "error.sources_entry", 2),
        ("sources:\n  - id: [", "error.sources_yaml", 2),
        ("sources:\n\t- id: a", "error.sources_yaml", 2),
        ("sources:\n  - &a {id: a}\n  - *a", "error.sources_yaml", 1),
        ("sources: &a [*a]", "error.sources_yaml", 1),
        (entry(colour="red"), "error.sources_field", 6),
        (entry(adress="x"), "error.sources_field", 6),
        (entry(name="-"), "error.sources_missing", 2),
        (entry(kind="rss"), "error.sources_kind", 4),
        (entry(id="Groot"), "error.sources_wrong_id", 2),
        (entry(id="12"), "error.sources_text", 2),
        (entry(language="no"), "error.sources_text", 6),
        (entry(wanted="some"), "error.sources_wrong_wanted", 6),
        (entry(most_items="0"), "error.sources_wrong_most_items", 6),
        (entry(most_items="veel"), "error.sources_wrong_most_items", 6),
        (entry(enabled="misschien"), "error.sources_wrong_enabled", 6),
        (entry(name="x" * 130), "error.sources_wrong", 3),
        (entry(options="[a]"), "error.sources_options", 6),
        (entry(options="{follow: x}"), "error.sources_option", 6),
        (entry(options="{articles: maybe}"), "error.sources_option_bool", 6),
        (entry(options="{documents: {a: b}}"), "error.sources_option_tuple", 6),
        (entry(options="{documents: [" + "x" * 300 + "]}"), "error.sources_patterns", 6),
        (entry(kind="page", options="{within: 'a > b'}"), "error.sources_within", 6),
        (entry(kind="page", options="{most_pages: two}"), "error.sources_option_int", 6),
        (entry(kind="page", options="{most_pages: -1}"), "error.sources_option_int", 6),
        (entry(kind="references", options="{sheet: true}"), "error.sources_option_str", 6),
        (entry(address="-"), "error.sources_no_address", 2),
        (entry(address="ftp://a.example/f"), "error.sources_address", 5),
        (entry(address="file:///etc"), "error.sources_address", 5),
        (entry(address="https://"), "error.sources_address", 5),
        (entry(address="https://ik:geheim@a.example/f"), "error.sources_password", 5),
        (entry(kind="folder"), "error.sources_address", 5),
        (entry(kind="folder", address="zip://x::https://a.example/b"), "error.sources_address", 5),
        (entry(kind="openalex", address="-"), "error.sources_no_query", 2),
        (entry(kind="openalex", query="x" * 4001), "error.sources_long", 6),
        (entry() + "    id: b", "error.sources_twice", 6),
        (entry() + entry().removeprefix("sources:\n"), "error.sources_double", 6),
        (b"sources: \xff", "error.sources_file", 0),
        (b"#" * 1_000_001, "error.sources_file", 0),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str | bytes, key: str, line: int) -> None:
    file = write(tmp_path, text)
    _, faults = check_sources(file)
    assert [fault.key for fault in faults] == [key]
    assert faults[0].values.get("line", 0) == line
    for language in LANGUAGES:
        assert str(file) in error_text(faults[0], language)
    with pytest.raises(SettingsError, match=key):
        read_sources(file)


def test_a_misspelt_field_is_answered_with_the_right_one(tmp_path: Path) -> None:
    _, (fault,) = check_sources(write(tmp_path, entry(adress="x")))
    assert fault.values["choices"] == "address"


def test_one_wrong_source_leaves_the_others(tmp_path: Path) -> None:
    text = GOOD + "  - {id: fout, name: Fout, kind: feed}\n  - {id: goed, name: G, kind: zotero, address: groups/12}\n"
    sources, faults = check_sources(write(tmp_path, text))
    assert [source.id for source in sources] == ["instituut", "zoekvraag", "map", "goed"]
    assert [fault.key for fault in faults] == ["error.sources_no_address"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"error\.sources_file"):
        read_sources(tmp_path / "weg.yaml")


def test_the_file_of_the_workspace_goes_before(tmp_path: Path) -> None:
    assert sources_path(tmp_path) == shipped_path()
    (tmp_path / WORKSPACE_FILE).write_text("sources: []", encoding="utf-8")
    assert sources_path(tmp_path) == tmp_path / WORKSPACE_FILE


def test_a_fingerprint_hangs_on_what_is_read_alone() -> None:
    first = source(SourceKind.PAGE, "https://a.example", follow=("a",), most_pages=2)
    same = first.model_copy(update={"name": "Anders", "enabled": True, "options": {"most_pages": 2, "follow": ("a",)}})
    assert fingerprint(first) == fingerprint(same)
    others = [
        first.model_copy(update={"address": "https://b.example"}),
        first.model_copy(update={"query": "x"}),
        first.model_copy(update={"options": {"most_pages": 3}}),
        first.model_copy(update={"kind": SourceKind.FEED}),
    ]
    assert len({fingerprint(one) for one in (first, *others)}) == 5


def test_the_shipped_list_is_right_off_and_says_that_nothing_was_tried() -> None:
    sources = shipped_sources()
    assert len(sources) >= 30
    assert not any(source.enabled for source in sources)
    assert all("not tried" in source.note.lower() and "geprobeerd" in source.note.lower() for source in sources)
    told = " ".join(source.name + (source.publisher or "") for source in sources)
    wanted = "OECD ILO Eurofound Cedefop JRC CPB CBS SCP TNO WRR UWV ROA Rathenau SER NBER arXiv Crossref OpenAlex"
    assert [name for name in wanted.split() if name not in told] == []
    assert {source.options.get("language") for source in sources if source.kind is SourceKind.OPENALEX} >= {"nl", "en"}
    assert shipped_path().is_file()


def test_the_examples_in_the_documentation_are_right(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.M | re.S)
    kinds: set[SourceKind] = set()
    for block in blocks:
        sources, faults = check_sources(
            write(tmp_path, block if block.startswith("sources:") else "sources:\n" + block)
        )
        assert [str(fault) for fault in faults] == []
        kinds |= {source.kind for source in sources}
    assert kinds == set(SourceKind)


@settings(max_examples=60, deadline=None)
@given(st.text("sources: \n-{}[]id'\"&*!#|>%@a1~", max_size=80))
def test_no_text_breaks_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    sources, faults = check_sources(write(tmp_path_factory.mktemp("bron"), "sources:\n" + text))
    assert sources == ()
    for fault in faults:
        assert all(error_text(fault, language) for language in LANGUAGES)
