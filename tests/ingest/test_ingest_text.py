"""Plain text: headings by shape, lists, wrapped lines, tables set with tabs, title and year."""

from __future__ import annotations

import pytest
from format_samples import source

from pipelines.domain.documents import Document
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.text import TextParser

BLOG = """nieuws

Slimme software op de werkvloer: wat zien we tot nu toe?

12.09.2022

Het verzonnen instituut Noordkaap hield een conferentie over software die werk verdeelt. Hier volgt wat er is gezegd.

Wat het onderzoek laat zien

Er kwamen twee studies aan bod:

 • In 9% van de functies kan software het meeste werk overnemen.

 • In de overige functies veranderen alleen taken.

Les 1 – Begin bij de mensen die het werk doen, want zij weten waar het hapert en waar het beter kan.

Medewerkers willen vooraf meepraten. Dat gebeurt niet overal.

© Noordkaap

Bekijk de opname van de conferentie

Les 2 – Meet wat er verandert

Zonder meting blijft het gissen.

Handige adressen:

 - Het archief van de conferentie
"""


def parse(text: str | bytes, name: str = "notitie.txt") -> Document:
    content = text if isinstance(text, bytes) else text.encode()
    return TextParser().parse(content, source(content, name), IngestLimits())


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, document.block_text(block)) for block in document.blocks]


def test_a_blog_post_comes_out_with_its_structure() -> None:
    document = parse(BLOG)
    assert [(kind, text[:25]) for kind, text in blocks(document)] == [
        ("paragraph", "nieuws"),
        ("title", "Slimme software op de wer"),
        ("paragraph", "12.09.2022"),
        ("paragraph", "Het verzonnen instituut N"),
        ("heading", "Wat het onderzoek laat zi"),
        ("paragraph", "Er kwamen twee studies aa"),
        ("list_item", "In 9% van de functies kan"),
        ("list_item", "In de overige functies ve"),
        ("heading", "Les 1 – Begin bij de mens"),
        ("paragraph", "Medewerkers willen vooraf"),
        ("paragraph", "© Noordkaap"),
        ("paragraph", "Bekijk de opname van de c"),
        ("heading", "Les 2 – Meet wat er veran"),
        ("paragraph", "Zonder meting blijft het "),
        ("heading", "Handige adressen:"),
        ("list_item", "Het archief van de confer"),
    ]
    assert document.metadata.year == 2022
    assert document.metadata.title == "Slimme software op de werkvloer: wat zien we tot nu toe?"
    assert document.blocks[7].section == ("Wat het onderzoek laat zien",)


def test_wrapped_lines_are_joined_and_broken_words_mended() -> None:
    lines = [
        "Sinds software het werk verdeelt, klagen medewerkers van het verzonnen",
        "bedrijf Windroos over het tempo. De ondernemingsraad vroeg om een onder-",
        "zoek naar de gevolgen. Daaruit bleek dat pauzes korter werden en dat in-",
        "en uitklokken strenger werd gevolgd dan voorheen was afgesproken.",
    ]
    document = parse("\n".join(lines) + "\n\n" + "\n".join(lines))
    assert len(document.blocks) == 2
    assert "een onderzoek naar" in document.text and "in- en uitklokken" in document.text


def test_lines_that_are_paragraphs_stay_apart() -> None:
    first = "Dit is een lange alinea die op een enkele regel staat en met een punt eindigt, zoals programma's doen."
    document = parse(f"{first}\n{first}\n")
    assert [text for _, text in blocks(document)] == [first, first]


def test_numbers_give_the_depth_of_headings() -> None:
    document = parse(
        "Rapport over software en werk\n\n1 Opzet\n\nTekst.\n\n1.2 Steekproef\n\nMeer tekst.\n\nBIJLAGEN\n\nSlot."
    )
    levels = {document.block_text(b): b.level for b in document.blocks if b.level}
    assert levels == {"1 Opzet": 1, "1.2 Steekproef": 2, "BIJLAGEN": 1}


def test_tabs_make_tables_with_empty_cells() -> None:
    document = parse("Uitkomsten van de enquête\n\nBekend\tOnzeker\tTrend\nA\t\tB\n\t\tC\n\nSlot van de tekst.")
    cells = {document.block_text(b): (b.cell.row, b.cell.column) for b in document.blocks if b.cell}
    assert cells == {"Bekend": (0, 0), "Onzeker": (0, 1), "Trend": (0, 2), "A": (1, 0), "B": (1, 2), "C": (2, 2)}


def test_numbered_lists_and_page_numbers() -> None:
    document = parse("Er zijn twee vragen:\n1. Wat verandert er?\n2. Voor wie?\n\n12\n\nDaarna volgt het antwoord.")
    assert blocks(document) == [
        ("paragraph", "Er zijn twee vragen:"),
        ("list_item", "1. Wat verandert er?"),
        ("list_item", "2. Voor wie?"),
        ("paragraph", "Daarna volgt het antwoord."),
        ("page_footer", "12"),
    ]


@pytest.mark.parametrize("line", ["Literatuur", "References", "6 Geraadpleegde bronnen", "Bibliography"])
def test_what_stands_under_references_is_marked(line: str) -> None:
    document = parse(
        f"Titel van de notitie\n\nTekst.\n\n{line}\n\nFictief, A. (2024). Een verzonnen studie. Noordkaap."
    )
    assert document.blocks[-1].kind.value == "reference"


def test_times_of_subtitles_are_left_out() -> None:
    document = parse(
        "1\n00:00:06,500 --> 00:00:09,000\nWij meten wat er verandert.\n\n"
        "2\n00:00:09,500 --> 00:00:11,000\nDat is nodig.\n"
    )
    assert document.text == "Wij meten wat er verandert.\n\nDat is nodig."


def test_paragraphs_of_one_line_without_blank_lines_between() -> None:
    long = "Dit is een alinea van een tekstverwerker, op een enkele regel en zonder lege regels eromheen."
    long += " Er volgt nog een zin."
    text = f"Verslag van de peiling\nOpzet\n{long}\nAandeel\n2022\n57\nUitkomsten\n{long}\n{long}\n"
    document = parse(text)
    headings = [document.block_text(b) for b in document.blocks if b.kind.value in ("title", "heading")]
    assert "Opzet" in headings and "Uitkomsten" in headings and "Aandeel" not in headings
    assert [document.block_text(b) for b in document.blocks].count(long) == 3


def test_very_many_lines_take_little_time() -> None:
    assert len(parse("woord-\n" * 60_000).blocks) >= 1
