"""What is counted, with one English name for both languages."""

from __future__ import annotations

#: Compounds end in these; what is counted is then named after the end.
_LEAST_END = 5

_NOUNS = {
    "jobs": "banen baan jobs job arbeidsplaatsen arbeidsplaats posts functies positions",
    "full-time jobs": "voltijdbanen voltijdsbanen",
    "firms": "bedrijven bedrijf ondernemingen onderneming firms firm companies company enterprises enterprise "
    "businesses establishments vestigingen mkb'ers smes",
    "start-ups": "start-ups startups scale-ups",
    "employees": "werknemers werknemer employees employee personeelsleden medewerkers medewerker staff man",
    "workers": "werkenden werkende workers worker arbeiders krachten telefonisten koeriers bezorgers couriers "
    "chauffeurs drivers verpleegkundigen nurses juristen lawyers programmeurs programmers consultants adviseurs "
    "advisers agents operators monteurs lassers accountants boekhouders journalisten journalists vertalers translators "
    "radiologen radiologists artsen doctors physicians recruiters uitzendkrachten vakmensen",
    "self-employed": "zzp'ers zelfstandigen freelancers",
    "managers": "managers leidinggevenden bestuurders executives directors directeuren",
    "respondents": "respondenten respondent respondents ondervraagden geïnterviewden interviewees",
    "participants": "deelnemers participants proefpersonen subjects",
    "experts": "experts deskundigen kenners",
    "researchers": "onderzoekers researchers wetenschappers scientists",
    "teams": "teams ploegen",
    "organisations": "organisaties organisations organizations",
    "institutions": "instellingen institutions",
    "pages": "pagina's pages bladzijden",
    "people": "mensen personen people persons individuals inwoners burgers citizens",
    "women": "vrouwen women",
    "men": "mannen men",
    "employers": "werkgevers employers",
    "vacancies": "vacatures vacature vacancies vacancy postings advertenties advertisements ads vacatureteksten",
    "applicants": "sollicitanten applicants kandidaten candidates",
    "applications": "sollicitaties applications aanvragen",
    "customers": "klanten customers clients cliënten",
    "patients": "patiënten patients",
    "members": "leden members",
    "users": "gebruikers users",
    "studies": "studies studie study papers artikelen articles publicaties publications evaluaties evaluations",
    "experiments": "experimenten experiment experiments proeven trials",
    "countries": "landen countries",
    "municipalities": "gemeenten municipalities",
    "regions": "regio's regions",
    "occupations": "beroepen occupations",
    "sectors": "sectoren sectors branches industries",
    "students": "studenten students leerlingen pupils",
    "households": "huishoudens households",
    "teachers": "docenten leraren teachers leerkrachten",
    "schools": "scholen schools",
    "centres": "centra centres centers",
    "hospitals": "ziekenhuizen hospitals",
    "laboratories": "laboratoria laboratories labs",
    "agreements": "cao's akkoorden agreements",
    "interviews": "interviews gesprekken vraaggesprekken",
    "calls": "telefoontjes calls",
    "cases": "gevallen cases zaken",
    "files": "dossiers files",
    "questions": "vragen questions",
    "answers": "antwoorden answers",
    "tasks": "taken tasks",
    "skills": "vaardigheden skills",
    "systems": "systemen systems algoritmen algoritmes algorithms",
    "applications of AI": "toepassingen",
    "robots": "robots cobots",
    "patents": "octrooien patenten patents",
    "texts": "teksten texts",
    "words": "woorden words",
    "CVs": "cv's cvs resumes résumés",
    "claims": "claims schademeldingen",
    "complaints": "klachten complaints",
    "errors": "fouten errors mistakes",
    "orders": "bestellingen orders orderregels",
    "parcels": "pakketten pakketjes parcels",
    "shifts": "diensten shifts",
    "places": "plaatsen places plekken",
    "courses": "cursussen courses opleidingen",
    "works councils": "ondernemingsraden",
}  # fmt: skip
#: Name of each word in small letters.
NOUN_OF = {word: name for name, words in _NOUNS.items() for word in words.split()}
_OFTEN_NO_NOUN = frozenset(
    [
        *("leden", "vragen", "diensten", "plaatsen", "plekken", "zaken", "taken", "fouten", "man"),
        *("claims", "calls", "orders", "ads", "posts", "agents", "operators", "words"),
    ]
)
#: Names of what is counted.
COUNTED = frozenset(_NOUNS)
#: Those before which a number like 2019 counts: others are too often verbs, or stand after a year by chance.
SURELY_COUNTED = frozenset(NOUN_OF) - _OFTEN_NO_NOUN
_ENDS = tuple(sorted((word for word in NOUN_OF if len(word) >= _LEAST_END and word.endswith("en")), key=len)[::-1])


def noun_name(noun: str) -> str:
    """One name for what is counted in both languages; the noun itself, in small letters, where it has none.

    A compound is named after its end: *zorgmedewerkers* are employees as *medewerkers* are.
    """
    lowered = noun.lower().replace("’", "'")
    known = NOUN_OF.get(lowered) or NOUN_OF.get(lowered.rpartition("-")[2])
    if known is not None:
        return known
    return next((NOUN_OF[end] for end in _ENDS if lowered.endswith(end)), lowered)
