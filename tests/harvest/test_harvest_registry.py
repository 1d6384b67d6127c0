"""Every kind of source has a reader and options, and none is loaded before it is needed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from list_fakes import FakeFetcher, harvest, source

from pipelines.domain.sources import SourceKind
from pipelines.harvest.registry import options_of, readers

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "sources.md"


def test_every_kind_has_a_reader() -> None:
    assert set(readers()) == set(SourceKind)


@pytest.mark.parametrize("kind", list(SourceKind))
def test_every_option_is_documented(kind: SourceKind) -> None:
    options = options_of(kind)
    assert set(options.values()) <= {str, int, bool, tuple}
    documented = import_module(f"pipelines.harvest.{kind.value}").__doc__ or ""
    assert [name for name in options if f"``{name}``" not in documented] == []
    part = re.search(rf"^## [^\n]*\(`{kind.value}`\)\n(.*?)(?=^## |\Z)", _PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert part is not None
    assert [name for name in options if f"`{name}`" not in part[1]] == []


def test_a_reader_is_made_at_its_first_use_and_kept() -> None:
    read = readers()[SourceKind.FEED]
    fetch = FakeFetcher()
    fetch.put(
        "https://a.example/f", "<rss version='2.0'><channel><item><guid>1</guid><title>T</title></item></channel></rss>"
    )
    assert len(harvest(read, source(SourceKind.FEED, "https://a.example/f"), fetch).items) == 1


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, pipelines.harvest.registry as r; r.readers(contact='a@b.example'); "
        "print([name for name in ('feedparser', 'openpyxl', 'fsspec', 'rispy', 'lxml') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"
