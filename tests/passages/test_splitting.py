"""Passages: size, borders, lists, tables, languages, pages, and invariants over any document."""

import time
from itertools import pairwise

import pytest
from builders import build_document
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.domain.documents import BlockKind, Document, Metadata
from pipelines.domain.passages import Boilerplate, Passage
from pipelines.passages.rules import PassageRules
from pipelines.passages.splitting import split_into_passages
from pipelines.passages.units import count_words, has_figure

SENTENCE = "De werkgever legt in overleg met het personeel vast welke taken het systeem overneemt. "
ENGLISH = "The employer and the staff agree which of the tasks the system may take over from now on. "


def texts(document: Document) -> list[str]:
    return [passage.text for passage in split_into_passages(document)]


def test_a_paragraph_that_fits_stays_whole() -> None:
    paragraph = (SENTENCE * 9).strip()
    assert count_words(paragraph) > 110
    assert texts(build_document([("paragraph", paragraph), ("paragraph", paragraph)])) == [paragraph, paragraph]


def test_a_long_paragraph_is_cut_at_sentences_into_even_parts() -> None:
    document = build_document([("paragraph", (SENTENCE * 11).strip())])
    passages = split_into_passages(document)
    sizes = [passage.n_words for passage in passages]
    assert len(sizes) == 2
    assert max(sizes) - min(sizes) <= count_words(SENTENCE)
    assert all(passage.text.endswith(".") for passage in passages)


def test_a_sentence_without_end_is_still_cut() -> None:
    passages = split_into_passages(build_document([("paragraph", "woord " * 1000)]))
    assert all(passage.n_words <= 130 for passage in passages)
    assert sum(passage.n_words for passage in passages) == 1000


@pytest.mark.parametrize("text", ["x" * 50_000, "." * 50_000, "J. " * 5_000, "(a. B " * 5_000, "| > " * 5_000])
def test_odd_text_is_cut_in_good_time(text: str) -> None:
    begin = time.process_time()
    passages = split_into_passages(build_document([("paragraph", text.strip()), ("paragraph", "Een zin.")]))
    assert time.process_time() - begin < 10
    assert max(len(passage.text) for passage in passages) <= 20 * PassageRules().max_words + 20


def test_short_neighbours_of_one_section_are_joined() -> None:
    lines = ["Dit is een korte regel.", "En dit is er nog een.", "Daarna volgt de derde regel van het stuk."]
    assert texts(build_document([("paragraph", line) for line in lines])) == ["\n\n".join(lines)]


def test_sections_are_never_joined() -> None:
    document = build_document(
        [
            ("heading", "Een"),
            ("paragraph", "Korte tekst hier."),
            ("heading", "Twee"),
            ("paragraph", "Andere tekst daar."),
        ]
    )
    passages = split_into_passages(document)
    assert [(p.text, p.section) for p in passages] == [
        ("Korte tekst hier.", ("Een",)),
        ("Andere tekst daar.", ("Twee",)),
    ]


def test_short_list_items_go_with_their_lead_in() -> None:
    items = ["het rooster", "de pauzes", "de werkdruk"]
    blocks = [("paragraph", "De raad let op drie dingen in het werk:"), *(("list_item", f"• {item}") for item in items)]
    assert len(texts(build_document(blocks))) == 1


def test_each_finding_of_a_list_is_a_passage() -> None:
    items = [
        "• Van de banen in de steekproef verandert 31% binnen tien jaar.",
        "• In beroepen met veel routine was de groei 4%, in andere beroepen 15%.",
        "• Vooral jongeren zonder vaste aanstelling verloren in de onderzochte jaren uren en inkomen, zo blijkt.",
    ]
    lead = "Een rapport kijkt terug op tien jaar verandering in het werk in twaalf landen. Dit zijn de uitkomsten:"
    found = texts(build_document([("paragraph", lead), *(("list_item", item) for item in items)]))
    assert any(text.endswith(items[0][2:]) for text in found)
    assert items[1][2:] in found
    assert items[2][2:] in found
    assert not any(items[0][2:] in text and items[1][2:] in text for text in found)


