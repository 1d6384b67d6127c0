"""Vectors of English texts by the teacher, all-MiniLM-L6-v2 (Apache-2.0); used in training only."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.texts import OWN, Pair

logger = logging.getLogger(__name__)

N_TOKENS = 256
"""Pieces of a passage that the teacher reads, as it was trained."""
N_TOKENS_OUTSIDE = 64
"""The same of texts from outside the project, of which 3 % are longer and take a third of the time."""
_BLOCK = 4096


def teacher_vectors(
    texts: Sequence[str], cache: Path, open_teacher: Callable[[], Callable[[Sequence[str]], FloatArray]]
) -> FloatArray:
    """The teacher's unit vectors of ``texts``, shape (n_texts, width), in the order given.

    Vectors are kept in ``cache`` by text, so that a run that was broken off goes on where it was; the teacher is opened
    only when a text is new.
    """
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known: dict[str, FloatArray] = {}
    cache.mkdir(parents=True, exist_ok=True)
    for path in sorted(cache.glob("*.npz")):
        with np.load(path, allow_pickle=False) as stored:
            known.update(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    order = sorted(todo, key=lambda key: (len(todo[key]), key))
    encode = open_teacher() if order else None
    for start in range(0, len(order), _BLOCK):
        part = order[start : start + _BLOCK]
        assert encode is not None
        vectors = encode([todo[key] for key in part]).astype(np.float16)
        name = hashlib.sha256("".join(part).encode()).hexdigest()[:16]
        np.savez(cache / f"{name}.npz", keys=np.array(part), vectors=vectors)
        known.update(zip(part, vectors, strict=True))
        logger.info("Teacher: %s of %s texts", min(start + _BLOCK, len(order)), len(order))
    found = np.stack([known[key] for key in keys]).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def pair_targets(pairs: Sequence[Pair], teacher: Path, work: Path) -> FloatArray:
    """The teacher's vectors of the English side of ``pairs``, shape (n_pairs, width)."""
    targets = np.zeros((len(pairs), 0), dtype=np.float32)
    own = np.array([pair.source in OWN for pair in pairs])
    for chosen, n_tokens in ((own, N_TOKENS), (~own, N_TOKENS_OUTSIDE)):
        rows = np.flatnonzero(chosen).tolist()
        if rows:
            texts, opener = [pairs[i].en for i in rows], partial(open_teacher, teacher, n_tokens)
            vectors = teacher_vectors(texts, work / f"teacher-{n_tokens}", opener)
            targets = targets if targets.shape[1] else np.zeros((len(pairs), vectors.shape[1]), dtype=np.float32)
            targets[rows] = vectors
    return targets


def open_teacher(folder: Path, n_tokens: int) -> Callable[[Sequence[str]], FloatArray]:
    """The teacher in ``folder`` (``tokenizer.json`` and ``model.safetensors``) as a function of texts."""
    import torch  # pyright: ignore[reportMissingImports]
    from tokenizers import Tokenizer

    from pipelines.language.encoder_recipe.student import Student, encode_pieces, read_weights

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(n_tokens)
    network = Student(read_weights(folder)).eval()

    def encode(texts: Sequence[str]) -> FloatArray:
        with torch.inference_mode():
            ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
            parts = [encode_pieces(network, ids[i : i + 128], n_parts=1).numpy() for i in range(0, len(ids), 128)]
        return np.concatenate(parts)

    return encode
