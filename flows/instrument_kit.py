"""Everything needed to read the instruments in passages, loaded once."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.domain.evidence import Evidence
from pipelines.domain.instruments import Instruments
from pipelines.domain.passages import Passage
from pipelines.errors import ModelError
from pipelines.instruments.mentions import NAMES_LEXICON, MentionFinder
from pipelines.instruments.model import CloserLook, InstrumentModel
from pipelines.instruments.reading import read_instruments
from pipelines.language.explain import Explainer
from pipelines.language.features import PassageFeatures
from pipelines.language.model_files import DAMAGED_NPZ
from pipelines.themes.lexicon import load_lexicon

INSTRUMENTS_FILE = "instruments.npz"


@dataclass(frozen=True)
class InstrumentKit:
    """The models and what finds names."""

    model: InstrumentModel
    finder: MentionFinder

    def read(
        self,
        passages: Sequence[Passage],
        features: PassageFeatures,
        explainer: Explainer,
        evidence: Sequence[Evidence],
        on_subject: Sequence[bool],
        look: CloserLook,
    ) -> list[Instruments | None]:
        """See :func:`~pipelines.instruments.reading.read_instruments`."""
        return read_instruments(passages, features, explainer, evidence, on_subject, look, self.model, self.finder)


def load_instrument_kit(folder: Path, space_version: str, reader_version: str) -> InstrumentKit:
    """The models in ``folder`` (``models/instruments``).

    Raises
    ------
    ModelError
        The file is missing or damaged, or its models stand on other features than those of ``space_version``
        or on another closer reader than ``reader_version``.
    LexiconError
        The lexicon of names breaks its own rules.
    """
    path = folder / INSTRUMENTS_FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except OSError as error:
        raise ModelError("error.model_unreadable", file=str(path)) from error
    finder = MentionFinder(load_lexicon(NAMES_LEXICON))
    version = f"instruments-{hashlib.sha256(content + finder.version.encode()).hexdigest()[:12]}"
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            fitted_with = str(arrays["space"]), str(arrays["reader"])
            model = InstrumentModel.from_arrays(arrays, version)
    except DAMAGED_NPZ as error:
        raise ModelError("error.model_damaged", file=str(path)) from error
    for mine, theirs in zip(fitted_with, (space_version, reader_version), strict=True):
        if mine != theirs:
            raise ModelError("label.other_encoder", fitted_with=mine, encoder=theirs)
    return InstrumentKit(model, finder)
