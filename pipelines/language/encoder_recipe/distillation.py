"""The contextual encoder: a student learns to give a Dutch text the vector that the teacher gives its English
counterpart, and to keep the teacher's vector for English.

First only the vectors of pieces move, under frozen layers, on Dutch text; then everything moves a little, on both
languages, and on statements about the rows of the evidence table. The losses are those of :mod:`.tuning`: nearness to
the teacher's vector, picking one's own teacher vector among those of the batch, likeness to others as the teacher has
it, and statements on the same row drawn together.

It may be stopped and started again: it goes on from the last checkpoint in the work folder.
"""

from __future__ import annotations

import logging
import shutil
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional as F  # pyright: ignore[reportMissingImports]

from pipelines.language.contextual_encoder import NETWORK_FILE
from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.network import build_network, read_network, write_network
from pipelines.language.encoder_recipe.student import (
    Student,
    encode_pieces,
    read_weights,
    student_tokenizer,
    student_weights,
)
from pipelines.language.encoder_recipe.texts import (
    FREEDICT,
    OWN_DICTIONARY,
    OWN_EVERYDAY,
    OWN_PASSAGES,
    OWN_SENTENCES,
    OWN_STATEMENTS,
    PROSE,
    Pair,
    Statement,
    count_sources,
)
from pipelines.language.encoder_recipe.tuning import nearest_texts, subject_loss
from pipelines.language.model_files import TOKENIZER_FILE, write_card
from pipelines.language.piece_vectors import PIECES_FILE, write_piece_vectors
from pipelines.language.static_encoder import load_encoder

logger = logging.getLogger(__name__)

_READ_SCRIPTS = ("LATIN", "GREEK", "MICRO", "FEMININE", "MASCULINE", "ANGSTROM", "KELVIN", "OHM")
"""How the Unicode names of the letters begin that Dutch and English reports have."""

MAX_TOKENS = 256
"""Pieces of a text that the finished encoder reads: a passage of 130 words has about 190."""


@dataclass(frozen=True)
class Phase:
    """A stretch of training."""

    tokens: int
    """Pieces read in all."""
    new_rate: float
    """Learning rate of the vectors of Dutch pieces."""
    old_rate: float
    """Learning rate of the vectors of the teacher's pieces."""
    layer_rate: float
    """Learning rate of the layers; 0 keeps them as they are, which saves a third of the work."""
    english: float
    """Share of texts read in English."""
    subject: float = 0.0
    """Weight of the loss that draws statements on the same row together."""


@dataclass(frozen=True)
class ContextualConfig:
    """Settings of the recipe; kept in the card."""

    n_dutch_pieces: int = 22_000
    max_tokens: int = 128
    """Pieces of a text that are read in training."""
    texts: int = 96
    """Texts in a batch."""
    group: int = 2
    """Texts that the teacher finds alike, beside one another in a batch."""
    around: int = 10
    """Near texts of each of which the teacher's vector is compared with."""
    neighbours: int = 24
    contrast: float = 0.5
    relation: float = 1.0
    temperature: float = 0.05
    warmup: int = 60
    """Batches until the learning rate is full, in each phase."""
    statements: int = 48
    """Statements beside every fourth batch, each in one of the two languages."""
    subject_temperature: float = 0.1
    phases: tuple[Phase, ...] = (
        Phase(300_000, 1e-3, 2e-4, 0.0, 0.0),
        Phase(2_500_000, 8e-4, 1e-4, 5e-5, 0.25, 0.2),
    )
    """An hour and a half on two cores, at some 600 pieces a second. The shipped file read half as many."""
    shares: tuple[tuple[str, float], ...] = (
        ("stsb-train", 1.3),
        ("ntrex", 1.3),
        ("flores-dev", 1.3),
        (OWN_EVERYDAY, 1.3),
        (OWN_PASSAGES, 0.35),
        (OWN_SENTENCES, 1.0),
        (OWN_STATEMENTS, 0.6),
        (OWN_DICTIONARY, 0.1),
        ("esco", 0.4),
        (FREEDICT, 0.05),
    )
    """Chance of a text by source; other prose 1, or 0.3 below twelve characters, and what is no prose 0.12."""
    checkpoint_seconds: float = 300.0
    seed: int = 20241002


