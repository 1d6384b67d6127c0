"""Workspaces with documents that readers decided on, made without models: for what follows from decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from builders import build_passage

from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Judgement, Role, Verdict
from pipelines.domain.documents import Block, BlockKind, Document, DocumentState, Metadata, SourceReference
from pipelines.domain.evidence import Evidence, EvidenceKind, KeySentence, Labels, Match, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import Passage
from pipelines.domain.runs import Run
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.store import Workspace
from pipelines.store.documents import FoundFile, ReadDocument

BEGIN = datetime(2026, 3, 2, 9)

#: Studies that support B1.t1 of the shipped table: less experienced workers gain more.
EXPERIMENTS = (
    (
        "Effecten van AI bij klantenservice",
        "In een gerandomiseerd experiment bij 640 medewerkers van een Nederlandse klantenservice werden minder ervaren "
        "medewerkers 21% productiever met AI, en ervaren medewerkers niet.",
    ),
    (
        "Leren met een assistent",
        "Uit een veldexperiment met 412 medewerkers van Nederlandse gemeenten blijkt dat beginners met AI hun "
        "werk 27% sneller afrondden; bij ervaren collega's was er geen verschil.",
    ),
    (
        "Productivity of novices",
        "A randomised controlled trial among 1,150 developers in Germany found that novices using generative AI "
        "completed 33% more tasks, while senior developers gained little.",
    ),
    (
        "Ondersteuning op de werkvloer",
        "Een gerandomiseerde proef onder 288 technici in België laat zien dat vooral nieuwkomers profiteren: zij "
        "losten met AI 18% meer storingen op.",
    ),
)

#: Studies on what the shipped table does not speak of: AI that takes minutes of meetings.
MEETINGS = (
    ("Vergaderingen", "Een veldexperiment bij 300 Nederlandse kantoren vindt dat AI-notulen vergaderingen 12% korten."),
    ("Overleggen", "Een panelstudie onder 900 Nederlandse bedrijven vindt dat AI-notulen vergaderingen 9% korten."),
    ("Bureaus", "Een enquête onder 700 Nederlandse bedrijven vindt dat AI-notulen vergaderingen 10% korten."),
)


@dataclass
class Desk:
    """Adds documents and decisions to a workspace, one after the other."""

    workspace: Workspace
    run: Run = field(init=False)
    moment: datetime = BEGIN
    passages: dict[str, Passage] = field(default_factory=dict)
    """By title of the document."""

    def __post_init__(self) -> None:
        self.run = self.workspace.runs.new("nl", {})

    def add(self, title: str, text: str, *, language: str = "nl", **metadata: Any) -> Passage:
        """Add a document of one passage."""
        content = f"{title}\n{text}"
        checksum = file_checksum(content.encode())
        source = SourceReference(path=f"/documents/{title}.txt", checksum=checksum, n_bytes=len(content))
        given: dict[str, Any] = {"title": title, "publisher": f"Instituut {title.split()[0]}", "year": 2025}
        document = Document(
            id=source.document_id,
            source=source,
            media_type="text/plain",
            parser="text/1",
            state=DocumentState.TEXT,
            metadata=Metadata(**{**given, "language": language, **metadata}),
            n_pages=4,
            text=text,
            blocks=(Block(kind=BlockKind.PARAGRAPH, start=0, end=len(text)),),
        )
        passage = build_passage(text, language=language).model_copy(
            update={
                "id": content_id(document.id, 0, text),
                "document_id": document.id,
                "page_first": 3,
                "page_last": 3,
                "section": ("Resultaten",),
            }
        )
        tags = ThemeTags(passage_id=passage.id, probabilities=dict.fromkeys(Theme, 0.1), model_version="m1")
        evidence = Evidence(
            passage_id=passage.id, rows=(Match(id="B1", score=0.8),), flag=0.9, model_version="m1", table_version="t1"
        )
        self.workspace.documents.register(self.run, [FoundFile(document.id, checksum, source.path, len(content), 1)])
        self.workspace.documents.save(
            self.run.id,
            ReadDocument(
                document, [passage], {}, [Labels(tags=tags, evidence=evidence)], {"read": 0.1}, {"read": "text/1"}, None
            ),
        )
        self.passages[title] = passage
        return passage

    def judgement(self, passage: Passage, **values: Any) -> Judgement:
        """What a reader holds of a passage: by default that it supports B1.t1."""
        given: dict[str, Any] = {
            "themes": (Theme.PRODUCTIVITY,),
            "rows": ("B1",),
            "statement": "B1.t1",
            "relation": Relation.SUPPORTS,
            "column": Column.TREND,
            "kind": EvidenceKind.EMPIRICAL,
            "key_sentence": KeySentence(text=passage.text, start=0, end=len(passage.text)),
        }
        return Judgement(**{**given, **values})

    def decide(
        self,
        passage: Passage,
        person: str = "anna",
        verdict: Verdict = Verdict.CORRECT,
        role: Role = Role.FIRST,
        *,
        reason: str | None = None,
        asked: str | None = None,
        **labels: Any,
    ) -> Decision:
        """Add a decision on a passage; ``labels`` as in :meth:`judgement`."""
        place = self.workspace.passages.place(passage.id)
        item_id = passage.id if place is None else place.item_id
        members = [member.passage_id for member in self.workspace.passages.members(item_id)]
        turn = len(self.workspace.decisions.of_item(item_id, members)) + 1
        self.moment += timedelta(minutes=1)
        decision = Decision(
            id=content_id("decision", item_id, turn, person),
            item_id=item_id,
            turn=turn,
            passage_id=passage.id,
            document_id=passage.document_id,
            passage_text=passage.text,
            verdict=verdict,
            role=role,
            reviewer=person,
            decided=self.moment,
            judgement=self.judgement(passage, **labels) if verdict in (Verdict.ACCEPT, Verdict.CORRECT) else None,
            reason=reason,
            asked=asked,
        )
        self.workspace.decisions.append(decision, members)
        return decision

    def accept_experiments(self, n: int = len(EXPERIMENTS)) -> list[Passage]:
        """Documents with experiments on B1.t1, accepted by one reader."""
        found = [
            self.add(title, text, language="en" if text.startswith("A ") else "nl") for title, text in EXPERIMENTS[:n]
        ]
        for passage in found:
            self.decide(passage)
        return found


def add_accounts(workspace: Workspace, **roles: str) -> None:
    """Accounts without passwords, by name."""
    for name, role in roles.items():
        workspace.accounts.create(name, name.capitalize(), AccountRole(role), None, actor="test")
