"""Small files of every format, built here so that each test shows what is in them. All texts are made up."""

from __future__ import annotations

import io
import zipfile

from pipelines.domain.documents import SourceReference
from pipelines.domain.ids import file_checksum

W_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'


def source(content: bytes, path: str) -> SourceReference:
    """Reference to bytes as if they had been read from ``path``."""
    return SourceReference(path=path, checksum=file_checksum(content), n_bytes=len(content))


def zipped(members: dict[str, str | bytes], *, stored: tuple[str, ...] = ()) -> bytes:
    """A ZIP file with these members, the ``stored`` ones first and not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*stored, *(n for n in members if n not in stored)]:
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), members[name], compress_type=how)
    return buffer.getvalue()


def _word_style(identity: str, name: str, extra: str = "") -> str:
    return f'<w:style w:type="paragraph" w:styleId="{identity}"><w:name w:val="{name}"/>{extra}</w:style>'


# As a Dutch Word writes them: ids in Dutch, names of built-in styles in English.
WORD_STYLES = (
    f"<w:styles {W_NAMES}>"
    + '<w:style w:type="paragraph" w:default="1" w:styleId="Standaard"><w:name w:val="Normal"/></w:style>'
    + "".join(_word_style(f"Kop{level}", f"heading {level}") for level in (1, 2, 3))
    + _word_style("Title", "Title")
    + _word_style("Huiskop", "Huisstijl tussenkop", '<w:basedOn w:val="Kop2"/>')
    + _word_style("Inhopg1", "toc 1")
    + _word_style("Bijschrift", "caption")
    + _word_style("Opsomming", "List Bullet", '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>')
    + "</w:styles>"
)


def docx(body: str, parts: dict[str, str] | None = None, core: str = "") -> bytes:
    """A Word file with this body; ``parts`` maps a relation type (``footnotes``) to the content of its part."""
    parts = {"styles": WORD_STYLES, **(parts or {})}
    relations = "".join(f'<Relationship Id="r{kind}" Type="{_OFFICE}/{kind}" Target="{kind}.xml"/>' for kind in parts)
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/_rels/document.xml.rels": f"{_RELATIONS}{relations}</Relationships>",
        "word/document.xml": f"<w:document {W_NAMES}><w:body>{body}</w:body></w:document>",
    }
    members |= {f"word/{kind}.xml": content for kind, content in parts.items()}
    if core:
        members["docProps/core.xml"] = core
    return zipped(members)


def word_paragraph(text: str, style: str = "", extra: str = "") -> str:
    """A paragraph of one run."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{text}</w:t></w:r>{extra}</w:p>'


ODT_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)


def odt(body: str, styles: str = "", meta: str = "", manifest: str = "") -> bytes:
    """An OpenDocument text with this body."""
    members: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {ODT_NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>",
    }
    if meta:
        members["meta.xml"] = (
            f"<office:document-meta {ODT_NAMES}><office:meta>{meta}</office:meta></office:document-meta>"
        )
    if manifest:
        members["META-INF/manifest.xml"] = manifest
    return zipped(members, stored=("mimetype",))


def epub(chapters: dict[str, str], metadata: str = "", extra: dict[str, str] | None = None) -> bytes:
    """A book; ``chapters`` maps file names to the content of ``body``, in reading order."""
    items = "".join(
        f'<item id="c{i}" href="text/{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for i, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(chapters)))
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        "OEBPS/content.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    members |= {
        f"OEBPS/text/{name}": f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>x</title></head><body>{body}</body></html>'
        for name, body in chapters.items()
    }
    return zipped({**members, **(extra or {})}, stored=("mimetype",))
