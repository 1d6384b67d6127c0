"""The second encoder: a small transformer that reads words in their context, eight bits, run by onnxruntime.

Slower than the static encoder by a factor of a hundred and more, for where nuance pays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.cores import available_cores
from pipelines.language.encoder import Encoder, FloatArray, unit_length
from pipelines.language.model_files import CARD_FILE, TOKENIZER_FILE, ModelFiles, read_model_files, valid_unicode
from pipelines.language.piece_vectors import PIECES_FILE, PieceVectors, read_piece_vectors

# To import onnxruntime 1.31 is enough for it to look up its maker's address and to leave a file .ses in the folder for
# passing files.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

NETWORK_FILE = "model.onnx"
INPUTS = ("word_vectors", "attention_mask")
"""float32 of shape (n_texts, n_tokens, width) and int64 of shape (n_texts, n_tokens)."""
OUTPUT = "vectors"
"""float32 of shape (n_texts, dimensions): mean of the tokens."""

BATCH_TEXTS = 1024
"""Texts cut into tokens at a time, so that the tokens of a whole corpus are never in memory together."""


class ContextualEncoder:
    """A transformer over the tokens of a text, their mean brought to unit length.

    Every text goes through the network alone, as many at a time as there are cores with one thread each. A network of
    eight bits scales the numbers between its layers by the largest of the whole batch: beside 15 others a text's vector
    moves by up to 0.028 (cosine; MiniLM of 6 layers, 400 passages of ``models/training``, November 2026), and it would
    move again when a document gets a passage more. Nor are batches faster, since shorter texts are padded: 141 a second
    in batches of 16 on two cores, 162 alone.

    Parameters
    ----------
    tokenizer
        A ``tokenizers.Tokenizer`` that adds its special tokens and cuts off what is too long.
    pieces
        A vector for every piece the tokenizer knows.
    session
        An ``onnxruntime.InferenceSession`` with the inputs and the output named above.
    version
        Name and hash of the model.
    """

    def __init__(self, tokenizer: Any, pieces: PieceVectors, session: Any, version: str) -> None:
        self._tokenizer, self._pieces, self._session = tokenizer, pieces, session
        self._unknown = tokenizer.token_to_id(getattr(tokenizer.model, "unk_token", None) or "")
        self.dimensions: int = len(self._vector(tokenizer.encode("a").ids))
        self.version = version

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of shape (n_texts, dimensions), unit length, in the order given.

        A text without a single known token (empty, or in another script) gives a zero vector. A text's vector does not
        depend on the texts beside it.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with ThreadPoolExecutor(available_cores()) as pool:
            for start in range(0, len(texts), BATCH_TEXTS):
                batch = [valid_unicode(text) for text in texts[start : start + BATCH_TEXTS]]
                tokens = [e.ids if self._says_something(e) else [] for e in self._tokenizer.encode_batch_fast(batch)]
                # The longest first, so that no core is left with a long one at the end.
                order = sorted((i for i, ids in enumerate(tokens) if ids), key=lambda i: -len(tokens[i]))
                for index, vector in zip(order, pool.map(self._vector, [tokens[i] for i in order]), strict=True):
                    vectors[start + index] = vector
        return unit_length(vectors)

    def _says_something(self, encoding: Any) -> bool:
        pairs = zip(encoding.ids, encoding.special_tokens_mask, strict=True)
        return any(not special and token != self._unknown for token, special in pairs)

    def _vector(self, ids: list[int]) -> FloatArray:
        return run_alone(self._session, self._pieces.at(ids), OUTPUT)


def run_alone(session: Any, vectors: FloatArray, output: str) -> FloatArray:
    """What a network says of one text; ``vectors`` are those of its pieces, shape (n_tokens, width)."""
    mask = np.ones((1, len(vectors)), dtype=np.int64)
    return session.run([output], dict(zip(INPUTS, (vectors[None], mask), strict=True)))[0][0]


def load_contextual_encoder(folder: Path) -> Encoder:
    """The encoder in ``folder``: ``tokenizer.json``, ``words.npz``, ``model.onnx``, ``card.json`` with ``max_tokens``.

    Raises
    ------
    ModelError
        A file is missing, cannot be read, or is not the file that the card was written for.
    """
    files = read_model_files(folder, (TOKENIZER_FILE, PIECES_FILE, NETWORK_FILE))
    tokenizer = files.tokenizer()
    max_tokens = files.card.get("max_tokens")
    if not isinstance(max_tokens, int) or max_tokens < 3:  # two special tokens and one of the text
        raise files.damaged(CARD_FILE)
    tokenizer.enable_truncation(max_tokens)
    return _open_encoder(files, tokenizer)


def _open_encoder(files: ModelFiles, tokenizer: Any) -> ContextualEncoder:
    pieces = read_piece_vectors(files, tokenizer)
    with network_refusals(files):
        return ContextualEncoder(tokenizer, pieces, open_network(files), files.version)


def open_network(files: ModelFiles) -> Any:
    """An ``onnxruntime.InferenceSession`` of ``model.onnx``; to be called under :func:`network_refusals`."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # every core has a text of its own
    options.use_deterministic_compute = True
    options.log_severity_level = 3  # errors only: what it says of its own optimisations is nothing for the screen
    return onnxruntime.InferenceSession(files.contents[NETWORK_FILE], options, providers=["CPUExecutionProvider"])


@contextmanager
def network_refusals(files: ModelFiles) -> Iterator[None]:
    """Whatever onnxruntime raises of a network, as ``ModelError``: the file is damaged, or another one."""
    import onnxruntime.capi.onnxruntime_pybind11_state as problems  # pyright: ignore[reportMissingImports]

    refusals = (
        problems.Fail,
        problems.InvalidArgument,
        problems.InvalidGraph,
        problems.InvalidProtobuf,
        problems.NotImplemented,
        problems.RuntimeException,
    )
    try:
        yield
    except (*refusals, ValueError, TypeError) as error:
        raise files.damaged(NETWORK_FILE) from error
