"""How topics are named and spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.domain.reports import Cell, Line, Span
from pipelines.domain.topics import Topic, TopicModel, TopicTrend
from pipelines.report.drafting import Draft
from pipelines.report.plain import one_line
from pipelines.report.topic_news import TopicNews
from pipelines.report.wording import counted, enumeration, long_date, number
from pipelines.strings import Language, text

_TERMS_SHOWN = 6


def topic_name(topic: Topic, language: str) -> str:
    """Name in the language of the report, else in the other."""
    return one_line((topic.name_nl or topic.name_en) if language == "nl" else (topic.name_en or topic.name_nl))


@dataclass(frozen=True)
class TopicDraft:
    """What the parts on topics are drafted from."""

    scan: Draft
    model: TopicModel

    @property
    def language(self) -> Language:
        """Of the report."""
        return self.scan.language

    @cached_property
    def news(self) -> TopicNews:
        """The topics beside those of before."""
        return TopicNews(self.scan.material, self.model)

    def say(self, key: str, **values: object) -> str:
        """The string ``report_topics.<key>``."""
        return text(f"report_topics.{key}", self.language, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The string ``report_topics.<key>`` in singular or plural."""
        return counted(f"report_topics.{key}", n, self.language, **values)

    @property
    def scope(self) -> str:
        """``period`` or ``scan``: what the counts of new passages are about."""
        return "period" if self.scan.material.of_period else "scan"

    def of_scan(self, key: str, **values: object) -> str:
        """The string for the latest scan or for a period, whichever the report is about."""
        return self.say(f"{key}.{self.scope}", **values)

    def figure(self, value: float) -> str:
        """A number as it is written in the language of the report."""
        return number(value, self.language)

    def passages(self, n: int) -> str:
        """``12 passages``."""
        return self.scan.count("count.passage", n)

    def name(self, topic: Topic) -> str:
        """Name of a topic."""
        return topic_name(topic, self.language)

    def numbered(self, topic: Topic) -> str:
        """``3. scholing en AI``, with its number in the table."""
        return f"{self.news.numbers[topic.id]}. {self.name(topic)}"

    def person(self, account: str) -> str:
        """Name that the owner of an account chose."""
        return one_line(self.scan.material.people.get(account, account))

    def listed(self, entries: Sequence[str], most: int, more: str = "more_entries") -> str:
        """The first entries, and how many more there are."""
        left = len(entries) - most
        if left <= 0:
            return enumeration(entries, self.language)
        return f"{', '.join(entries[:most])} {self.count(more, left)}"

    def trend(self, topic: Topic) -> str:
        """How a topic does, in words, with the day since when where nothing comes any more."""
        trend = self.news.trend(topic)
        if len(self.news.scans) < 2:
            return self.say("trend_word.unknown")
        if trend is TopicTrend.DORMANT and topic.last_seen is not None:
            return self.say("trend_word.dormant", date=long_date(topic.last_seen, self.language))
        return self.say(f"trend_word.{'dormant_undated' if trend is TopicTrend.DORMANT else trend}")

    def terms(self, topic: Topic) -> Line:
        """Its strongest terms in the language of the report, else in the other."""
        own, other = ("nl", "en") if self.language == "nl" else ("en", "nl")
        for language in (own, other):
            terms = topic.terms_nl if language == "nl" else topic.terms_en
            if terms:
                told = ", ".join(one_line(term) for term in terms[:_TERMS_SHOWN])
                return Line(spans=(Span(text=told, language=None if language == own else language),), style="body")
        return Line(spans=())

    def rows(self, topic: Topic, most: int = 4) -> str:
        """Ids of the rows that cover it, or that there is none."""
        return ", ".join(topic.rows[:most]) if topic.rows and not topic.novel else self.say("uncovered")


def lines(*content: Line | str, note: str = "") -> Cell:
    """A table cell of lines, the last a note; empty ones are left out."""
    found = [line if isinstance(line, Line) else Line(spans=(Span(text=line),)) for line in content if line]
    if note:
        found.append(Line(spans=(Span(text=note),), style="note"))
    return Cell(lines=tuple(line for line in found if line.spans))