class Lesson(NamedTuple):
    """What the student learns from; all by pair."""

    dutch: list[list[int]]
    """Pieces of the Dutch text."""
    english: list[list[int]]
    targets: FloatArray
    """Teacher's vectors of the English text, unit length."""
    share: FloatArray
    """Chance of being drawn, relative to the others."""
    statements: list[list[int]]
    """Pieces of statements, in both languages."""
    rows: NDArray[np.int64]
    """Number of the row of each statement."""


def draw_batches(
    lesson: Lesson, config: ContextualConfig, near: NDArray[np.int32], seed: int
) -> Iterator[NDArray[np.integer]]:
    """Rows of one batch after another, without end: drawn texts, each with some of its neighbours."""
    draw = np.random.default_rng(seed)
    chance = lesson.share / lesson.share.sum()
    n_groups = config.texts // config.group
    while True:
        for anchors in draw.choice(len(chance), size=(256, n_groups), p=chance):
            picks = draw.integers(0, near.shape[1], size=(n_groups, config.group - 1))
            yield np.unique(np.concatenate([anchors, np.take_along_axis(near[anchors], picks, axis=1).ravel()]))


def loss_of(vectors: Any, targets: Any, others: Any, config: ContextualConfig) -> Any:
    """Distance, contrast and relation, summed; a number.

    ``others`` are the teacher's vectors of texts near those of the batch: they sharpen contrast and relation, and cost
    nothing, since the student does not read them.
    """
    own = torch.eye(len(vectors), len(vectors) + len(others), dtype=torch.bool)
    candidates = torch.cat([targets, others])
    wanted = targets @ candidates.T
    # A text that says just the same is no wrong answer.
    hidden = (wanted > 0.995) & ~own
    likeness = vectors @ candidates.T / config.temperature
    distance = (1 - (vectors * targets).sum(1)).mean()
    contrast = F.cross_entropy(likeness.masked_fill(hidden, -1e4), torch.arange(len(vectors)))
    relation = vectors.new_zeros(())
    within = vectors @ vectors.T / config.temperature
    for scores, n in ((likeness, len(candidates)), (within, len(vectors))):
        hide = (hidden | own)[:, :n]
        teacher = F.log_softmax((wanted[:, :n] / config.temperature).masked_fill(hide, -1e4), 1)
        given = F.log_softmax(scores.masked_fill(hide, -1e4), 1)
        relation = relation + (teacher.exp() * (teacher - given)).sum(1).mean() / 2
    return distance + config.contrast * contrast + config.relation * relation


def train_student(
    student: Student,
    lesson: Lesson,
    n_old: int,
    config: ContextualConfig,
    work: Path,
    near: NDArray[np.int32] | None = None,
) -> Iterator[tuple[int, int, float]]:
    """Train in place; yields (phase, pieces read in it, mean loss) at every checkpoint and at the end of each phase.

    ``n_old`` pieces come first in the vocabulary and are the teacher's.
    """
    work.mkdir(parents=True, exist_ok=True)
    near = nearest_texts(lesson.targets, config.neighbours) if near is None else near
    torch.manual_seed(config.seed)
    first = 0
    for number in range(len(config.phases)):
        done = work / f"phase-{number}.pt"
        if done.exists():
            student.load_state_dict(torch.load(done, weights_only=True))
            first = number + 1
    for number in range(first, len(config.phases)):
        yield from _train_phase(student, lesson, n_old, config, number, work, near)
        torch.save(student.state_dict(), work / f"phase-{number}.pt")


