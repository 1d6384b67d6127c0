"""Documents: the list, adding files, one document with its text, reading it again, its original file."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from flows.background import start_scan_process
from flows.discovery import unseen_files
from flows.progress_file import Job
from pipelines.domain.accounts import AccountRole
from pipelines.domain.documents import DocumentState, Reason
from pipelines.domain.runs import DocumentSummary
from pipelines.errors import StoreError
from pipelines.report import wording
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.document_text import lay_out
from pipelines.review_app.downloads import download, open_unchanged, original_places
from pipelines.review_app.jobs import job_view, told_key, try_start
from pipelines.review_app.pace import Costly
from pipelines.review_app.paging import page_start
from pipelines.review_app.receipts import Receipt, Receipts
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.troubles import reason_in_words
from pipelines.store.abandoned import remove_abandoned
from pipelines.store.arrivals import Arrival, Arrivals, Fate
from pipelines.store.document_lists import (
    SET_ASIDE,
    WAITING,
    DocumentFilter,
    count_documents,
    document_passages,
    document_states,
    flagged_positions,
    page_documents,
)
from pipelines.store.documents import REGISTERED

logger = logging.getLogger(__name__)
router = APIRouter()

PAGE_DOCUMENTS = 50
PAGE_PASSAGES = 100
"""Some 70 kB of text; 95 of 100 documents are no longer."""
_SHOWN_WAITING = 20
_SHOWN_FLAGS = 300
_MOST_FILES = 500
_MEGABYTE = 2**20
_STATES = (WAITING, SET_ASIDE, *(state.value for state in DocumentState))
_LONGEST = 200
_receipts = Receipts()


@dataclass(frozen=True)
class _Sent:
    files: list[UploadFile]
    scan: bool


async def _sent(request: Request, _: Annotated[Visitor, needs(AccountRole.REVIEWER)]) -> AsyncIterator[_Sent]:
    # The body is only read after the role is known: as a parameter of the route it would be read before.
    async with request.form(max_files=_MOST_FILES, max_fields=10) as form:
        files = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
        yield _Sent(files, form.get("scan") == "on")


def _name(document: DocumentSummary) -> str:
    return wording.document_title(document)


def _may(visitor: Visitor) -> bool:
    return visitor.account.role.may(AccountRole.REVIEWER)


@router.get("/documents")
def documents(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    state: str = "",
    words: str = "",
    run: str = "",
    start: int = 0,
    added: str = "",
    told: str = "",
) -> Response:
    """The list with its filters, and a place to add files."""
    desk: Desk = request.app.state.desk
    engine = desk.workspace.engine
    chosen = DocumentFilter(state if state in _STATES else None, words[:_LONGEST], run[:_LONGEST] or None)
    total = count_documents(engine, chosen)
    start = page_start(start, total, PAGE_DOCUMENTS)
    found = page_documents(engine, chosen, PAGE_DOCUMENTS, start)
    receipt = _receipts.get(added, visitor.account.name) if added else None
    known = [arrival.document_id for arrival in receipt.arrivals if arrival.document_id] if receipt else []
    counts = document_states(engine)
    return render(
        request,
        "documents.html",
        visitor,
        documents=[(document, _name(document), _reason(document, visitor)) for document in found],
        total=total,
        start=start,
        page_documents=PAGE_DOCUMENTS,
        chosen=chosen,
        query={"state": chosen.state, "words": chosen.words, "run": chosen.run},
        counts=counts,
        n_all=sum(n for name, n in counts.items() if name != SET_ASIDE),
        states=[name for name in _STATES if counts.get(name) or name == chosen.state],
        may_add=_may(visitor),
        most_megabytes=desk.settings.max_file_megabytes,
        receipt=receipt,
        titles={d.id: _name(d) for d in desk.workspace.documents.summaries(known)} if known else {},
        failed=[(name, _error(reason, visitor)) for name, reason in receipt.failed] if receipt else [],
        job=job_view(desk, Job.SCAN, visitor.language),
        told=told_key(told),
        waits=REGISTERED,
    )


@router.get("/documents/waiting")
def waiting(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """Part of the list: files that lie in ``data/raw`` and were in no scan yet."""
    desk: Desk = request.app.state.desk
    found = unseen_files(desk.settings.raw_dir, desk.workspace.documents.known_paths())
    return render(
        request,
        "documents_waiting.html",
        visitor,
        names=[wording.one_line(path.name) for path in found[:_SHOWN_WAITING]],
        total=len(found),
        may_add=_may(visitor),
        job=job_view(desk, Job.SCAN, visitor.language),
    )


@router.post("/documents/upload")
def upload(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.UPLOAD)],
    sent: Annotated[_Sent, Depends(_sent)],
) -> Response:
    """Keep files in ``data/raw``, and scan them where that is asked."""
    desk: Desk = request.app.state.desk
    if not sent.files:
        return redirect("/documents?told=no_files")
    remove_abandoned(desk.settings.raw_dir)
    arrivals = Arrivals(
        desk.settings.raw_dir,
        desk.settings.max_file_megabytes * _MEGABYTE,
        lambda document_id: _is_intact(desk, document_id),
    )
    taken: list[Arrival] = []
    failed: list[tuple[str, Reason]] = []
    for file in sent.files:
        try:
            taken.append(arrivals.take(file.filename or "", file.file))
        except StoreError as error:
            failed.append((wording.one_line(file.filename or ""), Reason(key=error.key, values=error.values)))
    fresh = any(arrival.fate in {Fate.STORED, Fate.LIES_READY} for arrival in taken)
    scan = "not_asked"
    if sent.scan and fresh:
        scan = "started" if try_start(lambda: start_scan_process(desk.settings)) else "busy"
    logger.info("%s added %s files, %s failed", visitor.account.name, len(taken), len(failed))
    scan = scan if fresh else "nothing"
    word = _receipts.keep(Receipt(visitor.account.name, tuple(taken), scan, tuple(failed)))
    return redirect(f"/documents?added={word}")


@router.get("/documents/{document_id}")
def document(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    document_id: str,
    start: int = 0,
    passage: str = "",
    told: str = "",
) -> Response:
    """One document: facts, what came of it, its text passage by passage."""
    desk: Desk = request.app.state.desk
    found = _get(desk, document_id)
    engine = desk.workspace.engine
    place = desk.workspace.passages.place(passage) if passage else None
    if place is not None and place.document_id == found.id:
        start = place.position
    start = page_start(start, found.n_passages, PAGE_PASSAGES)
    shown = document_passages(engine, found.id, start, PAGE_PASSAGES)
    return render(
        request,
        "document.html",
        visitor,
        document=found,
        title=_name(found),
        reason=_reason(found, visitor),
        notes=wording.note_texts(found, visitor.language),
        paths=[wording.one_line(path) for path in found.paths],
        pieces=lay_out(shown),
        start=start,
        page_passages=PAGE_PASSAGES,
        wanted=passage,
        flags=[(i, n) for i, n in flagged_positions(engine, found.id)[:_SHOWN_FLAGS]],
        waits=found.stage == REGISTERED,
        may_retry=_may(visitor) and found.state is not DocumentState.TEXT,
        job=job_view(desk, Job.SCAN, visitor.language),
        told=told_key(told),
    )


@router.post("/documents/{document_id}/retry")
def retry(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)], document_id: str
) -> Response:
    """Read a document again."""
    desk: Desk = request.app.state.desk
    found = _get(desk, document_id)
    here = f"/documents/{found.id}"
    if not try_start(lambda: start_scan_process(desk.settings, retry=[found.id])):
        return redirect(f"{here}?told=busy")
    logger.info("%s has document %s read again", visitor.account.name, found.id)
    return redirect(here, "done.documents_retry")


@router.get("/documents/{document_id}/original")
def original(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.FILE)], document_id: str
) -> Response:
    """The file as it was when it was read."""
    desk: Desk = request.app.state.desk
    found = _get(desk, document_id)
    places = original_places(desk.workspace.root, found)
    file = open_unchanged(places, found.checksum)
    if file is None:
        there = any(place.is_file() for place in places)
        key = "documents_page.original_changed" if there else "documents_page.original_gone"
        return render(request, "document_gone.html", visitor, status_code=404, document=found, key=key)
    return download(file, wording.file_name(found))


def _get(desk: Desk, document_id: str) -> DocumentSummary:
    found = desk.workspace.documents.summaries([document_id])
    if not found:
        raise HTTPException(404)
    return found[0]


def _is_intact(desk: Desk, document_id: str) -> bool:
    found = desk.workspace.documents.summaries([document_id])
    file = open_unchanged(original_places(desk.workspace.root, found[0]), found[0].checksum) if found else None
    if file is None:
        return False
    file.close()
    return True


def _reason(document: DocumentSummary, visitor: Visitor) -> str | None:
    return None if document.reason is None else wording.reason_text(document, visitor.language)


def _error(reason: Reason, visitor: Visitor) -> str:
    return reason_in_words(reason, visitor.language)
