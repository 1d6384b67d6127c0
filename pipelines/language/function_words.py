"""Words that say nothing by themselves, in Dutch and English."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from runpy import run_path


@cache
def function_words(language: str) -> frozenset[str]:
    """spaCy's list of ``nl`` or ``en``, read from its file: spaCy itself takes 1.5 seconds to import."""
    spacy = find_spec("spacy")
    assert spacy is not None
    assert spacy.submodule_search_locations is not None
    path = Path(spacy.submodule_search_locations[0]) / "lang" / language / "stop_words.py"
    return frozenset(run_path(str(path))["STOP_WORDS"])
