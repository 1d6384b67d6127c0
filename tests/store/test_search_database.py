"""Words in a PostgreSQL database: there with the passage, gone with it, found by stem, filtered, fused and in pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from builders import build_document, build_passage
from sqlalchemy import text

from pipelines.domain.evidence import Evidence, Labels, Match
from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.store import Workspace, open_workspace
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.passages import PassageFilter
from pipelines.store.search_database import Meant, SearchDatabase, SoughtGroup, is_searchable
from pipelines.store.search_vectors import VECTORS_LOCK, SearchVectors


class Shelf:
    """A workspace on a server that documents are put in."""

    def __init__(self, folder: Path, address: str) -> None:
        self.workspace: Workspace = open_workspace(folder, address)
        self.run = self.workspace.runs.new("nl", {})
        self.words = SearchDatabase(self.workspace.engine)
        self.vectors = SearchVectors(self.workspace.engine)
        self.passages: dict[str, Passage] = {}

    def store(self, path: str, *texts: str, language: str = "nl", labelled: bool = True) -> list[Passage]:
        document = build_document([("paragraph", path)], path=path)
        made = [
            build_passage(one, document_id=document.id, position=i, start=1000 * i, language=language)
            for i, one in enumerate(texts)
        ]
        found = FoundFile(document.id, document.source.checksum, path, 10, 1)
        self.workspace.documents.register(self.run, [found])
        labels = [label(passage) for passage in made] if labelled else []
        self.workspace.documents.save(self.run.id, ReadDocument(document, made, {}, labels, {"read": 0.1}, {}, None))
        self.passages |= {passage.id: passage for passage in made}
        return made

    def found(self, *words: str, chosen: PassageFilter | None = None, exact: tuple[str, ...] = ()) -> list[str]:
        """Texts that hold a word of these, each word a part of its own."""
        groups = [SoughtGroup(0, part, 1.0, (word,)) for part, word in enumerate(words)]
        ranked = self.words.ranked(groups, [exact] if exact else [], 100, chosen=chosen)
        assert ranked.total == len(ranked.hits)
        return [self.passages[one].text for one, _ in ranked.hits]


def label(passage: Passage, *, flag: float = 0.1) -> Labels:
    themes = {theme: 0.9 if "loon" in passage.text and theme is Theme.EMPLOYMENT else 0.1 for theme in Theme}
    rows = (Match(id="D4", score=0.9),) if "wage" in passage.text else ()
    return Labels(
        tags=ThemeTags(passage_id=passage.id, probabilities=themes, model_version="m"),
        evidence=Evidence(passage_id=passage.id, rows=rows, flag=flag, model_version="m", table_version="t"),
    )


@pytest.fixture
def shelf(tmp_path: Path, postgres_address: str) -> Iterator[Shelf]:
    made = Shelf(tmp_path, postgres_address)
    yield made
    made.workspace.close()


def test_words_are_found_by_stem_in_their_own_language(shelf: Shelf) -> None:
    dutch, english, other = "De loonstijging in bedrijven.", "Companies are hiring.", "Les entreprises"
    shelf.store("a.txt", dutch)
    shelf.store("b.txt", english, language="en")
    shelf.store("c.txt", other, language="other")
    assert shelf.found("bedrijf") == [] and shelf.found("bedrijven") == [dutch]
    assert shelf.found("hire") == [english] == shelf.found("hired") == shelf.found("company")
    assert shelf.found("entreprises") == [other] and shelf.found("entreprise") == []


def test_accents_capitals_hyphens_and_addresses_make_no_difference(shelf: Shelf) -> None:
    one = "Coördinatie van AI-gebruik via ser.nl/ai, ‘ÉÉN’ procent²: 1,5%."
    shelf.store("a.txt", one)
    for word in ("coordinatie", "ai", "gebruik", "ser", "nl", "een", "procent", "5"):
        assert shelf.found(word) == ([] if word == "een" else [one]), word  # "een" says nothing in Dutch
    assert shelf.found("coordinatie", exact=("via", "ser", "nl")) == [one]


def test_odd_words_break_nothing(shelf: Shelf) -> None:
    odd = ["a'b", "a\\b", "''", "&|!():*<->", "%s %(x)s :y", "x" * 5000, "\ufffd", "ß", "", "a\x00b", "\ud83d"]
    shelf.store("a.txt", *[f"Proef met {one} erin." for one in odd if "\x00" not in one], "z" * 300_000)
    assert len(shelf.found("proef")) == len(odd) - 1
    for one in odd:
        assert len(shelf.found(one, "proef", exact=(one, "erin"))) <= len(odd), one
        assert shelf.words.words_like(whole=[one], inside=[one], slips=[one]) == []
        assert len(shelf.words.matching([SoughtGroup(0, 0, 1.0, (one,))], [one, "proef"])) <= 1
    assert shelf.found("proef", exact=("met", "ß", "erin")) == ["Proef met ß erin."]


def test_a_passage_is_found_as_long_as_it_is_there_and_labelled(shelf: Shelf) -> None:
    (first,) = shelf.store("a.txt", "De zeppelin vloog over.")
    assert shelf.found("zeppelin") == ["De zeppelin vloog over."]
    shelf.store("b.txt", "Een zeppelin zonder labels.", labelled=False)
    assert len(shelf.found("zeppelin")) == 1
    shelf.workspace.passages.relabel(first.document_id, [label(first, flag=0.9)])
    assert len(shelf.found("zeppelin", chosen=PassageFilter(flagged=True))) == 1
    shelf.workspace.passages.relabel(first.document_id, [])
    assert shelf.found("zeppelin") == []
    shelf.workspace.passages.relabel(first.document_id, [label(first)])
    shelf.store("a.txt", "De harmonie repeteert.")
    assert shelf.found("zeppelin") == [] and shelf.found("harmonie") == ["De harmonie repeteert."]


def test_what_is_not_committed_is_not_found(shelf: Shelf) -> None:
    (first,) = shelf.store("a.txt", "De zeppelin vloog over.")
    with shelf.workspace.engine.connect() as connection:
        connection.execute(text("UPDATE passages SET text = 'De ballon ging op.', language = 'other'"))
        assert shelf.found("ballon") == []
        connection.commit()
    shelf.passages[first.id] = first.model_copy(update={"text": "De ballon ging op."})
    assert shelf.found("ballon") == ["De ballon ging op."] and shelf.found("zeppelin") == []
    with shelf.workspace.engine.connect() as connection:
        connection.execute(text("DELETE FROM label_themes"))
        connection.execute(text("DELETE FROM labels"))
        connection.rollback()
    assert len(shelf.found("ballon")) == 1


def test_filters_narrow(shelf: Shelf) -> None:
    shelf.store("a.txt", "AI en loon.", "AI en vakbonden.")
    shelf.store("b.txt", "AI and wages.", language="en")
    shelf.store("c.txt", "AI, verder niets.")
    expected: list[tuple[PassageFilter | None, int]] = [
        (None, 4),
        (PassageFilter(language="en"), 1),
        (PassageFilter(theme="employment"), 1),
        (PassageFilter(row="D4"), 1),
        (PassageFilter(row="A1"), 0),
        (PassageFilter(flagged=True), 0),
        (PassageFilter(run_id="scan-0001"), 4),
        (PassageFilter(run_id="scan-0002"), 0),
        (PassageFilter(since=datetime(2000, 1, 1)), 4),
        (PassageFilter(since=datetime(9000, 1, 1)), 0),
        (PassageFilter(document_ids=[]), 0),
        (PassageFilter(theme="employment", language="en"), 0),
    ]
    for chosen, number in expected:
        assert len(shelf.found("ai", chosen=chosen)) == number, chosen


def test_more_documents_can_be_chosen_than_a_statement_takes_values(shelf: Shelf) -> None:
    (first,) = shelf.store("a.txt", "AI en loon.")
    many = [f"{number:020}" for number in range(70_000)]
    assert shelf.found("ai", chosen=PassageFilter(document_ids=many)) == []
    assert shelf.found("ai", chosen=PassageFilter(document_ids=[*many, first.document_id])) == ["AI en loon."]


def test_the_rare_weighs_more_and_what_lies_near_is_fused(shelf: Shelf) -> None:
    shelf.store("a.txt", *[f"Over werk, stuk {number}." for number in range(8)], "Over robots.", "Werk met robots.")
    robots = shelf.found("werk", "robots")
    assert robots[:2] == ["Werk met robots.", "Over robots."] and len(robots) == 10
    far = next(one for one, passage in shelf.passages.items() if passage.text == "Over werk, stuk 5.")
    groups = [SoughtGroup(0, 0, 1.0, ("robots",))]
    ranked = shelf.words.ranked(groups, [], 10, meant=Meant([far, "gone"], 1.5))
    assert next(shelf.passages[one].text for one, _ in ranked.hits) == "Over werk, stuk 5." and ranked.total == 3
    assert [score for _, score in ranked.hits] == sorted((score for _, score in ranked.hits), reverse=True)


def test_near_duplicates_count_once_and_answers_come_in_pages(shelf: Shelf) -> None:
    one, two, *_ = shelf.store("a.txt", *[f"Robot nummer {number}." for number in range(7)])
    shelf.workspace.passages.save_groups([DuplicateGroup(id=one.id, passage_ids=(one.id, two.id))])
    groups = [SoughtGroup(0, 0, 1.0, ("robot",))]
    parts = [shelf.words.ranked(groups, [], 7, number=4, offset=offset) for offset in (0, 4, 8)]
    assert [(part.total, len(part.hits)) for part in parts] == [(6, 4), (6, 2), (6, 0)]
    assert len({one for part in parts for one, _ in part.hits}) == 6
    shelf.workspace.passages.save_groups([DuplicateGroup(id=one.id, passage_ids=(one.id,))])
    assert shelf.words.ranked(groups, [], 7).total in (6, 7)  # a group of one and what is left of it
    assert shelf.words.ranked([], [], 7).total == 0


def test_phrases_and_weights(shelf: Shelf) -> None:
    shelf.store("a.txt", "Kwaliteit van het werk.", "De kwaliteit van werk.", "Van werk hangt kwaliteit af.")
    both = [SoughtGroup(0, 0, 1.0, ("kwaliteit",))]
    exact = shelf.words.ranked(both, [("kwaliteit", "van", "werk")], 3)
    assert [shelf.passages[one].text for one, _ in exact.hits] == ["De kwaliteit van werk."]
    side_by_side = SoughtGroup(0, 1, 0.7, (), ((("hangen", "hangt"), ("kwaliteit",)),))
    ranked = shelf.words.ranked([*both, side_by_side], [], 3)
    assert shelf.passages[ranked.hits[0][0]].text == "Van werk hangt kwaliteit af." and ranked.total == 3
    # Words that say nothing by themselves are there all the same when they are asked for as they are.
    assert shelf.found("werk", exact=("van", "het")) == ["Kwaliteit van het werk."]


def test_the_words_of_new_passages_are_known(shelf: Shelf) -> None:
    shelf.store("a.txt", "Arbeidsproductiviteit en arbeidsmarkt.", "Arbeid loont.")
    assert shelf.words.words_like(whole=["arbeid"], inside=["arbeid"], slips=()) == []
    assert shelf.words.count_fresh() == 2 and shelf.words.count_fresh() == 0
    known = shelf.words.words_like(whole=["arbeid", "loon"], inside=["markt"], slips=["arbied"])
    assert set(known) == {"arbeid", "arbeidsmarkt"}
    assert set(shelf.words.words_like(whole=(), inside=["arbeid"], slips=())) == {
        "arbeid",
        "arbeidsmarkt",
        "arbeidsproductiviteit",
    }
    found = shelf.words.matching([SoughtGroup(0, 0, 1.0, ("loont",))], ["lonen", "loont", "gras"])
    assert "loont" in found and "gras" not in found


def test_only_a_server_can_be_searched(tmp_path: Path, shelf: Shelf) -> None:
    file = open_workspace(tmp_path / "file", f"sqlite:///{tmp_path}/x.db")
    assert is_searchable(shelf.workspace.engine) and not is_searchable(file.engine)
    file.close()


def test_without_pgvector_there_are_no_vectors(shelf: Shelf) -> None:
    with shelf.workspace.engine.connect() as connection:
        if connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")).scalar():
            pytest.skip("this PostgreSQL has pgvector")
    assert not shelf.vectors.prepare("e", 3)


def _unit(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32) / np.linalg.norm(values).astype(np.float32)


@pytest.fixture
def near(shelf: Shelf) -> Shelf:
    with shelf.workspace.engine.connect() as connection:
        if not connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")).scalar():
            pytest.skip("this PostgreSQL has no pgvector; name one with KENNISSTAND_TESTS_POSTGRESQL_PROGRAMS")
    assert shelf.vectors.prepare("e", 3)
    return shelf


def test_what_is_near_is_found_by_pgvector(near: Shelf) -> None:
    one, two = near.store("a.txt", "AI en loon.", "AI en lunch.")
    (three,) = near.store("b.txt", "AI and wages.", language="en")
    assert near.vectors.lacking() == sorted((p.document_id, p.id) for p in (one, two, three))
    vectors = np.stack([_unit(1, 0, 0.1), _unit(0, 1, 0), _unit(1, 0.2, 0)])
    near.vectors.add([one.id, two.id, three.id, "gone"], np.vstack([vectors, vectors[:1]]))
    near.vectors.make_index(3)
    near.vectors.make_index(3)
    assert near.vectors.lacking() == []
    assert near.vectors.nearest(_unit(1, 0, 0.1), 0.3, None) == [one.id, three.id]
    assert near.vectors.nearest(_unit(1, 0, 0.1), None, None) == [one.id, three.id, two.id]
    assert near.vectors.nearest(_unit(1, 0, 0.1), 0.3, PassageFilter(language="en")) == [three.id]
    assert near.vectors.nearest(_unit(1, 0, 0), 0.3, PassageFilter(document_ids=[two.document_id, "x"])) == [one.id]


def test_vectors_go_with_their_passage_and_their_encoder(near: Shelf) -> None:
    (one,) = near.store("a.txt", "AI en loon.")
    near.vectors.add([one.id], _unit(1, 0, 0)[None])
    near.workspace.passages.relabel(one.document_id, [])
    assert near.vectors.nearest(_unit(1, 0, 0), 0.3, None) == []
    near.workspace.passages.relabel(one.document_id, [label(one)])
    assert near.vectors.nearest(_unit(1, 0, 0), 0.3, None) == [one.id]
    near.store("a.txt", "AI en loon.")  # read again, under the same id
    assert near.vectors.lacking() == [(one.document_id, one.id)]
    near.vectors.add([one.id], _unit(1, 0, 0)[None])
    assert near.vectors.prepare("e", 3) and near.vectors.lacking() == []
    assert near.vectors.prepare("other", 2) and near.vectors.lacking() == [(one.document_id, one.id)]
    near.vectors.add([one.id], _unit(1, 0)[None])
    near.vectors.make_index(2)
    assert near.vectors.nearest(_unit(1, 0), 0.3, None) == [one.id]


def test_the_extension_may_lie_in_a_schema_of_its_own(shelf: Shelf) -> None:
    with shelf.workspace.engine.begin() as connection:
        if not connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")).scalar():
            pytest.skip("this PostgreSQL has no pgvector; name one with KENNISSTAND_TESTS_POSTGRESQL_PROGRAMS")
        connection.execute(text('CREATE SCHEMA "of others"'))
        connection.execute(text('CREATE EXTENSION vector SCHEMA "of others"'))
    (one,) = shelf.store("a.txt", "AI en loon.")
    assert shelf.vectors.prepare("e", 3)
    shelf.vectors.add([one.id], _unit(1, 0, 0)[None])
    shelf.vectors.make_index(3)
    assert shelf.vectors.nearest(_unit(1, 0, 0), 0.3, None) == [one.id]


def test_vectors_are_made_anew_where_the_extension_was_taken_away(near: Shelf) -> None:
    (one,) = near.store("a.txt", "AI en loon.")
    near.vectors.add([one.id], _unit(1, 0, 0)[None])
    with near.workspace.engine.begin() as connection:
        connection.execute(text("DROP EXTENSION vector CASCADE"))
    assert near.vectors.prepare("e", 3) and near.vectors.lacking() == [(one.document_id, one.id)]


def test_who_makes_the_index_keeps_nobody_waiting(near: Shelf) -> None:
    with near.workspace.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": VECTORS_LOCK})
        assert near.vectors.prepare("e", 3)
        near.vectors.make_index(3)
        made = text("SELECT to_regclass('kennisstand_search.vectors_near')")
        assert connection.execute(made).scalar() is None
    near.vectors.make_index(3)
    with near.workspace.engine.connect() as connection:
        assert connection.execute(made).scalar() is not None
