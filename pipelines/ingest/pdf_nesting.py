"""Counts how often the groups of a PDF draw one another, before PDFium is asked to draw them.

A file of 5 kB can hold thirty groups that each draw the next one twice: 2^28 drawings, for which PDFium takes 0.3 GB a
second (measured) and which cannot be interrupted. Groups are streams, so their dictionaries stand in the file as plain
text even where other objects are compressed.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter

MAX_DRAWINGS = 50_000
"""Groups drawn by one group, all levels together; in the readable measured files no group draws more than one."""
FEW_GROUPS = 12
"""Fewer groups than this cannot fan out far: eleven that each draw the next one twice make 2,048."""
MAX_STREAM_BYTES = 2**20
MAX_GROUPS = 5_000

MAX_LOOKED_AT = 64 * 2**20
"""Bytes of drawing orders that are looked at in one file: a second of work."""
MAX_DICTIONARY_BYTES = 4_000

_OBJECT = re.compile(rb"(\d{1,9})\s{1,9}\d{1,5}\s{1,9}obj\b")
_OBJECT_HERE = re.compile(_OBJECT.pattern + rb"\Z")
_HEAD_END = re.compile(rb"obj\b")
MAX_HEAD_BYTES = 9 + 9 + 5 + 9 + 3
_NAMED = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d{1,9})\s+\d{1,5}\s+R\b")
_RESOURCES = re.compile(rb"/(?:Resources|XObject)\s+(\d{1,9})\s+\d{1,5}\s+R\b")
_DRAWS = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")


def fans_out(content: bytes) -> bool:
    """Whether one group of the file draws more than ``MAX_DRAWINGS`` others."""
    if content.count(b"/Form") < FEW_GROUPS:
        return False
    draws = _group_draws(content)
    totals: dict[int, int] = {}
    for start in draws:
        stack = [start]
        while stack:
            group = stack[-1]
            if group in totals:
                stack.pop()
                continue
            waiting = [g for g in draws[group] if g in draws and g not in totals and g not in stack]
            if waiting:
                stack.append(waiting[0])
                continue
            total = sum(n * (1 + totals.get(g, 0)) for g, n in draws[group].items() if g in draws)
            totals[group] = min(total, MAX_DRAWINGS + 1)
            stack.pop()
        if totals[start] > MAX_DRAWINGS:
            return True
    return False


def _group_draws(content: bytes) -> dict[int, Counter[int]]:
    """Groups of the file and how often each draws which object."""
    shared: dict[int, int] | None = None
    draws: dict[int, Counter[int]] = {}
    at = content.find(b"/Form")
    budget = MAX_LOOKED_AT
    for _ in range(MAX_GROUPS):
        if at < 0:
            break
        start = content.rfind(b"obj", max(0, at - MAX_DICTIONARY_BYTES), at)
        head = _OBJECT.search(content, max(0, start - 25), start + 3) if start >= 0 else None
        opening = content.find(b"stream", at, at + MAX_DICTIONARY_BYTES)
        at = content.find(b"/Form", at + 5)
        if head is None or opening < 0 or int(head.group(1)) in draws:
            continue
        dictionary = content[head.end() : opening]
        names = {name: int(number) for name, number in _NAMED.findall(dictionary)}
        for reference in _RESOURCES.findall(dictionary)[:4]:
            if shared is None:
                shared = _object_places(content)
            start = shared.get(int(reference), len(content))
            end = content.find(b"endobj", start, start + MAX_DICTIONARY_BYTES)
            names |= {name: int(number) for name, number in _NAMED.findall(content[start : max(end, start)])}
        start = opening + 6
        end = content.find(b"endstream", start, start + MAX_STREAM_BYTES)
        budget -= MAX_STREAM_BYTES if end < 0 else end - start
        if budget < 0:
            break
        body = content[start : end if end >= 0 else start + MAX_STREAM_BYTES].lstrip(b"\r\n")
        drawn = _DRAWS.findall(_plain(body, dictionary))
        draws[int(head.group(1))] = Counter(names[name] for name in drawn if name in names)
    return draws


def _object_places(content: bytes) -> dict[int, int]:
    """Where each object starts, after its head; of two with one number the last.

    Heads are found from their ends: going through the file for numbers takes fifty times as long.
    """
    places: dict[int, int] = {}
    for end in _HEAD_END.finditer(content):
        head = _OBJECT_HERE.search(content[max(0, end.end() - MAX_HEAD_BYTES) : end.end()])
        if head is not None:
            places[int(head.group(1))] = end.end()
    return places


def _plain(body: bytes, dictionary: bytes) -> bytes:
    if b"/FlateDecode" not in dictionary and b"/Fl" not in dictionary:
        return body
    try:
        return zlib.decompressobj().decompress(body, MAX_STREAM_BYTES)
    except zlib.error:
        return b""
