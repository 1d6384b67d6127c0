"""Plots of topics: the map with names, how they went over scans, and how they are spread."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle as CirclePatch
from matplotlib.patches import Rectangle

from pipelines.domain.reports import Plot, Point
from pipelines.report.chart_parts import INK, QUIET, RULE, STYLES, WIDTH, short
from pipelines.report.map_layout import Circle, Name, lay_out_circles, place_names
from pipelines.report.plain import one_line

#: Inches, and points an inch.
_MAP_HEIGHT, _LEGEND_HEIGHT, _POINTS = 4.0, 0.3, 72
_LARGEST, _SMALLEST = 21.0, 8.5
"""Radii of circles, in points; in the smallest a number of two digits fits."""
_COVERED = 0.12
"""Share of the map that all circles cover at most, so that there is room to move them apart and for names."""
_NAME_SIZE, _LEADING = 7.0, 1.22
_NAME_WIDTHS = (46, 26, 18)
"""Letters on a line of a name; the first form that finds room is taken."""
_LONGEST_NAME = 60


# The map


def _radii(points: list[Point], width: float, height: float) -> np.ndarray:
    sizes = np.array([max(point.size, 1.0) for point in points])
    largest = min(_LARGEST, math.sqrt(_COVERED * width * height * sizes.max() / (math.pi * sizes.sum())))
    return np.maximum(largest * np.sqrt(sizes / sizes.max()), _SMALLEST)


def _forms(figure: Figure, point: Point) -> list[tuple[str, float, float]]:
    """Forms of a name with their width and height in points."""
    name = textwrap.shorten(one_line(point.name), _LONGEST_NAME, placeholder=" …")
    if not name:
        return []
    renderer = FigureCanvasAgg(figure).get_renderer()
    properties = FontProperties(family="DejaVu Sans", size=_NAME_SIZE)
    forms = []
    for letters in _NAME_WIDTHS:
        lines = textwrap.wrap(name, letters) or [name]
        widest = max(renderer.get_text_width_height_descent(line, properties, False)[0] for line in lines)
        width = widest * _POINTS / figure.dpi
        forms.append(("\n".join(lines), width + 2, len(lines) * _NAME_SIZE * _LEADING + 1))
    return list(dict.fromkeys(forms))


def _draw_circle(axes: Axes, circle: Circle, point: Point) -> None:
    fill, hatch, ink = STYLES[1] if point.marked else STYLES[0]
    axes.add_patch(
        CirclePatch((circle.x, circle.y), circle.radius, facecolor=fill, hatch=hatch, edgecolor=INK, linewidth=0.7)
    )
    if point.new:
        ring = CirclePatch((circle.x, circle.y), circle.radius + 2, fill=False, edgecolor=INK, linewidth=1.6)
        axes.add_patch(ring)
    box = {"boxstyle": "circle,pad=0.1", "facecolor": fill, "edgecolor": "none"} if hatch else None
    axes.text(circle.x, circle.y, one_line(point.label), color=ink, ha="center", va="center_baseline", size=7.5,
              weight="bold", bbox=box)  # fmt: skip


def _draw_name(axes: Axes, name: Name, circle: Circle) -> None:
    if name.line is not None:
        axes.add_line(Line2D(*zip(*name.line, strict=True), color=QUIET, linewidth=0.6))
    middle = (name.box.left + name.box.right) / 2
    align = "left" if middle > circle.x + circle.radius else "right" if middle < circle.x - circle.radius else "center"
    x = {"left": name.box.left + 1, "right": name.box.right - 1, "center": middle}[align]
    axes.text(x, (name.box.bottom + name.box.top) / 2, name.text, size=_NAME_SIZE, ha=align, va="center",
              multialignment=align, linespacing=_LEADING - 0.1)  # fmt: skip


def draw_map(plot: Plot) -> Figure:
    """Circles whose area goes with the number of passages, with the number of the table in them and the name beside."""
    points = [p for p in plot.points if math.isfinite(p.x) and math.isfinite(p.y)]
    figure = Figure(figsize=(WIDTH, _MAP_HEIGHT + _LEGEND_HEIGHT))
    # One unit of the axes is a point, so that names can be measured.
    width, height = WIDTH * _POINTS, _MAP_HEIGHT * _POINTS
    axes = figure.add_axes((0, 0, 1, _MAP_HEIGHT / (_MAP_HEIGHT + _LEGEND_HEIGHT)))
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    if points:
        # The ring of a new topic belongs to its circle.
        rings = np.array([3.0 if point.new else 0.0 for point in points])
        radii = _radii(points, width, height)
        places = np.array([(p.x, p.y) for p in points])
        outer = lay_out_circles(places, radii + rings, width, height)
        names = place_names(outer, [_forms(figure, point) for point in points], width, height)
        for point, whole, radius, name in zip(points, outer, radii, names, strict=True):
            _draw_circle(axes, Circle(whole.x, whole.y, float(radius)), point)
            if name is not None:
                _draw_name(axes, name, whole)
    _map_legend(figure, plot, points)
    return figure


def _map_legend(figure: Figure, plot: Plot, points: list[Point]) -> None:
    shown: dict[Any, str] = {}
    for marked, label in ((False, plot.plain_label), (True, plot.marked_label)):
        fill, hatch, _ = STYLES[1] if marked else STYLES[0]
        if any(point.marked is marked for point in points):
            shown[Rectangle((0, 0), 1, 1, facecolor=fill, hatch=hatch, edgecolor=INK, linewidth=0.7)] = one_line(label)
    if any(point.new for point in points):
        ring = Line2D([], [], linestyle="none", marker="o", markersize=9, markerfacecolor="white",
                      markeredgecolor=INK, markeredgewidth=1.6)  # fmt: skip
        shown[ring] = one_line(plot.new_label)
    if shown:
        figure.legend(
            [*shown], [*shown.values()], loc="upper left", ncols=len(shown), frameon=False, fontsize=8,
            borderaxespad=0.2,
        )  # fmt: skip


# Over scans

_ROOMY = 4
"""With so many scans a day has room on one line, with more it stands on three."""


def draw_growth(plot: Plot) -> Figure:
    """A small plot a topic, two beside each other, over the same scans: lines with the value at each point."""
    names, labels = list(plot.series), list(next(iter(plot.series.values()), {}))
    if not labels:
        return Figure(figsize=(WIDTH, 1))
    n_lines = math.ceil(len(names) / 2)
    figure = Figure(figsize=(WIDTH, 0.9 + 0.68 * n_lines), layout="constrained")
    figure.get_layout_engine().set(hspace=0.06, wspace=0.05)  # type: ignore[union-attr]
    panels = figure.subplots(n_lines, 2, sharex=True, sharey=True, squeeze=False).flat
    largest = max([1.0, *(value for values in plot.series.values() for value in values.values())])
    days = ["\n".join(textwrap.wrap(short(label, 30), 12 if len(labels) <= _ROOMY else 9)) for label in labels]
    for place, axes in enumerate(panels):
        if place >= len(names):
            axes.set_axis_off()
            continue
        values = [plot.series[names[place]][label] for label in labels]
        axes.plot(
            range(len(labels)), values, "-o", color=STYLES[0][0], markersize=3.5, linewidth=1.4, clip_on=False, zorder=3
        )
        for at, value in enumerate(values):
            axes.text(at, value + largest * 0.07, f"{value:.0f}", ha="center", va="bottom", size=7)
        axes.set_title(short(names[place], 46), loc="left", fontsize=7.5, weight="bold", pad=3)
        axes.set_xlim(-0.35, max(len(labels), 2) - 0.65)
        axes.set_ylim(0, largest * 1.32)
        axes.set_yticks([])  # every point has its number
        axes.tick_params(length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        # The lowest of its column bears the days.
        lowest = place + 2 >= len(names)
        axes.set_xticks(range(len(labels)), days)
        axes.tick_params(axis="x", labelbottom=lowest, labelsize=7 if len(labels) <= _ROOMY else 6.3)
    figure.supxlabel(one_line(plot.x_label), fontsize=8)
    figure.supylabel(one_line(plot.y_label), fontsize=8)
    return figure


# Spread


_SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#cfe0ea", STYLES[0][0]])
_DARK = 0.86
"""Share from which the number on a shade is white: below it black has a contrast of 4.5:1, from here on white has."""
_BETWEEN_GROUPS = 0.35
_LETTER, _FIELDS = 0.075, 3.7
"""Inches: a letter of a heading; all fields beside each other. Headings that do not fit above their fields slant."""


def draw_shades(plot: Plot) -> Figure:
    """A line a topic, a column a series; the number in a field is the value, its shade the share of the line."""
    names, labels = list(plot.series), list(next(iter(plot.series.values()), {}))
    groups = plot.groups or (("", len(names)),)
    shown = [short(name, 28) for name in names]
    flat = max(map(len, shown), default=0) * _LETTER < _FIELDS / max(len(names), 1)
    figure = Figure(figsize=(WIDTH, (0.65 if flat else 1.3) + 0.18 * len(labels)), layout="constrained")
    axes = figure.add_subplot()
    lefts: list[float] = []
    first = 0
    for group, (heading, n_series) in enumerate(groups):
        of_group = names[first : first + n_series]
        start = first + group * _BETWEEN_GROUPS
        lefts += [start + place for place in range(len(of_group))]
        for at, label in enumerate(labels):
            values = [plot.series[name][label] for name in of_group]
            for place, value in enumerate(values):
                _draw_field(axes, start + place, at, value, value / (sum(values) or 1))
        axes.text(start + n_series / 2, len(labels) + 0.25, one_line(heading), ha="center", va="top", size=8)
        first += n_series
    axes.set_xlim(-0.02, len(names) + (len(groups) - 1) * _BETWEEN_GROUPS + 0.02)
    axes.set_ylim(len(labels) + 1.1, -0.02)
    axes.set_yticks([place + 0.5 for place in range(len(labels))], [short(label, 44) for label in labels])
    axes.xaxis.tick_top()
    slant = {} if flat else {"rotation": 32, "ha": "left", "rotation_mode": "anchor"}
    axes.set_xticks([left + 0.5 for left in lefts], shown, **slant)
    axes.tick_params(length=0, labelsize=7.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def _draw_field(axes: Axes, x: float, y: float, value: float, share: float) -> None:
    # The limits are set: not worked out anew from each of hundreds of fields, as by add_patch.
    axes.add_artist(Rectangle((x, y), 1, 1, facecolor=_SHADES(share), edgecolor=RULE, linewidth=0.5))
    if value:
        ink = "white" if share >= _DARK else "black"
        axes.text(x + 0.5, y + 0.5, f"{value:.0f}", ha="center", va="center_baseline", size=7, color=ink)
