"""Signs of boilerplate in Dutch and English: the words and shapes, with what each of them weighs.

Weights were set so that on the 4,388 hand-written passages (2026-11) none with a theme or recommendation reaches one
point; add a sign by trying it there (``tests/passages/test_boilerplate.py``).

Most passages show no sign at all, and to find that out by 36 patterns took six tenths of the time of cutting a
document into passages. So each sign names its ``parts``: whatever its pattern finds holds one of them, in small letters
(:func:`folded`). Only where one is in the text is the pattern looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pipelines.domain.passages import Boilerplate


@dataclass(frozen=True, slots=True)
class Sign:
    """``weight`` points where ``pattern`` is found at least ``times`` times; ``parts`` as said above."""

    shape: str
    parts: tuple[str, ...]
    weight: float
    times: int = 1

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first looked for: all of them take 30 ms, and most documents need a few."""
        return _compiled(self.shape)


@cache
def _compiled(shape: str) -> re.Pattern[str]:
    return re.compile(shape, re.IGNORECASE)


def _sign(shape: str, weight: float, parts: str, times: int = 1) -> Sign:
    return Sign(shape, tuple(parts.split(", ")), weight, times)


COLOPHON = (
    _sign(r"\bISBN\b|\bISSN\b|\bNUR \d{3}|\bcatalogue n", 0.7, "isbn, issn, nur, catalogue n"),
    _sign(r"^.{0,60}\b(?:ISBN|ISSN)\b.{0,40}$", 0.4, "isbn, issn"),
    _sign(
        r"©|\bcopyright\b|auteursrecht(?:en)? (?:berust|voorbehouden)|\(c\) (?:19|20)\d\d",
        0.5,
        "©, copyright, auteursrecht, (c)",
    ),
    _sign(
        r"alle rechten voorbehouden|all rights reserved|niets uit deze (?:uitgave|publicatie)|"
        r"niets van deze site",
        0.7,
        "rechten voorbehouden, all rights reserved, niets uit deze, niets van deze",
    ),
    _sign(
        r"bronvermelding|provided (?:that )?the source|with (?:due )?(?:acknowledgement|"
        r"attribution)|mag (?:niet )?zonder "
        r"(?:voorafgaande )?(?:schriftelijke )?toestemming|creative ?commons|\bCC[- ]BY\b|"
        r"open licence",
        0.6,
        "bronvermelding, provided t, acknowledgement, attribution, toestemming, creative, cc-by, cc by, open licence",
    ),
    _sign(
        r"\b(?:eind)?redactie\b|\bvormgeving\b|\bopmaak\b|\bdrukwerk\b|\bgedrukt\b|\boplage\b|"
        r"\bzetwerk\b|\bomslag"
        r"|\btypesetting\b|\blayout\b|\bprinted (?:by|on|in)\b|"
        r"photo(?:graph)?s?\b[^.]{0,12}(?:credits?|:)|fotografie|"
        r"\bfoto(?:’s|'s)?:|\bcover(?: photo| design|:)",
        0.5,
        "redactie, vormgeving, opmaak, drukwerk, gedrukt, oplage, zetwerk, omslag, typesetting, layout, "
        "printed by, printed on, printed in, photo, foto, cover design, cover:",
    ),
    _sign(
        r"\b(?:uitgave|publicatie) van\b|\bpublished by\b|\buitgever:|\bpublisher:|colofon|"
        r"\bcolophon\b|\bimprint\b",
        0.4,
        "uitgave van, publicatie van, published by, uitgever:, publisher:, colofon, colophon, imprint",
    ),
    _sign(
        r"\b[1-9]\d{3} ?[A-Z]{2}\b(?: +[A-Z])|\bpostbus \d|\bP\.?O\.? Box\b",
        0.5,
        "1, 2, 3, 4, 5, 6, 7, 8, 9, postbus, box",
    ),
    _sign(
        # Begins with a set of characters, so that it is looked for ten times faster.
        r"(?-i:[+0tT])(?:(?<=\+)\d\d[ (]?[\d ()-]{7,}|(?<=\b0)\d{1,3}[ -]\d{6,8}\b"
        r"|(?<=\bt)el(?:\.|efoon|ephone)?:? ?[+(\d])",
        0.5,
        "+, tel, 0",
    ),
    _sign(r"[\w.+-]+@[\w-]+\.[\w.]+", 0.4, "@"),
    # Only where the address is all there is to it: a paragraph may well end with whom to ask.
    _sign(r"^[^.!?]{0,90}\b(?:mail|vragen|contact|questions|enquiries|feedback)\b[^.!?]{0,50}@\S+\W*$", 0.6, "@"),
    _sign(r"\bwww\.\S+|https?://\S+", 0.2, "www., http"),
    _sign(
        r"views? expressed|opinions? expressed|do not necessarily reflect|"
        r"geen rechten (?:aan )?(?:worden )?ontle|"
        r"\bdisclaimer\b|(?:legal|investment) advice|aansprakelijk(?:heid)? (?:aanvaard|voor)|"
        r"accepts? no (?:liability|respons)"
        r"|does not imply (?:endorsement|support)|uitsluitend de auteurs",
        0.6,
        "expressed, necessarily reflect, geen rechten, disclaimer, legal advice, investment advice, "
        "aansprakelijk, no liability, no respons, not imply, uitsluitend de auteurs",
    ),
)

