"""No page has violations of WCAG 2.2 A and AA that axe can find: light and dark, wide and narrow, both languages.

Pictures of the pages are left in the folder that KENNISSTAND_SCREENSHOTS names, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Served, new_context, serve, take_picture
from offered_items import SOURCE, SOURCES_FILE, do_duties, offer_items
from office.word_hand import edited
from people import look_until, make_first_account, sign_in
from playwright.sync_api import Browser, Page, expect
from proposed_changes import add_proposals
from shown_topics import save_topics, shown_model, topic_id
from sqlalchemy import text
from workspaces import copy_workspace

from flows.workspace import open_settings_workspace
from pipelines.settings import Settings
from pipelines.table import write_table

pytestmark = pytest.mark.slow

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_VIEWS = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone-dark": {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"},
    "laptop-zoomed": {"viewport": {"width": 512, "height": 384}, "color_scheme": "light"},  # 1024 px at 200 %
}
_ZOOMED = "laptop-zoomed"
"""Here pages are held to their width alone: what else axe looks at lies between the two other views."""


@pytest.fixture(scope="module")
def site(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a copy of the scanned workspace with topics and proposals; nobody has an account yet."""
    root = copy_workspace(scanned, tmp_path_factory.mktemp("accessible"))
    workspace = open_settings_workspace(Settings(workspace=root))
    save_topics(workspace, shown_model(workspace))
    add_proposals(workspace, date.today().year)
    (root / "kennisstand-sources.yaml").write_text(SOURCES_FILE, encoding="utf-8")
    offer_items(workspace)
    do_duties(workspace)
    workspace.close()
    served = serve(root)
    yield served
    served.close()


@pytest.fixture(scope="module")
def pages(site: Served, chromium: Browser) -> dict[str, str]:
    """Name -> address of every page, on a site with an admin."""
    context = new_context(chromium)
    page = context.new_page()
    make_first_account(page, site.address)
    page.goto(site.address)
    passage = str(page.locator("a[data-item]").first.get_attribute("href"))
    page.goto(f"{site.address}/proposals")
    look_until(page, "B1.t1")
    proposal = str(page.locator("a[data-item]", has_text="B1.t1").get_attribute("href"))
    context.close()
    old, new = (_one(site.root, f"select version from table_versions where number = {number}") for number in (1, 2))
    document = _one(site.root, "select document_id from inbox order by rank")
    return {
        "inbox": "/",
        "inbox-sample": "/?state=sample",
        "passage": passage,
        "table": "/table",
        "statement": "/table/D1.k1",
        "row": "/table/row/D1",
        "statement-weighed": "/table/B1.t1",
        "proposals": "/proposals",
        "proposal": proposal,
        "versions": "/versions",
        "versions-compared": f"/versions?old={old}&new={new}",
        "documents": "/documents",
        "document": f"/documents/{document}",
        "topics": "/topics",
        "topic": f"/topics/{topic_id(1)}",
        "topic-merge": f"/topics/merge?topic={topic_id(1)}",
        "topic-merged": f"/topics/merge?topic={topic_id(1)}&with={topic_id(2)}",
        "topic-split": f"/topics/split?topic={topic_id(1)}",
        "dossiers": "/dossiers",
        "dossier": "/dossiers/involving-employees",
        "dossier-new": "/dossiers/new",
        "search": "/search?q=werkdruk",
        "sources": "/sources",
        "source": f"/sources/{SOURCE}",
        "harvested": "/harvested",
        "scans": "/scans",
        "schedules": "/schedules",
        "reports": "/reports",
        "readers": "/readers",
        "learning": "/learning",
        "people": "/people",
        "account": "/account",
        "not-there": "/passages/nowhere",
    }


def _one(root: Path, query: str) -> str:
    workspace = open_settings_workspace(Settings(workspace=root))
    try:
        with workspace.engine.connect() as connection:
            return str(connection.execute(text(query)).scalar())
    finally:
        workspace.close()


def _edited_table(root: Path) -> bytes:
    """The table as a Word file, with a statement that somebody changed."""
    workspace = open_settings_workspace(Settings(workspace=root))
    table = workspace.tables.get(workspace.tables.newest_version())
    workspace.close()
    return edited(write_table(table, ".docx", "nl"), lambda hand: hand.retype("C1.k1", "AI verandert het werk."))


def _settle(page: Page) -> None:
    """Wait for the parts that the script fetches when a page is there or a part unfolds: they are held to it too."""
    expect(page.locator("[aria-busy], details[open] [data-load]")).to_have_count(0)


def _problems(page: Page, name: str) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{name}: {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_violations_are_found_where_there_are_any(page: Page) -> None:
    page.set_content("<p style='color: #ccc'>Grijs op wit</p><img src='x.png'><input>")
    assert {"color-contrast", "image-alt", "label"} <= {line.split(": ")[1] for line in _problems(page, "bad")}


@pytest.mark.parametrize("view", _VIEWS)
def test_no_page_has_violations(site: Served, chromium: Browser, pages: dict[str, str], view: str) -> None:
    # At rest: half-way a change of colour is no colour of ours.
    context = new_context(chromium, **_VIEWS[view], reduced_motion="reduce")
    page = context.new_page()
    problems: list[str] = []
    page.goto(f"{site.address}/sign-in")
    problems += _problems(page, "sign-in")
    sign_in(page, site.address, "ada")
    if view == "phone-dark":
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")  # else the next page would come in its stead
    for name, address in pages.items():
        page.goto(site.address + address)
        _settle(page)
        for details in page.locator("main details").all():
            details.evaluate("one => { one.open = true; }")
        _settle(page)
        if name == "passage":
            page.locator(".page-picture rect, .page-picture p").first.wait_for()
        if view != _ZOOMED:
            problems += _problems(page, name)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        problems += [f"{name}: {wide} px wider than the window"] if wide > 0 else []
        take_picture(page, f"{name}-{view}")
    page.goto(site.address + pages["passage"])
    _settle(page)
    for panel in ("reject", "correct", "later"):
        page.locator(f"[data-unfold=panel-{panel}]").click()
        expect(page.locator(f"#panel-{panel}")).to_be_visible()
        if view != _ZOOMED:
            problems += _problems(page, f"passage, {panel}")
        take_picture(page, f"passage-{panel}-{view}")
        page.keyboard.press("Escape")
        expect(page.locator(f"#panel-{panel}")).to_be_hidden()
    page.goto(f"{site.address}/versions")
    page.locator("#file").set_input_files({"name": "tabel.docx", "mimeType": "", "buffer": _edited_table(site.root)})
    page.locator("form:has(#file) button").click()
    page.locator("input[name=people]").first.wait_for()
    page.wait_for_load_state()  # that field can be there before the script that listens to keys
    problems += _problems(page, "preview")
    take_picture(page, f"preview-{view}")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    problems += _problems(page, "keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    if view == "phone-dark":
        page.get_by_role("button", name="Nederlands").click()
        expect(page.locator("html")).to_have_attribute("lang", "nl")  # closed at once, it might not have been sent
    context.close()
    assert problems == []
