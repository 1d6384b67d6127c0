"""Markdown: structure, front matter, raw HTML and what is hostile in it."""

from __future__ import annotations

import time

from format_samples import source

from pipelines.domain.documents import Document
from pipelines.ingest.markdown import MarkdownParser
from pipelines.ingest.parser import IngestLimits


def parse(text: str) -> Document:
    content = text.encode()
    return MarkdownParser().parse(content, source(content, "notitie.md"), IngestLimits())


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, document.block_text(block)) for block in document.blocks]


def test_structure_and_front_matter() -> None:
    document = parse(
        "---\ntitle: Software en werk\nauthor: [A. Fictief, B. Fictief]\ndate: 2023-04-01\nurl: https://noordkaap.invalid/x\n"
        "---\n\nInleiding met een noot.[^1]\n\n## Opzet\n\nDe *opzet* met een [verwijzing](https://x.invalid).\n\n"
        "1. eerste\n2. tweede\n   - daaronder\n\n| Sector | Aandeel |\n| --- | --- |\n| Zorg | 12 % |\n\n"
        "> Een aanhaling.\n\n[^1]: Eigen berekening.\n"
    )
    assert blocks(document) == [
        ("title", "Software en werk"),
        ("paragraph", "Inleiding met een noot."),
        ("heading", "Opzet"),
        ("paragraph", "De opzet met een verwijzing."),
        ("list_item", "eerste"),
        ("list_item", "tweede"),
        ("list_item", "daaronder"),
        ("table_cell", "Sector"),
        ("table_cell", "Aandeel"),
        ("table_cell", "Zorg"),
        ("table_cell", "12 %"),
        ("paragraph", "Een aanhaling."),
        ("footnote", "Eigen berekening."),
    ]
    metadata = document.metadata
    assert (metadata.year, metadata.authors) == (2023, ("A. Fictief", "B. Fictief"))
    assert metadata.url == "https://noordkaap.invalid/x"


def test_one_heading_at_the_top_is_the_title() -> None:
    document = parse("# Software en werk\n\n## Opzet\n\nTekst.\n\n## Slot\n\nTekst.")
    assert [kind for kind, _ in blocks(document)] == ["title", "heading", "paragraph", "heading", "paragraph"]
    assert document.blocks[2].section == ("Opzet",)


def test_raw_html_is_text_and_never_script() -> None:
    document = parse(
        "Voor <b>het</b> werk.\n\n<script>alert(1)</script>\n\n[klik](javascript:alert(1)) ![x](http://169.254.169.254/)\n\n"
        "<table><tr><td>a</td><td>b</td></tr></table>\n"
    )
    assert "alert" not in document.text.replace("[klik](javascript:alert(1))", "")
    assert ("paragraph", "Voor het werk.") in blocks(document)
    assert ("table_cell", "b") in blocks(document)


def test_tables_set_with_tabs_are_tables() -> None:
    document = parse("# Tabel\n\nBekend\tOnzeker\tTrend\n**A**\t\t<p>B.</p> <p>C.</p>\n\t\tD\n")
    cells = [(document.block_text(b), b.cell.row, b.cell.column) for b in document.blocks if b.cell]
    assert cells == [
        ("Bekend", 0, 0), ("Onzeker", 0, 1), ("Trend", 0, 2), ("A", 1, 0), ("B.", 1, 2), ("C.", 1, 2), ("D", 2, 2),
    ]  # fmt: skip


def test_front_matter_that_is_no_yaml_stays_text() -> None:
    assert "title: [open" in parse("---\ntitle: [open\n---\n\nTekst.").text
    bomb = "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n\nTekst."
    assert parse(bomb).text.endswith("Tekst.")


def test_hostile_nesting_ends_soon() -> None:
    started = time.monotonic()
    document = parse("> " * 5_000 + "diep\n\n" + "[" * 20_000 + "\n\n" + "**a" * 3_000 + "\n\nSlot.")
    assert document.text.endswith("Slot.")
    assert time.monotonic() - started < 20
