"""The shipped models: labels of passages, lines of JSON, tables that differ from the trained one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from shipped_kit import kit
from threadpoolctl import threadpool_info, threadpool_limits

from flows.batches import ToLabel, Tools, label_again
from flows.label import MODEL_FILE, Labelling, label_passages, load_label_kit
from flows.tagging import tag_lines
from flows.tagging_figures import Prediction, figures
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.errors import KennisstandError, ModelError
from pipelines.evidence.statements import index_table
from pipelines.language.features import read_passages
from pipelines.language.text_terms import TextTerms
from pipelines.language.training_set import TrainingPassage, read_training_files
from pipelines.settings import Settings
from pipelines.strings import error_text
from pipelines.table.starting import starting_table

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "gold"

LINES: list[dict[str, Any]] = [
    {
        "doc": "a", "n": 1, "lang": "nl", "section": "Resultaten",
        "text": "Van de 1.900 ondervraagde medewerkers in distributiecentra zegt 58 procent dat de software elke "
        "handeling bijhoudt. Zij ervaren meer stress en minder vrijheid in hun werk dan collega's zonder toezicht.",
    },
    {
        "doc": "a", "n": 2, "lang": "en",
        "text": "In a field experiment with 4,200 help desk agents, access to an AI assistant raised the number of "
        "queries solved per hour by 13 per cent; the least experienced agents gained most.",
    },
    {"doc": "a", "n": 3, "lang": "nl", "text": "De vergadering van de tuinclub begint om acht uur in het buurthuis."},
    {
        "doc": "a", "n": 4, "lang": "nl",
        "text": "Vakbonden en werkgevers moeten in de cao afspraken maken over de invoering van AI en de "
        "ondernemingsraad er vroeg bij betrekken.",
    },
]  # fmt: skip


def test_passages_get_what_they_say() -> None:
    monitoring, experiment, garden, advice = list(tag_lines(kit(), LINES))
    assert monitoring["themes"]["job_quality"] >= 0.5 and monitoring["rows"][0]["id"] == "C1"
    assert monitoring["flag"] >= 0.5 and monitoring["evidence"] == "empirical" and monitoring["direction"] == "negative"
    assert any(word in term for term in monitoring["terms"] for word in ("stress", "toezicht", "bijhoudt"))
    assert {f["value"] for f in monitoring["figures"]} >= {"58"}
    assert experiment["rows"][0]["id"] == "B1" and experiment["flag"] >= 0.5
    assert experiment["direction"] in ("positive", "mixed")  # all gain, novices most: the guide allows both
    assert experiment["statements"][0]["id"].startswith("B1.")
    assert garden["flag"] < 0.2 and max(garden["themes"].values()) < 0.5 and garden["evidence"] == "none"
    assert advice["recommendation"] >= 0.5 and advice["rows"][0]["id"] == "E2" and advice["flag"] < 0.5


def test_lines_keep_their_order_and_do_not_depend_on_neighbours() -> None:
    together = list(tag_lines(kit(), LINES))
    assert [(o["doc"], o["n"]) for o in together] == [(line["doc"], line["n"]) for line in LINES]
    alone = [next(iter(tag_lines(kit(), [line]))) for line in LINES]
    for one, other in zip(alone, together, strict=True):
        assert one["flag"] == pytest.approx(other["flag"], abs=1e-4)
        assert one["rows"][:1] == other["rows"][:1] and one["terms"] == other["terms"]
    json.dumps(together)


def test_language_is_recognised_not_repeated() -> None:
    wrong = {**LINES[1], "lang": "nl"}
    assert next(iter(tag_lines(kit(), [wrong])))["language"] == "en"


@pytest.mark.parametrize(
    "line",
    [{"doc": "a", "n": 1}, {"doc": "a", "n": 1, "text": 5}, {"n": 1, "text": "tekst"}, {"doc": "a", "text": None}],
)
def test_a_bad_line_is_named(line: dict[str, Any]) -> None:
    with pytest.raises(KennisstandError) as caught:
        list(tag_lines(kit(), [LINES[0], line]))
    assert caught.value.values["line"] == 2
    assert "2" in error_text(caught.value, "nl") and "2" in error_text(caught.value, "en")


def test_documents_that_are_labelled_side_by_side_get_the_same_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.label.BATCH_PASSAGES", 2)  # so that one document takes several parts
    passages = [_passage(i, line) for i, line in enumerate(LINES)]
    documents = [passages, passages[::-1], passages[:1], []]
    alone = [label_passages(kit(), document, [None] * len(document)) for document in documents]
    begun = [Labelling(kit(), document, [None] * len(document)) for document in documents]
    side_by_side = [one.labels() for one in reversed(begun)]
    assert side_by_side[::-1] == alone
    assert [len(labels) for labels in alone] == [4, 4, 1, 0]


def test_labels_do_not_depend_on_the_threads_of_a_computer() -> None:
    passages = [_passage(i, line) for i, line in enumerate([*LINES, *LINES[::-1]] * 8)]
    found: list[Any] = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="blas"):
            found.append(label_passages(kit(), passages, [None] * len(passages)))
            libraries = [one for one in threadpool_info() if one["user_api"] == "blas"]
            assert libraries and {one["num_threads"] for one in libraries} == {threads}  # as it was before
    assert found[0] == found[1] == found[2]


def test_a_document_is_labelled_while_the_next_is_taken() -> None:
    passages = tuple(_passage(i, line) for i, line in enumerate(LINES))
    taken: list[str] = []

    def orders() -> Iterator[ToLabel]:
        for name in ("a", "b", "c"):
            taken.append(name)
            yield ToLabel(name, None, () if name == "b" else passages)

    tools = cast("Tools", SimpleNamespace(kit=kit(), encoder_version=kit().encoder.version))
    had = [
        (one.document_id, len(one.labels), one.vectors is not None, "".join(taken))
        for one in label_again(orders(), tools)
    ]
    assert had == [("a", 4, True, "ab"), ("b", 0, False, "abc"), ("c", 4, True, "abc")]


def test_odd_texts_are_labelled_too() -> None:
    odd = ["", " ", "%", "1234", "\u200b", "ΑΒΓ", "a" * 5000, "\ud800 x"]
    lines = [{"doc": "o", "n": i, "text": text} for i, text in enumerate(odd)]
    for out in tag_lines(kit(), lines):
        assert 0 <= out["flag"] < 0.5 and all(0 <= p <= 1 for p in out["themes"].values())


def test_records_keep_the_rules_of_the_guide() -> None:
    passages = [_passage(i, line) for i, line in enumerate(LINES)]
    for passage, labels in zip(passages, label_passages(kit(), passages, [None] * len(passages)), strict=True):
        evidence, tags = labels.evidence, labels.tags
        assert evidence.passage_id == tags.passage_id == passage.id
        assert (evidence.relation is not None) == (evidence.column is not None) == evidence.flagged
        assert (evidence.level is not None) == evidence.recommends
        if not tags.given():
            assert evidence.kind == "none" and evidence.direction == "none"
        for term in (*tags.terms, *evidence.terms):
            assert passage.text[term.start : term.end] == term.text and term.weight > 0
        scores = [row.score for row in evidence.rows]
        assert scores == sorted(scores, reverse=True)
        assert {s.id.split(".")[0] for s in evidence.statements} <= {row.id for row in evidence.rows}


def test_contributions_of_words_add_up_to_their_part_of_the_score() -> None:
    passage = _passage(0, {k: v for k, v in LINES[0].items() if k != "section"})
    space, heads = kit().space, kit().tagger.heads
    features = space.describe(read_passages([passage], [None]), kit().encoder.encode([passage.text]))
    n_terms = len(space.spaces["words"]) + len(space.spaces["letters"])
    outputs = list(range(5))
    expected = features.matrix[:, :n_terms] @ heads.weights[:n_terms, :5]
    added = TextTerms([passage.text], space).added(heads.weights, outputs)
    np.testing.assert_allclose(added.sum(axis=1), np.asarray(expected).ravel(), atol=1e-4)


def test_removing_the_shown_words_lowers_the_probability_more_than_removing_others() -> None:
    drops: list[float] = []
    for line in (LINES[0], LINES[1]):
        passage = _passage(0, line)
        labels = label_passages(kit(), [passage], [None])[0]
        theme = labels.tags.given()[0]
        shown = [t for t in labels.tags.terms if t.label == theme]
        n_shown = sum(len(t.text.split()) for t in shown)
        without = passage.text
        for term in sorted(shown, key=lambda t: -t.start):
            without = without[: term.start] + without[term.end :]
        hidden = {word for t in shown for word in t.text.split()}
        others = [word for word in passage.text.split() if word.strip(".,;") not in hidden and len(word) > 3]
        rest = " ".join(word for word in passage.text.split() if word not in others[-n_shown:])
        by_text = [
            label_passages(kit(), [_passage(0, {**line, "text": text})], [None])[0].tags.probabilities[theme]
            for text in (without, rest)
        ]
        drops.append(by_text[1] - by_text[0])
    assert all(drop > 0 for drop in drops)


def test_a_new_statement_and_a_new_row_are_matched_by_likeness() -> None:
    new = Statement(
        id="Z1.k1",
        column=Column.KNOWN,
        nl="Medewerkers in distributiecentra worden door software gevolgd en ervaren daardoor stress.",
        en="Workers in distribution centres are followed by software and feel stress because of it.",
    )
    row = TableRow(
        id="Z1", chapter=Theme.JOB_QUALITY, nl="Toezicht door software", en="Software supervision", statements=(new,)
    )
    table = starting_table()
    changed = EvidenceTable(version="later", rows=(*table.rows, row))
    other = kit().with_table(changed)
    found = label_passages(other, [_passage(0, LINES[0]), _passage(2, LINES[2])], [None, None])
    assert "Z1" in [match.id for match in found[0].evidence.rows]
    assert "Z1" not in [match.id for match in found[1].evidence.rows][:1]
    assert found[0].evidence.table_version == "later"


def test_a_reworded_statement_loses_its_head() -> None:
    index = index_table(starting_table(), kit().encoder)
    assert all(head is not None for head in kit().evidence.matcher.heads_of(index))
    rows = list(starting_table().rows)
    first = rows[0].statements[0].model_copy(update={"nl": "Bananen zijn krom.", "en": "Bananas are bent."})
    rows[0] = rows[0].model_copy(update={"statements": (first, *rows[0].statements[1:])})
    heads = kit().evidence.matcher.heads_of(index_table(EvidenceTable(version="x", rows=tuple(rows)), kit().encoder))
    assert heads[0] is None and all(head is not None for head in heads[1:])


@pytest.fixture
def without_tagger(tmp_path: Path) -> Path:
    """A folder with the shipped models but the tagger."""
    for name in ("encoder", "contextual_encoder", "reader", "key_sentence"):
        (tmp_path / name).symlink_to(Settings().shipped_models_dir / name)
    return tmp_path


def test_a_missing_model_is_named(without_tagger: Path) -> None:
    with pytest.raises(ModelError, match="model_missing"):
        load_label_kit(without_tagger, Path("absent"), starting_table())


def _plain_array(_: bytes) -> bytes:
    target = io.BytesIO()
    np.save(target, np.zeros(3))
    return target.getvalue()


def _flipped(content: bytes) -> bytes:
    """Something else in the packed numbers, where unpacking fails before any checksum is compared."""
    place = len(content) // 3
    return content[:place] + b"\xff" * 40 + content[place + 40 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no archive": lambda _: b"not an archive",
    "packed numbers that do not unpack": _flipped,
    "one plain array": _plain_array,
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_model_is_named(without_tagger: Path, how: str) -> None:
    path = without_tagger / "tagger" / MODEL_FILE
    path.parent.mkdir()
    path.write_bytes(DAMAGES[how]((Settings().shipped_models_dir / "tagger" / MODEL_FILE).read_bytes()))
    with pytest.raises(ModelError) as caught:
        load_label_kit(without_tagger, Path("absent"), starting_table())
    assert caught.value.key == "error.model_damaged"
    for language in ("nl", "en"):
        assert str(path) in error_text(caught.value, language)


@pytest.mark.shared
def test_labels_of_passages_by_other_authors_reach_the_floor() -> None:
    if not SHARED.is_dir():
        pytest.skip("the labelled passages by other authors are not beside this checkout")
    truth = read_training_files([SHARED / "dev_nl.jsonl", SHARED / "dev_en.jsonl"])
    floors = {
        "theme_f1": 0.72, "row_r1": 0.85, "row_r3": 0.94, "flag_f1": 0.86, "wss95": 0.78, "relation_f1": 0.5,
        "column_f1": 0.66, "evidence_f1": 0.78, "direction_f1": 0.54, "rec_f1": 0.80, "level_acc": 0.85,
    }  # fmt: skip
    found = figures(truth, _predictions(truth))
    assert {name: found[name] for name, floor in floors.items() if found[name] < floor} == {}
    by_language = [
        figures(own, _predictions(own))["theme_f1"] for own in ([p for p in truth if p.lang == x] for x in ("nl", "en"))
    ]
    assert abs(by_language[0] - by_language[1]) <= 0.05


def _predictions(passages: list[TrainingPassage]) -> list[Prediction]:
    lines = [
        {"doc": p.doc, "n": p.n, "text": p.text, "section": p.section, "title": p.title, "lang": p.lang}
        for p in passages
    ]
    return [
        Prediction(
            themes={theme: line["themes"][theme.value] for theme in Theme},
            rows=tuple(row["id"] for row in line["rows"]),
            flag=line["flag"],
            recommendation=line["recommendation"],
            choices={q: line[q] for q in ("relation", "column", "evidence", "direction", "level")},
        )
        for line in tag_lines(kit(), lines)
    ]


def _passage(position: int, line: dict[str, Any]) -> Any:
    from pipelines.domain.passages import Passage

    text = line["text"]
    return Passage(
        id=f"p{position}",
        document_id="d",
        position=position,
        text=text,
        start=0,
        end=len(text),
        section=(line["section"],) if "section" in line else (),
        language=line["lang"],
        n_words=len(text.split()),
    )
