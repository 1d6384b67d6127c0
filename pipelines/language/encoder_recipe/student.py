"""The small transformer that the contextual encoder is: vocabulary, starting weights and forward pass.

The student is the teacher (all-MiniLM-L6-v2: six layers of 384, Apache-2.0) with Dutch pieces added to its vocabulary.
The vector of a new piece starts as a weighted mean of the vectors of the English pieces that the *static* encoder finds
nearest to it: a gloss, so that a Dutch sentence already means something to the English layers before any training.

Needs torch, which is no dependency of the product; run time is :mod:`pipelines.language.contextual_encoder`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.nn import functional as F  # pyright: ignore[reportMissingImports]

from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.network import EPSILON, N_HEADS


def student_tokenizer(teacher: Path, dutch: Iterable[str], n_pieces: int, min_frequency: int = 3) -> Tokenizer:
    """The teacher's vocabulary followed by up to ``n_pieces`` pieces of Dutch text that it lacks."""
    own = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # type: ignore[call-arg]
    own.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)  # type: ignore[misc]
    own.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[misc]
    trainer = trainers.WordPieceTrainer(
        vocab_size=n_pieces + 8000, min_frequency=min_frequency, limit_alphabet=200, show_progress=False
    )
    own.train_from_iterator(dutch, trainer)
    vocabulary = json.loads(Tokenizer.from_file(str(teacher / "tokenizer.json")).to_str())["model"]["vocab"]
    start = len(vocabulary)
    # In the order they were learned: the first are letters, then ever longer and rarer pieces.
    learned = own.get_vocab()
    for piece in sorted(learned, key=learned.__getitem__):
        if piece not in vocabulary and len(vocabulary) < start + n_pieces:
            vocabulary[piece] = len(vocabulary)
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))  # type: ignore[call-arg]
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)  # type: ignore[misc]
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[misc]
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[misc]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    )
    return tokenizer


def gloss_vectors(
    pieces: Sequence[str],
    english: Sequence[str],
    vectors: FloatArray,
    encode: Callable[[Sequence[str]], FloatArray],
    *,
    n_nearest: int = 8,
    temperature: float = 0.06,
) -> FloatArray:
    """Starting vectors of ``pieces`` from those of the ``english`` pieces nearest to them by meaning.

    Parameters
    ----------
    pieces, english
        Pieces of words; ``##`` marks one that continues a word.
    vectors
        Word vectors of ``english``, shape (n_english, width).
    encode
        Texts to unit vectors in one space for both languages.
    n_nearest, temperature
        How many neighbours count, and how sharply they are weighted by cosine.

    Returns
    -------
    FloatArray
        Shape (n_pieces, width); a piece without a vector gets the mean of ``vectors``.
    """
    left, right = (encode([piece.removeprefix("##") for piece in group]) for group in (pieces, english))
    mean, size = vectors.mean(axis=0), float(np.linalg.norm(vectors - vectors.mean(axis=0), axis=1).mean())
    out = np.tile(mean, (len(pieces), 1)).astype(np.float32)
    for start in range(0, len(pieces), 2048):
        cosine = left[start : start + 2048] @ right.T
        nearest = np.argpartition(-cosine, n_nearest, axis=1)[:, :n_nearest]
        near = np.take_along_axis(cosine, nearest, axis=1)
        weight = np.exp((near - near.max(axis=1, keepdims=True)) / temperature)
        weight /= weight.sum(axis=1, keepdims=True)
        shift = (vectors[nearest] * weight[:, :, None]).sum(axis=1) - mean
        # Averaging shortens vectors; the layers expect the usual length.
        shift *= size / np.maximum(np.linalg.norm(shift, axis=1, keepdims=True), 1e-6)
        known = np.linalg.norm(left[start : start + 2048], axis=1) > 0
        out[start : start + 2048][known] += shift[known]
    return out