NAVIGATION = (
    _sign(r"\bcookies?\b", 0.5, "cookie"),
    _sign(
        r"accepteer|accept (?:all|cookies)|only necessary|alleen noodzakelijk|"
        r"cookie[- ]?(?:instelling|beleid|policy|settings)",
        0.6,
        "accepteer, accept all, accept cookies, only necessary, alleen noodzakelijk, cookie",
    ),
    _sign(
        r"skip to (?:main )?content|(?:direct )?naar (?:de )?(?:hoofd)?inhoud\b|back to top|"
        r"terug naar boven|naar boven\b",
        0.8,
        "skip to, inhoud, back to top, naar boven",
    ),
    _sign(
        r"\bhome\s*[|>»/›]|(?:^|[|>] *)menu\b|you are here|u bent hier|kruimelpad|breadcrumb",
        0.7,
        "home, menu, you are here, u bent hier, kruimelpad, breadcrumb",
    ),
    _sign(
        r"\blog ?in\b|\binloggen\b|\bsign in\b|\bmijn account\b|\bregistreren\b",
        0.4,
        "log in, login, inloggen, sign in, mijn account, registreren",
    ),
    _sign(
        r"\bnewsletter\b|\bnieuwsbrief\b|\bsubscribe\b|\bunsubscribe\b|\bafmelden\b|schrijf (?:je|"
        r"u) (?:nu )?in\b|sign up\b"
        r"|\babonneer\b|word (?:nu )?abonnee|\bsubscribers\b|in (?:je|uw) mailbox",
        0.5,
        "newsletter, nieuwsbrief, subscribe, afmelden, schrijf je, schrijf u, sign up, abonnee, mailbox",
    ),
    _sign(
        r"schrijf (?:je|u) (?:nu )?in voor|subscribe to (?:our|the)|sign up (?:here )?(?:for|to)|"
        r"reply with",
        0.5,
        "schrijf je, schrijf u, subscribe to, sign up, reply with",
    ),
    _sign(
        r"deel (?:dit|deze) (?:artikel|pagina|bericht)|share (?:this|on)\b|delen via|volg ons|"
        r"follow us|tweet\b|\bretweet",
        0.6,
        "deel dit, deel deze, share this, share on, delen via, volg ons, follow us, tweet",
    ),
    _sign(
        r"\blinkedin\b|\bfacebook\b|\btwitter\b|\bwhatsapp\b|\binstagram\b|\byoutube\b",
        0.3,
        "linkedin, facebook, twitter, whatsapp, instagram, youtube",
        2,
    ),
    _sign(
        r"lees (?:ook|meer|verder)\b|read (?:more|next|also)\b|meer lezen|related (?:articles|"
        r"posts|content)|gerelateerd",
        0.4,
        "lees ook, lees meer, lees verder, read more, read next, read also, meer lezen, "
        "related articles, related posts, related content, gerelateerd",
    ),
    _sign(
        r"\bprivacy(?:verklaring| statement| policy|beleid)|terms (?:of use|and conditions)|"
        r"gebruiksvoorwaarden|\bsitemap\b",
        0.5,
        "privacy, terms of use, terms and conditions, gebruiksvoorwaarden, sitemap",
    ),
    _sign(r"(?<=\w|\s)[|>»›]\s*\w", 0.6, "|, >, », ›", 3),
    _sign(
        r"download (?:de |the )?(?:pdf|bijlage|rapport)|\bprint (?:this|deze)|^\s*download\b",
        0.4,
        "download, print this, print deze",
    ),
)

