"""Versions of the table: how each came to be, what differs, restoring one, files out and in."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response, StreamingResponse
from starlette.datastructures import UploadFile

from flows.edited_note import ImportOutcome
from flows.proposal_decisions import approvers
from flows.tables import import_content
from flows.versions import restore_version
from pipelines.domain.accounts import AccountRole
from pipelines.domain.moments import now
from pipelines.errors import KennisstandError, TableError
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.downloads import HEADERS, attachment
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.request_guards import IMPORT_BYTES
from pipelines.review_app.troubles import error_at_page
from pipelines.review_app.version_view import group_edits, group_results, show_changes
from pipelines.store.arrivals import safe_file_name
from pipelines.store.edited_files import edited_file, keep_edited
from pipelines.strings import error_text, text
from pipelines.table import compare_tables, write_table

logger = logging.getLogger(__name__)
router = APIRouter()

FORMATS = ("docx", "xlsx", "csv", "yaml", "json", "html", "md")
_LONGEST_REASON = 1000


@dataclass(frozen=True)
class _Sent:
    name: str
    content: bytes


async def _sent(request: Request, _: Annotated[Visitor, needs(AccountRole.EDITOR)]) -> AsyncIterator[_Sent | None]:
    # The body is only read after the role is known: as a parameter of the route it would be read before.
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            yield None
            return
        content = await file.read(IMPORT_BYTES + 1)
        if len(content) > IMPORT_BYTES:
            raise HTTPException(413)
        yield _Sent(safe_file_name(file.filename), content)


@router.get("/versions")
def versions(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], old: str = "", new: str = ""
) -> Response:
    """All versions, newest first; with two names what differs between them."""
    return _versions_page(request, visitor, old, new)


def _versions_page(request: Request, visitor: Visitor, old: str = "", new: str = "", problem: str = "") -> Response:
    desk: Desk = request.app.state.desk
    tables = desk.workspace.tables
    records = tables.records()[::-1]
    known = {record.version for record in records}
    compared = None
    if old in known and new in known:
        compared = show_changes(compare_tables(tables.get(old), tables.get(new)), visitor.language)
    return render(
        request,
        "versions.html",
        visitor,
        409 if problem else 200,
        versions=records,
        names=desk.names(),
        old=old if compared is not None else (records[1].version if len(records) > 1 else ""),
        new=new if compared is not None else records[0].version,
        compared=compared,
        formats=FORMATS,
        may_edit=visitor.account.role.may(AccountRole.EDITOR),
        problem=problem,
    )


@router.get("/versions/file")
def table_file(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.FILE)],
    file_format: str = "docx",
    version: str = "",
) -> Response:
    """The table as a file; what is not shown in it travels along, so that it can be read back."""
    desk: Desk = request.app.state.desk
    if file_format not in FORMATS:
        raise HTTPException(404)
    table = desk.workspace.tables.get(version) if version else desk.table()
    content = write_table(table, f".{file_format}", visitor.language)
    name = f"{text('versions_page.file_name', visitor.language)}-{table.version}.{file_format}"
    headers = {**HEADERS, "Content-Disposition": attachment(name)}
    return StreamingResponse(io.BytesIO(content), media_type="application/octet-stream", headers=headers)


@router.post("/versions/restore")
def restore(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR)],
    version: Annotated[str, Form()] = "",
    why: Annotated[str, Form(max_length=_LONGEST_REASON)] = "",
) -> Response:
    """Bring the content of an earlier version back, as a new version."""
    desk: Desk = request.app.state.desk
    try:
        stored = restore_version(desk.workspace, desk.settings, version, visitor.account.name, why, now())
    except KennisstandError as error:
        return _versions_page(request, visitor, problem=error_at_page(error, visitor.language))
    logger.info("%s restored version %s of the table as %s", visitor.account.name, version, stored.version)
    return redirect("/versions", "done.versions_restored")


@router.post("/versions/import")
def read_file(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.UPLOAD)],
    sent: Annotated[_Sent | None, Depends(_sent)],
) -> Response:
    """Show what a file says; nothing changes yet."""
    desk: Desk = request.app.state.desk
    if sent is None:
        return _versions_page(request, visitor, problem=text("versions_page.import_none", visitor.language))
    checksum = keep_edited(desk.settings.processed_dir, sent.name, sent.content)
    try:
        return _preview(request, visitor, sent, checksum)
    except TableError as error:
        problem = error_text(error, visitor.language)
    return _versions_page(request, visitor, problem=problem)


def _preview(request: Request, visitor: Visitor, sent: _Sent, checksum: str) -> Response:
    desk: Desk = request.app.state.desk
    me = visitor.account.name
    found = import_content(
        desk.workspace, desk.settings, sent.content, sent.name, (), now(), store=False, entered_by=me
    )
    people = [(one.name, one.full_name) for one in approvers(desk.workspace, desk.settings)]
    newest = desk.table()
    if isinstance(found, ImportOutcome):
        return _outcome(request, visitor, sent.name, found, token=checksum, seen=newest.version, people=people)
    changes = show_changes(compare_tables(newest, found.reading.table), visitor.language)
    changed = {change.id for change in changes}
    return render(
        request,
        "versions_import.html",
        visitor,
        file=sent.name,
        token=checksum,
        stored=False,
        version="",
        seen=newest.version,
        groups=[],
        changes=changes,
        warnings=found.reading.sentences(visitor.language),
        file_language=visitor.language,
        n_unchanged=sum(one.id not in changed for _, one in found.reading.table.statements()),
        people=people,
    )


def _outcome(
    request: Request,
    visitor: Visitor,
    name: str,
    outcome: ImportOutcome,
    *,
    token: str,
    seen: str = "",
    people: Sequence[tuple[str, str]] = (),
) -> Response:
    """What an edited document says; once it is stored what came of it."""
    told = group_results if outcome.stored else group_edits
    return render(
        request,
        "versions_import.html",
        visitor,
        file=PurePath(name).name,
        token=token,
        stored=outcome.stored,
        version="" if outcome.table is None else outcome.table.version,
        seen=seen,
        groups=told(outcome, visitor.language),
        changes=[],
        warnings=[],
        file_language=outcome.language,
        n_unchanged=outcome.n_unchanged,
        people=people,
    )


@router.post("/versions/import/{checksum}")
def take_over(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.MODEL)],
    checksum: str,
    name: Annotated[str, Form(max_length=255)] = "",
    people: Annotated[list[str] | None, Form()] = None,
    seen: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Make decisions and a new version of what a file says, in the name of the people who were ticked."""
    desk: Desk = request.app.state.desk
    content = edited_file(desk.settings.processed_dir, checksum, name)
    if content is None:
        return _versions_page(request, visitor, problem=text("versions_page.import_gone", visitor.language))
    if desk.table().version != seen:
        return _versions_page(request, visitor, problem=text("versions_page.import_changed", visitor.language))
    me = visitor.account.name
    try:
        found = import_content(
            desk.workspace, desk.settings, content, name, tuple(people or ()), now(), store=True, entered_by=me
        )
    except KennisstandError as error:
        return _versions_page(request, visitor, problem=error_at_page(error, visitor.language))
    logger.info("%s took over what an edited file says", me)
    if isinstance(found, ImportOutcome):
        return _outcome(request, visitor, name, found, token=checksum)
    return redirect("/versions", "done.versions_imported")
