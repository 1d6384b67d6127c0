"""``topics``: the topics as they stand, and how people arrange them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.topic_history import Happening
    from pipelines.domain.topics import Topic, TopicModel
    from pipelines.settings import Settings
    from pipelines.store import Workspace
    from pipelines.topics.parting import Part, Parts

_SHOWN_ID = 8
_SHOWN_CHARACTERS = 200


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.group("topics", invoke_without_command=True, help=t("cli.topics.help"))
    @click.option("--all", "everything", is_flag=True, help=t("cli.topics.all"))
    @as_json
    @click.pass_context
    def topics(context: click.Context, everything: bool, as_json: bool) -> None:
        if context.invoked_subcommand is None:
            show_topics(session, everything=everything, as_json=as_json)

    @topics.command("history", help=t("cli.topics.history"))
    @click.argument("topic", required=False)
    @as_json
    def history(topic: str | None, as_json: bool) -> None:
        show_history(session, topic, as_json=as_json)

    _add_arranging(topics, session)
    _add_split(topics, session)


def _by(session: Session) -> Any:
    return click.option("--by", required=True, metavar=session.t("cli.proposals.name"), help=session.t("cli.topics.by"))


def _add_arranging(topics: click.Group, session: Session) -> None:
    t, by = session.t, _by(session)
    why = click.option("--why", default="", help=t("cli.topics.why"))

    @topics.command("rename", help=t("cli.topics.rename"))
    @click.argument("topic")
    @click.option("--nl", default="", help=t("cli.topics.name_nl"))
    @click.option("--en", default="", help=t("cli.topics.name_en"))
    @by
    @why
    def rename(topic: str, nl: str, en: str, by: str, why: str) -> None:
        from flows.topic_arranging import rename_topic

        with _opened(session, topic) as (workspace, _, chosen):
            rename_topic(workspace, chosen.id, by, name_nl=nl, name_en=en, note=why)
            now = _named(workspace, chosen.id)
        session.say("cli.topics.renamed", id=now.id[:_SHOWN_ID], nl=now.name_nl, en=now.name_en)

    @topics.command("merge", help=t("cli.topics.merge"))
    @click.argument("topic")
    @click.argument("others", nargs=-1, required=True)
    @by
    @why
    def merge(topic: str, others: tuple[str, ...], by: str, why: str) -> None:
        from flows.topic_arranging import merge_topics, past_events
        from flows.topic_list import topic_named
        from flows.topic_standing import standing_topics

        with _opened(session, topic) as (workspace, _, chosen):
            model = standing_topics(workspace, members=False)
            going = [topic_named(model, other, lambda: past_events(workspace)) for other in others]
            merge_topics(workspace, chosen.id, [one.id for one in going], by, note=why)
            now = _named(workspace, chosen.id)
        names = {one.id: f"“{one.name(session.language)}” ({one.size})" for one in going}
        session.say(
            "cli.topics.merged",
            others=", ".join(names.values()),
            name=now.name(session.language),
            n=now.size,
            id=now.id[:_SHOWN_ID],
        )

    for hidden, name in ((True, "hide"), (False, "show")):
        _add_showing(topics, session, name, hidden=hidden)

    @topics.command("pin", help=t("cli.topics.pin"))
    @click.argument("topic")
    @click.option("--nl", multiple=True, help=t("cli.topics.term_nl"))
    @click.option("--en", multiple=True, help=t("cli.topics.term_en"))
    @by
    @why
    def pin(topic: str, nl: tuple[str, ...], en: tuple[str, ...], by: str, why: str) -> None:
        from flows.topic_arranging import pin_terms

        with _opened(session, topic) as (workspace, _, chosen):
            pin_terms(workspace, chosen.id, by, terms_nl=nl, terms_en=en, note=why)
            now = _named(workspace, chosen.id)
        for language in ("nl", "en"):
            terms = ", ".join(now.terms_nl if language == "nl" else now.terms_en) or "-"
            session.say(f"cli.topics.terms_now_{language}", name=now.name(language), terms=terms)


def _add_showing(topics: click.Group, session: Session, name: str, *, hidden: bool) -> None:
    t = session.t

    @topics.command(name, help=t(f"cli.topics.{name}"))
    @click.argument("topic")
    @_by(session)
    @click.option("--why", default="", help=t("cli.topics.why"))
    def change(topic: str, by: str, why: str) -> None:
        from flows.topic_arranging import hide_topic, show_topic

        with _opened(session, topic) as (workspace, _, chosen):
            (hide_topic if hidden else show_topic)(workspace, chosen.id, by, note=why)
        session.say("cli.topics.hidden" if hidden else "cli.topics.shown", name=chosen.name(session.language))


def _add_split(topics: click.Group, session: Session) -> None:
    t = session.t

    @topics.command("split", help=t("cli.topics.split"))
    @click.argument("topic")
    @click.option(
        "--passages",
        "file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help=t("cli.topics.passages"),
    )
    @click.option("--nl", default="", help=t("cli.topics.name_nl"))
    @click.option("--en", default="", help=t("cli.topics.name_en"))
    @click.option("--by", default="", metavar=t("cli.proposals.name"), help=t("cli.topics.by"))
    @click.option("--why", default="", help=t("cli.topics.why"))
    @click.option("--yes", "agreed", is_flag=True, help=t("cli.topics.agreed"))
    def split(topic: str, file: Path | None, nl: str, en: str, by: str, why: str, agreed: bool) -> None:
        from flows.topic_arranging import split_topic, suggest_split
        from pipelines.errors import KennisstandError

        if (agreed or file is not None) and not by.strip():
            raise KennisstandError("error.topic_nobody")
        with _opened(session, topic) as (workspace, settings, chosen):
            if file is not None:
                passages: Sequence[str] = _ids(file)
            else:
                parts = suggest_split(workspace, settings, chosen.id)
                if parts is None:
                    raise KennisstandError("error.topic_split_none")
                if not agreed:
                    _show_parts(session, workspace, parts)
                    session.say("cli.topics.suggested", id=chosen.id[:_SHOWN_ID])
                    return
                passages = parts.new.passages
                if not nl and not en:
                    nl, en = parts.new.name("nl"), parts.new.name("en")
            act = split_topic(workspace, chosen.id, passages, by, name_nl=nl, name_en=en, note=why)
            kept, new = _named(workspace, chosen.id), _named(workspace, act.others[0])
        session.say(
            "cli.topics.divided",
            name=kept.name(session.language),
            n_kept=kept.size,
            new=new.name(session.language),
            n_new=new.size,
            id=new.id[:_SHOWN_ID],
        )


@contextmanager
def _opened(session: Session, letters: str) -> Iterator[tuple[Workspace, Settings, Topic]]:
    """The workspace with its settings, and the topic whose id begins with ``letters``.

    Where what is done with it would change nothing, that is said, and the command ends well.
    """
    from flows.topic_arranging import NothingChanged, past_events
    from flows.topic_list import topic_named
    from flows.topic_standing import standing_topics
    from flows.workspace import open_settings_workspace

    settings = session.existing()
    workspace = open_settings_workspace(settings)
    try:
        model = standing_topics(workspace, members=False)
        yield workspace, settings, topic_named(model, letters, lambda: past_events(workspace))
    except NothingChanged:
        session.say("cli.topics.same")
        raise click.exceptions.Exit(0) from None
    finally:
        workspace.close()


def _named(workspace: Workspace, topic_id: str) -> Topic:
    from flows.topic_arranging import find_topic
    from flows.topic_standing import standing_topics

    return find_topic(standing_topics(workspace, members=False), topic_id)


def _ids(file: Path) -> list[str]:
    """Ids of passages, one a line; blank lines are passed over."""
    from pipelines.errors import KennisstandError

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KennisstandError("error.topic_file", path=str(file)) from error
    return [line.strip() for line in lines if line.strip()]


def _show_parts(session: Session, workspace: Workspace, parts: Parts) -> None:
    found = workspace.passages.by_id([*parts.kept.representative, *parts.new.representative])
    for key, part in (("kept", parts.kept), ("new", parts.new)):
        session.result(session.t(f"cli.topics.part_{key}", n=part.size, nl=part.n_nl, en=part.n_en))
        for language, terms in (("nl", part.terms_nl), ("en", part.terms_en)):
            session.result(f"  {language}: {', '.join(terms) or '-'}")
        for line in _quotations(part, {passage_id: passage.text for passage_id, passage in found.items()}):
            session.result(line)
        session.result("")


def _quotations(part: Part, texts: dict[str, str]) -> Iterator[str]:
    for passage_id in part.representative:
        text = " ".join(texts.get(passage_id, "").split())
        yield f"  - {passage_id}  {text[:_SHOWN_CHARACTERS]}{'…' if len(text) > _SHOWN_CHARACTERS else ''}"


def show_topics(session: Session, *, everything: bool, as_json: bool) -> None:
    """Print the topics as they stand; with ``everything`` also the hidden ones."""
    from flows.topic_list import encoder_now, list_topics
    from pipelines.domain.topics import TopicsState

    settings = session.existing()
    model, records = list_topics(settings, everything=everything)
    made_with = "" if model is None else str(model.settings.get("encoder", ""))
    encoder = encoder_now(settings)
    if made_with and encoder is not None and made_with != encoder:
        session.say("cli.vectors.topics_of_other", made_with=made_with, encoder=encoder)
    if as_json:
        session.result_json({"topics": records})
    elif model is None:
        session.say("cli.topics.none")
    elif model.state is TopicsState.TOO_FEW:
        session.say("cli.topics.too_few", passages=model.n_passages, minimum=model.minimum)
    else:
        _print_topics(session, model, records)


def _print_topics(session: Session, model: TopicModel, records: Sequence[dict[str, Any]]) -> None:
    t = session.t
    by_id = {topic.id: topic for topic in model.topics}
    names = ("id", "name", "size", "new", "trend", "first_seen", "last_seen", "documents", "languages", "rows")
    rows: list[list[str]] = []
    for record in records:
        topic = by_id[record["id"]]
        name = topic.name(session.language)
        rows.append(
            [
                topic.id[:_SHOWN_ID],
                t("cli.topics.name_hidden", name=name) if topic.hidden else name,
                str(topic.size),
                str(topic.n_new),
                t(f"cli.topics.trend.{topic.trend.value}"),
                record["first_seen"] or "",
                record["last_seen"] or "",
                str(topic.n_documents),
                f"{topic.n_nl} / {topic.n_en}",
                t("cli.topics.novel") if topic.novel else ", ".join(topic.rows),
            ]
        )
    session.result_table([t(f"cli.topics.heading.{name}") for name in names], rows, right=frozenset({2, 3, 7, 8}))
    hidden = len(model.topics) - len(records)
    if hidden:
        session.say("cli.topics.left_out", n=hidden)


def show_history(session: Session, letters: str | None, *, as_json: bool) -> None:
    """Print what happened to all topics, or to one, also to one that is gone."""
    from flows.topic_history import happening_record, history_of
    from flows.workspace import open_settings_workspace
    from pipelines.domain.moments import on_the_clock

    workspace = open_settings_workspace(session.existing())
    try:
        found = history_of(workspace, letters)
    finally:
        workspace.close()
    if as_json:
        session.result_json({"history": [happening_record(one) for one in found]})
        return
    if not found:
        session.say("cli.topics.no_history")
    for one in found:
        person = f" ({one.person})" if one.person else ""
        note = f": {one.note}" if one.note else ""
        when = on_the_clock(one.moment)
        told = _told(session, one)
        session.result(f"{when:%Y-%m-%d %H:%M}  {one.topic[:_SHOWN_ID]}  {told}{person}{note}")


def _told(session: Session, one: Happening) -> str:
    """What happened to a topic in a few words; names and terms that differ by language with their language."""
    t, name = session.t, one.name(session.language)
    if one.what == "rename":
        changed = [(language, one.renamed(language)) for language in ("nl", "en")]
        found = [t(f"cli.topics.renamed_{code}", old=names[0], new=names[1]) for code, names in changed if names]
        return "; ".join(found) or t("cli.topics.renamed_same", name=name)
    terms = {"nl": ", ".join(one.terms_nl), "en": ", ".join(one.terms_en)}
    return t(
        f"cli.topics.happened.{one.what}",
        name=name,
        others=", ".join(f"“{one.name(session.language, i)}”" for i in range(1, len(one.others) + 1)),
        nl=terms["nl"] or t("cli.topics.no_terms"),
        en=terms["en"] or t("cli.topics.no_terms"),
        n=one.n_passages,
    )
