"""A scan as the report gets it, made from the written training passages: real length, real register, both languages."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import yaml

from pipelines.domain.documents import DocumentState, Metadata, Reason
from pipelines.domain.evidence import (
    Direction,
    Evidence,
    EvidenceKind,
    Figure,
    KeySentence,
    Labels,
    Level,
    Match,
    Relation,
)
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.instruments import Instruments, Tag
from pipelines.domain.passages import Boilerplate, DuplicateGroup, Passage, Sentence
from pipelines.domain.runs import DocumentSummary, LabelledPassage, Run, RunState
from pipelines.domain.second_opinions import Fault, SecondOpinion, SecondOpinionAccount
from pipelines.domain.themes import Term, Theme, ThemeTags
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.report.material import ReportMaterial

ROOT = Path(__file__).resolve().parents[2]
STARTED = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@cache
def table() -> EvidenceTable:
    """The table that is shipped."""
    content = yaml.safe_load((ROOT / "pipelines/table/starting_table.yaml").read_text(encoding="utf-8"))
    return EvidenceTable.model_validate({**content, "version": str(content["version"])})


def chance(*parts: object) -> float:
    """A number between 0 and 1 that depends on nothing but the parts."""
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def make_document(doc_id: str, **changes: object) -> DocumentSummary:
    """A document that was read."""
    values: dict[str, object] = {
        "id": doc_id,
        "paths": (f"data/raw/{doc_id}.pdf",),
        "state": DocumentState.TEXT,
        "stage": "done",
        "media_type": "application/pdf",
        "parser": "pdf/1",
        "metadata": Metadata(title=f"Titel van {doc_id}", publisher="Instituut", year=2025, language="nl"),
        "n_pages": 40,
        "n_passages": 10,
        "first_seen": STARTED,
        "run_id": "run-1",
    }
    return DocumentSummary.model_validate(values | changes)


def make_labels(passage_id: str, **changes: object) -> Labels:
    """Labels of a flagged passage on row D1 that supports D1.k1; ``changes`` are fields of the evidence.

    ``tags`` are labels of the other instruments.
    """
    themes = changes.pop("themes", {Theme.EMPLOYMENT: 0.9})
    values: dict[str, object] = {
        "passage_id": passage_id,
        "rows": (Match(id="D1", score=0.9),),
        "statements": (Match(id="D1.k1", score=0.7),),
        "flag": 0.8,
        "relation": Relation.SUPPORTS,
        "column": Column.KNOWN,
        "kind": EvidenceKind.EMPIRICAL,
        "direction": Direction.NEGATIVE,
        "model_version": "evidence-1",
        "table_version": "2024-10-02",
    }
    given = changes.pop("tags", ())
    tags = ThemeTags.model_validate({"passage_id": passage_id, "probabilities": themes, "model_version": "themes-1"})
    instruments = Instruments(
        passage_id=passage_id,
        tags=tuple(Tag(label=str(label), probability=0.8) for label in given),  # pyright: ignore[reportGeneralTypeIssues]
        model_version="instruments-1",
    )
    return Labels(tags=tags, evidence=Evidence.model_validate(values | changes), instruments=instruments)


def make_passage(
    text: str,
    document: DocumentSummary,
    position: int = 0,
    *,
    labels: dict[str, object] | None = None,
    **changes: object,
) -> LabelledPassage:
    """A passage with labels; ``labels={}`` takes those of :func:`make_labels`, ``None`` makes one without labels."""
    passage_id = changes.pop("id", f"{document.id}-{position}")
    group, topic = changes.pop("group", None), changes.pop("topic", None)
    bounds = [m.span() for m in re.finditer(r"\S.*?(?:[.!?](?=\s)|$)", text, re.S)]
    values: dict[str, object] = {
        "id": passage_id,
        "document_id": document.id,
        "position": position,
        "text": text,
        "start": 0,
        "end": len(text),
        "page_first": position + 3,
        "page_last": position + 3,
        "language": document.metadata.language or "other",
        "n_words": len(text.split()),
        "sentences": tuple(Sentence(start=a, end=b) for a, b in bounds),
    }
    return LabelledPassage(
        passage=Passage.model_validate(values | changes),
        document=document,
        labels=None if labels is None else make_labels(str(passage_id), **labels),
        group=group,
        topic=topic,
    )


def _terms(text: str, row: str) -> tuple[Term, ...]:
    words = sorted({m.span() for m in re.finditer(r"\b[a-z]{8,}\b", text)}, key=lambda s: chance(text[s[0] : s[1]]))
    labels = (row, "flag", "recommendation")
    return tuple(
        Term(text=text[a:b], start=a, end=b, label=labels[i % 3], weight=1 / (i + 1))
        for i, (a, b) in enumerate(words[:6])
    )


def _labels_of(record: dict, text: str) -> dict[str, object]:
    place = chance(text)
    sentences = [m.span() for m in re.finditer(r"\S.*?(?:[.!?](?=\s)|$)", text, re.S)]
    a, b = sentences[min(int(record["key_sentence"] or 0), len(sentences) - 1)]
    figures = tuple(
        Figure(value=m[1].replace(",", "."), unit="%", text=m[0], start=m.start(), end=m.end(), measures="")
        for m in re.finditer(r"(\d+(?:[.,]\d+)?)%", text)
    )
    return {
        "themes": {Theme(t): 0.6 + 0.4 * place for t in record["themes"]},
        "rows": tuple(Match(id=r, score=0.9 - 0.2 * i) for i, r in enumerate(record["rows"])),
        "statements": tuple(Match(id=s, score=0.7) for s in record["statements"]),
        "flag": 0.5 + place / 2 if record["flag"] else place / 3,
        "relation": record["relation"],
        "column": record["column"],
        "kind": record["evidence"],
        "direction": record["direction"],
        "recommendation": 0.5 + place / 2 if record["recommendation"] else place / 3,
        "level": Level(record["level"]) if record["level"] else None,
        "figures": figures,
        "key_sentence": KeySentence(text=text[a:b], start=a, end=b) if record["flag"] else None,
        "terms": _terms(text, record["rows"][0] if record["rows"] else "flag"),
    }


@cache
def _records(language: str, n_documents: int) -> dict[str, list[dict]]:
    documents: dict[str, list[dict]] = {}
    path = ROOT / f"models/training/train_{language}.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["doc"] not in documents and len(documents) == n_documents:
            break
        documents.setdefault(record["doc"], []).append(record)
    return documents


def make_opinion(item: LabelledPassage, *, outside: bool = False, **changes: object) -> LabelledPassage:
    """The passage with a second opinion that agrees with its labels but for ``changes``."""
    assert item.labels is not None
    tags, evidence = item.labels.tags, item.labels.evidence
    values: dict[str, object] = {
        "passage_id": item.passage.id,
        "model": "voorbeeld-8b",
        "outside": outside,
        "prompt_version": "1",
        "table_version": evidence.table_version,
        "answered": STARTED.replace(tzinfo=None),
        "themes": tags.given(),
        "rows": tuple(row.id for row in evidence.rows[:2]),
        "flag": evidence.flagged,
        "relation": evidence.relation,
        "column": evidence.column,
        "kind": evidence.kind,
        "direction": evidence.direction,
        "recommendation": evidence.recommends,
        "level": evidence.level,
        "reason": "Een cijfer uit een steekproef.",
    }
    return item.model_copy(update={"second_opinion": SecondOpinion.model_validate(values | changes)})


def make_run(**changes: object) -> Run:
    """A run that ended well."""
    values: dict[str, object] = {
        "id": "2026-11-21-a1b2c3",
        "started": STARTED,
        "finished": STARTED.replace(minute=34),
        "state": RunState.DONE,
        "language": "nl",
        "versions": {"kennisstand": "0.1.0", "encoder": "concepts-1", "themes": "themes-1", "evidence": "evidence-1"},
        "summary": {"seconds": 241.3},
    }
    return Run.model_validate(values | changes)


SET_ASIDE = (
    make_document(
        "scan-1", paths=("data/raw/Jaarverslag 2019 (scan).pdf",), state=DocumentState.NEEDS_OCR,
        reason=Reason(key="reason.scanned"), metadata=Metadata(), n_passages=0,
    ),
    make_document(
        "broken-1", paths=("data/raw/notitie-kapot.pdf",), state=DocumentState.REJECTED,
        reason=Reason(key="reason.damaged", values={"detail": "geen PDF-inhoud"}), metadata=Metadata(), n_passages=0,
    ),
    make_document(
        "part-1", paths=("data/raw/bijlage.pdf",), state=DocumentState.PARTIAL,
        reason=Reason(key="reason.partial_pages", values={"missing": 2, "pages": 31, "which": "4, 17"}),
        metadata=Metadata(title="Bijlage bij de verkenning", year=2024, language="nl"), n_passages=12,
    ),
)  # fmt: skip


def _topics(passages: list[LabelledPassage]) -> TopicModel:
    found = []
    rows = [row for row in table().rows if any(p.labels and p.labels.evidence.rows for p in passages)][:9]
    for place, row in enumerate(rows):
        members = [
            p for p in passages if p.labels and p.labels.evidence.rows and p.labels.evidence.rows[0].id == row.id
        ]
        if members:
            n_nl = sum(p.passage.language == "nl" for p in members)
            found.append(
                Topic(
                    id=f"t{place}", name_nl=row.nl, name_en=row.en, terms_nl=tuple(row.nl.casefold().split())[:5],
                    terms_en=tuple(row.en.casefold().split())[:5], size=len(members),
                    n_documents=len({p.document.id for p in members}), n_nl=n_nl, n_en=len(members) - n_nl,
                    rows=() if place % 4 == 3 else (row.id,), novel=place % 4 == 3,
                    x=chance("x", row.id) * 10, y=chance("y", row.id) * 10,
                )
            )  # fmt: skip
    found.sort(key=lambda t: -t.size)
    return TopicModel(
        state=TopicsState.FITTED, n_passages=len(passages), minimum=50, topics=tuple(found),
        settings={"bertopic": "0.17.4", "seed": 20, "min_topic_size": 6},
    )  # fmt: skip


@cache
def sample(n_documents: int = 7) -> ReportMaterial:
    """A scan of ``n_documents`` documents in each language, with reprints, boilerplate and documents set aside."""
    documents, passages = [], []
    for language in ("nl", "en"):
        for doc_id, records in _records(language, n_documents).items():
            first = records[0]
            document = make_document(
                doc_id,
                metadata=Metadata(
                    title=first["title"], publisher=first["publisher"].capitalize(), year=first["year"],
                    language=language, url=f"https://example.org/{doc_id}",
                ),
                n_passages=len(records), n_flagged=sum(r["flag"] for r in records),
            )  # fmt: skip
            documents.append(document)
            for position, record in enumerate(records):
                text = record["text"]
                passages.append(
                    make_passage(
                        text, document, position, labels=_labels_of(record, text), section=(record["section"],)
                    )
                )  # fmt: skip
            passages.append(
                make_passage("Inhoud 1 Inleiding 3", document, 99, boilerplate=Boilerplate.CONTENTS, n_words=4)
            )
    flagged = [p for p in passages if p.labels and p.labels.evidence.flagged]
    reprint = make_document(
        "reprint-1", metadata=Metadata(title="Persbericht over de verkenning", year=2025, language="nl"), n_passages=1
    )
    evidence = flagged[0].labels.evidence.model_dump(exclude={"passage_id", "schema_version"}) | {"flag": 0.55}
    again = make_passage(
        flagged[0].passage.text, reprint, labels={"themes": flagged[0].labels.tags.probabilities, **evidence}
    )
    groups = (DuplicateGroup(id="g1", passage_ids=(flagged[0].passage.id, again.passage.id)),)
    return ReportMaterial(
        run=make_run(),
        date=date(2026, 11, 21),
        documents=(*documents, reprint, *SET_ASIDE),
        passages=(*passages, again),
        groups=groups,
        table=table(),
        topics=_topics([p for p in passages if p.labels]),
        settings={"language": "nl", "workers": 2},
    )


def empty() -> ReportMaterial:
    """A scan that found nothing to read."""
    return ReportMaterial(run=make_run(), date=date(2026, 11, 21), table=table())


@cache
def sample_with_opinions(*, outside: bool = False) -> ReportMaterial:
    """The sample, where a language model read three passages: it agrees, it differs, and it alone sees something."""
    scan = sample()
    passages = list(scan.passages)
    labelled = [i for i, p in enumerate(passages) if p.labels is not None and scan.is_new(p.document.id)]
    flagged = [i for i in labelled if passages[i].labels.evidence.flagged][3:5]
    quiet = next(i for i in labelled if not passages[i].labels.evidence.flagged)
    passages[flagged[0]] = make_opinion(passages[flagged[0]], outside=outside)
    passages[flagged[1]] = make_opinion(passages[flagged[1]], outside=outside, flag=False, themes=(), relation=None)
    passages[quiet] = make_opinion(
        passages[quiet], outside=outside, flag=True, rows=() if outside else ("D1",), statement="D1.u1",
        relation=Relation.NARROWS, column=Column.UNCERTAIN, reason='=HYPERLINK("x") <b>zegt</b> het taalmodel',
    )  # fmt: skip
    account = SecondOpinionAccount(
        model="voorbeeld-8b", prompt_version="1", address="https://taal.example.org/v1", outside=outside,
        n_doubtful=9, n_asked=6, n_answered=3, n_kept=1, faults={Fault.TIMEOUT: 2, Fault.SCHEMA: 1}, stopped="passages",
    )  # fmt: skip
    return scan.model_copy(update={"passages": tuple(passages), "second_opinions": (account,)})