FORM = (
    _sign(r"_{4,}", 0.6, "____"),
    _sign(r"_{4,}", 0.6, "____", 3),
    _sign(r"…{2,}|(?<!\.)\.{6,}+(?!\.*\s*\d+(?:\s|$))", 0.6, "……, ......"),
    # Boxes with a few words behind them; a checklist of whole sentences is advice, not a form.
    _sign(r"[☐☒☑□○◯▢](?=[^☐☒☑□○◯▢.!?]{0,60}(?:[☐☒☑□○◯▢.?]|$))", 0.4, "☐, ☒, ☑, □, ○, ◯, ▢", 2),
    _sign(r"[☐☒☑□○◯▢](?=[^☐☒☑□○◯▢.!?]{0,60}(?:[☐☒☑□○◯▢.?]|$))", 0.7, "☐, ☒, ☑, □, ○, ◯, ▢", 4),
    _sign(
        r"\[(?:vul|beschrijf|geef|noem|licht|naam|datum|invullen|fill|describe|enter|insert|name|"
        r"date|select|kies)[^\]]*\]",
        0.7,
        "[",
    ),
    _sign(
        r"<(?:vul|beschrijf|geef|noem|naam|datum|invullen|fill|describe|enter|insert|name|date|"
        r"select|kies)[^>]*>",
        0.7,
        "<",
    ),
    _sign(
        r"klik (?:of tik )?(?:hier )?om (?:tekst|een datum)|click or tap|choose an item|"
        r"kies een item|tekst in te voeren",
        1.0,
        "klik of, klik hier, klik om, click or tap, choose an item, kies een item, tekst in te voeren",
    ),
    _sign(
        r"\b(?:naam|datum|functie|handtekening|paraaf|ingevuld door|versie|name|date|signature|"
        r"signed|role|completed by)\s*:",
        0.5,
        ":",
        2,
    ),
    _sign(r"\bja\s*/\s*nee\b|\byes\s*/\s*no\b|n\.v\.t\.\s*/|\bja\b\s*[☐□○].{0,5}\bnee\b", 0.4, "/, ☐, □, ○"),
)

# Patterns that begin with a set of characters: they are found several times faster than those that begin with a border,
# so what stands before is asked for behind the first character.
LEVELS = re.compile(r"\d\.\d")
PAGE_NUMBER = re.compile(r"\d(?<=\s.)")

NUMBERED = re.compile(r"(?:^|\s)\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[A-ZÀ-Þ])")
ASKING = re.compile(
    r"\?|^(?:geef|beschrijf|licht|noem|vermeld|motiveer|onderbouw|vul|gebruik|indien|zo (?:ja|nee))\b"
    r"|^(?:provide|describe|explain|list|indicate|specify|complete|use|if (?:so|yes|not|no))\b",
    re.IGNORECASE,
)
PAGE_ALONE = re.compile(
    r"\W*(?:(?:pagina|blz\.?|page|p\.)\s*)?\d{1,4}\s*(?:(?:van|of|/)\s*\d{1,4})?\W*$", re.IGNORECASE
)
PAGE_OF = re.compile(r".{0,80}\b(?:pagina|page)\s+\d{1,4}\s*(?:van|of|/)\s*\d{1,4}\W*$", re.IGNORECASE)
LEADERS = re.compile(r"(?:(?<!\.)\.{4,}+|(?:\. ){4,}|…{2,}|_{4,})\s*\d{1,3}\b")
LEADER_PARTS = ("....", ". . . . ", "……", "____")
ENTRY = re.compile(
    r"(?:^|[\s|])(?:\d+(?:\.\d+)*\.?\s+)?[A-ZÀ-Þ][^.!?|\n]{3,90}?\s(\d{1,3})(?=\s*(?:$|[|\n]|"
    r"\s(?:\d|[A-Z])))"
)

