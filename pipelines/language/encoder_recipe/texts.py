"""The texts that encoders learn from: pairs of a Dutch and an English text that say the same, and statements by row.

Some come with the project (``models/training`` and the dictionary), others are read from folders named on the command
line; those stay outside the project, each under its own licence (``models/encoder/card.md``).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipelines.language.dictionary import read_field_dictionary
from pipelines.language.sentences import sentence_spans

PROSE = (
    *("covid-dashboard", "debian-www", "decidim", "esco", "flores-dev", "moodle", "mozilla-legal", "ntrex", "rivm"),
    *("stsb-train", "tatoeba"),
)
"""Sources nearest to reports on work; the others are the words of programs, manuals and code lists."""

OWN_SENTENCES, OWN_PASSAGES, OWN_STATEMENTS = "own sentences", "own passages", "own statements"
OWN_EVERYDAY = "own everyday sentences"
OWN = (OWN_SENTENCES, OWN_PASSAGES, OWN_STATEMENTS, OWN_EVERYDAY)
OWN_DICTIONARY, FREEDICT = "own dictionary", "freedict"

GENERAL = ("stsb-train", "ntrex", "flores-dev")
"""Captions and news: there is little of it, and it is nearest to general language."""
GENERAL_WEIGHT, PROGRAM_WEIGHT, WORD_WEIGHT = 2.0, 0.35, 0.3
"""Weight against that of a pair of sentences of prose. That of words is the feasibility study's."""
FREEDICT_WEIGHT = 0.15
"""Half of that: it lists rare senses beside common ones."""


class Pair(NamedTuple):
    """A Dutch text and an English text that say the same."""

    nl: str
    en: str
    source: str
    weight: float


class Statement(NamedTuple):
    """A statement in both languages and the row of the evidence table that it bears on."""

    nl: str
    en: str
    row: str


def read_pairs(pairs: Path, training: Path, freedict: Path | None) -> list[Pair]:
    """All pairs, in a fixed order.

    Parameters
    ----------
    pairs
        Folder with ``pairs.nl-en.tsv.gz`` and ``dictionary.nl-en.tsv.gz`` (Dutch, English, source).
    training
        The project's ``models/training``.
    freedict
        Folder with ``freedict-nld-eng`` and ``freedict-eng-nld`` (``.index`` and ``.dict.dz``), when there is one.
    """
    found = [Pair(nl, en, source, _weight(source)) for nl, en, source in _read_table(pairs / "pairs.nl-en.tsv.gz")]
    found += [Pair(nl, en, source, WORD_WEIGHT) for nl, en, source in _read_table(pairs / "dictionary.nl-en.tsv.gz")]
    found += read_own_dictionary()
    found += read_own_passages(training)
    found += [Pair(s.nl, s.en, OWN_STATEMENTS, 1.0) for s in read_statements(training)]
    found += read_everyday(training)
    if freedict:
        words = set(read_dictd(freedict, "freedict-nld-eng"))
        words |= {(nl, en) for en, nl in read_dictd(freedict, "freedict-eng-nld")}
        found += [Pair(nl, en, FREEDICT, FREEDICT_WEIGHT) for nl, en in sorted(words)]
    return found


def _weight(source: str) -> float:
    if source in GENERAL:
        return GENERAL_WEIGHT
    return 1.0 if source in PROSE else PROGRAM_WEIGHT


def _read_table(path: Path) -> Iterator[tuple[str, str, str]]:
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    for row in csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        yield row[0], row[1], row[2]


def read_own_dictionary() -> list[Pair]:
    """The dictionary of the field: terms, variants and forms, each with its counterparts."""
    return [Pair(nl, en, OWN_DICTIONARY, 1.0) for nl, en in read_field_dictionary()]


def read_own_passages(training: Path) -> list[Pair]:
    """The passages of ``models/training`` with their translations, whole and, where both count as many, by sentence."""
    translated: dict[tuple[str, int], str] = {}
    for path in sorted((training / "translated").glob("*.jsonl")):
        translated.update({(line["doc"], line["n"]): line["text"] for line in _read_lines(path)})
    found: list[Pair] = []
    for path in sorted(training.glob("*.jsonl")):
        for line in _read_lines(path):
            other = translated.get((line["doc"], line["n"]))
            if other is None:
                continue
            nl, en = (line["text"], other) if line["lang"] == "nl" else (other, line["text"])
            found.append(Pair(nl, en, OWN_PASSAGES, 1.0))
            parts = [[text[begin:end] for begin, end in sentence_spans(text)] for text in (nl, en)]
            if len(parts[0]) == len(parts[1]) > 1:
                found += [Pair(left, right, OWN_SENTENCES, 1.0) for left, right in zip(*parts, strict=True)]
    return found


def read_statements(training: Path) -> list[Statement]:
    """The statements of ``models/training/statements.jsonl``, written blind to the evidence table."""
    path = training / "statements" / "statements.jsonl"
    return [Statement(line["nl"], line["en"], line["row"]) for line in _read_lines(path)] if path.exists() else []


def read_everyday(training: Path) -> list[Pair]:
    """The sentences of ``models/training/everyday/sentences.tsv``: general language, in families that differ little."""
    path = training / "everyday" / "sentences.tsv"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Pair(nl, en, OWN_EVERYDAY, GENERAL_WEIGHT) for nl, en in (line.split("\t") for line in lines)]


def _read_lines(path: Path) -> Iterator[dict]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


_DIGITS = {
    digit: value for value, digit in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_NOTES = re.compile(r"\([^)]*\)|\[[^\]]*\]|<[^>]*>")
_PLAIN = str.maketrans({"ĳ": "ij", "Ĳ": "IJ", "‐": "-"})


def read_dictd(folder: Path, name: str) -> list[tuple[str, str]]:
    """Head words and translations of a dictionary in the format of the DICT server (RFC 2229; dictfmt's index)."""
    content = gzip.decompress((folder / f"{name}.dict.dz").read_bytes())
    found: dict[tuple[str, str], None] = {}
    for line in (folder / f"{name}.index").read_text(encoding="utf-8").splitlines():
        word, offset, length = line.split("\t")[:3]
        if word.startswith("00"):  # what the dictionary says of itself
            continue
        begin, size = (_number(digits) for digits in (offset, length))
        head, *senses = content[begin : begin + size].decode("utf-8").strip().split("\n")
        head = _NOTES.sub("", head.split(" /")[0]).translate(_PLAIN).strip()
        for sense in senses:
            for part in re.split("[,;]", _NOTES.sub("", re.sub(r"^\d+\.\s*", "", sense.strip()))):
                if 0 < len(part.strip()) < 60 and head:
                    found[head, part.translate(_PLAIN).strip()] = None
    return list(found)


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS[digit]
    return value


def count_sources(pairs: Sequence[Pair]) -> dict[str, int]:
    """Number of pairs per source, for the card."""
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.source] = counts.get(pair.source, 0) + 1
    return counts
