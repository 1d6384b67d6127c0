"""The Word template, made in code: page, language, styles, numbered headings."""

from __future__ import annotations

from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

#: Arial is on every Windows and Mac; LibreOffice replaces it by Liberation Sans, which has the same widths.
_FONT = "Arial"
_MARK, _INK, _QUIET = RGBColor(0x00, 0x47, 0x6F), RGBColor(0x1F, 0x29, 0x33), RGBColor(0x47, 0x53, 0x5F)
_SOFT, _RULE, _MARK_HEX = "F2F5F7", "C5CCD3", "00476F"
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = Cm(21.0), Cm(29.7), Cm(2.5)
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
LYING_MARGIN = Cm(2.0)
LYING_TEXT_WIDTH = PAGE_HEIGHT - 2 * LYING_MARGIN

LOCALES = {"nl": "nl-NL", "en": "en-GB"}

#: Names of the report's own styles, as Word shows them in its list of styles.
SOURCE, LABELS, NOTE, LEAD = "Kennisstand Source", "Kennisstand Labels", "Kennisstand Note", "Kennisstand Lead"
CELL, CELL_NOTE, CELL_QUOTE, CELL_SOURCE, CELL_HEAD = (
    "Kennisstand Cell", "Kennisstand Cell Note", "Kennisstand Cell Quote", "Kennisstand Cell Source",
    "Kennisstand Cell Head",
)  # fmt: skip
PLOT = "Kennisstand Plot"
TABLE = "Kennisstand Table"


def _own_font(style: ParagraphStyle, size: float, *, bold: bool = False, color: RGBColor = _INK) -> None:
    """Set the font and drop the theme's, which would win from it."""
    style.font.name = _FONT
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for attribute in [a for a in fonts.attrib if "heme" in a]:
        del fonts.attrib[attribute]
    for attribute in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(attribute), _FONT)
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = color


def _spacing(style: ParagraphStyle, before: float, after: float, line: float = 1.15) -> None:
    paragraph = style.paragraph_format
    paragraph.space_before, paragraph.space_after = Pt(before), Pt(after)
    paragraph.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
    paragraph.line_spacing = line
    paragraph.widow_control = True


def _style(document: WordDocument, name: str, base: str | None = "Normal", style_id: str | None = None) -> Any:
    """A paragraph style with this name: that of the document, or a new one."""
    styles = document.styles
    if name in styles:
        return styles[name]
    # A style that Word knows by name (``toc 1``) is not to be marked as one of our own.
    style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=style_id is not None)
    style.quick_style = True  # pyright: ignore[reportAttributeAccessIssue]
    style.hidden = False
    if base:
        style.base_style = styles[base]  # pyright: ignore[reportAttributeAccessIssue]
    if style_id:
        style.element.set(qn("w:styleId"), style_id)
    return style


def _no_border(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _left_bar(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    _no_border(style)
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="8" w:color="{_MARK_HEX}"/></w:pBdr>'
    )
    shading = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{_SOFT}"/>')
    # Order of CT_PPrBase: pBdr, shd, tabs, ..., spacing, ind.
    spacing = properties.find(qn("w:spacing"))
    for element in (border, shading):
        if spacing is None:
            properties.append(element)
        else:
            spacing.addprevious(element)


def _headings(document: WordDocument) -> None:
    for level, (size, before, after) in enumerate(((17, 22, 8), (13.5, 16, 5), (11, 12, 4), (10.5, 10, 3)), start=1):
        style = _style(document, f"Heading {level}")
        _own_font(style, size, bold=True, color=_MARK if level < 3 else _INK)
        style.font.italic = False  # as Word has the fourth level
        _spacing(style, before, after, 1.1)
        style.paragraph_format.keep_with_next = True
        style.paragraph_format.keep_together = True
        style.element.pPr.find(qn("w:spacing")).addprevious(OxmlElement("w:suppressAutoHyphens"))
    title = _style(document, "Title")
    _own_font(title, 24, bold=True, color=_MARK)
    _spacing(title, 0, 4, 1.05)
    _no_border(title)
    subtitle = _style(document, "Subtitle")
    _own_font(subtitle, 12, color=_QUIET)
    _spacing(subtitle, 0, 18)


def _text_styles(document: WordDocument) -> None:
    normal = _style(document, "Normal")
    _own_font(normal, 10.5)
    _spacing(normal, 0, 7)
    lead = _style(document, LEAD)
    _own_font(lead, 11.5)
    _spacing(lead, 0, 8, 1.2)
    note = _style(document, NOTE)
    _own_font(note, 9, color=_QUIET)
    _spacing(note, 0, 7)
    bullet = _style(document, "List Bullet")
    _own_font(bullet, 10.5)
    _spacing(bullet, 0, 4)
    caption = _style(document, "Caption")
    _own_font(caption, 9, bold=True, color=_MARK)
    _spacing(caption, 8, 4)
    plot = _style(document, PLOT)
    _spacing(plot, 8, 0, 1.0)
    plot.paragraph_format.keep_with_next = True
    for name in ("Header", "Footer"):
        style = _style(document, name)
        _own_font(style, 8.5, color=_QUIET)
        _spacing(style, 0, 0, 1.0)
        for tabs in style.element.get_or_add_pPr().findall(qn("w:tabs")):
            style.element.pPr.remove(tabs)


def _quotation_styles(document: WordDocument) -> None:
    source = _style(document, SOURCE)
    _own_font(source, 9.5)
    _spacing(source, 10, 3)
    source.paragraph_format.keep_with_next = True
    source.paragraph_format.keep_together = True
    quote = _style(document, "Quote")
    _own_font(quote, 10.5)
    _spacing(quote, 0, 4)
    quote.paragraph_format.left_indent, quote.paragraph_format.right_indent = Cm(0.5), Cm(0.3)
    quote.paragraph_format.keep_with_next = True
    quote.paragraph_format.keep_together = True
    _left_bar(quote)
    labels = _style(document, LABELS)
    _own_font(labels, 9, color=_QUIET)
    _spacing(labels, 0, 9, 1.2)
    labels.paragraph_format.left_indent = Cm(0.5)
    labels.paragraph_format.keep_together = True


def _cell_styles(document: WordDocument) -> None:
    for name, size, after, bold, color in (
        (CELL, 9, 3, False, _INK),
        (CELL_NOTE, 8, 4, False, _MARK),
        (CELL_QUOTE, 9, 1, False, _INK),
        (CELL_SOURCE, 8, 5, False, _QUIET),
        (CELL_HEAD, 8.5, 2, True, RGBColor(0xFF, 0xFF, 0xFF)),
    ):
        style = _style(document, name)
        _own_font(style, size, bold=bold, color=color)
        _spacing(style, 2 if name in {CELL, CELL_HEAD, CELL_QUOTE} else 0, after, 1.05)
        style.paragraph_format.keep_together = True  # a row that runs over a page parts between statements
    document.styles[CELL_HEAD].paragraph_format.keep_with_next = True  # pyright: ignore[reportAttributeAccessIssue]


def _contents_styles(document: WordDocument) -> None:
    heading = _style(document, "TOC Heading", style_id="TOCHeading")
    heading.base_style = document.styles["Normal"]  # not a heading itself: no number, not in the list
    _own_font(heading, 13.5, bold=True, color=_MARK)
    _spacing(heading, 6, 6)
    heading.paragraph_format.keep_with_next = True
    for level, (indent, before, bold) in enumerate(((0.0, 5, True), (0.6, 0, False), (1.4, 0, False)), start=1):
        style = _style(document, f"toc {level}", style_id=f"TOC{level}")
        _own_font(style, 10 if level < 3 else 9.5, bold=bold)
        _spacing(style, before, 1.5, 1.05)
        style.paragraph_format.left_indent = Cm(indent)
        if level < 3:  # the number of a chapter or section, then its title
            style.paragraph_format.tab_stops.add_tab_stop(Cm(indent + 0.9))
        style.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)


