"""The note on one slide."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import ImageFont
from pptx import Presentation
from pptx.util import Pt
from report_material import STARTED

from pipelines.domain.reports import SlideSummary, UpdateReport
from pipelines.errors import UnknownError
from pipelines.report.slide import render_slide
from pipelines.report.slide_layout import count_lines, shortened, text_height, text_width

LONG = "Een lange regel over arbeidsproductiviteitsgroei en werkgelegenheid die op geen enkele dia past "


def summary(**changes: object) -> SlideSummary:
    """A slide as most notes make it."""
    values: dict[str, object] = {
        "title": "Updatenotitie over AI en werk",
        "subtitle": "1 oktober tot en met 21 november 2026",
        "figures": (("8", "documenten gelezen"), ("12", "stukken bewijs"), ("2", "wijzigingen doorgevoerd")),
        "columns": (("Doorgevoerd", ("B1.t1: van trend naar bekend",)), ("Voorgesteld", ("D1.k3: anders", "en nog 2"))),
        "footer": "Kennistabel versie 2026-11-14",
    }
    return SlideSummary.model_validate(values | changes)


def report(told: SlideSummary | None, language: str = "nl") -> UpdateReport:
    """A report that holds nothing but its summary."""
    return UpdateReport.model_validate(
        {
            "language": language, "title": "Updatenotitie", "subtitle": "Periode", "created": STARTED, "run": "r",
            "sections": (), "summary": told,
        }
    )  # fmt: skip


def slide_of(told: SlideSummary, language: str = "nl"):
    """The presentation and its slide."""
    opened = Presentation(io.BytesIO(render_slide(report(told, language))))
    assert len(opened.slides) == 1
    return opened, opened.slides[0]


def test_slide_is_wide_has_a_title_and_says_everything() -> None:
    opened, slide = slide_of(summary())
    assert abs(opened.slide_width / opened.slide_height - 16 / 9) < 0.01
    assert slide.shapes.title.text_frame.text == "Updatenotitie over AI en werk"
    said = "\n".join(shape.text_frame.text for shape in slide.shapes)
    told = summary()
    wanted = [told.subtitle, told.footer, *(part for pair in told.figures for part in pair)]
    wanted += [line for heading, lines in told.columns for line in (heading, *lines)]
    assert all(words in said for words in wanted)
    assert opened.core_properties.title == "Updatenotitie"
    alternatives = [shape._element.nvSpPr.cNvPr.get("descr") for shape in slide.shapes]
    assert "8 documenten gelezen" in alternatives


@pytest.mark.parametrize(("language", "locale"), [("nl", "nl-NL"), ("en", "en-GB")])
def test_every_run_has_its_language_and_the_notes_their_source(language: str, locale: str) -> None:
    _, slide = slide_of(summary(), language)
    frames = [*(shape.text_frame for shape in slide.shapes), slide.notes_slide.notes_text_frame]
    runs = [run for frame in frames for p in frame.paragraphs for run in p.runs]
    assert runs
    assert {run._r.rPr.get("lang") for run in runs} == {locale}
    notes = slide.notes_slide.notes_text_frame.text
    assert "Updatenotitie" in notes
    assert "2026" in notes.splitlines()[-1]


def lines_of_letters(frame, width: float) -> float:
    """Height that the text of a frame takes, with the widths of the font that is measured with, word by word."""
    height = 0.0
    for paragraph in frame.paragraphs:
        size = paragraph.runs[0].font.size.pt
        font = ImageFont.truetype("DejaVuSans.ttf", round(size * 10), layout_engine=ImageFont.Layout.BASIC)
        lines, line = 1, ""
        for word in paragraph.text.split():
            if line and font.getlength(f"{line} {word}") / 10 * 0.87 > width:
                lines, line = lines + 1, word
            else:
                line = f"{line} {word}".strip()
        height += lines * size * 1.17 + (paragraph.space_after.pt if paragraph.space_after else 0)
    return height


@pytest.mark.parametrize("n_words", [1, 12, 40, 200])
def test_text_never_overflows_and_notes_hold_it_whole(n_words: int) -> None:
    line = " ".join((LONG * 20).split()[:n_words])
    told = summary(
        title=line, subtitle=line, footer=line,
        figures=tuple((str(10 ** (3 * n)), line) for n in range(5)),
        columns=tuple((line, (line,) * 6) for _ in range(3)),
    )  # fmt: skip
    opened, slide = slide_of(told)
    for shape in slide.shapes:
        frame = shape.text_frame
        hanging = Pt(13) if "column" in shape.name else 0
        width = (shape.width - frame.margin_left - frame.margin_right - hanging) / Pt(1)
        room = (shape.height - frame.margin_top - frame.margin_bottom) / Pt(1)
        assert lines_of_letters(frame, width) <= room + 1, shape.name
        assert shape.left >= 0
        assert shape.left + shape.width <= opened.slide_width
        assert shape.top + shape.height <= opened.slide_height
    assert line in slide.notes_slide.notes_text_frame.text
    smallest = min(run.font.size.pt for shape in slide.shapes for p in shape.text_frame.paragraphs for run in p.runs)
    assert smallest >= 9


def test_short_text_is_larger_than_long_text() -> None:
    def size(told: SlideSummary) -> float:
        _, slide = slide_of(told)
        column = next(shape for shape in slide.shapes if shape.name == "Kennisstand column 1")
        return column.text_frame.paragraphs[1].runs[0].font.size.pt

    assert size(summary()) > size(summary(columns=(("Kop", (LONG * 2,) * 6),) * 3))


def test_hostile_text_stays_text_in_a_well_formed_file() -> None:
    hostile = "<a:t>x</a:t> & \x00\x0b\u202e ]]> =1+1 {{ 7*7 }}"
    content = render_slide(
        report(summary(title=hostile, columns=((hostile, (hostile,)),), figures=((hostile, hostile),)))
    )
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(name))
        assert not [name for name in parts.namelist() if "thumbnail" in name]
    opened = Presentation(io.BytesIO(content))
    assert opened.slides[0].shapes.title.text_frame.text.startswith("<a:t>x</a:t> & ]]>")


def test_same_report_gives_the_same_bytes_and_one_without_summary_an_error() -> None:
    assert render_slide(report(summary())) == render_slide(report(summary()))
    with pytest.raises(UnknownError):
        render_slide(report(None))


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="abc W", max_size=120), st.integers(1, 3), st.floats(40, 300))
def test_what_is_shortened_fits(words: str, n_lines: int, width: float) -> None:
    cut = shortened(words, 12, width, n_lines)
    assert count_lines(cut, 12, width) <= n_lines
    if count_lines(words, 12, width) <= n_lines:
        assert cut == words


def test_heights_add_up() -> None:
    assert text_width("ab", 10) == pytest.approx(text_width("ab", 20) / 2)
    assert text_height(["a", "b"], 10, 100, gap=2) == pytest.approx(2 * (12 + 2))
    assert count_lines("W" * 50, 10, 50) > 5
