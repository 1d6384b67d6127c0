"""What people do in the browser again and again.

``goto``, ``reload`` and ``wait_for_url`` return once a page is loaded: by then its script has run, and keys do
something. Where only a part of a page was waited for, the script may have yet to run. The focus that ``autofocus``
gives comes later than all of this: wait for it before typing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PASSWORD = "vier natte tegels"
LOOK_MILLISECONDS = 300
_MOST_SECONDS = 180


def make_first_account(page: Page, address: str, name: str = "ada", full_name: str = "Ada Voorbeeld") -> None:
    """Open the page of a new workspace and make the admin, by keys alone."""
    page.goto(address)
    page.wait_for_url("**/first-use*")
    page.locator("input[name=full_name]").focus()
    for value in (full_name, name, PASSWORD, PASSWORD):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.locator("main button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "first-use" not in url)


def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    """Sign in by keys alone."""
    page.goto(f"{address}/sign-in")
    page.locator("input[name=name]").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def decide(page: Page, keys: str) -> None:
    """Press the keys of a decision, as somebody does who has looked first: earlier ones are not taken."""
    page.wait_for_load_state()
    page.wait_for_timeout(LOOK_MILLISECONDS)
    for key in keys:
        page.keyboard.press(key)


def look_until(page: Page, words: str) -> None:
    """Look again until ``words`` are on the page: proposals are worked out beside it, as long as that takes."""
    _look_until(page, lambda: words in page.locator("main").inner_text(), words)


def look_until_there(page: Page, wanted: Locator) -> None:
    """Look again until ``wanted`` is on the page, shown or not."""
    _look_until(page, lambda: wanted.count() > 0, str(wanted))


def _look_until(page: Page, is_there: Callable[[], bool], what: str) -> None:
    latest = time.monotonic() + _MOST_SECONDS
    while not is_there():
        if time.monotonic() > latest:
            raise AssertionError(f"{what!r} did not come: {page.locator('main').inner_text()}")
        page.wait_for_timeout(LOOK_MILLISECONDS)
        page.reload()


def count_on_tab(page: Page, word: str) -> int:
    """The number behind a tab of the inbox, nought where the tab is not shown."""
    expect(page.locator(".tabs a[aria-current]")).to_be_visible()  # nought is only to be told of the inbox itself
    tab = page.locator(".tabs a", has_text=word)
    if tab.count() == 0:
        return 0
    return int(tab.first.inner_text().rsplit("(", 1)[1].rstrip(")").replace(".", ""))