AUTHOR = re.compile(r"[A-ZÀ-Þ](?<=\b.)[\w'’-]++(?:,\s+(?:[A-ZÀ-Þ]\.[ -]?){1,4}| [A-Z]{1,2}(?=[,.(;]))")
YEAR = re.compile(
    r"\(\s?(?:19|20)\d\d[a-z]?\s?\)\s?[.,:]|\b(?:19|20)\d\d[a-z]?\.\s|,\s(?:19|20)\d\d[.;]|"
    r"\((?:19|20)\d\d\)"
)
YEAR_PARTS = ("19", "20")
VENUE = re.compile(
    r"\b\d{1,3}\s?\(\d{1,2}(?:[–-]\d)?\)|\bpp?\.\s?\d+(?:\s?[–-]\s?\d+)?|\bdoi\b|https?://|"
    r"\barxiv\b|\bNBER\b|working paper|"
    r"retrieved from|geraadpleegd|\bjournal of\b|proceedings|university press|\bpress\b|"
    r"kamerstuk|\bstcrt|\bECLI\b|"
    r"\b(?:parijs|paris|oxford|cambridge|london|londen|den haag|utrecht|amsterdam|brussel|"
    r"brussels|geneva|genève)[:.]"
    r"|\bibid|aldaar|\breview\b,? \d|\bvol\.\s?\d|\bnr\.\s?\d|\bno\.\s?\d|\bZie (?:voor|ook)\b",
    re.IGNORECASE,
)
POINTER = re.compile(
    r"\b(?:pp?|par|blz|artt?|nr|no|vol|ch|h|hfst)\.\s?\d|https?://|\bwww\.|\b(?:19|20)\d\d\b|\bart(?:ikel|icle)s? \d"
    r"|\bibid|\baldaar|te raadplegen|available at",
    re.IGNORECASE,
)
CONSULT = re.compile(r"\b(?:is|zijn|welke is|die is|dat is) te raadplegen|\bzie (?:ook)?|\bsee also", re.IGNORECASE)
_VERBS = """is are was were has have had will would can could may does do did that which we they it if not zijn heeft
    hebben wordt worden werd werden kan kunnen zal zullen die dat blijkt er niet wij zij als dit deze ook"""
VERBS = frozenset(_VERBS.split())

_HEADING_WORDS = {
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
HEADINGS = {
    kind: re.compile(
        rf"^\W*(?:(?:bijlage|annex|appendix|hoofdstuk|"
        rf"chapter)\s+)?(?:[\dA-Z]{{1,3}}(?:\.\d+)*[.)]?\s+)?(?:{words})\W*$",
        re.I,
    )
    for kind, words in _HEADING_WORDS.items()
}


_SAME_LETTERS = (("İ", "i"), ("ı", "i"), ("ſ", "s"))


def folded(text: str) -> str:
    """``text`` in small letters, as patterns without regard for capitals see it: for them İ, ı and ſ are i and s."""
    for letter, same in _SAME_LETTERS:
        text = text.replace(letter, same)
    return text.lower()


def score_signs(text: str, small: str, signs: Iterable[Sign]) -> float:
    """Sum of the weights of the signs that ``text`` shows; ``small`` is the same text folded."""
    total = 0.0
    for sign in signs:
        for part in sign.parts:
            if part in small:
                total += sign.weight if _shows(text, small, sign) else 0.0
                break
    return total


def _shows(text: str, small: str, sign: Sign) -> bool:
    if sign.times == 1:
        return sign.pattern.search(text) is not None
    if sum(map(small.count, sign.parts)) < sign.times:
        return False
    return sum(1 for _ in sign.pattern.finditer(text)) >= sign.times
