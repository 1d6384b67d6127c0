"""Where sentences begin and end in Dutch and English policy prose.

One set of rules for both languages, as Dutch reports quote English and the other way round. The rules work on
characters, so that a stage can cut sentences without tokenising; :mod:`pipelines.language.pipelines` hands the same
borders to spaCy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the end of a sentence: something always follows.
_NEVER_LAST = _words(
    """
    bijv bv nl vgl zgn zg evt resp ca circa incl excl dhr mevr dr drs prof mr mrs ms ir ing st ds lic mgr hfst
    blz pag pp p art artt nr nrs tab fig figs eq eqs vs approx cf viz i.e e.g hon gov dept eds bijz betr i.p.v
    onderd projectnr dossiernr secr c.q d.d d.w.z o.a m.b.t m.n t.a.v t.b.v t.o.v n.a.v i.v.m i.h.b i.h.k.v
    o.b.v o.v.v m.i m.u.v m.m.v a.h.w s.v.p t.w t.g.v d.m.v o.g.v o.l.v i.c.m i.o i.c i.g.v n.b z.g v.d v.a v.h
    w.s
    """
)

# Ordinary words, or words that close a sentence too: an abbreviation only before a figure, a letter or a Roman number.
_BEFORE_NUMBER = _words(
    """
    no nos min max sec sect ch chap app vol ref refs sub def ext jan feb febr mrt mar apr jun jul aug sep sept
    okt oct nov dec col cols fn annex bijlage bijl lid stb stcrt pb hr rb afd suppl comm mem ov par tel gem gen
    rep ed rev red ktr
    """
)

# May close a sentence: then a usual opening word or at least a capital letter follows.
_MAYBE_LAST = _words(
    """
    etc enz e.d e.a e.v ev a.m p.m mln mld jl jr jrs sr inc ltd co corp btw o.i.d b.v n.v u.s u.k u.s.a e.u
    n.v.t t.z.t w.o z.s.m v.s u.n ph.d m.sc b.sc ll.m d.c a.u.b p.p p.j p.w p.a fte
    """
)

# Of these, names go on with a capital ("U.S. Department"): only a usual opening word makes a new sentence.
_IN_NAMES = _words(
    """
    u.s u.k u.s.a e.u n.v b.v v.s u.n d.c
    """
)

_OPENERS = _words(
    """
    de het een dit dat deze die er ze zij hij wij we ik in op om bij met voor van uit naar door als toch ook
    maar en of want dus daarom daarnaast verder wel niet geen veel sommige alle elk iedere zo toen nu wie wat
    waar hoe volgens omdat terwijl hoewel onder over na sinds tussen vooral zonder tot te tegen aan men hun haar
    zijn the a an this that these those it its they he she we i you his her their our at on by for from with to
    of as if and but or so yet when while although since after before because there here what who how why not no
    many most some all each every both such other another over under between among during against only even more
    however
    """
)

# Nouns after which a lone capital is a name of something, not an initial ("organisatie B. De ...").
_LABELLED = _words(
    """
    groep organisatie bedrijf plan optie type model scenario bijlage variant klasse categorie fase team locatie
    afdeling casus geval vraag regel kolom punt sectie deel onderdeel vitamine group organisation organization
    firm company option scenario annex appendix category class phase site case plant grade question rule column
    point panel section part table model type vitamin
    """
)

_CLOSERS = "\"'”’»›)\\]"
_FOOTNOTE = (
    r"(?:(?:\[\d{1,3}(?:[,–-]\s?\d{1,3})*\])+|\(\d{1,3}\)|[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:[,⁻–-][⁰¹²³⁴⁵⁶⁷⁸⁹]+)*"
    r"|\d{1,3}(?:[,–-]\d{1,3})*\)?|[*†‡]{1,3})"
)
# A full stop with what sticks to it, then white space; or a full stop glued to the next sentence (a lost space).
_BORDER = re.compile(
    rf"(?<![.!?…])(?P<stop>[.!?…]++)(?P<close>[{_CLOSERS}]*+)(?P<note>{_FOOTNOTE}[{_CLOSERS}]*)?(?P<space>\s+)"
    r"|(?<=[a-zà-ÿ]{3})(?P<glued>[.?!])(?=[A-ZÀ-Þ][a-zà-ÿ]+[ ,])"
    r"|(?P<line>\n\s*\n\s*|\n(?=\s*(?:[•·▪●‣◦■□►–*-]|\(?\d{1,2}[.)]|[a-z]\))\s))"
)
# Every border begins with one of these. To look for them, and for a border at each of them only, takes a third of the
# time of looking for borders.
_MARK = re.compile(r"[.!?…\n]")
# Characters looked back from a full stop; the longest sentence of the 4,388 hand-written passages has 483 (2026-11).
_LOOK_BACK = 1_500
# Characters within which a bracket must close after a full stop inside it; the longest of the 51 brackets with a full
# stop in those passages has 192.
_BRACKET = 250
# Several steps ask for the sentences of the same passage in turn, a batch of 512 passages at a time; longer texts are
# whole documents, which are cut once.
_REMEMBERED_TEXTS = 1_024
_REMEMBERED_LENGTH = 4_000
_BEFORE_WORD = "([{\"'“‘’„«/"
_ENUMERATOR = re.compile(r"\W*(?:\d+(?:\.\d+)*|[A-Za-z]|[ivxlIVXL]{1,5})$")
_FIRST_OF_LIST = re.compile(r":\s+[1aiI]$")
_NEXT_WORD = re.compile(r"[\"'“‘„«(\[]*([^\W\d_]+)")
_NEXT_NUMBER = re.compile(r"[\"'“‘„«(\[]*(?:\d|[IVXL]+\b|[A-Z]\b|[A-Z]\.\d)")
_NEXT_START = re.compile(r"(?:[\"'“‘„«(\[¿¡•–—-]\s*)*(?:[A-ZÀ-ÖØ-ÞŒŠŽ0-9€$£]|'[stn]\s+[A-Z]|’[stn]\s+[A-Z]|[a-z][A-Z])")
_PARENTHESIS = re.compile(r"[()\[\]]")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Sentences of ``text``: half-open character spans, in order, without the white space around them.

    Every character that is not white space lies in exactly one sentence. A blank line, and a line that begins with a
    bullet or an enumerator, always begin a sentence. The marker of an item ("2.3", "a.") belongs to what follows it,
    a footnote mark glued to the full stop to what precedes it.
    """
    return list(_remembered(text) if len(text) <= _REMEMBERED_LENGTH else _cut(text))


