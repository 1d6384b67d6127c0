"""Lines of JSON to labelled lines: what ``kennisstand tag`` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from flows.label import BATCH_PASSAGES, LabelKit, label_passages
from flows.records import label_record
from pipelines.domain.evidence import Labels
from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage, Sentence
from pipelines.domain.second_opinions import SecondOpinion
from pipelines.errors import KennisstandError
from pipelines.language.detection import detect_language
from pipelines.language.sentences import sentence_spans


class Line(BaseModel):
    """A line to be tagged; other fields are allowed and ignored."""

    model_config = ConfigDict(extra="ignore")

    doc: StrictStr | StrictInt
    n: StrictInt | StrictStr | StrictFloat | StrictBool | None = None
    text: StrictStr
    section: StrictStr | list[StrictStr] | None = None
    title: StrictStr | None = None
    lang: StrictStr | None = None


@dataclass(frozen=True)
class TaggedLine:
    """A line with its labels."""

    line: Line
    passage: Passage
    detected: str
    """Language that was recognised in the text."""
    labels: Labels

    def record(self, opinion: SecondOpinion | None = None) -> dict[str, Any]:
        """The line to be written."""
        # Lines are ranked by their flag: four decimals would make ties.
        flag = round(self.labels.evidence.flag, 6)
        labels = {**label_record(self.labels, opinion), "flag": flag}
        return {"doc": self.line.doc, "n": self.line.n, "language": self.detected, **labels}


def tag_lines(kit: LabelKit, lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Label lines ``{"doc", "n", "text"[, "section", "title", "lang"]}``; one line out for each line in, in order.

    ``language`` in the result is what is recognised in the text; where ``lang`` is given the passage is read as that.
    Relation, column and level say what holds if the passage is flagged, or is a recommendation.

    Raises
    ------
    KennisstandError
        A line lacks a field or has one of the wrong kind; its number is named.
    """
    return (tagged.record() for tagged in label_lines(kit, lines))


def label_lines(kit: LabelKit, lines: Iterable[dict[str, Any]]) -> Iterator[TaggedLine]:
    """As :func:`tag_lines`, with the records that the lines are made from."""
    numbered = enumerate(lines, 1)
    while read := [_read_line(number, line) for number, line in islice(numbered, BATCH_PASSAGES)]:
        passages = [passage for _, passage, _ in read]
        labels = label_passages(kit, passages, [line.title for line, _, _ in read], only_flagged=False)
        for (line, passage, detected), label in zip(read, labels, strict=True):
            yield TaggedLine(line, passage, detected, label)


def _read_line(number: int, value: dict[str, Any]) -> tuple[Line, Passage, str]:
    try:
        line = Line.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise KennisstandError("label.bad_line", line=number, field=field, detail=first["msg"]) from error
    section = (line.section,) if isinstance(line.section, str) else tuple(line.section or ())
    detected = detect_language(line.text).language
    passage = Passage(
        id=content_id("line", str(line.doc), str(line.n), line.text),
        document_id=str(line.doc),
        position=number - 1,
        text=line.text,
        start=0,
        end=len(line.text),
        section=section,
        language=line.lang if line.lang in ("nl", "en") else ("nl" if detected == "nl" else "en"),
        n_words=len(line.text.split()),
        sentences=tuple(Sentence(start=s, end=e) for s, e in sentence_spans(line.text)),
    )
    return line, passage, detected
