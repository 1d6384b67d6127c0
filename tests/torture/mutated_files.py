"""Files of each format that are damaged by chance, the same for the same seed."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.format_samples import W_NAMES, docx, epub, odt, word_paragraph
from ingest.pdf_pages import make, write

_SHARED = Path(__file__).resolve().parents[3] / "shared"
_LARGEST_SEED = 300_000
_TEXT = (
    "Uit een enquête onder 1.200 werknemers blijkt dat een op de drie met kunstmatige intelligentie werkt.",
    "The share of firms that use machine learning rose from 8 to 13 per cent between 2021 and 2024.",
    "Het effect op de productiviteit is klein en onzeker; wie er weinig mee werkt merkt er niets van.",
)
_NUMBER = re.compile(rb"\d{1,10}")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483648", b"4294967295", b"99999999999999999999", b"1e309")


def seeds(whole: bool) -> dict[str, list[bytes]]:
    """Sound files by the end of their name; with ``whole`` also those of the shared folder, where that is there."""
    paragraphs = [f"<p>{line}</p>" for line in _TEXT]
    page = f"<!doctype html><html><head><title>Werk</title></head><body><h1>AI</h1>{''.join(paragraphs)}"
    cells = "".join(f"<tr><td>{n}</td><td>{line}</td></tr>" for n, line in enumerate(_TEXT))
    word = word_paragraph("AI en werk", "Heading1") + "".join(map(word_paragraph, _TEXT))
    row = "".join(f"<w:tc>{word_paragraph(line)}</w:tc>" for line in _TEXT)
    note = f'<w:footnotes {W_NAMES}><w:footnote w:id="1">{word_paragraph("Een noot.")}</w:footnote></w:footnotes>'
    text = "".join(f"<text:p>{line}</text:p>" for line in _TEXT)
    table = f"<table:table><table:table-row>{'<table:table-cell>' + text + '</table:table-cell>'}</table:table-row>"
    found = {
        ".pdf": [
            make(*[lambda canvas: write(canvas, 70, 780, list(_TEXT) * 3)] * 3, title="AI en werk"),
            make(lambda canvas: write(canvas, 70, 780, list(_TEXT)), pageCompression=0),
        ],
        ".docx": [docx(word), docx(f"{word}<w:tbl><w:tr>{row}</w:tr></w:tbl>", {"footnotes": note})],
        ".odt": [
            odt(f"<text:h>AI</text:h>{text}"),
            odt(f'{text}{table}</table:table><text:p>a<text:s text:c="4"/></text:p>'),
        ],
        ".epub": [epub({f"{n}.xhtml": f"<h1>{n}</h1>{line}" for n, line in enumerate(paragraphs)})],
        ".html": [f"{page}</body></html>".encode(), f"{page}<table>{cells}</table></body></html>".encode("utf-16")],
        ".ris": ["".join(_reference(n, line) for n, line in enumerate(_TEXT)).encode()],
    }
    for folder in ("real", "nasty") if whole else ():
        for path in sorted((_SHARED / folder).rglob("*")):
            if path.suffix.lower() in found and path.stat().st_size <= _LARGEST_SEED:
                found[path.suffix.lower()].append(path.read_bytes())
    return found


def _reference(number: int, line: str) -> str:
    return f"TY  - JOUR\r\nTI  - {line}\r\nAU  - Bron, {number}\r\nPY  - 202{number}\r\nAB  - {line}\r\nER  - \r\n\r\n"


def mutants(amount: int, seed: int, *, whole: bool) -> Iterator[tuple[str, bytes]]:
    """Names and contents of damaged files, each format in its turn."""
    chance = random.Random(seed)
    sound = seeds(whole)
    kinds = sorted(sound)
    for number in range(amount):
        kind = kinds[number % len(kinds)]
        content = chance.choice(sound[kind])
        for _ in range(chance.choice((1, 1, 2, 4))):
            content = chance.choice(_WAYS)(content, chance)
        yield f"{number:05}{kind}", content


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 8, 64)) if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _stretch(content: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.choice((4, 64, 1024, 16_384)))


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(content, chance)
    return content[:end] + content[start:end] * chance.choice((1, 3, 50)) + content[end:]


def _remove(content: bytes, chance: random.Random) -> bytes:
    start, end = _stretch(content, chance)
    return content[:start] + content[end:]


def _renumber(content: bytes, chance: random.Random) -> bytes:
    places = [found.span() for found in _NUMBER.finditer(content)]
    for start, end in sorted(chance.sample(places, min(len(places), chance.choice((1, 4)))), reverse=True):
        content = content[:start] + chance.choice(_NUMBERS) + content[end:]
    return content


def _members(content: bytes, chance: random.Random) -> bytes:
    """Within a packed file: two members change places, one is damaged or left out; others are damaged as they are."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            held = {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # noqa: BLE001 - no archive, or one that was damaged before
        return _flip(content, chance)
    names = sorted(held)
    if len(names) < 2:
        return _flip(content, chance)
    one, other = chance.sample(names, 2)
    act = chance.randrange(4)
    if act == 0:
        held[one], held[other] = held[other], held[one]
    elif act == 1:
        del held[one]
    else:
        held[one] = chance.choice((_flip, _cut_off, _repeat, _remove, _renumber))(held[one], chance)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in held.items():
            archive.writestr(zipfile.ZipInfo(name), part)
    return stream.getvalue()


_WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip, _cut_off, _repeat, _remove, _renumber, _members, _members,
)  # fmt: skip
