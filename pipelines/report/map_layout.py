"""Places on a map: circles that do not cover one another, and names that cover neither circles nor other names.

All lengths are of one unit; ``y`` goes upwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_EDGE, _GAP = 3.0, 2.5
_ROUNDS = 400
#: Distances of a name from its circle that are tried, nearest first; from the second on a line leads to it.
_DISTANCES = (2.5, 13.0, 26.0, 42.0)
_DIRECTIONS = tuple(math.radians(degrees) for degrees in (0, 180, 270, 90, 315, 45, 225, 135, 337, 23, 203, 157))


class Circle(NamedTuple):
    x: float
    y: float
    radius: float


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def meets_circle(self, circle: Circle) -> bool:
        near_x = min(max(circle.x, self.left), self.right)
        near_y = min(max(circle.y, self.bottom), self.top)
        return math.hypot(circle.x - near_x, circle.y - near_y) < circle.radius + 1

    def holds(self, point: tuple[float, float]) -> bool:
        return self.left < point[0] < self.right and self.bottom < point[1] < self.top


class Name(NamedTuple):
    """A name on the map."""

    text: str
    box: Box
    line: tuple[tuple[float, float], tuple[float, float]] | None
    """From the edge of the circle to the name; ``None`` where it stands beside the circle."""


def lay_out_circles(
    points: NDArray[np.floating], radii: NDArray[np.floating], width: float, height: float
) -> list[Circle]:
    """Points stretched over a map, both ways alike, and circles around them moved apart.

    Parameters
    ----------
    points
        Shape (n, 2), finite.
    radii
        Shape (n,).
    width, height
        Of the map; no circle leaves it.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.array([width, height]) - 2 * (radii.max() + _EDGE)
    scale = float((room / np.maximum(high - low, 1e-9)).min()) if (high > low).any() else 0.0
    places = (points - (low + high) / 2) * scale + np.array([width, height]) / 2
    needed = radii[:, None] + radii[None, :] + _GAP
    np.fill_diagonal(needed, 0.0)
    # Topics at one place have no direction to go: each gets its own, by the golden angle.
    turn = np.arange(len(radii)) * 2.399963
    own = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    edge = radii[:, None] + _EDGE
    for _ in range(_ROUNDS):
        between = places[:, None, :] - places[None, :, :]
        distance = np.hypot(between[..., 0], between[..., 1])
        lacking = np.maximum(needed - distance, 0.0)
        if lacking.max() <= 0:
            break
        way = np.where((distance < 1e-6)[..., None], own[:, None, :] - own[None, :, :], between)
        length = np.maximum(np.hypot(way[..., 0], way[..., 1]), 1e-9)
        # A little more than half of what lacks, since the other gives way as well.
        places = places + (way / length[..., None] * (lacking * 0.55)[..., None]).sum(axis=1)
        places = np.clip(places, edge, np.array([[width, height]]) - edge)
    return [Circle(float(x), float(y), float(r)) for (x, y), r in zip(places, radii, strict=True)]


def place_names(
    circles: Sequence[Circle], forms: Sequence[Sequence[tuple[str, float, float]]], width: float, height: float
) -> list[Name | None]:
    """A place for the name of each circle, the first circle first.

    Parameters
    ----------
    circles
        As they lie on the map.
    forms
        Of each circle the forms that its name can take (text, width, height), best first.
    width, height
        Of the map; no name leaves it.

    Returns
    -------
    list
        ``None`` where no room is left.
    """
    boxes: list[Box] = []
    lines: list[tuple[tuple[float, float], tuple[float, float]]] = []
    names: list[Name | None] = []
    for place, circle in enumerate(circles):
        others = [*circles[:place], *circles[place + 1 :]]
        found = next(
            (
                name
                for name in _tries(circle, forms[place])
                if not name.box.meets_circle(circle)
                and _is_free(name, others, boxes, lines, Box(1, 1, width - 1, height - 1))
            ),
            None,
        )
        names.append(found)
        if found is not None:
            boxes.append(found.box)
            if found.line is not None:
                lines.append(found.line)
    return names


def _tries(circle: Circle, forms: Sequence[tuple[str, float, float]]) -> Iterator[Name]:
    for step, distance in enumerate(_DISTANCES):
        for text, width, height in forms:
            for direction in _DIRECTIONS:
                x, y = math.cos(direction), math.sin(direction)
                reach = circle.radius + distance
                from_x, from_y = circle.x + x * reach, circle.y + y * reach
                # The side of the name that looks at the circle lies at the end of the reach.
                left = from_x - width * (1 - x) / 2
                bottom = from_y - height * (1 - y) / 2
                box = Box(left, bottom, left + width, bottom + height)
                edge = (circle.x + x * circle.radius, circle.y + y * circle.radius)
                end = (min(max(edge[0], box.left), box.right), min(max(edge[1], box.bottom), box.top))
                yield Name(text, box, (edge, end) if step else None)


def _is_free(
    name: Name,
    others: Sequence[Circle],
    boxes: Sequence[Box],
    lines: Sequence[tuple[tuple[float, float], tuple[float, float]]],
    page: Box,
) -> bool:
    box = name.box
    if box.left < page.left or box.bottom < page.bottom or box.right > page.right or box.top > page.top:
        return False
    if any(box.meets(other) for other in boxes) or any(box.meets_circle(circle) for circle in others):
        return False
    if any(box.holds(point) for line in lines for point in _along(line)):
        return False
    if name.line is None:
        return True
    return not any(
        any(other.holds((x, y)) for other in boxes)
        or any(math.hypot(x - circle.x, y - circle.y) < circle.radius + 1 for circle in others)
        for x, y in _along(name.line)
    )


def _along(line: tuple[tuple[float, float], tuple[float, float]]) -> Iterator[tuple[float, float]]:
    (x, y), (to_x, to_y) = line
    return ((x + (to_x - x) * step / 8, y + (to_y - y) * step / 8) for step in range(9))
