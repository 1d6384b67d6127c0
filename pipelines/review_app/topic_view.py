"""Topics as pages show them: which, in what order, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicAct, TopicActKind, TopicEvent, TopicEventKind, TopicModel, TopicTrend
from pipelines.report.wording import counted, enumeration, long_date, percentage
from pipelines.review_app.topic_book import KnownTopics
from pipelines.review_app.topic_map import topic_name
from pipelines.review_app.topic_plots import Share, by_year, shares
from pipelines.strings import LANGUAGES, Language, text

SHOWS = ("all", "uncovered", "new", "growing", "dormant", "hidden")
SORTS = ("size", "new", "name")
_TRENDS = {"new": TopicTrend.NEW, "growing": TopicTrend.GROWING, "dormant": TopicTrend.DORMANT}
_LONGEST_QUERY = 100
_EVENTS_AS_WELL = (TopicActKind.MERGE, TopicActKind.SPLIT)
"""Acts that are told as events."""


def may_arrange(account: Account) -> bool:
    """Whether somebody may rename, merge, split and hide topics."""
    return account.role.may(AccountRole.EDITOR)


def chosen_topics(known: KnownTopics, show: str, sort: str, language: Language) -> list[Topic]:
    """Topics of a list.

    Parameters
    ----------
    known
        All topics.
    show
        One of :data:`SHOWS`; only ``hidden`` leaves those that somebody hid, all others leave them out.
    sort
        One of :data:`SORTS`; of what is alike in it the largest comes first.
    language
        Of the names by which ``name`` sorts.
    """
    found = [topic for topic in (known.hidden if show == "hidden" else known.model.shown) if _is_in(topic, show)]
    if sort == "new":
        found.sort(key=lambda topic: -topic.n_new)
    elif sort == "name":
        found.sort(key=lambda topic: topic_name(topic, language).casefold())
    return found


def _is_in(topic: Topic, show: str) -> bool:
    if show == "uncovered":
        return topic.novel
    return show not in _TRENDS or topic.trend is _TRENDS[show]


def theme_of(topic: Topic) -> str | None:
    """The theme of most of its passages; of two with as many the first in the order of the product."""
    known = [theme.value for theme in Theme if topic.by_theme.get(theme.value)]
    return max(known, key=lambda theme: topic.by_theme[theme], default=None)


def sign_of(number: int | None, topic: Topic, language: Language) -> str:
    """What stands in its circle and before its name in lists: the letter of its theme, and its number."""
    theme = theme_of(topic)
    letter = "" if theme is None else text(f"topics_page.letter.{theme}", language)
    return f"{letter}{'' if number is None else number}"


def trend_key(topic: Topic, model: TopicModel) -> str:
    """End of the key of the words for its trend: beside a first scan there is nothing to compare with."""
    if topic.trend is TopicTrend.STEADY and len(model.by_scan) < 2:
        return "unknown"
    return topic.trend.value


def trend_sentence(topic: Topic, model: TopicModel, language: Language) -> str:
    """Its trend with dates and the shares that it follows from."""
    key = f"topics_page.trend_told.{trend_key(topic, model)}"
    latest = max(model.by_scan, default="")
    if not latest:
        return text(key if key.endswith("unknown") else "topics_page.trend_told.unknown", language)
    before = sum(n for day, n in topic.by_scan.items() if day < latest)
    all_before = sum(n for day, n in model.by_scan.items() if day < latest)
    n_latest = topic.by_scan.get(latest, 0)
    return text(
        key,
        language,
        day=long_date(date.fromisoformat(latest), language),
        last="" if topic.last_seen is None else long_date(topic.last_seen, language),
        n=counted("topics_page.passages", n_latest, language),
        now=percentage(n_latest / max(model.by_scan[latest], 1), language),
        before=percentage(before / max(all_before, 1), language),
    )


def language_mix(topic: Topic, language: Language) -> str:
    """How many of its passages are Dutch, and how many English."""
    return text("topics_page.mix", language, nl=topic.n_nl, en=topic.n_en)


def spoken(topic: Topic, model: TopicModel, language: Language) -> str:
    """All that its circle on the map stands for, as it is read aloud after its name."""
    told = [
        counted("topics_page.passages", topic.size, language),
        text(f"topics_page.trend.{trend_key(topic, model)}", language),
    ]
    if topic.n_new:
        told.append(counted("topics_page.n_new", topic.n_new, language))
    theme = theme_of(topic)
    if theme is not None:
        told.append(text(f"theme.{theme}", language))
    if topic.novel:
        told.append(text("topics_page.no_row", language))
    return " · ".join(told)


@dataclass(frozen=True)
class Told:
    """Something that happened to topics, in words."""

    day: date
    what: str
    """End of the key of its kind in words."""
    words: str
    topic: str | None
    """Topic to look at; ``None`` where it is there no more."""
    person: str | None
    """Full name of who asked for it; ``None`` where it followed from the passages."""


def tell_event(event: TopicEvent, known: KnownTopics, language: Language, names: Mapping[str, str]) -> Told:
    """An event in words, with the names that topics had then."""
    given = event.names_nl if language == "nl" else event.names_en
    other = event.names_en if language == "nl" else event.names_nl
    named = [text("topics_page.quoted", language, name=one or two) for one, two in zip(given, other, strict=True)]
    first, rest = (named[0], named[1:]) if named else (text("topics_page.nameless", language), [])
    key = f"topics_page.event.{event.kind.value}"
    several = {TopicEventKind.SPLIT: "split", TopicEventKind.MERGED: "merged"}
    if event.kind in several:
        key += ".one" if len(rest) == 1 else ".many"
    told = text(
        key,
        language,
        name=first,
        others=enumeration(rest, language) or text("topics_page.nameless", language),
        n=counted("topics_page.passages", event.n_passages, language),
    )
    person = None if event.person is None else names.get(event.person, event.person)
    there = event.topic if event.topic in known.by_id else next((t for t in event.others if t in known.by_id), None)
    return Told(event.day, event.kind.value, told, there, person)


def history_of(topic_id: str, known: KnownTopics, language: Language, names: Mapping[str, str]) -> list[Told]:
    """All that happened to a topic and that people did to it, the latest first."""
    told = [
        (event.day, tell_event(event, known, language, names))
        for event in known.events
        if topic_id in (event.topic, *event.others)
    ]
    told += [
        (act.decided.date(), _tell_act(act, topic_id, language, names))
        for act in known.acts
        if act.topic == topic_id and act.kind not in _EVENTS_AS_WELL
    ]
    return [one for _, one in sorted(told, key=lambda pair: pair[0], reverse=True)]


def all_told(known: KnownTopics, language: Language, names: Mapping[str, str]) -> list[Told]:
    """All that happened to topics and that people did to them, the latest first."""
    told = [tell_event(event, known, language, names) for event in known.events]
    told += [
        _tell_act(act, act.topic if act.topic in known.by_id else None, language, names, _quoted(act, known, language))
        for act in known.acts
        if act.kind not in _EVENTS_AS_WELL
    ]
    return sorted(told, key=lambda one: one.day, reverse=True)


def _quoted(act: TopicAct, known: KnownTopics, language: Language) -> str:
    """The topic of an act by the name it has now, or had last."""
    topic = known.by_id.get(act.topic)
    name = topic_name(topic, language) if topic is not None else name_then(act.topic, known.events, language)
    return text("topics_page.quoted", language, name=name) if name else text("topics_page.nameless", language)


def name_then(topic_id: str, events: Sequence[TopicEvent], language: Language) -> str:
    """The name of a topic at the latest event that it had a part in; ``""`` where there was none."""
    for event in events:
        given, other = (event.names_nl, event.names_en)[:: 1 if language == "nl" else -1]
        for one, first, second in zip((event.topic, *event.others), given, other, strict=False):
            if one == topic_id:
                return first or second
    return ""


def _tell_act(
    act: TopicAct, topic_id: str | None, language: Language, names: Mapping[str, str], quoted: str = ""
) -> Told:
    """An act in words; with ``quoted``, the name of its topic, where other topics are told of beside it."""
    end = act.kind.value
    if act.kind is TopicActKind.PIN and not (act.terms_nl or act.terms_en):
        end = "unpin"
    key = f"topics_page.act_on.{end}" if quoted else f"topics_page.act.{end}"
    name = (act.name_nl or act.name_en) if language == "nl" else (act.name_en or act.name_nl)
    terms = enumeration([*act.terms_nl, *(one for one in act.terms_en if one not in act.terms_nl)], language)
    words = text(key, language, name=name, terms=terms, topic=quoted)
    return Told(act.decided.date(), "arranged", words, topic_id, names.get(act.person, act.person))


@dataclass(frozen=True)
class Chart:
    """Bars beneath one another, with a heading."""

    key: str
    """End of the key of its heading."""
    bars: Sequence[Share]


def charts_of(topic: Topic, language: Language) -> list[Chart]:
    """Passages of a topic by language, theme, kind of evidence and year of publication."""
    themes = [(text(f"theme.{one.value}", language), topic.by_theme.get(one.value, 0)) for one in Theme]
    kinds = [
        (text(f"evidence_kind.{one.value}", language), topic.by_kind.get(one.value, 0))
        for one in EvidenceKind
        if one is not EvidenceKind.NONE
    ]
    none = topic.by_kind.get("", 0) + topic.by_kind.get(EvidenceKind.NONE.value, 0)
    kinds.append((text("evidence_kind.none", language), none))
    by_language = [
        (text(f"language.{code}", language), n) for code, n in zip(LANGUAGES, (topic.n_nl, topic.n_en), strict=True)
    ]
    years = by_year(
        topic.by_year,
        text("topics_page.year_unknown", language),
        lambda year: text("topics_page.year_before", language, year=year),
    )
    found = (("by_language", by_language), ("by_theme", themes), ("by_kind", kinds), ("by_year", years))
    return [Chart(key, shares(counts)) for key, counts in found]


def matching(topics: Sequence[Topic], asked: str) -> list[Topic]:
    """Topics with all words of ``asked`` in a name or a term, in either language; all where nothing is asked."""
    words = asked[:_LONGEST_QUERY].casefold().split()
    return [topic for topic in topics if all(word in searched(topic) for word in words)]


def searched(topic: Topic) -> str:
    """What a filter looks in: names and terms in small letters."""
    return " ".join((topic.name_nl, topic.name_en, *topic.terms_nl, *topic.terms_en)).casefold()
