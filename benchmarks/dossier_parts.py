"""How often passages come into the right dossier and under the right part, in both languages.

    python benchmarks/dossier_parts.py [results.json]

Measured on ``models/measuring/dossier_parts_{nl,en}.jsonl``: 60 passages a language, ten of each part and ten of none,
written before the cue lists and apart from them, and which of the shipped dossiers each belongs to, if any. They are
labelled by the shipped models first, as in a scan. Most of the English ones say what a Dutch one says. Writes a table
to standard output, and all figures to the file if one is named.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from flows.label import label_passages, load_label_kit  # noqa: E402
from pipelines.domain.documents import DocumentState  # noqa: E402
from pipelines.domain.dossiers import Bearing, Candidate, DossierPart  # noqa: E402
from pipelines.domain.ids import content_id  # noqa: E402
from pipelines.domain.languages import LANGUAGES  # noqa: E402
from pipelines.domain.passages import Passage, Sentence  # noqa: E402
from pipelines.domain.runs import DocumentSummary, LabelledPassage  # noqa: E402
from pipelines.dossiers.belonging import LEAST_RELEVANCE, Belonging  # noqa: E402
from pipelines.dossiers.parts import PartReading, read_part  # noqa: E402
from pipelines.dossiers.shipped import shipped_dossiers  # noqa: E402
from pipelines.language.sentences import sentence_spans  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.table.starting import starting_table  # noqa: E402

OTHER = "other"
_DOCUMENT = DocumentSummary(
    id="measuring",
    paths=(),
    state=DocumentState.TEXT,
    stage="done",
    media_type="text/plain",
    parser="measuring",
    first_seen=datetime(2026, 11, 1),
    run_id="measuring",
)
NAMES = (*(part.value for part in DossierPart), OTHER)


def measured_passages(language: str) -> list[dict[str, Any]]:
    """The passages of one language with their parts."""
    path = ROOT / "models" / "measuring" / f"dossier_parts_{language}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def as_passage(record: dict[str, Any], language: str) -> Passage:
    """One of them as a scan would cut it."""
    text = record["text"]
    return Passage(
        id=content_id("measuring", record["id"], text),
        document_id=content_id("measuring", language),
        position=0,
        text=text,
        start=0,
        end=len(text),
        language=language,
        n_words=len(text.split()),
        sentences=tuple(Sentence(start=start, end=end) for start, end in sentence_spans(text)),
    )


def readings_of(language: str) -> list[tuple[dict[str, Any], PartReading, frozenset[str]]]:
    """Each passage of a language with what is read in it, and the shipped dossiers that take it in."""
    records = measured_passages(language)
    passages = [as_passage(record, language) for record in records]
    settings = Settings()
    kit = load_label_kit(settings.shipped_models_dir, settings.models_dir, starting_table())
    labels = label_passages(kit, passages, [None] * len(passages))
    vectors = kit.encoder.encode([passage.text for passage in passages])
    taken: list[set[str]] = [set() for _ in records]
    for question in shipped_dossiers():
        cosines = vectors @ kit.encoder.encode(list(question.own_words)).T
        belonging = Belonging(question)
        for place, (passage, one) in enumerate(zip(passages, labels, strict=True)):
            item = LabelledPassage(passage=passage, document=_DOCUMENT, labels=one)
            candidate = Candidate(item=item, cosines=tuple(float(value) for value in cosines[place]))
            if belonging.relevance(candidate)[0] >= LEAST_RELEVANCE:
                taken[place].add(question.id)
    read = [read_part(passage, one) for passage, one in zip(passages, labels, strict=True)]
    return [(r, part, frozenset(into)) for r, part, into in zip(records, read, taken, strict=True)]


def dossier_figures(readings: Sequence[tuple[dict[str, Any], PartReading, frozenset[str]]]) -> dict[str, Any]:
    """Of each shipped dossier the share of its passages that it takes in, and of what it takes in that is its own."""
    figures: dict[str, Any] = {}
    for question in shipped_dossiers():
        wanted = [record.get("dossier") == question.id for record, _, _ in readings]
        given = [question.id in into for _, _, into in readings]
        both = sum(a and b for a, b in zip(wanted, given, strict=True))
        figures[question.id] = {"n": sum(wanted), "found": both / sum(wanted), "right": both / max(sum(given), 1)}
    return figures


def figures_of(readings: Sequence[tuple[dict[str, Any], PartReading, frozenset[str]]]) -> dict[str, Any]:
    """Accuracy, recall and precision per part, what was taken for what, and how many bearings are right."""
    pairs = Counter((_name(r["part"]), found.part or OTHER) for r, found, _ in readings)
    per_part: dict[str, dict[str, float]] = {}
    for name in NAMES:
        wanted = sum(n for (right, _), n in pairs.items() if right == name)
        given = sum(n for (_, found), n in pairs.items() if found == name)
        both = sum(n for (right, found), n in pairs.items() if right == found == name)
        per_part[name] = {"n": wanted, "found": both / wanted, "right": both / given if given else 0.0}
    right = sum(n for (wanted, found), n in pairs.items() if wanted == found)
    examples = [
        (r["effect"], found.bearing)
        for r, found, _ in readings
        if found.part is DossierPart.EXAMPLES and r.get("effect")
    ]
    told = [(Bearing(wanted), bearing) for wanted, bearing in examples if bearing is not None]
    return {
        "accuracy": right / len(readings),
        "parts": per_part,
        "mistaken": {f"{a} as {b}": n for (a, b), n in sorted(pairs.items()) if a != b},
        "dossiers": dossier_figures(readings),
        "bearing": {"examples": len(examples), "told": len(told), "right": sum(a is b for a, b in told)},
    }


def _name(part: str) -> str:
    return DossierPart.EXAMPLES.value if part == "example" else part


def table_of(figures: dict[str, Any]) -> list[str]:
    """The lines of the table."""
    lines = [f"{'part':10}" + "".join(f"{code:>8} found {code:>3} right" for code in figures)]
    for name in NAMES:
        cells = (figures[code]["parts"][name] for code in figures)
        lines.append(f"{name:10}" + "".join(f"{cell['found']:14.2f} {cell['right']:9.2f}" for cell in cells))
    lines += [f"accuracy {code}: {figures[code]['accuracy']:.2f}; {figures[code]['bearing']}" for code in figures]
    lines += [f"{code}: {figures[code]['mistaken']}" for code in figures]
    for question in shipped_dossiers():
        told = ((code, figures[code]["dossiers"][question.id]) for code in figures)
        lines.append(
            f"{question.id:20}" + "".join(f" {code} {one['found']:.2f} {one['right']:.2f}" for code, one in told)
        )
    return lines


def main() -> None:
    """Measure both languages."""
    figures = {code: figures_of(readings_of(code)) for code in LANGUAGES}
    sys.stdout.write("\n".join(table_of(figures)) + "\n")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
