"""Search in a workspace: filters, near-duplicates, changes of the store, several threads, and a later start."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from searched_place import GARDEN, UNION, WAGES_EN, WAGES_NL, Place, build_labels, fill, texts

from flows import search_index
from flows.library import search
from flows.search_index import LibrarySearch
from pipelines.domain.evidence import Evidence
from pipelines.domain.passages import DuplicateGroup
from pipelines.errors import StoreError
from pipelines.language.search import SearchIndex
from pipelines.store.passages import PassageFilter
from pipelines.store.vectors import VectorStore


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "work")
    fill(made)
    yield made
    made.context.workspace.close()


def test_both_languages_are_found_and_marked(place: Place) -> None:
    answer = place.searching().search("lonen")
    assert {hit.item.passage.text for hit in answer.hits[:2]} == {WAGES_NL, WAGES_EN}
    assert answer.total >= 2
    for hit in answer.hits[:2]:
        text = hit.item.passage.text
        assert next(text[start:end] for start, end in hit.matched) in ("Lonen", "Wages")
        assert hit.item.labels is not None and hit.item.document.n_passages > 0
    assert search(place.context, "lonen", 1)[0][1].passage.text == answer.hits[0].item.passage.text


def test_answers_come_in_pages(place: Place) -> None:
    library = place.searching()
    everything = texts(library, "lonen bouw afspraken tuinclub", number=10)
    assert len(everything) == 4 == library.search("lonen bouw afspraken tuinclub", number=2).total
    found = library.search("lonen bouw afspraken tuinclub", number=3).hits
    assert library.ids("lonen bouw afspraken tuinclub", 3) == [hit.item.passage.id for hit in found]
    parts = [texts(library, "lonen bouw afspraken tuinclub", number=2, offset=offset) for offset in (0, 2, 4)]
    assert parts == [everything[:2], everything[2:], []]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (PassageFilter(language="en"), {WAGES_EN}),
        (PassageFilter(theme="employment"), {WAGES_NL, WAGES_EN}),
        (PassageFilter(row="D4", language="nl"), {WAGES_NL}),
        (PassageFilter(row="A1"), set()),
        (PassageFilter(flagged=True), {WAGES_NL, WAGES_EN}),
        (PassageFilter(run_id="scan-9999"), set()),
        (PassageFilter(run_id="scan-0001", theme="employment", language="en"), {WAGES_EN}),
    ],
)
def test_filters_narrow(place: Place, chosen: PassageFilter, expected: set[str]) -> None:
    library = place.searching()
    assert set(texts(library, "lonen bouw afspraken tuinclub", chosen=chosen)) == expected


def test_one_document_can_be_searched(place: Place) -> None:
    library = place.searching()
    document = library.search("tuinclub").hits[0].item.document.id
    found = texts(library, "lonen bouw afspraken tuinclub", chosen=PassageFilter(document_ids=[document]))
    assert set(found) == {WAGES_NL, GARDEN}


def test_near_duplicates_are_found_once(place: Place) -> None:
    (first,) = place.store("four.txt", WAGES_NL + " Zo meldt het bureau.")
    own = place.searching().search("lonen bouw krapte").hits[0].item.passage.id
    assert own != first.id and place.searching().search("krapte").total == 2
    place.context.workspace.passages.save_groups([DuplicateGroup(id=own, passage_ids=(own, first.id))])
    answer = place.searching().search("krapte")
    assert answer.total == 1 and answer.hits[0].item.group == own


def test_what_was_stored_since_is_taken_in(place: Place) -> None:
    library = place.searching()
    assert texts(library, "zeppelin") == []
    place.store("four.txt", "De zeppelin vloog over.")
    assert texts(library, "zeppelin") == []  # the store was looked at a moment ago
    place.clock.move()
    library.search("zeppelin")
    library.wait()
    assert texts(library, "zeppelin") == ["De zeppelin vloog over."]
    assert not library.refresh()


def test_a_document_that_is_read_again_is_replaced(place: Place) -> None:
    library = place.searching()
    assert texts(library, "tuinclub") == [GARDEN]
    place.store("one.txt", WAGES_NL, "De harmonie repeteert.", seconds=0.2)
    assert library.refresh()
    assert texts(library, "tuinclub") == [] and texts(library, "harmonie") == ["De harmonie repeteert."]
    assert WAGES_NL in texts(library, "lonen")


def test_what_went_since_is_left_out_of_an_answer(place: Place) -> None:
    library = place.searching()
    assert texts(library, "tuinclub") == [GARDEN]
    place.store("one.txt", "De harmonie repeteert.", seconds=0.2)
    answer = library.search("tuinclub")
    assert answer.hits == () and answer.total == 1


def test_a_scan_that_ends_brings_its_labels(place: Place) -> None:
    library = place.searching()
    assert texts(library, "afspraken", chosen=PassageFilter(flagged=True)) == []
    (union,) = (p for p in place.context.workspace.passages.get(_document_of(library, "afspraken")))
    flagged = build_labels(union).model_copy(
        update={"evidence": Evidence(passage_id=union.id, flag=0.8, model_version="n", table_version="t")}
    )
    place.context.workspace.passages.relabel(union.document_id, [flagged])
    place.context.workspace.runs.finish(place.run.id, {})
    assert library.refresh()
    assert texts(library, "afspraken", chosen=PassageFilter(flagged=True)) == [UNION]


def _document_of(library: LibrarySearch, query: str) -> str:
    return library.search(query).hits[0].item.document.id


def test_a_later_start_reads_no_text_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    before = texts(place.searching(), "lonen")
    asked: list[str] = []
    read = search_index.SearchTexts.texts

    def counted(self: search_index.SearchTexts, ids: list[str]) -> dict[str, str]:
        asked.extend(ids)
        return read(self, ids)

    monkeypatch.setattr(search_index.SearchTexts, "texts", counted)
    assert texts(place.searching(), "lonen") == before and asked == []
    (new,) = place.store("four.txt", "Een lonende vraag.")
    assert "Een lonende vraag." in texts(place.searching(), "lonend") and asked == [new.id]


@pytest.mark.parametrize("how", ["damaged", "empty", "other"])
def test_a_file_that_cannot_be_used_is_made_again(place: Place, how: str, caplog: pytest.LogCaptureFixture) -> None:
    before = texts(place.searching(), "lonen")
    (file,) = (place.context.workspace.root / "data" / "processed" / "search").glob("*.npz")
    if how == "other":
        with file.open("wb") as target:
            np.savez(target, version=np.array(0))
    else:
        file.write_bytes(file.read_bytes()[:-40] if how == "damaged" else b"")
    with caplog.at_level(logging.WARNING):
        assert texts(place.searching(), "lonen") == before
    assert "search index" in caplog.text
    caplog.clear()
    assert texts(place.searching(), "lonen") == before
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_a_failure_leaves_the_former_in_use(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library = place.searching()
    before = texts(library, "lonen")
    place.store("four.txt", "De zeppelin vloog over.")

    def broken(self: search_index.SearchTexts) -> list[object]:
        raise StoreError("error.database_locked", detail="locked")

    with monkeypatch.context() as patch:
        patch.setattr(search_index.SearchTexts, "rows", broken)
        place.clock.move()
        assert texts(library, "lonen") == before
        library.wait()
    assert "could not be brought up to date" in caplog.text
    place.clock.move()
    library.search("zeppelin")
    library.wait()
    assert texts(library, "zeppelin") == ["De zeppelin vloog over."]


def test_readers_are_answered_while_an_index_is_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    library = place.searching()
    before = texts(library, "lonen")
    place.store("four.txt", "De zeppelin vloog over.")
    begun, go_on = threading.Event(), threading.Event()
    changed: Callable[..., SearchIndex] = SearchIndex.changed

    def slow(self: SearchIndex, *given: object) -> SearchIndex:
        begun.set()
        assert go_on.wait(10)
        return changed(self, *given)

    monkeypatch.setattr(SearchIndex, "changed", slow)
    place.clock.move()
    library.search("lonen")
    assert begun.wait(10)
    place.clock.move()
    answers: list[list[str]] = []
    readers = [threading.Thread(target=lambda: answers.append(texts(library, "lonen"))) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(10)
    assert answers == [before] * 4
    go_on.set()
    library.wait()
    assert texts(library, "zeppelin") == ["De zeppelin vloog over."]


def test_an_empty_workspace_answers_nothing(tmp_path: Path) -> None:
    empty = Place(tmp_path / "empty")
    library = empty.searching()
    assert library.search("loon") == search_index.Found(0, ())
    assert library.search("loon", chosen=PassageFilter(flagged=True, document_ids=["x"])).total == 0
    empty.store("one.txt", WAGES_NL)
    assert library.refresh() and texts(library, "loon") == [WAGES_NL]
    empty.context.workspace.close()


_SEARCHED = """
import sys
from pathlib import Path
import flows.search_index
from pipelines.store.vectors import VectorStore
assert VectorStore(Path(sys.argv[1])).load("static", ["document"])["passage"].tolist() == [0.5, 1.0]
print(sorted({"sklearn", "pandas"} & set(sys.modules)))
"""


def test_search_does_without_libraries_that_are_large(tmp_path: Path) -> None:
    """The page would hold 74 MB for good for the one and 42 MB for the other."""
    VectorStore(tmp_path).save("static", "document", ["passage"], np.array([[0.5, 1.0]], dtype=np.float32))
    told = subprocess.run([sys.executable, "-c", _SEARCHED, str(tmp_path)], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
