"""PDF files: reading order, blocks, joined words, places on the page, hidden text and states."""

from __future__ import annotations

import io
import zlib

import pytest
from pdf_pages import HEIGHT, WIDTH, blocks, check_runs, make, read, write
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader

from pipelines.domain.documents import DocumentState
from pipelines.errors import DocumentError
from pipelines.ingest.parser import IngestLimits

LEFT = [
    "Deze voorbeeldtekst staat in de linker",
    "kolom van een verzonnen rapport over",
    "taken in kantoren. De meting laat zien",
    "dat medewerkers met een hulpmiddel de",
    "brieven sneller afhandelen dan in het jaar",
    "ervoor, en dat vooral nieuwe medewer-",
    "kers daar baat bij hebben. Zij vragen vaker",
    "om uitleg en leren daarvan, zeggen de",
]
RIGHT = [
    "teamleiders in de vraaggesprekken. Een",
    "tweede bevinding gaat over de werkdruk,",
    "die in de onderzochte teams gelijk bleef.",
    "    Een nieuwe alinea begint met een in-",
    "sprong en gaat over de planning van de",
    "diensten, die voortaan een week eerder",
    "bekend is en minder vaak verandert.",
]


def two_columns(canvas) -> None:
    write(canvas, 60, 780, ["Werk en hulpmiddelen in kantoren"], size=20, font="Helvetica-Bold")
    write(canvas, 60, 740, ["1 Bevindingen"], size=13, font="Helvetica-Bold")
    write(canvas, 60, 715, LEFT)
    right = [line.strip() for line in RIGHT]
    write(canvas, 310, 715, right[:3])
    write(canvas, 322, 715 - 3 * 12.5, right[3:4])
    write(canvas, 310, 715 - 4 * 12.5, right[4:])


def test_two_columns_under_a_full_width_title_are_read_one_after_the_other():
    content = make(two_columns)
    document = read(content)
    assert document.state == DocumentState.TEXT
    kinds = [kind for kind, _ in blocks(document)]
    assert kinds == ["title", "heading", "paragraph", "paragraph"]
    first, second = (text for kind, text in blocks(document) if kind == "paragraph")
    assert first.startswith("Deze voorbeeldtekst") and first.endswith("in de onderzochte teams gelijk bleef.")
    assert "nieuwe medewerkers daar baat" in first
    assert "zeggen de teamleiders in de vraaggesprekken" in first
    assert second.startswith("Een nieuwe alinea begint met een insprong en gaat")
    assert document.blocks[-1].section == ("1 Bevindingen",)
    assert document.metadata.title == "Werk en hulpmiddelen in kantoren"


def test_columns_that_the_file_draws_row_by_row_are_not_mixed():
    def rows(canvas):
        canvas.setFont("Helvetica", 10)
        for number, (left, right) in enumerate(zip(LEFT, [*RIGHT, ""], strict=True)):
            canvas.drawString(60, 715 - 12.5 * number, left)
            canvas.drawString(265, 715 - 12.5 * number, right.strip())

    text = read(make(rows)).text
    assert "sneller afhandelen dan in het jaar ervoor" in text
    assert text.index("zeggen de") < text.index("teamleiders in")


def test_places_of_characters_are_those_of_pdfium():
    content = make(two_columns)
    document = read(content)
    n_compared = check_runs(document, content)
    n_letters = sum(c.isalnum() for c in document.text)
    assert n_compared >= n_letters
    at = document.text.index("medewerkers daar")
    assert [run.length for run in document.places(at, at + 11)] == [7, 4]


HEADER = "Verzonnen Instituut | Jaarrapport over werk"
NOTE = "1 Zie de bijlage van dit verzonnen rapport voor de opzet van de meting."
OPENING = [
    *["Hier staat een eerste regel van de tekst die lang genoeg is om een hele regel te zijn en die"] * 3,
    "daarna zonder punt aan het einde van de bladzijde doorloopt naar wat volgt op de",
]


def report_page(number: int, body: list[str], note: str | None = None):
    def draw(canvas):
        write(canvas, 60, 810, [HEADER], size=8)
        write(canvas, 60, 740, body)
        if note:
            canvas.line(60, 112, 160, 112)
            canvas.setFont("Helvetica", 5)
            canvas.drawString(60, 102, note.split(" ")[0])
            canvas.setFont("Helvetica", 8)
            canvas.drawString(66, 99, note.split(" ", 1)[1])
        write(canvas, WIDTH / 2, 30, [f"Pagina {number} van 3"], size=8)

    return draw


