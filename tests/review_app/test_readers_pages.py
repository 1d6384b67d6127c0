"""The page of readers: who differs from whom, who is asked, counts, agreement and history."""

from __future__ import annotations

import re
from typing import Any

from site_pages import Site

from pipelines.domain.decisions import Decision, Judgement, Role, Verdict
from pipelines.domain.evidence import Relation
from pipelines.review.agreement import agreement
from pipelines.review_app.routes_readers import show_agreement
from pipelines.store.inbox import InboxFilter, ListedItem


def _items(site: Site) -> list[ListedItem]:
    return site.workspace.inbox.page(InboxFilter(), 100)


def _decide(site: Site, who: str, one: ListedItem, seen: int, **values: Any) -> None:
    answer = site.signed_in(who).post(
        f"/passages/{one.item.passage_id}/decide", data={"seen": str(seen), **(values or {"verdict": "accept"})}
    )
    assert answer.status_code == 303, answer.text


def _part(page: str, heading: str) -> str:
    """What stands under a heading, without tags."""
    parts = {re.sub(r"<[^>]*>", "", part.split("</h2>")[0]): part for part in page.split("<h2>")[1:]}
    found = next(part for title, part in parts.items() if title.startswith(heading))
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


def test_without_decisions_the_page_says_how_to_begin(site: Site) -> None:
    page = site.signed_in("rita").get("/readers").text
    assert "Nog niets is door twee mensen gelezen. Vraag op de pagina van een passage" in page
    assert "Nog niemand heeft iets besloten." in page


def test_a_disagreement_tells_who_differs_on_what_until_it_is_settled(site: Site) -> None:
    one = _items(site)[0]
    _decide(site, "anna", one, 0)
    _decide(site, "anna", one, 1, verdict="ask", asked="bram")
    _decide(site, "bram", one, 2, rejected="off_topic")
    page = site.signed_in("eva").get("/readers").text
    part = _part(page, "Lezers oneens")
    assert "Lezers oneens (1)" in part
    assert "Anna Voorbeeld: overgenomen" in part and "Bram Voorbeeld: afgewezen" in part
    assert "of het telt als bewijs" in part and "U kunt dit beslechten" in part
    assert f'href="/passages/{one.item.passage_id}?state=disagreement"' in page
    assert "Een redacteur beslecht dit" in site.signed_in("anna").get("/readers").text
    _decide(site, "eva", one, 3)
    after = _part(site.signed_in("eva").get("/readers").text, "Lezers oneens")
    assert "(0)" in after


def test_a_request_is_listed_and_keeps_the_first_decision_from_who_is_asked(site: Site) -> None:
    one = _items(site)[0]
    _decide(site, "anna", one, 0)
    _decide(site, "anna", one, 1, verdict="ask", asked="bram")
    asked, other = site.signed_in("bram").get("/readers").text, site.signed_in("eva").get("/readers").text
    for page in (asked, other):
        part = _part(page, "Gevraagde tweede lezingen")
        assert "(1)" in part and "Anna Voorbeeld" in part and "Bram Voorbeeld" in part
    assert "te zien na uw tweede lezing" in _part(asked, "Laatste besluiten")
    assert "overgenomen" not in _part(asked, "Laatste besluiten")
    assert "overgenomen" in _part(other, "Laatste besluiten")


def test_counts_leave_out_what_was_undone(site: Site) -> None:
    first, second, third = _items(site)[:3]
    _decide(site, "anna", first, 0)
    _decide(site, "anna", second, 0, rejected="no_finding")
    _decide(site, "anna", third, 0, postponed="whole_document")
    made: list[Decision] = list(site.workspace.decisions.all())
    _decide(site, "anna", second, 1, verdict="undo", undoes=made[1].id)
    page = site.signed_in("rita").get("/readers").text
    row = re.search(r'<th scope="row">Anna Voorbeeld</th>(.*?)</tr>', page, re.DOTALL)
    assert row is not None
    assert re.findall(r">(\d+)</td>", row.group(1)) == ["2", "1", "0", "0", "1", "0"]
    assert "ongedaan gemaakt" in _part(page, "Laatste besluiten")


def _store_pairs(site: Site, n: int, differing: int) -> None:
    """Decisions of two readers on ``n`` items, of which ``differing`` differ; a third are rejected by both."""
    held = Judgement(rows=("B1",), statement="B1.k1", relation=Relation.SUPPORTS)
    for number, one in enumerate(_items(site)[:n]):
        second = number < differing
        both_reject = number % 3 == 0
        for turn, (who, role, rejects) in enumerate(
            [("anna", Role.FIRST, both_reject), ("bram", Role.SECOND, both_reject != second)], 1
        ):
            decision = Decision(
                id=f"d{number}-{turn}",
                item_id=one.item.item_id,
                turn=turn,
                passage_id=one.item.passage_id,
                document_id=one.item.document_id,
                passage_text=one.item.lead,
                verdict=Verdict.REJECT if rejects else Verdict.ACCEPT,
                role=role,
                reviewer=who,
                decided=site.workspace.runs.all()[0].started,
                judgement=None if rejects else held,
                reason="no_finding" if rejects else None,
            )
            site.workspace.decisions.append(decision)


def test_agreement_is_shown_with_its_interval_and_is_made_anew_after_a_decision(site: Site) -> None:
    browser = site.signed_in("rita")
    n = 33
    _store_pairs(site, n, 3)
    part = _part(browser.get("/readers").text, "Overeenstemming per label")
    assert f"Over {n} passages" in part
    line = re.search(r"of het telt als bewijs 33 91% (\d,\d\d) \((-?\d,\d\d) tot (\d,\d\d)\)", part)
    assert line is not None
    assert "te weinig: " in part  # the labels of those that both accepted
    assert "Landis en Koch" in part
    extra = _items(site)[-1]
    _decide(site, "anna", extra, 0)
    _decide(site, "anna", extra, 1, verdict="ask", asked="bram")
    _decide(site, "bram", extra, 2)
    assert f"Over {n + 1} passages" in _part(browser.get("/readers").text, "Overeenstemming per label")


def test_agreement_in_words() -> None:
    same = show_agreement("relevant", agreement([(True, True)] * 40, 2), "nl")
    assert (same.share, same.kappa) == ("100%", "–")
    assert "er viel niets te kiezen" in same.strength
    mixed = show_agreement("theme.adoption", agreement([(True, True), (False, False)] * 60, 2), "en")
    assert mixed.label == "theme Adoption"
    assert mixed.kappa.startswith("1.00 (0.94 to 1.00")
    assert mixed.strength == "almost perfect"
    few = show_agreement("relation", agreement([("supports", "narrows")] * 4, 4), "en")
    assert few.strength == "too few: 4 of the 30 that are needed"
    unsure = show_agreement("kind", agreement([(k % 2, k % 2 if k % 5 else 1 - k % 2) for k in range(40)], 5), "nl")
    assert "; ten minste " in unsure.strength
