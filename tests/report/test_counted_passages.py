"""A report says the same where passages that it does not show are counted instead of lying in memory."""

from __future__ import annotations

from datetime import datetime

import pytest
from report_material import make_document, make_passage, sample, sample_with_opinions

from pipelines.domain.runs import LabelledPassage
from pipelines.report import ReportMaterial, compose_scan_report
from pipelines.report.counting import CountedPassages, PassageCounter, is_shown
from pipelines.strings import LANGUAGES, Language


def _in_short(material: ReportMaterial) -> ReportMaterial:
    topics = () if material.topics is None else material.topics.topics
    representative = {known for topic in topics for known in topic.representative}
    counter, kept = PassageCounter(), list[LabelledPassage]()
    for item in material.passages:
        if is_shown(item) or item.passage.id in representative or not material.is_new(item.document.id):
            kept.append(item)
        else:
            counter.add(item)
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
        counter.add(item)
    counted, labels = counter.counted(), [item.labels for item in sample().passages if item.labels is not None]
    assert counted.n_judged == len(labels) and counted.n_judged + counted.n_left_out == len(sample().passages)
    assert sum(counted.themes.values()) == sum(len(one.tags.given()) for one in labels)
    highest = {match.id: 0.0 for one in labels for match in one.evidence.rows}
    for match in (match for one in labels for match in one.evidence.rows):
        highest[match.id] = max(highest[match.id], match.score)
    assert {row: max(s[row] for s in counted.row_scores.values() if row in s) for row in highest} == highest


def test_what_may_be_shown_is_not_only_counted() -> None:
    document = make_document("d1")
    flags = {"flag": 0.5, "recommendation": 0.0}, {"flag": 0.49, "recommendation": 0.5}, {"flag": 0.49}
    flagged, advising, other = (
        make_passage("Tekst.", document, n, labels={"recommendation": 0.49, **of}) for n, of in enumerate(flags)
    )
    assert is_shown(flagged) and is_shown(advising) and not is_shown(other)
    assert not is_shown(other.model_copy(update={"labels": None}))
