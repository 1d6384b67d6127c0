"""The closer reader: a small transformer trained on labelled passages, for those that the linear models let through.

It reads text, section and title together and gives a score (log odds) per question of the guide of the labels. It is
cut from the contextual encoder (its first layers, trained further) and shares that encoder's pieces and their vectors,
so that the two together weigh little more than one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.cores import available_cores
from pipelines.errors import ModelError
from pipelines.language.contextual_encoder import NETWORK_FILE, network_refusals, open_network, run_alone
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageText
from pipelines.language.model_files import CARD_FILE, TOKENIZER_FILE, read_model_files, valid_unicode
from pipelines.language.piece_vectors import PIECES_FILE, PieceVectors, read_piece_vectors

OUTPUT = "scores"
"""float32 of shape (n_texts, n_heads)."""

TEXT_PIECES, SECTION_PIECES, TITLE_PIECES = 176, 16, 20
MAX_PIECES = TEXT_PIECES + SECTION_PIECES + TITLE_PIECES + 4
"""How much of each is read. Of the 8,053 passages in ``models/training`` two are longer, by 28 pieces at most
(November 2026)."""


@dataclass(frozen=True)
class PassageReading:
    """Passages that are being read.

    Attributes
    ----------
    shape
        Of the scores: n_texts, n_heads.
    places
        Where what is read stands among the texts, in the order of reading.
    coming
        Scores of each, in that order.
    """

    shape: tuple[int, int]
    places: Sequence[Sequence[int]]
    coming: Iterator[FloatArray]

    def scores(self) -> FloatArray:
        """Log odds, shape (n_texts, n_heads), in the order of the texts; to be asked for once, waits for the last."""
        scores = np.zeros(self.shape, dtype=np.float32)
        for places, found in zip(self.places, self.coming, strict=True):
            scores[places] = found
        return scores


class PassageReader:
    """Scores passages on many questions at once.

    Every text goes through the network alone, as in the contextual encoder and for the same reason.

    Attributes
    ----------
    heads
        Names of the scores, ``question`` or ``question.answer``, as in the linear models.
    version
        Name and hash of the model.
    """

    def __init__(self, tokenizer: Any, pieces: PieceVectors, session: Any, heads: Sequence[str], version: str) -> None:
        self._tokenizer, self._pieces, self._session = tokenizer, pieces, session
        self.heads = tuple(heads)
        self.version = version

    def scores(self, texts: Sequence[PassageText]) -> FloatArray:
        """Log odds, shape (n_texts, n_heads), in the order of ``texts``."""
        return self.begin(texts).scores()

    def begin(self, texts: Sequence[PassageText]) -> PassageReading:
        """Begin to read ``texts``, on threads that leave this one free for other work."""
        alike: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, pieces in enumerate(cut_passages(self._tokenizer, texts)):
            alike[tuple(pieces)].append(i)
        # The longest first, so that no core is left with a long one at the end; what is printed twice is read once.
        order = sorted(alike, key=len, reverse=True)
        pool = ThreadPoolExecutor(available_cores())
        coming = pool.map(self._read, order)
        pool.shutdown(wait=False)  # its threads end when all is read
        return PassageReading((len(texts), len(self.heads)), [alike[pieces] for pieces in order], coming)

    def try_out(self) -> FloatArray:
        """What the network itself says of the longest passage it may meet, in the shape in which it says it."""
        longest = PassageText("a " * TEXT_PIECES, "a " * SECTION_PIECES, "a " * TITLE_PIECES, "en")
        return np.asarray(self._read(cut_passages(self._tokenizer, [longest])[0]))

    def _read(self, ids: Sequence[int]) -> FloatArray:
        return run_alone(self._session, self._pieces.at(ids), OUTPUT)


def cut_passages(tokenizer: Any, texts: Sequence[PassageText]) -> list[list[int]]:
    """Pieces of each passage: text, section and title, with a separator after each; the text alone without headings.

    ``tokenizer`` is a ``tokenizers.Tokenizer`` that knows ``[CLS]`` and ``[SEP]``.
    """
    start, stop = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    parts = [
        [e.ids[:most] for e in tokenizer.encode_batch_fast([valid_unicode(p) for p in part], add_special_tokens=False)]
        for part, most in (
            ([text.text for text in texts], TEXT_PIECES),
            ([text.section for text in texts], SECTION_PIECES),
            ([text.title for text in texts], TITLE_PIECES),
        )
    ]
    return [
        [start, *text, stop, *([*section, stop, *title, stop] if section or title else [])]
        for text, section, title in zip(*parts, strict=True)
    ]


def load_passage_reader(folder: Path, contextual: Path) -> PassageReader:
    """The reader in ``folder`` (``model.onnx``, ``card.json``), on the pieces of the encoder in ``contextual``.

    Raises
    ------
    ModelError
        A file is missing or damaged, or the reader was made for other pieces.
    """
    words = read_model_files(contextual, (TOKENIZER_FILE, PIECES_FILE))
    files = read_model_files(folder, (NETWORK_FILE,))
    heads, pieces_hash = files.card.get("heads"), files.card.get("pieces")
    if not isinstance(heads, list) or not all(isinstance(name, str) for name in heads):
        raise files.damaged(CARD_FILE)
    if pieces_hash != {name: words.card["files"].get(name) for name in (TOKENIZER_FILE, PIECES_FILE)}:
        raise ModelError("error.model_changed", file=str(contextual / PIECES_FILE))
    tokenizer = words.tokenizer()
    vectors = read_piece_vectors(words, tokenizer)
    with network_refusals(files):
        reader = PassageReader(tokenizer, vectors, open_network(files), heads, files.version)
        if reader.try_out().shape != (len(heads),):
            raise files.damaged(NETWORK_FILE)
    return reader
