"""Parts of a dossier: what speaks for each, and how often it is right on the passages that were written for it."""

from __future__ import annotations

import pytest
from builders import build_passage
from dossier_records import build_labels

from benchmarks.dossier_parts import NAMES, figures_of, measured_passages, readings_of
from pipelines.domain.dossiers import Bearing, DossierPart, Sign
from pipelines.domain.evidence import Direction
from pipelines.domain.languages import LANGUAGES
from pipelines.dossiers.part_cues import cue_content, find_part_cues
from pipelines.dossiers.parts import LEAST_STRENGTH, part_signs, read_part
from pipelines.language.cue_words import CueLists, words_of

_SAID = {
    ("nl", "why"): "Vroeg overleg is van groot belang. Het komt de kwaliteit van het werk ten goede.",
    ("nl", "problem"): "De kennis ontbreekt, en de raad wordt te laat gehoord.",
    ("nl", "improve"): "Werkgevers doen er goed aan om hun personeel te vragen wat het nodig heeft.",
    ("nl", "examples"): "Een voorbeeld is de drukkerij waar de ploeg zelf de planning bijstelt.",
    ("nl", "questions"): "Wie beslist er eigenlijk over het systeem als het zichzelf verandert?",
    ("en", "why"): "Early consultation is crucial. It leads to better use of the system.",
    ("en", "problem"): "There is a lack of knowledge, and the council is heard too late.",
    ("en", "improve"): "Employers would do well to ask their staff what they need.",
    ("en", "examples"): "An example is the printer where the crew adjusts the schedule itself.",
    ("en", "questions"): "Who actually decides on the system once it changes itself?",
}


@pytest.mark.parametrize(("language", "part"), _SAID)
def test_each_part_is_known_by_its_words_in_both_languages(language: str, part: str) -> None:
    text = _SAID[language, part]
    found = read_part(build_passage(text, language=language), None)
    assert found.part == part and found.strength >= LEAST_STRENGTH
    terms = [term for reason in found.reasons for term in reason.terms]
    assert terms and all(text[term.start : term.end] == term.text for term in terms)
    assert [reason.strength for reason in found.reasons] == sorted((r.strength for r in found.reasons), reverse=True)


@pytest.mark.parametrize("text", ["", "   ", "Het rapport telt drie hoofdstukken.", "2 Wat nu?", "\ud800 los"])
def test_what_says_nothing_of_a_part_is_of_none(text: str) -> None:
    found = read_part(build_passage(text), None)
    assert found.part is None and found.reasons == () and found.bearing is None


def test_labels_count_with_words() -> None:
    text = "Afdelingen met overleg vooraf werken sneller dan afdelingen zonder."
    passage = build_passage(text)
    assert read_part(passage, None).part is None
    found = read_part(passage, build_labels(passage.id, direction=Direction.POSITIVE))
    assert found.part is DossierPart.WHY and Sign.DIRECTION in {reason.sign for reason in found.reasons}
    advised = build_passage("De cao regelt dit voortaan per sector.")
    labels = build_labels(advised.id, recommendation=0.9)
    assert read_part(advised, labels).part is DossierPart.IMPROVE


def test_advice_that_is_asked_for_is_a_question() -> None:
    passage = build_passage("Wat zouden werkgevers moeten doen om iedereen mee te krijgen?")
    found = read_part(passage, build_labels(passage.id, recommendation=0.1))
    assert found.part is DossierPart.QUESTIONS


def test_words_of_advice_count_less_where_the_models_see_none() -> None:
    text = "Bonden kunnen daar niet over meepraten, zegt de brochure."
    passage = build_passage(text)
    assert read_part(passage, None).part is DossierPart.IMPROVE
    assert read_part(passage, build_labels(passage.id, recommendation=0.05)).part is None


def test_what_is_denied_does_not_count() -> None:
    assert read_part(build_passage("Dat was nooit een probleem."), None).part is None
    assert read_part(build_passage("The tool itself is not the problem.", language="en"), None).part is None


def test_a_case_is_one_organisation_and_what_happened_there() -> None:
    case = "Een ziekenhuis liet de planners zelf kiezen. De invoering slaagde en iedereen was tevreden."
    found = read_part(build_passage(case), None)
    assert (found.part, found.bearing) == (DossierPart.EXAMPLES, Bearing.HELPING)
    gone_wrong = "A bank introduced the tool without consultation. It failed and was abandoned within a month."
    found = read_part(build_passage(gone_wrong, language="en"), None)
    assert (found.part, found.bearing) == (DossierPart.EXAMPLES, Bearing.HINDERING)
    assert read_part(build_passage("Een ziekenhuis heeft meer afdelingen."), None).part is None


def test_a_part_is_not_won_by_length() -> None:
    text = " ".join(["Er is geen overleg, maar niet overal."] * 40)
    assert read_part(build_passage(text), None).part is None


@pytest.mark.parametrize(
    ("heading", "part"),
    [
        ("4.2 Knelpunten bij kleine bedrijven", DossierPart.PROBLEM),
        ("Boodschap 3 – Verbeter de invoering van AI", DossierPart.IMPROVE),
        ("Praktijkvoorbeelden", DossierPart.EXAMPLES),
        ("Open vragen", DossierPart.QUESTIONS),
        ("Kansen en risico's", None),
        ("Methode", None),
    ],
)
def test_a_heading_speaks_for_a_part_but_not_alone(heading: str, part: DossierPart | None) -> None:
    plain = "De uitrol is begonnen in drie vestigingen."
    passage = build_passage(plain, section=("Hoofdstuk 4", heading))
    assert read_part(passage, None).part is None
    named = [of for of, reasons in part_signs(passage, None).items() if any(r.sign is Sign.HEADING for r in reasons)]
    assert named == ([] if part is None else [part])


def test_a_heading_tips_the_scale() -> None:
    text = "Kleine bedrijven hebben weinig tijd voor een proef."
    assert read_part(build_passage(text), None).part is None
    found = read_part(build_passage(text, section=("Knelpunten",)), None)
    assert found.part is DossierPart.PROBLEM
    assert [reason.value for reason in found.reasons if reason.sign is Sign.HEADING] == ["Knelpunten"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cue_is_found_where_it_stands(language: str) -> None:
    for content in cue_content().values():
        lists = [content[language]] if language in content else [below[language] for below in content.values()]
        for cue in (cue for one in lists for cue in one):
            bare = cue.removeprefix("!").removeprefix("=")
            text = bare.replace("<n>", "3").replace("...", "x").replace("*", "en")
            assert CueLists({"one": [cue.removeprefix("!")]}, language).find(words_of(text)), cue
        assert all(len(set(one)) == len(one) for one in lists)
    assert find_part_cues(words_of("niets"), language) == {}


def test_the_measuring_set_is_whole() -> None:
    for language in LANGUAGES:
        records = measured_passages(language)
        assert len(records) == len({record["id"] for record in records}) == 60
        assert {record["part"] for record in records} == {name.replace("examples", "example") for name in NAMES}


@pytest.mark.slow
@pytest.mark.parametrize(("language", "least"), [("nl", 0.8), ("en", 0.8)])
def test_four_of_five_passages_come_under_their_part(language: str, least: float) -> None:
    """Measured in November 2026: 0.82 in Dutch, 0.83 in English (docs/dossiers.md)."""
    figures = figures_of(readings_of(language))
    assert figures["accuracy"] >= least
    assert all(figures["parts"][name]["right"] >= 0.7 for name in NAMES if name != "other")
    assert all(one["found"] >= 0.45 and one["right"] >= 0.65 for one in figures["dossiers"].values())
