"""A workspace in which every text that somebody outside could have written would run, if a page took it for markup."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import yaml
from docx import Document as WordDocument
from dossier_records import build_dossier_act
from harvest.list_fakes import FakeFetcher
from harvest.list_fakes import harvest as read_source
from ingest.format_samples import epub, odt
from offered_items import do_duties
from proposal_records import version_record
from proposed_changes import add_proposals
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from shown_topics import save_topics, shown_model

from flows.context import ScanContext
from flows.discovery import find_files
from flows.inbox import refresh_inbox
from flows.steps import group_passages, read_documents
from flows.workspace import open_settings_workspace
from pipelines.domain.documents import Reason
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.sources import Bookmark, FoundItem, ItemState, Source, SourceKind
from pipelines.domain.topics import TopicModel
from pipelines.harvest.feed import read_feed
from pipelines.harvest.references import read_references
from pipelines.settings import Settings
from pipelines.store import Workspace

FEED = "http://bron.example/feed.xml"
LIST = "http://bron.example/lijst.ris"
MOMENT = datetime(2026, 3, 2, 5, 30)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_RIS_TAGS = ("TI", "AU", "AB", "PB", "UR", "DO")
_IN_A_PARAGRAPH = 3
_SENTENCES = (
    "Uit onderzoek onder {n} bedrijven blijkt dat kunstmatige intelligentie de werkdruk van medewerkers met "
    "{p} procent verhoogt {text}.",
    "In een experiment met {n} medewerkers maakte generatieve AI beginners {p} procent productiever {text}.",
    "Een enquête onder {n} werkgevers vindt dat {p} procent algoritmes inzet bij het plannen van werk {text}.",
)


class Taken:
    """One text after the other, for ever."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = cycle(texts)

    def __call__(self, longest: int | None = None) -> str:
        return next(self._texts)[:longest]

    def several(self, number: int) -> tuple[str, ...]:
        return tuple(islice(self._texts, number))


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for at in range(0, len(texts), _IN_A_PARAGRAPH):
        part = texts[at : at + _IN_A_PARAGRAPH]
        written = zip(_SENTENCES, part, strict=False)
        yield " ".join(s.format(n=120 + 7 * at, p=3 + at % 90, text=text) for s, text in written)