@lru_cache(maxsize=_REMEMBERED_TEXTS)
def _remembered(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(_cut(text))


def _cut(text: str) -> list[tuple[int, int]]:
    cuts = [0]
    for match in _borders(text):
        if match["line"] is not None or match["glued"] or _ends_sentence(text, cuts[-1], match):
            cuts.append(match.end())
    cuts.append(len(text))
    spans: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            low = start + len(piece) - len(piece.lstrip())
            spans.append((low, low + len(stripped)))
    return spans


def _borders(text: str) -> Iterator[re.Match[str]]:
    """What :data:`_BORDER` finds, one after the other."""
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() >= end and (border := _BORDER.match(text, mark.start())):
            end = border.end()
            yield border


def _ends_sentence(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the stop that ``match`` found closes the sentence that began at ``begin``."""
    rest = match.end()
    if rest >= len(text) or not _NEXT_START.match(text, rest):
        return False
    stop = match.start()
    # Only the end of a long run without sentence ends is looked at, so that odd text costs no more than prose. The
    # mark in front keeps its start from looking like the start of the sentence.
    before = text[begin:stop] if stop - begin <= _LOOK_BACK else "x " + text[stop - _LOOK_BACK : stop]
    if _inside_brackets(text, max(begin, stop - _LOOK_BACK), match):
        return False
    if match["stop"] != ".":
        return _ends_with_mark(match, before)
    word = "" if not before or before[-1].isspace() else before.rsplit(maxsplit=1)[-1].lstrip(_BEFORE_WORD)
    if match["note"] and match["note"][0].isdigit() and (not word or not word[-1].isalpha()):
        # "3.14 ": a decimal, not a footnote mark. After a closing quote a digit is a mark again.
        return bool(match["close"])
    if not match["close"] and (_ENUMERATOR.match(before) or _FIRST_OF_LIST.search(before)):
        return False
    if match["close"] and match["close"][0] not in ")]":
        return True
    return _may_close(before, word, text, rest)


def _ends_with_mark(match: re.Match[str], before: str) -> bool:
    """Question and exclamation marks close; dots that only leave something out ("(...)") do not."""
    if set(match["stop"]) <= {".", "…"}:
        return bool(before.strip()) and before.rstrip()[-1] not in "(["
    return True


def _may_close(before: str, word: str, text: str, rest: int) -> bool:
    """Whether a full stop after ``word`` can close a sentence when ``text[rest:]`` follows."""
    bare = word.lower()
    next_match = _NEXT_WORD.match(text, rest)
    opener = bool(next_match) and next_match.group(1).lower() in _OPENERS if next_match else False
    if bare in _MAYBE_LAST:
        follows_number = bool(_NEXT_NUMBER.match(text, rest)) and not opener
        return not follows_number and (opener or bare not in _IN_NAMES)
    if bare == "al" and before.lower().endswith("et al"):
        return opener
    if bare in _BEFORE_NUMBER:
        return not _NEXT_NUMBER.match(text, rest) or opener
    if bare in _NEVER_LAST:
        return False
    if len(word) == 1 and word.isalpha():
        return _closes_after_letter(before, word, opener)
    if _DOTTED.search(word):
        # Initials ("J.P. Smit") and abbreviations not listed above.
        return opener and word.islower()
    return True


def _closes_after_letter(before: str, letter: str, opener: bool) -> bool:
    """A lone letter is an initial, unless a noun that takes a label stands before it and a usual opening after."""
    words = before[: -len(letter)].split()
    if not words:
        return False
    last = words[-1].strip("()[],;:'\"").lower()
    if last in _LABELLED:
        return True
    return opener and words[-1].islower() and words[-1].isalpha()


def _inside_brackets(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether the stop stands within brackets that opened inside this sentence and close shortly after it."""
    if text.find("(", begin, match.end()) < 0 and text.find("[", begin, match.end()) < 0:
        return False
    opened = -1
    depth = 0
    for parenthesis in _PARENTHESIS.finditer(text, begin, match.end()):
        if parenthesis[0] in "([":
            if depth == 0:
                opened = parenthesis.start()
            depth += 1
        elif depth:
            depth -= 1
    if depth == 0 or opened <= begin:
        return False
    closing = {"(": ")", "[": "]"}[text[opened]]
    found = text.find(closing, match.end(), match.end() + _BRACKET)
    return found >= 0 and "\n" not in text[match.end() : found]
