"""The pages of proposals: who sees and decides what, two people for a move upward, studies, and what is told."""

from __future__ import annotations

import html
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from accepted_evidence import EXPERIMENTS, Desk
from proposal_site import (
    ProposalSite,
    fixed_words,
    proposing,
    seen,
    serve_proposals,
    used_words,
)
from proposal_site import page as page  # a fixture
from proposed_changes import MARKED, MARKED_TEXT, MARKED_TITLE, REVIEWED

from flows.proposals import RULES_FILE
from pipelines.domain.decisions import Role, Verdict
from pipelines.domain.evidence_table import Column
from pipelines.domain.passages import Passage
from pipelines.domain.proposals import Proposal, ProposalState, VersionOrigin
from pipelines.review_app import weighing

__all__ = ["proposing"]

UP, NEW = "trend_known B1.t1", "new_statement B1"
KEPT = [f"review_date {one}" for one in REVIEWED]


def _tags(content: str) -> str:
    """The tags under the heading of a proposal."""
    found = re.search(r'<ul class="tags spaced">.*?</ul>', content, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]*>", " ", found.group()).split())


def _button(content: str, verdict: str) -> bool:
    return f'name="verdict" value="{verdict}"' in content


def _problem(content: str) -> str:
    found = re.search(r'role="alert"><p>(.*?)</p>', content)
    assert found is not None, seen(content)
    return html.unescape(found.group(1))


def _hidden(content: str) -> bool:
    return "Dit voorstel rust op een passage die u als tweede lezer nog moet lezen" in content


# What is shown, and to whom


def test_the_list_names_what_is_proposed_and_how_many_people_are_needed(page: ProposalSite) -> None:
    content = page.get("rita", "/proposals")
    shown = seen(content)
    assert "Open (5)" in shown and "Wacht op een tweede (0)" in shown
    assert "B1.t1: van trend naar bekend" in shown and "Zekerheid: zeer hoog 4 studies 2 verschillende mensen" in shown
    assert {f'href="/proposals/{one.id}"' in content for one in page.proposals().values()} == {True}
    assert 'name="chosen"' not in content  # she decides on nothing
    assert "Hier zijn geen voorstellen." in seen(page.get("rita", "/proposals", state="rejected"))
    assert seen(page.get("rita", "/proposals", state="nonsense")) == shown