def _train_phase(
    student: Student,
    lesson: Lesson,
    n_old: int,
    config: ContextualConfig,
    number: int,
    work: Path,
    near: NDArray[np.int32],
) -> Iterator[tuple[int, int, float]]:
    phase = config.phases[number]
    layers = [p for name, p in student.named_parameters() if name != "words"]
    for parameter in layers:
        parameter.requires_grad_(phase.layer_rate > 0)
    rates = [phase.new_rate, phase.layer_rate] if phase.layer_rate else [phase.new_rate]
    optimizer = torch.optim.Adam(
        [{"params": each} for each in ([student.words], layers)[: len(rates)]], betas=(0.9, 0.98), fused=True
    )
    path, read, step, batches = work / f"running-{number}.pt", 0, 0, 0
    if path.exists():
        state = torch.load(path, weights_only=True)
        student.load_state_dict(state["student"])
        optimizer.load_state_dict(state["optimizer"])
        read, step = state["read"], state["step"]
        logger.info("Goes on after %s pieces", read)
    # Another seed after a restart: the texts drawn are others, their mixture is the same.
    draws = draw_batches(lesson, config, near, config.seed + 1000 * number + step)
    which = np.random.default_rng(config.seed + 7 + 1000 * number + step)
    total, saved = 0.0, time.monotonic()
    for rows in draws:
        done = read / phase.tokens
        if done >= 1:
            break
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min((step + 1) / config.warmup, 1 - done)
        sides = which.random(len(rows)) < phase.english
        texts = [lesson.english[row] if side else lesson.dutch[row] for row, side in zip(rows, sides, strict=True)]
        vectors = encode_pieces(student, texts)
        around = np.setdiff1d(near[rows][:, which.permutation(near.shape[1])[: config.around]], rows)
        loss = loss_of(
            vectors, torch.from_numpy(lesson.targets[rows]), torch.from_numpy(lesson.targets[around]), config
        )
        if phase.subject and lesson.statements and step % 4 == 0:
            chosen = which.choice(len(lesson.rows), size=min(config.statements, len(lesson.rows)), replace=False)
            vectors = encode_pieces(student, [lesson.statements[i] for i in chosen], n_parts=2)
            groups = torch.from_numpy(lesson.rows[chosen])
            loss = loss + phase.subject * subject_loss(vectors, groups, config.subject_temperature)
        optimizer.zero_grad()
        loss.backward()
        before = student.words.detach()[:n_old].clone() if phase.old_rate < phase.new_rate else None
        optimizer.step()
        if before is not None:
            # The teacher's own pieces take smaller steps: English goes on meaning what it meant.
            with torch.no_grad():
                student.words[:n_old] = before + (student.words[:n_old] - before) * (phase.old_rate / phase.new_rate)
        total, batches = total + float(loss.detach()), batches + 1
        read, step = read + sum(map(len, texts)), step + 1
        if time.monotonic() - saved > config.checkpoint_seconds:
            torch.save(
                {"student": student.state_dict(), "optimizer": optimizer.state_dict(), "read": read, "step": step}, path
            )
            yield number, read, total / batches
            total, batches, saved = 0.0, 0, time.monotonic()
    yield number, read, total / max(batches, 1)
    path.unlink(missing_ok=True)


def text_share(pair: Pair, shares: dict[str, float]) -> float:
    """Chance of a pair to be drawn, relative to the others; 0 for long texts of manuals."""
    if pair.source in shares:
        return shares[pair.source]
    if pair.source in PROSE:
        return 1.0 if len(pair.en) >= 12 else 0.3
    return 0.12 if len(pair.en) <= 160 else 0.0


