"""Blocks become a document: order, spans, sections, clean text and places on the page."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.documents import BlockKind, CellPlace, DocumentState, Metadata, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.compose import DraftBlock, DraftRun, clean_text, compose_document
from pipelines.ingest.parser import IngestLimits

SOURCE = SourceReference(path="a.pdf", checksum="0" * 64, n_bytes=1)


def compose(*drafts: DraftBlock, max_characters: int = 10_000, **more):
    limits = IngestLimits(max_characters=max_characters)
    return compose_document(SOURCE, "application/pdf", "test/1", drafts, limits=limits, **more)


def test_running_text_comes_first_and_notes_keep_their_section():
    document = compose(
        DraftBlock(BlockKind.HEADING, "Een", 1, level=1),
        DraftBlock(BlockKind.PARAGRAPH, "Voor de", 1),
        DraftBlock(BlockKind.FOOTNOTE, "1 Noot", 1),
        DraftBlock(BlockKind.HEADING, "Dieper", 2, level=2),
        DraftBlock(BlockKind.PARAGRAPH, "breuk.", 2, 3),
        DraftBlock(BlockKind.HEADING, "Twee", 3, level=1),
        DraftBlock(BlockKind.TABLE_CELL, "cel", 3, cell=CellPlace(table=0, row=0, column=1)),
    )
    assert document.text == "Een\n\nVoor de\n\nDieper\n\nbreuk.\n\nTwee\n\ncel\n\n1 Noot"
    found = [(document.block_text(b), b.section, b.page_first, b.page_last) for b in document.blocks]
    assert found == [
        ("Een", (), 1, 1),
        ("Voor de", ("Een",), 1, 1),
        ("Dieper", ("Een",), 2, 2),
        ("breuk.", ("Een", "Dieper"), 2, 3),
        ("Twee", (), 3, 3),
        ("cel", ("Twee",), 3, 3),
        ("1 Noot", ("Een",), 1, 1),
    ]
    assert document.blocks[-2].cell == CellPlace(table=0, row=0, column=1)
    assert [b.level for b in document.blocks] == [1, None, 2, None, 1, None, None]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("werk\u00adgever", "werkgever"),
        (" a\u00a0\t\r\n b ", "a b"),
        ("a \u200b b", "a b"),
        ("a\x00b\ufeffc", "abc"),
        ("effici\u0065\u0308nt", "efficiënt"),
        ("\ufb01nanci\u00ebn en b\u0133na", "financiën en bijna"),
        ("x\ud83d\ude00y", "x\U0001f600y"),
        ("x\ud83dy", "x\ufffdy"),
        ("\u202eomgekeerd\u202c", "omgekeerd"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\uf0b7 punt", "• punt"),
        ("H₂O en m²", "H₂O en m²"),
    ],
)
def test_text_is_cleaned(raw: str, clean: str):
    assert clean_text(raw) == clean


def test_no_text_is_said():
    with pytest.raises(DocumentError) as caught:
        compose(DraftBlock(BlockKind.PARAGRAPH, " \u200b\n"))
    assert (caught.value.state, caught.value.key) == ("no_text", "reason.no_text")


def test_too_many_characters_make_the_document_partial():
    document = compose(
        DraftBlock(BlockKind.PARAGRAPH, "abc"), DraftBlock(BlockKind.PARAGRAPH, "defghij"), max_characters=8
    )
    assert (document.text, document.state) == ("abc", DocumentState.PARTIAL)
    assert document.reason is not None and document.reason.key == "reason.too_many_characters"
    cut = compose(DraftBlock(BlockKind.PARAGRAPH, "abcdef", runs=[DraftRun(0, 6, 1, 5)]), max_characters=4)
    assert (cut.text, cut.runs[0].length) == ("abcd", 4)


def test_metadata_is_cleaned():
    document = compose(
        DraftBlock(BlockKind.PARAGRAPH, "x"), metadata=Metadata(title=" A\u00a0 b\n", authors=("\u200b", " Jan  P. "))
    )
    assert (document.metadata.title, document.metadata.authors) == ("A b", ("Jan P.",))


ODD = "abé \u00a0\u00ad\u200b\t\n\x00\ufb01\u0133e\u0308\ud83d\ude00\u1112\u1161\uf0b7"
TROUBLE = st.text(st.sampled_from(ODD), max_size=30)


@given(st.lists(TROUBLE, min_size=1, max_size=5))
def test_runs_follow_the_text_and_text_is_clean(texts: list[str]):
    page = "".join(texts)
    drafts, at = [], 0
    for text in texts:
        runs = [DraftRun(0, len(text), 1, at)] if text else []
        drafts.append(DraftBlock(BlockKind.PARAGRAPH, text, 1, runs=runs))
        at += len(text)
    try:
        document = compose(*drafts)
    except DocumentError:
        assert not any(clean_text(text) for text in texts)
        return
    assert unicodedata.is_normalized("NFC", document.text)
    document.text.encode("utf-8")
    for block in document.blocks:
        text = document.block_text(block)
        assert text == clean_text(text) != ""
    covered = set()
    for run in document.runs:
        for offset in range(run.length):
            here, there = document.text[run.start + offset], page[run.page_start + offset]
            assert here == there or (here == " " and there.isspace()) or (here, there) == ("•", "\uf0b7")
            covered.add(run.start + offset)
    plain = {i for i, c in enumerate(document.text) if c in "ab"}
    assert plain <= covered


@given(TROUBLE)
def test_cleaning_twice_changes_nothing(text: str):
    assert clean_text(clean_text(text)) == clean_text(text)
