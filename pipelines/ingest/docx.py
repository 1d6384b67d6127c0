"""Reads Word files (DOCX)."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import basename

from pipelines.domain.documents import BlockKind, Document, DocumentState, Metadata, Reason, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.archive import Archive, member_name
from pipelines.ingest.charset import declared_charset, decode_text
from pipelines.ingest.clues import printed_year, sensible_title, stated_year
from pipelines.ingest.compose import DraftBlock, clean_text, compose_document, hidden_notes
from pipelines.ingest.docx_styles import Styles, W
from pipelines.ingest.docx_text import BodyWalk
from pipelines.ingest.html_blocks import parse_html, read_blocks
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.safe_xml import Element, local_name, parse_xml
from pipelines.ingest.sniff import DOCX
from pipelines.ingest.structure import RoughBlock, add_furniture, finish_blocks

# The standard has two spellings of its names; the strict one is read by rewriting it to the other.
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAMES = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
)  # fmt: skip

_REAL_NOTES = frozenset({None, "normal"})
"""Other types of notes are the lines that part notes from text."""


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    """Last part of the type, for instance ``footnotes``."""
    target: str
    """Name of the member; empty for what lies outside the file, which is never fetched."""


class DocxParser:
    """Word files: styles, lists, tables, notes, text boxes, headers and footers; tracked changes as accepted."""

    name = "docx/1"
    media_types = (DOCX,)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read a Word file; see :class:`~pipelines.ingest.parser.Parser`."""
        archive = Archive(content, limits)
        package = _relations(archive, "")
        main = next((r.target for r in package.values() if r.kind == "officeDocument"), "word/document.xml")
        relations = _relations(archive, main)
        styles_part = _first(relations, "styles")
        styles = Styles.read(_read_part(archive, styles_part) if styles_part in archive else None)
        root = _read_part(archive, main)
        body = root.find(f"{W}body")
        if body is None:
            raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail="w:body")
        missing: list[str] = []
        walk = BodyWalk(
            styles,
            _notes(archive, relations, missing),
            lambda relation: _embedded(archive, relations, relation),
            on_paper=_is_on_paper(root),
        )
        walk.read(body)
        drafts = finish_blocks(walk.blocks)
        furniture = _furniture(archive, relations, styles, missing)
        state, reason = DocumentState.TEXT, None
        if missing:
            state = DocumentState.PARTIAL
            reason = Reason(key="reason.damaged_parts", values={"parts": ", ".join(missing)})
        return compose_document(
            source, DOCX, self.name, furniture + drafts, limits=limits, metadata=_metadata(archive, package, drafts),
            state=state, reason=reason, notes=hidden_notes(walk.n_hidden),
        )  # fmt: skip


def _is_on_paper(root: Element) -> bool:
    """Whether all pages are white: no background, and no picture that lies behind the text."""
    behind = any(e.get("behindDoc") in ("1", "true") for e in root.iter("{*}anchor"))
    return root.find(f"{W}background") is None and not behind


def _read_part(archive: Archive, name: str) -> Element:
    content = archive.read(name)
    if _STRICT in content[:8192]:
        for strict, usual in _STRICT_NAMES:
            content = content.replace(strict, usual)
    return parse_xml(content, name)


def _relations(archive: Archive, part: str) -> dict[str, _Relation]:
    folder, _, file = part.rpartition("/")
    name = f"{folder}/_rels/{file}.rels".lstrip("/") if part else "_rels/.rels"
    content = archive.read_if_present(name)
    if content is None:
        return {}
    relations: dict[str, _Relation] = {}
    for element in parse_xml(content, name):
        inside = element.get("TargetMode", "Internal").lower() != "external"
        target = member_name(part, element.get("Target", "")) if inside else ""
        relations[element.get("Id", "")] = _Relation(basename(element.get("Type", "")), target)
    return relations


def _first(relations: dict[str, _Relation], kind: str) -> str:
    return next((r.target for r in relations.values() if r.kind == kind and r.target), "")


def _notes(archive: Archive, relations: dict[str, _Relation], missing: list[str]) -> dict[tuple[str, str], Element]:
    notes: dict[tuple[str, str], Element] = {}
    for kind in ("footnote", "endnote"):
        root = _optional_part(archive, _first(relations, f"{kind}s"), missing)
        for note in root if root is not None else ():
            if local_name(note) == kind and note.get(f"{W}type") in _REAL_NOTES:
                notes[kind, note.get(f"{W}id", "")] = note
    return notes


def _optional_part(archive: Archive, name: str, missing: list[str]) -> Element | None:
    """A part beside the body; one that is damaged is left out and named."""
    if not name or name not in archive:
        return None
    try:
        return _read_part(archive, name)
    except DocumentError as error:
        if error.key != "reason.damaged":
            raise
        missing.append(basename(name))
        return None


def _embedded(archive: Archive, relations: dict[str, _Relation], relation: str) -> list[RoughBlock]:
    """Blocks of a page of HTML or a text that the body takes in whole."""
    target = relations[relation].target if relation in relations else ""
    if not target or target not in archive:
        return []
    content = archive.read(target)
    suffix = target.rpartition(".")[2].lower()
    if suffix in ("htm", "html", "xhtml"):
        return read_blocks(parse_html(decode_text(content, declared_charset(content))), web_page=False)
    if suffix == "txt":
        return [RoughBlock(BlockKind.PARAGRAPH, line) for line in decode_text(content).splitlines()]
    return []


def _furniture(
    archive: Archive, relations: dict[str, _Relation], styles: Styles, missing: list[str]
) -> list[DraftBlock]:
    """Headers and footers, each text once: sections repeat them."""
    drafts: list[DraftBlock] = []
    for relation in relations.values():
        kind = {"header": BlockKind.PAGE_HEADER, "footer": BlockKind.PAGE_FOOTER}.get(relation.kind)
        root = _optional_part(archive, relation.target, missing) if kind else None
        if kind is None or root is None:
            continue
        walk = BodyWalk(styles)
        walk.read(root, kind)
        add_furniture(drafts, walk.blocks, kind)
    return drafts


def _metadata(archive: Archive, package: dict[str, _Relation], drafts: list[DraftBlock]) -> Metadata:
    core = _properties(archive, _first(package, "core-properties") or "docProps/core.xml")
    program = _properties(archive, _first(package, "extended-properties") or "docProps/app.xml")
    printed = next((d.text for d in drafts if d.kind == BlockKind.TITLE), None)
    heading = next((d.text for d in drafts[:10] if d.kind == BlockKind.HEADING), None)
    authors = [name.strip() for name in core.get("creator", "").split(";") if name.strip()]
    return Metadata(
        title=sensible_title(printed) or sensible_title(core.get("title")) or sensible_title(heading),
        publisher=program.get("Company") or core.get("publisher"),
        authors=tuple(authors),
        year=printed_year(d.text for d in drafts[:25])
        or stated_year(core.get("issued"))
        or stated_year(core.get("created"))
        or stated_year(core.get("modified")),
    )


def _properties(archive: Archive, name: str) -> dict[str, str]:
    """Values by local name; a damaged list of properties is no reason to refuse the text."""
    try:
        content = archive.read_if_present(name)
        root = parse_xml(content, name) if content is not None else None
    except DocumentError as error:
        if error.key != "reason.damaged":
            raise
        root = None
    if root is None:
        return {}
    return {local_name(e): clean_text(e.text) for e in root if e.text and e.text.strip()}
