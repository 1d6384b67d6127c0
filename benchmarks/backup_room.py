"""What nightly backups of a growing database take: room written each night, by the size of the pieces it is cut into.

usage: python benchmarks/backup_room.py [--passages 200000] [--nights 14] [--seed 1]
A workspace with so many synthetic passages (a report has 200, in their order; ids are hashes, as in real ones) is
backed up every night. By day forty decisions are made, and every seventh day a scan brings twenty reports. Prints one
JSON object: per size of piece the bytes written on a night after decisions alone and on one after a scan, and of all
nights together over the size of one copy, with the seconds of a backup.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from proposal_records import build_decision, build_proposal  # noqa: E402
from sqlalchemy import Connection, insert  # noqa: E402

from flows import backup  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.ids import content_id  # noqa: E402
from pipelines.domain.moments import now  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store import Workspace, schema  # noqa: E402

_PASSAGES_OF_A_REPORT = 200
_WORDS_OF_A_PASSAGE = 70
_REPORTS_OF_A_SCAN = 20
_DECISIONS_OF_A_DAY = 40
_SIZES = (1 << 16, 1 << 18, 1 << 20, 1 << 22)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=200_000)
    parser.add_argument("--nights", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = {f"{size // 1024} KiB": _measure(size, given.passages, given.nights, given.seed) for size in _SIZES}
    print(json.dumps({"passages": given.passages, "nights": given.nights, "by_piece": found}, indent=1))  # noqa: T201


def _measure(size: int, n_passages: int, n_nights: int, seed: int) -> dict[str, Any]:
    backup._PIECE_BYTES = size
    chance = random.Random(seed)
    words = [f"woord{n}" for n in range(20_000)]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(workspace=Path(folder) / "w", backup_folder=Path(folder) / "b")
        workspace = open_settings_workspace(settings)
        try:
            for number in range(n_passages // _PASSAGES_OF_A_REPORT):
                _bring(workspace, number, words, chance)
            made = [backup.make_backup(settings)]
            quiet, after_scan, seconds = [], [], []
            for night in range(1, n_nights):
                workspace_decides(workspace, night)
                scans = night % 7 == 0
                if scans:
                    first = 1_000_000 + night * _REPORTS_OF_A_SCAN
                    for number in range(first, first + _REPORTS_OF_A_SCAN):
                        _bring(workspace, number, words, chance)
                moment = now() + timedelta(days=night)
                made.append(backup.make_backup(settings, clock=lambda moment=moment: moment))
                (after_scan if scans else quiet).append(made[-1].n_new_bytes)
                seconds.append(made[-1].seconds)
        finally:
            workspace.close()
        return {
            "database_bytes": made[-1].n_bytes,
            "first_bytes": made[0].n_new_bytes,
            "quiet_night_bytes": round(statistics.mean(quiet)),
            "night_after_scan_bytes": round(statistics.mean(after_scan)) if after_scan else None,
            "all_nights_over_one_copy": round(sum(one.n_new_bytes for one in made) / made[-1].n_bytes, 2),
            "n_objects": sum(1 for _ in (Path(folder) / "b" / "objects").glob("*/*")),
            "seconds": round(statistics.mean(seconds), 1),
        }


def workspace_decides(workspace: Workspace, night: int) -> None:
    """The decisions of one day."""
    for number in range(_DECISIONS_OF_A_DAY):
        workspace.acts.decide([build_decision(build_proposal(night * 1000 + number))])


def _bring(workspace: Workspace, number: int, words: list[str], chance: random.Random) -> None:
    document = content_id("document", number)
    with workspace.engine.begin() as connection:
        _add_run(connection)
        connection.execute(insert(schema.documents), _document(document))
        passages, labels = [], []
        for position in range(_PASSAGES_OF_A_REPORT):
            passage = content_id("passage", document, position)
            text = " ".join(chance.choices(words, k=_WORDS_OF_A_PASSAGE))
            passages.append(
                {
                    "id": passage,
                    "document_id": document,
                    "position": position,
                    "language": "nl",
                    "text": text,
                    "data": {"id": passage, "document_id": document, "position": position, "section": ["Inleiding"]},
                    "signature": chance.randbytes(256),
                }
            )
            given = {"model_version": "m", "table_version": "t", "flag": chance.random(), "recommendation": 0.1}
            labels.append({"passage_id": passage, **given, "data": {"themes": dict.fromkeys("abcde", 0.1)}})
        connection.execute(insert(schema.passages), passages)
        connection.execute(insert(schema.labels), labels)


def _add_run(connection: Connection) -> None:
    if connection.execute(schema.runs.select()).first() is None:
        values = {"id": "scan-0001", "started": now(), "state": "done", "language": "nl", "versions": {}, "summary": {}}
        connection.execute(insert(schema.runs), values)


def _document(document: str) -> dict[str, Any]:
    return {
        "id": document,
        "checksum": document,
        "n_bytes": 1,
        "state": "text",
        "stage": "done",
        "media_type": "application/pdf",
        "parser": "pdf/1",
        "authors": [],
        "first_seen": now(),
        "run_id": "scan-0001",
    }


if __name__ == "__main__":
    main()
