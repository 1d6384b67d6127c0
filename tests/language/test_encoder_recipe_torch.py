"""The parts of the encoders' recipe that need torch, on made-up texts; skipped where torch is not installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make test-recipe` runs these")

from tokenizers import Tokenizer  # noqa: E402

from pipelines.language.contextual_encoder import load_contextual_encoder  # noqa: E402
from pipelines.language.encoder_recipe import distillation, network, student, tuning  # noqa: E402
from pipelines.language.encoder_recipe.static import StaticConfig, train_static  # noqa: E402
from pipelines.language.encoder_recipe.texts import Pair, Statement  # noqa: E402
from pipelines.language.piece_vectors import write_piece_vectors  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402

WIDTH = 48
DUTCH = ["loon", "bond", "werk", "taak", "bank", "huis", "boom", "fiets", "water", "brood", "straat", "school"]
ENGLISH = ["wage", "union", "job", "task", "bench", "house", "tree", "bike", "drink", "bread", "street", "class"]


def made_up_pairs(n: int, seed: int = 4) -> tuple[list[Pair], np.ndarray]:
    """Sentences of five of twelve words; the made-up teacher's vector is the sum of its words' meanings."""
    numbers = np.random.default_rng(seed)
    meaning = np.random.default_rng(0).normal(size=(12, WIDTH))
    rows = [numbers.choice(12, size=5, replace=False) for _ in range(n)]
    pairs = [Pair(" ".join(DUTCH[i] for i in r), " ".join(ENGLISH[i] for i in r), "tatoeba", 1.0) for r in rows]
    targets = np.array([meaning[r].sum(axis=0) for r in rows])
    return pairs, (targets / np.linalg.norm(targets, axis=1, keepdims=True)).astype(np.float32)


def made_up_teacher(folder: Path) -> dict[str, np.ndarray]:
    """A transformer of one layer with random weights and a vocabulary of the English words, in the teacher's files."""
    from safetensors.numpy import save_file
    from tokenizers import models, pre_tokenizers

    folder.mkdir()
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *ENGLISH, *"abcdefghijklmnopqrstuvwxyz"]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    draw = np.random.default_rng(7)

    def matrix(*shape: int, size: float = 0.1) -> np.ndarray:
        return (draw.normal(size=shape) * size).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": matrix(len(pieces), WIDTH, size=1.0),
        "embeddings.position_embeddings.weight": matrix(64, WIDTH),
        "embeddings.token_type_embeddings.weight": matrix(2, WIDTH),
    }
    layer = "encoder.layer.0."
    sizes = {
        layer + "attention.self.query": (WIDTH, WIDTH),
        layer + "attention.self.key": (WIDTH, WIDTH),
        layer + "attention.self.value": (WIDTH, WIDTH),
        layer + "attention.output.dense": (WIDTH, WIDTH),
        layer + "intermediate.dense": (96, WIDTH),
        layer + "output.dense": (WIDTH, 96),
    }
    for name, shape in sizes.items():
        weights |= {name + ".weight": matrix(*shape), name + ".bias": matrix(shape[0])}
    for name in ("embeddings", layer + "attention.output", layer + "output"):
        weights |= {name + ".LayerNorm.weight": 1 + matrix(WIDTH), name + ".LayerNorm.bias": matrix(WIDTH, size=0.01)}
    save_file(weights, str(folder / "model.safetensors"))
    return weights


def test_gradient_descent_improves_on_the_regression(tmp_path: Path) -> None:
    pairs, targets = made_up_pairs(600)
    config = replace(StaticConfig(), n_pieces=150, dimensions=WIDTH, batch=64, ridge=30.0, neighbours=8)
    for name, epochs in (("regression", 0), ("tuned", 4)):
        train_static(pairs[:500], [], targets[:500], tmp_path / name, replace(config, epochs=epochs))
    likeness = {}
    for name in ("regression", "tuned"):
        encode = load_encoder(tmp_path / name).encode
        nl, en = (encode([pair[side] for pair in pairs[500:]]) for side in (0, 1))
        likeness[name] = float(((nl @ nl.T - targets[500:] @ targets[500:].T) ** 2).mean())
        assert (nl * en).sum(axis=1).mean() > 0.9
    assert likeness["tuned"] < likeness["regression"]


def test_statements_on_one_row_are_drawn_together(tmp_path: Path) -> None:
    pairs, targets = made_up_pairs(300)
    statements = [Statement(w, e, "A1" if i < 6 else "B1") for i, (w, e) in enumerate(zip(DUTCH, ENGLISH, strict=True))]
    config = replace(StaticConfig(), n_pieces=150, dimensions=WIDTH, batch=64, neighbours=8, epochs=6, statements=24)
    config = replace(config, warmup=2, learning_rate=2e-2)
    gap = {}
    for weight in (0.0, 3.0):
        train_static(pairs, statements, targets, tmp_path / str(weight), replace(config, subject=weight))
        vectors = load_encoder(tmp_path / str(weight)).encode(DUTCH)
        cosine = vectors @ vectors.T
        gap[weight] = cosine[:6, :6].mean() - cosine[:6, 6:].mean()
    assert gap[3.0] > gap[0.0] + 0.1


