"""Where documents came from: told by the source where the file itself tells nothing."""

from __future__ import annotations

from datetime import date, datetime

from flows.background import JobRequest, do_job
from flows.library import document_record
from flows.origins import address_of, told_by_source
from flows.progress_file import Job
from pipelines.domain.documents import Document, DocumentState, Metadata, SourceReference
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.sources import Fetch, FoundItem, HarvestItem, ItemState
from pipelines.settings import Settings

_MOMENT = datetime(2026, 3, 2, 5, 30)
_FILE = "https://bureau.example/files/a.pdf"


def _item(state: ItemState = ItemState.FETCHED, **values: object) -> HarvestItem:
    given = {
        "key": "a", "title": "Algoritmen op het werk", "authors": ("de Vries, Anna",), "published": date(2025, 3, 1),
        "publisher": "Bureau", "language": "nl", "page_url": "https://bureau.example/a", "file_urls": (_FILE,),
    }  # fmt: skip
    fetch = Fetch(asked=_FILE, url=_FILE, moment=_MOMENT, checksum="a" * 64, n_bytes=9, media_type="application/pdf")
    found = FoundItem.model_validate({**given, **values})
    return HarvestItem(source_id="bureau", found=found, state=state, first_seen=_MOMENT, fetch=fetch)


def _document(**metadata: object) -> Document:
    return Document(
        id="1" * 20,
        source=SourceReference(path="/a.pdf", checksum="a" * 64, n_bytes=9),
        media_type="application/pdf",
        parser="pdf/1",
        state=DocumentState.TEXT,
        metadata=Metadata.model_validate(metadata),
        text="Tekst.",
    )


def test_what_the_file_does_not_tell_is_told_by_its_source() -> None:
    told = told_by_source(_document(), _item())
    assert told.source.url == _FILE
    assert told.metadata == Metadata(
        title="Algoritmen op het werk",
        publisher="Bureau",
        authors=("de Vries, Anna",),
        year=2025,
        language="nl",
        url="https://bureau.example/a",
    )


def test_what_the_file_tells_itself_stays() -> None:
    own = {"title": "Eigen titel", "authors": ("B. Jansen",), "year": 2024, "language": "en"}
    told = told_by_source(_document(**own), _item()).metadata
    assert told == Metadata(**own, publisher="Bureau", url="https://bureau.example/a")  # type: ignore[arg-type]


def test_people_are_led_to_the_page_before_the_file() -> None:
    assert address_of(_item()) == "https://bureau.example/a"
    assert address_of(_item(page_url=None, doi="10.5555/a")) == "https://doi.org/10.5555/a"
    assert address_of(_item(page_url=None)) == _FILE
    assert address_of(_item(page_url=None, file_urls=()).model_copy(update={"fetch": None})) is None


def test_other_programs_read_where_a_document_came_from() -> None:
    summary = DocumentSummary(
        id="1" * 20, paths=("/a.pdf",), state=DocumentState.TEXT, stage="done", media_type="application/pdf",
        parser="pdf/1", first_seen=_MOMENT, run_id="scan-0001",
    )  # fmt: skip
    assert document_record(summary, None)["harvested"] is None
    item = _item(ItemState.ABSTRACT)
    assert document_record(summary, None, item)["harvested"] == {
        "source": "bureau", "moment": "2026-03-02T05:30:00", "url": _FILE, "item": item.id, "abstract_only": True,
    }  # fmt: skip


def test_a_harvest_in_a_process_of_its_own_knows_its_sources(settings: Settings, monkeypatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr("flows.harvest_start.start_harvest", lambda _settings, sources: asked.append(sources))
    request = JobRequest(job=Job.HARVEST, token="t", sources=("bureau", "share"))
    do_job(settings, JobRequest.model_validate_json(request.model_dump_json()))
    assert asked == [("bureau", "share")]
