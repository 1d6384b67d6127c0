"""Holds a Word file against ECMA-376: what Word would ask to repair, or silently drop.

The order of elements is that of the schema of part 1 (wml.xsd); Word refuses files that break it in places and forgives
it in others, so none is forgiven here.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

_W = qn("w:p").removesuffix("p")
_PARAGRAPH = (
    "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange"
)
_RUN = (
    "ins del moveFrom moveTo rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint "
    "noProof snapToGrid vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText "
    "vertAlign rtl cs em lang eastAsianLayout specVanish oMath rPrChange"
)
_TABLE = (
    "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd "
    "tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange"
)
_CELL = (
    "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark headers "
    "cellIns cellDel cellMerge tcPrChange"
)
_SECTION = (
    "headerReference|footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType pgNumType cols "
    "formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings sectPrChange"
)
_ROW = "cnfStyle|divId|gridBefore|gridAfter|wBefore|wAfter|cantSplit|trHeight|tblHeader|tblCellSpacing|jc|hidden"
_STYLE = (
    "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr"
)
_SETTINGS = (
    "writeProtection view zoom removePersonalInformation removeDateAndTime doNotDisplayPageBoundaries "
    "mirrorMargins bordersDoNotSurroundHeader bordersDoNotSurroundFooter proofState formsDesign attachedTemplate "
    "linkStyles stylePaneFormatFilter trackRevisions documentProtection defaultTabStop autoHyphenation "
    "consecutiveHyphenLimit hyphenationZone doNotHyphenateCaps evenAndOddHeaders "
    "displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery doNotUseMarginsForDrawingGridOrigin "
    "characterSpacingControl savePreviewPicture doNotValidateAgainstSchema doNotDemarcateInvalidXml "
    "hdrShapeDefaults footnotePr endnotePr compat docVars rsids mathPr attachedSchema themeFontLang "
    "clrSchemeMapping doNotAutoCompressPictures shapeDefaults decimalSymbol listSeparator"
)
_ORDER = {
    "pPr": _PARAGRAPH,
    "rPr": _RUN,
    "tblPr": _TABLE,
    "tcPr": _CELL,
    "sectPr": _SECTION,
    "trPr": f"{_ROW} ins del trPrChange",
    "style": _STYLE,
    "settings": _SETTINGS,
    "tblBorders": "top left|start bottom right|end insideH insideV",
    "tcBorders": "top left|start bottom right|end insideH insideV tl2br tr2bl",
    "tblCellMar": "top left|start bottom right|end",
    "pBdr": "top left bottom right between bar",
    "numbering": "numPicBullet abstractNum num numIdMacAtCleanup",
    "abstractNum": "nsid multiLevelType tmpl name styleLink numStyleLink lvl",
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlPicBulletId legacy lvlJc pPr rPr",
}
_PLACES = {
    name: {tag: n for n, tags in enumerate(order.split()) for tag in tags.split("|")} for name, order in _ORDER.items()
}
_FIRST = {"p": "pPr", "r": "rPr", "tc": "tcPr", "tr": "tblPrEx|trPr", "tbl": "tblPr"}
_REPEATED = {"tabs", "headerReference", "footerReference", "tblStylePr", "abstractNum", "num", "lvl"}
_CHANGES = {"ins", "del", "moveFrom", "moveTo"}
_ANNOTATIONS = (*_CHANGES, "bookmarkStart", "rPrChange", "pPrChange")


def faults(content: bytes) -> list[str]:
    """What is wrong with a Word file, a line each; empty where nothing is."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        parts = {name: archive.read(name) for name in names}
    found = [f"{name} is in the file twice" for name, n in Counter(names).items() if n > 1]
    roots = {n: etree.fromstring(part) for n, part in parts.items() if n.endswith((".xml", ".rels"))}
    for name, root in roots.items():
        found += [f"{name}: {fault}" for fault in _element_faults(root)]
    found += _package_faults(parts, roots)
    main = roots["word/document.xml"]
    found += _annotation_faults(main)
    found += _comment_faults(main, roots.get("word/comments.xml"))
    found += _style_faults(roots)
    return found


def _name(element: Any) -> str:
    tag = element.tag
    return tag.removeprefix(_W) if isinstance(tag, str) and tag.startswith(_W) else ""


def _element_faults(root: Any) -> Iterator[str]:
    for element in root.iter():
        name = _name(element)
        children = [_name(child) for child in element]
        if name in _PLACES:
            places = _PLACES[name]
            strangers = [child for child in children if child and child not in places]
            yield from (f"{child} has no place in {name}" for child in strangers)
            known = [child for child in children if child in places]
            ranks = [places[child] for child in known]
            if ranks != sorted(ranks):
                yield f"{name} is out of order: {' '.join(known)}"
            twice = [child for child, n in Counter(known).items() if n > 1 and child not in _REPEATED]
            yield from (f"{name} has {child} twice" for child in twice)
        if name in _FIRST:
            wanted = _FIRST[name].split("|")
            yield from (
                f"{c} is not first in {name}" for n, c in enumerate(children) if c in wanted and n >= len(wanted)
            )
        if name == "tc" and (not children or children[-1] != "p"):
            yield "a cell does not end in a paragraph"
        if name == "tbl" and children[:2] != ["tblPr", "tblGrid"]:
            yield "a table does not begin with its properties and grid"
        if name == "tr":
            yield from _row_faults(element)
        if name == "t" and _within(element, "del", "moveFrom"):
            yield "deleted text stands as plain text"
        if name == "delText" and not _within(element, "del"):
            yield "text stands as deleted outside a deletion"


