"""The map of topics: circles that do not cover one another, and names that cover neither circles nor other names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.topics import Topic, TopicTrend

WIDTH, HEIGHT = 1000, 620
MOST_TOPICS = 80
"""Circles on a map; of more no names would find room, also not when it is looked at from nearby."""
_MOST_NEW = 20
"""Of these: new topics that are on the map though they are small; they are what people look for."""
_SMALLEST, _LARGEST = 13.0, 44.0
_EDGE, _GAP = 8.0, 3.0
_RING = 5.0
_LETTER, _LINE = 7.6, 17.0
"""Width of a letter and height of a line at 13 px: wider than DejaVu Sans (7.4 on average over topic names), the widest
of the fonts that the style sheet asks for, so that names have room in any of them."""
_LONGEST_NAMES = (60, 30)
"""A name is cut after so many letters; where it finds no room, after so many."""
_ROUNDS = 300
_NEARBY = 0.5
"""Letters are so much smaller, beside the circles, where the map is shown at twice its size or more."""


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
    nearby: Label | None = None
    """The name where the map is shown at twice its size, in letters of half the size."""

    @property
    def reach(self) -> float:
        """Radius with the second edge of a new topic."""
        return self.radius + (_RING if self.topic.trend is TopicTrend.NEW else 0.0)


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

    def meets_circles(self, circles: NDArray[np.float64]) -> bool:
        """Whether it lies on one of ``circles``, shape (n, 3): place and radius."""
        near_x = np.clip(circles[:, 0], self.left, self.right)
        near_y = np.clip(circles[:, 1], self.top, self.bottom)
        return bool((np.hypot(circles[:, 0] - near_x, circles[:, 1] - near_y) < circles[:, 2]).any())

    @property
    def on_map(self) -> bool:
        return self.left >= 2 and self.right <= WIDTH - 2 and self.top >= 2 and self.bottom <= HEIGHT - 2


def topics_on_map(topics: Sequence[Topic]) -> list[tuple[int, Topic]]:
    """The topics that a map shows, with their numbers (from 1) among ``topics``.

    Parameters
    ----------
    topics
        Largest first. All are shown where there are at most :data:`MOST_TOPICS`; else the largest, and of the new ones
        the largest also where others are larger.
    """
    numbered = list(enumerate(topics, 1))
    if len(numbered) <= MOST_TOPICS:
        return numbered
    new = [number for number, topic in numbered if topic.trend is TopicTrend.NEW][:_MOST_NEW]
    kept = set(new)
    for number, _ in numbered:
        if len(kept) == MOST_TOPICS:
            break
        kept.add(number)
    return [(number, topic) for number, topic in numbered if number in kept]


def draw_map(topics: Sequence[Topic], language: str) -> list[Dot]:
    """Circles with an area as the size of the topic, and names where there is room, the largest topic first.

    Parameters
    ----------
    topics
        Largest first; :func:`topics_on_map` says which are drawn.
    language
        ``nl`` or ``en``: of the names.
    """
    shown = topics_on_map(topics)
    if not shown:
        return []
    sizes = np.array([topic.size for _, topic in shown], dtype=np.float64)
    # All circles together cover at most a fifth of the map, else they could not be moved apart.
    largest = min(_LARGEST, math.sqrt(0.2 * WIDTH * HEIGHT * sizes.max() / (math.pi * sizes.sum())))
    radii = np.maximum(largest * np.sqrt(sizes / sizes.max()), _SMALLEST)
    places = _apart(_scaled(np.array([(t.x, t.y) for _, t in shown], dtype=np.float64), radii), radii)
    dots = [
        Dot(number, topic, round(float(x), 1), round(float(y), 1), round(float(radius), 1), None)
        for (number, topic), (x, y), radius in zip(shown, places, radii, strict=True)
    ]
    far, near = _labels(dots, language, 1.0), _labels(dots, language, _NEARBY)
    return [replace(dot, label=one, nearby=other) for dot, one, other in zip(dots, far, near, strict=True)]


def _labels(dots: Sequence[Dot], language: str, scale: float) -> list[Label | None]:
    """Names of circles, each beside its own and on no other; ``scale`` is that of the letters."""
    taken: list[_Box] = []
    found: list[Label | None] = []
    circles = np.array([(dot.x, dot.y, dot.reach) for dot in dots], dtype=np.float64)
    for place, dot in enumerate(dots):
        others = np.delete(circles, place, axis=0)
        name = topic_name(dot.topic, language)
        found.append(_label(name, (dot.x, dot.y, dot.reach), others, taken, scale))
    return found


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
    circle: tuple[float, float, float],
    others: NDArray[np.float64],
    taken: list[_Box],
    scale: float,
) -> Label | None:
    line = _LINE * scale
    for text in dict.fromkeys(_cut(name, longest) for longest in _LONGEST_NAMES):
        width = len(text) * _LETTER * scale
        for left, top, anchor in _tries(circle, width, line):
            box = _Box(left, top, left + width, top + line)
            free = box.on_map and not any(box.meets(other) for other in taken)
            if free and not box.meets_circles(others):
                taken.append(box)
                begin = {"start": left, "middle": left + width / 2, "end": left + width}[anchor]
                return Label(text, round(begin, 1), round(top + line * 0.74, 1), anchor)
    return None


def _tries(circle: tuple[float, float, float], width: float, line: float) -> Iterator[tuple[float, float, str]]:
    """Left upper corners to try for a name beside a circle, best first, and how the name is held there."""
    x, y, radius = circle
    beside, half = radius + 4, line / 2
    yield x + beside, y - half, "start"
    yield x - beside - width, y - half, "end"
    yield x - width / 2, y + beside, "middle"
    yield x - width / 2, y - beside - line, "middle"
    slant = radius * 0.75
    for top in (y - slant - line, y + slant):
        yield x + slant, top, "start"
        yield x - slant - width, top, "end"
