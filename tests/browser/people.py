"""What people do in the browser again and again."""

from __future__ import annotations

from playwright.sync_api import Page

PASSWORD = "vier natte tegels"
LOOK_MILLISECONDS = 300
_MOST_LOOKS = 60


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
    page.wait_for_timeout(LOOK_MILLISECONDS)
    for key in keys:
        page.keyboard.press(key)


def look_until(page: Page, words: str) -> None:
    """Look again until ``words`` are on the page: proposals are worked out beside it, as long as that takes."""
    for _ in range(_MOST_LOOKS):
        if words in page.locator("main").inner_text():
            return
        page.wait_for_timeout(LOOK_MILLISECONDS)
        page.reload()
    raise AssertionError(f"{words!r} did not come: {page.locator('main').inner_text()}")


def count_on_tab(page: Page, word: str) -> int:
    """The number behind a tab of the inbox, nought where the tab is not shown."""
    tab = page.locator(".tabs a", has_text=word)
    if tab.count() == 0:
        return 0
    return int(tab.first.inner_text().rsplit("(", 1)[1].rstrip(")").replace(".", ""))