def write_documents(folder: Path, texts: Sequence[str]) -> int:
    """One file of each format with all texts as text, as title and as author; some named by them."""
    folder.mkdir(parents=True, exist_ok=True)
    title, paragraphs = Taken(texts), list(_paragraphs(texts))
    escaped = "".join(f"<p>{html.escape(one)}</p>" for one in paragraphs)
    clean = [_UNPRINTABLE.sub("", one) for one in paragraphs]
    files: dict[str, bytes] = {
        "tekst.txt": "\n\n".join(paragraphs).encode(),
        "opmaak.md": ("# " + title() + "\n\n" + "\n\n".join(paragraphs)).encode(),
        "als-tekst.html": f"<html lang=nl><head><title>{html.escape(title())}</title>"
        f"<meta name=author content='{html.escape(title())}'></head><body><h1>{html.escape(title())}</h1>"
        f"<article>{escaped}</article></body></html>".encode(),
        "als-opmaak.html": f"<html lang=nl><head><title>Rauw</title></head><body><article>"
        f"{''.join(f'<p>{one}</p>' for one in paragraphs)}</article></body></html>".encode(),
        "word.docx": _word(clean, title),
        "open.odt": odt("".join(f"<text:p>{html.escape(one)}</text:p>" for one in clean),
                        meta=f"<dc:title>{_in_xml(title())}</dc:title><dc:creator>{_in_xml(title())}</dc:creator>"),
        "boek.epub": epub({"een.xhtml": "".join(f"<p>{html.escape(one)}</p>" for one in clean)},
                          f"<dc:title>{_in_xml(title())}</dc:title><dc:creator>{_in_xml(title())}</dc:creator>"),
        "druk.pdf": _pdf(clean, title),
    }  # fmt: skip
    for text in texts[:: max(1, len(texts) // 12)]:
        name = _UNPRINTABLE.sub("", text).replace("/", "∕")[:80].strip()
        files[f"{name}.txt"] = f"Niets over {len(files)}.".encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return len(files)


def _in_xml(text: str) -> str:
    return html.escape(_UNPRINTABLE.sub("", text))


def _word(paragraphs: Sequence[str], title: Taken) -> bytes:
    document = WordDocument()
    document.core_properties.title = _UNPRINTABLE.sub("", title())
    document.core_properties.author = _UNPRINTABLE.sub("", title())
    document.add_heading(_UNPRINTABLE.sub("", title()))
    for one in paragraphs:
        document.add_paragraph(one)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = (_UNPRINTABLE.sub("", title()) for _ in range(2))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _pdf(paragraphs: Sequence[str], title: Taken) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1)
    canvas.setTitle(title())
    canvas.setAuthor(title())
    for at in range(0, len(paragraphs), 4):
        y = 780.0
        for one in paragraphs[at : at + 4]:
            words = one.encode("cp1252", "replace").decode("cp1252")
            for start in range(0, len(words), 95):
                canvas.drawString(50, y, words[start : start + 95])
                y -= 14
            y -= 20
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def scan_documents(settings: Settings, workspace: Workspace) -> None:
    """Read, cut, label and group what lies in the workspace, without the orchestrator."""
    context = ScanContext(settings, workspace)
    try:
        run = workspace.runs.new("nl", context.versions())
        workspace.documents.register(run, find_files([settings.raw_dir], {}, settings.raw_dir).files)
        read_documents(context, run.id, workspace.documents.pending())
        group_passages(context, run.id)
        n_flagged = refresh_inbox(context)
        workspace.runs.finish(run.id, {"documents": 1, "flagged": n_flagged, "seconds": 1})
    finally:
        context.close()


def add_hostile_texts(settings: Settings, workspace: Workspace, texts: Sequence[str]) -> None:
    """Put the texts wherever else somebody can write: table, versions, topics, sources and what these offer."""
    take = Taken(texts)
    save_topics(workspace, _topics(shown_model(workspace), take))
    add_proposals(workspace, date.today().year)
    table = workspace.tables.current()
    assert table is not None
    workspace.tables.add(_table(table, take), version_record(take(), why=take(), people=("anna", take(60))))
    _write_sources(settings.workspace / "kennisstand-sources.yaml", take)
    offer_hostile_items(workspace, texts)
    do_duties(workspace)
    for number in range(3):
        _keep_dossier(workspace, f"vijandig{number}", take)


def _keep_dossier(workspace: Workspace, dossier: str, take: Taken) -> None:
    """A dossier of somebody's own, with texts in every field."""
    act = build_dossier_act(dossier)
    assert act.question is not None
    fields = {
        "name_nl": take(80) or "x",
        "question_nl": take(400),
        "terms_nl": (take(60),),
        "talk_nl": (take(300), take()),
    }
    workspace.acts.keep_dossier(act.model_copy(update={"question": act.question.model_copy(update=fields)}))


def _topics(model: TopicModel, take: Taken) -> TopicModel:
    def named(topic: Any) -> Any:
        return topic.model_copy(
            update={
                "name_nl": take(), "name_en": take(), "terms_nl": take.several(3), "terms_en": take.several(3),
            }
        )  # fmt: skip

    events = tuple(
        event.model_copy(update={"names_nl": take.several(2), "names_en": take.several(2)}) for event in model.events
    )
    return model.model_copy(update={"topics": tuple(named(topic) for topic in model.topics), "events": events})


def _table(table: EvidenceTable, take: Taken) -> EvidenceTable:
    rows = []
    for row in table.rows:
        said = tuple(
            one.model_copy(update={"nl": f"{one.nl} {take()}", "en": f"{one.en} {take()}", "source": take()})
            for one in row.statements
        )
        rows.append(row.model_copy(update={"nl": take(), "en": take(), "statements": said}))
    return EvidenceTable(version="2026-02-28", rows=tuple(rows))


def _write_sources(path: Path, take: Taken) -> None:
    def clean() -> str:
        return _UNPRINTABLE.sub("", take())

    sources = [
        {"id": "bron", "name": clean(), "kind": "feed", "address": FEED, "enabled": True, "note": clean()},
        {"id": "lijst", "name": clean(), "kind": "folder", "address": f"/nergens/{clean()}", "note": clean()},
    ]
    path.write_text(yaml.safe_dump({"sources": sources}, allow_unicode=True), encoding="utf-8")


def offer_hostile_items(workspace: Workspace, texts: Sequence[str]) -> None:
    """What a feed and a list of references say, read as they are read from sources, and one that is all of texts."""
    fetch = FakeFetcher()
    entries = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><link>{_in_xml(text)}</link><title>{_in_xml(text)}</title>"
        f"<description>{_in_xml(text)}</description><author>{_in_xml(text)}</author></item>"
        for n, text in enumerate(texts)
    )
    fetch.put(FEED, f'<rss version="2.0"><channel><title>x</title>{entries}</channel></rss>', "application/rss+xml")
    ris = "".join(
        f"TY  - RPRT\nID  - r{n}\n{''.join(f'{tag}  - {one}' + chr(10) for tag in _RIS_TAGS)}ER  - \n"
        for n, one in enumerate(_UNPRINTABLE.sub("", text).replace("\n", " ") for text in texts)
    )
    fetch.put(LIST, ris, "application/x-research-info-systems")
    feed = Source(id="bron", name="x", kind=SourceKind.FEED, address=FEED, options={"articles": False})
    listed = Source(id="lijst", name="x", kind=SourceKind.REFERENCES, address=LIST)
    take = Taken(texts)
    own = [
        FoundItem(
            key=f"eigen {n}", title=text, abstract=text, authors=take.several(4), publisher=text, year=2026,
            language="nl", page_url=text[:500],
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip
    for source, reader in ((feed, read_feed), (listed, read_references)):
        found = read_source(reader, source, fetch).items
        workspace.harvest.take(source.id, found, Bookmark(), MOMENT)
    workspace.harvest.take("bron", own, Bookmark(), MOMENT)
    states = cycle((ItemState.WAITING, ItemState.LEFT_OUT, ItemState.FAILED, ItemState.GIVEN_UP, ItemState.FETCHED))
    for item, state in zip(workspace.harvest.waiting("bron", MOMENT), states, strict=False):
        reason = Reason(key="harvest.reason.not_relevant", values={"score": take()})
        workspace.harvest.update(item.model_copy(update={"state": state, "reason": reason, "relevance": 0.03}))


def make_hostile_workspace(settings: Settings, texts: Sequence[str], file_texts: Sequence[str]) -> None:
    """All of it, over the workspace of ``settings``; ``file_texts`` go into files, which have to be read."""
    write_documents(settings.raw_dir, file_texts)
    workspace = open_settings_workspace(settings)
    try:
        scan_documents(settings, workspace)
        add_hostile_texts(settings, workspace, texts)
    finally:
        workspace.close()
