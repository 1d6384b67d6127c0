"""A workspace with some of everything that is verified, made in a second without reading a file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from builders import build_document, build_passage
from proposal_records import FIRST_MOMENT, build_decision, build_proposal, build_ruling, build_table, version_record

from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.domain.appraisal import Appraisal
from pipelines.domain.decisions import Decision, Judgement, Verdict
from pipelines.domain.ids import content_id
from pipelines.domain.runs import Run
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.accounts import Secret
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.edited_files import keep_edited
from pipelines.store.files import keep_original

_WORDS = "AI verandert werk in de zorg, het onderwijs en de bouw, maar niet overal even snel. "


def fill(settings: Settings, *, n_documents: int = 4, n_decisions: int = 12) -> None:
    """Make it: documents with originals, decisions, acts, versions, proposals, accounts and a file handed in."""
    workspace = open_settings_workspace(settings)
    run = workspace.runs.new("nl", {})
    for number in range(n_documents):
        _add_document(workspace, settings, run, number)
    workspace.runs.finish(run.id, {"documents": n_documents})
    for number in range(n_decisions):
        decide(workspace, number)
    proposals = [build_proposal(number) for number in range(1, 4)]
    workspace.proposals.keep(
        proposals, Appraisal(table_version="2026-01-01", method_version="1"), fingerprint="f", moment=FIRST_MOMENT
    )
    for turn in (1, 2):
        workspace.acts.decide([build_decision(proposals[0], turn)])
    workspace.acts.rule(build_ruling(content_id("item", 1), content_id("item", 2)))
    for number in range(3):
        table = build_table()
        row = table.rows[1].model_copy(update={"nl": f"Productiviteit {number}"})
        workspace.tables.add(table.model_copy(update={"rows": (table.rows[0], row)}), version_record("tabel.docx"))
    for name, role in (("baas", AccountRole.ADMIN), ("lezer", AccountRole.REVIEWER)):
        workspace.accounts.create(name, name.title(), role, Secret("h"), actor="baas")
    workspace.accounts.change("lezer", actor="baas", role=AccountRole.EDITOR)
    keep_edited(settings.processed_dir, "tabel.docx", b"handed in")
    workspace.close()


def _add_document(workspace: Workspace, settings: Settings, run: Run, number: int) -> None:
    lines = [f"{_WORDS * 3}Bevinding {part} van rapport {number}." for part in range(6)]
    document = build_document([("paragraph", line) for line in lines])
    path = settings.raw_dir / f"rapport {number}.txt"
    content = document.text.encode()
    path.write_bytes(content)
    found = FoundFile(document.id, document.source.checksum, str(path), len(content), path.stat().st_mtime_ns)
    workspace.documents.register(run, [found])
    starts = [document.text.index(line) for line in lines]
    passages = [
        build_passage(line, document_id=document.id, position=place, start=start)
        for place, (line, start) in enumerate(zip(lines, starts, strict=True))
    ]
    file = keep_original(content, document.source.checksum, path, settings.workspace)
    kept = ReadDocument(document, passages, {}, [], {"read": 0.1}, {"read": "test/1"}, file)
    workspace.documents.save(run.id, kept)


def decide(workspace: Workspace, number: int) -> None:
    """Decision ``number``, on an item of its own."""
    item = content_id("passage", "decided", number)
    workspace.decisions.append(
        Decision(
            id=content_id("decision", number),
            item_id=item,
            turn=1,
            passage_id=item,
            document_id=content_id("document", 1),
            passage_text=f"{_WORDS}{number}",
            verdict=Verdict.ACCEPT,
            reviewer="lezer",
            decided=FIRST_MOMENT + timedelta(minutes=number),
            judgement=Judgement(rows=("A1",), statement="A1.k1"),
            flag=0.75,
        )
    )


def originals(root: Path) -> list[Path]:
    """Files that are kept."""
    return sorted(path for path in (root / "data" / "raw" / "kept").rglob("*") if path.is_file())
