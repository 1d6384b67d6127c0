"""The builder: equal bytes each time, and the files in the repository are what it makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.examples import example_documents
from pipelines.examples.build import BUILT_WITH, WRITING, build_documents, versions
from pipelines.examples.print_parts import syllables
from pipelines.examples.print_places import Places
from pipelines.examples.written import inline, plain, read_written


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    return build_documents()


def test_building_twice_gives_the_same_bytes(built: dict[str, bytes]):
    again = build_documents()
    assert list(again) == list(built)
    assert [name for name in built if built[name] != again[name]] == []


def test_committed_files_equal_a_fresh_build(built: dict[str, bytes]):
    assert [path.name for path in example_documents()] == list(built)
    if json.loads(BUILT_WITH.read_text(encoding="utf-8")) != versions():
        pytest.skip("other versions of the libraries than those that made the files")
    assert [path.name for path in example_documents() if path.read_bytes() != built[path.name]] == []


def test_every_footnote_is_called_and_every_call_has_a_footnote():
    for path in sorted(WRITING.glob("*.md")):
        written = read_written(path)
        pieces = [piece for part in written.parts for piece in (part, *part.parts)]
        called = [run.note for piece in pieces for run in inline(piece.text) if run.note]
        assert called == list(written.notes)


def test_inline_marks_are_read_and_taken_away():
    text = "Een **vet** woord, een *schuin* woord.[^4]"
    runs = list(inline(text))
    assert [run.text for run in runs if run.bold] == ["vet"]
    assert [run.text for run in runs if run.italic] == ["schuin"]
    assert [run.note for run in runs if run.note] == ["4"]
    assert plain(text) == "Een vet woord, een schuin woord."


def test_sources_are_read_into_all_kinds_of_parts(tmp_path: Path):
    source = tmp_path / "x.md"
    source.write_text(
        "---\nlanguage: nl\nformat: docx\n---\n## Kop\n\nEerste regel\ntweede's regel.[^1]\n\n[^1]: Noot.\n\n"
        "- een\ndoor\n- twee\n\nTabel 1. Naam\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n::: box Kader\nTekst\n:::\n",
        encoding="utf-8",
    )
    written = read_written(source)
    assert [part.kind for part in written.parts] == ["heading", "paragraph", "item", "item", "table", "box"]
    assert written.parts[1].text == "Eerste regel tweede’s regel.[^1]"
    assert written.parts[2].text == "een door"
    assert (written.parts[4].text, written.parts[4].rows) == ("Tabel 1. Naam", (("a", "b"), ("1", "2")))
    assert written.parts[5].parts[0].text == "Tekst"
    assert written.notes == {"1": "Noot."}


def test_a_part_that_is_not_closed_is_an_error(tmp_path: Path):
    source = tmp_path / "x.md"
    source.write_text("---\nlanguage: nl\nformat: docx\n---\n::: box Kader\nTekst\n", encoding="utf-8")
    with pytest.raises(ValueError):
        read_written(source)


def test_breaks_leave_the_letters_of_words_alone():
    for word, broken in syllables().items():
        assert broken.replace("\u00ad", "") == word
        assert all(len(piece) >= 1 for piece in broken.split("\u00ad"))
        assert "\u00ad" in broken


def test_a_footnote_that_moves_keeps_room_in_both_places():
    here, there = Places(notes={(3, "column0"): ("1",)}), Places(notes={(3, "column1"): ("1", "2")})
    assert not here.fits(there) and not there.fits(here)
    both = there.joined(here)
    assert here.fits(both) and there.fits(both)
    assert not Places(headings=((1, "Kop", 3),)).fits(both)
