"""A report says the same where passages that it does not show are counted instead of lying in memory."""

from __future__ import annotations

from datetime import datetime

import pytest
from report_material import sample, sample_with_opinions

from pipelines.domain.runs import LabelledPassage
from pipelines.report import ReportMaterial, compose_scan_report
from pipelines.report.counting import CountedPassages, PassageCounter
from pipelines.strings import LANGUAGES, Language


def _is_shown(item: LabelledPassage) -> bool:
    """As the store chooses them (``PassageFilter.shown``)."""
    if item.second_opinion is not None:
        return True
    return item.labels is not None and (item.labels.evidence.flagged or item.labels.evidence.recommends)


def _count(counter: PassageCounter, item: LabelledPassage) -> None:
    counter.add(item.document, None if item.labels is None else item.labels.in_brief())


def _in_short(material: ReportMaterial) -> ReportMaterial:
    topics = () if material.topics is None else material.topics.topics
    representative = {known for topic in topics for known in topic.representative}
    counter, kept = PassageCounter(), list[LabelledPassage]()
    for item in material.passages:
        if _is_shown(item) or item.passage.id in representative or not material.is_new(item.document.id):
            kept.append(item)
        else:
            _count(counter, item)
    assert len(kept) < len(material.passages)
    return material.model_copy(update={"passages": tuple(kept), "counted": counter.counted()})


def _with_topic_documents(material: ReportMaterial) -> ReportMaterial:
    """As from the store, which counts these itself."""
    assigned = {} if material.topics is None else material.topics.assignments
    found: dict[str, dict[str, int]] = {}
    for item in material.passages:
        if (topic := assigned.get(item.passage.id)) is not None:
            of_topic = found.setdefault(topic, {})
            of_topic[item.document.id] = of_topic.get(item.document.id, 0) + 1
    return material.model_copy(update={"topic_documents": found})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("of_period", [False, True])
@pytest.mark.parametrize("material", [sample(), sample_with_opinions()], ids=["usual", "second opinions"])
def test_the_report_is_the_same(material: ReportMaterial, of_period: bool, language: Language) -> None:
    whole = _with_topic_documents(material).model_copy(update={"of_period": of_period})
    assert compose_scan_report(_in_short(whole), language) == compose_scan_report(whole, language)


def test_the_report_is_the_same_where_a_scan_brought_part_of_it() -> None:
    material = _with_topic_documents(sample())
    new = frozenset(document.id for document in material.documents[::2])
    later = material.model_copy(update={"new_documents": new})
    assert compose_scan_report(_in_short(later), "nl") == compose_scan_report(later, "nl")


def test_the_report_is_the_same_over_several_scans() -> None:
    material = _with_topic_documents(sample())
    later = {"run_id": "scan-0002", "first_seen": datetime(2030, 1, 1)}
    documents = {
        document.id: document.model_copy(update=later) if number % 3 == 0 else document
        for number, document in enumerate(material.documents)
    }
    passages = [item.model_copy(update={"document": documents[item.document.id]}) for item in material.passages]
    several = material.model_copy(update={"documents": tuple(documents.values()), "passages": tuple(passages)})
    for of_period in (False, True):
        whole = several.model_copy(update={"of_period": of_period})
        assert compose_scan_report(_in_short(whole), "nl") == compose_scan_report(whole, "nl")


def test_what_was_counted() -> None:
    counter = PassageCounter()
    assert counter.counted() == CountedPassages()
    for item in sample().passages:
        _count(counter, item)
    counted, labels = counter.counted(), [item.labels for item in sample().passages if item.labels is not None]
    assert counted.n_judged == len(labels) and counted.n_judged + counted.n_left_out == len(sample().passages)
    assert sum(counted.themes.values()) == sum(len(one.tags.given()) for one in labels)
    highest = {match.id: 0.0 for one in labels for match in one.evidence.rows}
    for match in (match for one in labels for match in one.evidence.rows):
        highest[match.id] = max(highest[match.id], match.score)
    assert {row: max(s[row] for s in counted.row_scores.values() if row in s) for row in highest} == highest
