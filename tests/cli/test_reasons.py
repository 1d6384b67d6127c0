"""Every reason can be said in both languages, whatever its values are called."""

from __future__ import annotations

import re

import pytest

from pipelines.cli.session import Session
from pipelines.domain.documents import Reason
from pipelines.strings import LANGUAGES, Language, keys, text

_FIELD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(k for k in keys() if k.startswith(("reason.", "error."))))
def test_every_reason_can_be_said(key: str, language: Language) -> None:
    fields = _FIELD.findall(_raw(key, language))
    said = Session(language, None).reason(Reason(key=key, values=dict.fromkeys(fields, "X1")))
    assert said.count("X1") == len(fields)


def _raw(key: str, language: Language) -> str:
    class Keep(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return "{" + name + "}"

    from pipelines.strings.catalogue import _catalogue

    assert text  # the public way fills the places in
    return _catalogue()[key][language].format_map(Keep())
