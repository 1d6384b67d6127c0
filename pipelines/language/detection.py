"""Which language a text is in. Dutch and English are told apart from each other and from their neighbours."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNDETERMINED = "und"
"""ISO 639-2 code for a text in which no language can be recognised."""

READ_LANGUAGES = ("nl", "en")
"""Languages that the product reads."""

# Labels of py3langid that take short Dutch or English texts away from their own language and in which no report is
# written: pidgin and creole languages, dead languages, "no linguistic content". Measured 2026-11 on the first three
# words of the 4,388 hand-written passages: Nigerian Pidgin and Latin alone took 59 of 2,193 English texts.
_LEFT_OUT = frozenset({"pcm", "la", "grc", "hbo", "sa", "gcf", "gcr", "zxx", "vo", "eo", "ext", "an", "lij", "vec"})

# Norwegian Nynorsk is reported with its sister under one code.
_SAME = {"nn": "no"}

# Words that carry grammar, not subject, and that each belong to one of the languages only. Words shared by two
# of the lists ("in", "of", "is", "was", "die", "over", "we") are left out on purpose: they tell nothing.
_FUNCTION_WORDS = {
    "nl": """de het een van voor met zijn hebben heeft wordt worden niet ook naar bij door uit aan maar dat deze dit
        daar hun zij hij kunnen moeten zal zullen meer dan als nog omdat tussen onder zoals tot werd geen er ze te
        onze welke hoe waar waarom wie zich om op ik jij je u uw mijn daarbij hiervan waarbij echter andere tegen
        sinds ten ter mee veel minder elk elke alle ons bent ben""",
    "en": """the and with that are which from this these those have has been were will would their they not but also
        by to for on as at it its be can may should more than or into between our we how what why who you your
        about through while whether each an such there when where does did us his her he she both if do my""",
    "de": """der das und nicht ist mit für von dem den ein eine einer eines auf werden wird auch sich sind durch
        bei zur zum aus nach über oder wie dass haben als können wir sie es um im""",
    "af": """'n nie deur vir wees hulle word kan moet baie asook sal ons hierdie daardie sy ook is het""",
    "fr": "le la les des une est et dans pour par sur avec qui que du au aux ne pas sont cette ses il elle nous vous",
    "fy": "it fan de en is yn net dy wurdt hat foar mei ek by op dat oan se wy ús",
}