def train_contextual(
    pairs: Sequence[Pair],
    statements: Sequence[Statement],
    targets: FloatArray,
    teacher: Path,
    work: Path,
    out: Path,
    config: ContextualConfig,
    *,
    go_on: bool = False,
) -> None:
    """Make the encoder and write it to ``out/contextual_encoder``; the static one must be in ``out/encoder``.

    Parameters
    ----------
    pairs, statements
        What is learned from.
    targets
        The teacher's vectors of the English side of ``pairs``, shape (n_pairs, width).
    teacher, work, out
        Folders.
    config
        The settings of the recipe.
    go_on
        Start from the network in ``out/contextual_encoder``, not from the teacher, and leave out the first phase.
    """
    share = np.array([text_share(pair, dict(config.shares)) for pair in pairs], dtype=np.float32)
    used = np.flatnonzero(share).tolist()
    pairs, targets, share = [pairs[i] for i in used], targets[used], share[used]
    work.mkdir(parents=True, exist_ok=True)
    path = out / "contextual_encoder" / TOKENIZER_FILE if go_on else work / TOKENIZER_FILE
    if not path.exists():
        # Prose counts more than once, so that its words are whole before those of programs are.
        dutch = [pair.nl for pair, chance in zip(pairs, share, strict=True) for _ in range(3 if chance >= 1 else 1)]
        student_tokenizer(teacher, dutch, config.n_dutch_pieces).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    teachers = read_weights(teacher)
    student = Student(student_weights(teachers, tokenizer, load_encoder(out / "encoder").encode))
    if go_on:
        found = {name: torch.from_numpy(value) for name, value in read_network(out / "contextual_encoder").items()}
        student.places = torch.nn.Parameter(found["places"])
        student.load_state_dict(found)
        config, work = replace(config, phases=config.phases[1:]), work / "further"
    n_old = len(teachers["embeddings.word_embeddings.weight"])
    tokenizer.enable_truncation(config.max_tokens)

    def pieces(texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]

    lesson = Lesson(
        pieces([pair.nl for pair in pairs]),
        pieces([pair.en for pair in pairs]),
        targets,
        share,
        pieces([*(statement.nl for statement in statements), *(statement.en for statement in statements)]),
        np.unique([statement.row for statement in statements] * 2, return_inverse=True)[1],
    )
    for phase, read, loss in train_student(student, lesson, n_old, config, work):
        logger.info("Phase %s: %s pieces read, mean loss %.4f", phase + 1, read, loss)
        write_contextual(out / "contextual_encoder", student, tokenizer, pairs, config)
    if go_on:  # what is finished is in the network; the next time goes on from there
        shutil.rmtree(work)


def write_contextual(
    folder: Path, student: Student, tokenizer: Tokenizer, pairs: Sequence[Pair], config: ContextualConfig
) -> None:
    """Write ``model.onnx``, ``words.npz``, ``tokenizer.json`` and ``card.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().numpy() for name, value in student.state_dict().items()}
    write_piece_vectors(folder, forget_other_scripts(weights["words"], tokenizer))
    write_network(folder, build_network(weights, MAX_TOKENS))
    tokenizer.no_truncation()
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    tokenizer.enable_truncation(config.max_tokens)
    card = {
        "name": "contextual",
        "max_tokens": MAX_TOKENS,
        "config": asdict(config),
        "training_rows": count_sources(pairs),
    }
    write_card(folder, card, (TOKENIZER_FILE, PIECES_FILE, NETWORK_FILE))


def forget_other_scripts(words: FloatArray, tokenizer: Tokenizer) -> FloatArray:
    """``words`` without the vectors of pieces that no Dutch or English text has (other scripts, places kept free).

    Nothing says so little in so many bytes: of 52,522 pieces 2,334, nearly a megabyte of the file.
    """
    forgotten = [i for piece, i in tokenizer.get_vocab().items() if _is_of_other_script(piece)]
    kept = words.copy()
    kept[forgotten] = 0
    return kept


def _is_of_other_script(piece: str) -> bool:
    letters = (c for c in piece.removeprefix("##") if c.isalpha())
    return piece.startswith("[unused") or any(not unicodedata.name(c, "").startswith(_READ_SCRIPTS) for c in letters)
