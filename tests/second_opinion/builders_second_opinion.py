"""Labels, passages and readers as the tests of the second opinion need them."""

from __future__ import annotations

from builders import build_passage

from pipelines.domain.evidence import Evidence, Labels, Match
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.passages import Passage
from pipelines.domain.second_opinions import SecondOpinionAccount
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.second_opinion.address import check_address
from pipelines.second_opinion.client import Endpoint
from pipelines.second_opinion.prompt import Question, make_question
from pipelines.second_opinion.reading import Bounds, Reader

TABLE = EvidenceTable(
    version="test-1",
    rows=(
        TableRow(
            id="A2",
            chapter=Theme.ADOPTION,
            nl="Sectoren",
            en="Sectors",
            statements=(
                Statement(id="A2.k1", column=Column.KNOWN, nl="Vooral ICT gebruikt het.", en="Mostly ICT uses it."),
                Statement(id="A2.u1", column=Column.UNCERTAIN, nl="Onzeker is waar het komt.", en="Where is unsure."),
            ),
        ),
        TableRow(
            id="D4",
            chapter=Theme.EMPLOYMENT,
            nl="Lonen",
            en="Wages",
            statements=(Statement(id="D4.t1", column=Column.TREND, nl="Lonen lopen uiteen.", en="Wages diverge."),),
        ),
    ),
)
NEAREST = ["D4.t1", "A2.k1", "A2.u1"]


class Memory(dict[str, str]):
    """Keeps answers for as long as the test runs."""

    def keep(self, key: str, content: str) -> None:
        """Keep an answer."""
        self[key] = content


def make_labels(
    passage_id: str,
    flag: float = 0.9,
    rows: tuple[tuple[str, float], ...] = (("A2", 0.9),),
    themes: dict[Theme, float] | None = None,
    **changes: object,
) -> Labels:
    """Labels with these probabilities."""
    values = {
        "passage_id": passage_id,
        "rows": tuple(Match(id=name, score=score) for name, score in rows),
        "flag": flag,
        "model_version": "m",
        "table_version": "test-1",
    }
    tags = ThemeTags(passage_id=passage_id, probabilities=themes or {Theme.ADOPTION: 0.9}, model_version="m")
    return Labels(tags=tags, evidence=Evidence.model_validate(values | changes))


def passages(count: int, language: str = "nl") -> list[Passage]:
    """Different passages."""
    texts = [f"Volgens peiling {n} gebruikt {10 + n}% van de bedrijven AI." for n in range(count)]
    return [build_passage(text, language=language, section=("Gebruik",)) for text in texts]


def question(passage: Passage, title: str | None = "Titel", most: int = 50_000) -> Question | None:
    """The question about a passage."""
    return make_question(passage, title, TABLE, NEAREST, most)


def make_endpoint(url: str, **values: object) -> Endpoint:
    """An endpoint on this computer."""
    return Endpoint(check_address(url, outside_allowed=False), "stand-in", **values)  # type: ignore[arg-type]


def make_reader(endpoint: Endpoint, kept: Memory | None = None, **bounds: float) -> Reader:
    """A reader that counts its waiting in ``waited`` in place of doing it."""
    given = {"passages": 100, "request_seconds": 5.0, "total_seconds": 60.0, "total_tokens": 10**6, **bounds}
    address = endpoint.address
    account = SecondOpinionAccount(
        model=endpoint.model, prompt_version="1", address=str(address), outside=address.outside
    )
    reader = Reader(endpoint, Memory() if kept is None else kept, Bounds(**given), account)  # type: ignore[arg-type]
    reader.sleep = lambda seconds: waited(reader).append(seconds)
    reader.waits = []  # type: ignore[attr-defined]
    return reader


def waited(reader: Reader) -> list[float]:
    """How long the reader has waited, each time."""
    return reader.waits  # type: ignore[attr-defined]
