"""A browser, and the page served to it by the program itself over a scanned workspace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import IO

import pytest
from workspaces import copy_workspace

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

_CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Waiting ends as soon as there is what is waited for, so this costs nothing but where something is broken. A decision
#: on a proposal may take half a minute (until the proposals follow from all that was decided), so may a page of a PDF,
#: and the first division of a topic loads a model.
_PATIENCE_MILLISECONDS = 120_000
_PATIENCE_AT_START_SECONDS = 300
_PATIENCE_AT_END_SECONDS = 90
expect.set_options(timeout=_PATIENCE_MILLISECONDS)  # 5 seconds where nothing is said


@dataclass
class Served:
    """A program that serves the page of one workspace."""

    root: Path
    address: str
    process: subprocess.Popen[str]
    log: IO[str] = field(repr=False)

    def close(self) -> None:
        """End the program."""
        self.process.terminate()
        try:
            # It first answers who still asks, and finishes what it is weighing, which may take half a minute.
            self.process.wait(timeout=_PATIENCE_AT_END_SECONDS)
        finally:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.log.close()


def serve(root: Path) -> Served:
    """Start ``kennisstand serve`` on a free port and wait until it says where the page is, and answers there."""
    log = (root / "serve.log").open("w", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(root)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "KENNISSTAND_WORKSPACE": str(root)},
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    if found is None:
        process.kill()
        process.wait()
        process.stdout.close()
        log.close()
        pytest.fail((root / "serve.log").read_text(encoding="utf-8"))
    served = Served(root, found.group().rstrip("/"), process, log)
    # It says so before it has begun, and whoever comes meanwhile waits: on a busy machine longer than for any page.
    connection = HTTPConnection(served.address.removeprefix("http://"), timeout=_PATIENCE_AT_START_SECONDS)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except OSError as error:
        served.close()
        pytest.fail(f"{error!r}\n{(root / 'serve.log').read_text(encoding='utf-8')}")
    finally:
        connection.close()
    return served


# Port 0 takes whichever is free; the setting itself asks for a certain one.
_SERVE = """
import sys
from pathlib import Path
from pipelines.review_app import serving
from pipelines.settings import Settings

if __name__ == "__main__":
    settings = Settings(workspace=Path(sys.argv[1])).model_copy(update={"page_port": 0})
    serving.serve(settings, lambda address: print(address, flush=True))
"""


@pytest.fixture(scope="module")
def site(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a copy of the scanned workspace; nobody has an account yet."""
    served = serve(copy_workspace(scanned, tmp_path_factory.mktemp("served")))
    yield served
    served.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with a new profile; gone after each file, since it keeps an event loop running meanwhile."""
    if _CHROMIUM is None:
        pytest.skip("no Chromium on this computer")
    playwright: Playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS, timeout=_PATIENCE_MILLISECONDS)
        yield browser
        browser.close()


def new_context(browser: Browser, **options: object) -> BrowserContext:
    """A browser as somebody opens it: without cookies."""
    given = {"viewport": {"width": 1280, "height": 900}, "locale": "nl-NL", **options}
    context = browser.new_context(**given)  # type: ignore[arg-type]
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    return context


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page; errors of its scripts fail the test."""
    context = new_context(chromium)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    # What the policy on content forbids is told on the console.
    opened.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
    yield opened
    context.close()
    assert not errors


def take_picture(page: Page, name: str) -> None:
    """Leave a picture of the whole page in the folder that KENNISSTAND_SCREENSHOTS names; none where it names none."""
    chosen = os.environ.get("KENNISSTAND_SCREENSHOTS")
    if chosen:
        Path(chosen).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(chosen) / f"{name}.png", full_page=True)