def _within(element: Any, *names: str) -> bool:
    return any(_name(above) in names for above in element.iterancestors())


def _row_faults(row: Any) -> Iterator[str]:
    table = next(row.iterancestors(f"{_W}tbl"))
    n_columns = len(table.find(f"{_W}tblGrid"))
    spans = [cell.find(f"{_W}tcPr/{_W}gridSpan") for cell in row.findall(f"{_W}tc")]
    width = sum(1 if span is None else int(span.get(f"{_W}val")) for span in spans)
    if width != n_columns:
        yield f"a row covers {width} of {n_columns} columns"


def _annotation_faults(main: Any) -> Iterator[str]:
    ids: Counter[str] = Counter()
    for element in main.iter():
        name = _name(element)
        if name in _ANNOTATIONS:
            ids[element.get(f"{_W}id", "")] += 1
        if name in _CHANGES and not element.get(f"{_W}author"):
            yield f"{name} has no author"
        if name in _CHANGES and element.get(f"{_W}date", "2026-01-01T00:00:00Z")[-1] != "Z":
            yield f"{name} has a date in another form"
        if name in _CHANGES and _name(element.getparent()) == "p" and not len(element):
            yield f"{name} is empty"
    yield from (
        f"the id {one!r} of a change or bookmark is used {n} times" for one, n in ids.items() if n > 1 or not one
    )
    starts = [e.get(f"{_W}id") for e in main.iter(f"{_W}bookmarkStart")]
    ends = [e.get(f"{_W}id") for e in main.iter(f"{_W}bookmarkEnd")]
    if sorted(starts) != sorted(ends):
        yield "bookmarks are not closed"
    names = Counter(e.get(f"{_W}name") for e in main.iter(f"{_W}bookmarkStart"))
    yield from (f"the bookmark {name} is used {n} times" for name, n in names.items() if n > 1)


def _comment_faults(main: Any, comments: Any) -> Iterator[str]:
    made = Counter(c.get(f"{_W}id") for c in comments) if comments is not None else Counter()
    yield from (f"the comment {one} is there {n} times" for one, n in made.items() if n > 1)
    for tag in ("commentRangeStart", "commentRangeEnd", "commentReference"):
        used = Counter(e.get(f"{_W}id") for e in main.iter(f"{_W}{tag}"))
        if used != Counter(set(made)):
            yield f"{tag} and the comments are not one to one"
    for comment in comments if comments is not None else ():
        if not comment.get(f"{_W}author") or comment.find(f"{_W}p") is None:
            yield f"the comment {comment.get(f'{_W}id')} has no author or no text"


def _style_faults(roots: dict[str, Any]) -> Iterator[str]:
    styles = roots["word/styles.xml"]
    made = Counter(s.get(f"{_W}styleId") for s in styles.iter(f"{_W}style"))
    yield from (f"the style {one} is there {n} times" for one, n in made.items() if n > 1)
    names = Counter(n.get(f"{_W}val", "").lower() for n in styles.iterfind(f"{_W}style/{_W}name"))
    yield from (f"the name of style {one} is used {n} times" for one, n in names.items() if n > 1)
    for part, root in roots.items():
        for tag in ("pStyle", "rStyle", "tblStyle"):
            used = {e.get(f"{_W}val") for e in root.iter(f"{_W}{tag}")}
            yield from (f"{part} uses the style {one}, which is not there" for one in sorted(used - set(made)))


def _package_faults(parts: dict[str, bytes], roots: dict[str, Any]) -> Iterator[str]:
    types = roots["[Content_Types].xml"]
    defaults = {e.get("Extension", "").lower() for e in types if e.tag.endswith("}Default")}
    overrides = {e.get("PartName", "") for e in types if e.tag.endswith("}Override")}
    for name in parts:
        told = f"/{name}" in overrides or name.rpartition(".")[2].lower() in defaults
        if name != "[Content_Types].xml" and not told:
            yield f"{name} has no content type"
    yield from (f"{name} has a content type and is not there" for name in overrides if name.lstrip("/") not in parts)
    for name, root in roots.items():
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        ids = Counter(relation.get("Id") for relation in root)
        yield from (f"{name} uses {one} {n} times" for one, n in ids.items() if n > 1)
        for relation in root:
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            if relation.get("TargetMode") != "External" and path not in parts:
                yield f"{name} points to {target}, which is not there"
        source = posixpath.join(folder, posixpath.basename(name).removesuffix(".rels"))
        if source in roots:
            used = {v for e in roots[source].iter() for k, v in e.attrib.items() if k.startswith(qn("r:id")[:-2])}
            yield from (f"{source} uses the relation {one}, which is not there" for one in sorted(used - set(ids)))
