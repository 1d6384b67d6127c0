"""The bundled files of the second month: as built, complete, and fictitious by their own account."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from flows.reading import Request, read_file
from pipelines.domain.ids import file_checksum
from pipelines.domain.passages import Passage
from pipelines.examples import copy_later_examples, example_documents, later_documents
from pipelines.examples.build import BUILT_WITH, LATER_WRITING, build_documents, versions
from pipelines.examples.written import inline, read_written
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.duplicates import DuplicateSearch
from pipelines.passages.rules import PassageRules

ENDINGS = {".html": 3, ".pdf": 2, ".docx": 2, ".odt": 2, ".md": 1}


@cache
def passages(path: Path) -> tuple[Passage, ...]:
    request = Request(path.name, file_checksum(path.read_bytes()), (path,))
    return read_file(request, IngestLimits(), PassageRules()).passages


def by_name(part: str) -> Path:
    (found,) = [path for path in later_documents() if part in path.name]
    return found


def test_committed_files_equal_a_fresh_build():
    built = build_documents(LATER_WRITING)
    assert [path.name for path in later_documents()] == list(built)
    if json.loads(BUILT_WITH.read_text(encoding="utf-8")) != versions():
        pytest.skip("other versions of the libraries than those that made the files")
    assert [path.name for path in later_documents() if path.read_bytes() != built[path.name]] == []


def test_ten_files_of_five_kinds_in_two_languages_and_together_small():
    files = later_documents()
    assert {ending: sum(path.suffix == ending for path in files) for ending in ENDINGS} == ENDINGS
    assert sum(path.stat().st_size for path in files) < 2**18
    assert {path.name for path in files}.isdisjoint(path.name for path in example_documents())
    dutch = sum(sum(p.language == "nl" for p in passages(path)) > len(passages(path)) / 2 for path in files)
    assert dutch == 5


@pytest.mark.parametrize("path", later_documents(), ids=lambda path: path.name)
def test_every_file_says_that_it_is_fictitious(path: Path):
    written = next(w for w in map(read_written, sorted(LATER_WRITING.glob("*.md"))) if w.front["file"] == path.name)
    assert re.search(r"\((fictief|fictitious)\)", written.front["authors"])
    source = (LATER_WRITING / f"{written.name}.md").read_text(encoding="utf-8")
    assert re.search(r"bestaat niet|does not exist|do not exist|verzonnen|invented", source)
    assert 250 <= sum(len(p.text.split()) for p in passages(path)) <= 750


def test_every_footnote_is_called_and_every_call_has_a_footnote():
    for written in map(read_written, sorted(LATER_WRITING.glob("*.md"))):
        pieces = [piece for part in written.parts for piece in (part, *part.parts)]
        assert [run.note for piece in pieces for run in inline(piece.text) if run.note] == list(written.notes)


def test_the_press_release_tells_of_the_same_figures_as_the_report_in_other_words():
    report, press = by_name("(rapport)"), by_name("persbericht")
    for figure in ("1.840 medewerkers", "18 procent", "41 minuten", "22 Nederlandse gemeenten"):
        assert any(figure in p.text for p in passages(report)) and any(figure in p.text for p in passages(press))


def test_the_blog_reprints_the_policy_brief():
    brief, blog = passages(by_name("power-bill")), passages(by_name("_blog_"))
    groups = DuplicateSearch([*brief, *blog]).groups([])
    source = {p.id: "brief" for p in brief} | {p.id: "blog" for p in blog}
    assert [sorted(source[member] for member in group.passage_ids) for group in groups] == [["blog", "brief"]] * 3


def test_copy_puts_the_second_month_beside_the_first(tmp_path: Path):
    copied = copy_later_examples(tmp_path)
    assert [path.name for path in copied] == [path.name for path in later_documents()]
    copied[0].write_bytes(b"mine")
    assert copied[0] not in copy_later_examples(tmp_path)
