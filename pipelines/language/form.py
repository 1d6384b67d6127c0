"""What can be seen of a passage without knowing its subject: length, figures, years, modal verbs, questions, quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipelines.language.cues import CueKind, Sense, find_cues
from pipelines.language.encoder import FloatArray

_PATTERNS = {
    "digits": re.compile(r"\d"),
    "percentages": re.compile(r"%|\bprocent\b|\bper ?cent\b", re.I),
    "years": re.compile(r"\b(?:19|20)\d\d\b"),
    "questions": re.compile(r"\?"),
    "commas": re.compile(","),
    "semicolons": re.compile(";"),
    "brackets": re.compile(r"[(\[]"),
    "quotes": re.compile('["“”„‘]'),
    "duties": re.compile(
        r"\b(?:should|must|ought|shall|needs? to|moet(?:en)?|dienen?|dient|zou(?:den)?|behoeft|verdient|recommends?|"
        r"recommended|advis(?:es?|eert|eren)|aanbevol\w+|beveelt|bevelen|pleit(?:en)?|urges?|calls? on|roept)\b",
        re.I,
    ),
    "chances": re.compile(
        r"\b(?:may|might|could|likely|perhaps|possibly|expected|projected|forecasts?|estimates?|mogelijk|misschien|"
        r"kan|kunnen|waarschijnlijk|vermoedelijk|verwacht(?:en|ing)?|raming(?:en)?|geraamd|scenario'?s?|will|zal|"
        r"zullen|by 20\d\d|in 20[3-9]\d)\b",
        re.I,
    ),
    "negations": re.compile(r"\b(?:no|not|none|nor|neither|hardly|without|geen|niet|nauwelijks|noch|zonder)\b", re.I),
    "contrasts": re.compile(
        r"\b(?:but|however|although|while|whereas|yet|maar|echter|terwijl|hoewel|daarentegen|toch)\b", re.I
    ),
    "observations": re.compile(
        r"\b(?:survey\w*|respondents?|sample|interview\w*|panel|experiment\w*|trial|randomi[sz]ed|data|found|finds?|"
        r"observed|measured|enquête\w*|respondenten|steekproef|experimenten|cijfers|registerdata|gemeten|onderzocht|"
        r"bleek|blijkt|deelnemers|participants|observations|vacatures|vacancies)\b",
        re.I,
    ),
    "literature": re.compile(
        r"\b(?:studies|literature|reviews?|reviewed|meta-?analys[ie]s|evidence base|papers|literatuur\w*|"
        r"overzichtsstudie|publicaties|onderzoeken|synthesis|overview)\b",
        re.I,
    ),
    "first_persons": re.compile(r"\b(?:we|our|us|wij|ons|onze|you|your|u|uw|je|jouw|I|ik)\b"),
}

FORM_NAMES = ("words", "words_per_sentence", "capitals", *_PATTERNS)
"""What each number of :func:`describe_form` counts; all but the first three per square root of the words."""

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z]\w")


def describe_form(texts: Sequence[str]) -> FloatArray:
    """Counts that tell findings from plans, rules and contents lists; shape (n_texts, len(FORM_NAMES))."""
    described = np.zeros((len(texts), len(FORM_NAMES)), dtype=np.float32)
    for i, text in enumerate(texts):
        n_words = max(len(text.split()), 1)
        described[i, 0] = np.log(n_words)
        described[i, 1] = np.log(n_words / max(len(_SENTENCE_END.findall(text)), 1))
        described[i, 2] = len(_CAPITALISED.findall(text)) / n_words
        scale = np.sqrt(n_words)
        for j, pattern in enumerate(_PATTERNS.values(), start=3):
            described[i, j] = len(pattern.findall(text)) / scale
    return described


CUE_NAMES = (*(kind.value for kind in CueKind), *(f"{kind.value} negated" for kind in CueKind), "good", "bad")
"""What each number of :func:`describe_cues` counts."""


def describe_cues(texts: Sequence[str], languages: Sequence[str]) -> FloatArray:
    """Cues per square root of the words, shape (n_texts, len(CUE_NAMES)); negated ones count twice over."""
    column = {name: i for i, name in enumerate(CUE_NAMES)}
    described = np.zeros((len(texts), len(CUE_NAMES)), dtype=np.float32)
    for i, (text, language) in enumerate(zip(texts, languages, strict=True)):
        for cue in find_cues(text, language):
            described[i, column[cue.kind.value]] += 1
            if cue.negated:
                described[i, column[f"{cue.kind.value} negated"]] += 1
            if cue.sense is not None:
                described[i, column["good" if cue.sense is Sense.GOOD else "bad"]] += 1
        described[i] /= np.sqrt(max(len(text.split()), 1))
    return described
