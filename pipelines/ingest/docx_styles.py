"""What the styles and lists of a Word file say about its paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipelines.domain.documents import BlockKind
from pipelines.ingest.safe_xml import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

# Built-in styles keep their English name in every language of Word; templates also bring names of their own.
_NAMED_KINDS: tuple[tuple[re.Pattern[str], BlockKind], ...] = tuple(
    (re.compile(names), kind)
    for names, kind in (
        (r"(?:toc|inhopg|inhoudsopgave)\s*\d|table of figures|lijst met afbeeldingen", BlockKind.CONTENTS),
        (r"toc heading|kop(?:je)? inhoud(?:sopgave)?|kopvaninhoudsopgave", BlockKind.CONTENTS),
        (r"title|titel|doc(?:ument)?\s?titel|hoofdtitel|titel rapport|report title", BlockKind.TITLE),
        (r"caption|bijschrift.*|.*(?:tabel|figuur|grafiek)\s?titel", BlockKind.CAPTION),
        (r"(?:table|figure) (?:title|caption)", BlockKind.CAPTION),
        (r"bibliography|bibliografie|literatuur(?:lijst)?|references?|referenties", BlockKind.REFERENCE),
        (r"(?:foot|end)note text|voetnoottekst|eindnoottekst", BlockKind.FOOTNOTE),
        (r"list (?:bullet|number|paragraph|continue)?\s*\d?|lijst(?:opsom|nummer|alinea).*", BlockKind.LIST_ITEM),
        (r"opsomming.*|.*bullets?", BlockKind.LIST_ITEM),
    )
)
_HEADING = re.compile(
    r"(?:heading|kop|überschrift|titre|header level)\s*(\d)(?:\D.*)?"
    r"|(?:hoofdstuk|chapter)\s?(?:kop|titel|title)?()"
)
_MOST_PARENTS = 20


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style means after all it inherits."""

    kind: BlockKind | None = None
    level: int | None = None
    """Depth of a heading, 1 is the highest."""
    bold: bool = False
    hidden: bool = False
    numbered: bool = False
    """Paragraphs of the style stand in a list."""


@dataclass(slots=True)
class Styles:
    """The styles of one file."""

    elements: dict[str, Element] = field(default_factory=dict)
    default: str | None = None
    _known: dict[str, Style] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Element | None) -> Styles:
        """From ``word/styles.xml``; empty where the file has none."""
        styles = cls()
        if root is None:
            return styles
        for element in root.iterchildren(f"{W}style"):
            identity = element.get(f"{W}styleId")
            if identity:
                styles.elements[identity] = element
                if element.get(f"{W}type") == "paragraph" and is_on(element.get(f"{W}default"), absent=False):
                    styles.default = identity
        return styles

    def style(self, identity: str | None) -> Style:
        """Meaning of the style with this id; that of plain paragraphs where it is unknown."""
        key = identity or self.default or ""
        if key not in self._known:
            self._known[key] = self._resolve(key)
        return self._known[key]

    def _resolve(self, identity: str) -> Style:
        kind: BlockKind | None = None
        level: int | None = None
        flags: dict[str, bool] = {}
        numbered: bool | None = None
        walked: set[str] = set()
        while identity in self.elements and identity not in walked and len(walked) < _MOST_PARENTS:
            walked.add(identity)
            element = self.elements[identity]
            name = _name(element)
            if kind is None and level is None:
                kind, level = _meaning(name, element)
            for key in ("b", "vanish"):
                toggle = element.find(f"{W}rPr/{W}{key}")
                if toggle is not None:
                    flags.setdefault(key, is_on(toggle.get(f"{W}val")))
            number = element.find(f"{W}pPr/{W}numPr/{W}numId")
            if number is not None and numbered is None:
                numbered = number.get(f"{W}val") != "0"
            based_on = element.find(f"{W}basedOn")
            identity = based_on.get(f"{W}val", "") if based_on is not None else ""
        return Style(kind, level, flags.get("b", False), flags.get("vanish", False), bool(numbered))


def _name(element: Element) -> str:
    name = element.find(f"{W}name")
    return (name.get(f"{W}val", "") if name is not None else element.get(f"{W}styleId", "")).strip().lower()


def _meaning(name: str, element: Element) -> tuple[BlockKind | None, int | None]:
    heading = _HEADING.fullmatch(name)
    if heading:
        return BlockKind.HEADING, int(heading[1]) if heading[1] and heading[1] != "0" else 1
    for pattern, kind in _NAMED_KINDS:
        if pattern.fullmatch(name):
            return kind, None
    outline = element.find(f"{W}pPr/{W}outlineLvl")
    level = outline_level(outline)
    return (BlockKind.HEADING, level) if level else (None, None)


def outline_level(element: Element | None) -> int | None:
    """Depth from 1 of an outline level (``0`` to ``8``; ``9`` is body text)."""
    value = element.get(f"{W}val", "9") if element is not None else "9"
    return int(value) + 1 if value.isdecimal() and int(value) < 9 else None


def is_on(value: str | None, *, absent: bool = True) -> bool:
    """Whether a switch of WordprocessingML is on; ``absent`` where it stands without a value."""
    return absent if value is None else value.lower() not in ("0", "false", "off", "none")
