"""Tables in PDF files, ruled and aligned, and the columns of running text that stand beside them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pdf_pages import blocks, make, read, write
from reportlab.lib.utils import simpleSplit

from pipelines.domain.documents import BlockKind, Document
from pipelines.ingest.pdf_columns import Stacks, is_running, part_columns
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_lines import Line

BEFORE = [
    "Deze voorbeeldtekst gaat over een verzonnen",
    "meting van taken in kantoren. Zij laat zien",
    "dat medewerkers met een hulpmiddel de",
    "brieven sneller afhandelen dan daarvoor.",
]
AFTER = ["De teamleiders zeggen hetzelfde. Een", "tweede bevinding gaat over de werkdruk,", "die gelijk bleef."]
STORY = (
    "In vier verzonnen vestigingen kregen nieuwe medewerkers een hulpmiddel dat brieven opstelt. De leiding wilde "
    "weten of zij daarmee sneller klaar waren en of de fouten toenamen. Na een half jaar bleek dat de brieven "
    "sneller de deur uit gingen, maar dat het nakijken meer tijd vroeg dan vooraf was gedacht. Wie al langer in "
    "dienst was merkte weinig verschil, omdat de vaste teksten toch al klaar lagen in het oude systeem van de "
    "afdeling. De teamleiders hielden bij hoeveel vragen er binnenkwamen en hoe lang het antwoord op zich liet wachten."
)
TRIALS = [("Proef", "Mensen", "Weken"), ("Balie", "410", "30"), ("Post", "95", "26"), ("Beheer", "1.210", "18")]
LEFT, RIGHT, COLUMN = 54.0, 307.0, 234.0


def wrapped(text: str, width: float = COLUMN, size: float = 10) -> list[str]:
    return simpleSplit(text, "Helvetica", size, width)


def rows(canvas, xs, y: float, cells, *, pitch: float = 16.0, size: float = 9) -> float:
    for row in cells:
        for x, value in zip(xs, row, strict=True):
            write(canvas, x, y, [value], size=size)
        y -= pitch
    return y


def cells_of(document: Document) -> list[tuple[int, int, int, str]]:
    return [(b.cell.table, b.cell.row, b.cell.column, document.block_text(b)) for b in document.blocks if b.cell]


def as_cells(cells, table: int = 0) -> list[tuple[int, int, int, str]]:
    return [(table, r, c, value) for r, row in enumerate(cells) for c, value in enumerate(row)]


def test_cells_of_a_ruled_table_stand_in_rows_and_columns():
    cells = [["Sector", "2022", "2023"], ["Zorg in de regio", "12%", "18%"], ["Bouw", "4%", "9%"]]

    def draw(canvas):
        write(canvas, 60, 780, ["Een inleidende zin die boven de tabel staat en er niet bij hoort."])
        xs, ys = [60, 160, 260, 360], [740, 715, 690, 665]
        canvas.grid(xs, ys)
        canvas.setFont("Helvetica", 9)
        for row, values in enumerate(cells):
            for column, value in enumerate(values):
                canvas.drawString(xs[column] + 5, ys[row + 1] + 9, value)

    document = read(make(draw))
    placed = [
        (b.cell.row, b.cell.column, document.block_text(b))
        for b in document.blocks
        if b.kind == BlockKind.TABLE_CELL and b.cell
    ]
    assert placed == [(r, c, value) for r, row in enumerate(cells) for c, value in enumerate(row)]
    assert blocks(document)[0][0] == "paragraph"


def test_a_table_without_lines_is_read_by_rows():
    rows = [("Sector", "2022", "2023", "Toelichting"), ("Zorg", "12%", "18%", "alleen"), ("Bouw", "4%", "9%", "geheel")]

    def draw(canvas):
        write(canvas, 60, 780, BEFORE)
        write(canvas, 60, 715, ["Tabel 1: Gebruik van hulpmiddelen naar sector"], size=9, font="Helvetica-Bold")
        for number, row in enumerate(rows):
            for x, value in zip((60, 200, 260, 320), row, strict=True):
                write(canvas, x, 695 - 16 * number, [value], size=9)
        write(canvas, 320, 695 - 16 * 2 - 11, ["landelijk"], size=9)
        write(canvas, 60, 600, AFTER)

    document = read(make(draw))
    placed = [(b.cell.row, b.cell.column, document.block_text(b)) for b in document.blocks if b.cell]
    assert placed == [
        (r, c, "geheel landelijk" if value == "geheel" else value)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
    ]
    assert [kind for kind, _ in blocks(document) if kind != "table_cell"] == ["paragraph", "caption", "paragraph"]


def test_a_table_in_one_column_takes_no_text_of_the_other():
    left = [STORY, "Een tweede alinea vertelt hetzelfde nog eens. " + STORY]

    def draw(canvas):
        write(canvas, LEFT, 765, ["1 Aanleiding"], size=14, font="Helvetica-Bold")
        y = write(canvas, LEFT, 742, wrapped(left[0]))
        write(canvas, LEFT, y - 8, wrapped(left[1]))
        write(canvas, RIGHT, 765, ["2 Proeven"], size=14, font="Helvetica-Bold")
        y = write(canvas, RIGHT, 742, wrapped("De proeven verschillen. " + STORY))
        y = write(canvas, RIGHT, y - 8, ["Tabel 1. De proeven"], size=9, font="Helvetica-Bold")
        y = rows(canvas, (RIGHT, RIGHT + 90, RIGHT + 150), y - 8, TRIALS)
        write(canvas, RIGHT, y - 8, wrapped("Wij tellen brieven. " + STORY))

    document = read(make(draw))
    assert [text for kind, text in blocks(document) if kind == "paragraph"] == [
        *left,
        "De proeven verschillen. " + STORY,
        "Wij tellen brieven. " + STORY,
    ]
    assert cells_of(document) == as_cells(TRIALS)
    assert {b.section for b in document.blocks if b.cell} == {("2 Proeven",)}
    assert blocks(document)[0] == ("heading", "1 Aanleiding")


def test_labels_of_a_chart_beside_a_paragraph_take_none_of_its_lines():
    labels = [("nooit", "21"), ("soms", "28"), ("vaak", "37"), ("altijd", "14")]

    def draw(canvas):
        write(canvas, LEFT, 740, wrapped(STORY))
        for number, (label, share) in enumerate(labels):
            y = 740 - 12.5 * (number + 2)
            write(canvas, RIGHT, y, [label], size=8)
            canvas.rect(RIGHT + 45, y, 2 * int(share), 8, fill=1)
            write(canvas, RIGHT + 50 + 2 * int(share), y, [share], size=8)

    found = blocks(read(make(draw)))
    assert [text for kind, text in found if kind == "paragraph" and len(text) > 40] == [STORY]
    assert all(any(text == label for _, text in found) for pair in labels for label in pair)
    assert not [text for kind, text in found if kind == "table_cell" and len(text) > 10]


def test_a_table_across_both_columns_stays_whole():
    wide = [
        ("Proef", "Mensen", "Weken", "Uitkomst"),
        *[(f"Proef {n}", f"{n}10", f"{n}0", "sneller") for n in range(1, 6)],
    ]

    def draw(canvas):
        y = min(write(canvas, x, 740, wrapped(STORY + " " + STORY)) for x in (LEFT, RIGHT))
        y = rows(canvas, (LEFT, LEFT + 150, RIGHT + 10, RIGHT + 150), y - 20, wide)
        for x in (LEFT, RIGHT):
            write(canvas, x, y - 20, wrapped("Na de tabel. " + STORY))

    document = read(make(draw))
    assert cells_of(document) == as_cells(wide)
    paragraphs = [text for kind, text in blocks(document) if kind == "paragraph"]
    assert len(paragraphs) == 4 and [text.startswith("Na de tabel.") for text in paragraphs] == [
        False,
        False,
        True,
        True,
    ]


def test_terms_beside_their_explanations_are_a_table():
    terms = ["Taak", "Baan", "Functie", "Beroep"]
    short, long = "Dat is hier wat iemand op een dag doet.", "Dat is hier wat in de verzonnen meting op een heel jaar"
    explained = [short, long + " aan werk bij een mens ligt.", short, long + " in een heel vak wordt gedaan."]

    def draw(canvas):
        y = write(canvas, LEFT, 740, wrapped(STORY, 480)) - 12
        for term, text in zip(terms, explained, strict=True):
            write(canvas, LEFT, y, [term], size=9)
            y = write(canvas, LEFT + 120, y, wrapped(text, 300, 9), size=9) - 5

    document = read(make(draw))
    assert cells_of(document) == as_cells(list(zip(terms, explained, strict=True)))


def test_the_head_of_a_table_is_parted_though_text_runs_above_and_below():
    head = [
        ("Proef", "Aantal", "Weken"),
        ("A Balie van de gemeente", "410", "30"),
        ("B Post", "95", "26"),
        ("C Beheer", "12", "1"),
    ]

    def draw(canvas):
        y = write(canvas, LEFT, 740, wrapped(STORY))
        y = rows(canvas, (LEFT, LEFT + 125, LEFT + 180), y - 4, head, pitch=13)
        write(canvas, LEFT, y - 4, wrapped(STORY))

    assert cells_of(read(make(draw))) == as_cells(head)


def placed(x: float, y: float, texts: list[str], pitch: float = 12.5) -> list[Line]:
    return [
        Line(
            text,
            list(range(len(text))),
            Box(x, y + pitch * n, x + 4.7 * len(text), y + pitch * n + 10),
            10.0,
            False,
            False,
            1,
        )
        for n, text in enumerate(texts)
    ]


def test_texts_that_start_level_row_by_row_are_no_columns():
    story = wrapped(STORY)[:4]
    level = [line for n in range(4) for x in (LEFT, RIGHT) for line in placed(x, 60 + 80 * n, story)]
    assert part_columns(level, Stacks({10: 12.5})) == [level]
    apart = [line for n in range(4) for x, y in ((LEFT, 60), (RIGHT, 97)) for line in placed(x, y + 80 * n, story)]
    across, left, right = part_columns(apart, Stacks({10: 12.5}))
    assert across == []
    assert {line.box.left for line in left} == {LEFT} and {line.box.left for line in right} == {RIGHT}


def test_running_text_is_told_from_stacks_of_cells():
    assert is_running(placed(LEFT, 60, wrapped(STORY)))
    assert not is_running(placed(LEFT, 60, wrapped(STORY)[:2]))
    assert not is_running(placed(LEFT, 60, ["Zorg in de regio", "Bouw en wonen", "Post en balie"]))
    assert not is_running(placed(LEFT, 60, ["Een hele regel die af is."] * 4))


@given(
    st.lists(
        st.tuples(st.sampled_from([LEFT, 180.0, RIGHT]), st.integers(60, 700), st.integers(1, 12)),
        min_size=1,
        max_size=12,
    )
)
def test_parting_keeps_each_line_once(stacks: list[tuple[float, int, int]]):
    lines = [line for x, y, n in stacks for line in placed(x, y, wrapped(STORY)[:n])]
    parted = part_columns(lines, Stacks({10: 12.5}))
    assert sorted(id(line) for part in parted for line in part) == sorted(map(id, lines))
