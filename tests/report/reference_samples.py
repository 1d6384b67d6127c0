"""References of the kinds that scans bring in, with their entries as the APA would have them, written by hand.

People and organisations are made up.
"""

# ruff: noqa: E501 (an entry is one line)
from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from pipelines.domain.documents import DocumentState, Metadata
from pipelines.domain.runs import DocumentSummary

PDF, HTML = "application/pdf", "text/html"
FIRST = datetime(2026, 11, 3, 9, 0)


class Sample(NamedTuple):
    """A document, and its entry in both languages."""

    document: DocumentSummary
    nl: str
    en: str
    key: str


def make_reference_document(number: int, media_type: str = PDF, **said: object) -> DocumentSummary:
    """A document that says of itself what is given; the file has no telling name."""
    path = str(said.pop("path", f"data/raw/download ({number}).pdf"))
    return DocumentSummary(
        id=f"doc-{number:03}",
        paths=(path,),
        state=DocumentState.TEXT,
        stage="done",
        media_type=media_type,
        parser="pdf/1",
        metadata=Metadata.model_validate(said),
        n_pages=10 + number if media_type == PDF else None,
        first_seen=FIRST + timedelta(days=number),
        run_id="run-1",
    )


_WRITTEN: list[tuple[dict[str, object], str, str, str]] = [
    (
        {"title": "Leren op de werkvloer", "authors": ("J. van der Berg", "K. van Dijk"), "year": 2020, "publisher": "Instituut A"},
        "Berg, J. van der, & Dijk, K. van. (2020). Leren op de werkvloer. Instituut A.",
        "van der Berg, J., & van Dijk, K. (2020). Leren op de werkvloer. Instituut A.",
        "vanderberg2020",
    ),
    (
        {"title": "Skills at work", "authors": ("Anna Smit",), "year": 2019, "publisher": "Institute X", "url": "https://example.org/skills"},
        "Smit, A. (2019). Skills at work. Institute X. https://example.org/skills",
        "Smit, A. (2019). Skills at work. Institute X. https://example.org/skills",
        "smit2019",
    ),
    (
        {"title": "Verkenning van de arbeidsmarkt", "year": 2023, "publisher": "Instituut A", "url": "https://example.org/verkenning"},
        "Instituut A. (2023). Verkenning van de arbeidsmarkt. https://example.org/verkenning",
        "Instituut A. (2023). Verkenning van de arbeidsmarkt. https://example.org/verkenning",
        "instituuta2023",
    ),
    (
        {"title": "Werk in beweging", "authors": ("Instituut A",), "year": 2022, "publisher": "Instituut A"},
        "Instituut A. (2022). Werk in beweging.",
        "Instituut A. (2022). Werk in beweging.",
        "instituuta2022",
    ),
    (
        {"title": "Nieuws van de afdeling", "authors": ("Persdienst, Bureau Z",), "year": 2012, "publisher": "Bureau Z"},
        "Persdienst, Bureau Z. (2012). Nieuws van de afdeling.",
        "Persdienst, Bureau Z. (2012). Nieuws van de afdeling.",
        "persdienst2012",
    ),
    (
        {"title": "Samen aan zet", "authors": ("Ministerie van Voorbeelden",), "year": 2021, "publisher": "Rijksuitgeverij"},
        "Ministerie van Voorbeelden. (2021). Samen aan zet. Rijksuitgeverij.",
        "Ministerie van Voorbeelden. (2021). Samen aan zet. Rijksuitgeverij.",
        "voorbeelden2021",
    ),
    (
        {"title": "Zonder jaartal", "authors": ("C. de Vries",), "publisher": "Instituut B"},
        "Vries, C. de. (z.d.). Zonder jaartal. Instituut B.",
        "de Vries, C. (n.d.). Zonder jaartal. Instituut B.",
        "devriesnd",
    ),
    (
        {"title": "Zonder maker", "year": 2018},
        "Zonder maker. (2018).",
        "Zonder maker. (2018).",
        "zondermaker2018",
    ),
    (
        {"title": "Niets dan een titel"},
        "Niets dan een titel. (z.d.).",
        "Niets dan een titel. (n.d.).",
        "nietsnd",
    ),
    (
        {"title": "Drie mensen", "authors": ("A. Alpha", "B. Beta", "C. Gamma"), "year": 2024, "publisher": "Instituut C"},
        "Alpha, A., Beta, B., & Gamma, C. (2024). Drie mensen. Instituut C.",
        "Alpha, A., Beta, B., & Gamma, C. (2024). Drie mensen. Instituut C.",
        "alpha2024",
    ),
    (
        {"title": "Working paper 12: a trial", "authors": ("Delta, D.",), "year": 2024, "publisher": "Institute D"},
        "Delta, D. (2024). Working paper 12: a trial. Institute D.",
        "Delta, D. (2024). Working paper 12: a trial. Institute D.",
        "delta2024",
    ),
    (
        {"title": "Helft van de bedrijven gebruikt AI", "year": 2024, "publisher": "Bureau E", "url": "https://example.org/persberichten/persbericht-12", "media_type": HTML},
        "Bureau E. (2024). Helft van de bedrijven gebruikt AI [Persbericht]. https://example.org/persberichten/persbericht-12",
        "Bureau E. (2024). Helft van de bedrijven gebruikt AI [Press release]. https://example.org/persberichten/persbericht-12",
        "bureaue2024",
    ),
    (
        {"title": "Persbericht: peiling onder werkgevers", "year": 2025, "publisher": "Bureau E"},
        "Bureau E. (2025). Persbericht: peiling onder werkgevers.",
        "Bureau E. (2025). Persbericht: peiling onder werkgevers.",
        "bureaue2025",
    ),
    (
        {"title": "Wat is AI op het werk?", "publisher": "Bureau E", "url": "https://example.org/uitleg", "media_type": HTML},
        "Bureau E. (z.d.). Wat is AI op het werk? Geraadpleegd op 17 november 2026, van https://example.org/uitleg",
        "Bureau E. (n.d.). Wat is AI op het werk? Retrieved 17 November 2026, from https://example.org/uitleg",
        "bureauend",
    ),
    (
        {"title": "Een pagina met datum", "year": 2025, "publisher": "Bureau F", "url": "https://example.org/p", "media_type": HTML},
        "Bureau F. (2025). Een pagina met datum. https://example.org/p",
        "Bureau F. (2025). Een pagina met datum. https://example.org/p",
        "bureauf2025",
    ),
    (
        {"title": None, "path": r"C:\scans\notitie OR def.pdf", "year": 2022},
        "notitie OR def.pdf [titel onbekend; naam van het bestand]. (2022).",
        "notitie OR def.pdf [title unknown; name of the file]. (2022).",
        "notitieordef2022",
    ),
    (
        {"title": "Eerste van twee", "authors": ("E. Epsilon",), "year": 2018, "publisher": "Instituut A"},
        "Epsilon, E. (2018a). Eerste van twee. Instituut A.",
        "Epsilon, E. (2018a). Eerste van twee. Instituut A.",
        "epsilon2018",
    ),
    (
        {"title": "Tweede van twee", "authors": ("E. Epsilon",), "year": 2018, "publisher": "Instituut A"},
        "Epsilon, E. (2018b). Tweede van twee. Instituut A.",
        "Epsilon, E. (2018b). Tweede van twee. Instituut A.",
        "epsilon2018b",
    ),
    (
        {"title": "Veel mensen", "authors": tuple(f"A. Naam{chr(97 + n)}" for n in range(22)), "year": 2020, "publisher": "Instituut A"},
        ", ".join(f"Naam{chr(97 + n)}, A." for n in range(19)) + ", … Naamv, A. (2020). Veel mensen. Instituut A.",
        ", ".join(f"Naam{chr(97 + n)}, A." for n in range(19)) + ", … Naamv, A. (2020). Veel mensen. Instituut A.",
        "naama2020",
    ),
    (
        {"title": "Twintig mensen", "authors": tuple(f"B. Naam{chr(97 + n)}" for n in range(20)), "year": 2020},
        ", ".join(f"Naam{chr(97 + n)}, B." for n in range(19)) + ", & Naamt, B. (2020). Twintig mensen.",
        ", ".join(f"Naam{chr(97 + n)}, B." for n in range(19)) + ", & Naamt, B. (2020). Twintig mensen.",
        "naama2020b",
    ),
    (
        {"title": "Mens en organisatie", "authors": ("Jan-Willem Zeta", "TNX"), "year": 2023, "publisher": "TNX"},
        "Zeta, J.-W., & TNX. (2023). Mens en organisatie. TNX.",
        "Zeta, J.-W., & TNX. (2023). Mens en organisatie. TNX.",
        "zeta2023",
    ),
    (
        {"title": "Komt het goed?", "authors": ("H. van ’t Eta",), "year": 2017, "publisher": "Uitgeverij G B.V."},
        "Eta, H. van ’t. (2017). Komt het goed? Uitgeverij G B.V.",
        "van ’t Eta, H. (2017). Komt het goed? Uitgeverij G B.V.",
        "vanteta2017",
    ),
    (
        {"title": "On markets.", "authors": ("Ludwig von Theta",), "year": 2016, "publisher": "Press H"},
        "von Theta, L. (2016). On markets. Press H.",
        "von Theta, L. (2016). On markets. Press H.",
        "vontheta2016",
    ),
    (
        {"title": "Kamerbrief over AI", "authors": ("Ministerie van Voorbeelden",), "year": 2025},
        "Ministerie van Voorbeelden. (2025). Kamerbrief over AI.",
        "Ministerie van Voorbeelden. (2025). Kamerbrief over AI.",
        "voorbeelden2025",
    ),
    (
        {"title": "Mismatch and wages", "year": 2025, "publisher": "Institute X", "path": "data/raw/policy-brief-12_mismatch.pdf"},
        "Institute X. (2025). Mismatch and wages [Beleidsnotitie].",
        "Institute X. (2025). Mismatch and wages [Policy brief].",
        "institutex2025",
    ),
    (
        {"title": "Nogmaals zonder jaar", "authors": ("C. de Vries",), "publisher": "Instituut B"},
        "Vries, C. de. (z.d.-a). Nogmaals zonder jaar. Instituut B.",
        "de Vries, C. (n.d.-a). Nogmaals zonder jaar. Instituut B.",
        "devriesndb",
    ),
    (
        {"title": "Dr.-titels en graden", "authors": ("prof. dr. M.A. ter Iota MSc",), "year": 2015, "publisher": "Hogeschool J"},
        "Iota, M. A. ter. (2015). Dr.-titels en graden. Hogeschool J.",
        "ter Iota, M. A. (2015). Dr.-titels en graden. Hogeschool J.",
        "teriota2015",
    ),
    (
        {"title": "Naam achterstevoren", "authors": ("Kappa-de Wit, G. H. van der",), "year": 2014, "publisher": "Instituut A"},
        "Kappa-de Wit, G. H. van der. (2014). Naam achterstevoren. Instituut A.",
        "van der Kappa-de Wit, G. H. (2014). Naam achterstevoren. Instituut A.",
        "vanderkappadewit2014",
    ),
    (
        {"title": "Müßige Löhne: 100% {AI} & co_2 #1 ~x^2 $y \\z", "authors": ("Jürgen Müller", "Lena O’Neill"), "year": 2013, "publisher": "Büro & Söhne"},
        "Müller, J., & O’Neill, L. (2013). Müßige Löhne: 100% {AI} & co_2 #1 ~x^2 $y \\z. Büro & Söhne.",
        "Müller, J., & O’Neill, L. (2013). Müßige Löhne: 100% {AI} & co_2 #1 ~x^2 $y \\z. Büro & Söhne.",
        "muller2013",
    ),
]  # fmt: skip


def reference_samples() -> tuple[Sample, ...]:
    """All samples; the two without year by the same author are told apart in the list."""
    made = []
    for number, (said, nl, en, key) in enumerate(_WRITTEN, start=1):
        document = make_reference_document(number, **said)
        title = said.get("title") or ""
        if title == "Zonder jaartal":
            nl, en = nl.replace("z.d.", "z.d.-b"), en.replace("n.d.", "n.d.-b")
        made.append(Sample(document, nl, en, key))
    return tuple(made)
