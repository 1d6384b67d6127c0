"""What is boilerplate and what is not, on made-up examples and, where they are there, on annotated passages."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.documents import BlockKind
from pipelines.domain.passages import Boilerplate
from pipelines.passages.boilerplate import recognise_boilerplate
from pipelines.passages.boilerplate_signs import (
    AUTHOR,
    COLOPHON,
    ENTRY,
    FORM,
    LEADER_PARTS,
    LEADERS,
    LEVELS,
    NAVIGATION,
    NUMBERED,
    PAGE_NUMBER,
    YEAR,
    YEAR_PARTS,
    Sign,
    folded,
    score_signs,
)

GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"
TRAINING = Path(__file__).resolve().parents[2] / "models" / "training"

MARKED = [
    (Boilerplate.CONTENTS, "1 Inleiding ........ 5\n2 Methode ........ 9\n3 Uitkomsten ........ 14", ()),
    (
        Boilerplate.CONTENTS,
        "Voorwoord 3 | 1 Wat weten we 5 | 2 Wat doen anderen 12 | 3 Wat nu 31 | Bijlage 40",
        ("Inhoud",),
    ),
    (
        Boilerplate.REFERENCES,
        "Voorbeeld, A. & Fictief, B. (2021). Werk in getallen. Tijdschrift 12(3), 14-29. Verzonnen, C. (2019). Loon. "
        "Utrecht: Drukkerij.",
        (),
    ),
    (
        Boilerplate.REFERENCES,
        "Sample, A. and Pretend, B. (2022), 'A title', NBER Working Paper 0. Mock, C. (2020), Journal of Examples, "
        "4(2), pp. 1-9.",
        ("References",),
    ),
    (
        Boilerplate.COLOPHON,
        "Uitgave van het Fictief Instituut. Vormgeving: studio. ISBN 000-00-0000. Alle rechten voorbehouden.",
        (),
    ),
    (
        Boilerplate.COLOPHON,
        "© Fictitious Institute 2024. Reproduction is authorised provided the source is acknowledged.",
        (),
    ),
    (
        Boilerplate.COLOPHON,
        "Postbus 1, 1000 AA Verzonnen. Telefoon: 000-0000000, e-mail info@example.org",
        ("Contact",),
    ),
    (Boilerplate.NAVIGATION, "Home | Nieuws | Dossiers | Inloggen. Deel dit artikel via LinkedIn, X of Facebook.", ()),
    (
        Boilerplate.NAVIGATION,
        "We use cookies to improve our site. Accept all | Settings. Subscribe to our newsletter.",
        (),
    ),
    (Boilerplate.FORM, "Naam: ________ Datum: ________ Handtekening: ________", ()),
    (Boilerplate.FORM, "Gebruikt u het systeem? ☐ ja ☐ nee ☐ soms ☐ weet niet", ()),
    (Boilerplate.FORM, "2.1.3\n\nWelke risico's zijn er?\n\n2.1.4\n\nBeschrijf de maatregelen.", ()),
    (Boilerplate.FORM, "Click or tap here to enter text.", ()),
    (Boilerplate.PAGE_FURNITURE, "Pagina 3 van 20", ()),
    (Boilerplate.PAGE_FURNITURE, "– 14 –", ()),
]
RUNNING = [
    (
        "Voorbeeld en Fictief (2021) zien dat een op de tien meer druk ervaart. Dat strookt met Verzonnen (2019).",
        (),
    ),
    (
        "In the trial, output rose by 14 per cent (Sample and Pretend, 2022; Mock et al., 2020). Novices gained most.",
        (),
    ),
    (
        "De redactie van de krant gebruikt AI bij het inkorten van berichten; dat scheelt een uur per dag.",
        (),
    ),
    (
        "Cookies van adverteerders leren van het gedrag van bezoekers, en dat raakt ook mensen die werk zoeken.",
        (),
    ),
    (
        "☐ Wij hebben met het personeel besproken waarvoor de gegevens dienen en wie ze ziet. ☐ Wij hebben minder ver "
        "gaande middelen bekeken en vastgelegd waarom die niet volstaan. ☐ Wij leggen het plan voor aan de raad.",
        (),
    ),
    ("2.3 Werkgevers gaven aan dat zij geen plan hebben. De meeste willen eerst zien wat anderen doen.", ()),
    (
        "Auteursrechten zijn voor makers een bron van inkomen; modellen leren van hun werk zonder dat zij "
        "ervoor betaald krijgen.",
        ("3.2 Makers",),
    ),
    ("Het plan is klaar. Wie mee wil doen, neemt contact op met plan@example.org.", ()),
    ("Elf procent van de bedrijven noemt contact met klanten als reden.", ("Contact",)),
]


@pytest.mark.parametrize(("kind", "text", "section"), MARKED)
def test_boilerplate_is_marked(kind: Boilerplate, text: str, section: tuple[str, ...]) -> None:
    assert recognise_boilerplate(text, section) is kind


@pytest.mark.parametrize(("text", "section"), RUNNING)
def test_running_text_stays(text: str, section: tuple[str, ...]) -> None:
    assert recognise_boilerplate(text, section) is None


def test_what_the_parser_recognised_counts_where_the_blocks_agree() -> None:
    text = "Een regel uit een lijst."
    assert recognise_boilerplate(text, (), [BlockKind.REFERENCE, BlockKind.REFERENCE]) is Boilerplate.REFERENCES
    assert recognise_boilerplate(text, (), [BlockKind.CONTENTS]) is Boilerplate.CONTENTS
    assert recognise_boilerplate(text, (), [BlockKind.CONTENTS, BlockKind.PARAGRAPH]) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12 Fictief Instituut, Werk in getallen, maart 2024, p. 12 en 13.", Boilerplate.REFERENCES),
        ("3 Artikel 4, eerste lid, van de verzonnen wet.", Boilerplate.REFERENCES),
        ("4 Bedrijven met minder dan tien werknemers zijn in deze meting niet meegenomen (zie par. 2).", None),
        ("5 In 2024 had 14% van de bedrijven een plan.", None),
    ],
)
def test_footnotes_that_only_point_to_a_source(text: str, kind: Boilerplate | None) -> None:
    assert recognise_boilerplate(text, (), [BlockKind.FOOTNOTE]) is kind


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_gets_an_answer(text: str, section: list[str]) -> None:
    assert recognise_boilerplate(text, section) in (None, *Boilerplate)


SIGNS = (*COLOPHON, *NAVIGATION, *FORM)


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: "".join(filter(str.isalnum, sign.pattern.pattern))[:40])
@given(data=st.data())
def test_what_a_sign_finds_holds_one_of_its_parts(sign: Sign, data: st.DataObject) -> None:
    found = sign.pattern.search(data.draw(st.from_regex(sign.pattern)))
    assert found is not None
    assert any(part in folded(found[0]) for part in sign.parts)


@given(st.from_regex(NUMBERED), st.from_regex(ENTRY), st.from_regex(LEADERS), st.from_regex(YEAR))
def test_what_is_asked_first_is_in_what_the_patterns_find(numbered: str, entry: str, leaders: str, year: str) -> None:
    assert LEVELS.search(numbered)
    assert len(PAGE_NUMBER.findall(entry)) >= len(ENTRY.findall(entry))
    assert any(part in leaders for part in LEADER_PARTS)
    assert any(part in year for part in YEAR_PARTS)


_PIECES = st.sampled_from([
    "Tel. 020 1234567", "+31 20 123 45 67", "020-1234567", "hotel 9", "Naam: ", "datum:", "LİNKEDİN", "twitter",
    "ſign in", "1000 AA Verzonnen", "\n", " ", "☐ ja", "______", "a", "é", " | x",
])  # fmt: skip


@given(st.lists(_PIECES, max_size=8).map("".join), st.sampled_from([COLOPHON, NAVIGATION, FORM]))
def test_signs_count_as_often_as_their_patterns_are_found(text: str, signs: tuple[Sign, ...]) -> None:
    expected = sum(sign.weight for sign in signs if len(list(sign.pattern.finditer(text))) >= sign.times)
    assert score_signs(text, folded(text), signs) == pytest.approx(expected)


@given(
    st.lists(st.sampled_from(["Smit", "×", "De Wit", ", ", "A.", "B", " ", ".", "x", "’s-G", "("]), max_size=9).map(
        "".join
    )
)
def test_authors_are_found_from_the_border_of_a_word(text: str) -> None:
    plain = r"\b[A-ZÀ-Þ][\w'’-]+,\s+(?:[A-ZÀ-Þ]\.[ -]?){1,4}|\b[A-ZÀ-Þ][\w'’-]+ [A-Z]{1,2}(?=[,.(;])"
    assert AUTHOR.findall(text) == re.findall(plain, text)


def _wrongly_marked(path: Path) -> tuple[list[str], int]:
    """Passages with a theme or recommendation that are marked, and the number of such passages."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    themed = [row for row in rows if row["themes"] or row["recommendation"]]
    sections = [(row["section"],) if row.get("section") else () for row in themed]
    marked = [
        f"{row['doc']}/{row['n']}"
        for row, section in zip(themed, sections, strict=True)
        if recognise_boilerplate(row["text"], section)
    ]
    return marked, len(themed)


@pytest.mark.parametrize("name", ["train_nl.jsonl", "train_en.jsonl"])
def test_no_training_passage_with_a_theme_is_marked(name: str) -> None:
    marked, n_themed = _wrongly_marked(TRAINING / name)
    assert n_themed > 1000
    assert marked == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["dev_nl.jsonl", "dev_en.jsonl"])
def test_no_development_passage_with_a_theme_is_marked(name: str) -> None:
    if not (GOLD / name).is_file():
        pytest.skip("the shared folder is not beside this checkout")
    marked, n_themed = _wrongly_marked(GOLD / name)
    assert n_themed > 50
    assert marked == []