def test_furniture_is_recognised_and_a_paragraph_runs_over_the_page():
    pages = [
        report_page(1, OPENING, NOTE),
        report_page(2, ["volgende bladzijde, waar de zin een einde vindt.", "", "Een andere alinea staat los."]),
        report_page(3, ["Slot van de tekst op de derde bladzijde, met een eigen begin en een eigen einde."]),
    ]
    content = make(*pages)
    document = read(content)
    found = blocks(document)
    assert [text for kind, text in found if kind == "page_header"] == [
        "Verzonnen Instituut | Jaarrapport over werk"
    ] * 3
    assert [text for kind, text in found if kind == "page_footer"] == [f"Pagina {n} van 3" for n in (1, 2, 3)]
    assert [text for kind, text in found if kind == "footnote"] == [NOTE]
    joined = next(block for block in document.blocks if "volgt op de volgende bladzijde" in document.block_text(block))
    assert (joined.page_first, joined.page_last) == (1, 2)
    assert found[1][1] == "Een andere alinea staat los."
    apart = [kind in ("footnote", "page_header", "page_footer") for kind, _ in found]
    assert apart == sorted(apart)
    check_runs(document, content)


ITEMS = ["• meer vragen per uur beantwoord door nieuwe krachten;", "• gelijke werkdruk in alle teams."]


def test_contents_lists_captions_items_and_references_are_told_apart():
    def front(canvas):
        write(canvas, 60, 780, ["Inhoud"], size=16, font="Helvetica-Bold")
        write(
            canvas,
            60,
            750,
            ["1 Inleiding ....................... 3", "2 Bevindingen .................... 7"],
        )

    def body(canvas):
        write(canvas, 60, 780, ["2 Bevindingen"], size=14, font="Helvetica-Bold")
        y = write(canvas, 60, 750, ["In de onderzochte vestigingen bleek het volgende uit de metingen van dat jaar:"])
        y = write(
            canvas,
            60,
            y - 4,
            ["• meer vragen per uur beantwoord door nieuwe krachten;", "• gelijke werkdruk in alle teams."],
        )
        y = write(canvas, 60, y - 14, ["Figuur 2: Aantal beantwoorde vragen per uur"], size=9, font="Helvetica-Oblique")
        y = write(canvas, 60, y - 14, ["Figuur 2 laat zien dat het verschil kleiner werd."])
        y = write(canvas, 60, y - 18, ["Literatuur"], size=14, font="Helvetica-Bold")
        write(canvas, 60, y - 8, ["Verzonnen, A., & Bedacht, B. (2023). Een titel die niet bestaat. Nergens."])

    found = blocks(read(make(front, body)))
    kinds: dict[str, list[str]] = {}
    for kind, text in found:
        kinds.setdefault(kind, []).append(text)
    assert len(" ".join(kinds["contents"]).split("....")) > 2
    assert "2 Bevindingen" in kinds["heading"]
    assert kinds["list_item"] == ITEMS
    assert kinds["caption"] == ["Figuur 2: Aantal beantwoorde vragen per uur"]
    assert any(text.startswith("Figuur 2 laat zien") for text in kinds["paragraph"])
    assert kinds["reference"][0].startswith("Verzonnen, A.")


BODY = ["Een gewone alinea die iedereen kan lezen en die gaat over het werk in een verzonnen bedrijf."]


def test_text_that_cannot_be_seen_is_left_out():
    def draw(canvas):
        write(canvas, 60, 700, BODY)
        canvas.setFillColorRGB(1, 1, 1)
        write(canvas, 60, 500, ["wit op wit"])
        canvas.setFillColorRGB(0, 0, 0)
        write(canvas, 60, 450, ["minuscuul klein"], size=1)
        write(canvas, WIDTH + 50, 400, ["naast het papier"])
        text = canvas.beginText(60, 350)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(3)
        text.textLine("zonder inkt")
        canvas.drawText(text)

    assert blocks(read(make(draw))) == [("paragraph", BODY[0])]


