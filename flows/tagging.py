"""Lines of JSON to labelled lines: what ``kennisstand tag`` does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from flows.label import BATCH_PASSAGES, LabelKit, label_passages
from flows.records import label_record
from pipelines.domain.evidence import Labels
from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage, Sentence
from pipelines.errors import KennisstandError
from pipelines.language.detection import detect_language
from pipelines.language.sentences import sentence_spans


class _Line(BaseModel):
    """A line to be tagged; other fields are allowed and ignored."""

    model_config = ConfigDict(extra="ignore")

    doc: StrictStr | StrictInt
    n: StrictInt | StrictStr | StrictFloat | StrictBool | None = None
    text: StrictStr
    section: StrictStr | list[StrictStr] | None = None
    title: StrictStr | None = None
    lang: StrictStr | None = None


def tag_lines(kit: LabelKit, lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Label lines ``{"doc", "n", "text"[, "section", "title", "lang"]}``; one line out for each line in, in order.

    ``language`` in the result is what is recognised in the text; where ``lang`` is given the passage is read as that.
    Relation, column and level say what holds if the passage is flagged, or is a recommendation.

    Raises
    ------
    KennisstandError
        A line lacks a field or has one of the wrong kind; its number is named.
    """
    numbered = enumerate(lines, 1)
    while read := [_read_line(number, line) for number, line in islice(numbered, BATCH_PASSAGES)]:
        passages = [passage for _, passage, _ in read]
        labels = label_passages(kit, passages, [line.title for line, _, _ in read], only_flagged=False)
        for (line, _, detected), label in zip(read, labels, strict=True):
            yield _line_of(line, detected, label)


def _read_line(number: int, value: dict[str, Any]) -> tuple[_Line, Passage, str]:
    try:
        line = _Line.model_validate(value)
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


def _line_of(line: _Line, detected: str, labels: Labels) -> dict[str, Any]:
    # Lines are ranked by their flag: four decimals would make ties.
    flag = round(labels.evidence.flag, 6)
    return {"doc": line.doc, "n": line.n, "language": detected, **label_record(labels), "flag": flag}
