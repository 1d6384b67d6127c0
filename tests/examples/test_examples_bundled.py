"""The bundled files: complete, small, fictitious by their own account, and what their names promise."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from lxml import etree, html

from pipelines.domain.documents import Block, BlockKind, SourceReference
from pipelines.domain.documents import Document as ReadDocument
from pipelines.examples import copy_examples, example_documents
from pipelines.examples.build import WRITING
from pipelines.examples.written import Part, Written, plain, read_written
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf import PdfParser

ENDINGS = {".pdf": 6, ".docx": 2, ".odt": 1, ".html": 2, ".md": 1}


def by_name(part: str) -> Path:
    (found,) = [path for path in example_documents() if part in path.name]
    return found


def pdf_text(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def text_of(path: Path) -> str:
    if path.suffix == ".pdf":
        return "\n".join(pdf_text(path))
    if path.suffix == ".docx":
        document = Document(str(path))
        return "\n".join(paragraph.text for paragraph in document.paragraphs)
    if path.suffix == ".odt":
        with zipfile.ZipFile(path) as archive:
            return " ".join(etree.fromstring(archive.read("content.xml")).itertext())
    if path.suffix == ".html":
        return " ".join(html.fromstring(path.read_bytes()).itertext())
    return path.read_text(encoding="utf-8")


def readable() -> list[Path]:
    return [path for path in example_documents() if not path.name.startswith(("scan_", "2024-01_"))]


def test_twelve_files_of_all_kinds_and_together_small():
    files = example_documents()
    counts = {ending: sum(path.suffix == ending for path in files) for ending in ENDINGS}
    assert counts == ENDINGS
    assert sum(path.stat().st_size for path in files) < 3 * 2**20


@pytest.mark.parametrize("path", readable(), ids=lambda path: path.name)
def test_every_readable_file_says_that_it_is_fictitious_and_is_long_enough(path: Path):
    text = text_of(path)
    assert re.search(r"\((fictief|fictitious)\)", text)
    assert re.search(r"bestaat niet|bestaan niet|does not exist|do not exist|verzonnen|invented", text)
    assert len(text.split()) > 650


def test_eight_files_are_full_reports():
    lengths = [len(re.findall(r"\w+", text_of(path))) for path in readable()]
    assert sum(1200 <= length <= 2700 for length in lengths) >= 8


def test_both_languages_and_several_years_occur():
    texts = {path.name: text_of(path) for path in readable()}
    dutch = sum(len(re.findall(r"\bhet\b", text)) > len(re.findall(r"\bthe\b", text)) for text in texts.values())
    assert dutch == 5
    assert {name[:4] for name in texts} == {"2022", "2023", "2024", "2025", "2026"}


def test_two_column_report_has_hyphenated_lines_footnotes_contents_and_running_headers():
    pages = pdf_text(by_name("algoritmisch-management"))
    assert sum(len(re.findall(r"\w[\x02\ufffe]\w", page)) for page in pages) >= 15
    assert re.search(r"Inhoud\s+Samenvatting( \.)+\s+\d", pages[1])
    assert all("Sturen op afstand" in page for page in pages[2:])
    notes = [
        page for page in pages if re.search(r"\n[123]\s+(In dit rapport|De gespreksleidraad|De organisatie)", page)
    ]
    assert notes


def test_footnotes_stand_on_the_page_of_their_call():
    pages = pdf_text(by_name("algoritmisch-management"))
    calls = {"loondienst zijn.1": "In dit rapport is een werk", "komen.2": "De gespreksleidraad"}
    for call, note in calls.items():
        found = [number for number, page in enumerate(pages) if call in page]
        assert found and all(note in pages[number] for number in found)


def test_contents_list_gives_the_pages_of_the_chapters():
    pages = pdf_text(by_name("banen-en-taken"))
    entries = re.findall(r"(\d [A-Z][^\r\n]*?)(?: \.)+\s+(\d+)", pages[1])
    assert len(entries) >= 6
    for title, page in entries:
        assert title in pages[int(page) - 1]


def test_word_files_have_real_headings_footnotes_and_a_table():
    for path in (by_name("Peiling"), by_name("Who owns")):
        document = Document(str(path))
        styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style is not None}
        assert {"Title", "Heading 1", "Heading 2", "Caption", "List Bullet"} <= styles
        assert len(document.tables) == 1
        with zipfile.ZipFile(path) as archive:
            notes = archive.read("word/footnotes.xml")
            assert re.search(rb"<Company>[^<]+\(fict", archive.read("docProps/app.xml"))
            assert b"footnoteReference" in archive.read("word/document.xml")
        assert len(etree.fromstring(notes).findall("{*}footnote")) == 3


def test_opendocument_container_keeps_the_standard():
    with zipfile.ZipFile(by_name(".odt")) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/vnd.oasis.opendocument.text"
        manifest = etree.fromstring(archive.read("META-INF/manifest.xml"))
        named = {entry.get(next(key for key in entry.keys() if key.endswith("full-path"))) for entry in manifest}  # noqa: SIM118
        assert named - {"/"} == {"content.xml", "styles.xml", "meta.xml"}
        for name in named - {"/"}:
            etree.fromstring(archive.read(str(name)))


def test_web_pages_carry_furniture_around_the_article():
    for path in (by_name("wie-praat"), by_name("press-release")):
        page = html.fromstring(path.read_bytes())
        assert page.xpath("//nav//li") and page.xpath("//*[@id='cookie-banner']") and page.xpath("//footer")
        assert len(page.xpath("//article/p")) > 12


def test_republished_press_release_is_nearly_the_same():
    def paragraphs(path: Path) -> list[set[str]]:
        split = re.split(r"\n\s*\n|\n", text_of(path))
        return [set(re.findall(r"\w+", piece.lower())) for piece in split if len(piece.split()) > 30]

    first, second = paragraphs(by_name("press-release")), paragraphs(by_name("workplace-news"))
    near = [max(len(one & two) / len(one | two) for one in first) for two in second]
    assert sum(score > 0.8 for score in near) >= 8
    assert text_of(by_name("press-release")) != text_of(by_name("workplace-news"))


def test_scan_is_pictures_without_text():
    path = by_name("scan_")
    assert "".join(pdf_text(path)).strip() == ""
    document = pypdfium2.PdfDocument(path)
    shades = document[0].render(scale=0.5, grayscale=True).to_numpy()
    document.close()
    assert shades.min() < 90 < 230 < shades.max()


def test_broken_file_cannot_be_opened():
    content = by_name("2024-01_").read_bytes()
    assert content.startswith(b"%PDF-")
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(BytesIO(content))


def test_using_the_examples_needs_no_development_package():
    code = "import sys, pipelines.examples as e; e.example_documents(); sys.exit('reportlab' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_copy_makes_the_folder_and_leaves_files_of_the_user_alone(tmp_path: Path):
    folder = tmp_path / "new" / "raw"
    copied = copy_examples(folder)
    assert [path.name for path in copied] == [path.name for path in example_documents()]
    assert [path.read_bytes() for path in copied] == [path.read_bytes() for path in example_documents()]
    mine = copied[0]
    mine.write_bytes(b"mine")
    again = copy_examples(folder)
    assert mine not in again and mine.read_bytes() == b"mine"
    assert len(again) == len(copied) - 1


def printed() -> list[Written]:
    """Sources of the bundled PDF files that have text."""
    return [source for source in map(read_written, sorted(WRITING.glob("*.md"))) if source.front["format"] == "pdf"]


@cache
def parsed(name: str) -> ReadDocument:
    content = by_name(name).read_bytes()
    source = SourceReference(path=name, checksum=hashlib.sha256(content).hexdigest(), n_bytes=len(content))
    return PdfParser().parse(content, source, IngestLimits())


def squeezed(text: str) -> str:
    """Letters and figures alone: line ends and hyphens of a printed text do not count."""
    return re.sub(r"\W+", "", text)


def running_parts(parts: tuple[Part, ...], path: tuple[str, ...] = ()) -> Iterator[tuple[Part, tuple[str, ...]]]:
    """Paragraphs, items, headings, tables and figures in order, each with the headings that it stands under."""
    for part in parts:
        if part.kind == "heading":
            path = path[: part.level - 1]
        if part.kind in ("summary", "references", "colophon", "box"):
            yield from running_parts(part.parts, path if part.kind == "box" else ())
        else:
            yield part, path
        if part.kind == "heading":
            path = (*path, part.text)


def texts(source: Written) -> list[str]:
    return [plain(part.text) for part, _ in running_parts(source.parts) if part.kind in ("paragraph", "item")]


PRINTED = pytest.mark.parametrize("source", printed(), ids=lambda source: source.name)


def test_four_pdf_files_have_text_and_two_of_them_have_two_columns():
    assert len(printed()) == 4
    assert sum(source.front["layout"] in ("paper", "two_columns") for source in printed()) == 2


@PRINTED
def test_our_reader_gives_paragraphs_in_the_order_in_which_they_were_written(source: Written):
    document = parsed(source.front["file"])
    read = [squeezed(document.block_text(b)) for b in document.blocks if b.kind != BlockKind.CONTENTS]
    whole = "|".join(read)
    at = [whole.find(squeezed(text)[:60]) for text in texts(source)]
    assert min(at) >= 0
    assert sum(one < other for one, other in pairwise(at)) >= 0.97 * (len(at) - 1)
    # A paragraph that a page end cuts after a full stop is read as two; so may be one or two a file.
    n_whole = sum(any(block.endswith(squeezed(text)) for block in read) for text in texts(source))
    assert n_whole >= 0.95 * len(at)


@PRINTED
def test_our_reader_finds_all_headings_and_what_stands_under_them(source: Written):
    document = parsed(source.front["file"])
    headings = [(squeezed(document.block_text(b)), b.section) for b in document.blocks if b.kind == BlockKind.HEADING]
    blocks = [(squeezed(document.block_text(b)), b) for b in document.blocks if b.kind != BlockKind.CONTENTS]
    for part, path in running_parts(source.parts):
        if part.kind == "heading":
            assert (squeezed(part.text), path) in headings
        elif part.kind in ("paragraph", "item") and path:
            (block,) = [block for text, block in blocks if squeezed(plain(part.text))[:60] in text]
            # The title of a box is a heading of its own, below the one that the box stands under.
            assert block.section[: len(path)] == path


@PRINTED
def test_our_reader_takes_cells_from_tables_and_no_running_text(source: Written):
    document = parsed(source.front["file"])
    tables: dict[int, list[Block]] = {}
    for block in document.blocks:
        if block.cell is not None:
            tables.setdefault(block.cell.table, []).append(block)
    found = [
        {(b.cell.row, b.cell.column): document.block_text(b) for b in blocks if b.cell} for blocks in tables.values()
    ]
    parts = [part for part, _ in running_parts(source.parts) if part.kind in ("table", "figure")]
    for part in parts:
        cells = {(r, c): plain(cell) for r, row in enumerate(part.rows) for c, cell in enumerate(row)}
        assert part.kind == "figure" or cells in found
    written = {plain(cell) for part in parts for row in part.rows for cell in row}
    assert {text for table in found for text in table.values()} <= written
