"""Text that is no part of the argument: contents lists, references, colophons, navigation, page furniture, forms.

Every kind has signs, each with a weight; a passage is marked where the weights of the different signs that occur add
up to one point. A sign alone hardly ever does, so that a finding with a reference or an address in it stays. Headings
above the passage count as a sign. On the 4,388 hand-written passages, all of which are running text to their
annotators, none that has a theme or recommendation is marked (``tests/passages/test_boilerplate.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.domain.documents import BlockKind
from pipelines.domain.passages import Boilerplate
from pipelines.language.sentences import sentence_spans

_BY_KIND = {
    BlockKind.CONTENTS: Boilerplate.CONTENTS,
    BlockKind.REFERENCE: Boilerplate.REFERENCES,
    BlockKind.PAGE_HEADER: Boilerplate.PAGE_FURNITURE,
    BlockKind.PAGE_FOOTER: Boilerplate.PAGE_FURNITURE,
}


@dataclass(frozen=True, slots=True)
class _Sign:
    """``weight`` points where ``pattern`` is found at least ``times`` times."""

    pattern: re.Pattern[str]
    weight: float
    times: int = 1


def _sign(pattern: str, weight: float, times: int = 1, *, case: bool = False) -> _Sign:
    return _Sign(re.compile(pattern, 0 if case else re.IGNORECASE), weight, times)


_COLOPHON = (
    _sign(r"\bISBN\b|\bISSN\b|\bNUR \d{3}|\bcatalogue n", 0.7),
    _sign(r"^.{0,60}\b(?:ISBN|ISSN)\b.{0,40}$", 0.4),
    _sign(r"©|\bcopyright\b|auteursrecht(?:en)? (?:berust|voorbehouden)|\(c\) (?:19|20)\d\d", 0.5),
    _sign(
        r"alle rechten voorbehouden|all rights reserved|niets uit deze (?:uitgave|publicatie)|"
        r"niets van deze site",
        0.7,
    ),
    _sign(
        r"bronvermelding|provided (?:that )?the source|with (?:due )?(?:acknowledgement|"
        r"attribution)|mag (?:niet )?zonder "
        r"(?:voorafgaande )?(?:schriftelijke )?toestemming|creative ?commons|\bCC[- ]BY\b|"
        r"open licence",
        0.6,
    ),
    _sign(
        r"\b(?:eind)?redactie\b|\bvormgeving\b|\bopmaak\b|\bdrukwerk\b|\bgedrukt\b|\boplage\b|"
        r"\bzetwerk\b|\bomslag"
        r"|\btypesetting\b|\blayout\b|\bprinted (?:by|on|in)\b|"
        r"photo(?:graph)?s?\b[^.]{0,12}(?:credits?|:)|fotografie|"
        r"\bfoto(?:’s|'s)?:|\bcover(?: photo| design|:)",
        0.5,
    ),
    _sign(
        r"\b(?:uitgave|publicatie) van\b|\bpublished by\b|\buitgever:|\bpublisher:|colofon|"
        r"\bcolophon\b|\bimprint\b",
        0.4,
    ),
    _sign(r"\b[1-9]\d{3} ?[A-Z]{2}\b(?: +[A-Z])|\bpostbus \d|\bP\.?O\.? Box\b", 0.5, case=False),
    _sign(
        r"(?:\+31|\+32|\+44|\+\d\d)[ (]?[\d ()-]{7,}|\b0\d{1,3}[ -]\d{6,8}\b|\btel(?:\.|efoon|"
        r"ephone)?:? ?[+(\d]",
        0.5,
    ),
    _sign(r"[\w.+-]+@[\w-]+\.[\w.]+", 0.4),
    # Only where the address is all there is to it: a paragraph may well end with whom to ask.
    _sign(r"^[^.!?]{0,90}\b(?:mail|vragen|contact|questions|enquiries|feedback)\b[^.!?]{0,50}@\S+\W*$", 0.6),
    _sign(r"\bwww\.\S+|https?://\S+", 0.2),
    _sign(
        r"views? expressed|opinions? expressed|do not necessarily reflect|"
        r"geen rechten (?:aan )?(?:worden )?ontle|"
        r"\bdisclaimer\b|(?:legal|investment) advice|aansprakelijk(?:heid)? (?:aanvaard|voor)|"
        r"accepts? no (?:liability|respons)"
        r"|does not imply (?:endorsement|support)|uitsluitend de auteurs",
        0.6,
    ),
)

_NAVIGATION = (
    _sign(r"\bcookies?\b", 0.5),
    _sign(
        r"accepteer|accept (?:all|cookies)|only necessary|alleen noodzakelijk|"
        r"cookie[- ]?(?:instelling|beleid|policy|settings)",
        0.6,
    ),
    _sign(
        r"skip to (?:main )?content|(?:direct )?naar (?:de )?(?:hoofd)?inhoud\b|back to top|"
        r"terug naar boven|naar boven\b",
        0.8,
    ),
    _sign(r"\bhome\s*[|>»/›]|(?:^|[|>] *)menu\b|you are here|u bent hier|kruimelpad|breadcrumb", 0.7),
    _sign(r"\blog ?in\b|\binloggen\b|\bsign in\b|\bmijn account\b|\bregistreren\b", 0.4),
    _sign(
        r"\bnewsletter\b|\bnieuwsbrief\b|\bsubscribe\b|\bunsubscribe\b|\bafmelden\b|schrijf (?:je|"
        r"u) (?:nu )?in\b|sign up\b"
        r"|\babonneer\b|word (?:nu )?abonnee|\bsubscribers\b|in (?:je|uw) mailbox",
        0.5,
    ),
    _sign(
        r"schrijf (?:je|u) (?:nu )?in voor|subscribe to (?:our|the)|sign up (?:here )?(?:for|to)|"
        r"reply with",
        0.5,
    ),
    _sign(
        r"deel (?:dit|deze) (?:artikel|pagina|bericht)|share (?:this|on)\b|delen via|volg ons|"
        r"follow us|tweet\b|\bretweet",
        0.6,
    ),
    _sign(r"\blinkedin\b|\bfacebook\b|\btwitter\b|\bwhatsapp\b|\binstagram\b|\byoutube\b", 0.3, 2),
    _sign(
        r"lees (?:ook|meer|verder)\b|read (?:more|next|also)\b|meer lezen|related (?:articles|"
        r"posts|content)|gerelateerd",
        0.4,
    ),
    _sign(
        r"\bprivacy(?:verklaring| statement| policy|beleid)|terms (?:of use|and conditions)|"
        r"gebruiksvoorwaarden|\bsitemap\b",
        0.5,
    ),
    _sign(r"(?:\w[\w ]{1,25}\s*[|>»›]\s*){3,}", 0.6),
    _sign(r"download (?:de |the )?(?:pdf|bijlage|rapport)|\bprint (?:this|deze)|^\s*download\b", 0.4),
)

_FORM = (
    _sign(r"_{4,}", 0.6),
    _sign(r"_{4,}", 0.6, 3),
    _sign(r"…{2,}|\.{6,}(?!\.*\s*\d+(?:\s|$))", 0.6),
    # Boxes with a few words behind them; a checklist of whole sentences is advice, not a form.
    _sign(r"[☐☒☑□○◯▢](?=[^☐☒☑□○◯▢.!?]{0,60}(?:[☐☒☑□○◯▢.?]|$))", 0.4, 2),
    _sign(r"[☐☒☑□○◯▢](?=[^☐☒☑□○◯▢.!?]{0,60}(?:[☐☒☑□○◯▢.?]|$))", 0.7, 4),
    _sign(
        r"\[(?:vul|beschrijf|geef|noem|licht|naam|datum|invullen|fill|describe|enter|insert|name|"
        r"date|select|kies)[^\]]*\]",
        0.7,
    ),
    _sign(
        r"<(?:vul|beschrijf|geef|noem|naam|datum|invullen|fill|describe|enter|insert|name|date|"
        r"select|kies)[^>]*>",
        0.7,
    ),
    _sign(
        r"klik (?:of tik )?(?:hier )?om (?:tekst|een datum)|click or tap|choose an item|"
        r"kies een item|tekst in te voeren",
        1.0,
    ),
    _sign(
        r"\b(?:naam|datum|functie|handtekening|paraaf|ingevuld door|versie|name|date|signature|"
        r"signed|role|completed by)\s*:",
        0.5,
        2,
    ),
    _sign(r"\bja\s*/\s*nee\b|\byes\s*/\s*no\b|n\.v\.t\.\s*/|\bja\b\s*[☐□○].{0,5}\bnee\b", 0.4),
)

_NUMBERED = re.compile(r"(?:^|\s)\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[A-ZÀ-Þ])")
_ASKING = re.compile(
    r"\?|^(?:geef|beschrijf|licht|noem|vermeld|motiveer|onderbouw|vul|gebruik|indien|zo (?:ja|nee))\b"
    r"|^(?:provide|describe|explain|list|indicate|specify|complete|use|if (?:so|yes|not|no))\b",
    re.IGNORECASE,
)
# A few words may stand before the first prompt: a heading in the table, "Part B".
_WORDS_BEFORE_PROMPTS = 12

_PAGE = re.compile(
    r"^\W*(?:(?:pagina|blz\.?|page|p\.)\s*)?\d{1,4}\s*(?:(?:van|of|/)\s*\d{1,4})?\W*$"
    r"|^.{0,80}\b(?:pagina|page)\s+\d{1,4}\s*(?:van|of|/)\s*\d{1,4}\W*$",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.{4,}|(?:\. ){4,}|…{2,}|_{4,})\s*\d{1,3}\b")
_ENTRY = re.compile(
    r"(?:^|[\s|])(?:\d+(?:\.\d+)*\.?\s+)?[A-ZÀ-Þ][^.!?|\n]{3,90}?\s(\d{1,3})(?=\s*(?:$|[|\n]|"
    r"\s(?:\d|[A-Z])))"
)

_AUTHOR = re.compile(r"\b[A-ZÀ-Þ][\w'’-]+,\s+(?:[A-ZÀ-Þ]\.[ -]?){1,4}|\b[A-ZÀ-Þ][\w'’-]+ [A-Z]{1,2}(?=[,.(;])")
_YEAR = re.compile(
    r"\(\s?(?:19|20)\d\d[a-z]?\s?\)\s?[.,:]|\b(?:19|20)\d\d[a-z]?\.\s|,\s(?:19|20)\d\d[.;]|"
    r"\((?:19|20)\d\d\)"
)
_VENUE = re.compile(
    r"\b\d{1,3}\s?\(\d{1,2}(?:[–-]\d)?\)|\bpp?\.\s?\d+(?:\s?[–-]\s?\d+)?|\bdoi\b|https?://|"
    r"\barxiv\b|\bNBER\b|working paper|"
    r"retrieved from|geraadpleegd|\bjournal of\b|proceedings|university press|\bpress\b|"
    r"kamerstuk|\bstcrt|\bECLI\b|"
    r"\b(?:parijs|paris|oxford|cambridge|london|londen|den haag|utrecht|amsterdam|brussel|"
    r"brussels|geneva|genève)[:.]"
    r"|\bibid|aldaar|\breview\b,? \d|\bvol\.\s?\d|\bnr\.\s?\d|\bno\.\s?\d|\bZie (?:voor|ook)\b",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"\b(?:pp?|par|blz|artt?|nr|no|vol|ch|h|hfst)\.\s?\d|https?://|\bwww\.|\b(?:19|20)\d\d\b|\bart(?:ikel|icle)s? \d"
    r"|\bibid|\baldaar|te raadplegen|available at",
    re.IGNORECASE,
)
_CONSULT = re.compile(r"\b(?:is|zijn|welke is|die is|dat is) te raadplegen|\bzie (?:ook)?|\bsee also", re.IGNORECASE)
_VERBS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|does|do|did|that|which|we|"
    r"they|it|if|not|zijn|heeft|hebben|"
    r"wordt|worden|werd|werden|kan|kunnen|zal|zullen|die|dat|blijkt|er|niet|wij|zij|als|dit|"
    r"deze|ook)\b",
    re.IGNORECASE,
)

_HEADINGS = {
    Boilerplate.CONTENTS: r"inhoud|inhoudsopgave|(?:table of )?contents|lijst van (?:figuren|tabellen)|"
    r"list of (?:figures|tables)",
    Boilerplate.REFERENCES: r"(?:geraadpleegde |gebruikte )?(?:literatuur|bronnen|referenties)(?:lijst|verwijzingen|"
    r"opgave)?"
    r"|references?|bibliograph(?:y|ie)|bibliografie|works cited|eindnoten|endnotes|"
    r"notes and references|noten(?: hoofdstuk \d+)?",
    Boilerplate.COLOPHON: r"colofon|colophon|imprint|disclaimer|copyright|contact(?:gegevens)?|over (?:de auteurs?|"
    r"deze publicatie)"
    r"|about (?:the authors?|this publication)|small print|acknowledge?ments?|dankwoord|"
    r"verantwoording uitgave",
    Boilerplate.NAVIGATION: r"\W?cookie\w*\W?|blijf op de hoogte|footer|menu|nuttige links|useful links|"
    r"deel deze pagina|share",
    Boilerplate.FORM: r"sign-off|ondertekening|handtekening(?:en)?|document control|versiebeheer|checklist",
}
_HEADING_PATTERNS = {
    kind: re.compile(
        rf"^\W*(?:(?:bijlage|annex|appendix|hoofdstuk|"
        rf"chapter)\s+)?(?:[\dA-Z]{{1,3}}(?:\.\d+)*[.)]?\s+)?(?:{words})\W*$",
        re.I,
    )
    for kind, words in _HEADINGS.items()
}
_ENOUGH = 1.0

# Footnotes with at most so many verbs and pronouns in ten words say where something stands, not how it is: of the 100
# footnotes of seven Dutch government documents 47 are marked, one of them with a remark of its own (2026-11).
_NOTE_VERBS = 0.6


def recognise_boilerplate(
    text: str, section: Sequence[str] = (), kinds: Iterable[BlockKind] = ()
) -> Boilerplate | None:
    """Which kind of boilerplate a passage is, or ``None`` for running text.

    Parameters
    ----------
    text
        Text of the passage.
    section
        Headings above it, outermost first; only the innermost is judged, and any heading of a reference list.
    kinds
        Kinds of the blocks that the passage is made of, as the parser recognised them; they decide where they agree.
    """
    kinds = tuple(kinds)
    found = {_BY_KIND.get(kind) for kind in kinds}
    if len(found) == 1 and (kind := next(iter(found))) is not None:
        return kind
    if _PAGE.match(text):
        return Boilerplate.PAGE_FURNITURE
    scores = {
        Boilerplate.CONTENTS: _contents_score(text),
        Boilerplate.REFERENCES: _reference_score(text),
        Boilerplate.COLOPHON: _score(text, _COLOPHON),
        Boilerplate.NAVIGATION: _score(text, _NAVIGATION),
        Boilerplate.FORM: _score(text, _FORM) + _prompt_score(text),
    }
    if set(kinds) == {BlockKind.FOOTNOTE}:
        scores[Boilerplate.REFERENCES] += _note_score(text)
    for kind, pattern in _HEADING_PATTERNS.items():
        innermost = bool(section) and bool(pattern.match(section[-1]))
        # Only a reference list has headings of its own below it ("Literatuur", "Rapporten").
        above = kind is Boilerplate.REFERENCES and any(pattern.match(heading) for heading in section)
        if innermost or above:
            scores[kind] += 0.6
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= _ENOUGH else None


def _score(text: str, signs: Iterable[_Sign]) -> float:
    total = 0.0
    for sign in signs:
        if sign.times == 1:
            total += sign.weight if sign.pattern.search(text) else 0.0
        elif sum(1 for _ in sign.pattern.finditer(text)) >= sign.times:
            total += sign.weight
    return total


def _prompt_score(text: str) -> float:
    """Numbered questions and requests without an answer, as in a template ("2.1.3 Which risks ...?").

    Numbers of two or more levels are asked for: research questions and agenda points are numbered "1." or "(1)".
    """
    prompts = _NUMBERED.split(text)
    if len(prompts) < 2 or len(prompts[0].split()) > _WORDS_BEFORE_PROMPTS:
        return 0.0
    sentences = [prompt[a:b] for prompt in prompts[1:] for a, b in sentence_spans(prompt)]
    asking = sum(1 for sentence in sentences if _ASKING.search(sentence))
    # Half: a prompt often has an explanation behind it, an answer has more sentences than its question.
    return 1.0 if sentences and asking * 2 >= len(sentences) else 0.0


def _contents_score(text: str) -> float:
    """Dot leaders with page numbers, or three and more entries whose page numbers only rise."""
    leaders = len(_LEADERS.findall(text))
    pages = [int(match) for match in _ENTRY.findall(text)]
    # Numbers that go up by one each time number the steps of a list, not the pages of chapters.
    steps = {right - left for left, right in pairwise(pages)}
    rising = len(pages) >= 4 and min(steps) >= 0 and steps not in ({0}, {1})
    verbs = len(_VERBS.findall(text))
    return min(leaders, 3) * 0.5 + (1.0 if rising and verbs <= len(pages) // 2 else 0.0)


def _note_score(text: str) -> float:
    """Whether a footnote only points to a source: a page, article, year or address and hardly a verb."""
    n_words = max(len(text.split()), 1)
    verbs = len(_VERBS.findall(_CONSULT.sub("", text))) * 10 / n_words
    return 1.0 if _POINTER.search(text) and "%" not in text and verbs <= _NOTE_VERBS else 0.0


def _reference_score(text: str) -> float:
    """How densely authors, years and places of publication stand together, in text without sentences.

    A list of references has an author, a year and a place of publication in every twenty words or so and hardly any
    verb; running text with references in it has a verb or a pronoun in every eight.
    """
    n_words = max(len(text.split()), 1)
    authors, years, venues = (len(p.findall(text)) for p in (_AUTHOR, _YEAR, _VENUE))
    kinds = (authors > 0) + (years > 0) + (venues > 0)
    density = (authors + years + venues) * 10 / n_words
    verbs = len(_VERBS.findall(text)) * 10 / n_words
    if kinds < 2:
        return 0.0
    return min(density, 2.0) * 0.8 - verbs * 0.8
