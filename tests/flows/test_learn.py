"""Learning from decisions: measured, adopted or kept aside, and taken back."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import flows.learn
from flows.label import load_label_kit, version_of
from flows.learn import NothingToLearn, go_back, history, learn
from flows.learn_figures import compare
from flows.learn_material import shipped_held_out
from flows.learn_models import describe, first_answers, learn_from
from flows.learn_records import Comparison, Difference, LearningRecord, Outcome, keep_record
from flows.learn_shelf import Shelf, lessons_in, pack
from flows.tagging_figures import Prediction, figures
from flows.tagging_predictions import predictions_of
from flows.workspace import open_settings_workspace
from pipelines.domain.decisions import Decision, Judgement, RejectReason, Verdict
from pipelines.domain.themes import Theme
from pipelines.errors import ModelError, StoreError
from pipelines.language.lessons import LABELS, Lesson
from pipelines.language.training_set import TrainingPassage, read_training_files
from pipelines.settings import Settings
from pipelines.store import open_workspace
from pipelines.strings import text
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon

SHIPPED = Settings().shipped_models_dir


def some_passages(n: int) -> list[TrainingPassage]:
    return read_training_files([SHIPPED / "training" / "forms.jsonl"])[:n]


def decided(passage: TrainingPassage, number: int) -> Decision:
    judgement = None
    if passage.flag:
        judgement = Judgement(
            themes=passage.themes,
            rows=passage.rows[:2],
            statement=passage.statements[0] if passage.statements else None,
            relation=passage.relation,
            column=passage.column,
            kind=passage.evidence,
            direction=passage.direction,
        )
    reason = RejectReason.NO_FINDING if passage.themes else RejectReason.OFF_TOPIC
    return Decision(
        id=f"d{number}",
        item_id=f"p{number}",
        turn=1,
        passage_id=f"p{number}",
        document_id=passage.doc,
        passage_text=passage.text,
        verdict=Verdict.CORRECT if passage.flag else Verdict.REJECT,
        reason=None if passage.flag else reason.value,
        judgement=judgement,
        reviewer="reader",
        decided=datetime(2026, 1, 1) + timedelta(minutes=number),
    )


def workspace_with(folder: Path, decisions: list[Decision]) -> Settings:
    settings = Settings(workspace=folder)
    workspace = open_settings_workspace(settings)
    for decision in decisions:
        workspace.decisions.append(decision)
    workspace.close()
    return settings


def lesson(passage: TrainingPassage, number: int, **labels: Any) -> Lesson:
    return Lesson(id=f"d{number}", doc=f"decided-{passage.doc}", text=passage.text, lang=passage.lang, **labels)


@pytest.mark.slow
def test_models_follow_what_was_decided_and_documents_out_of_sight_are_measured() -> None:
    settings = Settings()
    kit = load_label_kit(SHIPPED, SHIPPED, starting_table())
    held_out, passages = shipped_held_out(settings), some_passages(60)
    blank = [lesson(p, i) for i, p in enumerate(passages)]
    described = describe(kit, held_out, blank)
    ids = kit.index.row_ids
    before = learn_from(described, blank)
    # Nothing taught: what both stages say of the held-out passages is what the card of the shipped models says.
    card = json.loads((SHIPPED / "tagger" / "card.json").read_text(encoding="utf-8"))["figures"]["both"]
    found = figures(held_out.passages, predictions_of(before.held_out, ids))
    for name in ("flag_ap", "theme_f1", "row_r1", "evidence_f1"):
        assert found[name] == pytest.approx(card[name], abs=0.015)
    said = predictions_of(before.lessons, ids)

    # Somebody holds that what the models flag is none, and the other way about.
    contrary = [lesson(p, i, flag=not p.flag) for i, p in enumerate(passages)]
    after = learn_from(described, contrary)
    seen = after.kit.closer.read(
        first_answers(
            after.kit,
            after.kit.tagger.heads.scores(described.theirs.matrix, described.theirs.nearness),
            after.kit.evidence.heads.scores(described.theirs.matrix, described.theirs.nearness),
            described.theirs,
        ),
        described.scores,
        [p.lang for p in passages],
        kit.index,
    ).answers.yes["flag"]
    earlier = np.asarray([q.flag for q in said])
    flags = np.asarray([p.flag for p in passages])
    assert (seen - earlier)[flags].mean() < -0.1 < 0.1 < (seen - earlier)[~flags].mean()
    # Measured out of sight of their documents, and written as they are.
    worse = compare(held_out.passages, predictions_of(before.held_out, ids), predictions_of(after.held_out, ids))
    assert worse.difference["flag_ap"].high < 0 and worse.n_passages == len(held_out.passages)
    assert worse.before["flag_ap"] == pytest.approx(found["flag_ap"], abs=1e-3)
    again = {name: array for name, array in after.arrays().items() if name.startswith(("space.anchors", "evidence.h"))}
    assert again["space.anchors"].shape[0] == len(kit.space.anchors) + len(passages)
    assert not any(array.dtype.hasobject for array in after.arrays().values())


@pytest.mark.slow
def test_learning_is_adopted_whole_and_can_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[flows.learn._Measured] = []

    def once(*given: Any) -> flows.learn._Measured:
        if not measured:
            measured.append(measure(*given))
        return measured[0]

    measure = flows.learn._measure
    monkeypatch.setattr(flows.learn, "_measure", once)
    settings = workspace_with(tmp_path, [decided(p, i) for i, p in enumerate(some_passages(80))])
    tried = learn(settings, dry_run=True)
    assert tried.outcome == Outcome.TRIED and history(settings) == [] and Shelf(settings).in_use is None
    record = learn(settings, "anna")
    assert record.n_lessons == record.n_decisions == 80 and record.actor == "anna"
    assert record.held_out is not None and record.decisions is not None
    assert record.decisions.n_passages == 80 and tried.decisions == record.decisions
    assert history(settings) == [record]
    for language in ("nl", "en"):
        assert text(record.reason, language, **record.values)
    shelf = Shelf(settings)
    if record.outcome == Outcome.KEPT_ASIDE:
        pytest.fail(f"decisions by the guide were not adopted: {record.reason} {record.values}")
    assert shelf.in_use is not None and shelf.version == record.version_after
    assert set(lessons_in(shelf.in_use)) == {f"d{i}" for i in range(80)}
    kit = load_label_kit(SHIPPED, settings.models_dir, starting_table())
    lexicon = load_lexicon(SHIPPED_LEXICON)
    assert kit.version == record.version_after != record.version_before
    assert kit.version == version_of(shelf.in_use.read_bytes(), kit.encoder, lexicon, kit.reader, kit.instruments)
    with pytest.raises(NothingToLearn) as caught:
        learn(settings)
    assert caught.value.key == "learn.nothing_new"
    back = go_back(settings, "anna")
    assert shelf.in_use is None and back.reason == "learn.went_back_to_shipped"
    assert (settings.models_dir / record.version_after / "tagger.npz").exists()
    assert [r.outcome for r in history(settings)] == [Outcome.WENT_BACK, Outcome.ADOPTED]
    with pytest.raises(NothingToLearn):
        go_back(settings)


def test_too_few_decisions_change_nothing(tmp_path: Path) -> None:
    settings = workspace_with(tmp_path, [decided(p, i) for i, p in enumerate(some_passages(20))])
    with pytest.raises(NothingToLearn) as caught:
        learn(settings)
    assert caught.value.key == "learn.too_few" and caught.value.values["lessons"] == 20
    assert text("learn.too_few", "nl", **caught.value.values)
    assert history(settings) == [] and not (settings.models_dir / "tagger").exists()


def test_it_does_not_run_beside_a_scan(tmp_path: Path) -> None:
    settings = workspace_with(tmp_path, [])
    workspace = open_workspace(settings.workspace, settings.database)
    with workspace.scanning():
        for act in (learn, go_back):
            with pytest.raises(StoreError) as caught:
                act(settings)
            assert caught.value.key == "error.scan_busy"
    workspace.close()


def found_of(held_out: dict[str, float], before: float, after: float) -> flows.learn._Measured:
    def comparison(lows: dict[str, float], one: float, other: float) -> Comparison:
        return Comparison(
            n_passages=9,
            n_documents=3,
            before={"score": one},
            after={"score": other},
            difference={name: Difference(mean=low + 0.01, low=low, high=low + 0.02) for name, low in lows.items()},
        )

    nothing: Any = None
    return flows.learn._Measured(
        nothing, comparison(held_out, 0.7, 0.7), comparison({"score": after - before}, before, after)
    )


@pytest.mark.parametrize(
    ("held_out", "before", "after", "outcome", "reason"),
    [
        ({"flag_ap": -0.009, "labels": -0.029}, 0.6, 0.6, Outcome.ADOPTED, "learn.better_on_decisions"),
        ({"flag_ap": -0.011, "labels": 0.1}, 0.6, 0.9, Outcome.KEPT_ASIDE, "learn.worse_flag_ap"),
        ({"flag_ap": 0.0, "labels": -0.031}, 0.6, 0.9, Outcome.KEPT_ASIDE, "learn.worse_labels"),
        ({"flag_ap": 0.0, "labels": 0.0}, 0.6, 0.59, Outcome.KEPT_ASIDE, "learn.worse_on_decisions"),
    ],
)
def test_what_is_worse_is_not_adopted(
    held_out: dict[str, float],
    before: float,
    after: float,
    outcome: Outcome,
    reason: str,
) -> None:
    found = flows.learn._verdict(found_of(held_out, before, after))
    assert found[:2] == (outcome, reason)
    assert text(reason, "nl", **found[2]) and text(reason, "en", **found[2])


def record_at(minute: int, outcome: Outcome = Outcome.ADOPTED) -> LearningRecord:
    return LearningRecord(
        id=f"r{minute}",
        made=datetime(2026, 1, 1, 0, minute),
        outcome=outcome,
        reason="learn.better_on_decisions",
        version_before="a",
        version_after="b",
    )


def test_history_leaves_out_what_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(workspace=tmp_path)
    assert history(settings) == []
    for minute in (2, 5, 3):
        keep_record(settings, record_at(minute))
    (tmp_path / "models" / "learned" / "broken.json").write_text("{", encoding="utf-8")
    assert [record.id for record in history(settings)] == ["r5", "r3", "r2"]
    assert "broken.json" in caplog.text


def test_models_on_the_shelf_are_put_back_one_by_one(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    shelf = Shelf(settings)
    contents = {name: pack({"x": np.full(3, i)}, [name]) for i, name in enumerate(("one", "two"))}
    for name, content in contents.items():
        shelf.adopt(content, {"name": "tagger"}, f"tagger-{name}")
    assert shelf.version == "tagger-two" and lessons_in(tmp_path / "models" / "tagger" / "tagger.npz") == ["two"]
    assert shelf.go_back() == "tagger-one" == shelf.version
    assert shelf.in_use is not None and shelf.in_use.read_bytes() == contents["one"]
    assert shelf.go_back() is None and shelf.version is None
    kept = {path.name for path in (tmp_path / "models").iterdir() if (path / "tagger.npz").exists()}
    assert kept == {"tagger-one", "tagger-two"}
    # A model file that somebody put there without a card is kept under its own hash.
    (tmp_path / "models" / "tagger" / "tagger.npz").write_bytes(contents["two"])
    assert shelf.version is not None and shelf.version not in kept
    shelf.adopt(contents["one"], {}, "tagger-three")
    (former,) = {path.name for path in (tmp_path / "models").iterdir()} - {*kept, "tagger"}
    assert shelf.go_back() == former
    shelf.adopt(contents["one"], {}, "tagger-four")
    (tmp_path / "models" / former / "tagger.npz").unlink()
    with pytest.raises(ModelError):
        shelf.go_back()
    assert shelf.version == "tagger-four"


def test_a_damaged_model_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tagger.npz"
    with pytest.raises(ModelError) as caught:
        lessons_in(path)
    assert caught.value.key == "error.model_missing"
    path.write_bytes(b"no archive")
    with pytest.raises(ModelError) as caught:
        lessons_in(path)
    assert caught.value.key == "error.model_damaged"


def test_models_of_an_earlier_program_are_told_with_the_way_out(tmp_path: Path) -> None:
    with np.load(SHIPPED / "tagger" / "tagger.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    content = pack(arrays | {"space.encoder": np.asarray("static-earlier")}, ["d1"])
    settings = Settings(workspace=tmp_path)
    Shelf(settings).adopt(content, {}, "tagger-earlier")
    with pytest.raises(ModelError) as caught:
        load_label_kit(SHIPPED, settings.models_dir, starting_table())
    assert caught.value.key == "learn.other_program"
    assert "learn --back" in text(caught.value.key, "nl", **caught.value.values)
    open_settings_workspace(settings).close()
    assert go_back(settings).outcome == Outcome.WENT_BACK
    assert Shelf(settings).in_use is None


def prediction(flag: float, theme: Theme | None = None) -> Prediction:
    choices = {"relation": "supports", "column": "known", "evidence": "none", "direction": "none", "level": "micro"}
    return Prediction({t: float(t == theme) for t in Theme}, ("D1",), flag, 0.0, choices)


def test_only_known_labels_are_compared() -> None:
    passages = [
        Lesson(id="1", doc="a", text="x", lang="nl", flag=True, themes=(Theme.EMPLOYMENT,), rows=("D1",)),
        Lesson(id="2", doc="b", text="y", lang="nl", flag=False),
        Lesson(id="3", doc="c", text="z", lang="nl", flag=True),
    ]
    before = [prediction(0.6), prediction(0.9), prediction(0.2)]
    after = [prediction(0.9, Theme.EMPLOYMENT), prediction(0.1), prediction(0.8)]
    found = compare(passages, before, after)
    assert found.before == {
        "flag_f1": 0.5,
        "flag_ap": 0.5833,
        "theme_f1": 0.0,
        "row_r1": 1.0,
        "labels": 0.5,
        "score": 0.5208,
    }
    assert found.after == {"flag_f1": 1.0, "flag_ap": 1.0, "theme_f1": 1.0, "row_r1": 1.0, "labels": 1.0, "score": 1.0}
    assert found.difference["score"].mean == pytest.approx(0.4792, abs=1e-4)
    assert (found.n_passages, found.n_documents) == (3, 3)
    same = compare(passages, before, before)
    assert all((d.mean, d.low, d.high) == (0, 0, 0) for d in same.difference.values())
    nothing = compare([p.only(frozenset()) for p in passages], before, after)
    assert nothing.before == nothing.difference == {}
    assert {name for name in LABELS if getattr(passages[1], name) is not None} == {"flag"}


def test_models_that_were_put_in_use_without_a_record_get_theirs(settings: Settings) -> None:
    made = datetime(2026, 3, 2, 1, 30)
    record = LearningRecord(
        id="2026-03-02-0130", made=made, outcome=Outcome.ADOPTED, reason="r", version_before="t-0", version_after="t-1"
    )
    card = {"name": "tagger", "made_from": "t-0", "learning": record.model_dump(mode="json")}
    Shelf(settings).adopt(b"models", card, "t-1")  # and then the program was killed
    assert history(settings) == []
    with pytest.raises(NothingToLearn):  # there are no decisions
        learn(settings)
    assert history(settings) == [record]
    go_back(settings)
    assert [one.outcome for one in history(settings)] == [Outcome.WENT_BACK, Outcome.ADOPTED]