def test_a_table_gives_rows_with_prose_and_no_numbers() -> None:
    prose = [
        ("table_cell", "Zorg", {"cell": (0, 0, 0)}),
        ("table_cell", SENTENCE * 2, {"cell": (0, 0, 1)}),
        ("table_cell", "Bouw", {"cell": (0, 1, 0)}),
        ("table_cell", SENTENCE * 2, {"cell": (0, 1, 1)}),
    ]
    numbers = [("table_cell", f"{i * 7},{i}", {"cell": (1, i // 3, i % 3)}) for i in range(12)]
    found = texts(build_document([*prose, *numbers]))
    assert len(found) == 2
    assert found[0].startswith("Zorg")
    assert found[1].startswith("Bouw")


def test_captions_and_footnotes_with_prose_stand_alone() -> None:
    document = build_document(
        [
            ("paragraph", SENTENCE * 2),
            ("caption", "Figuur 1"),
            ("footnote", "De vraag is in het laatste jaar anders gesteld dan in de jaren daarvoor."),
            ("paragraph", SENTENCE * 2),
            ("caption", "Figuur 2 laat zien hoe het aandeel bedrijven per sector is gestegen."),
        ]
    )
    assert [p.text[:8] for p in split_into_passages(document)] == ["De werkg", "De werkg", "Figuur 2", "De vraag"]


def test_headings_alone_are_not_lost() -> None:
    heading = "Werkgevers en vakbonden maken per sector afspraken over het toezicht op systemen"
    document = build_document([("heading", heading), ("heading", "Twee"), ("paragraph", SENTENCE * 2)])
    assert texts(document)[:1] == [heading]
    assert texts(build_document([("title", "Een titel"), ("heading", "Een kop")])) == ["Een titel\n\nEen kop"]
    assert texts(build_document([("paragraph", "Kort.")])) == ["Kort."]


def test_page_furniture_is_left_out_and_lists_of_the_parser_are_marked() -> None:
    document = build_document(
        [
            ("page_header", "Jaarbericht van het fictieve instituut"),
            ("contents", "1 Inleiding 3"),
            ("contents", "2 Methode 9"),
            ("paragraph", SENTENCE * 2),
            ("reference", "Fictief Instituut (2024). Werk in beweging."),
        ]
    )
    marks = [p.boilerplate for p in split_into_passages(document)]
    assert marks == [Boilerplate.CONTENTS, None, Boilerplate.REFERENCES]


def test_language_is_that_of_the_passage_and_short_ones_follow_the_document() -> None:
    document = build_document(
        [
            ("paragraph", SENTENCE * 5),
            ("heading", "Summary"),
            ("paragraph", ENGLISH * 3),
            ("heading", "Bijlage"),
            ("paragraph", "Job crafting."),
        ]
    )
    assert [p.language for p in split_into_passages(document)] == ["nl", "en", "nl"]
    numbers = build_document([("paragraph", "12 13 14")], metadata=Metadata(language="en"))
    assert [p.language for p in split_into_passages(numbers)] == ["en"]
    german = build_document([("paragraph", "Die Beschäftigten werden nicht gefragt, ob sie mit dem System arbeiten.")])
    assert [p.language for p in split_into_passages(german)] == ["other"]


@pytest.mark.parametrize("runs", [True, False])
def test_pages_come_from_runs_or_blocks(runs: bool) -> None:
    document = build_document(
        [("paragraph", "Eerste korte regel.", {"page": 2}), ("paragraph", "Tweede korte regel.", {"page": 3})],
        pages=runs,
    )
    assert [(p.page_first, p.page_last) for p in split_into_passages(document)] == [(2, 3)]


def test_sentences_leave_out_bullets_and_stop_at_blocks() -> None:
    document = build_document(
        [("paragraph", "De raad let op:"), ("list_item", "• het rooster"), ("list_item", "• de pauzes")]
    )
    (passage,) = split_into_passages(document)
    assert [passage.sentence_text(i) for i in range(3)] == ["De raad let op:", "het rooster", "de pauzes"]


def test_figures_are_shares_and_amounts_not_years() -> None:
    assert has_figure("een groei van 14%")
    assert has_figure("1,2 miljoen banen")
    assert has_figure("€ 300")
    assert has_figure("25.000 werkenden")
    assert has_figure("een op de zes bedrijven")
    assert not has_figure("in 2024 verscheen GPT-4")


def test_equal_text_at_two_places_has_two_ids() -> None:
    document = build_document([("paragraph", SENTENCE * 2)] * 2)
    first, second = split_into_passages(document)
    assert first.text == second.text
    assert first.id != second.id


_KINDS = [k for k in BlockKind if k is not BlockKind.TABLE_CELL]
_WORDS = st.sampled_from(
    [
        "werk",
        "de",
        "systeem",
        "AI.",
        "Het",
        "14%",
        "(zie",
        "3.2)",
        "en:",
        "•",
        "2024.",
        "bijv.",
        "teams,",
        "Zij",
        "mens?",
    ]
)
_TEXT = st.one_of(
    st.lists(_WORDS, min_size=1, max_size=40).map(" ".join),
    st.lists(_WORDS, min_size=100, max_size=220).map(" ".join),
    st.text(min_size=1, max_size=30).map(lambda t: t.strip() or "x"),
)
_BLOCKS = st.lists(st.tuples(st.sampled_from(_KINDS), _TEXT), min_size=1, max_size=14)


@settings(max_examples=40, deadline=None)
@given(_BLOCKS)
def test_spans_order_and_size_hold_for_any_document(blocks: list[tuple[BlockKind, str]]) -> None:
    document = build_document(blocks)
    passages = split_into_passages(document)
    assert passages == split_into_passages(document)
    assert len({p.id for p in passages}) == len(passages)
    assert [p.position for p in passages] == list(range(len(passages)))
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
        assert passage.n_words <= PassageRules().max_words
        assert passage.language in ("nl", "en", "other")
    assert all(left.end <= right.start for left, right in pairwise(passages))


@settings(max_examples=40, deadline=None)
@given(_BLOCKS)
def test_no_running_text_is_lost_and_no_section_joined(blocks: list[tuple[BlockKind, str]]) -> None:
    document = build_document(blocks)
    passages = split_into_passages(document)
    covered = {i for p in passages for i in range(p.start, p.end)}
    for block in document.blocks:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) and count_words(document.block_text(block)):
            missing = [i for i in range(block.start, block.end) if i not in covered and document.text[i].isalnum()]
            assert not missing
    for passage in passages:
        sections = {b.section for b in document.blocks if b.start < passage.end and b.end > passage.start}
        only_headings = not any(b.kind not in (BlockKind.TITLE, BlockKind.HEADING) for b in _of(document, passage))
        assert len(sections) == 1 or only_headings or _all_rest(document)


def _of(document: Document, passage: Passage) -> list[object]:
    return [b for b in document.blocks if b.start < passage.end and b.end > passage.start]


def _all_rest(document: Document) -> bool:
    """Whether the document has no running text, so that what there is was gathered as it came."""
    kinds = {b.kind for b in document.blocks}
    return not kinds & {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.CONTENTS, BlockKind.REFERENCE}
