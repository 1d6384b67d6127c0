"""What can be seen of a passage without knowing its subject: length, figures, years, modal verbs, questions, quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from pipelines.language.cues import CueKind, Sense, find_cues
from pipelines.language.encoder import FloatArray

_SEARCHED = {
    "digits": re.compile(r"\d"),
    "percentages": re.compile(r"%|\bprocent\b|\bper ?cent\b", re.I),
    "years": re.compile(r"\b(?:19|20)\d\d\b"),
}
_SIGNS = {"questions": "?", "commas": ",", "semicolons": ";", "brackets": "([", "quotes": '"“”„‘'}
_WORDS = {
    "duties": re.compile(
        r"should|must|ought|shall|moet(?:en)?|dienen?|dient|zou(?:den)?|behoeft|verdient|recommends?|"
        r"recommended|advis(?:es?|eert|eren)|aanbevol\w+|beveelt|bevelen|pleit(?:en)?|urges?|roept",
        re.I,
    ),
    "chances": re.compile(
        r"may|might|could|likely|perhaps|possibly|expected|projected|forecasts?|estimates?|mogelijk|misschien|"
        r"kan|kunnen|waarschijnlijk|vermoedelijk|verwacht(?:en|ing)?|raming(?:en)?|geraamd|scenario'?s?|will|zal|"
        r"zullen",
        re.I,
    ),
    "negations": re.compile(r"no|not|none|nor|neither|hardly|without|geen|niet|nauwelijks|noch|zonder", re.I),
    "contrasts": re.compile(
        r"but|however|although|while|whereas|yet|maar|echter|terwijl|hoewel|daarentegen|toch", re.I
    ),
    "observations": re.compile(
        r"survey\w*|respondents?|sample|interview\w*|panel|experiment\w*|trial|randomi[sz]ed|data|found|finds?|"
        r"observed|measured|enquête\w*|respondenten|steekproef|experimenten|cijfers|registerdata|gemeten|onderzocht|"
        r"bleek|blijkt|deelnemers|participants|observations|vacatures|vacancies",
        re.I,
    ),
    "literature": re.compile(
        r"studies|literature|reviews?|reviewed|metaanalys[ie]s|papers|literatuur\w*|"
        r"overzichtsstudie|publicaties|onderzoeken|synthesis|overview",
        re.I,
    ),
    "first_persons": re.compile(r"we|our|us|wij|ons|onze|you|your|u|uw|je|jouw|I|ik"),
}
_PHRASES = re.compile(
    r"\b(?:(?P<duties>needs? to|calls? on)|(?P<chances>by 20\d\d|in 20[3-9]\d)"
    r"|(?P<literature>meta-analys[ie]s|evidence base))\b",
    re.I,
)

FORM_NAMES = ("words", "words_per_sentence", "capitals", *_SEARCHED, *_SIGNS, *_WORDS)
"""What each number of :func:`describe_form` counts; all but the first three per square root of the words."""

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_CAPITALISED = re.compile(r"[A-Z](?<=[a-z,;] [A-Z])\w")
_WORD = re.compile(r"\w+")

_COLUMN = {name: column for column, name in enumerate(FORM_NAMES)}

# What a word counts for is looked up once a word form (the 4,388 hand-written passages hold 23,000): searching each
# text for all words took four times as long.
_REMEMBERED_WORDS = 50_000


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _columns_of(word: str) -> tuple[int, ...]:
    """Columns that a word counts for."""
    return tuple(_COLUMN[name] for name, pattern in _WORDS.items() if pattern.fullmatch(word))


def describe_form(texts: Sequence[str]) -> FloatArray:
    """Counts that tell findings from plans, rules and contents lists; shape (n_texts, len(FORM_NAMES))."""
    n_words = _count_words(texts)
    n_sentences = np.asarray([max(len(_SENTENCE_END.findall(text)), 1) for text in texts])
    counts = np.asarray([_count(text) for text in texts]).reshape(len(texts), len(FORM_NAMES))
    described = (counts / np.sqrt(n_words)[:, None]).astype(np.float32)
    described[:, 0] = np.log(n_words)
    described[:, 1] = np.log(n_words / n_sentences)
    described[:, 2] = [len(_CAPITALISED.findall(text)) for text in texts] / n_words
    return described


def _count_words(texts: Sequence[str]) -> NDArray[np.int64]:
    """At least 1 for each text."""
    return np.asarray([max(len(text.split()), 1) for text in texts], dtype=np.int64)


def _count(text: str) -> list[int]:
    """How often everything but the first three of :data:`FORM_NAMES` occurs, in their order."""
    counts = [0] * len(FORM_NAMES)
    for column in chain.from_iterable(map(_columns_of, _WORD.findall(text))):
        counts[column] += 1
    for match in _PHRASES.finditer(text):
        counts[_COLUMN[str(match.lastgroup)]] += 1
    for name, signs in _SIGNS.items():
        counts[_COLUMN[name]] = sum(map(text.count, signs))
    for name, pattern in _SEARCHED.items():
        counts[_COLUMN[name]] = len(pattern.findall(text))
    return counts


CUE_NAMES = (*(kind.value for kind in CueKind), *(f"{kind.value} negated" for kind in CueKind), "good", "bad")
"""What each number of :func:`describe_cues` counts."""


_CUE_COLUMN = {name: column for column, name in enumerate(CUE_NAMES)}


def describe_cues(texts: Sequence[str], languages: Sequence[str]) -> FloatArray:
    """Cues per square root of the words, shape (n_texts, len(CUE_NAMES)); negated ones count twice over."""
    counts: list[list[int]] = []
    for text, language in zip(texts, languages, strict=True):
        of_text = [0] * len(CUE_NAMES)
        for cue in find_cues(text, language):
            of_text[_CUE_COLUMN[cue.kind.value]] += 1
            if cue.negated:
                of_text[_CUE_COLUMN[f"{cue.kind.value} negated"]] += 1
            if cue.sense is not None:
                of_text[_CUE_COLUMN["good" if cue.sense is Sense.GOOD else "bad"]] += 1
        counts.append(of_text)
    found = np.asarray(counts).reshape(len(texts), len(CUE_NAMES))
    return (found / np.sqrt(_count_words(texts))[:, None]).astype(np.float32)