def _table_style(document: WordDocument) -> None:
    """A table style with a dark heading row, light lines, and a bold last row for totals."""
    document.styles.element.append(
        parse_xml(
            f"""<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="KennisstandTable">
  <w:name w:val="{TABLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/><w:qFormat/>
  <w:tblPr><w:tblBorders>
    <w:top w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/>
    <w:bottom w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/>
    <w:insideH w:val="single" w:sz="4" w:space="0" w:color="{_RULE}"/>
  </w:tblBorders>
  <w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="90" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>
    <w:right w:w="90" w:type="dxa"/></w:tblCellMar></w:tblPr>
  <w:tblStylePr w:type="firstRow"><w:tcPr>
    <w:shd w:val="clear" w:color="auto" w:fill="{_MARK_HEX}"/></w:tcPr></w:tblStylePr>
  <w:tblStylePr w:type="lastRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
    <w:top w:val="single" w:sz="12" w:space="0" w:color="{_MARK_HEX}"/></w:tcBorders></w:tcPr></w:tblStylePr>
</w:style>"""
        )
    )


def _hyperlink_style(document: WordDocument) -> None:
    style = document.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER, builtin=True)
    style.font.color.rgb = RGBColor(0x00, 0x5A, 0x8C)  # pyright: ignore[reportAttributeAccessIssue]


def _number_headings(document: WordDocument) -> None:
    """Number chapters and their sections through the heading styles, so that Word keeps counting when people edit."""
    numbering = document.part.numbering_part.element
    abstract_ids = [int(e.get(qn("w:abstractNumId"))) for e in numbering.findall(qn("w:abstractNum"))]
    number_ids = [int(e.get(qn("w:numId"))) for e in numbering.findall(qn("w:num"))]
    abstract_id, number_id = max(abstract_ids, default=0) + 1, max(number_ids, default=0) + 1
    levels = "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Heading{level + 1}"/>'
        f'<w:suff w:val="tab"/><w:lvlText w:val="{form}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:tabs><w:tab w:val="num" w:pos="680"/></w:tabs><w:ind w:left="680" w:hanging="680"/></w:pPr></w:lvl>'
        for level, form in enumerate(("%1", "%1.%2"))
    )
    abstract = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract_id}">'
        f'<w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
    )
    first_number = numbering.find(qn("w:num"))
    if first_number is None:
        numbering.append(abstract)
    else:
        first_number.addprevious(abstract)
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{number_id}"><w:abstractNumId w:val="{abstract_id}"/></w:num>')
    )
    for level in (0, 1):
        properties = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        number = properties.get_or_add_numPr()
        number.get_or_add_ilvl().val = level
        number.get_or_add_numId().val = number_id


def _language(document: WordDocument, language: str) -> None:
    """Set the language of the document on the defaults that every style inherits."""
    locale = LOCALES[language]
    styles = document.styles.element
    default = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for old in default.findall(qn("w:lang")):
        default.remove(old)
    element = OxmlElement("w:lang")
    for attribute, value in (("w:val", locale), ("w:eastAsia", locale), ("w:bidi", "ar-SA")):
        element.set(qn(attribute), value)
    default.append(element)


def prepare_styles(document: WordDocument, language: str) -> None:
    """Turn an empty document into the report's template."""
    _language(document, language)
    _text_styles(document)
    _headings(document)
    _quotation_styles(document)
    _cell_styles(document)
    _contents_styles(document)
    _table_style(document)
    _hyperlink_style(document)
    _number_headings(document)
