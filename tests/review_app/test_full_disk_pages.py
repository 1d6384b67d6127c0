"""Pages on a disk without room, whoever notices it: the store, or what takes in a form."""

from __future__ import annotations

import errno
import re
import tempfile
from pathlib import Path

import pytest
from site_pages import Site

from pipelines.domain.documents import Reason
from pipelines.errors import StoreError
from pipelines.review_app.troubles import reason_in_words
from pipelines.strings import LANGUAGES, Language, keys
from pipelines.strings.catalogue import _catalogue

_FULL, _READ_ONLY = "De schijf is vol", "kan niet meer worden geschreven"
_NO_FOLDER = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left"), _FULL),
        (StoreError("error.disk_full", path="x"), _FULL),
        (StoreError("error.database_full", detail="disk i/o error"), "De schijf met de database is vol"),
        (OSError(errno.EROFS, "Read-only file system"), _READ_ONLY),
        (OSError(errno.EROFS, "Read-only file system", "/x"), _READ_ONLY),
        (StoreError("error.database_readonly", detail="attempt to write"), "In de database kan niet worden geschreven"),
        (_NO_FOLDER, "Er is geen plek voor tijdelijke bestanden"),
    ],
)
def test_a_disk_that_takes_nothing_has_a_page_of_its_own(
    error: Exception, words: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    browser = site.signed_in("anna")
    monkeypatch.setattr("pipelines.review_app.routes_documents.unseen_files", fail)
    answer = browser.get("/documents/waiting")
    assert answer.status_code == 507 and words in answer.text
    # Who reads it has no command to give again, and knows no words of the system.
    assert "hier opnieuw" in answer.text and "opdracht" not in answer.text.partition("<h1>")[2]
    for jargon in ("No space", "Read-only", "i/o", "attempt", "No usable"):
        assert jargon not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_the_page_are_about_commands(language: Language) -> None:
    own = [key for key in keys() if key.startswith("page.error.")]
    assert own
    for key in own:
        said, usual = (_catalogue()[name][language] for name in (key, "error." + key.removeprefix("page.error.")))
        assert not re.search(r"opdracht|commando|command|kennisstand |KENNISSTAND|--|TMPDIR", said), said
        # What the error does not carry cannot be filled in.
        assert set(re.findall(r"{(\w+)}", said)) <= set(re.findall(r"{(\w+)}", usual)), said


def test_a_reason_that_was_kept_is_told_in_words_of_the_page() -> None:
    reason = Reason(key="error.disk_full", values={"path": "x", "detail": "d"})
    assert "try again here" in reason_in_words(reason, "en") and "run the same command" not in reason_in_words(
        reason, "en"
    )


@pytest.mark.parametrize(("path", "field"), [("/documents/upload", "files"), ("/versions/import", "file")])
def test_a_large_file_that_nothing_can_take_in_is_told(
    path: str, field: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = site.signed_in("eva")
    # Python has no other folder to go on to, as where all of these are on one full disk.
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    monkeypatch.setattr(tempfile, "tempdir", None)
    answer = browser.post(path, files={field: ("a.md", b"x" * (2 << 20))}, follow_redirects=False)
    assert answer.status_code == 507 and "Er is geen plek voor tijdelijke bestanden" in answer.text
