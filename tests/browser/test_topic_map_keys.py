"""The map of topics and the division of a topic in a real browser, by keys alone; and without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Served, new_context, serve, take_picture
from people import PASSWORD, sign_in
from playwright.sync_api import Browser, Page, expect
from shown_topics import save_topics, shown_model, topic_id
from workspaces import copy_workspace

from flows.topic_standing import standing_topics
from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import Secret

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def arranged(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a workspace with topics of all trends, and an editor."""
    root = copy_workspace(scanned, tmp_path_factory.mktemp("arranged"))
    workspace = open_settings_workspace(Settings(workspace=root))
    save_topics(workspace, shown_model(workspace))
    secret = Secret(hash_password(PASSWORD))
    workspace.accounts.create("eva", "Eva Voorbeeld", AccountRole.EDITOR, secret, actor="(command)")
    workspace.close()
    served = serve(root)
    yield served
    served.close()


def _focused(page: Page) -> str:
    """Name of the topic whose circle has the focus."""
    return str(page.evaluate("document.activeElement.dataset.name || ''"))


def _view(page: Page) -> list[float]:
    return [float(one) for one in str(page.locator(".map svg.plot").get_attribute("viewBox")).split()]


def test_the_map_is_walked_zoomed_and_left_by_keys(arranged: Served, page: Page) -> None:
    sign_in(page, arranged.address, "eva")
    page.goto(f"{arranged.address}/topics")
    page.locator("#highlight").focus()
    page.keyboard.press("Tab")
    assert _focused(page) == "Werkdruk en autonomie"  # one stop for Tab, the largest topic
    tip = page.locator("[data-tip]")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("12 passages · groeit · 5 nieuw in de laatste scan")
    expect(tip).to_contain_text("werkdruk, autonomie, taken")
    name = page.locator(f'.map a[href="/topics/{topic_id(1)}"]').get_attribute("aria-label")
    assert name is not None and "K1. Werkdruk en autonomie: 12 passages · groeit" in name
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()

    seen = set()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        page.keyboard.press("Home")
        page.keyboard.press(key)
        seen.add(_focused(page))
        expect(tip).to_contain_text(_focused(page))
    assert len(seen) >= 3
    page.keyboard.press("Home")
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert _view(page)[2] == pytest.approx(1000 / 2.25) and "close" in str(
        page.locator(".map svg.plot").get_attribute("class")
    )
    expect(page.locator("[data-zoom]")).to_have_text("Vergroting 225%")
    before = _view(page)
    page.keyboard.press("Shift+ArrowRight")
    assert _view(page)[0] > before[0]
    page.keyboard.press("End")  # far away: the map comes along
    x, y, width, height = _view(page)
    dot = page.locator(f'.map a[href="/topics/{topic_id(7)}"]')
    assert x <= float(str(dot.get_attribute("data-x"))) <= x + width
    assert y <= float(str(dot.get_attribute("data-y"))) <= y + height
    page.keyboard.press("0")
    assert _view(page) == [0, 0, 1000, 620]
    page.keyboard.press("Tab")
    assert _focused(page) == ""  # one stop, and on to what follows

    page.locator("#highlight").select_option("new")
    expect(page.locator(".map a.faded")).to_have_count(5)
    page.locator(f'.map a[href="/topics/{topic_id(3)}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/topics/{topic_id(3)}")


def test_the_mouse_drags_and_zooms_and_a_drag_opens_nothing(arranged: Served, page: Page) -> None:
    sign_in(page, arranged.address, "eva")
    page.goto(f"{arranged.address}/topics")
    circle = page.locator(f'.map a[href="/topics/{topic_id(1)}"] .dot')
    circle.hover()
    expect(page.locator("[data-tip]")).to_contain_text("Werkdruk en autonomie")
    page.locator("[data-tip]").hover()  # what one points at stays
    page.wait_for_timeout(400)
    expect(page.locator("[data-tip]")).to_be_visible()
    page.locator("[data-act=zoom_in]").click()
    page.locator("[data-act=zoom_in]").click()
    box = circle.bounding_box()
    assert box is not None
    before = _view(page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 90, middle[1] - 30, steps=4)
    page.mouse.up()
    assert _view(page)[0] > before[0] and page.url.endswith("/topics")
    box = circle.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"**/topics/{topic_id(1)}")


def test_without_a_script_the_map_is_a_picture_of_links(arranged: Served, chromium: Browser) -> None:
    context = new_context(chromium, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, arranged.address, "eva")
    page.goto(f"{arranged.address}/topics?show=new")
    assert page.locator("[data-map-tools]").is_hidden() and page.locator(".map a.faded").count() == 5
    assert "Vertalers en tolken: 6 passages" in str(page.locator(".map a title").nth(4).text_content())
    page.locator(f'.map a[href="/topics/{topic_id(3)}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/topics/{topic_id(3)}")
    page.goto(f"{arranged.address}/topics/merge?topic={topic_id(1)}")
    page.locator("#q").fill("robots")
    page.locator("form[role=search] button").click()
    expect(page.locator("input[name=with]")).to_have_count(1)  # the list that stood there before is longer
    context.close()


def test_terms_are_pinned_a_list_narrows_and_a_topic_is_divided_by_keys(arranged: Served, page: Page) -> None:
    sign_in(page, arranged.address, "eva")
    page.goto(f"{arranged.address}/topics/{topic_id(2)}")
    page.locator("summary", has_text="Woorden vastzetten").focus()
    page.keyboard.press("Enter")
    term = page.locator("[data-present=terms_nl] button", has_text="drempels")
    expect(term).to_be_visible()  # what is folded away takes no focus
    term.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#terms_nl")).to_have_value("drempels")
    expect(term).to_have_attribute("aria-pressed", "true")
    page.locator("#terms_nl").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**done=done.topics_pinned")

    page.goto(f"{arranged.address}/topics/merge?topic={topic_id(2)}")
    page.locator("#q").focus()
    page.keyboard.type("robots")
    expect(page.locator("#others > li:visible")).to_have_count(1)
    expect(page.locator("[data-filter-told]")).to_have_text("1 onderwerp past.")

    page.goto(f"{arranged.address}/topics/split?topic={topic_id(1)}", timeout=120_000)
    boxes = page.locator("input[name=passage]")
    ticked = page.locator("input[name=passage]:checked").count()
    assert boxes.count() == 12
    boxes.first.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-ticked]")).to_have_text(f"Aangekruist: {ticked + 1}")
    take_picture(page, "topic-split")
    page.locator("#name_nl").focus()
    page.keyboard.type("Vakmanschap")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=done.topics_split")
    expect(page.locator("h1")).to_contain_text("Vakmanschap")
    assert re.search(r"/topics/\w+\?done", page.url) is not None
    workspace = open_settings_workspace(Settings(workspace=arranged.root))
    model = standing_topics(workspace)
    workspace.close()
    assert model is not None
    sizes = {topic.name_nl: topic.size for topic in model.topics}
    assert (sizes["Vakmanschap"], sizes["Werkdruk en autonomie"]) == (ticked + 1, 12 - ticked - 1)