def _only_words() -> dict[str, str]:
    owners: dict[str, list[str]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in set(words.split()):
            owners.setdefault(word, []).append(language)
    # Frisian and Afrikaans share most of their words with Dutch and are rare here: what Dutch shares with them stays
    # Dutch, or the commonest Dutch words would say nothing.
    weak = {"af", "fy"}
    only: dict[str, str] = {}
    for word, languages in owners.items():
        strong = [language for language in languages if language not in weak]
        if len(strong) == 1 or (not strong and len(languages) == 1):
            only[word] = (strong or languages)[0]
    return only


_ONLY = _only_words()

# Natural logarithm of the odds that one function word adds: 1.2 is odds of 3.3. On the first three words of the 4,388
# hand-written passages 176 go wrong (137 of them undetermined) with 1.2, 187 with 0.8, 176 with 1.6 (2026-11).
_WORD_ODDS = 1.2

# Prior odds of Dutch and English against any one other language: what is fed in is a Dutch and English collection.
# 2.5 (odds 12): 10 of the 4,388 passages cut to twelve words go wrong (7 are English titles in Dutch reference lists)
# against 16 with 1.5 and 9 with 3.5, which leaves less room for other languages (2026-11).
_PRIOR_ODDS = 2.5

# Below this probability a text is undetermined: names, codes and abbreviations spread over many languages.
_LEAST_PROBABILITY = 0.35

# Function words alone decide where enough different ones of Dutch or English occur, they are a fair share of the words,
# and those of other languages are few beside them: py3langid is slow. So decided are 84 % of the passages
# of real reports and 95 % of models/training, all as py3langid and the words together decide them; of 14,700 texts from
# menus and manuals in some 100 languages two go wrong, each an English sentence with Chinese or Japanese after it. With
# three different words five go wrong, with a share of 0.12 six (2026-11).
_CLEAR_WORDS = 4
_CLEAR_SHARE = 0.2
_CLEAR_OTHERS = 1 / 3

# Of a language that the model rules out, so that function words can still speak for it.
_LEAST_WEIGHT = 1e-9

# A text with fewer letters than this says nothing of its language.
_LEAST_LETTERS = 4

# Long texts are judged by equally spaced samples, so that a book costs no more than a chapter (about 0.3 ms per
# 1,000 characters).
_SAMPLE_CHARACTERS = 1_000
_N_SAMPLES = 12

# A pattern with fewer branches is looked for several times faster; the others are for texts that need them.
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_WORD_OR_N = re.compile(rf"'n\b|{_WORD.pattern}")
_NUMBER = re.compile(r"\d+")
_ADDRESS_OR_NUMBER = re.compile(r"https?://\S+|www\.\S+|\d+")
_NOISE = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\d+")


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The language of a text and how sure that is."""

    language: str
    """ISO 639-1 code where there is one (``nl``, ``en``, ``de``, ...), else ``und``."""
    probability: float
    """Between 0 and 1; 0 for ``und``."""

    @property
    def read(self) -> str:
        """``nl``, ``en`` or ``other``: how the rest of the product names it."""
        return self.language if self.language in READ_LANGUAGES else "other"


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([label for label in identifier.labels if label not in _LEFT_OUT])
    # Row after row in memory, as rows are taken from it: half the time.
    identifier.nb_ptc = np.ascontiguousarray(identifier.nb_ptc)
    # It keeps the weights of all languages beside, to go back to: 28 MB in each process that reads (2026-11).
    identifier._full_model = (identifier.nb_ptc, identifier.nb_pc, identifier.nb_classes)  # pyright: ignore[reportPrivateUsage]
    return identifier


def prepare_detection() -> None:
    """Load the model, which otherwise happens at the first text that needs it: half a second, mostly unpacking."""
    _identifier()


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE_CHARACTERS * _N_SAMPLES:
        return text
    step = len(text) // _N_SAMPLES
    return "\n".join(text[i * step : i * step + _SAMPLE_CHARACTERS] for i in range(_N_SAMPLES))


def _without_noise(text: str) -> str:
    noise = _NOISE if "@" in text else _ADDRESS_OR_NUMBER if "http" in text or "www." in text else _NUMBER
    return noise.sub(" ", text)


def _function_words(words: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in words:
        if word in _ONLY:
            found.setdefault(_ONLY[word], []).append(word)
    return found


def _clear(found: dict[str, list[str]], n_words: int) -> str | None:
    """Dutch or English where the function words leave no doubt."""
    language = max(READ_LANGUAGES, key=lambda name: len(found.get(name, ())))
    own = found.get(language, [])
    others = sum(map(len, found.values())) - len(own)
    is_clear = (
        len(own) >= _CLEAR_SHARE * n_words and others <= _CLEAR_OTHERS * len(own) and len(set(own)) >= _CLEAR_WORDS
    )
    return language if is_clear else None


def detect_language(text: str) -> LanguageGuess:
    """Recognise the language of most of ``text``.

    By its function words where they are clear, with probability 1. Else by the naive Bayes model of py3langid over
    character sequences, with the odds moved towards Dutch and English and by the function words that occur: together
    they hold for texts of three words, where the model alone errs for one in seven.

    Parameters
    ----------
    text
        Any text; of a long one, equally spaced samples are read. Addresses and numbers are left out.

    Returns
    -------
    LanguageGuess
        ``und`` with probability 0 where no language can be told: no or hardly any letters, or only names and codes.
    """
    cleaned = _without_noise(_sample(text))
    small = cleaned.lower()
    words = (_WORD_OR_N if "'n" in small else _WORD).findall(small)
    if len(words) < _LEAST_LETTERS and sum(map(len, words)) < _LEAST_LETTERS:
        return LanguageGuess(UNDETERMINED, 0.0)
    found = _function_words(words)
    clear = _clear(found, len(words))
    return LanguageGuess(clear, 1.0) if clear else _weigh(cleaned, found)


def _weigh(cleaned: str, found: dict[str, list[str]]) -> LanguageGuess:
    """The language by py3langid, moved by the function words that were found."""
    weights = dict(_identifier().rank(cleaned))
    for label, language in _SAME.items():
        weights[language] = weights.get(language, 0.0) + weights.pop(label, 0.0)
    for language, probability in weights.items():
        weights[language] = max(probability, _LEAST_WEIGHT)
    # The more words, the less each one adds: the vote is worth at most that of twelve words.
    share = min(1.0, 12 / max(1, sum(map(len, found.values()))))
    for language in weights.keys() & {*READ_LANGUAGES, *found}:
        prior = _PRIOR_ODDS if language in READ_LANGUAGES else 0.0
        weights[language] *= math.exp(prior + _WORD_ODDS * share * len(found.get(language, ())))
    best = max(weights, key=lambda language: (weights[language], language))
    probability = weights[best] / sum(weights.values())
    if probability < _LEAST_PROBABILITY:
        return LanguageGuess(UNDETERMINED, 0.0)
    return LanguageGuess(best, probability)
