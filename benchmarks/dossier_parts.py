"""How often passages of a dossier come under the right part, in both languages.

    python benchmarks/dossier_parts.py [results.json]

Measured on ``models/measuring/dossier_parts_{nl,en}.jsonl``: 60 passages a language, ten of each part and ten of none,
written before the cue lists and apart from them. They are labelled by the shipped models first, as in a scan. Most of
the English ones say what a Dutch one says. Writes a table to standard output, and all figures to the file if one is
named.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from flows.label import label_passages, load_label_kit  # noqa: E402
from pipelines.domain.dossiers import Bearing, DossierPart  # noqa: E402
from pipelines.domain.ids import content_id  # noqa: E402
from pipelines.domain.languages import LANGUAGES  # noqa: E402
from pipelines.domain.passages import Passage, Sentence  # noqa: E402
from pipelines.dossiers.parts import PartReading, read_part  # noqa: E402
from pipelines.language.sentences import sentence_spans  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.table.starting import starting_table  # noqa: E402

OTHER = "other"
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


def readings_of(language: str) -> list[tuple[dict[str, Any], PartReading]]:
    """Each passage of a language with what is read in it."""
    records = measured_passages(language)
    passages = [as_passage(record, language) for record in records]
    settings = Settings()
    kit = load_label_kit(settings.shipped_models_dir, settings.models_dir, starting_table())
    labels = label_passages(kit, passages, [None] * len(passages))
    return [(r, read_part(p, one)) for r, p, one in zip(records, passages, labels, strict=True)]


def figures_of(readings: list[tuple[dict[str, Any], PartReading]]) -> dict[str, Any]:
    """Accuracy, recall and precision per part, what was taken for what, and how many bearings are right."""
    pairs = Counter((_name(r["part"]), found.part or OTHER) for r, found in readings)
    per_part: dict[str, dict[str, float]] = {}
    for name in NAMES:
        wanted = sum(n for (right, _), n in pairs.items() if right == name)
        given = sum(n for (_, found), n in pairs.items() if found == name)
        both = sum(n for (right, found), n in pairs.items() if right == found == name)
        per_part[name] = {"n": wanted, "found": both / wanted, "right": both / given if given else 0.0}
    right = sum(n for (wanted, found), n in pairs.items() if wanted == found)
    examples = [
        (r["effect"], found.bearing) for r, found in readings if found.part is DossierPart.EXAMPLES and r.get("effect")
    ]
    told = [(Bearing(wanted), bearing) for wanted, bearing in examples if bearing is not None]
    return {
        "accuracy": right / len(readings),
        "parts": per_part,
        "mistaken": {f"{a} as {b}": n for (a, b), n in sorted(pairs.items()) if a != b},
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
    return lines


def main() -> None:
    """Measure both languages."""
    figures = {code: figures_of(readings_of(code)) for code in LANGUAGES}
    sys.stdout.write("\n".join(table_of(figures)) + "\n")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
