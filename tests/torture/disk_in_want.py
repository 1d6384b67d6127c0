"""Has a step done while there is no room, then once more when there is; for forks of ``killed_life``."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from killed_steps import Browser, Step

from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.strings import error_text

FILLER = "filler"
_CHUNK = 1 << 16
_FOLDERS_TRIED = "_candidate_tempdir_list"
_FULL = "De schijf is vol"
_TAGS = re.compile(r"<(script|style|nav|header)\b.*?</\1>|<[^>]*>", re.DOTALL)


def fill(folder: Path, room: int) -> None:
    """Leave ``room`` bytes on the file system of ``folder``, as nearly as its blocks allow."""
    with (folder / FILLER).open("ab", buffering=0) as file:
        while (left := _free(folder) - room) > 0:
            try:
                file.write(b"\0" * min(left, _CHUNK))
            except OSError:
                return


def make_room(folder: Path) -> None:
    """Take away what :func:`fill` wrote."""
    (folder / FILLER).unlink(missing_ok=True)


def leave_no_other(folder: Path, *, known: bool) -> None:
    """Leave Python no other folder for temporary files; ``known`` if it has found it to be good already.

    It else goes on to ``/tmp``, ``/var/tmp``, ``/usr/tmp`` and where it was started. Programs that it starts still do.
    """
    os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)))
    setattr(tempfile, _FOLDERS_TRIED, lambda: [str(folder)])
    tempfile.tempdir = str(folder) if known else None


def _free(folder: Path) -> int:
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


class Refused(Exception):
    """What the page answered in the place of what was asked."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(status)
        self.status, self.words = status, words


class Frank:
    """A browser that raises whatever the page refuses; asked once more, it sends the very forms that were refused."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser
        self._sent: dict[str, list[tuple[str, str]]] = {}
        self._done: set[str] = set()

    def get(self, path: str) -> str:
        return self._checked(*self._browser.ask("GET", path))

    def post(self, path: str, form: list[tuple[str, str]]) -> int:
        if path in self._done:
            return 303
        status = self._browser.post(path, self._sent.setdefault(path, form))
        self._checked(status, self._browser.body)
        self._done.add(path)
        return status

    def upload(self, path: str, name: str, content: bytes) -> int:
        status = self._browser.upload(path, name, content)
        self._checked(status, self._browser.body)
        # The answer leads to what came of each file.
        receipt = self.get(self._browser.acknowledged[-1])
        if _FULL in receipt:
            raise Refused(200, _words(receipt))
        return status

    @staticmethod
    def _checked(status: int, body: str) -> str:
        if status >= 400:
            raise Refused(status, _words(body))
        return body


def _words(body: str) -> str:
    return " ".join(_TAGS.sub(" ", body).split())


def tried_at_page(step: Step, frank: Browser, settings: Settings) -> dict[str, Any]:
    """What a person is told at the page."""
    assert step.on_page is not None
    try:
        step.on_page(frank, settings)
    except Refused as refused:
        return {"ended": "told", "status": refused.status, "words": refused.words}
    except KennisstandError as error:  # of the test's own look at the workspace
        return {"ended": "told", "status": 0, "words": error_text(error, "nl")}
    except BaseException:  # noqa: BLE001 (told to the test)
        return {"ended": "unclear", "words": traceback.format_exc()}
    return {"ended": "done"}


def tried_by_command(act: Callable[[Settings], None], settings: Settings) -> dict[str, Any]:
    """What is told at the command line; to be called in a fork."""
    with tempfile.TemporaryFile(dir=Path("/dev/shm") if Path("/dev/shm").is_dir() else None) as screen:
        os.dup2(screen.fileno(), 2)
        try:
            act(settings)
            told: dict[str, Any] = {"ended": "done"}
        except KennisstandError as error:
            told = {"ended": "told", "key": error.key, "words": error_text(error, "nl")}
        except OSError as error:
            told = _as_command_tells(error)
        except BaseException:  # noqa: BLE001 (told to the test)
            told = {"ended": "unclear", "words": traceback.format_exc()}
        screen.seek(0)
        shown = screen.read().decode("utf-8", "replace")
    return {**told, "screen": shown} if "Traceback" in shown else told


def _as_command_tells(error: OSError) -> dict[str, Any]:
    from pipelines.store.files import told_of_disk

    known = told_of_disk(error)
    if known is None:
        return {"ended": "unclear", "words": "".join(traceback.format_exception(error))}
    return {"ended": "told", "key": known.key, "words": error_text(known, "nl")}
