"""What all plots share: colours, hatches, light axes, short labels, the legend.

Colours are from Okabe and Ito's set for colour-blind readers, darkened where needed so that each has a contrast of 3:1
with the page (WCAG 2.2, 1.4.11); neighbours differ in hatching too, and every bar has its number, so that a plot
printed in grey says the same.
"""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipelines.report.plain import one_line

WIDTH = 6.3
"""Inches: the text width of an A4 page with margins of 2.5 cm."""
INK, RULE, QUIET = "#1f2933", "#c5ccd3", "#52606d"
#: Fill, hatch and colour of the number on it.
STYLES = (
    ("#00558c", "", "white"),
    ("#e69f00", "///", "black"),
    ("#00735c", "", "white"),
    ("#f0e6c8", "...", "black"),
    ("#8c3b6e", "\\\\\\", "white"),
    ("#8a949e", "", "black"),
)


def bare(axes: Axes, grid: str) -> None:
    """Leave only what helps reading: light lines across the value axis, whole numbers on it."""
    axes.set_axisbelow(True)
    axes.grid(axis="x" if grid == "x" else "y", color=RULE, linewidth=0.6)
    axes.tick_params(length=0)
    for side in ("top", "right", "left" if grid == "x" else "bottom"):
        axes.spines[side].set_visible(side == "bottom")
    (axes.xaxis if grid == "x" else axes.yaxis).set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def short(label: str, width: int) -> str:
    """One line: the full label stands in the text and the table; here it must not push the bars off the page."""
    return textwrap.shorten(one_line(label), width, placeholder=" …") or "–"


def legend(figure: Figure, names: dict[Any, str]) -> None:
    """A legend above the plot. Names are given by hand: matplotlib leaves out those that begin with an underscore."""
    if names:
        figure.legend(
            [*names], [*names.values()], loc="outside upper left", ncols=min(len(names), 4), frameon=False, fontsize=8
        )  # fmt: skip
