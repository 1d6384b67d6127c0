"""Plots for Word (PNG) and HTML (SVG), drawn with matplotlib's objects: no window, no state shared between plots.

What they share is in :mod:`pipelines.report.chart_parts`, plots of topics in :mod:`pipelines.report.charts_topics`.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from typing import Any

import matplotlib
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from pipelines.domain.reports import Plot, PlotKind
from pipelines.report.chart_parts import INK, RULE, STYLES, WIDTH, bare, legend, short
from pipelines.report.charts_topics import draw_growth, draw_map, draw_shades
from pipelines.report.plain import one_line

_DPI = 200
_NEVER_RANDOM = "kennisstand"
_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",
    "svg.hashsalt": _NEVER_RANDOM,
    "text.parse_math": False,
}


def _bars(plot: Plot, label_width: int) -> Figure:
    """Lying bars, the series stacked; each part shows its number, each bar its total."""
    labels = list(next(iter(plot.series.values()), {}))
    figure = Figure(figsize=(WIDTH, 0.78 + 0.2 * len(labels)), layout="constrained")
    axes = figure.add_subplot()
    totals = [sum(values[label] for values in plot.series.values()) for label in labels]
    largest = max([*totals, 1.0])
    left = [0.0] * len(labels)
    shown: dict[Any, str] = {}
    for (name, values), (fill, hatch, ink) in zip(plot.series.items(), STYLES, strict=False):
        widths = [values[label] for label in labels]
        bars = axes.barh(
            range(len(labels)), widths, left=left, height=0.68, color=fill, hatch=hatch, edgecolor=INK, linewidth=0.5
        )
        shown[bars] = one_line(name)
        for place, (start, width) in enumerate(zip(left, widths, strict=True)):
            if len(plot.series) > 1 and width >= largest * (0.030 + 0.012 * len(f"{width:.0f}")):
                box = {"boxstyle": "square,pad=0.1", "facecolor": fill, "edgecolor": "none"} if hatch else None
                axes.text(
                    start + width / 2, place, f"{width:.0f}", color=ink, ha="center", va="center", size=7.5, bbox=box
                )  # fmt: skip
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for place, total in enumerate(totals):
        axes.text(total + largest * 0.012, place, f"{total:.0f}", ha="left", va="center", size=8, weight="bold")
    axes.set_yticks(range(len(labels)), [short(label, label_width) for label in labels])
    axes.set_xlim(0, largest * 1.07)
    axes.invert_yaxis()
    axes.set_xlabel(one_line(plot.x_label))
    bare(axes, "x")
    if len(plot.series) > 1:
        legend(figure, shown)
    return figure


def _years(plot: Plot) -> Figure:
    """A small plot for each theme over the same years: easier to compare than one heap of colours."""
    names = list(plot.series)
    labels = list(next(iter(plot.series.values()), {}))
    largest = max([1.0, *(value for values in plot.series.values() for value in values.values())])
    figure = Figure(figsize=(WIDTH, 0.55 + 0.95 * len(names)), layout="constrained")
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, names, strict=True):
        values = [plot.series[name][label] for label in labels]
        axes.bar(range(len(labels)), values, width=0.6, color=STYLES[0][0], edgecolor=INK, linewidth=0.5)
        for place, value in enumerate(values):
            if value:
                axes.text(place, value + largest * 0.03, f"{value:.0f}", ha="center", va="bottom", size=8)
        axes.set_title(one_line(name), loc="left", fontsize=9, weight="bold", pad=3)
        axes.set_xlim(-0.6, max(len(labels), 4) - 0.4)
        axes.set_ylim(0, largest * 1.28)
        bare(axes, "y")
        axes.set_yticks([])  # every bar has its number
    panels[-1].set_xticks(range(len(labels)), [one_line(label) for label in labels])
    panels[-1].set_xlabel(one_line(plot.x_label))
    figure.supylabel(one_line(plot.y_label), fontsize=8.5)
    return figure


def _figures(plot: Plot) -> Figure:
    """A line for every study, the oldest first, with its figure as a point and a range as a bar: labels never meet."""
    points = sorted(
        (p for p in plot.points if math.isfinite(p.x) and math.isfinite(p.y)), key=lambda p: (p.x, p.label, p.y)
    )
    figure = Figure(figsize=(WIDTH, 0.95 + 0.26 * len(points)), layout="constrained")
    axes = figure.add_subplot()
    for place, point in enumerate(points):
        low, high = point.low, point.high
        if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
            axes.plot([low, high], [place, place], color=STYLES[0][0], linewidth=2, solid_capstyle="butt")
            axes.plot([low, high], [place, place], "|", color=STYLES[0][0], markersize=9)
        else:
            axes.plot([point.y], [place], "o", color=STYLES[0][0], markersize=6)
        right = max(value for value in (point.y, high) if value is not None)
        told = f"{low:g}–{high:g}" if low is not None and high is not None else f"{point.y:g}"
        axes.annotate(told, (right, place), (7, 0), textcoords="offset points", va="center", size=8, weight="bold")
    axes.set_yticks(range(len(points)), [short(p.label, 52) for p in points])
    axes.set_ylim(len(points) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.set_xlabel(one_line(plot.x_label))
    bare(axes, "x")
    axes.grid(axis="y", color=RULE, linewidth=0.4)
    return figure


_DRAWINGS: dict[PlotKind, Callable[[Plot], Figure]] = {
    PlotKind.RELATIONS_BY_ROW: lambda plot: _bars(plot, 44),
    PlotKind.EVIDENCE_BY_THEME: lambda plot: _bars(plot, 44),
    PlotKind.TOPIC_SIZES: lambda plot: _bars(plot, 44),
    PlotKind.THEMES_BY_YEAR: _years,
    PlotKind.TOPIC_MAP: draw_map,
    PlotKind.KINDS_BY_ROW: lambda plot: _bars(plot, 44),
    PlotKind.STATEMENT_MOVES: lambda plot: _bars(plot, 44),
    PlotKind.TOPICS_OVER_TIME: draw_growth,
    PlotKind.TOPIC_SPREAD: draw_shades,
    PlotKind.FIGURES_BY_YEAR: _figures,
}


def _lay_out(figure: Figure, dpi: float) -> None:
    """Give everything its place, for a drawing with so many dots an inch.

    By ourselves: to have it done, ``savefig`` goes through a whole drawing of which nothing is kept.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        return
    figure.set_dpi(dpi)
    engine.execute(figure)
    figure.set_layout_engine(None)


