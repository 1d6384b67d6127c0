"""Quick ways of writing texts give what the plain ways give."""

from __future__ import annotations

import docx
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.report import plain
from pipelines.report.excel import _Texts
from pipelines.report.word_parts import plain_run, styled_paragraph

_TEXTS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("  \t\n\r\x0b\x85\u00a0\u202f\u2028\ufeffab")))


def _printable(text: str) -> str:
    return plain._FORBIDDEN.sub("", plain._BREAKS.sub("\n", text))


@given(_TEXTS)
def test_what_needs_no_cleaning_is_seen_at_once(text: str) -> None:
    assert plain.printable(text) == _printable(text)
    assert plain.one_line(text) == plain._WHITE_SPACE.sub(" ", _printable(text)).strip()


def test_every_character_is_treated_as_by_the_patterns() -> None:
    for start in range(0, 0x110000, 0x100):
        for text in (chr(code) for code in range(start, start + 0x100)):
            assert plain.printable(text) == _printable(text), hex(ord(text))


@given(st.text(alphabet=st.sampled_from("ab \t\n\r\u00a0é"), max_size=12), st.booleans())
def test_a_run_is_as_python_docx_writes_it(words: str, bold: bool) -> None:
    document = docx.Document()
    paragraph, expected = document.add_paragraph(), document.add_paragraph()
    plain_run(paragraph, words, bold=bold)
    run = expected.add_run(words)
    if bold:
        run.bold = True
    assert etree.tostring(paragraph._p) == etree.tostring(expected._p)


def test_a_paragraph_has_its_style_and_the_prefix_of_the_document() -> None:
    document = docx.Document()
    expected = document.add_paragraph(style="Quote")
    made = styled_paragraph(expected._p, "Quote")
    expected._p.addnext(made)
    assert etree.tostring(made) == etree.tostring(expected._p)
    assert made.tag == qn("w:p")


def test_a_text_is_cut_where_excel_ends_by_its_own_count() -> None:
    texts = _Texts()
    for letter, units in (("a", 1), ("😀", 2)):
        fits, longer = letter * (32_767 // units), letter * (32_767 // units + 1)
        assert texts[fits] == fits
        assert texts[longer].endswith(" […]")
        assert len(texts[longer].encode("utf-16-le")) // 2 <= 32_767


def test_a_text_that_stands_in_many_cells_is_worked_out_once() -> None:
    texts = _Texts()
    first = texts["two\r\nlines"]
    assert first == "two\nlines"
    assert texts["two\r\nlines"] is first
