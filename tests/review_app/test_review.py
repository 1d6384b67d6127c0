"""Reading and deciding on the page, as people do it with forms."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from site_pages import Site

from pipelines.domain.decisions import Decision, ItemState, Verdict
from pipelines.store.inbox import InboxFilter, ListedItem
from pipelines.store.passages import PassageFilter


def _first(site: Site, number: int = 0) -> ListedItem:
    return site.workspace.inbox.page(InboxFilter(), number + 1)[number]


def _decide(browser: TestClient, passage_id: str, seen: int, **values: Any) -> Any:
    return browser.post(f"/passages/{passage_id}/decide", data={"seen": str(seen), **values})


def _decisions(site: Site) -> list[Decision]:
    return list(site.workspace.decisions.all())


def _state(site: Site, listed: ListedItem) -> ItemState:
    return site.workspace.decisions.standing(listed.item.item_id).state


def test_the_inbox_lists_what_was_flagged_with_its_counts(site: Site) -> None:
    page = site.signed_in("rita").get("/")
    assert page.status_code == 200
    total = site.workspace.inbox.count(InboxFilter())
    assert f"Nog te doen ({total})" in page.text
    assert _first(site).item.title in page.text


def test_a_filter_narrows_the_list_and_goes_along(site: Site) -> None:
    browser = site.signed_in("anna")
    counts = site.workspace.inbox.overview(InboxFilter()).counts
    row, n = max(counts["row"].items(), key=lambda item: item[1])
    page = browser.get("/", params={"row": row})
    assert f"Nog te doen ({n})" in page.text
    first = site.workspace.inbox.page(InboxFilter(row=row), 1)[0]
    answer = browser.post(
        f"/passages/{first.item.passage_id}/decide", params={"row": row}, data={"seen": "0", "verdict": "accept"}
    )
    assert f"row={row}" in answer.headers["location"]


def test_a_passage_shows_its_proposal_statements_and_source(site: Site) -> None:
    item = _first(site).item
    page = site.signed_in("rita").get(f"/passages/{item.passage_id}").text
    assert item.title in page
    assert item.statement is None or f">{item.statement}<" in page
    assert '<mark class="' in page
    assert "Uw account kan kijken, niet beslissen" in page


def test_accept_appends_a_decision_and_goes_on(site: Site) -> None:
    first, second = _first(site), _first(site, 1)
    answer = _decide(site.signed_in("anna"), first.item.passage_id, 0, verdict="accept", note=" let op ")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/passages/{second.item.passage_id}?")
    (made,) = _decisions(site)
    assert (made.verdict, made.reviewer, made.note, made.turn) == (Verdict.ACCEPT, "anna", "let op", 1)
    assert made.judgement == made.proposed
    assert made.model_version
    assert made.flag == first.item.flag
    assert _state(site, first) is ItemState.ACCEPTED
    assert not site.workspace.decisions.faults()


def test_reject_needs_a_reason(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    assert _decide(browser, first.item.passage_id, 0, verdict="reject").status_code == 409
    assert _decide(browser, first.item.passage_id, 0, rejected="nonsense").status_code == 409
    assert not _decisions(site)
    assert _decide(browser, first.item.passage_id, 0, rejected="no_finding").status_code == 303
    assert _decisions(site)[0].reason == "no_finding"


def test_later_leaves_the_list_and_can_be_found_again(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    _decide(browser, first.item.passage_id, 0, postponed="ask_expert")
    assert _first(site).item.item_id != first.item.item_id
    assert first.item.title in browser.get("/", params={"state": "later"}).text


def _form(page: str) -> dict[str, Any]:
    """The fields of the form for corrections as a browser would send them unchanged."""
    values: dict[str, Any] = {}
    for name, options in re.findall(r'<select id="c-\w+" name="(\w+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        values[name] = chosen.group(1) if chosen else ""
    for name, value in re.findall(r'<input type="checkbox" name="(\w+)" value="([\w.]+)" checked>', page):
        values.setdefault(name, [])
        if isinstance(values[name], list):
            values[name].append(value)
    return values


def test_correct_changes_what_was_changed_and_keeps_the_rest(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    page = browser.get(f"/passages/{first.item.passage_id}").text
    fields = _form(page) | {"direction": "mixed", "verdict": "correct"}
    assert _decide(browser, first.item.passage_id, 0, **fields).status_code == 303
    (made,) = _decisions(site)
    assert made.verdict is Verdict.CORRECT
    assert made.judgement is not None and made.proposed is not None
    assert made.judgement == made.proposed.model_copy(update={"direction": made.judgement.direction})
    assert made.judgement.direction.value == "mixed"


def test_other_labels_are_corrected_and_shown_as_a_readers(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    page = browser.get(f"/passages/{first.item.passage_id}").text
    assert "<legend>Groepen</legend>" in page
    fields = _form(page)
    before = fields.get("instruments", [])
    new = next(label for label in ("group.novices", "group.disabled") if label not in before)
    fields |= {"instruments": [*before, new, "addressee.region"], "verdict": "correct"}
    fields.pop("recommendation", None)
    assert _decide(browser, first.item.passage_id, 0, **fields).status_code == 303
    (made,) = _decisions(site)
    assert made.judgement is not None and made.judgement.instruments is not None
    assert new in made.judgement.instruments
    assert "addressee.region" not in made.judgement.instruments  # nobody is asked anything here
    page = browser.get(f"/passages/{first.item.passage_id}").text
    assert "toegevoegd door een lezer" in page
    assert new in _form(page)["instruments"]


def test_correcting_nothing_is_accepting(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    fields = _form(browser.get(f"/passages/{first.item.passage_id}").text) | {"verdict": "correct"}
    _decide(browser, first.item.passage_id, 0, **fields)
    assert _decisions(site)[0].verdict is Verdict.ACCEPT


@pytest.mark.parametrize(
    "changed",
    [
        {"row": "Z9"},
        {"relation": "likes"},
        {"statement": "A1.k1", "row": "B1"},
        {"figures": "99"},
        {"key_sentence": "77"},
        {"instruments": "group.martians"},
        {"instruments": "women"},
    ],
)
def test_labels_that_cannot_be_are_refused(site: Site, changed: dict[str, str]) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    fields = _form(browser.get(f"/passages/{first.item.passage_id}").text) | {"verdict": "correct", **changed}
    assert _decide(browser, first.item.passage_id, 0, **fields).status_code in {409, 422}
    assert not _decisions(site)


def test_undo_is_a_decision_of_its_own(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    answer = _decide(browser, first.item.passage_id, 0, verdict="accept")
    decision_id = re.search(r"decided=(\w+)", answer.headers["location"]).group(1)  # type: ignore[union-attr]
    page = browser.get(answer.headers["location"]).text
    assert "Overgenomen: " in page
    _decide(browser, first.item.passage_id, 1, verdict="undo", undoes=decision_id)
    made = _decisions(site)
    assert [d.verdict for d in made] == [Verdict.ACCEPT, Verdict.UNDO]
    assert _state(site, first) is ItemState.OPEN
    # Twice the same undo does nothing.
    assert _decide(browser, first.item.passage_id, 2, verdict="undo", undoes=decision_id).status_code == 409
    assert len(_decisions(site)) == 2


def test_a_proposal_that_changed_meanwhile_is_not_accepted_unseen(site: Site) -> None:
    first = _first(site)
    browser = site.signed_in("anna")
    page = browser.get(f"/passages/{first.item.passage_id}").text
    shown = re.search(r'name="shown" value="(\w+)"', page).group(1)  # type: ignore[union-attr]
    place = site.workspace.passages.place(first.item.passage_id)
    assert place is not None
    documents = {d.id: d for d in site.workspace.documents.summaries([place.document_id])}
    labels = [
        item.labels
        for item in site.workspace.passages.find(documents, PassageFilter(document_ids=[place.document_id]))
        if item.labels is not None
    ]
    changed = [
        one.model_copy(update={"evidence": one.evidence.model_copy(update={"rows": ()})})
        if one.evidence.passage_id == first.item.passage_id
        else one
        for one in labels
    ]
    site.workspace.passages.relabel(place.document_id, changed)
    answer = _decide(browser, first.item.passage_id, 0, verdict="accept", shown=shown)
    assert answer.status_code == 409 and "nieuwe scan" in answer.text
    assert not _decisions(site)


def test_an_editor_follows_one_of_the_two(site: Site) -> None:
    first = _first(site)
    _decide(site.signed_in("anna"), first.item.passage_id, 0, rejected="no_finding")
    again = {"chosen": "accept", "reason": "", "note": "", "judgement": "", "again": "second"}
    _decide(site.signed_in("bram"), first.item.passage_id, 1, **again)
    eva = site.signed_in("eva")
    assert "Anna Voorbeeld volgen (afgewezen)" in eva.get(f"/passages/{first.item.passage_id}").text
    assert _decide(eva, first.item.passage_id, 2, follow=_decisions(site)[0].id).status_code == 303
    settled = _decisions(site)[-1]
    assert (settled.verdict, settled.reason, settled.role.value) == (Verdict.REJECT, "no_finding", "settlement")


def test_nobody_undoes_the_decision_of_another(site: Site) -> None:
    first = _first(site)
    _decide(site.signed_in("anna"), first.item.passage_id, 0, verdict="accept")
    made = _decisions(site)[0]
    answer = _decide(site.signed_in("bram"), first.item.passage_id, 1, verdict="undo", undoes=made.id)
    assert answer.status_code == 409
    assert _state(site, first) is ItemState.ACCEPTED


def test_who_comes_second_sees_the_other_decision_and_nothing_is_overwritten(site: Site) -> None:
    first = _first(site)
    anna, bram = site.signed_in("anna"), site.signed_in("bram")
    _decide(anna, first.item.passage_id, 0, verdict="accept")
    answer = _decide(bram, first.item.passage_id, 0, rejected="off_topic", note="ander onderwerp")
    assert answer.status_code == 409
    assert "Anna Voorbeeld" in answer.text and "ander onderwerp" in answer.text
    assert [d.reviewer for d in _decisions(site)] == ["anna"]
    again = {"chosen": "reject", "reason": "off_topic", "note": "ander onderwerp", "judgement": "", "again": "second"}
    assert _decide(bram, first.item.passage_id, 1, **again).status_code == 303
    standing = site.workspace.decisions.standing(first.item.item_id)
    assert (standing.state, standing.differs) == (ItemState.DISAGREEMENT, ("relevant",))


def test_a_conflict_can_end_in_the_place_of_the_other(site: Site) -> None:
    first = _first(site)
    _decide(site.signed_in("anna"), first.item.passage_id, 0, verdict="accept")
    again = {"chosen": "reject", "reason": "off_topic", "note": "", "judgement": "", "again": "replace"}
    _decide(site.signed_in("bram"), first.item.passage_id, 1, **again)
    assert _state(site, first) is ItemState.REJECTED
    assert len(_decisions(site)) == 2


def test_a_second_reader_reads_blind_and_an_editor_settles(site: Site) -> None:
    first = _first(site)
    anna, bram, eva = (site.signed_in(name) for name in ("anna", "bram", "eva"))
    _decide(anna, first.item.passage_id, 0, verdict="accept", note="geheim van anna")
    _decide(anna, first.item.passage_id, 1, verdict="ask", asked="bram")
    blind = bram.get(f"/passages/{first.item.passage_id}").text
    assert "geheim van anna" not in blind and "Anna Voorbeeld" not in blind
    assert "Tweede lezing (1)" in bram.get("/").text
    assert "Tweede lezing (" not in anna.get("/").text
    _decide(bram, first.item.passage_id, 2, rejected="no_finding")
    assert _state(site, first) is ItemState.DISAGREEMENT
    assert "geheim van anna" in bram.get(f"/passages/{first.item.passage_id}").text
    assert "beslist tussen de twee lezers" in eva.get(f"/passages/{first.item.passage_id}").text
    _decide(eva, first.item.passage_id, 3, verdict="accept")
    settled = _decisions(site)[-1]
    assert (settled.role.value, settled.reviewer) == ("settlement", "eva")
    assert _state(site, first) is ItemState.ACCEPTED


def test_the_first_reader_cannot_read_second(site: Site) -> None:
    first = _first(site)
    anna = site.signed_in("anna")
    _decide(anna, first.item.passage_id, 0, verdict="accept")
    again = {"chosen": "reject", "reason": "other", "note": "", "judgement": "", "again": "second"}
    assert _decide(anna, first.item.passage_id, 1, **again).status_code == 409
    assert len(_decisions(site)) == 1


def test_near_duplicates_are_decided_once(site: Site) -> None:
    grouped = next(i for i in site.workspace.inbox.page(InboxFilter(), 500) if i.item.n_passages > 1)
    members = site.workspace.passages.members(grouped.item.item_id)
    page = site.signed_in("anna").get(f"/passages/{members[0].passage_id}").text
    assert "Staat ook in" in page
    _decide(site.signed_in("anna"), members[1].passage_id, 0, verdict="accept")
    assert _state(site, grouped) is ItemState.ACCEPTED
    listed = {i.item.item_id for i in site.workspace.inbox.page(InboxFilter(), 500)}
    assert grouped.item.item_id not in listed


def test_the_text_around_comes_from_the_document(site: Site) -> None:
    item = _first(site).item
    place = site.workspace.passages.place(item.passage_id)
    assert place is not None
    part = site.signed_in("rita").get(f"/passages/{item.passage_id}/around").text
    neighbours = site.workspace.passages.around(place.document_id, place.position, 1)
    assert len(neighbours) > 1
    assert all(n.text[:30].replace("’", "’") in part or "&" in n.text[:30] or "'" in n.text[:30] for n in neighbours)


def test_the_page_of_a_pdf_is_drawn_with_the_place_marked(site: Site) -> None:
    item = next(i.item for i in site.workspace.inbox.page(InboxFilter(), 500) if i.item.page is not None)
    browser = site.signed_in("rita")
    part = browser.get(f"/passages/{item.passage_id}/place").text
    assert part.count("<rect") >= 1
    address = re.search(r'<image href="([^"]+)"', part)
    assert address is not None
    picture = browser.get(address.group(1))
    assert picture.headers["content-type"] == "image/webp"
    assert picture.content[:4] == b"RIFF"


def test_a_reader_cannot_decide(site: Site) -> None:
    first = _first(site)
    assert _decide(site.signed_in("rita"), first.item.passage_id, 0, verdict="accept").status_code == 403
    assert not _decisions(site)


def test_an_unknown_passage_is_told_in_words(site: Site) -> None:
    answer = site.signed_in("anna").get("/passages/nowhere")
    assert answer.status_code == 404
    assert "niet (meer)" in answer.text


def test_the_language_can_be_switched(site: Site) -> None:
    anna = site.signed_in("anna")
    assert anna.post("/language", data={"language": "en", "next": "/"}).headers["location"] == "/"
    page = anna.get("/").text
    assert '<html lang="en">' in page and "To review" in page
    assert site.workspace.accounts.get("anna").language == "en"  # type: ignore[union-attr]


def test_what_a_document_says_is_shown_and_never_run(site: Site) -> None:
    from sqlalchemy import update

    from pipelines.store import schema

    first = _first(site)
    place = site.workspace.passages.place(first.item.passage_id)
    assert place is not None
    with site.workspace.engine.begin() as connection:
        hostile = '<script>alert("x")</script>'
        connection.execute(
            update(schema.documents).where(schema.documents.c.id == place.document_id).values(title=hostile)
        )
    page = site.signed_in("anna").get(f"/passages/{first.item.passage_id}").text
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_form_that_is_sent_twice_is_one_decision(site: Site) -> None:
    first, second = _first(site), _first(site, 1)
    anna = site.signed_in("anna")
    answers = [_decide(anna, first.item.passage_id, 0, rejected="no_finding") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert all(second.item.passage_id in answer.headers["location"] for answer in answers)
    assert len(_decisions(site)) == 1
    # Another choice on what was seen before is no repetition.
    answer = _decide(anna, first.item.passage_id, 0, verdict="accept")
    assert answer.status_code == 409 and "zelf al besloten" in answer.text
    assert len(_decisions(site)) == 1


def test_only_an_editor_decides_once_readers_differ_or_it_was_settled(site: Site) -> None:
    first = _first(site)
    anna, bram, eva = (site.signed_in(name) for name in ("anna", "bram", "eva"))
    _decide(anna, first.item.passage_id, 0, verdict="accept")
    _decide(anna, first.item.passage_id, 1, verdict="ask")
    _decide(bram, first.item.passage_id, 2, rejected="no_finding")
    answer = _decide(anna, first.item.passage_id, 3, rejected="no_finding")
    assert answer.status_code == 409
    assert "Een redacteur beslist" in anna.get(f"/passages/{first.item.passage_id}").text
    _decide(eva, first.item.passage_id, 3, verdict="accept")
    assert _decide(bram, first.item.passage_id, 4, rejected="off_topic").status_code == 409
    assert (_state(site, first), len(_decisions(site))) == (ItemState.ACCEPTED, 4)
    # One's own reading can be taken back; then there is nothing to settle, and the settlement stands until undone.
    _decide(bram, first.item.passage_id, 4, verdict="undo", undoes=_decisions(site)[2].id)
    assert (_state(site, first), len(_decisions(site))) == (ItemState.ACCEPTED, 5)


def test_lists_hide_the_first_decision_from_who_is_to_read_second(site: Site) -> None:
    first = _first(site)
    anna, bram, rita = (site.signed_in(name) for name in ("anna", "bram", "rita"))
    _decide(anna, first.item.passage_id, 0, rejected="no_finding")
    _decide(anna, first.item.passage_id, 1, verdict="ask")
    seen = bram.get("/", params={"state": "second"}).text
    assert first.item.passage_id in seen
    assert "afgewezen door" not in seen
    assert first.item.passage_id not in bram.get("/", params={"state": "rejected"}).text
    assert first.item.passage_id not in bram.get("/", params={"state": "all", "reviewer": "anna"}).text
    # Who cannot decide is asked nothing.
    assert first.item.passage_id in rita.get("/", params={"state": "rejected"}).text
    assert "Tweede lezing (" not in rita.get("/").text


def test_what_was_found_by_search_joins_the_list_once_it_is_decided_on(site: Site) -> None:
    listed = {i.item.item_id for i in site.workspace.inbox.page(InboxFilter(state="all"), 500)}
    documents = {d.id: d for d in site.workspace.documents.summaries()}
    unlisted = next(
        item
        for item in site.workspace.passages.find(documents, PassageFilter())
        if (item.group or item.passage.id) not in listed
    )
    passage_id = unlisted.passage.id
    answer = _decide(site.signed_in("anna"), passage_id, 0, rejected="off_topic")
    assert passage_id in answer.headers["location"]
    found = site.workspace.inbox.get(unlisted.group or passage_id)
    assert found is not None and (found.item.listed.value, found.state) == ("decided", ItemState.REJECTED)


def test_another_reason_has_to_be_named(site: Site) -> None:
    first = _first(site)
    anna = site.signed_in("anna")
    answer = _decide(anna, first.item.passage_id, 0, rejected="other", note=" ")
    assert answer.status_code == 409 and "Andere reden" in answer.text
    assert _decide(anna, first.item.passage_id, 0, rejected="other", note="verkeerd land").status_code == 303
    assert [d.note for d in _decisions(site)] == ["verkeerd land"]


def test_what_was_typed_is_kept_when_a_correction_is_refused(site: Site) -> None:
    first = _first(site)
    anna = site.signed_in("anna")
    fields = _form(anna.get(f"/passages/{first.item.passage_id}").text)
    other = next(s.id for row, s in site.app.state.desk.table().statements() if row.id != fields["row"])
    answer = _decide(
        anna, first.item.passage_id, 0, **{**fields, "verdict": "correct", "statement": other, "note": "kijk hier"}
    )
    assert answer.status_code == 409
    assert "kijk hier" in answer.text and f"Bewering {other} hoort bij rij" in answer.text
    assert f'<option value="{other}" selected>' in answer.text
    assert not _decisions(site)


def test_another_row_drops_the_statement_of_the_former_one(site: Site) -> None:
    first = _first(site)
    anna = site.signed_in("anna")
    fields = _form(anna.get(f"/passages/{first.item.passage_id}").text)
    row = next(row.id for row in site.app.state.desk.table().rows if row.id != fields["row"])
    _decide(anna, first.item.passage_id, 0, **{**fields, "verdict": "correct", "row": row})
    judgement = _decisions(site)[0].judgement
    assert judgement is not None and (judgement.rows[0], judgement.statement) == (row, None)


def test_after_the_last_one_the_list_says_so(site: Site) -> None:
    counts = site.workspace.inbox.overview(InboxFilter()).counts["row"]
    row = min(counts, key=lambda one: counts[one])
    anna = site.signed_in("anna")
    for item in site.workspace.inbox.page(InboxFilter(row=row), 50):
        answer = anna.post(
            f"/passages/{item.item.passage_id}/decide", params={"row": row}, data={"seen": "0", "verdict": "accept"}
        )
    assert answer.headers["location"].startswith("/?")
    assert "Dat was de laatste" in anna.get(answer.headers["location"]).text
