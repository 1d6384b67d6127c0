"""The instruments as the shipped models read them in passages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from flows import train_instruments
from flows.instrument_kit import INSTRUMENTS_FILE, load_instrument_kit
from flows.label import label_passages
from pipelines.domain.evidence import Labels
from pipelines.domain.instruments import FAMILIES_OF_ADVICE, Family
from pipelines.domain.passages import Passage
from pipelines.errors import ModelError
from pipelines.instruments.training import FEWEST, LEAST_F1, Hits, ReadLabels, figures_of, read_labels
from pipelines.settings import Settings
from tests.shipped_kit import kit

_MODELS = Settings().shipped_models_dir


def _read(text: str, language: str = "nl") -> Labels:
    passage = Passage(
        id="p",
        document_id="d",
        position=0,
        text=text,
        start=0,
        end=len(text),
        language=language,
        n_words=9,
        sentences=(),
    )
    return label_passages(kit(), [passage], [None])[0]


def test_groups_are_told_with_the_words_that_name_them() -> None:
    text = (
        "Uit een enquête onder 2.400 werkenden blijkt dat door generatieve AI vooral banen van vrouwen met "
        "administratief werk verdwijnen; flexwerkers verliezen hun baan het eerst en kregen het minst vaak scholing "
        "in AI."
    )
    found = _read(text).instruments
    assert found is not None
    tags = {tag.label: tag for tag in found.of(Family.GROUP)}
    assert {"group.women", "group.flexible"} <= set(tags)
    for tag in tags.values():
        assert tag.probability >= 0.5
        assert all(text[term.start : term.end] == term.text for term in tag.terms)
    assert tags["group.women"].terms[0].text == "vrouwen"


def test_advice_tells_who_is_asked() -> None:
    found = _read(
        "The government should oblige employers to consult the works council before algorithmic management software "
        "is introduced, and ministers should give the labour inspectorate the means to check this.",
        "en",
    )
    assert found.evidence.recommends and found.instruments is not None
    assert "addressee.government" in {tag.label for tag in found.instruments.of(Family.ADDRESSEE)}


def test_what_is_no_advice_addresses_nobody() -> None:
    found = _read("In 2024 gebruikte 22 procent van de bedrijven AI, tegen 14 procent een jaar eerder.")
    assert found.instruments is not None
    assert not any(found.instruments.of(family) for family in FAMILIES_OF_ADVICE)


def test_off_the_subject_nothing_is_read() -> None:
    assert _read("De kat van de buren slaapt graag in de zon op het dak van de schuur.").instruments is None


def test_the_shipped_models_are_those_of_the_labels(tmp_path: Path) -> None:
    train_instruments.main(["--out", str(tmp_path)])
    with np.load(tmp_path / INSTRUMENTS_FILE) as made, np.load(_MODELS / "instruments" / INSTRUMENTS_FILE) as shipped:
        assert set(made.files) == set(shipped.files)
        assert made["heads.names"].tolist() == shipped["heads.names"].tolist()
        assert str(made["space"]) == str(shipped["space"])
        # Steps of eight bits may fall on either side of a border where another processor rounds otherwise.
        for name in ("heads.weights", "heads.pull"):
            assert np.abs(made[name].astype(int) - shipped[name].astype(int)).max() <= 2
        for name in ("closer.mean", "closer.weights", "closer.bias"):
            assert np.allclose(made[name], shipped[name], atol=0.02)
    assert "| addressee.government | yes |" in (tmp_path / "card.md").read_text(encoding="utf-8")


def test_only_labels_that_are_told_well_are_in_the_models() -> None:
    instruments = kit().instruments
    assert instruments is not None
    card = (_MODELS / "instruments" / "card.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in card.splitlines() if line.startswith("| ") and "." in line]
    told = {cells[0]: cells for cells in lines if len(cells) == 8 and cells[1] in ("yes", "no")}
    assert {name for name, cells in told.items() if cells[1] == "yes"} == set(instruments.model.labels)
    assert all(float(told[name][5]) >= LEAST_F1 and int(told[name][2]) >= FEWEST for name in instruments.model.labels)


def test_models_on_other_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load_instrument_kit(_MODELS / "instruments", "other", kit().reader.version)
    assert caught.value.key == "label.other_encoder"
    with pytest.raises(ModelError) as caught:
        load_instrument_kit(_MODELS / "instruments", kit().space.version, "other")
    assert caught.value.key == "label.other_encoder"
    with pytest.raises(ModelError) as caught:
        load_instrument_kit(tmp_path, kit().space.version, kit().reader.version)
    assert caught.value.key == "error.model_missing"
    (tmp_path / INSTRUMENTS_FILE).write_bytes(b"no model")
    with pytest.raises(ModelError) as caught:
        load_instrument_kit(tmp_path, kit().space.version, kit().reader.version)
    assert caught.value.key == "error.model_damaged"


def test_labels_are_of_training_passages_and_quote_them() -> None:
    texts = {}
    for path in sorted((_MODELS / "training").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line:
                one = json.loads(line)
                texts[f"{one['doc']}/{one['n']}"] = one["text"]
    read = read_labels(_MODELS / "training" / "instruments" / "labels.jsonl")
    assert len(read) > 1500 and len({one.passage for one in read}) == len(read)
    for one in read:
        assert one.advice == (one.asked is not None)
        assert one.asked is None or one.asked in texts[one.passage]
        families = [Family(label.partition(".")[0]) for label in one.labels]
        assert one.advice or not FAMILIES_OF_ADVICE & set(families)


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(
        '{"doc": "a", "n": 1, "advice": false, "asked": null, "labels": []}\n{"doc": 2}\n', encoding="utf-8"
    )
    with pytest.raises(ModelError) as caught:
        read_labels(path)
    assert caught.value.values["line"] == 2


def test_figures_count_advice_alone_where_only_that_is_asked() -> None:
    labels = [
        ReadLabels(doc="a", n=1, advice=True, asked="x", labels=("addressee.government", "group.women")),
        ReadLabels(doc="a", n=2, advice=False, asked=None, labels=("group.women",)),
    ]
    figures = figures_of(labels, ["addressee.government", "group.women"], np.array([[0.9, 0.9], [0.9, 0.1]]))
    assert figures["addressee.government"] == Hits(1, 1, 1)
    assert figures["group.women"] == Hits(2, 1, 1)
    assert figures["group.women"].f1 == pytest.approx(2 / 3)
