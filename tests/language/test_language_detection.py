"""Language detection on short, mixed and foreign texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language import detection
from pipelines.language.detection import UNDETERMINED, detect_language

DUTCH = (
    "Kwaliteit van werk",
    "De werkgever past het rooster aan.",
    "Uit de enquête blijkt dat een kwart van de bedrijven algoritmen inzet.",
    "Inzet van AI-toepassingen op de werkvloer",
    "Veel medewerkers gebruiken ChatGPT en Copilot zonder dat hun leidinggevende het weet.",
    "Large language models (LLM's) worden steeds vaker gebruikt bij het schrijven van beleidsteksten.",
    "GEVOLGEN VOOR DE WERKGELEGENHEID",
    "arbeidsproductiviteit in de dienstensector",
)
ENGLISH = (
    "Quality of work",
    "Employers change the rota at short notice.",
    "The survey shows that one firm in four uses algorithms.",
    "Works councils in the Netherlands have a right of consent.",
    "The Dutch ministry (Ministerie van Sociale Zaken) expects more demand for care workers.",
    "EFFECTS ON EMPLOYMENT AND WAGES",
    "machine learning engineers",
)
OTHERS = {
    "de": "Künstliche Intelligenz verändert den Arbeitsmarkt in vielen Branchen.",
    "fr": "L'intelligence artificielle transforme le travail dans de nombreux secteurs.",
    "es": "La inteligencia artificial cambia la forma de trabajar en muchas empresas.",
    "af": "Die regering het gister aangekondig dat werkers nie hul poste sal verloor nie.",
    "fy": "De measte minsken yn dit bedriuw wurkje al jierren mei kompjûters.",
    "da": "Mange virksomheder i Danmark bruger allerede kunstig intelligens.",
}


@pytest.mark.parametrize("text", DUTCH)
def test_recognises_dutch(text: str) -> None:
    assert detect_language(text).language == "nl"


@pytest.mark.parametrize("text", ENGLISH)
def test_recognises_english(text: str) -> None:
    assert detect_language(text).language == "en"


@pytest.mark.parametrize(("language", "text"), OTHERS.items())
def test_other_languages_are_named_and_not_read(language: str, text: str) -> None:
    guess = detect_language(text)
    assert guess.language == language
    assert guess.read == "other"


@pytest.mark.parametrize(
    "text", ["", "   \n", "12,5 % 2023 (14)", "AI", "49.55 47.03 | 53.37 59.74", "https://example.org/nl"]
)
def test_no_letters_no_language(text: str) -> None:
    guess = detect_language(text)
    assert guess.language == UNDETERMINED
    assert guess.probability == 0.0
    assert guess.read == "other"


def test_most_of_a_mixed_text_decides() -> None:
    dutch = "De onderzoekers volgden twee jaar lang medewerkers van een klantenservice. "
    english = "This paper studies the staggered introduction of an assistant. "
    assert detect_language(dutch * 3 + english).language == "nl"
    assert detect_language(dutch + english * 3).language == "en"


def test_a_long_text_is_sampled_and_judged_by_its_bulk() -> None:
    text = "Table of contents and a summary for the reader. " * 20 + "Het werk verandert en de taken ook. " * 4000
    assert detect_language(text).language == "nl"


def test_upper_case_is_no_hindrance() -> None:
    assert detect_language(DUTCH[1].upper()).language == "nl"
    assert detect_language(ENGLISH[1].upper()).language == "en"


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    guess = detect_language(text)
    assert 0.0 <= guess.probability <= 1.0
    assert guess == detect_language(text)
    assert (guess.language == UNDETERMINED) == (guess.probability == 0.0)


@pytest.mark.parametrize(
    "text", [" ".join(DUTCH), " ".join(ENGLISH), " ".join((*DUTCH, *ENGLISH[:2])), *OTHERS.values()]
)
def test_function_words_decide_as_the_model_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    guess = detect_language(text)
    assert (guess.probability == 1.0) == (guess.read != "other")
    monkeypatch.setattr(detection, "_clear", lambda *_: None)
    weighed = detect_language(text)
    assert weighed.probability != 1.0
    assert weighed.language == guess.language
