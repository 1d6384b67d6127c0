"""The training of the closer reader, on made-up passages; skipped where torch is not installed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make test-recipe` runs these")

from encoder_folders import READER_WIDTH, WORDS, build_contextual_folder, build_reader_weights, write_card  # noqa: E402
from torch.nn import functional as F  # noqa: E402  # pyright: ignore[reportMissingImports]

from pipelines.domain.evidence import CHOICES  # noqa: E402
from pipelines.errors import ModelError  # noqa: E402
from pipelines.language.encoder_recipe.network import build_network, write_network  # noqa: E402
from pipelines.language.features import PassageText  # noqa: E402
from pipelines.language.model_files import read_model_files  # noqa: E402
from pipelines.language.passage_reader import cut_passages, load_passage_reader  # noqa: E402
from pipelines.language.reader_recipe import __main__ as recipe  # noqa: E402
from pipelines.language.reader_recipe.network import build_reader  # noqa: E402
from pipelines.language.reader_recipe.questions import NOT_ASKED, Questions, Targets, targets_of  # noqa: E402
from pipelines.language.reader_recipe.training import (  # noqa: E402
    Reader,
    ReaderConfig,
    batches,
    fit_heads,
    loss_of,
    pad,
    read_all,
    train_reader,
    weights_of,
)
from pipelines.language.training_set import TrainingPassage, held_out_documents, read_training_files  # noqa: E402

QUESTIONS = Questions(("A1", "C2"), ("A1.k1",))
CONFIG = ReaderConfig(n_layers=2, rounds=8, batch=16, layer_rate=1e-2)
"""A rate for random weights of a small width; those of the contextual encoder need little change."""


def made_up_passages(n: int, seed: int = 0, n_documents: int = 21) -> list[TrainingPassage]:
    """Passages of eight of ten words. *Toezicht* before *loon* is job quality: a rule that a bag of words cannot learn.

    Every passage has both words; what else the labels say follows from them in other ways.
    """
    draw = np.random.default_rng(seed)
    others = [word for word in WORDS if word not in ("toezicht", "loon")]
    found = []
    for number in range(n):
        words = [others[i] for i in draw.integers(len(others), size=6)]
        first, second = sorted(draw.choice(8, size=2, replace=False))
        watched = bool(draw.integers(2))
        words.insert(first, "toezicht" if watched else "loon")
        words.insert(second, "loon" if watched else "toezicht")
        flag = "algoritme" in words
        labels = {
            "doc": f"made-up-{number % n_documents:02}", "n": number, "lang": "nl", "text": " ".join(words),
            "section": "baan" if number % 3 else "", "title": "work",
            "themes": ["job_quality"] if watched else ["adoption"], "rows": ["C2"] if watched else ["A1"],
            "flag": flag, "relation": "supports" if flag else None, "column": "known" if flag else None,
            "statements": [] if watched else ["A1.k1"], "evidence": "empirical" if flag else "none",
            "direction": "negative" if watched else "positive", "recommendation": "job" in words, "level": None,
        }  # fmt: skip
        found.append(TrainingPassage.model_validate(labels))
    return found


@pytest.fixture(scope="module")
def contextual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_contextual_folder(tmp_path_factory.mktemp("contextual"), dimensions=READER_WIDTH)


def cut(contextual: Path, texts: list[PassageText]) -> list[list[int]]:
    return cut_passages(read_model_files(contextual, ("tokenizer.json",)).tokenizer(), texts)


def random_reader(contextual: Path, n_scores: int = len(QUESTIONS.heads), dropout: float = 0.1) -> Reader:
    weights = build_reader_weights(READER_WIDTH, n_scores)
    with np.load(contextual / "words.npz") as pieces:
        weights["words"] = (pieces["words"] * pieces["scales"]).astype(np.float32)
    return Reader({name: torch.from_numpy(value) for name, value in weights.items()}, 2, n_scores, dropout)


def lesson(contextual: Path, passages: list[TrainingPassage]) -> tuple[list[list[int]], list[list[int]], Targets]:
    whole, bare = (cut(contextual, [p.as_text(bare=b) for p in passages]) for b in (False, True))
    return whole, bare, targets_of(passages, QUESTIONS)


def mean_loss(reader: Reader, pieces: list[list[int]], targets: Targets) -> float:
    scores = read_all(reader, pieces)
    return float(loss_of(scores, torch.from_numpy(targets.yes), torch.from_numpy(targets.choices), QUESTIONS))


def test_batches_cover_each_passage_once_and_are_of_like_length() -> None:
    lengths = np.random.default_rng(3).integers(5, 200, size=333).tolist()
    found = batches(lengths, 16, np.random.default_rng(0))
    assert sorted(i for part in found for i in part) == list(range(333))
    assert max(map(len, found)) == 16
    padding = sum(max(lengths[i] for i in part) * len(part) for part in found) / sum(lengths)
    blind = np.random.default_rng(1).permutation(333)
    by_chance = sum(max(lengths[i] for i in blind[k : k + 16]) * len(blind[k : k + 16]) for k in range(0, 333, 16))
    assert padding < 1.1 < by_chance / sum(lengths)
    # The same chance gives the same batches, and rounds differ.
    chance = np.random.default_rng(0)
    assert batches(lengths, 16, chance) == found != batches(lengths, 16, chance)
    assert batches([], 16, chance) == []


def test_padding_is_masked() -> None:
    ids, mask = pad([[2, 5, 3], [2, 3]])
    assert ids.tolist() == [[2, 5, 3], [2, 3, 0]] and mask.tolist() == [[True, True, True], [True, True, False]]


def test_scores_do_not_depend_on_padding_and_keep_the_order(contextual: Path) -> None:
    reader = random_reader(contextual)
    pieces = cut(contextual, [p.as_text() for p in made_up_passages(70)])
    together = read_all(reader, [*pieces, [2, *([4, 5, 6] * 40), 3]])[:70]
    for i in (0, 33, 69):
        # Read in sixteen bits.
        assert torch.allclose(read_all(reader, [pieces[i]])[0], together[i], atol=0.05)
    assert read_all(reader, pieces, vectors=True).shape == (70, READER_WIDTH)
    assert reader.training


def test_the_loss_is_the_sum_of_its_questions() -> None:
    chance = torch.Generator().manual_seed(5)
    passages = made_up_passages(6)
    targets = targets_of(passages, QUESTIONS)
    scores = torch.randn(6, len(QUESTIONS.heads), generator=chance)
    place = {name: i for i, name in enumerate(QUESTIONS.heads)}
    expected = 0.0
    for passage, row in zip(passages, scores, strict=True):
        yes = {f"theme.{t}" for t in passage.themes} | {f"row.{r}" for r in passage.rows}
        yes |= {f"statement.{s}" for s in passage.statements}
        yes |= {name for name in ("flag", "recommendation") if getattr(passage, name)}
        for name in QUESTIONS.yes_no:
            weight = 0.35 if name.startswith("statement.") else 2.0 if name in ("flag", "recommendation") else 1.0
            expected -= weight * float(F.logsigmoid(row[place[name]] * (1 if name in yes else -1)))
        among = F.log_softmax(torch.stack([row[place["row.A1"]], row[place["row.C2"]]]), 0)
        expected -= float(among[("A1", "C2").index(passage.rows[0])])
        for question, answers in CHOICES.items():
            answer = getattr(passage, question)
            if answer is not None:
                of_answers = F.log_softmax(torch.stack([row[place[f"{question}.{a}"]] for a in answers]), 0)
                expected -= (0.6 if question == "column" else 1.0) * float(of_answers[answers.index(answer)])
    found = loss_of(scores, torch.from_numpy(targets.yes), torch.from_numpy(targets.choices), QUESTIONS)
    assert float(found) == pytest.approx(expected / 6, rel=1e-4)


def test_questions_that_do_not_arise_cost_nothing() -> None:
    """A batch without a single flagged passage has no relation; its loss is a number all the same."""
    passages = [TrainingPassage.model_validate(p.model_dump() | {"flag": False, "relation": None, "column": None})
                for p in made_up_passages(4)]  # fmt: skip
    targets = targets_of(passages, QUESTIONS)
    assert (targets.choices[:, list(CHOICES).index("relation")] == NOT_ASKED).all()
    scores = torch.zeros(4, len(QUESTIONS.heads), requires_grad=True)
    loss = loss_of(scores, torch.from_numpy(targets.yes), torch.from_numpy(targets.choices), QUESTIONS)
    loss.backward()
    assert torch.isfinite(loss) and scores.grad is not None
    asked = {name: bool(scores.grad[:, i].any()) for i, name in enumerate(QUESTIONS.heads)}
    assert not any(yes for name, yes in asked.items() if name.startswith(("relation.", "column.", "level.")))
    assert asked["flag"] and asked["direction.negative"]


def test_fitting_the_heads_lowers_the_loss_and_leaves_the_layers(contextual: Path) -> None:
    whole, _, targets = lesson(contextual, made_up_passages(300))
    reader = random_reader(contextual)
    before = {name: value.clone() for name, value in reader.state_dict().items()}
    at_first = mean_loss(reader, whole, targets)
    fit_heads(reader, whole, targets, QUESTIONS)
    fitted = mean_loss(reader, whole, targets)
    changed = {name for name, value in reader.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"heads.weight", "heads.bias"}
    # Better than what says nothing of any passage, not only than random heads.
    with torch.no_grad():
        reader.heads.weight.zero_()
        reader.heads.bias.zero_()
    assert fitted < 0.8 * mean_loss(reader, whole, targets)
    assert fitted < 0.75 * at_first


@pytest.fixture(scope="module")
def taught(contextual: Path) -> Reader:
    reader = random_reader(contextual)
    train_reader(reader, *lesson(contextual, made_up_passages(600)), QUESTIONS, CONFIG)
    return reader


def share_right(scores: Any, passages: list[TrainingPassage]) -> float:
    """Of the rule that needs the order of the words."""
    said = np.asarray(scores)[:, QUESTIONS.heads.index("theme.job_quality")] > 0
    return float((said == [bool(p.rows == ("C2",)) for p in passages]).mean())


def test_a_tiny_reader_learns_a_rule_that_heads_alone_cannot(contextual: Path, taught: Reader) -> None:
    unseen = made_up_passages(200, seed=9)
    pieces, _, targets = lesson(contextual, unseen)
    heads_alone = random_reader(contextual)
    fit_heads(heads_alone, lesson(contextual, made_up_passages(600))[0], targets_of(made_up_passages(600), QUESTIONS),
              QUESTIONS)  # fmt: skip
    assert share_right(read_all(taught, pieces), unseen) > 0.95
    assert share_right(read_all(heads_alone, pieces), unseen) < 0.85
    assert mean_loss(taught, pieces, targets) < 0.5 * mean_loss(heads_alone, pieces, targets)
    assert not taught.training


def test_word_vectors_do_not_change_and_all_layers_do(contextual: Path, taught: Reader) -> None:
    fresh = random_reader(contextual).state_dict()
    same = {name for name, value in taught.state_dict().items() if torch.equal(value, fresh[name])}
    assert same == {"words"}


def test_the_written_network_says_what_the_trained_reader_says(
    contextual: Path, taught: Reader, tmp_path: Path
) -> None:
    """Within what eight bits cost: the share of right answers is the same, and scores hardly move."""
    passages = made_up_passages(120, seed=9)
    write_network(tmp_path, build_reader(weights_of(taught)))
    pieces = {name: read_model_files(contextual, ()).card["files"][name] for name in ("tokenizer.json", "words.npz")}
    write_card(tmp_path, {"name": "made-up", "heads": QUESTIONS.heads, "pieces": pieces}, ("model.onnx",))
    given = load_passage_reader(tmp_path, contextual).scores([p.as_text() for p in passages])
    with torch.inference_mode():
        cuts = cut(contextual, [p.as_text() for p in passages])
        expected = np.concatenate([taught(*pad([ids])).numpy() for ids in cuts])
    assert np.abs(given - expected).mean() < 0.05 * expected.std()
    assert np.corrcoef(given.ravel(), expected.ravel())[0, 1] > 0.995
    assert abs(share_right(given, passages) - share_right(expected, passages)) <= 0.02


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(contextual: Path) -> None:
    taught = lesson(contextual, made_up_passages(80))
    config = replace(CONFIG, rounds=1)
    found = []
    for noise, seed in ((1, 0), (2, 0), (3, 1)):
        torch.manual_seed(noise)  # what was drawn before does not count
        reader = random_reader(contextual)
        train_reader(reader, *taught, QUESTIONS, replace(config, seed=seed))
        found.append(reader.state_dict())
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
    assert not all(torch.equal(value, found[2][name]) for name, value in found[0].items())


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A models folder with all that the recipe reads: 210 passages of 21 documents, 60 of them translated."""
    folder = build_contextual_folder(tmp_path / "contextual_encoder", dimensions=READER_WIDTH)
    write_network(folder, build_network(build_reader_weights(READER_WIDTH, 1, n_layers=4), 256))
    write_card(folder, {"name": "tiny", "max_tokens": 128})
    passages = made_up_passages(210)
    (tmp_path / "training" / "translated").mkdir(parents=True)
    dumped = [p.model_dump(mode="json") for p in passages]
    # Documents of two files, as those of the shipped training set.
    for name, part in (("one", dumped[::2]), ("two", dumped[1::2])):
        (tmp_path / "training" / f"{name}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in part), "utf-8")
    for language, part in (("nl", []), ("en", dumped[:60])):
        lines = [json.dumps(x | {"lang": language, "text": "work job wage"}) + "\n" for x in part]
        (tmp_path / "training" / "translated" / f"{language}.jsonl").write_text("".join(lines), "utf-8")
    return tmp_path


def _run(models: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, bytes]:
    monkeypatch.setattr("sys.argv", ["reader_recipe", "--models", str(models), *arguments])
    recipe.main()
    return {path.name: path.read_bytes() for path in (models / "reader").iterdir()}


def test_the_recipe_writes_a_reader_and_what_it_says_of_documents_out_of_sight(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _run(models, monkeypatch, "--rounds", "1")
    assert set(first) == {"model.onnx", "card.json", "held_out.npz"}
    passages = read_training_files(sorted((models / "training").glob("*.jsonl")))
    unseen = held_out_documents(passages)
    reader = load_passage_reader(models / "reader", models / "contextual_encoder")
    assert reader.heads == recipe.questions_of(passages).heads
    with np.load(models / "reader" / "held_out.npz", allow_pickle=False) as kept:
        ids, scores, heads = kept["ids"].tolist(), kept["scores"], kept["heads"].tolist()
    held_out = [p for p in passages if p.doc in unseen]
    assert ids == [p.id for p in held_out] and len(ids) == 30 and tuple(heads) == reader.heads
    np.testing.assert_allclose(scores, reader.scores([p.as_text() for p in held_out]), atol=1e-2)
    card = json.loads(first["card.json"])
    n_translated = sum(p.doc not in unseen for p in made_up_passages(210)[:60])
    assert (card["n_seen"], card["n_held_out"]) == (180 + n_translated, 30)
    assert card["training_files"] == ["one.jsonl", "two.jsonl"] and len(card["training_sha256"]) == 64
    assert card["config"]["rounds"] == 1
    # The same input gives the same files.
    assert _run(models, monkeypatch, "--rounds", "1") == first


def test_the_recipe_never_learns_from_documents_out_of_sight(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other words in these documents change nothing in the network; in any other document they would."""
    arguments = ("--rounds", "1")
    network = _run(models, monkeypatch, *arguments)["model.onnx"]
    paths = sorted((models / "training").rglob("*.jsonl"))
    unseen = held_out_documents(read_training_files(sorted((models / "training").glob("*.jsonl"))))
    originals = {path: path.read_text("utf-8") for path in paths}
    for out_of_sight in (True, False):
        for path, text in originals.items():
            lines = [json.loads(line) for line in text.splitlines()]
            changed = [x | {"text": "baan baan werk"} if (x["doc"] in unseen) == out_of_sight else x for x in lines]
            path.write_text("".join(json.dumps(x) + "\n" for x in changed), "utf-8")
        assert (_run(models, monkeypatch, *arguments)["model.onnx"] == network) is out_of_sight


def test_the_recipe_refuses_an_encoder_of_other_files(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = models / "contextual_encoder" / "tokenizer.json"
    path.write_text(path.read_text("utf-8").replace('"werk"', '"boom"'), "utf-8")
    with pytest.raises(ModelError, match="model_changed"):
        _run(models, monkeypatch)
    assert not (models / "reader").exists()