class Student(nn.Module):
    """BERT as published (Devlin et al. 2019) with mean pooling; weights are named as in the teacher's file."""

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        get = {name: torch.as_tensor(np.array(value)).float() for name, value in weights.items()}
        self.words = nn.Parameter(get["embeddings.word_embeddings.weight"])
        places = get["embeddings.position_embeddings.weight"] + get["embeddings.token_type_embeddings.weight"][0]
        self.places = nn.Parameter(places)
        self.first = nn.ParameterList([get["embeddings.LayerNorm.weight"], get["embeddings.LayerNorm.bias"]])
        self.layers = nn.ModuleList()
        while f"encoder.layer.{len(self.layers)}.output.dense.weight" in get:
            self.layers.append(_Layer(get, f"encoder.layer.{len(self.layers)}."))

    def forward(self, ids: Any, mask: Any) -> Any:
        """Unit vectors, shape (n_texts, width); ``ids`` and ``mask`` of shape (n_texts, n_tokens)."""
        x = F.embedding(ids, self.words) + self.places[: ids.shape[1]]
        x = F.layer_norm(x, (x.shape[-1],), *self.first, EPSILON)
        bias = None if bool(mask.all()) else ((1.0 - mask.to(x.dtype)) * -1e4)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        x = x.float()
        weight = mask.to(x.dtype)[:, :, None]
        return F.normalize((x * weight).sum(1) / weight.sum(1), dim=1)


class _Layer(nn.Module):
    def __init__(self, get: dict[str, Any], name: str) -> None:
        super().__init__()
        own = name + "attention.self."

        def pair(prefix: str) -> nn.ParameterList:
            return nn.ParameterList([get[prefix + ".weight"], get[prefix + ".bias"]])

        parts = [own + part for part in ("query", "key", "value")]
        self.qkv = nn.ParameterList(
            [torch.cat([get[part + suffix] for part in parts]) for suffix in (".weight", ".bias")]
        )
        self.out = pair(name + "attention.output.dense")
        self.norm1 = pair(name + "attention.output.LayerNorm")
        self.up = pair(name + "intermediate.dense")
        self.down = pair(name + "output.dense")
        self.norm2 = pair(name + "output.LayerNorm")

    def forward(self, x: Any, bias: Any) -> Any:
        n_texts, n_tokens, width = x.shape
        q, k, v = F.linear(x, *self.qkv).view(n_texts, n_tokens, 3, N_HEADS, -1).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=None if bias is None else bias.to(q.dtype))
        attended = F.linear(attended.transpose(1, 2).reshape(n_texts, n_tokens, width), *self.out)
        x = F.layer_norm(x + attended, (width,), *self.norm1, EPSILON)
        return F.layer_norm(x + F.linear(F.gelu(F.linear(x, *self.up)), *self.down), (width,), *self.norm2, EPSILON)


def student_weights(
    teacher: dict[str, Any], tokenizer: Tokenizer, encode: Callable[[Sequence[str]], FloatArray]
) -> dict[str, Any]:
    """The teacher's weights with a starting vector for each new piece (:func:`gloss_vectors`)."""
    words = teacher["embeddings.word_embeddings.weight"]
    pieces = [piece for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    whole = [i for i, piece in enumerate(pieces[: len(words)]) if piece.isalpha() and len(piece) > 1]
    new = gloss_vectors(pieces[len(words) :], [pieces[i] for i in whole], words[whole], encode)
    return {**teacher, "embeddings.word_embeddings.weight": np.concatenate([words, new])}


def read_weights(folder: Path) -> dict[str, Any]:
    """The arrays of ``model.safetensors`` by name, as numbers of 32 bits."""
    from safetensors.numpy import load_file  # pyright: ignore[reportMissingImports]

    stored = load_file(str(folder / "model.safetensors"))
    return {name: value.astype(np.float32) for name, value in stored.items() if value.dtype.kind == "f"}


def encode_pieces(student: Student, texts: Sequence[Sequence[int]], n_parts: int = 4) -> Any:
    """Vectors of texts given as pieces, in their order; read in ``n_parts`` parts of like length to save padding."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    parts = []
    for rows in np.array_split(order, n_parts):
        longest = max(len(texts[row]) for row in rows)
        ids, mask = np.zeros((len(rows), longest), dtype=np.int64), np.zeros((len(rows), longest), dtype=bool)
        for i, row in enumerate(rows):
            ids[i, : len(texts[row])], mask[i, : len(texts[row])] = texts[row], True
        with torch.autocast("cpu", torch.bfloat16):
            parts.append(student(torch.from_numpy(ids), torch.from_numpy(mask)))
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return torch.cat(parts)[torch.from_numpy(back)]