def test_subject_loss_is_that_of_the_paper() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(5, 4, generator=torch.Generator().manual_seed(1)), dim=1)
    groups = torch.tensor([0, 0, 1, 1, 2])
    expected = []
    for i in range(4):
        others = [j for j in range(5) if j != i]
        share = torch.softmax(torch.stack([vectors[i] @ vectors[j] / 0.1 for j in others]), 0)
        expected += [-float(torch.log(share[others.index(j)])) for j in others if groups[j] == groups[i]]
    assert np.isclose(float(tuning.subject_loss(vectors, groups, 0.1)), np.mean(expected), atol=1e-5)


def test_neighbours_are_the_nearest_of_their_group() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(2)), dim=1)
    near = tuning.nearest_texts(vectors.numpy(), 3, n_groups=1)
    cosine = vectors @ vectors.T - 9 * torch.eye(40)
    assert (near == cosine.topk(3, dim=1).indices.numpy()).all()
    assert tuning.nearest_texts(vectors.numpy()[:2], 3, n_groups=1).tolist() == [[1, 1, 1], [0, 0, 0]]


def test_the_network_gives_what_the_student_gives(tmp_path: Path) -> None:
    """Within what eight bits cost."""
    made_up_teacher(tmp_path / "teacher")
    teacher = student.Student(student.read_weights(tmp_path / "teacher")).eval()
    ids = [[2, 5, 9, 3], [2, 7, 3], [2, 4, 4, 11, 6, 3]]
    with torch.inference_mode():
        each = [teacher(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.bool))[0].numpy() for row in ids]
        together = student.encode_pieces(teacher, ids, n_parts=2).numpy()
    assert np.allclose(np.array(each), together, atol=0.02)  # read in sixteen bits
    weights = {name: value.numpy() for name, value in teacher.state_dict().items()}
    write_piece_vectors(tmp_path, weights["words"])
    network.write_network(tmp_path, network.build_network(weights, 64))
    first = (tmp_path / "model.onnx").read_bytes()
    network.write_network(tmp_path, network.build_network(weights, 64))
    assert (tmp_path / "model.onnx").read_bytes() == first
    for name, value in network.read_network(tmp_path).items():
        assert value.shape == weights[name].shape
        assert np.allclose(value, weights[name], atol=0.02 * np.abs(weights[name]).max())
    import onnxruntime

    session = onnxruntime.InferenceSession(first, providers=["CPUExecutionProvider"])
    for row, expected in zip(ids, each, strict=True):
        words = weights["words"][row][None]
        given = session.run(None, {"word_vectors": words, "attention_mask": [[1] * len(row)]})[0][0]
        assert given @ expected > 0.99
        assert np.isclose(np.linalg.norm(given), 1, atol=1e-4)


def test_the_student_learns_dutch_and_goes_on_where_it_was(tmp_path: Path) -> None:
    made_up_teacher(tmp_path / "teacher")
    pairs, _ = made_up_pairs(400)
    from pipelines.language.encoder_recipe.teacher import pair_targets

    targets = pair_targets(pairs, tmp_path / "teacher", tmp_path / "work")
    train_static(pairs[:300], [], targets[:300], tmp_path / "encoder", replace(StaticConfig(), epochs=0, dimensions=16))
    statements = [Statement("loon werk", "wage job", "A1"), Statement("boom huis", "tree house", "B1")]
    config = distillation.ContextualConfig(
        n_dutch_pieces=60,
        texts=32,
        neighbours=6,
        around=4,
        warmup=5,
        checkpoint_seconds=0.0,
        phases=(distillation.Phase(3000, 1e-2, 1e-3, 0.0, 0.0), distillation.Phase(6000, 1e-2, 1e-3, 1e-3, 0.3, 0.2)),
    )
    arguments = (pairs[:300], statements, targets[:300], tmp_path / "teacher", tmp_path / "work", tmp_path, config)
    distillation.train_contextual(*arguments)
    encode = load_contextual_encoder(tmp_path / "contextual_encoder").encode
    nl = encode([pair.nl for pair in pairs[300:]])
    wrong = np.roll(targets[300:], 1, axis=0)
    assert (nl * targets[300:]).sum(axis=1).mean() > (nl * wrong).sum(axis=1).mean() + 0.05
    # All phases done: a second call trains nothing and changes nothing.
    before = {path.name: path.read_bytes() for path in (tmp_path / "work").glob("phase-*.pt")}
    distillation.train_contextual(*arguments)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "work").glob("phase-*.pt")}
    assert len(before) == 2
    assert not list((tmp_path / "work").glob("running-*.pt"))
    # Going on from what was written starts where it was, not at the teacher.
    short = replace(config, phases=(*config.phases[:1], distillation.Phase(400, 1e-4, 1e-4, 1e-4, 0.3)))
    distillation.train_contextual(*arguments[:-2], tmp_path, short, go_on=True)
    further = load_contextual_encoder(tmp_path / "contextual_encoder").encode([pair.nl for pair in pairs[300:]])
    assert (further * nl).sum(axis=1).mean() > 0.9
