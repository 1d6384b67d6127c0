"""Search by the database: both languages, filters, near-duplicates, slips, changes; and which way is chosen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from searched_place import GARDEN, UNION, WAGES_EN, WAGES_NL, Place, fill, texts
from sqlalchemy import text

from flows import search_choice, search_in_database
from flows.library import search
from flows.search_choice import open_search
from flows.search_in_database import DatabaseSearch
from flows.search_index import Found, LibrarySearch
from pipelines.domain.passages import DuplicateGroup
from pipelines.errors import SettingsError, StoreError
from pipelines.store.database import address_of_file
from pipelines.store.passages import PassageFilter
from pipelines.store.search_database import SearchDatabase
from pipelines.store.search_vectors import SearchVectors
from pipelines.strings import LANGUAGES, error_text

_NO_PGVECTOR = "this PostgreSQL has no pgvector; name one with KENNISSTAND_TESTS_POSTGRESQL_PROGRAMS"


@pytest.fixture
def place(tmp_path: Path, postgres_address: str) -> Iterator[Place]:
    made = Place(tmp_path / "work", postgres_address)
    fill(made)
    yield made
    made.context.workspace.close()


@pytest.fixture
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a server without pgvector, also on one that has it."""
    monkeypatch.setattr(SearchVectors, "prepare", lambda *_: False)


@pytest.mark.usefixtures("by_words")
def test_both_languages_are_found_and_marked_as_in_memory(place: Place) -> None:
    library = place.searching_in_database()
    answer = library.search("lonen")
    assert not library.by_meaning
    assert {hit.item.passage.text for hit in answer.hits} == {WAGES_NL, WAGES_EN} and answer.total == 2
    assert library.ids("lonen", 9) == [hit.item.passage.id for hit in answer.hits] and library.ids(" ", 9) == []
    in_memory = {hit.item.passage.id: hit for hit in place.searching().search("lonen").hits}
    for hit in answer.hits:
        like = in_memory[hit.item.passage.id]
        assert (hit.item, hit.matched) == (like.item, like.matched) and hit.matched


@pytest.mark.usefixtures("by_words")
def test_forms_that_only_the_dictionary_of_the_database_knows_are_marked(place: Place) -> None:
    place.store("four.txt", "De bonden onderhandelden langdurig.")
    (hit,) = place.searching_in_database().search("onderhandelen").hits
    ((start, end),) = hit.matched
    assert hit.item.passage.text[start:end] == "onderhandelden"


@pytest.mark.usefixtures("by_words")
def test_compounds_slips_phrases_and_new_words(place: Place) -> None:
    place.store("four.txt", "De loonkostensubsidie werkt.", "Kwaliteit van het werk.", "De kwaliteit van werk.")
    library = place.searching_in_database()
    assert texts(library, "kostensubsidie") == ["De loonkostensubsidie werkt."]
    slip = library.search("tuinculb")
    assert slip.read_as == "tuinclub" and [hit.item.passage.text for hit in slip.hits] == [GARDEN]
    assert texts(library, '"kwaliteit van werk"') == ["De kwaliteit van werk."]
    assert set(texts(library, '"kwaliteit van" werk')) >= {"Kwaliteit van het werk.", "De kwaliteit van werk."}
    # A compound that stands nowhere finds what it is made of.
    assert GARDEN in texts(library, "tuinclubkas")
    assert library.search("") == Found(0, ()) == library.search("  ")
    assert library.search("qwwxzzq").total == 0 and library.search('"qwwxzzq" loon').total == 0


@pytest.mark.usefixtures("by_words")
def test_answers_come_in_pages_and_filters_narrow(place: Place) -> None:
    library, query = place.searching_in_database(), "lonen bouw afspraken tuinclub"
    everything = texts(library, query, number=10)
    assert len(everything) == 4 == library.search(query, number=2).total
    parts = [texts(library, query, number=2, offset=offset) for offset in (0, 2, 4)]
    assert parts == [everything[:2], everything[2:], []]
    assert library.search(query, number=2, offset=4).total == 4
    in_memory = place.searching()
    for chosen in (
        PassageFilter(language="en"),
        PassageFilter(theme="employment"),
        PassageFilter(row="D4", language="nl"),
        PassageFilter(flagged=True),
        PassageFilter(run_id="scan-9999"),
    ):
        assert set(texts(library, query, chosen=chosen)) == set(texts(in_memory, query, chosen=chosen)), chosen


