"""What is gained by learning from decisions: readers who read, decide and let the models learn, simulated.

``python benchmarks/learning.py [--seeds N] [--rounds N] [--anew]`` prints the tables of docs/reading.md; it takes some
ten minutes on a quiet core, with ``--anew`` twice as long.

Two settings, both on labelled passages of ``models/training`` whose documents are not in training:

``new writers, few findings``
    The models have never seen ``train_nl`` and ``train_en``, and of the findings in these only so many are kept that
    one passage in twelve is one, as in real documents. Half of the documents are read in the inbox, the other half
    measures. The closer reader has seen them in its training, so that it is left out: it says nothing at all.
``both stages, as labelled``
    The documents that the closer reader was not trained on: two in five are read, two in five measure, and on the rest
    the readings of both stages are fitted. Writers and share of findings are those of training: there is less to learn.

Each round somebody reads 100 passages: 90 at the top of the list by the models' flag, 10 drawn from those below .5.
Then the models learn, and are measured on documents that nobody read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from flows.label import LabelKit, build_label_kit
from flows.learn_models import HEAD_WEIGHT, READING_WEIGHT, HeldOut, as_scanned, correct, first_answers, join_stages
from flows.tagger_training import held_out_places, train
from flows.tagging_figures import Prediction, figures
from flows.tagging_predictions import predict, predictions_of
from pipelines.domain.decisions import Decision, Judgement, RejectReason, Verdict
from pipelines.evidence.closer import CloserReading
from pipelines.evidence.key_sentence import load_key_sentence_model
from pipelines.language.encoder import Encoder, FloatArray
from pipelines.language.features import PassageFeatures, PassageText
from pipelines.language.lessons import Lesson
from pipelines.language.linear import assign_folds, kernel_of
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import (
    ReaderScores,
    TrainingPassage,
    held_out_documents,
    read_reader_scores,
    read_training_files,
)
from pipelines.review.learning import PassageContext, lessons_of
from pipelines.settings import Settings
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon

MODELS = Settings().shipped_models_dir
NEW = ("train_nl", "train_en")
FEW = 0.08
WRONG = (0.0, 0.08)
SHOWN = ("flag_f1", "flag_ap", "wss95", "theme_f1", "row_r1", "relation_f1")
BATCH, DRAWN = 100, 10


class RememberedReader:
    """Says of each text what the closer reader was once heard to say of it, or nothing at all."""

    version = "simulated"

    def __init__(self, heads: Sequence[str], scores: dict[str, FloatArray]) -> None:
        self.heads, self._scores = tuple(heads), scores

    def scores(self, texts: Sequence[PassageText]) -> FloatArray:
        """As :meth:`pipelines.language.passage_reader.PassageReader.scores`."""
        nothing = np.zeros(len(self.heads), dtype=np.float32)
        return np.stack([self._scores.get(text.text, nothing) for text in texts])


@dataclass(frozen=True)
class Start:
    """Models before any decision, and the documents they have not seen."""

    kit: LabelKit
    held_out: HeldOut
    target: list[TrainingPassage]
    reader: RememberedReader
    known: list[TrainingPassage]


def start(everything: list[TrainingPassage], target_docs: set[str], encoder: Encoder, *, with_reader: bool) -> Start:
    """Train without the documents of the target."""
    heard = read_reader_scores(MODELS / "reader")
    by_id = dict(zip(heard.ids, heard.scores, strict=True))
    known = [p for p in everything if p.doc not in target_docs]
    target = [p for p in everything if p.doc in target_docs]
    unseen = held_out_documents(everything)
    fitted_on = [p for p in known if p.doc in unseen]
    heard_of = {p.text: by_id[p.id] for p in (*fitted_on, *target) if with_reader}
    reader = RememberedReader(heard.heads, heard_of)
    scores = reader.scores([p.as_text() for p in fitted_on])
    given = ReaderScores(tuple(p.id for p in fitted_on), heard.heads, scores)
    training = train(known, [], encoder, given, reader.version)
    kit = kit_of(training.arrays, encoder, reader)
    places = held_out_places(known, given)
    arrays = training.held_out_arrays
    held_out = HeldOut(
        [known[i] for i in places],
        arrays["raw_themes"].astype(np.float32),
        arrays["raw_evidence"].astype(np.float32),
        arrays["folds"],
        scores,
    )
    return Start(kit, held_out, target, reader, known)


def kit_of(arrays: Mapping[str, Any], encoder: Encoder, reader: RememberedReader) -> LabelKit:
    """The models of a model file."""
    lexicon, key_sentences = load_lexicon(SHIPPED_LEXICON), load_key_sentence_model(MODELS / "key_sentence")
    heard: Any = reader
    return build_label_kit(arrays, encoder, heard, lexicon, key_sentences, starting_table(), "simulated")


def decide(passage: TrainingPassage, given: Prediction, wrong: float, chance: np.random.Generator) -> Decision:
    """What a reader does with a passage; a share ``wrong`` of all decisions is not what the labels say."""
    slips = chance.random() < wrong
    relevant = passage.flag != slips
    advises = given.recommendation >= 0.5
    labels = {
        "themes": tuple(theme for theme, p in given.themes.items() if p >= 0.5),
        "rows": given.rows[:1],
        "recommendation": advises,
        **{name: given.choices[name] for name in ("relation", "column", "direction")},
        "kind": given.choices["evidence"],
        "level": given.choices["level"] if advises else None,
    }
    proposed = Judgement.model_validate(labels)
    judgement = None
    if relevant:
        # Who takes a passage for a finding that is none, or does not look, leaves the labels as they are.
        judgement = proposed if slips or chance.random() < wrong else judgement_of(passage)
    reason = RejectReason.NO_FINDING if passage.themes or slips else RejectReason.OFF_TOPIC
    verdict = Verdict.REJECT if not relevant else Verdict.ACCEPT if judgement == proposed else Verdict.CORRECT
    return Decision(
        id=passage.id,
        item_id=passage.id,
        turn=1,
        passage_id=passage.id,
        document_id=passage.doc,
        passage_text=passage.text,
        verdict=verdict,
        reviewer="simulated",
        decided=datetime(2026, 1, 1),
        judgement=judgement,
        reason=None if relevant else reason.value,
    )


def judgement_of(passage: TrainingPassage) -> Judgement:
    """The labels of a passage."""
    return Judgement(
        themes=passage.themes,
        rows=passage.rows[:2],
        statement=passage.statements[0] if passage.statements else None,
        relation=passage.relation,
        column=passage.column,
        kind=passage.evidence,
        direction=passage.direction,
        recommendation=passage.recommendation,
        level=passage.level,
    )


def read_on(unread: Sequence[int], flags: np.ndarray, chance: np.random.Generator) -> list[int]:
    """The next passages of the inbox: the likeliest, and some drawn from those not flagged."""
    by_flag = sorted(unread, key=lambda i: -flags[i])
    top = by_flag[: BATCH - DRAWN]
    below = [i for i in by_flag[BATCH - DRAWN :] if flags[i] < 0.5]
    return [*top, *map(int, chance.permutation(below)[:DRAWN])]


@dataclass(frozen=True)
class World:
    """The target, described once: what simulated learning needs of it.

    Attributes
    ----------
    kernel
        Likeness of the passages to one another, shape (n, n); ``to_held_out`` of the held-out ones to them.
    raw
        What the heads say before any decision.
    """

    begun: Start
    features: PassageFeatures
    held_out: PassageFeatures
    kernel: FloatArray
    to_held_out: FloatArray
    raw: tuple[FloatArray, FloatArray]
    scores: FloatArray


def described(begun: Start) -> World:
    """The target of ``begun``, described."""
    kit, n = begun.kit, len(begun.kit.space.anchors)
    texts = [p.as_text() for p in begun.target]
    vectors = kit.encoder.encode([text.text for text in texts])
    space = kit.space.extended(texts, vectors)
    theirs = space.describe(texts, vectors)
    known = [p.as_text() for p in begun.held_out.passages]
    ours = space.describe(known, kit.encoder.encode([text.text for text in known]))
    before = theirs.matrix, theirs.nearness[:, :n]
    return World(
        begun,
        theirs,
        ours,
        kernel_of(theirs.matrix, theirs.nearness[:, n:], theirs.matrix),
        kernel_of(ours.matrix, ours.nearness[:, n:], theirs.matrix),
        (kit.tagger.heads.scores(*before), kit.evidence.heads.scores(*before)),
        begun.reader.scores(texts),
    )


def part_of(features: PassageFeatures, chosen: np.ndarray) -> PassageFeatures:
    """Features of some of the passages."""
    return PassageFeatures(
        features.matrix[chosen],
        features.nearness[chosen],
        features.vectors[chosen],
        features.form[chosen],
        features.cues[chosen],
        tuple(features.concepts[i] for i in chosen),
    )


def answers_of(world: World, raw: tuple[FloatArray, FloatArray], closer: CloserReading) -> list[Prediction]:
    """What a scan would say of all passages of the target."""
    kit = world.begun.kit
    first = first_answers(kit, raw[0], raw[1], world.features)
    languages = [p.lang for p in world.begun.target]
    return predictions_of(as_scanned(first, closer.read(first, world.scores, languages, kit.index)), kit.index.row_ids)


def learned(world: World, lessons: Sequence[Lesson], heads: float, readings: float) -> list[Prediction]:
    """What models that have learned say of all passages of the target (:func:`flows.learn_models.learn_from`)."""
    begun, kit = world.begun, world.begun.kit
    place = {p.id: i for i, p in enumerate(begun.target)}
    at = np.asarray([place[lesson.id] for lesson in lessons])
    folds = assign_folds([lesson.doc for lesson in lessons])
    change = correct(kit, world.kernel[np.ix_(at, at)], (world.raw[0][at], world.raw[1][at]), lessons, folds, heads)
    raw_ours = change.added(begun.held_out.raw_themes, begun.held_out.raw_evidence, world.to_held_out[:, at])
    ours = first_answers(kit, *raw_ours, world.held_out)
    theirs = first_answers(kit, change.raw_themes, change.raw_evidence, part_of(world.features, at))
    joined = join_stages(kit, begun.held_out, ours, lessons, theirs, world.scores[at], folds, readings)
    return answers_of(world, change.added(*world.raw, world.kernel[:, at]), joined.model)


def trained_anew(begun: Start, read: Sequence[TrainingPassage], encoder: Encoder) -> LabelKit:
    """Models trained from the beginning on all that is labelled, with every label of the passages read."""
    known = [*begun.known, *read]
    fitted_on = [*begun.held_out.passages, *read]
    scores = begun.reader.scores([p.as_text() for p in fitted_on])
    given = ReaderScores(tuple(p.id for p in fitted_on), begun.reader.heads, scores)
    return kit_of(train(known, [], encoder, given, begun.reader.version).arrays, encoder, begun.reader)


def simulate(
    world: World, seed: int, rounds: int, wrong: float, weights: tuple[float, float] | None
) -> Iterator[tuple[int, dict[str, float], list[TrainingPassage]]]:
    """Decisions so far, figures on documents that nobody read, and what was read; ``None`` never learns."""
    begun, chance = world.begun, np.random.default_rng(seed)
    docs = sorted({p.doc for p in begun.target})
    shown = set(map(str, chance.permutation(docs)[: len(docs) // 2]))
    unread = {i for i, p in enumerate(begun.target) if p.doc in shown}
    test = [i for i, p in enumerate(begun.target) if p.doc not in shown]
    relevant = sum(begun.target[i].flag for i in unread)
    contexts = {p.id: PassageContext(p.lang, p.section or "", p.title or "") for p in begun.target}
    decisions: list[Decision] = []
    read: list[int] = []
    given = answers_of(world, world.raw, begun.kit.closer)
    for turn in range(rounds + 1):
        found = figures([begun.target[i] for i in test], [given[i] for i in test])
        recall = sum(begun.target[i].flag for i in read) / relevant
        yield len(read), found | {"recall": recall}, [begun.target[i] for i in read]
        chosen = read_on(sorted(unread), np.asarray([q.flag for q in given]), chance)
        if not chosen or turn == rounds:
            return
        unread -= set(chosen)
        read += chosen
        decisions += [decide(begun.target[i], given[i], wrong, chance) for i in chosen]
        if weights is not None:
            given = learned(world, lessons_of(decisions, contexts), *weights)


def with_few_findings(passages: Sequence[TrainingPassage]) -> list[TrainingPassage]:
    """All passages that are no finding, and so many findings that they make up :data:`FEW`."""
    flagged = [p.id for p in passages if p.flag]
    n = int((len(passages) - len(flagged)) * FEW / (1 - FEW))
    kept = set(map(str, np.random.default_rng(0).permutation(flagged)[:n]))
    return [p for p in passages if not p.flag or p.id in kept]


def read_until(read: Sequence[TrainingPassage], relevant: int, share: float = 0.95) -> int | None:
    """Passages read until so many of the relevant ones are found; ``None`` where they were not."""
    hits = np.cumsum([p.flag for p in read])
    return int(np.argmax(hits >= share * relevant)) + 1 if len(hits) and hits[-1] >= share * relevant else None


def settings_of(seeds: int, encoder: Encoder) -> Iterator[tuple[str, World, int]]:
    """Name, described target and seed of each simulation."""
    paths = sorted((MODELS / "training").glob("*.jsonl"))
    everything = read_training_files(paths)
    new = {p.doc for p in read_training_files([path for path in paths if path.stem in NEW])}
    begun = start(everything, new, encoder, with_reader=False)
    world = described(replace(begun, target=with_few_findings(begun.target)))
    for seed in range(seeds):
        yield "new writers, few findings", world, seed
    unseen = sorted(held_out_documents(everything))
    for seed in range(seeds):
        chosen = np.random.default_rng(100 + seed).permutation(unseen)[: len(unseen) * 4 // 5]
        yield (
            "both stages, as labelled",
            described(start(everything, set(map(str, chosen)), encoder, with_reader=True)),
            seed,
        )


Found = dict[tuple[str, str, int], list[dict[str, float]]]


def run(seeds: int, rounds: int, encoder: Encoder, *, anew: bool) -> tuple[Found, dict[tuple[str, str], list[float]]]:
    """Figures by setting, way of learning and number of decisions; and passages read until 95 % is found."""
    found: Found = {}
    effort: dict[tuple[str, str], list[float]] = {}
    for name, world, seed in settings_of(seeds, encoder):
        ways: dict[str, tuple[float, tuple[float, float] | None]] = {"never learns": (0.0, None)}
        for wrong in WRONG:
            ways[f"learns, {wrong:.0%} wrong"] = (wrong, (HEAD_WEIGHT, READING_WEIGHT))
        for way, (wrong, weights) in ways.items():
            read: list[TrainingPassage] = []
            for n, figures_now, read in simulate(world, seed, rounds, wrong, weights):
                found.setdefault((name, way, n), []).append(figures_now)
                if anew and weights is None and n == 3 * BATCH:
                    kit, test = trained_anew(world.begun, read, encoder), unshown(world, seed)
                    found.setdefault((name, "trained anew", n), []).append(figures(test, predict(kit, test)))
            pool = [p for p in world.begun.target if p.id not in {q.id for q in unshown(world, seed)}]
            until = read_until(read, sum(p.flag for p in pool))
            effort.setdefault((name, way), []).append(float("nan") if until is None else until / len(pool))
            sys.stderr.write(f"{name}, seed {seed}, {way}: {until} of {len(pool)} read\n")
    return found, effort


def unshown(world: World, seed: int) -> list[TrainingPassage]:
    """The passages that measure."""
    docs = sorted({p.doc for p in world.begun.target})
    shown = set(map(str, np.random.default_rng(seed).permutation(docs)[: len(docs) // 2]))
    return [p for p in world.begun.target if p.doc not in shown]


def main() -> None:
    """Simulate, and print tables of means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--anew", action="store_true", help="also train all anew after 300 decisions")
    chosen = parser.parse_args()
    found, effort = run(chosen.seeds, chosen.rounds, load_encoder(MODELS / "encoder"), anew=chosen.anew)
    write = sys.stdout.write
    for name in dict.fromkeys(setting for setting, _, _ in found):
        write(f"\n**{name}**\n\n| decisions | | {' | '.join(SHOWN)} |\n| --- | --- |{' --- |' * len(SHOWN)}\n")
        for setting, way, n in sorted(found, key=lambda key: (key[2], key[1])):
            every = found[setting, way, n]
            # Models that never learn stay as they are; where a draw has no more to read, means would mix others.
            if setting == name and (n == 0) == (way == "never learns") and len(every) == chosen.seeds:
                means = " | ".join(f"{np.mean([f[figure] for f in every]):.3f}" for figure in SHOWN)
                write(f"| {n} | {way} | {means} |\n")
        for (setting, way), shares in effort.items():
            if setting == name:
                write(f"read to find 95 %, {way}: {np.mean(shares):.1%} of the passages\n")


if __name__ == "__main__":
    main()
