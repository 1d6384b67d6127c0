"""A real browser before the page, which is asked in this process: whatever runs in it of what people wrote is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx import Response

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Page, Route, sync_playwright

HOME = "http://localhost"
_FILE = "http://bestand.localhost/"
_CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE_MILLISECONDS = 120_000
_NOT_PASSED_ON = {"content-length", "content-encoding", "transfer-encoding", "connection", "set-cookie"}

# In every page before its own scripts: what the texts call, and what the policy on content had to hold back.
_LISTEN = """
addEventListener('securitypolicyviolation', event => ran('policy: ' + event.violatedDirective + ' ' + event.sample));
"""
# What a page of ours never has. Frames, styles and scripts inside a page, attributes that run, addresses that do.
_LOOK = """
files => {
  const never = new Set(['IFRAME', 'FRAME', 'OBJECT', 'EMBED', 'BASE', 'MARQUEE', 'XSS', 'MATH', 'AUDIO', 'VIDEO',
    'SOURCE', 'ANIMATE', 'SET', 'FOREIGNOBJECT', 'APPLET', 'TEMPLATE']);
  const found = [];
  for (const one of document.querySelectorAll('*')) {
    const tag = one.tagName.toUpperCase();
    if (never.has(tag)) found.push(tag);
    const own = !files && one.src && one.src.startsWith(location.origin + '/static/');
    if (tag === 'SCRIPT' && !own) found.push('script');
    if (!files && (tag === 'STYLE' || one.hasAttribute('style'))) found.push('style');
    if (tag === 'META' && /refresh/i.test(one.httpEquiv)) found.push('refresh');
    for (const {name, value} of one.attributes) {
      if (/^on/i.test(name) || name === 'srcdoc') found.push(tag + ' ' + name);
      if (/^(href|src|action|formaction|data|xlink:href|poster)$/i.test(name)) {
        let scheme = 'x:';
        try { scheme = new URL(value, location).protocol; } catch { continue; }
        const fit = scheme === 'http:' || scheme === 'https:' || (files && scheme === 'data:' && tag !== 'A');
        if (!fit) found.push(tag + ' ' + name + '=' + value.slice(0, 60));
      }
    }
  }
  return found;
}
"""


@dataclass
class WatchedBrowser:
    """One page of a browser, and all that should not have happened in it."""

    page: Page
    client: TestClient
    """Who is signed in there."""
    seen: int = 0
    faults: list[str] = field(default_factory=list)
    _ran: list[str] = field(default_factory=list)
    _answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    _static: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)

    def take_notice(self) -> list[str]:
        """What ran since the last time, and forget it."""
        ran, self._ran[:] = list(self._ran), []
        return ran

    def open(self, address: str, answer: Response | None = None) -> None:
        """Open a page of the program; ``answer`` if it was given already."""
        if answer is not None:
            self._answers = {HOME + address: _as_sent(answer)}
        self.page.goto(HOME + address, wait_until="load")
        self._look(address, files=False)

    def show(self, name: str, content: bytes, headers: dict[str, str] | None = None, *, files: bool = False) -> None:
        """Show an answer that was given already, or a file as somebody opens it who downloaded it."""
        address = (_FILE if files else f"{HOME}/") + f"shown/{self.seen}"
        self._answers = {address: (200, headers or {"content-type": "text/html; charset=utf-8"}, content)}
        self.page.goto(address, wait_until="load")
        self._look(name, files=files)

    def _look(self, name: str, *, files: bool) -> None:
        found = self.page.evaluate(_LOOK, files)
        self.seen += 1
        self.faults += [f"{name}: {one}" for one in (*found, *self.take_notice())]

    def answer(self, route: Route) -> None:
        """Give the browser what the program answers, with all its headers."""
        address, request = route.request.url, route.request
        if known := self._answers.get(address) or self._static.get(address):
            status, headers, body = known
        elif urlsplit(address).netloc == "localhost" and request.method == "GET":
            # A browser would follow by itself, but ask the network then.
            given = self.client.get(address.removeprefix(HOME), headers={"Accept": "text/html"}, follow_redirects=True)
            self._ran += [f"led to {given.url}"] if given.url.host != "localhost" else []
            status, headers, body = _as_sent(given)
            if address.startswith(f"{HOME}/static/"):  # every page asks for the same four
                self._static[address] = (status, headers, body)
        else:
            self._ran.append(f"asked for {request.method} {address[:100]}")
            route.abort()
            return
        route.fulfill(status=status, headers=headers, body=body)


def _as_sent(answer: Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.multi_items() if name not in _NOT_PASSED_ON}
    return answer.status_code, headers, answer.content


@contextmanager
def watched_browser(client: TestClient) -> Iterator[WatchedBrowser]:
    """A browser in which somebody is signed in as in ``client``."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this computer")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS, timeout=_PATIENCE_MILLISECONDS)
        page = browser.new_page()
        page.set_default_timeout(_PATIENCE_MILLISECONDS)
        watched = WatchedBrowser(page, client)
        page.expose_binding("ran", lambda _, what: watched._ran.append(f"ran {what}"))
        page.add_init_script(_LISTEN)
        page.on("dialog", lambda dialog: (watched._ran.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: watched._ran.append(f"error {error}"))
        page.route("**/*", watched.answer)
        yield watched
        browser.close()
