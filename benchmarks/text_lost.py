"""How much of the text of PDF files is lost, against the best of three parsers that read each file by themselves.

Usage: ``python benchmarks/text_lost.py [FOLDER or FILE ...] [--json OUT]``; without names the shared folders beside the
checkout. Each file is read by PDFium, pdfminer.six and pypdf, each in a process of its own with a limit of time, and
by Kennisstand. A file is *readable* when one of the three finds at least 20 characters of text in it; files that want
a password are left out. The *best* is the parser with the most words. A file is *lost* when Kennisstand gives it a
state without text, or less than half of the words of the best; other cutoffs are told beside it. Words are counted as
often as they occur, so that a page that is missing counts.

What the other parsers find is not always what a reader sees: text without ink, off the page, or in letters that are
not those that show. So each file that is lost is printed, to be looked at.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PARSERS = ("pypdfium2", "pdfminer.six", "pypdf")
OURS = "kennisstand"
SECONDS = 90
"""For one parser and one file; the slowest of 117 took 24 s (pypdf)."""
LEAST_CHARACTERS = 20
CUTOFFS = (0.5, 0.8, 0.9)
_SHARED = Path(__file__).resolve().parents[2] / "shared"
_FOLDERS = ("nasty", "real", "seeds")
_NO_TEXT = re.compile(r"\(cid:\d+\)|[\ue000-\uf8ff\ufffd\x00-\x1f]")


def read_pdfium(path: Path) -> tuple[str, str]:
    """Text of all pages by PDFium."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    return "text", "\n".join(document[i].get_textpage().get_text_bounded() for i in range(len(document)))


def read_pdfminer(path: Path) -> tuple[str, str]:
    """Text of all pages by pdfminer.six."""
    from pdfminer.high_level import extract_text

    return "text", extract_text(path)


def read_pypdf(path: Path) -> tuple[str, str]:
    """Text of all pages by pypdf."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted:
        reader.decrypt("")
    return "text", "\n".join(page.extract_text() for page in reader.pages)


def read_ours(path: Path) -> tuple[str, str]:
    """Text of a file as Kennisstand reads it."""
    from pipelines.domain.documents import SourceReference
    from pipelines.ingest.parser import IngestLimits
    from pipelines.ingest.registry import parse_document

    content = path.read_bytes()
    source = SourceReference(path=path.name, checksum=hashlib.sha256(content).hexdigest(), n_bytes=len(content))
    document = parse_document(content, source, IngestLimits())
    key = document.reason.key if document.reason else ""
    return f"{document.state.value} {key} {document.parser}".replace("  ", " "), document.text


_READERS: dict[str, Callable[[Path], tuple[str, str]]] = dict(
    zip((*PARSERS, OURS), (read_pdfium, read_pdfminer, read_pypdf, read_ours), strict=True)
)


def read_apart(parser: str, path: Path) -> dict[str, str]:
    """What a parser makes of a file, in a process of its own that is killed when its time has passed."""
    command = [sys.executable, __file__, "--one", parser, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"state": "time", "text": ""}
    try:
        return json.loads(done.stdout.strip().rpartition(b"\n")[2])
    except ValueError:
        return {"state": f"exit {done.returncode}", "text": ""}


def words(text: str) -> Counter[str]:
    """Words with how often they occur; a hyphen at a line end does not part a word."""
    plain = re.sub(r"[-\u00ad\x02\ufffe]\s*\n\s*", "", text)
    return Counter(re.findall(r"\w+", _NO_TEXT.sub(" ", plain).casefold()))


def n_characters(text: str) -> int:
    """Characters of text: no spaces, no marks for letters that are not known."""
    return len(re.sub(r"\s", "", _NO_TEXT.sub("", text)))


def compare(path: Path) -> dict[str, Any]:
    """Read a file by all and say which share of the best parser's words each has."""
    found = {parser: read_apart(parser, path) for parser in _READERS}
    counted = {parser: words(one["text"]) for parser, one in found.items()}
    best = max(PARSERS, key=lambda parser: counted[parser].total())
    total = counted[best].total()
    shares = {p: round((counted[p] & counted[best]).total() / total, 3) if total else 0.0 for p in _READERS}
    # Letters too: some parsers leave out the spaces between words, or put them within.
    letters = Counter("".join(counted[best].elements()))
    mine = Counter("".join(counted[OURS].elements()))
    return {
        "name": path.name,
        "best": best,
        "characters": max(n_characters(found[parser]["text"]) for parser in PARSERS),
        "shares": shares,
        "letters": round((letters & mine).total() / letters.total(), 3) if letters else 0.0,
        "states": {parser: one["state"] for parser, one in found.items()},
    }


def is_readable(row: dict[str, Any]) -> bool:
    """Whether a parser finds text, and no password is wanted."""
    return row["characters"] >= LEAST_CHARACTERS and not row["states"][OURS].startswith("needs_password")


def lost(rows: Sequence[dict[str, Any]], parser: str, cutoff: float) -> list[dict[str, Any]]:
    """Rows of which a parser has less than ``cutoff`` of the words."""
    return [row for row in rows if row["shares"][parser] < cutoff]


def main() -> None:
    """Compare, print, and write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("places", nargs="*", type=Path, default=[_SHARED / name for name in _FOLDERS])
    options.add_argument("--json", type=Path)
    options.add_argument("--one", choices=_READERS)
    chosen = options.parse_args()
    if chosen.one:
        state, text = _READERS[chosen.one](chosen.places[0])
        sys.stdout.write("\n" + json.dumps({"state": state, "text": text[:5_000_000]}) + "\n")
        return
    files = [f for p in chosen.places for f in (sorted(p.rglob("*.pdf")) if p.is_dir() else [p])]
    rows = [compare(path) for path in files]
    readable = [row for row in rows if is_readable(row)]
    out = [f"{len(rows)} files, {len(readable)} readable"]
    out.append(f"{'words under':14}" + "".join(f"{cutoff:>14}" for cutoff in CUTOFFS))
    for parser in _READERS:
        counts = [len(lost(readable, parser, cutoff)) for cutoff in CUTOFFS]
        out.append(f"{parser:14}" + "".join(f"{n:>6} {n / max(len(readable), 1):>6.1%}" for n in counts))
    for row in sorted(lost(readable, OURS, max(CUTOFFS)), key=lambda row: row["shares"][OURS]):
        shares = " ".join(f"{parser}={share}" for parser, share in row["shares"].items())
        out.append(f"- {row['name']}: {row['characters']} characters, {shares}, letters={row['letters']}")
        out.append(f"    {row['states'][OURS]}")
    sys.stdout.write("\n".join(out) + "\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
