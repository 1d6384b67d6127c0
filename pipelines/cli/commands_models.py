"""``tag``, ``encode``, ``lexicon`` and ``doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from pipelines.cli.second_opinion import tell_second_opinion
from pipelines.cli.session import Session


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    _add_tag(app, session)
    _add_encode(app, session)
    _add_lexicon(app, session)
    _add_doctor(app, session)


def _output(session: Session) -> object:
    return click.option(
        "-o",
        "--output",
        required=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help=session.t("cli.option.output"),
    )


def _add_tag(app: click.Group, session: Session) -> None:
    @app.command("tag", help=session.t("cli.tag.help"))
    @click.argument("file", type=click.Path(path_type=Path))
    @_output(session)  # type: ignore[operator]
    def tag(file: Path, output: Path) -> None:
        from flows.files import tag_file

        count, account = tag_file(session.settings(), file, output)
        session.say("cli.tag.done", count=count, path=output)
        tell_second_opinion(session, account)


def _add_encode(app: click.Group, session: Session) -> None:
    @app.command("encode", help=session.t("cli.encode.help"))
    @click.argument("file", type=click.Path(path_type=Path))
    @_output(session)  # type: ignore[operator]
    @click.option(
        "--model",
        type=click.Choice(["static", "contextual"]),
        default="static",
        show_default=True,
        help=session.t("cli.encode.model"),
    )
    def encode(file: Path, output: Path, model: Literal["static", "contextual"]) -> None:
        from flows.files import encode_file

        count, dimensions = encode_file(session.settings(), file, output, model)
        session.say("cli.encode.done", count=count, dimensions=dimensions, path=output)


def _add_lexicon(app: click.Group, session: Session) -> None:
    t = session.t

    @app.command("lexicon", help=t("cli.lexicon.help"))
    @click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
    @click.option("--hints", is_flag=True, help=t("cli.lexicon.show_hints"))
    def lexicon(folder: Path | None, hints: bool) -> int:
        from flows.lexicon_check import dictionary_problems, lexicon_hints, lexicon_problems

        in_lexicon, concepts, terms = lexicon_problems(folder, session.language)
        in_dictionary, entries, pairs = dictionary_problems(session.language)
        for problem in (*in_lexicon, *in_dictionary):
            session.result(problem)
        if in_lexicon or in_dictionary:
            return 1
        session.say("cli.lexicon.good", concepts=concepts, terms=terms)
        session.say("cli.dictionary.good", entries=entries, pairs=pairs)
        missing = lexicon_hints(folder, session.language)
        for hint in missing if hints else ():
            session.result(hint)
        if missing and not hints:
            session.say("cli.lexicon.hints", count=len(missing))
        return 0


def _add_doctor(app: click.Group, session: Session) -> None:
    t = session.t

    @app.command("doctor", help=t("cli.doctor.help"))
    @click.option("--verify", "read_all", is_flag=True, help=t("cli.doctor.verify"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def doctor(read_all: bool, as_json: bool) -> int:
        settings = session.existing().model_copy(update={"language": session.language})
        if read_all:
            from flows.verify import verify as look
        else:
            from flows.doctor import examine as look
        findings = look(settings)
        bad = [f for f in findings if not f.good]
        if as_json:
            records = [{"check": f.check, "good": f.good, "detail": t(f.key, **f.values)} for f in findings]
            session.result_json({"healthy": not bad, "checks": records})
            return 1 if bad else 0
        for finding in findings:
            session.result(f"{'✓' if finding.good else '✗'} {t(finding.key, **finding.values)}")
        if bad:
            session.say("cli.doctor.bad", count=len(bad))
        else:
            session.say("cli.doctor.good")
        return 1 if bad else 0
