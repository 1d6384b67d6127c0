"""Dialogue dossiers on the page: reading, downloading, and making, changing and removing one's own."""

from __future__ import annotations

import html
import io
import re

import docx
import pytest
from fastapi.testclient import TestClient
from site_pages import Site

from flows.dossiers import known_dossiers
from pipelines.domain.decisions import Decision, Judgement, Verdict
from pipelines.domain.dossiers import DossierActKind
from pipelines.domain.moments import now

_SHIPPED = "involving-employees"


def _words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _make(browser: TestClient, **fields: object) -> str:
    """Make a dossier by its form; the address that it leads to."""
    started = re.search(r'name="started" value="(\w+)"', browser.get("/dossiers/new").text)
    assert started is not None
    given = {
        "name": "De ondernemingsraad",
        "terms_nl": "ondernemingsraad, medezeggenschap",
        "started": started.group(1),
    }
    answer = browser.post("/dossiers/keep", data={**given, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def test_the_list_names_the_shipped_dossiers_in_the_language_of_the_reader(site: Site) -> None:
    page = site.signed_in("rita").get("/dossiers").text
    assert 'href="/dossiers/involving-employees"' in page and "Werknemers betrekken bij AI" in page
    assert 'href="/dossiers" aria-current="page"' in page
    assert "/dossiers/new" not in page  # a reader makes none
    assert "/dossiers/new" in site.signed_in("anna").get("/dossiers").text


def test_a_dossier_shows_five_parts_with_links_and_reasons(site: Site) -> None:
    browser = site.signed_in("rita")
    page = browser.get(f"/dossiers/{_SHIPPED}").text
    for part in ("why", "problem", "improve", "examples", "questions"):
        assert f'<h2 id="part-{part}">' in page
    links = re.findall(r'data-item href="(/passages/\w+)"', page)
    assert len(links) >= 5 and browser.get(links[0]).status_code == 200
    told = _words(page)
    assert "Past bij de vraag: " in told and "Staat hier door: " in told
    assert "Voor het gesprek" in told and "<mark" in page
    assert "passages zijn naast de vraag gelegd" in told


def test_a_dossier_that_is_not_there_is_said_so(site: Site) -> None:
    browser = site.signed_in("anna")
    for address in ("/dossiers/nowhere", "/dossiers/nowhere/file", "/dossiers/nowhere/change"):
        assert browser.get(address).status_code == 404
    assert browser.get(f"/dossiers/{_SHIPPED}/file?form=exe").status_code == 404
    assert browser.post("/dossiers/remove", data={"dossier": "nowhere"}).status_code == 404


def test_word_holds_question_parts_citations_and_sources(site: Site) -> None:
    answer = site.signed_in("rita").get(f"/dossiers/{_SHIPPED}/file?form=docx")
    assert answer.status_code == 200
    assert "dossier-werknemers-betrekken-bij-ai.docx" in answer.headers["content-disposition"]
    written = docx.Document(io.BytesIO(answer.content))
    headings = [p.text for p in written.paragraphs if p.style is not None and p.style.name.startswith("Heading")]
    for heading in ("De vraag", "Waarom het belangrijk is", "Voorbeelden", "Vragen", "Voor het gesprek", "Bronnen"):
        assert heading in headings
    whole = "\n".join(p.text for p in written.paragraphs)
    assert re.search(r"[A-E]-1\s.*\(20\d\d\)", whole) and "blz.\u00a0" in whole
    assert "Waarom: Past bij de vraag: " in whole


@pytest.mark.parametrize("form", ["html", "pdf", "md"])
def test_other_forms_are_written_as_well(site: Site, form: str) -> None:
    answer = site.signed_in("rita").get(f"/dossiers/{_SHIPPED}/file?form={form}")
    assert answer.status_code == 200 and len(answer.content) > 1_000


def test_people_make_change_and_remove_their_own(site: Site) -> None:
    browser = site.signed_in("anna")
    address = _make(
        browser, question="Wat weet de raad?", rows=["E2", "Z9"], themes=["job_quality"], talk="Wie?\n\nWat?"
    )
    page = _words(browser.get(address).text)
    assert "De ondernemingsraad" in page and "Bewaard door Anna Voorbeeld" in page and "Wie?" in page
    (act,) = site.workspace.acts.dossier_acts()
    question = act.question
    assert question is not None and (act.person, act.turn, question.rows) == ("anna", 1, ("E2",))
    assert question.terms_nl == ("ondernemingsraad", "medezeggenschap") and question.talk_nl == ("Wie?", "Wat?")
    form = browser.get(f"{address}/change").text
    assert 'value="De ondernemingsraad"' in form and re.search(r'value="E2" checked', form)
    changed = {"dossier": act.dossier, "seen": "1", "name": "De raad", "terms_en": "works council"}
    answer = browser.post("/dossiers/keep", data=changed)
    assert answer.status_code == 303 and "done.dossier_changed" in answer.headers["location"]
    assert known_dossiers(site.workspace)[-1].question.name_nl == "De raad"
    assert browser.post("/dossiers/remove", data={"dossier": act.dossier, "seen": "2"}).status_code == 303
    assert browser.get(address).status_code == 404
    assert [one.kind for one in site.workspace.acts.dossier_acts()] == [
        DossierActKind.KEEP,
        DossierActKind.KEEP,
        DossierActKind.REMOVE,
    ]
    assert site.workspace.acts.faults() == []


def test_a_form_sent_twice_makes_one_dossier(site: Site) -> None:
    browser = site.signed_in("anna")
    fields = {"name": "Twee keer", "terms_nl": "overleg", "started": "ab12"}
    answers = [browser.post("/dossiers/keep", data=fields) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(site.workspace.acts.dossier_acts()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Geef het dossier een naam"),
        ({"terms_nl": ""}, "Vul een vraag of een term in"),
        ({"name": "x" * 81}, "is te lang"),
        ({"terms_nl": "x" * 61}, "is te lang"),
        ({"terms_nl": ",".join(f"woord{n}" for n in range(41))}, "te veel"),
        ({"name": "Iedereen mee: vaardigheden en inclusie"}, "Er is al een dossier"),
    ],
)
def test_what_cannot_be_kept_is_told_with_what_was_typed(site: Site, fields: dict[str, str], said: str) -> None:
    browser = site.signed_in("anna")
    given = {"name": "Naam", "terms_nl": "overleg", "talk": "Een vraag", "started": "ab12"}
    answer = browser.post("/dossiers/keep", data={**given, **fields})
    assert answer.status_code == 409 and said in _words(answer.text)
    assert "Een vraag" in answer.text and 'name="started" value="ab12"' in answer.text
    assert site.workspace.acts.dossier_acts() == []


def test_only_who_made_it_and_editors_change_a_dossier(site: Site) -> None:
    address = _make(site.signed_in("anna"))
    dossier = address.rpartition("/")[2]
    bram = site.signed_in("bram")
    assert f"{address}/change" not in bram.get(address).text
    assert bram.get(f"{address}/change").status_code == 403
    assert bram.post("/dossiers/remove", data={"dossier": dossier, "seen": "1"}).status_code == 403
    answer = bram.post("/dossiers/keep", data={"dossier": dossier, "seen": "1", "name": "Van mij", "terms_nl": "x"})
    assert answer.status_code == 409 and "Dit dossier kunnen alleen" in _words(answer.text)
    assert site.signed_in("eva").get(f"{address}/change").status_code == 200
    for name in ("anna", "ada"):  # one that is shipped nobody
        assert site.signed_in(name).get(f"/dossiers/{_SHIPPED}/change").status_code == 403


def test_of_two_who_change_at_once_the_second_is_told(site: Site) -> None:
    browser = site.signed_in("anna")
    dossier = _make(browser).rpartition("/")[2]
    changed = {"dossier": dossier, "seen": "1", "terms_nl": "overleg"}
    assert browser.post("/dossiers/keep", data={**changed, "name": "Eerst"}).status_code == 303
    answer = site.signed_in("eva").post("/dossiers/keep", data={**changed, "name": "Daarna"})
    assert answer.status_code == 409 and "Iemand anders heeft dit dossier intussen" in _words(answer.text)
    assert 'name="seen" value="2"' in answer.text and 'value="Daarna"' in answer.text
    assert known_dossiers(site.workspace)[-1].question.name_nl == "Eerst"


def test_what_is_typed_is_shown_as_text(site: Site) -> None:
    browser = site.signed_in("anna")
    address = _make(browser, name="<script>alert(1)</script>", question='"><img src=x>', talk="<b>vet</b>")
    for page in (browser.get(address), browser.get(f"{address}/change"), browser.get("/dossiers")):
        assert page.status_code == 200
        assert "<script>alert" not in page.text and "<img src=x" not in page.text and "<b>vet" not in page.text
    assert browser.get(f"{address}/file?form=docx").status_code == 200


def test_an_accepted_passage_goes_first_and_is_marked(site: Site) -> None:
    browser = site.signed_in("rita")
    before = browser.get(f"/dossiers/{_SHIPPED}").text
    links = re.findall(
        r'data-item href="/passages/(\w+)"', before.partition('id="part-problem"')[2].partition("<h2")[0]
    )
    chosen = links[-1]
    _accept(site, chosen)
    after = browser.get(f"/dossiers/{_SHIPPED}").text
    assert "aanvaard door een lezer" in after and "aanvaard door een lezer" not in before
    part = after.partition('id="part-problem"')[2].partition("<h2")[0]
    assert re.findall(r'data-item href="/passages/(\w+)"', part)[0] == chosen


def _accept(site: Site, passage_id: str) -> None:
    """A decision on a passage, as a reader would make it."""
    workspace = site.workspace
    place = workspace.passages.place(passage_id)
    documents = {one.id: one for one in workspace.documents.summaries()}
    item = workspace.passages.labelled(passage_id, documents)
    assert place is not None and item is not None and item.labels is not None
    judgement = Judgement.proposed_in(item.labels)
    workspace.decisions.append(
        Decision(
            id="0" * 20,
            item_id=place.item_id,
            turn=1,
            passage_id=passage_id,
            document_id=item.document.id,
            passage_text=item.passage.text,
            verdict=Verdict.ACCEPT,
            reviewer="anna",
            decided=now(),
            proposed=judgement,
            judgement=judgement,
        )
    )
