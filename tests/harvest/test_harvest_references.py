"""Reference lists of every form: what entries say, broken ones, tables as people make them, files beside the list."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given, settings
from hypothesis import strategies as st
from list_fakes import ROOT, FakeFetcher, Harvested, harvest, source

from pipelines.domain.sources import Option, SourceKind
from pipelines.harvest import reference_tables
from pipelines.harvest.fetching import HarvestError, Trouble
from pipelines.harvest.reference_entries import read_bibtex, read_csl, read_ris
from pipelines.harvest.references import read_references
from pipelines.harvest.storage import read_file

RIS = """TY  - RPRT
AU  - Bakker, B.
AU  - Smit, C.
TI  - Taken en machines
PY  - 2026/03/05/
AB  - Wat machines
      overnemen.
DO  - https://doi.org/10.1234/ABC
UR  - https://instituut.example/taken
L1  - files/1/taken.pdf
PB  - Instituut Noordzij
LA  - nl
ER  -

TY  - JOUR
T1  - Zonder einde
Y1  - 2025

TY  - JOUR
TI  - De laatste
JO  - Tijdschrift voor Werk
ER  -
"""
BIBTEX = r"""
@string{tw = "Tijdschrift voor Werk"}
@article{een,
  title = {De {AI} op de werkvloer: co{\"o}peratie \& meer}, author = {Bakker, B. and {Smit}, C. and others},
  year = 2026, month = mar, day = 5, doi = {10.1234/x}, journal = tw,
  file = {Full Text:files/1/a.pdf:application/pdf;Snapshot:C\:\\Users\\ik\\b.html:text/html},
}
@book{kapot, title = {Nooit gesloten
@report{een, title = "Dezelfde sleutel", year = {2025}, institution = {Instituut Noordzij}}
"""
CSL = [
    {
        "title": "<i>Taken</i> en machines",
        "author": [
            {"family": "Bakker", "given": "B.", "non-dropping-particle": "van"},
            {"literal": "Instituut Noordzij"},
        ],
        "issued": {"date-parts": [[2026, "3", 5]]},
        "DOI": "10.1234/ABC",
        "URL": "https://doi.org/10.1234/abc",
        "container-title": "Tijdschrift voor Werk",
    },
    "geen ingang",
]


def read(path: Path | str, after: Harvested | None = None, *, most_items: int = 500, **options: Option) -> Harvested:
    where = source(SourceKind.REFERENCES, str(path), **options)
    return harvest(read_references, where, FakeFetcher(), after, most_items=most_items)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(*rows: tuple[object, ...], title: str = "Blad1", before: str = "") -> bytes:
    book = openpyxl.Workbook()
    if before:
        book.active.title = before
        book.active.append(("Uitleg", "zie het volgende blad"))
        book.create_sheet(title)
    sheet = book.worksheets[-1]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_ris(tmp_path: Path) -> None:
    write(tmp_path / "files/1/taken.pdf", b"%PDF")
    done = read(write(tmp_path / "lijst.ris", RIS.replace("\n", "\r\n")))
    first, second, third = done.items
    assert (first.key, first.doi, first.title) == ("10.1234/abc", "10.1234/abc", "Taken en machines")
    assert first.authors == ("Bakker, B.", "Smit, C.")
    assert (first.published, first.abstract, first.language) == (date(2026, 3, 5), "Wat machines overnemen.", "nl")
    assert first.publisher == "Instituut Noordzij"
    assert first.file_urls == (f"file://{tmp_path}/files/1/taken.pdf", "https://instituut.example/taken")
    assert (
        read_file(source(SourceKind.REFERENCES, str(tmp_path / "lijst.ris")), first.file_urls[0], 10).content == b"%PDF"
    )
    assert (second.title, second.year) == ("Zonder einde", 2025)
    assert (third.title, third.publisher) == ("De laatste", "Tijdschrift voor Werk")


def test_bibtex(tmp_path: Path) -> None:
    write(tmp_path / "files/1/a.pdf", b"%PDF")
    done = read(write(tmp_path / "lijst.bib", BIBTEX))
    first, second = done.items
    assert first.title == "De AI op de werkvloer: coöperatie & meer"
    assert first.authors == ("Bakker, B.", "Smit, C.")
    assert (first.published, first.publisher) == (date(2026, 3, 5), "Tijdschrift voor Werk")
    assert first.file_urls == (f"file://{tmp_path}/files/1/a.pdf",)
    assert (second.title, second.publisher) == ("Dezelfde sleutel", "Instituut Noordzij")
    assert done.problems == ["harvest.reference_broken"]


@pytest.mark.parametrize("content", [CSL, {"items": CSL}])
def test_csl_json(tmp_path: Path, content: object) -> None:
    done = read(write(tmp_path / "lijst.json", json.dumps(content)))
    (item,) = done.items
    assert (item.title, item.doi, item.published) == ("Taken en machines", "10.1234/abc", date(2026, 3, 5))
    assert item.authors == ("van Bakker, B.", "Instituut Noordzij")
    assert item.file_urls == ()  # the address of a DOI leads to no text
    assert done.problems == ["harvest.reference_broken"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [
        ("Literatuurlijst", "", "", "", ""),
        ("Nr.", "Titel", "Auteur(s)", "Jaar", "Vindplaats"),
        ("1", '"Coöperatie, co; en meer"', "Bakker B.", "2026", "https://instituut.example/a"),
        ("", "", "", "", ""),
        ("2", "Tweede", "Smit C. en Jansen D.", "[2025]", "instituut.example"),
        ("3", "", "Iemand", "", ""),
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    done = read(write(tmp_path / "lijst.csv", content))
    assert [(item.title, item.year, item.page_url) for item in done.items] == [
        ("Coöperatie, co; en meer", 2026, "https://instituut.example/a"),
        ("Tweede", 2025, None),
    ]
    assert done.items[1].authors == ("Smit C.", "Jansen D.")
    assert done.problems == ["harvest.reference_broken"]


def test_the_columns_of_a_table_can_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "lijst.csv", "stuk;waar\nTaken;https://a.example/x.pdf\n")
    done = read(path)
    assert done.error is not None
    assert (done.error.key, done.error.values["names"]) == ("error.harvest_columns", "stuk, waar")
    (item,) = read(path, columns=("title=Stuk", "url = Waar")).items
    assert (item.title, item.file_urls) == ("Taken", ("https://a.example/x.pdf",))


def test_excel(tmp_path: Path) -> None:
    content = workbook(
        ("Literatuur AI en werk",),
        ("Title", "Authors", "Publication Year", "Publicatiedatum", "DOI", "Abstract"),
        ("Tasks and machines", "Bakker, B.; Smit, C.", 2026.0, datetime(2026, 3, 5), "10.1234/abc", None),
        (None, None, None, None, None, None),
        ("Second", None, 2025, None, None, "Short."),
        before="Lees mij",
    )
    done = read(write(tmp_path / "lijst.xlsx", content))
    first, second = done.items
    assert (first.doi, first.published, first.authors) == ("10.1234/abc", date(2026, 3, 5), ("Bakker, B.", "Smit, C."))
    assert (second.title, second.year, second.abstract) == ("Second", 2025, "Short.")
    assert read(tmp_path / "lijst.xlsx", sheet="Blad1").keys == done.keys
    assert read(tmp_path / "lijst.xlsx", sheet="Weg").error is not None


def test_an_unchanged_list_gives_nothing_and_a_changed_one_what_is_new(tmp_path: Path) -> None:
    path = write(tmp_path / "lijst.csv", "titel;jaar\nEen;2025\nTwee;2025\n")
    first = read(path)
    assert [item.title for item in first.items] == ["Een", "Twee"]
    assert read(path, first).items == []
    write(path, "titel;jaar;samenvatting\nDrie;2026;\nEen;2025;\nTwee;2025;Nu met samenvatting\n")
    second = read(path, first)
    assert [item.title for item in second.items] == ["Drie", "Twee"]
    assert second.keys[1] == first.keys[1]


def test_what_did_not_fit_comes_at_the_next_harvest(tmp_path: Path) -> None:
    path = write(tmp_path / "lijst.csv", "titel\n" + "".join(f"Studie {n}\n" for n in range(250)))
    done, found = None, []
    for expected in (110, 110, 30, 0):
        done = read(path, done, most_items=110)
        assert len(done.items) == expected
        found += [item.title for item in done.items]
    assert found == [f"Studie {n}" for n in range(250)]


def test_paths_of_other_computers_are_left(tmp_path: Path) -> None:
    write(tmp_path / "geheim.pdf", b"%PDF")
    write(tmp_path / "map/sleutel.key", b"x")
    (tmp_path / "map/weg.pdf").symlink_to(tmp_path / "geheim.pdf")
    names = (
        "../geheim.pdf",
        str(tmp_path / "geheim.pdf"),
        "C:\\a.pdf",
        "file:///etc/hostname",
        "weg.pdf",
        "sleutel.key",
    )
    rows = "".join(f"Studie {n};{name}\n" for n, name in enumerate((*names, "er-niet.pdf", "s3://bak/a.pdf", ".", "")))
    done = read(write(tmp_path / "map/lijst.csv", "titel;bestand\n" + rows))
    assert len(done.items) == len(names) + 4
    assert {item.file_urls for item in done.items} == {()}
    with pytest.raises(HarvestError):
        read_file(source(SourceKind.REFERENCES, str(tmp_path / "map/lijst.csv")), str(tmp_path / "geheim.pdf"), 100)


def test_lists_in_other_storage() -> None:
    system = MemoryFileSystem()
    system.store.clear()
    system.pipe({"/bak/lijst.csv": b"titel;bestand\nEen;files/a.pdf\n", "/bak/files/a.pdf": b"%PDF"})
    (item,) = read("memory://bak/lijst.csv").items
    assert item.file_urls == ("memory://bak/files/a.pdf",)
    where = source(SourceKind.REFERENCES, "memory://bak/lijst.csv")
    assert read_file(where, item.file_urls[0], 10).content == b"%PDF"
    system.store.clear()


def test_lists_on_the_web_are_asked_by_their_validators() -> None:
    address = f"{ROOT}/lijst"
    fetch = FakeFetcher()
    fetch.put(address, RIS, "text/plain", etag='"1"')
    where = source(SourceKind.REFERENCES, address)
    first = harvest(read_references, where, fetch)
    assert len(first.items) == 3
    assert first.items[0].file_urls == ("https://instituut.example/taken",)  # nothing lies beside it
    assert first.bookmark.values["etag"] == '"1"'
    again = harvest(read_references, where, fetch, first)
    assert (again.items, again.bookmark) == ([], first.bookmark)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ris", b"geen ris"),
        ("a.bib", b"geen bibtex"),
        ("a.json", b"[[[["),
        ("a.json", b"[" * 100_000),
        ("a.json", b'"tekst"'),
        ("a.xlsx", b"PK\x03\x04 kapot"),
        ("a.xlsx", b"geen zip"),
        ("a", b"%PDF-1.7\n\xe2\xe3\xcf\xd3"),
        ("a.csv", b"\x00\x01\x02"),
    ],
)
def test_what_is_no_list_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    done = read(write(tmp_path / name, content))
    assert done.error is not None
    assert done.error.trouble is Trouble.UNFIT


def test_a_workbook_that_grows_when_unpacked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference_tables, "MOST_UNPACKED", 1_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 1_000_001)
    done = read(write(tmp_path / "a.xlsx", packed.getvalue()))
    assert done.error is not None
    assert "too large" in str(done.error.values["detail"])


def test_an_unknown_form_is_told(tmp_path: Path) -> None:
    done = read(write(tmp_path / "lijst.ris", RIS), format="endnote")
    assert done.error is not None
    assert done.error.key == "error.harvest_format"


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = read(tmp_path / "weg.ris")
    assert done.error is not None
    assert done.error.trouble is Trouble.GONE


@settings(max_examples=60, deadline=None)
@given(st.text('TYER -AU\n@{}=",a[]:1\\', max_size=120))
def test_no_list_breaks_the_reader(text: str) -> None:
    read_ris("TY  - " + text)
    read_bibtex("@article{" + text)
    try:
        read_csl(text)
    except ValueError:
        return