def test_a_proposal_shows_words_rule_evidence_and_weights(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    content = page.get("rita", f"/proposals/{proposal.id}")
    shown = seen(content)
    assert "<del>" in content and "<ins>" in content and "geschrapt: lijken einde" in shown
    assert "(nodig: minstens 3)" in shown and "Regel trend_known (versie 1)" in shown
    assert "weegt 0,94" in shown and "hoe recent" in shown
    assert html.escape(EXPERIMENTS[0][1]) in content and f'href="/passages/{proposal.items[0]}"' in content
    assert "dezelfde cijfers" in shown.lower() or "13,8%" in re.findall(r"<q>(.*?)</q>", content)[0]
    assert "nl" in re.findall(r'<blockquote lang="(\w+)"', content) and '<blockquote lang="en">' in content


@pytest.mark.parametrize(
    ("name", "may_rule", "may_approve"), [("rita", 0, 0), ("anna", 1, 0), ("eva", 1, 1), ("ada", 1, 1)]
)
def test_who_may_what(page: ProposalSite, name: str, may_rule: int, may_approve: int) -> None:
    proposal = page.proposals()[UP]
    content = page.get(name, f"/proposals/{proposal.id}")
    assert ('action="/studies"' in content) == bool(may_rule)
    assert _button(content, "approve") == _button(content, "reject") == bool(may_approve)
    assert not _button(content, "undo")
    assert ("Goedkeuren doen: Ada Voorbeeld, Eva Voorbeeld." in content) == (not may_approve)
    assert ('name="chosen"' in page.get(name, "/proposals")) == bool(may_approve)
    answer = page.decide(name, proposal)
    assert answer.status_code == (303 if may_approve else 409 if may_rule else 403)
    assert page.turn(proposal) == may_approve
    if answer.status_code == 409:
        assert "anna" in _problem(answer.text) and "ada, eva" in _problem(answer.text)


def test_the_setting_says_who_approves(proposing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve_proposals(proposing, tmp_path / "own", monkeypatch, approvers="Anna, bram") as page:
        proposal = page.proposals()[UP]
        refused = page.decide("eva", proposal)
        assert refused.status_code == 409 and "eva" in _problem(refused.text)
        assert "Goedkeuren doen: Anna Voorbeeld, Bram Voorbeeld." in page.get("ada", f"/proposals/{proposal.id}")
        assert page.decide("anna", proposal).status_code == 303
        assert page.decide("bram", proposal).headers["location"].endswith("done=done.proposals_applied")
        assert page.statement("B1.t1").column is Column.KNOWN
        restored = page.of("eva").post("/versions/restore", data={"version": "2026-02-20", "why": "Te snel."})
        assert restored.status_code == 409 and "eva" in _problem(restored.text)


# Two people


def test_an_upward_move_asks_for_two_people_and_the_last_makes_the_version(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    address = f"/proposals/{proposal.id}"
    assert "Goedkeuren <kbd>" in page.get("eva", address)
    first = page.decide("eva", proposal)
    assert first.headers["location"] == f"{address}?done=done.proposals_seconded"
    assert "er moet nog iemand instemmen" in page.get("eva", first.headers["location"])
    for _ in range(2):  # the same person does not count twice
        assert page.decide("eva", proposal).status_code == 303
        assert page.state(proposal) is ProposalState.SECONDED
        assert _tags(page.get("eva", address)).endswith("1 van 2 akkoord: Eva Voorbeeld")
    assert "B1.t1" in seen(page.get("ada", "/proposals", state="seconded"))
    assert page.table.version == "2026-02-20"
    assert "Goedkeuren en in de tabel zetten" in page.get("ada", address)
    assert "Goedkeuren en in de tabel zetten" not in page.get("eva", address)
    last = page.decide("ada", proposal)
    assert last.headers["location"] == f"{address}?done=done.proposals_applied"
    assert (page.table.version, page.statement("B1.t1").column) == ("2026-03-03", Column.KNOWN)
    assert page.statement("B1.t1").nl == proposal.suggestion.nl
    record = page.workspace.tables.records()[-1]
    assert (record.origin, record.people) == (VersionOrigin.PROPOSALS, ("ada", "eva"))
    after = page.get("ada", address)
    assert "Opgenomen in versie 2026-03-03." in after and not _button(after, "approve") and not _button(after, "undo")
    assert page.decide("ada", proposal, "undo").status_code == 409
    assert "Wat weten we wel" in seen(page.get("rita", "/table/B1.t1"))


def test_other_words_ask_the_first_person_anew(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    page.decide("eva", proposal)
    page.decide("ada", proposal, nl="Beginners winnen het  meest.", en="Novices gain most.")
    assert page.state(proposal) is ProposalState.SECONDED
    content = page.get("eva", f"/proposals/{proposal.id}")
    assert _tags(content).endswith("1 van 2 akkoord: Ada Voorbeeld")
    assert "Tekst zoals Ada Voorbeeld die goedkeurde." in content
    assert ">Beginners winnen het meest.</textarea>" in content and "met aangepaste tekst" in content
    assert page.decide("eva", proposal).headers["location"].endswith("done.proposals_applied")
    changed = page.statement("B1.t1")
    assert (changed.nl, changed.en, changed.column) == (
        "Beginners winnen het meest.",
        "Novices gain most.",
        Column.KNOWN,
    )


def test_text_in_no_language_is_refused_and_what_was_typed_stays(page: ProposalSite) -> None:
    proposal = page.proposals()[NEW]
    answer = page.decide("eva", proposal, nl=" ", en="", why="Een <b>reden</b>")
    assert answer.status_code == 409 and _problem(answer.text)
    assert "Een &lt;b&gt;reden&lt;/b&gt;</textarea>" in answer.text and page.turn(proposal) == 0


def test_a_decision_is_taken_back_by_whoever_made_it(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    address = f"/proposals/{proposal.id}"
    page.decide("eva", proposal)
    assert _button(page.get("eva", address), "undo") and not _button(page.get("ada", address), "undo")
    assert page.decide("ada", proposal, "undo").status_code == 409
    assert page.decide("eva", proposal, "undo").headers["location"].endswith("done.proposals_undone")
    assert page.state(proposal) is ProposalState.OPEN
    assert "Eva Voorbeeld nam het besluit terug" in seen(page.get("rita", address))


def test_turning_down_needs_a_reason_and_holds_until_there_are_new_studies(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    refused = page.decide("eva", proposal, "reject", why="  ")
    assert refused.status_code == 409 and _problem(refused.text)
    assert 'name="why" rows="2" maxlength="4000" aria-invalid="true"' in refused.text
    done = page.decide("eva", proposal, "reject", why="Alleen <callcenters>.")
    assert done.headers["location"].endswith("done.proposals_rejected")
    assert page.state(proposal) is ProposalState.REJECTED
    assert "Eerder afgewezen: Alleen &lt;callcenters&gt;." in page.get("rita", f"/proposals/{proposal.id}")
    assert "B1.t1" not in seen(page.get("rita", "/proposals"))
    assert "B1.t1" in seen(page.get("rita", "/proposals", state="rejected"))
    desk = Desk(page.workspace)
    desk.decide(desk.add("Nog een proef", EXPERIMENTS[3][1]))
    again = _open_on(page, "B1.t1")
    assert again.id != proposal.id and len(again.studies) == 5
    assert "Alleen" not in seen(page.get("rita", "/proposals"))


def _open_on(page: ProposalSite, statement: str) -> Proposal:
    """The proposal on a statement that the page lists as open."""
    ids = re.findall(r'data-item href="/proposals/(\w+)"', page.get("rita", "/proposals"))
    known = page.workspace.proposals.all()
    (found,) = [known[one] for one in ids if known[one].statement_id == statement]
    return found


def test_a_rejected_proposal_can_be_approved_after_all(page: ProposalSite) -> None:
    proposal = page.proposals()[NEW]
    page.decide("eva", proposal, "reject", why="Te mager.")
    assert page.decide("ada", proposal).headers["location"].endswith("done.proposals_applied")
    added = {one.id for _, one in page.table.statements()} - {
        one.id for _, one in page.workspace.tables.get("2026-02-20").statements()
    }
    assert len(added) == 1 and page.statement(added.pop()).nl == proposal.suggestion.nl


# Conflicts


def test_who_saw_an_earlier_turn_is_told(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    page.decide("eva", proposal)
    late = page.decide("ada", proposal, seen="0", nl="Mijn woorden.", why="omdat")
    assert late.status_code == 409 and "Iemand anders besliste intussen over dit voorstel." in _problem(late.text)
    assert ">Mijn woorden.</textarea>" in late.text and ">omdat</textarea>" in late.text
    assert 'name="seen" value="1"' in late.text and page.turn(proposal) == 1
    twice = page.decide("eva", proposal, seen="0")  # a form that was sent twice is no conflict
    assert twice.status_code == 303 and page.turn(proposal) == 1


def test_evidence_that_fell_away_meanwhile_stops_the_approval(page: ProposalSite) -> None:
    proposal = page.proposals()[NEW]
    assert page.state(proposal) is ProposalState.OPEN
    desk = Desk(page.workspace)
    desk.passages = {one.id: one for one in page.workspace.passages.by_id(list(proposal.items)).values()}
    desk.decide(desk.passages[proposal.items[0]], verdict=Verdict.REJECT, reason="no_finding")
    late = page.decide("eva", proposal)
    assert late.status_code == 409 and _problem(late.text)
    assert page.table.version == "2026-02-20" and page.turn(proposal) == 0
    assert "Dit voorstel is vervallen" in late.text


# Several at once


def _chosen(*proposals: Proposal, turn: int = 0) -> dict[str, Any]:
    return {"chosen": [f"{one.id}:{turn}" for one in proposals]}


def test_several_are_approved_at_once_in_one_version(page: ProposalSite) -> None:
    kept = [page.proposals()[one] for one in KEPT]
    content = page.get("eva", "/proposals")
    offered = re.findall(r'name="chosen" value="(\w+):0"', content)
    assert set(offered) == {one.id for one in page.proposals().values() if one.people_needed == 1}
    answer = page.of("eva").post("/proposals", data=_chosen(*kept))
    assert answer.headers["location"] == "/proposals?done=done.proposals_applied"
    record = page.workspace.tables.records()[-1]
    assert {one.statement_id for one in record.changes} == set(REVIEWED) and record.people == ("eva",)
    assert all(str(page.statement(one).review_by) == "2027-03-03" for one in REVIEWED)
    assert page.of("eva").post("/proposals").headers["location"] == "/proposals"


def test_of_several_a_decided_one_does_not_hold_up_the_others(page: ProposalSite) -> None:
    kept = [page.proposals()[one] for one in KEPT]
    page.decide("ada", kept[0], "reject", why="Eerst navragen.")
    answer = page.of("eva").post("/proposals", data=_chosen(*kept))
    assert answer.status_code == 409
    assert _problem(answer.text).startswith("1 van 2 voorstellen is goedgekeurd. Iemand anders heeft intussen")
    assert [page.state(one) for one in kept] == [ProposalState.REJECTED, ProposalState.APPLIED]
    refused = page.of("anna").post("/proposals", data=_chosen(page.proposals()[NEW]))
    assert refused.status_code == 409 and _problem(refused.text).startswith("0 van 1 ")


def test_one_person_cannot_choose_a_move_upward_into_the_table(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    answer = page.of("eva").post("/proposals", data=_chosen(proposal))
    assert answer.headers["location"] == "/proposals?done=done.proposals_approved"
    assert page.state(proposal) is ProposalState.SECONDED and page.table.version == "2026-02-20"


def test_a_choice_that_no_page_offers_is_refused(page: ProposalSite) -> None:
    proposal = page.proposals()[NEW]
    kept = f"{page.proposals()[KEPT[0]].id}:0"
    turns = ("", ":", ":-1", ":²", ":9" + "9" * 30)
    for chosen in ("nowhere:0", *(proposal.id + turn for turn in turns)):
        answer = page.of("eva").post("/proposals", data={"chosen": [kept, chosen]})
        assert answer.status_code == 422 and page.workspace.acts.last() == 0, chosen


def test_forms_that_no_page_sends_are_refused(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    for values in ({"verdict": "accept"}, {"verdict": ""}, {"seen": "-1"}, {"seen": "x"}, {"why": "x" * 4001}):
        assert page.decide("eva", proposal, **{"verdict": "reject", **values}).status_code == 422
    assert page.of("eva").post("/proposals/nowhere", data={"verdict": "approve"}).status_code == 404
    assert page.of("eva").get("/proposals/nowhere").status_code == 404
    assert page.workspace.acts.last() == 0


# Second readers


def _first_passage(page: ProposalSite, proposal: Proposal) -> Passage:
    found = page.workspace.passages.by_id(list(proposal.items)).values()
    return next(one for one in found if one.text == EXPERIMENTS[0][1])


@pytest.fixture
def blind(page: ProposalSite) -> Proposal:
    """The move upward, with a passage that Eva is to read second."""
    proposal = page.proposals()[UP]
    Desk(page.workspace).decide(_first_passage(page, proposal), verdict=Verdict.ASK, asked="eva")
    return proposal


def test_a_second_reader_sees_neither_proposal_nor_confidence(page: ProposalSite, blind: Proposal) -> None:
    told = "van trend naar bekend"
    address = f"/proposals/{blind.id}"
    for name in ("ada", "rita"):
        assert told in seen(page.get(name, "/proposals")) and "Zekerheid: zeer hoog" in page.get(name, address)
    own = page.get("eva", "/proposals")
    assert _hidden(own) and "Eerst uw tweede lezing" in own
    one, statement = seen(page.get("eva", address)), seen(page.get("eva", "/table/B1.t1"))
    assert one.startswith("Eerst uw tweede lezing") and "Zekerheid: te zien na uw tweede lezing" in statement
    for content in (seen(own), one, statement, seen(page.get("eva", "/table"))):
        assert told not in content.lower() and "zeer hoog" not in content
        assert blind.suggestion.nl not in content and "ondersteunt weegt" not in content
    assert "B1: nieuwe bewering" in seen(own)  # what rests on other passages is shown


def test_a_second_reader_decides_on_nothing_of_it(page: ProposalSite, blind: Proposal) -> None:
    assert page.decide("eva", blind).status_code == 422
    assert page.of("eva").post("/proposals", data=_chosen(blind)).status_code == 422
    unread = _first_passage(page, blind).id
    other = next(item for item in blind.items if item != unread)
    for pair in ({"item_a": unread, "item_b": other}, {"item_a": other, "item_b": unread}):
        assert page.of("eva").post("/studies", data=pair | {"together": "yes"}).status_code == 422
    assert page.workspace.acts.last() == 0
    Desk(page.workspace).decide(_first_passage(page, blind), "eva", role=Role.SECOND)
    assert "bevestigd door een tweede lezer" in page.get("eva", "/table/B1.t1")
    assert "Zekerheid: zeer hoog" in page.get("eva", f"/proposals/{blind.id}")


# Studies


def _forms(content: str, button: str) -> list[dict[str, str]]:
    """Fields of the forms about studies with this button."""
    forms = re.findall(r'<form[^>]*action="/studies">(.*?)</form>', content, re.DOTALL)
    found = [form for form in forms if f'name="together" value="{button}"' in form]
    return [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) | {"together": button} for form in found]


def test_splitting_and_joining_change_the_number_of_studies(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    (split,) = _forms(page.get("anna", f"/proposals/{proposal.id}"), "no")
    answer = page.of("anna").post("/studies", data=split)
    assert answer.headers["location"] == "/proposals?done=done.studies_split"
    assert "tellen nu als twee studies" in page.get("anna", answer.headers["location"])
    apart = _open_on(page, "B1.t1")
    assert len(apart.studies) == 5
    assert "Vervallen (1)" in seen(page.get("rita", "/proposals"))
    content = page.get("anna", f"/proposals/{apart.id}")
    assert "Anna Voorbeeld zette twee passages apart" in content
    (back,) = _forms(content, "back")
    assert page.of("anna").post("/studies", data=back).headers["location"].endswith("done.studies_back")
    whole = _open_on(page, "B1.t1")
    assert len(whole.studies) == 4
    # Two that the program took apart are put together, from the page of the statement.
    statement = page.get("bram", "/table/B1.t1")
    join = _forms(statement, "yes")[0]
    options = re.findall(r'name="item_b"><option value="(\w+)"', statement)
    answer = page.of("bram").post("/studies", data=join | {"item_b": options[0], "why": "Zelfde <proef>"})
    assert answer.headers["location"] == "/table/B1.t1?done=done.studies_joined"
    joined = _open_on(page, "B1.t1")
    assert len(joined.studies) == 3 and len(joined.items) == len(whole.items)
    shown = page.get("rita", "/table/B1.t1")
    assert "3 onafhankelijke onderzoeken" in shown and "Zelfde &lt;proef&gt;" in shown
    assert "Bram Voorbeeld voegde twee passages samen" in shown


def test_rulings_that_no_page_offers_are_refused(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    one, other = proposal.items[:2]
    pair = {"item_a": one, "item_b": other, "together": "yes"}
    assert page.of("rita").post("/studies", data=pair).status_code == 403
    assert page.of("anna").post("/studies", data=pair | {"together": "perhaps"}).status_code == 422
    assert page.of("anna").post("/studies", data=pair | {"item_b": one}).status_code == 409
    assert page.of("anna").post("/studies", data=pair | {"item_b": "nowhere"}).status_code == 404
    assert page.of("anna").post("/studies", data={"item_a": one}).status_code == 422
    assert page.workspace.acts.last() == 0
    for target in ("https://elders.example/", "//elders.example", "/sign-out", "/table/../../x\r\nSet-Cookie: a=b"):
        answer = page.of("anna").post("/studies", data=pair | {"next": target})
        assert answer.headers["location"].startswith(("/proposals?", "/table/")) and "set-cookie" not in answer.headers


# What is not ready, or cannot be


def test_the_page_says_when_it_is_still_being_worked_out(page: ProposalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = page.proposals()[UP]
    go_on = threading.Event()
    worked = weighing.current_appraisal

    def slow(*given: Any) -> Any:
        assert go_on.wait(120)
        return worked(*given)

    monkeypatch.setattr(weighing, "current_appraisal", slow)
    monkeypatch.setattr(weighing.WeighingBook.latest, "__defaults__", (0.01,))
    monkeypatch.setattr("pipelines.review_app.routes_proposals._CATCH_UP_SECONDS", 0.01)
    told = "De voorstellen worden bijgewerkt naar de laatste besluiten."
    assert told in page.get("rita", "/proposals") and told in page.get("rita", f"/proposals/{proposal.id}")
    assert told in page.get("rita", "/table") and "wordt bijgewerkt" in page.get("rita", "/table/B1.t1")
    assert page.of("rita").get("/proposals/nowhere").status_code == 404
    go_on.set()
    monkeypatch.setattr(weighing.WeighingBook.latest, "__defaults__", (120.0,))
    assert told not in page.get("rita", "/proposals")
    # With something decided since, what was known is shown, and that it is not the latest.
    go_on.clear()
    monkeypatch.setattr(weighing.WeighingBook.latest, "__defaults__", (0.01,))
    page.decide("eva", proposal)
    stale = page.get("ada", f"/proposals/{proposal.id}")
    assert told in stale and "Eva Voorbeeld keurde goed" in seen(stale) and told in page.get("ada", "/proposals")
    go_on.set()


def test_faulty_rules_are_told_and_the_table_stays_of_use(page: ProposalSite) -> None:
    own = page.settings.workspace / RULES_FILE
    for content in ("rules: 3", "rules: [", "version: '1'\nrules: []", "\x00", "&a [*a]"):
        own.write_text(content, encoding="utf-8")
        answer = page.of("eva").get("/proposals")
        assert answer.status_code == 409 and RULES_FILE in answer.text, content
        shown = page.get("eva", "/table/B1.t1")
        assert "Zekerheid en voorstellen zijn nu niet te bepalen." in shown and RULES_FILE in shown
        assert "lijken meer van AI te profiteren" in shown
    assert "5 ondersteunen" in seen(page.get("eva", "/table")) and RULES_FILE in page.get("eva", "/table")
    assert page.get("eva", "/table/row/B1") and page.get("eva", "/versions")
    own.unlink()
    assert "Open (5)" in seen(page.get("eva", "/proposals"))


def test_own_rules_hold_on_the_page(page: ProposalSite) -> None:
    shipped = (Path(weighing.__file__).parents[1] / "revision" / "rules.yaml").read_text(encoding="utf-8")
    own = shipped.replace("studies_for: {at_least: 3}", "studies_for: {at_least: 9}")
    (page.settings.workspace / RULES_FILE).write_text(own, encoding="utf-8")
    shown = seen(page.get("rita", "/proposals"))
    assert "Open (4)" in shown and "Vervallen (1)" in shown


# Words


def _both_ways(proposal: Proposal) -> list[str]:
    return ["/proposals", "/proposals?state=applied", f"/proposals/{proposal.id}", "/table/B1.t1", "/versions"]


def test_every_text_is_in_the_language_of_the_reader(page: ProposalSite) -> None:
    proposals = page.proposals()
    page.decide("eva", proposals[NEW])
    page.decide("eva", proposals[UP], nl="Anders.", en="Other.", why="x")
    page.of("anna").post("/studies", data=_forms(page.get("anna", f"/proposals/{proposals[UP].id}"), "no")[0])
    told = fixed_words("proposals_page", "versions_page", "confidence_page", "done")
    assert len(told) > 60
    contents: dict[str, list[str]] = {}
    for language in ("nl", "en"):
        page.of("ada").post("/language", data={"language": language, "next": "/"})
        addresses = {*_both_ways(proposals[UP]), *_both_ways(_open_on(page, "B1.t1"))}
        contents[language] = [page.get("ada", address) for address in sorted(addresses)]
        assert all(f'<html lang="{language}">' in content for content in contents[language])
    assert used_words(contents, told) > 25


def test_text_of_others_is_escaped(page: ProposalSite) -> None:
    kept, new = page.proposals()[f"review_date {MARKED}"], page.proposals()[NEW]
    escaped = html.escape(MARKED_TEXT)
    pages = ["/proposals", f"/proposals/{kept.id}", f"/table/{MARKED}", f"/proposals/{new.id}", "/table/row/B1"]
    page.of("eva").post("/proposals", data=_chosen(kept))
    page.decide("eva", new, nl="<i>Korter</i> & <script>x</script>")
    compared = "/versions?old=2026-02-20&new=2026-03-03"
    contents = {
        one: page.get("eva", one) for one in (*pages, compared, "/versions?old=2024-10-02&new=2026-02-20", "/table")
    }
    for content in contents.values():
        assert "<script>" not in content and "<b>meer" not in content and "<i>Korter" not in content
        assert MARKED_TITLE not in content
    assert escaped in contents[f"/table/{MARKED}"] and escaped in contents[f"/proposals/{kept.id}"]
    assert html.escape(MARKED_TITLE) in contents[f"/proposals/{new.id}"]
    assert "&lt;i&gt;Korter&lt;/i&gt;" in contents["/table"]


def test_only_our_own_pages_send_decisions(page: ProposalSite) -> None:
    proposal = page.proposals()[UP]
    foreign = {"Origin": "https://elders.example"}
    for address in ("/proposals", f"/proposals/{proposal.id}", "/studies"):
        answer = page.of("eva").post(address, data={"verdict": "approve", "seen": "0"}, headers=foreign)
        assert answer.status_code == 403
    assert page.workspace.acts.last() == 0
