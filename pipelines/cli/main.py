"""Entry of the command: reads language and workspace, runs the command, turns errors into messages and exit codes."""

from __future__ import annotations

import gettext
import io
import locale
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.cli.session import Session
from pipelines.errors import KennisstandError
from pipelines.strings import LANGUAGES, Language, error_text

OK, FAILED, WRONG_USE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
_LOCALE = Path(__file__).resolve().parent.parent / "strings" / "locale"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and exit with 0 (done), 1 (failed), 2 (wrong use), 130 (interrupted) or 143 (told to end)."""
    told_to_end = False

    def end(*_: object) -> None:
        nonlocal told_to_end
        told_to_end = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    logging.lastResort = None  # what is logged is for the log of a scan, not for the screen
    status = run(list(sys.argv[1:] if arguments is None else arguments))
    sys.exit(TERMINATED if told_to_end and status == INTERRUPTED else status)


def run(arguments: list[str]) -> int:
    """Run the command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding="utf-8", errors="replace"
            )  # a terminal of another encoding is no reason to stop
    arguments, wanted, workspace = take_globals(arguments)
    language = _language(wanted)
    _speak(language)
    import click

    session = Session(language, None if workspace is None else Path(workspace))
    if wanted is not None and wanted not in LANGUAGES:
        session.tell(f"--lang: {' | '.join(LANGUAGES)}")
        return WRONG_USE
    from pipelines.cli.app import build_app

    try:
        outcome = build_app(session).main(arguments, prog_name="kennisstand", standalone_mode=False)
        return outcome if isinstance(outcome, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return WRONG_USE
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        session.say("cli.scan.interrupted")
        return INTERRUPTED
    except KennisstandError as error:
        session.tell(f"{session.t('error.prefix')}: {error_text(error, language)}")
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return _of_disk(session, error)
    except Exception as error:  # noqa: BLE001 - the user gets a sentence; the log gets the traceback
        return _unexpected(session, error)


def take_globals(arguments: list[str]) -> tuple[list[str], str | None, str | None]:
    """Take ``--lang`` and ``--workspace`` out of the arguments, wherever they stand.

    Returns
    -------
    tuple
        The other arguments, the language as given, the workspace as given.
    """
    rest: list[str] = []
    found: dict[str, str | None] = {"--lang": None, "--workspace": None}
    waiting = iter(arguments)
    for argument in waiting:
        name, sign, value = argument.partition("=")
        if argument == "--":
            rest += [argument, *waiting]
        elif name in found:
            given = value if sign else next(waiting, None)
            if given is None:
                rest.append(argument)  # let the command say that a value is missing
            found[name] = given
        else:
            rest.append(argument)
    return rest, found["--lang"], found["--workspace"]


def _language(wanted: str | None) -> Language:
    if wanted in LANGUAGES:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "en" if value.startswith("en") else "nl"
    if sys.platform != "win32":  # elsewhere an empty environment would count as American
        return "nl"
    return "en" if (locale.getlocale()[0] or "").startswith(("en", "English")) else "nl"


def _speak(language: Language) -> None:
    # The command-line library looks its words up with gettext in the default domain.
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("messages", str(_LOCALE))


def _of_disk(session: Session, error: OSError) -> int:
    from pipelines.store.files import told_of_disk

    known = told_of_disk(error)
    if known is None:
        return _unexpected(session, error)
    session.tell(f"{session.t('error.prefix')}: {error_text(known, session.language)}")
    return FAILED


def _unexpected(session: Session, error: Exception) -> int:
    from flows.orchestrator import current_log, log_to_file

    log = current_log()
    if log is None:
        try:
            log = log_to_file(session.settings().workspace)
        except (KennisstandError, OSError):
            log = None  # nowhere to write: the sentence below is all there is
    if log is not None:
        logging.getLogger(__name__).error("unexpected", exc_info=error)
    detail = f"{type(error).__name__}: {error}"[:300]
    message = session.t("error.unexpected", detail=detail, log=log or "-")
    session.tell(f"{session.t('error.prefix')}: {message}")
    return FAILED
