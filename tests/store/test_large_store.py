"""What a scan asks of all passages: answered bit by bit or from an index, and the same as from all of them at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from builders import build_document, build_passage
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.inbox import NEXT_ITEMS, SAMPLE_ITEMS, choose_unflagged
from flows.steps import find_groups
from pipelines.domain.documents import Document
from pipelines.domain.evidence import Evidence, Labels
from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.domain.runs import Run
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.passages.duplicates import DuplicateSearch
from pipelines.passages.signatures import make_signature
from pipelines.store import Workspace
from pipelines.store.documents import FoundFile, ReadDocument

_WORDS = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in ("n", "ren", "st")]


def _store(workspace: Workspace, run: Run, name: str, texts: Sequence[str], flags: Sequence[float | None]) -> Document:
    """A document with a passage for each text, labelled where it has a flag."""
    document = build_document([("paragraph", text) for text in (name, *texts)], path=name)
    passages = [
        build_passage(text, document_id=document.id, position=place, start=place) for place, text in enumerate(texts)
    ]
    labels = [
        Labels(
            tags=ThemeTags(passage_id=p.id, probabilities=dict.fromkeys(Theme, 0.1), model_version="m2"),
            evidence=Evidence(passage_id=p.id, flag=flag, model_version="m2", table_version="t2"),
        )
        for p, flag in zip(passages, flags, strict=True)
        if flag is not None
    ]
    source = document.source
    workspace.documents.register(run, [FoundFile(document.id, source.checksum, name, source.n_bytes, 1)])
    signatures = {p.id: make_signature(p.text) for p in passages}
    workspace.documents.save(run.id, ReadDocument(document, passages, signatures, labels, {"read": 0.1}, {}, None))
    return document


def _texts(chance: random.Random) -> list[str]:
    """Texts and copies with some words replaced."""
    texts: list[str] = []
    for _ in range(4):
        words = [chance.choice(_WORDS) for _ in range(30)]
        for _ in range(3):
            texts.append(" ".join(words))
            words[chance.randrange(30)] = "anders"
    chance.shuffle(texts)
    return texts


@pytest.mark.parametrize("seed", [1, 2])
def test_groups_of_scan_after_scan_are_those_of_all_passages_at_once(workspace: Workspace, seed: int) -> None:
    texts = _texts(random.Random(seed))
    stored: list[Passage] = []
    for number in range(4):
        run = workspace.runs.new("nl", {})
        for half in (0, 1):
            some = texts[number * 3 + half : number * 3 + half + 1 + half]
            document = _store(workspace, run, f"{number}-{half}.txt", some, [0.1] * len(some))
            stored += workspace.passages.get(document.id)
        workspace.passages.save_groups(find_groups(workspace, run.id))
        workspace.runs.finish(run.id, {})
    expected = {id_: group.id for group in DuplicateSearch(stored).groups([]) for id_ in group.passage_ids}
    assert expected
    assert workspace.passages.items() == expected


def test_signatures_of_a_run_come_apart_from_all_others(workspace: Workspace) -> None:
    first, second = workspace.runs.new("nl", {}), None
    one = _store(workspace, first, "een.txt", ["een", "twee"], [0.1, 0.1])
    workspace.runs.finish(first.id, {})
    second = workspace.runs.new("nl", {})
    two = _store(workspace, second, "twee.txt", ["drie", "vier"], [0.1, 0.1])
    ids = {d.id: [p.id for p in workspace.passages.get(d.id)] for d in (one, two)}
    assert [row.passage_id for row in workspace.signatures.of_run(second.id)] == ids[two.id]
    others = [row for part in workspace.signatures.of_others(second.id) for row in part]
    assert sorted(row.passage_id for row in others) == sorted(ids[one.id])
    assert {row.signature for row in others} == {make_signature("een"), make_signature("twee")}
    workspace.passages.save_groups([DuplicateGroup(id=ids[one.id][1], passage_ids=(ids[one.id][1], ids[two.id][0]))])
    asked = workspace.signatures.members(second.id, [ids[one.id][0]], [ids[one.id][1]])
    assert asked == [(ids[one.id][0], None), (ids[one.id][1], ids[one.id][1])]
    assert list(workspace.documents.runs().items()) == [(one.id, first.id), (two.id, second.id)]


def test_items_that_were_not_flagged_have_the_highest_probability_of_their_passages(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    flags = [0.1, 0.4, 0.2, 0.9, 0.3, 0.6, None]
    document = _store(workspace, run, "een.txt", [f"tekst {n}" for n in range(7)], flags)
    ids = [p.id for p in workspace.passages.get(document.id)]
    low, mixed = ids[0:2], ids[2:4]
    workspace.passages.save_groups([DuplicateGroup(id=some[0], passage_ids=tuple(some)) for some in (low, mixed)])
    assert dict(workspace.passages.unflagged_items()) == {ids[0]: 0.4, ids[4]: 0.3}
    assert workspace.passages.count_labelled() == 6


def test_labels_out_of_date_are_found_on_either_side(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    documents = [_store(workspace, run, f"{n}.txt", [f"tekst {n}"], [0.1]).id for n in range(2)]
    unlabelled = _store(workspace, run, "drie.txt", ["tekst 3"], [None]).id
    assert workspace.passages.outdated("m2", "t2") == []
    for model, table in (("m1", "t2"), ("m3", "t2"), ("m2", "t1"), ("m2", "t3")):
        assert workspace.passages.outdated(model, table) == documents
    asked = [unlabelled, *reversed(documents)]
    assert list(workspace.passages.n_labelled(asked).items()) == [(one, 1) for one in reversed(documents)]
    homes = dict(workspace.passages.homes([p.id for one in documents for p in workspace.passages.get(one)]))
    assert sorted(homes.values()) == sorted(documents)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2_000), st.sampled_from([0.1, 0.49]), st.randoms(use_true_random=False))
def test_sample_and_next_are_those_of_all_items_in_order(n: int, most: float, chance: random.Random) -> None:
    items = [(f"{number:05}", round(chance.random() * most, 2)) for number in range(n)]
    sample, below = choose_unflagged(items)
    assert len(sample) == min(n, SAMPLE_ITEMS)
    assert set(sample) <= {item_id for item_id, _ in items}
    rest = sorted((-flag, item_id) for item_id, flag in items if item_id not in sample)
    assert below == [item_id for _, item_id in rest[:NEXT_ITEMS]]
    chance.shuffle(items)
    assert choose_unflagged(items) == (sample, below)
    # Later scans add items and keep the order of chance.
    kept = [item_id for item_id in choose_unflagged([*items, ("new", 0.2)])[0] if item_id != "new"]
    assert kept == sample[: len(kept)]