@pytest.mark.usefixtures("by_words")
def test_what_is_stored_is_found_at_once_and_what_went_is_not(place: Place) -> None:
    library = place.searching_in_database()
    assert texts(library, "zeppelin") == []
    (first,) = place.store("four.txt", "De zeppelin vloog over.")
    assert texts(library, "zeppelin") == ["De zeppelin vloog over."]
    place.store("one.txt", WAGES_NL, "De harmonie repeteert.", seconds=0.2)
    assert texts(library, "tuinclub") == [] and texts(library, "harmonie") == ["De harmonie repeteert."]
    (second,) = place.store("five.txt", "De zeppelin vloog over!")
    place.context.workspace.passages.save_groups([DuplicateGroup(id=first.id, passage_ids=(first.id, second.id))])
    answer = library.search("zeppelin")
    assert answer.total == 1 and answer.hits[0].item.group == first.id
    # Parts of words follow when changes were taken in.
    assert texts(library, "zeppel") == []
    place.clock.move()
    library.search("zeppel")
    library.wait()
    assert len(texts(library, "zeppel")) == 1
    assert not library.refresh()


@pytest.mark.usefixtures("by_words")
def test_a_failure_to_follow_is_told_and_tried_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library = place.searching_in_database()
    library.refresh()
    place.store("four.txt", "De zeppelin vloog over.")

    def broken(self: SearchDatabase) -> int:
        raise StoreError("error.database_locked", detail="locked")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(SearchDatabase, "count_fresh", broken)
        place.clock.move()
        assert texts(library, "zeppelin") == ["De zeppelin vloog over."]
        library.wait()
    assert "could not be brought up to date" in caplog.text
    place.clock.move()
    library.search("zeppelin")
    library.wait()
    assert texts(library, "zeppel") == ["De zeppelin vloog over."]


def test_what_is_meant_alike_is_found_with_pgvector(place: Place) -> None:
    with place.context.workspace.engine.connect() as connection:
        if not connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")).scalar():
            pytest.skip(_NO_PGVECTOR)
    place.store("four.txt", "Employees fear losing their jobs to machines.", language="en")
    library = place.searching_in_database()
    query = "personeel bang voor ontslag door robots"
    found, in_memory = library.search(query), place.searching().search(query)
    assert library.by_meaning
    assert found.hits[0].item.passage.text.startswith("Employees fear")
    assert [hit.item.passage.id for hit in found.hits] == [hit.item.passage.id for hit in in_memory.hits]
    assert found.total == in_memory.total
    place.store("five.txt", "Staff worry that robots will make them redundant.", language="en")
    assert library.refresh() and library.search(query).total == found.total + 1
    english = library.search(query, chosen=PassageFilter(language="en"))
    assert {hit.item.passage.language for hit in english.hits} == {"en"}


def test_the_settings_say_where_to_look(tmp_path: Path, postgres_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = address_of_file(tmp_path / "file.db")

    def way(address: str, search_in: str) -> type:
        made = Place(tmp_path / f"work-{address == file}", address, search_in=search_in)
        try:
            return type(open_search(made.context))
        finally:
            made.context.workspace.close()

    assert way(file, "auto") is way(file, "memory") is way(postgres_address, "memory") is LibrarySearch
    assert way(postgres_address, "database") is DatabaseSearch
    assert way(postgres_address, "auto") is LibrarySearch
    monkeypatch.setattr(search_choice, "IN_DATABASE_FROM", 0)
    for vectors, expected in ((True, DatabaseSearch), (False, LibrarySearch)):
        monkeypatch.setattr(SearchVectors, "has_extension", lambda _, there=vectors: there)
        assert way(postgres_address, "auto") is expected and way(file, "auto") is LibrarySearch
    with pytest.raises(SettingsError) as caught:
        way(file, "database")
    assert all("search_in" in error_text(caught.value, language) for language in LANGUAGES)


@pytest.mark.usefixtures("by_words")
def test_a_single_question_goes_the_same_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_choice, "IN_DATABASE_FROM", 0)
    monkeypatch.setattr(SearchVectors, "has_extension", lambda _: True)
    found = search(place.context, "afspraken", 5)
    assert [item.passage.text for _, item in found] == [UNION]


def test_nobody_waits_for_minutes_until_all_vectors_are_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly(*_: object) -> bool:
        go_on.wait(60)
        return False

    monkeypatch.setattr(SearchVectors, "prepare", slowly)
    monkeypatch.setattr(search_in_database, "FIRST_SECONDS", 0.0)
    library = place.searching_in_database()
    for _ in range(2):
        assert texts(library, "tuinclub") == [GARDEN] and not library.by_meaning
    assert [thread.name for thread in threading.enumerate()].count("search-database") == 1
    go_on.set()
    library.wait()
    assert not library.refresh() and texts(library, "tuinclub") == [GARDEN]
