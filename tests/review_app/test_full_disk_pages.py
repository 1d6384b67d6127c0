"""Pages on a disk without room, whoever notices it: the store, or what takes in a form."""

from __future__ import annotations

import errno

import pytest
from site_pages import Site

from pipelines.errors import StoreError


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), StoreError("error.disk_full", path="x")])
def test_a_disk_without_room_has_a_page_of_its_own(
    error: Exception, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    browser = site.signed_in("anna")
    monkeypatch.setattr("pipelines.review_app.routes_documents.unseen_files", fail)
    answer = browser.get("/documents/waiting")
    assert answer.status_code == 507 and "De schijf is vol" in answer.text and "No space" not in answer.text
