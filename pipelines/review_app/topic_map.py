"""The map of topics: circles that do not cover one another, and names that cover neither circles nor other names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.topics import Topic

WIDTH, HEIGHT = 1000, 620
MOST_TOPICS = 40
"""Circles on a map; of more no names would find room."""
_SMALLEST, _LARGEST = 13.0, 44.0
_EDGE, _GAP = 6.0, 3.0
_LETTER, _LINE = 7.6, 17.0
"""Width of a letter and height of a line at 13 px: wider than DejaVu Sans (7.4 on average over topic names), the widest
of the fonts that the style sheet asks for, so that names have room in any of them."""
_LONGEST_NAMES = (60, 30)
"""A name is cut after so many letters; where it finds no room, after so many."""
_ROUNDS = 300


@dataclass(frozen=True)
class Label:
    """A name on the map."""

    text: str
    x: float
    """Of its beginning, middle or end, as ``anchor`` says."""
    y: float
    """Base line."""
    anchor: str
    """``start``, ``middle`` or ``end``, as in SVG."""


@dataclass(frozen=True)
class Dot:
    """A topic on the map."""

    number: int
    topic: Topic
    x: float
    y: float
    radius: float
    label: Label | None
    """``None`` where no room is left; its number says which it is."""


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def meets_circle(self, x: float, y: float, radius: float) -> bool:
        near_x, near_y = min(max(x, self.left), self.right), min(max(y, self.top), self.bottom)
        return math.hypot(x - near_x, y - near_y) < radius

    @property
    def on_map(self) -> bool:
        return self.left >= 2 and self.right <= WIDTH - 2 and self.top >= 2 and self.bottom <= HEIGHT - 2


def draw_map(topics: Sequence[Topic], language: str) -> list[Dot]:
    """Circles with an area as the size of the topic, and names where there is room, the largest topic first.

    Parameters
    ----------
    topics
        Largest first; the first :data:`MOST_TOPICS` are drawn.
    language
        ``nl`` or ``en``: of the names.
    """
    shown = topics[:MOST_TOPICS]
    if not shown:
        return []
    sizes = np.array([topic.size for topic in shown], dtype=np.float64)
    # All circles together cover at most a fifth of the map, else they could not be moved apart.
    largest = min(_LARGEST, math.sqrt(0.2 * WIDTH * HEIGHT * sizes.max() / (math.pi * sizes.sum())))
    radii = np.maximum(largest * np.sqrt(sizes / sizes.max()), _SMALLEST)
    places = _apart(_scaled(np.array([(t.x, t.y) for t in shown], dtype=np.float64), radii), radii)
    circles = [(float(x), float(y), float(r)) for (x, y), r in zip(places, radii, strict=True)]
    taken: list[_Box] = []
    dots: list[Dot] = []
    for number, (topic, (x, y, radius)) in enumerate(zip(shown, circles, strict=True), 1):
        others = [circle for place, circle in enumerate(circles, 1) if place != number]
        label = _label(topic_name(topic, language), x, y, radius, others, taken)
        dots.append(Dot(number, topic, round(x, 1), round(y, 1), round(radius, 1), label))
    return dots


def topic_name(topic: Topic, language: str) -> str:
    """Name in ``language``, else in the other."""
    name = (topic.name_nl or topic.name_en) if language == "nl" else (topic.name_en or topic.name_nl)
    return " ".join(name.split())


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else name[: longest - 1].rstrip(" ,;-") + "…"


def _scaled(points: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points stretched over the map, both ways alike, upwards as it is in a plot; shape (n, 2)."""
    room = np.array([WIDTH, HEIGHT], dtype=np.float64) - 2 * (radii.max() + _EDGE)
    low, high = points.min(axis=0), points.max(axis=0)
    spread = np.maximum(high - low, 1e-9)
    scale = float((room / spread).min()) if (high > low).any() else 0.0
    middle = (points - (low + high) / 2) * np.array([scale, -scale])
    return middle + np.array([WIDTH / 2, HEIGHT / 2])


def _apart(points: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Push circles that meet away from one another, a little at a time, and keep them on the map."""
    places = points.copy()
    n = len(places)
    needed = radii[:, None] + radii[None, :] + _GAP
    np.fill_diagonal(needed, 0.0)
    # Topics at one place have no direction to go: each gets its own.
    turn = np.arange(n) * 2.399963
    own = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    low = radii[:, None] + _EDGE
    high = np.array([[WIDTH, HEIGHT]]) - low
    for _ in range(_ROUNDS):
        between = places[:, None, :] - places[None, :, :]
        distance = np.hypot(between[..., 0], between[..., 1])
        lacking = np.maximum(needed - distance, 0.0)
        if lacking.max() <= 0:
            break
        same = distance < 1e-6
        way = np.where(same[..., None], own[:, None, :] - own[None, :, :], between)
        length = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-9)
        # A little more than half of what lacks, since the other gives way as well.
        push = (way / length[..., None] * (lacking * 0.55)[..., None]).sum(axis=1)
        places = np.clip(places + push, low, high)
    return places


def _label(
    name: str,
    x: float,
    y: float,
    radius: float,
    others: Sequence[tuple[float, float, float]],
    taken: list[_Box],
) -> Label | None:
    for text in dict.fromkeys(_cut(name, longest) for longest in _LONGEST_NAMES):
        width = len(text) * _LETTER
        for left, top, anchor in _tries(x, y, radius, width):
            box = _Box(left, top, left + width, top + _LINE)
            free = box.on_map and not any(box.meets(other) for other in taken)
            if free and not any(box.meets_circle(*circle) for circle in others):
                taken.append(box)
                begin = {"start": left, "middle": left + width / 2, "end": left + width}[anchor]
                return Label(text, round(begin, 1), round(top + _LINE - 4.5, 1), anchor)
    return None


def _tries(x: float, y: float, radius: float, width: float) -> Iterator[tuple[float, float, str]]:
    """Left upper corners to try for a name beside a circle, best first, and how the name is held there."""
    beside, half = radius + 4, _LINE / 2
    yield x + beside, y - half, "start"
    yield x - beside - width, y - half, "end"
    yield x - width / 2, y + beside, "middle"
    yield x - width / 2, y - beside - _LINE, "middle"
    slant = radius * 0.75
    for top in (y - slant - _LINE, y + slant):
        yield x + slant, top, "start"
        yield x - slant - width, top, "end"
