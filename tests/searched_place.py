"""A workspace with a few passages on wages and other things, for tests of search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders import build_document, build_passage

from flows.context import ScanContext
from flows.search_in_database import DatabaseSearch
from flows.search_index import CHECK_SECONDS, LibrarySearch
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence import Evidence, Labels, Match
from pipelines.domain.passages import Passage
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.settings import Settings
from pipelines.store.documents import FoundFile, ReadDocument

GARDEN = "De tuinclub vergadert om acht uur."
WAGES_NL = "Lonen stegen in de bouw door krapte."
WAGES_EN = "Wages rose in construction."
UNION = "Vakbonden willen afspraken over AI."


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def move(self) -> None:
        """On to where the store is looked at again."""
        self.now += CHECK_SECONDS


class Place:
    """A workspace that documents are put in."""

    def __init__(self, folder: Path, address: str | None = None, **chosen: Any) -> None:
        settings = Settings(workspace=folder, database_url=address, **chosen)
        self.context = ScanContext(settings, open_settings_workspace(settings))
        self.run = self.context.workspace.runs.new("nl", {})
        self.clock = Clock()

    def store(self, path: str, *texts: str, language: str = "nl", seconds: float = 0.1) -> list[Passage]:
        """Store a document of labelled passages; what mentions wages is flagged and bears on D4. Replaces ``path``."""
        document = build_document([("paragraph", path)], path=path)
        passages = [
            build_passage(text, document_id=document.id, position=i, start=1000 * i, language=language)
            for i, text in enumerate(texts)
        ]
        found = FoundFile(document.id, document.source.checksum, path, 10, 1)
        self.context.workspace.documents.register(self.run, [found])
        read = ReadDocument(document, passages, {}, [build_labels(p) for p in passages], {"read": seconds}, {}, None)
        self.context.workspace.documents.save(self.run.id, read)
        return passages

    def searching(self) -> LibrarySearch:
        """As a process that starts now, with an index in memory."""
        return LibrarySearch(self.context, self.clock)

    def searching_in_database(self) -> DatabaseSearch:
        """As a process that starts now, with the database."""
        return DatabaseSearch(self.context, self.clock)


def build_labels(passage: Passage) -> Labels:
    """Labels of a passage: what mentions wages is flagged."""
    wages = "onen" in passage.text or "ages" in passage.text
    themes = {theme: 0.9 if wages and theme is Theme.EMPLOYMENT else 0.1 for theme in Theme}
    rows = (Match(id="D4", score=0.9),) if wages else ()
    return Labels(
        tags=ThemeTags(passage_id=passage.id, probabilities=themes, model_version="m"),
        evidence=Evidence(
            passage_id=passage.id, rows=rows, flag=0.9 if wages else 0.1, model_version="m", table_version="t"
        ),
    )


def texts(library: LibrarySearch | DatabaseSearch, query: str, **asked: object) -> list[str]:
    """Texts that a search finds."""
    return [hit.item.passage.text for hit in library.search(query, **asked).hits]  # type: ignore[arg-type]


def fill(place: Place) -> None:
    """Store three documents."""
    place.store("one.txt", WAGES_NL, GARDEN)
    place.store("two.txt", WAGES_EN, language="en")
    place.store("three.txt", UNION)