def test_white_type_on_a_dark_ground_is_read():
    def draw(canvas):
        write(canvas, 60, 700, BODY)
        canvas.setFillColorRGB(0, 0, 0.4)
        canvas.rect(50, 480, 300, 50, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        write(canvas, 60, 500, ["wit op blauw is te lezen"])

    assert "wit op blauw is te lezen" in read(make(draw)).text


def picture() -> ImageReader:
    stream = io.BytesIO()
    Image.new("L", (60, 80), 200).save(stream, "PNG")
    stream.seek(0)
    return ImageReader(stream)


def scan(canvas) -> None:
    canvas.drawImage(picture(), 0, 0, WIDTH, HEIGHT)


def test_the_text_layer_of_a_scan_is_read_though_it_has_no_ink():
    def draw(canvas):
        scan(canvas)
        text = canvas.beginText(60, 700)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(3)
        for line in LEFT:
            text.textLine(line)
        canvas.drawText(text)

    document = read(make(draw))
    assert document.state == DocumentState.TEXT
    assert "nieuwe medewerkers daar baat" in document.text


def refused(content: bytes, limits: IngestLimits | None = None) -> tuple[str, str]:
    with pytest.raises(DocumentError) as caught:
        read(content, limits or IngestLimits())
    return caught.value.state, caught.value.key


def little(canvas) -> None:
    scan(canvas)
    write(canvas, 60, 30, ["3"])


@pytest.mark.parametrize(
    ("content", "state", "key"),
    [
        (b"", "rejected", "reason.empty_file"),
        (b"%PDF-1.7 rubbish", "rejected", "reason.damaged"),
        (make(scan), "needs_ocr", "reason.scanned"),
        (make(little, little), "needs_ocr", "reason.little_text"),
        (make(lambda canvas: None), "no_text", "reason.no_text"),
        (make(two_columns, encrypt=StandardEncryption("geheim")), "needs_password", "reason.encrypted"),
    ],
)
def test_files_without_readable_text_say_why(content: bytes, state: str, key: str):
    assert refused(content) == (state, key)


def test_a_file_that_opens_without_a_password_is_read():
    content = make(two_columns, encrypt=StandardEncryption("", ownerPassword="beheer", canCopy=0))
    assert "Bevindingen" in read(content).text


def test_text_whose_codes_are_not_its_letters_is_refused():
    shifted = ["".join(chr(ord(c) - 29) if c.isalpha() else c for c in line) for line in LEFT + RIGHT] * 2
    assert refused(make(lambda canvas: write(canvas, 60, 780, shifted))) == ("needs_ocr", "reason.gibberish")


def test_pages_without_text_make_the_document_partial():
    def text(canvas):
        write(canvas, 60, 700, LEFT * 2)

    document = read(make(text, scan, text, scan, scan))
    assert document.state == DocumentState.PARTIAL
    assert document.reason is not None
    assert document.reason.values == {"missing": 3, "pages": 5, "which": "2, 4-5"}


def test_limits_are_kept():
    content = make(two_columns, two_columns, two_columns)
    document = read(content, IngestLimits(max_pages=2))
    assert document.reason is not None and document.reason.values["which"] == "3"
    assert refused(content, IngestLimits(max_file_bytes=10)) == ("rejected", "reason.too_large")
    assert read(content, IngestLimits(max_characters=300)).state == DocumentState.PARTIAL


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_are_read_level(turn: int):
    def draw(canvas):
        canvas.setPageRotation(turn)  # reportlab swaps width and height of a page on its side
        if turn == 90:
            canvas.translate(HEIGHT, 0)
            canvas.rotate(90)
        elif turn == 180:
            canvas.translate(WIDTH, HEIGHT)
            canvas.rotate(180)
        else:
            canvas.translate(0, WIDTH)
            canvas.rotate(-90)
        write(canvas, 60, 500, LEFT)

    text = read(make(draw)).text
    assert text.startswith("Deze voorbeeldtekst staat in de linker kolom") and "medewerkers daar" in text


def test_note_numbers_do_not_melt_into_words_and_figures():
    def draw(canvas):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 700, "De groei was 14%")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(60 + canvas.stringWidth("De groei was 14%", "Helvetica", 10), 704, "3")
        canvas.setFont("Helvetica", 10)
        canvas.drawString(147, 700, "in het jaar, op een oppervlak van 20 m")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(147 + canvas.stringWidth("in het jaar, op een oppervlak van 20 m", "Helvetica", 10), 704, "2")

    assert read(make(draw)).text == "De groei was 14% in het jaar, op een oppervlak van 20 m2"


def test_title_and_year_come_from_the_page_before_the_record_of_the_file():
    def cover(canvas):
        write(canvas, 60, 600, ["Leren werken met machines"], size=28)
        write(canvas, 60, 500, ["Auteurs: Anna de Verzonnene en Bert Nergens"])
        write(canvas, 60, 480, ["Oktober 2024"])
        write(canvas, 60, 460, ["Een uitgave van: Verzonnen Planbureau"])

    def body(canvas):
        write(canvas, 60, 700, LEFT)

    metadata = read(make(cover, body, title="Microsoft Word - concept.docx")).metadata
    assert metadata.title == "Leren werken met machines"
    assert metadata.authors == ("Anna de Verzonnene", "Bert Nergens")
    assert (metadata.year, metadata.publisher) == (2024, "Verzonnen Planbureau")


def fan(levels: int, *, packed: bool) -> bytes:
    """A file in which each group draws the next one twice."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>/XObject<</A 6 0 R>>>>>>",
        b"<</Length 55>>stream\nBT /F 12 Tf 72 700 Td (Een gewone zin.) Tj ET /A Do\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for level in range(levels):
        drawing = b"/A Do /A Do" if level < levels - 1 else b"0 0 m"
        body = zlib.compress(drawing) if packed else drawing
        named = b"/Resources<</XObject<</A %d 0 R>>>>" % (7 + level) if level < levels - 1 else b""
        kind = b"/Filter/FlateDecode" if packed else b""
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]%s%s/Length %d>>" % (named, kind, len(body))
        objects.append(head + b"stream\n" + body + b"\nendstream")
    return (
        b"%PDF-1.7\n"
        + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
        + (b"trailer<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(objects) + 1))
    )


@pytest.mark.parametrize("packed", [False, True])
def test_groups_that_fan_out_are_refused_before_they_are_drawn(packed: bool):
    assert refused(fan(30, packed=packed)) == ("rejected", "reason.hostile")
    assert "Een gewone zin." in read(fan(13, packed=packed)).text
