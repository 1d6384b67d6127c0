"""``documents``, ``passages`` and ``search``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.commands_scan import run_scan
from pipelines.cli.dates import Day
from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.domain.runs import DocumentSummary
    from pipelines.domain.sources import HarvestItem


class _ThemeName(click.ParamType):
    """One of the themes; they are only looked up where they are used, since explanations must come at once."""

    name = "theme"

    @staticmethod
    def _choice() -> click.Choice[str]:
        from pipelines.domain.themes import Theme

        return click.Choice([theme.value for theme in Theme])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        return self._choice().get_metavar(param, ctx)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return self._choice().convert(value, param, ctx)


_SHOWN_ID = 8
_SHOWN_CHARACTERS = 300


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    _add_documents(app, session)
    _add_passages(app, session)
    _add_search(app, session)


def _add_documents(app: click.Group, session: Session) -> None:
    t = session.t

    @app.group("documents", invoke_without_command=True, help=t("cli.documents.help"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    @click.option("--failed", is_flag=True, help=t("cli.documents.failed"))
    @click.pass_context
    def documents(context: click.Context, as_json: bool, failed: bool) -> None:
        if context.invoked_subcommand is None:
            show_documents(session, as_json=as_json, only_failed=failed)

    @documents.command("retry", help=t("cli.documents.retry"))
    @click.argument("ids", nargs=-1)
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def retry(ids: tuple[str, ...], as_json: bool) -> int:
        from flows.start import retry_ids
        from flows.workspace import open_settings_workspace

        workspace = open_settings_workspace(session.existing())
        chosen = retry_ids(workspace, ids)
        workspace.close()
        if not chosen:
            session.say("cli.documents.none_failed")
            return 0
        return run_scan(session, [], None, as_json, retry=chosen)


def show_documents(session: Session, *, as_json: bool, only_failed: bool) -> None:
    """Print all documents, or those that were set aside."""
    from flows.library import document_record, name_of
    from flows.workspace import open_settings_workspace
    from pipelines.domain.documents import READABLE_STATES

    workspace = open_settings_workspace(session.existing())
    documents = [d for d in workspace.documents.summaries() if not only_failed or d.state not in READABLE_STATES]
    origins = workspace.harvest.origins([d.checksum for d in documents])
    workspace.close()
    if as_json:
        records = [
            document_record(d, session.reason(d.reason) if d.reason else None, origins.get(d.checksum))
            for d in documents
        ]
        session.result_json({"documents": records})
        return
    if not documents:
        session.say("cli.documents.none_failed" if only_failed else "cli.documents.none")
        return
    names = ("id", "title", "state", "year", "language", "pages", "passages", "flagged")
    session.result_table(
        [session.t(f"cli.documents.heading.{name}") for name in names],
        [
            [
                d.id[:_SHOWN_ID],
                "\n".join((name_of(d), *_remarks(session, d, origins.get(d.checksum)))),
                session.t(f"state.{d.state.value}"),
                str(d.metadata.year or ""),
                d.metadata.language or "",
                str(d.n_pages or ""),
                str(d.n_passages),
                str(d.n_flagged),
            ]
            for d in documents
        ],
        right=frozenset({3, 5, 6, 7}),
    )
    session.say("cli.documents.total", count=len(documents))


def _remarks(session: Session, document: DocumentSummary, origin: HarvestItem | None) -> Iterator[str]:
    """Why a document was set aside, and where it came from."""
    from pipelines.domain.moments import on_the_clock

    if document.reason is not None:
        yield session.reason(document.reason)
    if origin is not None and origin.fetch is not None:
        day = on_the_clock(origin.fetch.moment)
        yield session.t("cli.sources.came_from", source=origin.source_id, day=f"{day:%Y-%m-%d}")


def _add_passages(app: click.Group, session: Session) -> None:
    t = session.t

    @app.command("passages", help=t("cli.passages.help"))
    @click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=t("cli.passages.output"))
    @click.option("--theme", type=_ThemeName(), help=t("cli.passages.theme"))
    @click.option("--row", help=t("cli.passages.row"))
    @click.option("--flagged", is_flag=True, help=t("cli.passages.flagged"))
    @click.option("--since", type=Day(session), help=t("cli.passages.since"))
    @click.option("--language", type=click.Choice(["nl", "en", "other"]), help=t("cli.passages.language"))
    def passages(output: Path | None, row: str | None, **chosen: object) -> None:
        from flows.exporting import write_passages
        from flows.library import find_passages, passage_record
        from flows.workspace import open_settings_workspace
        from pipelines.errors import KennisstandError
        from pipelines.store.passages import PassageFilter

        workspace = open_settings_workspace(session.existing())
        table = workspace.tables.current()
        if row is not None and table is not None and row.upper() not in {r.id for r in table.rows}:
            raise KennisstandError("error.row_unknown", row=row)
        narrowed = PassageFilter(row=None if row is None else row.upper(), **chosen)  # type: ignore[arg-type]
        standings = workspace.decisions.standings(workspace.passages.items())
        records = [
            passage_record(item, standings.get(item.group or item.passage.id))
            for item in find_passages(workspace, narrowed)
        ]
        workspace.close()
        if output is None:
            for record in records:
                session.result_record(record)
            return
        write_passages(records, output)
        session.say("cli.passages.done", count=len(records), path=output)


def _add_search(app: click.Group, session: Session) -> None:
    t = session.t

    @app.command("search", help=t("cli.search.help"))
    @click.argument("query", nargs=-1, required=True)
    @click.option(
        "-n", "--number", type=click.IntRange(1, 1000), default=10, show_default=True, help=t("cli.search.number")
    )
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def search(query: tuple[str, ...], number: int, as_json: bool) -> None:
        from flows.context import ScanContext
        from flows.library import name_of, passage_record
        from flows.library import search as find
        from flows.progress import told_to
        from flows.vectors import documents_without_vectors
        from flows.workspace import open_settings_workspace
        from pipelines.cli.terminal_progress import TerminalProgress
        from pipelines.language.widening import found_wordings, widen_query

        settings = session.existing()
        context = ScanContext(settings, open_settings_workspace(settings))
        if without := sum(documents_without_vectors(context).values()):
            session.say("cli.vectors.first", passages=without, encoder=context.encoder_version)
        with TerminalProgress(session, session.messages) as bars, told_to(bars):
            hits = find(context, " ".join(query), number)
        context.workspace.close()
        terms = widen_query(" ".join(query))
        why = [found_wordings(terms, item.passage.text) for _, item in hits]
        if as_json:
            records = [
                {
                    "score": round(score, 5),
                    "why": [{"term": t.text, "found": w.text, "origin": w.origin} for t, w in found],
                    **passage_record(item),
                }
                for (score, item), found in zip(hits, why, strict=True)
            ]
            session.result_json({"results": records})
            return
        if not hits:
            session.say("cli.search.nothing")
        for (_, item), found in zip(hits, why, strict=True):
            page = item.passage.page_first
            place = [name_of(item.document)]
            place += [str(item.document.metadata.year)] if item.document.metadata.year else []
            place += [f"{t('cli.search.page')} {page}"] if page else []
            session.result(", ".join(place))
            short = " ".join(item.passage.text.split())
            session.result("  " + (short if len(short) <= _SHOWN_CHARACTERS else short[:_SHOWN_CHARACTERS] + "…"))
            # Words of the query itself can be seen; those of the dictionary say why a passage is there.
            other = [t(f"cli.search.{w.origin}", found=w.text, term=q.text) for q, w in found if w.origin != "query"]
            session.result((f"  {t('cli.search.why')} {'; '.join(other)}\n") if other else "")
