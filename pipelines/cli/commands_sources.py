"""``sources`` and ``harvest``: where new literature comes from, what became of it, and fetching it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.harvest_start import HarvestOutcome, SourceOutcome
    from flows.source_preview import PreviewItem
    from flows.sources import ListedSource
    from pipelines.domain.sources import HarvestItem
    from pipelines.settings import Settings
    from pipelines.store import Workspace

_SHOWN_ID = 8
_SHOWN_ITEMS = 50
_SHOWN_TITLE = 90
_STATES = ("waiting", "left-out", "fetched", "abstract", "double", "nothing", "failed", "given-up")
_ORDERS = ("newest", "relevant", "title")


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.group("sources", invoke_without_command=True, help=t("cli.sources.help"))
    @as_json
    @click.pass_context
    def sources(context: click.Context, as_json: bool) -> None:
        if context.invoked_subcommand is None:
            show_sources(session, as_json=as_json)

    _add_switching(sources, session)
    _add_looking(sources, session)

    @app.command("harvest", help=t("cli.harvest.help"))
    @click.argument("ids", nargs=-1)
    @click.option("--scan", "then_scan", is_flag=True, help=t("cli.harvest.scan"))
    @as_json
    def harvest(ids: tuple[str, ...], then_scan: bool, as_json: bool) -> int:
        return run_harvest(session, ids, then_scan=then_scan, as_json=as_json)


def _by(session: Session) -> Any:
    return click.option(
        "--by", required=True, metavar=session.t("cli.proposals.name"), help=session.t("cli.sources.by")
    )


def _add_switching(sources: click.Group, session: Session) -> None:
    t = session.t

    def add(name: str, key: str, *, enabled: bool) -> None:
        @sources.command(name, help=t(f"cli.sources.{key}"))
        @click.argument("ids", nargs=-1, required=True)
        @_by(session)
        def switch(ids: tuple[str, ...], by: str) -> None:
            from flows.sources import switch_sources

            with _opened(session) as (settings, workspace):
                changed = switch_sources(settings, workspace, ids, by, enabled=enabled)
            if not changed:
                session.say("cli.sources.unchanged")
            for one in changed:
                session.say(f"cli.sources.{key}_done", name=one.source.name)

    add("on", "turn_on", enabled=True)
    add("off", "turn_off", enabled=False)

    @sources.command("file", help=t("cli.sources.file"))
    def file() -> None:
        from flows.sources import copy_sources_file

        session.result(str(copy_sources_file(session.existing())))
        session.say("cli.sources.file_done")

    @sources.command("pull", help=t("cli.sources.pull"))
    @click.argument("items", nargs=-1, required=True)
    @_by(session)
    @click.option("--now", "at_once", is_flag=True, help=t("cli.sources.pull_now"))
    def pull(items: tuple[str, ...], by: str, at_once: bool) -> int:
        from flows.source_preview import named_items
        from flows.sources import pull_items

        with _opened(session) as (settings, workspace):
            pulled, lost = pull_items(settings, workspace, named_items(workspace, items), by)
        for item in lost:
            session.tell(session.t("cli.sources.no_source", title=item.found.title, source=item.source_id))
        for item in pulled:
            session.say("cli.sources.pulled", title=item.found.title)
        if not pulled and not lost:
            session.say("cli.sources.nothing_pulled")
        elif not pulled:
            return 1
        elif at_once:
            return run_harvest(session, sorted({item.source_id for item in pulled}), then_scan=False, as_json=False)
        else:
            session.say("cli.sources.at_next_harvest")
        return 1 if lost else 0


def _add_looking(sources: click.Group, session: Session) -> None:
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @sources.command("check", help=t("cli.sources.check"))
    @click.argument("source", required=False, metavar="[ID]")
    def check(source: str | None) -> int:
        return check_file(session) if source is None else check_source(session, source)

    @sources.command("items", help=t("cli.sources.items"))
    @click.argument("source", required=False, metavar="[ID]")
    @click.option("--state", type=click.Choice(_STATES), help=t("cli.sources.state"))
    @click.option("--words", default="", help=t("cli.sources.words"))
    @click.option("--order", type=click.Choice(_ORDERS), default="newest", help=t("cli.sources.order"))
    @click.option("-n", "--number", type=click.IntRange(1), default=_SHOWN_ITEMS, help=t("cli.sources.number"))
    @as_json
    def items(source: str | None, state: str | None, words: str, order: str, number: int, as_json: bool) -> None:
        show_items(session, source, state, words=words, order=order, number=number, as_json=as_json)


@contextmanager
def _opened(session: Session) -> Iterator[tuple[Settings, Workspace]]:
    from flows.workspace import open_settings_workspace

    settings = session.existing()
    workspace = open_settings_workspace(settings)
    try:
        yield settings, workspace
    finally:
        workspace.close()


# ---------------------------------------------------------------- sources


def show_sources(session: Session, *, as_json: bool) -> None:
    """Print all sources, whether they are on, and how they are doing."""
    from flows.sources import list_sources

    with _opened(session) as (settings, workspace):
        listed = list_sources(settings, workspace)
    if as_json:
        session.result_json({"sources": [one.record(_error(session, one)) for one in listed]})
        return
    names = ("id", "name", "kind", "state", "success", "new", "error")
    rows = [_source_row(session, one) for one in listed]
    session.result_table([session.t(f"cli.sources.heading.{name}") for name in names], rows, right=frozenset({5}))
    session.say("cli.sources.total", n=len(listed), enabled=sum(one.enabled for one in listed))


def _error(session: Session, one: ListedSource) -> str | None:
    return None if one.status.reason is None else session.reason(one.status.reason)


def _source_row(session: Session, one: ListedSource) -> list[str]:
    from pipelines.domain.moments import on_the_clock

    status = one.status
    when = status.last_success
    notes = [_error(session, one) or ""]
    if status.moved_to:
        notes.append(session.t("cli.sources.moved", address=status.moved_to))
    return [
        one.source.id,
        one.source.name,
        session.t(f"cli.sources.kind.{one.source.kind.value}"),
        session.t("cli.sources.is_on" if one.enabled else "cli.sources.is_off"),
        "" if when is None else f"{on_the_clock(when):%Y-%m-%d %H:%M}",
        str(status.n_new) if when is not None else "",
        "\n".join(filter(None, notes)),
    ]


def check_file(session: Session) -> int:
    """Read the file of sources and tell all that is wrong in it; 1 where something is."""
    from pipelines.harvest.source_file import check_sources, sources_path
    from pipelines.strings import error_text

    path = sources_path(session.existing().workspace)
    found, faults = check_sources(path)
    for fault in faults:
        session.tell(error_text(fault, session.language))
    session.say("cli.sources.checked", path=path, n=len(found), faults=len(faults))
    return 1 if faults else 0


def check_source(session: Session, source_id: str) -> int:
    """Ask a source for a page and show what would be taken; nothing is stored."""
    from flows.source_preview import preview_source
    from flows.sources import chosen_sources, list_sources

    with _opened(session) as (settings, workspace):
        (listed,) = chosen_sources(list_sources(settings, workspace), [source_id])
        preview = preview_source(settings, workspace, listed)
    for reason in preview.problems:
        session.tell(session.reason(reason))
    if preview.moved_to:
        session.say("cli.sources.moved", address=preview.moved_to)
    names = ("outcome", "relevance", "title", "published", "files")
    rows = [_preview_row(session, one) for one in preview.items]
    session.result_table([session.t(f"cli.sources.heading.{name}") for name in names], rows, right=frozenset({1, 4}))
    wanted = sum(one.wanted for one in preview.items)
    session.say("cli.sources.previewed", n=len(preview.items), wanted=wanted)
    return 0


def _preview_row(session: Session, one: PreviewItem) -> list[str]:
    outcome = "known" if one.known else ("wanted" if one.wanted else "left_out")
    return [
        session.t(f"cli.sources.outcome.{outcome}"),
        _relevance(session, one.relevance),
        _shortened(one.found.title),
        str(one.found.published or one.found.year or ""),
        str(len(one.found.file_urls)),
    ]


def _relevance(session: Session, relevance: float | None) -> str:
    """As the page shows it."""
    from pipelines.report.wording import percentage

    return "" if relevance is None else percentage(relevance, session.language)


def _shortened(title: str) -> str:
    return title if len(title) <= _SHOWN_TITLE else title[:_SHOWN_TITLE].rstrip() + "…"


# ---------------------------------------------------------------- items


def show_items(
    session: Session, source: str | None, state: str | None, *, words: str, order: str, number: int, as_json: bool
) -> None:
    """Print what sources offered and what came of it."""
    from flows.source_preview import item_record
    from pipelines.domain.sources import ItemState
    from pipelines.store.harvest_lists import ItemFilter, ItemOrder

    chosen = ItemFilter(source, None if state is None else ItemState(state.replace("-", "_")), words)
    with _opened(session) as (_, workspace):
        found = workspace.harvest.page(chosen, number, order=ItemOrder(order))
        total = workspace.harvest.count(chosen)
    if as_json:
        records = [item_record(item, _why(session, item)) for item in found]
        session.result_json({"total": total, "items": records})
        return
    names = ("id", "source", "outcome", "relevance", "title")
    rows = [_item_row(session, item) for item in found]
    session.result_table([session.t(f"cli.sources.heading.{name}") for name in names], rows, right=frozenset({3}))
    session.say("cli.sources.shown", n=len(found), total=total)


def _why(session: Session, item: HarvestItem) -> str | None:
    return None if item.reason is None else session.reason(item.reason)


def _item_row(session: Session, item: HarvestItem) -> list[str]:
    why = _why(session, item)
    return [
        item.id[:_SHOWN_ID],
        item.source_id,
        session.t(f"cli.sources.item.{item.state.value}"),
        _relevance(session, item.relevance),
        _shortened(item.found.title) + (f"\n{why}" if why else ""),
    ]


# ---------------------------------------------------------------- harvest


def run_harvest(session: Session, ids: Sequence[str], *, then_scan: bool, as_json: bool) -> int:
    """Harvest and tell what came of it; 1 where a source could not be read."""
    from flows.harvest_start import start_harvest
    from flows.progress import told_to
    from pipelines.cli.terminal_progress import TerminalProgress

    settings = session.settings()
    with TerminalProgress(session, session.messages) as bars, told_to(bars):
        outcome = start_harvest(settings, ids)
    if as_json and not then_scan:
        session.result_json(_outcome_record(session, outcome))
    elif not as_json:
        _tell_outcome(session, outcome, then_scan=then_scan)
    status = 1 if outcome.failed else 0
    if then_scan:
        from pipelines.cli.commands_scan import run_scan

        status = max(status, run_scan(session, [], None, as_json))
    return status


def _outcome_record(session: Session, outcome: HarvestOutcome) -> dict[str, Any]:
    sources = [
        {
            **one.model_dump(exclude={"reason", "notes"}),
            "error": None if one.reason is None else session.reason(one.reason),
        }
        for one in outcome.sources
    ]
    return {"sources": sources, "new": outcome.n_new, "files": outcome.n_files, "seconds": outcome.seconds}


def _tell_outcome(session: Session, outcome: HarvestOutcome, *, then_scan: bool) -> None:
    if not outcome.sources:
        session.say("cli.harvest.none_on")
        return
    names = ("name", "new", "fetched", "abstracts", "doubles", "left_out", "failed", "error")
    rows = [
        [
            one.name,
            *(str(n) for n in (one.new, one.fetched, one.abstracts, one.doubles, one.left_out, one.failed)),
            _ended(session, one),
        ]
        for one in outcome.sources
    ]
    heading = [session.t(f"cli.harvest.heading.{name}") for name in names]
    session.result_table(heading, rows, right=frozenset(range(1, 7)))
    for one in outcome.sources:
        for note in one.notes:
            session.say("cli.harvest.note", name=one.name, reason=session.reason(note))
        if one.problems > len(one.notes):
            session.say("cli.harvest.more_notes", name=one.name, n=one.problems - len(one.notes))
    session.say("cli.harvest.summary", new=outcome.n_new, files=outcome.n_files, seconds=f"{outcome.seconds:.0f}")
    if outcome.n_files and not then_scan:
        session.say("cli.harvest.scan_next")


def _ended(session: Session, one: SourceOutcome) -> str:
    if one.skipped:
        return session.t("cli.harvest.skipped")
    return "" if one.reason is None else session.reason(one.reason)
