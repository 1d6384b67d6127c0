"""Figures on topics as tables in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Figures = Mapping[str, float]


def _share(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"


def _mil(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"


def _pair(name: str) -> Callable[[Figures], str]:
    return lambda figures: f"{_share(figures[name + '_all'])} / {_share(figures[name])}" if name in figures else "–"


FOUND: dict[str, Callable[[Figures], str]] = {
    "topics": lambda f: f"{f['topics']:.0f}",
    "unassigned": lambda f: _share(f["unassigned"]),
    "NMI": lambda f: f"{_mil(f['nmi_all'])} / {_mil(f['nmi'])}",
    "AMI": lambda f: f"{_mil(f['ami_all'])} / {_mil(f['ami'])}",
    "both languages": lambda f: f"{_share(f['both'])} / {_share(f['minority'])} / {_share(f['entropy'])}",
    "s": lambda f: f"{f['seconds']:.1f}",
    "MB": lambda f: f"{f['peak_mb']:.0f}",
}
STEADY: dict[str, Callable[[Figures], str]] = {
    "NPMI nl / en": lambda f: f"{_share(f['npmi_nl'])} / {_share(f['npmi_en'])}" if "npmi_nl" in f else "–",
    "C_v nl / en": lambda f: f"{_share(f['cv_nl'])} / {_share(f['cv_en'])}" if "cv_nl" in f else "–",
    "diversity": lambda f: _share(f["diversity"]) if "diversity" in f else "–",
    "90 % of documents": _pair("documents90"),
    "97 % of passages": _pair("passages97"),
    "seeds": _pair("seeds"),
    "orders": _pair("orders"),
    "5 % added": lambda f: f"{_share(f['documents95_all'])} / {_share(f['documents95'])} ({_share(f['moved'])})",
}
REPRESENTATION: dict[str, Callable[[Figures], str]] = {
    "NPMI nl / en": lambda f: f"{_share(f['npmi_nl'])} / {_share(f['npmi_en'])}",
    "diversity": lambda f: _share(f["diversity"]),
    "stop words": lambda f: _share(f["stop"]),
    "a word twice": lambda f: _share(f["twice"]),
}
_APART = ("representation", "merging", "standing")


def markdown(figures: Mapping[str, Any]) -> str:
    """All tables."""
    lines: list[str] = []
    for columns in (FOUND, STEADY):
        lines += ["", *_head(columns)]
        for group, ways in figures.items():
            if group not in _APART:
                lines.append(f"| *{group}* |" + " |" * len(columns))
                lines += [_line(name, told, columns) for name, told in ways.items()]
    own = {
        name: told
        for group, ways in figures.items()
        if group not in _APART
        for name, told in ways.items()
        if "own_npmi_nl" in told
    }
    if own:
        lines += ["", "Own words of the topics (NPMI nl / en, diversity):", ""]
        for name, f in own.items():
            npmi = f"{_share(f['own_npmi_nl'])} / {_share(f['own_npmi_en'])}"
            lines.append(f"- {name}: {npmi}, {_share(f['own_diversity'])}")
    if "representation" in figures:
        lines += ["", *_head(REPRESENTATION)]
        lines += [_line(name, told, REPRESENTATION) for name, told in figures["representation"].items()]
    for name in ("merging", "standing"):
        if name in figures:
            lines += ["", f"{name}: {figures[name]}"]
    return "\n".join(lines)


def _head(columns: Mapping[str, object]) -> list[str]:
    return ["| way | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]


def _line(name: str, figures: Figures, columns: Mapping[str, Callable[[Figures], str]]) -> str:
    return f"| {name} | " + " | ".join(tell(figures) for tell in columns.values()) + " |"