def draw_png(plot: Plot) -> bytes:
    """Draw a plot as PNG of 6.3 inches wide at 200 dots an inch; the same plot gives the same bytes."""
    with matplotlib.rc_context(_SETTINGS):  # pyright: ignore[reportArgumentType]
        figure = _DRAWINGS[plot.kind](plot)
        FigureCanvasAgg(figure)
        _lay_out(figure, _DPI)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None})
    return buffer.getvalue()


def draw_svg(plot: Plot) -> str:
    """Draw a plot as an ``<svg>`` element for a page, with the alternative text as its title.

    Ids are made unique by the plot's anchor, so that several plots can stand in one page; texts stay texts. The same
    plot gives the same element.
    """
    with matplotlib.rc_context(_SETTINGS):  # pyright: ignore[reportArgumentType]
        figure = _DRAWINGS[plot.kind](plot)
        FigureCanvasSVG(figure)
        _lay_out(figure, figure.dpi)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), plot)


def _inline(svg: bytes, plot: Plot) -> str:
    """Make a drawing fit to stand inside a page: own ids, a title, no fixed size, no metadata."""
    root = etree.fromstring(svg, etree.XMLParser(resolve_entities=False, no_network=True))
    name = "{http://www.w3.org/2000/svg}"
    for element in [*root.iter(f"{name}metadata")]:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    wanted = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg.decode("utf-8")))
    renamed: dict[str, str] = {}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in wanted:
            renamed[str(old)] = f"{plot.anchor}-{len(renamed)}"
            element.set("id", renamed[str(old)])
    for attribute in ("width", "height"):
        root.attrib.pop(attribute, None)
    title = etree.Element(f"{name}title")
    title.set("id", f"{plot.anchor}-title")
    title.text = one_line(plot.caption)
    told = etree.Element(f"{name}desc")
    told.set("id", f"{plot.anchor}-desc")
    told.text = one_line(plot.alternative)
    root.insert(0, title)
    root.insert(1, told)
    root.set("role", "img")
    root.set("aria-labelledby", f"{plot.anchor}-title {plot.anchor}-desc")
    text = etree.tostring(root, encoding="unicode")
    text = re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{renamed.get(m[1], m[1])})", text)
    text = re.sub(r'href="#([^"]+)"', lambda m: f'href="#{renamed.get(m[1], m[1])}"', text)
    return text.replace("'DejaVu Sans'", "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif")
