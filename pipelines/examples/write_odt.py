"""Writes a written source as OpenDocument text: XML by hand, packed as ODF 1.2 asks (``mimetype`` first, stored)."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from pipelines.examples.written import Part, Written, inline, plain
from pipelines.examples.zipped import zipped

_MIMETYPE = "application/vnd.oasis.opendocument.text"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)
_MANIFEST = (
    _HEAD + '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    ' manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{_MIMETYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in ("content.xml", "styles.xml", "meta.xml")
    )
    + "</manifest:manifest>"
)


def write_odt(written: Written) -> bytes:
    """Write one OpenDocument text; the same source gives the same bytes."""
    members = [
        ("mimetype", _MIMETYPE),
        ("content.xml", _content(written)),
        ("styles.xml", _styles(written)),
        ("meta.xml", _meta(written)),
        ("META-INF/manifest.xml", _MANIFEST),
    ]
    packed = ((name, text.encode()) for name, text in members)
    return zipped(packed, written.front["date"], stored=frozenset({"mimetype"}))


def _content(written: Written) -> str:
    front = written.front
    numbers = {label: number for number, label in enumerate(written.notes, 1)}
    body = [_paragraph("Title", escape(front["title"])), _paragraph("Subtitle", escape(front["subtitle"]))]
    body += [_paragraph("Byline", escape(front[key])) for key in ("authors", "publisher", "place_and_date")]
    tables = iter(range(1, 100))
    for part in written.parts:
        body += list(_part(part, written, numbers, tables))
    automatic = (
        '<style:style style:name="Bold" style:family="text"><style:text-properties fo:font-weight="bold"/>'
        "</style:style>"
        '<style:style style:name="Italic" style:family="text"><style:text-properties fo:font-style="italic"/>'
        "</style:style>"
        '<style:style style:name="Cell" style:family="table-cell"><style:table-cell-properties'
        ' fo:border="0.5pt solid #8a93a6" fo:padding="0.1cm"/></style:style>'
    )
    return (
        f'{_HEAD}<office:document-content {_NAMESPACES} office:version="1.2">'
        f"<office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{''.join(body)}</office:text></office:body></office:document-content>"
    )


def _paragraph(style: str, content: str) -> str:
    return f'<text:p text:style-name="{style}">{content}</text:p>'


def _runs(text: str, written: Written, numbers: dict[str, int]) -> str:
    out: list[str] = []
    for run in inline(text):
        if run.note is not None:
            number = numbers[run.note]
            note = _paragraph("Footnote", "<text:s/>" + escape(plain(written.notes[run.note])))
            out.append(
                f'<text:note text:id="ftn{number}" text:note-class="footnote"><text:note-citation>{number}'
                f"</text:note-citation><text:note-body>{note}</text:note-body></text:note>"
            )
        elif run.bold or run.italic:
            style = "Bold" if run.bold else "Italic"
            out.append(f'<text:span text:style-name="{style}">{escape(run.text)}</text:span>')
        else:
            out.append(escape(run.text))
    return "".join(out)


def _heading(title: str, level: int) -> str:
    style = f"Heading_20_{level}"
    return f'<text:h text:style-name="{style}" text:outline-level="{level}">{escape(plain(title))}</text:h>'


def _part(part: Part, written: Written, numbers: dict[str, int], tables: Iterator[int]) -> Iterator[str]:
    content = _runs(part.text, written, numbers)
    if part.kind == "heading":
        yield _heading(part.text, part.level)
    elif part.kind == "paragraph":
        yield _paragraph("Text_20_body", content)
    elif part.kind == "item":
        yield f"<text:list><text:list-item>{_paragraph('Text_20_body', content)}</text:list-item></text:list>"
    elif part.kind in ("table", "figure"):
        yield _paragraph("Caption", content)
        columns = f'<table:table-column table:number-columns-repeated="{len(part.rows[0])}"/>'
        rows = "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell table:style-name="Cell" office:value-type="string">'
                f"{_paragraph('Table_20_Contents', escape(plain(cell)))}</table:table-cell>"
                for cell in row
            )
            + "</table:table-row>"
            for row in part.rows
        )
        yield f'<table:table table:name="Table{next(tables)}">{columns}{rows}</table:table>'
        yield _paragraph("Text_20_body", "")
    else:
        yield _heading(part.text, 1)
        for inner in part.parts:
            style = "Text_20_body" if part.kind in ("box", "summary") else "Small"
            yield _paragraph(style, _runs(inner.text, written, numbers))


def _styles(written: Written) -> str:
    country = ("nl", "NL") if written.dutch else ("en", "GB")

    def style(name: str, shown: str, size: float, after: float, *, bold: bool = False, before: float = 0) -> str:
        align = ' fo:text-align="center"' if name == "Folio" else ""
        weight = ' fo:font-weight="bold" fo:color="#1f2a44"' if bold else ""
        return (
            f'<style:style style:name="{name}" style:display-name="{shown}" style:family="paragraph">'
            f'<style:paragraph-properties fo:margin-top="{before}cm" fo:margin-bottom="{after}cm"'
            f' fo:line-height="115%"{align}{" fo:keep-with-next=" + chr(34) + "always" + chr(34) if bold else ""}/>'
            f'<style:text-properties fo:font-size="{size}pt"{weight}/></style:style>'
        )

    named = (
        style("Title", "Title", 22, 0.3, bold=True)
        + style("Subtitle", "Subtitle", 14, 0.5)
        + style("Byline", "Byline", 10.5, 0.1)
        + style("Heading_20_1", "Heading 1", 15, 0.25, bold=True, before=0.7)
        + style("Heading_20_2", "Heading 2", 12, 0.2, bold=True, before=0.4)
        + style("Text_20_body", "Text body", 11, 0.3)
        + style("Caption", "Caption", 10, 0.2, before=0.2)
        + style("Table_20_Contents", "Table Contents", 10, 0)
        + style("Footnote", "Footnote", 9, 0)
        + style("Folio", "Folio", 9, 0)
        + style("Small", "Small", 9.5, 0.2)
    )
    page = (
        '<style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm"'
        ' fo:margin-top="2.4cm" fo:margin-bottom="2.2cm" fo:margin-left="2.8cm" fo:margin-right="2.8cm"/>'
        "<style:footer-style/></style:page-layout>"
    )
    default = (
        '<style:default-style style:family="paragraph"><style:text-properties fo:font-family="Liberation Serif"'
        f' fo:language="{country[0]}" fo:country="{country[1]}"/></style:default-style>'
    )
    footer = f"<style:footer>{_paragraph('Folio', '<text:page-number>1</text:page-number>')}</style:footer>"
    return (
        f'{_HEAD}<office:document-styles {_NAMESPACES} office:version="1.2">'
        f"<office:styles>{default}{named}</office:styles><office:automatic-styles>{page}</office:automatic-styles>"
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4">'
        f"{footer}</style:master-page></office:master-styles></office:document-styles>"
    )


def _meta(written: Written) -> str:
    front = written.front
    moment = f"{front['date']}T09:00:00"
    return (
        f'{_HEAD}<office:document-meta {_NAMESPACES} office:version="1.2"><office:meta>'
        f"<dc:title>{escape(front['title'])}</dc:title><dc:creator>{escape(front['authors'])}</dc:creator>"
        f"<dc:subject>{escape(front['publisher'])}</dc:subject>"
        f"<dc:language>{'nl-NL' if written.dutch else 'en-GB'}</dc:language>"
        f"<meta:creation-date>{moment}</meta:creation-date><dc:date>{moment}</dc:date>"
        "</office:meta></office:document-meta>"
    )
