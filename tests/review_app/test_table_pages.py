"""The pages of the evidence table: counts, trail, proposals, versions."""

from __future__ import annotations

import re
from typing import Any

from proposal_records import version_record
from site_pages import Site

from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import EvidenceTable, Statement
from pipelines.store.inbox import InboxFilter, ListedItem


def _table(site: Site) -> EvidenceTable:
    table = site.workspace.tables.current()
    assert table is not None
    return table


def _on_statement(site: Site, number: int = 1) -> list[ListedItem]:
    """Open items near one statement, as many as there are for the statement that has most."""
    by_statement: dict[str, list[ListedItem]] = {}
    for one in site.workspace.inbox.page(InboxFilter(), 500):
        if one.item.statement is not None and one.item.relation not in (None, "new"):
            by_statement.setdefault(one.item.statement, []).append(one)
    found = max(by_statement.values(), key=len)
    assert len(found) >= number
    return found


def _decide(site: Site, who: str, one: ListedItem, seen: int = 0, **values: Any) -> None:
    answer = site.signed_in(who).post(
        f"/passages/{one.item.passage_id}/decide", data={"seen": str(seen), **(values or {"verdict": "accept"})}
    )
    assert answer.status_code == 303, answer.text


def _beside(page: str, statement_id: str) -> str:
    """The line of counts of a statement, without tags."""
    found = re.search(rf'href="/table/{re.escape(statement_id)}" aria-label.*?</p>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", " ", found.group(0)[found.group(0).index(">") + 1 :]).split())


def test_the_table_shows_every_statement_with_its_source_in_either_language(site: Site) -> None:
    browser = site.signed_in("rita")
    page = browser.get("/table").text
    table = _table(site)
    for _, statement in table.statements():
        assert f'href="/table/{statement.id}"' in page
    first: Statement = next(s for _, s in table.statements() if s.nl and s.en and s.source and "'" not in s.nl + s.en)
    assert first.nl in page and first.source in page and first.en not in page
    browser.post("/language", data={"language": "en", "next": "/table"})
    assert first.en in browser.get("/table").text


def test_counts_follow_decisions_and_their_undoing(site: Site) -> None:
    near = _on_statement(site)
    one = near[0]
    statement = str(one.item.statement)
    reader = site.signed_in("rita")
    before = _beside(reader.get("/table").text, statement)
    assert "Zekerheid: nog niet bepaald" in before and f"{len(near)} te beoordelen" in before
    _decide(site, "anna", one)
    after = _beside(reader.get("/table").text, statement)
    relation = {"supports": "ondersteunt", "contradicts": "spreekt tegen", "narrows": "verkleint de onzekerheid"}
    assert f"1 {relation[str(one.item.relation)]}" in after
    assert ("te beoordelen" in after) == (len(near) > 1)
    made = next(iter(site.workspace.decisions.all()))
    _decide(site, "anna", one, seen=1, verdict="undo", undoes=made.id)
    assert _beside(reader.get("/table").text, statement) == before


def test_the_trail_leads_to_passage_and_document_and_folds_what_was_rejected(site: Site) -> None:
    near = _on_statement(site, 2)
    one, other = near[0], near[1]
    _decide(site, "anna", one, verdict="accept", note="stevige <opzet>")
    _decide(site, "bram", other, rejected="no_finding")
    page = site.signed_in("rita").get(f"/table/{one.item.statement}").text
    accepted, rest = page.split('id="open"')
    assert f'href="/passages/{one.item.passage_id}"' in accepted
    assert f'href="/documents/{one.item.document_id}#p-{one.item.passage_id}"' in accepted
    assert "Anna Voorbeeld: overgenomen" in accepted and "stevige &lt;opzet&gt;" in accepted
    open_part, rejected = rest.split("<details")
    assert other.item.passage_id not in open_part and other.item.passage_id in rejected
    assert "Geen bevinding" in rejected
    still_open = [item.item.passage_id for item in near[2:]]
    assert re.findall(r'href="/passages/(\w+)"', open_part) == still_open


def test_a_new_point_stands_at_its_row_and_not_at_a_statement(site: Site) -> None:
    one = _on_statement(site)[0]
    row = str(one.item.statement).split(".")[0]
    fields: dict[str, Any] = {"row": row, "statement": str(one.item.statement), "relation": "new", "column": "trend"}
    _decide(site, "anna", one, verdict="correct", kind="empirical", direction="none", **fields)
    decision = next(iter(site.workspace.decisions.all()))
    assert decision.judgement is not None and decision.judgement.relation is Relation.NEW
    browser = site.signed_in("rita")
    assert "Zekerheid: nog niet bepaald" in _beside(browser.get("/table").text, str(one.item.statement))
    assert "+ 1 nieuw punt overgenomen" in browser.get("/table", params={"row": row}).text
    assert one.item.passage_id in browser.get(f"/table/row/{row}").text.split('id="open"')[0]
    assert one.item.passage_id not in browser.get(f"/table/{one.item.statement}").text


def test_who_is_to_read_second_does_not_see_the_first_decision(site: Site) -> None:
    one = _on_statement(site)[0]
    _decide(site, "anna", one)
    _decide(site, "anna", one, seen=1, verdict="ask", asked="bram")
    address = f"/table/{one.item.statement}"
    blind, seeing = site.signed_in("bram").get(address).text, site.signed_in("eva").get(address).text
    assert f'href="/passages/{one.item.passage_id}"' in seeing
    assert one.item.passage_id not in blind and "wacht op uw tweede lezing" in blind
    assert "Zekerheid: nog niet bepaald" in _beside(site.signed_in("bram").get("/table").text, str(one.item.statement))


def test_filters_show_one_chapter_or_one_row(site: Site) -> None:
    table = _table(site)
    browser = site.signed_in("rita")
    row = table.rows[-1]
    page = browser.get("/table", params={"row": row.id}).text
    shown = set(re.findall(r'href="/table/([^"#]+)" aria-label', page))
    assert shown == {statement.id for statement in row.statements}
    page = browser.get("/table", params={"chapter": row.chapter.value}).text
    shown = set(re.findall(r'href="/table/([^"#]+)" aria-label', page))
    assert shown == {s.id for r, s in table.statements() if r.chapter is row.chapter}
    assert browser.get("/table", params={"chapter": "nothing", "row": "Z9"}).status_code == 200


def test_an_earlier_version_is_shown_as_it_was_without_counts(site: Site) -> None:
    table = _table(site)
    one = _on_statement(site)[0]
    changed = [
        row.model_copy(
            update={"statements": tuple(s.model_copy(update={"nl": f"Herzien: {s.nl}"}) for s in row.statements)}
        )
        for row in table.rows
    ]
    site.workspace.tables.add(EvidenceTable(version="later", rows=tuple(changed)), version_record("tabel.yaml"))
    _decide(site, "anna", one)
    browser = site.signed_in("rita")
    newest, older = browser.get("/table").text, browser.get("/table", params={"version": table.version}).text
    assert "Herzien: " in newest and "tabel.yaml" in browser.get("/versions").text
    assert "Herzien: " not in older and "eerdere versie" in older
    assert "Zekerheid" in newest and "te beoordelen" in newest
    assert "Zekerheid" not in older and "te beoordelen" not in older and 'href="/table/' not in older
    assert browser.get("/table", params={"version": "never"}).status_code == 404


def test_what_does_not_exist_is_not_found(site: Site) -> None:
    browser = site.signed_in("rita")
    assert browser.get("/table/Z9.k1").status_code == 404
    assert browser.get("/table/row/Z9").status_code == 404
    assert browser.get("/table/row/-").status_code == 200


def test_a_table_with_marks_and_slashes_in_its_ids_and_texts(site: Site) -> None:
    table = _table(site)
    first = table.rows[0]
    strange = Statement(id="A/1 <k>", column=first.statements[0].column, nl="<script>alert(1)</script> & meer")
    row = first.model_copy(update={"statements": (*first.statements, strange)})
    site.workspace.tables.add(EvidenceTable(version="strange", rows=(row, *table.rows[1:])), version_record("t.yaml"))
    browser = site.signed_in("rita")
    page = browser.get("/table").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    address = re.search(r'href="(/table/A[^"#]*k%3E)"', page)
    assert address is not None
    found = browser.get(address.group(1))
    assert found.status_code == 200 and "&lt;script&gt;alert(1)" in found.text
