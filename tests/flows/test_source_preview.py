"""A look at a source before it is turned on."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from flows import source_preview
from flows.source_preview import preview_source
from flows.sources import ListedSource
from pipelines.domain.sources import Source, SourceKind, SourceStatus, Wanted
from pipelines.harvest.fetching import Answer
from pipelines.settings import Settings
from pipelines.store import Workspace

_NAMESPACE = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
_CORE = 'xmlns="http://purl.org/dc/elements/1.1/"'


class _Repository:
    """Tells what it is, and has one record."""

    def get(self, url: str, *, params: dict[str, str], **options: object) -> Answer:
        inside = "<Identify><granularity>YYYY-MM-DD</granularity></Identify>"
        if params["verb"] == "ListRecords":
            core = f"<dc {_CORE}><title>Werken met algoritmen</title></dc>"
            record = f"<header><identifier>oai:x:1</identifier></header><metadata>{core}</metadata>"
            inside = f"<ListRecords><record>{record}</record></ListRecords>"
        moment = "<responseDate>2026-03-02T10:00:00Z</responseDate>"
        return Answer(url, url, 200, f"<OAI-PMH {_NAMESPACE}>{moment}{inside}</OAI-PMH>".encode(), "text/xml")


def test_a_repository_is_asked_what_it_is_and_then_for_a_page(
    settings: Settings, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_preview, "harvest_client", lambda settings: nullcontext(_Repository()))
    source = Source(
        id="repo", name="Repo", kind=SourceKind.OAI, address="https://repository.example/oai", wanted=Wanted.ALL
    )
    listed = ListedSource(source, False, None, SourceStatus(source_id="repo"), {})
    preview = preview_source(settings, workspace, listed)
    assert [(one.found.key, one.known, one.wanted) for one in preview.items] == [("oai:x:1", False, True)]
    assert workspace.harvest.counts() == {}
