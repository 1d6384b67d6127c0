"""Holds every chain against its hashes, and against what was witnessed of it outside the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine, Table

from flows.backup import backup_folder
from flows.doctor import Finding
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import schema
from pipelines.store.backups import BackupFolder, Manifest
from pipelines.store.chain import ChainReport, follow_chain
from pipelines.store.chains import FORMER_FORMS
from pipelines.store.checking import READING_FAULTS
from pipelines.store.witness import BEGUN, RESTORED, WITNESS_FILE, Witness, Witnessed
from pipelines.strings import text

_SHOWN = 10
"""So many numbers are named; what comes after one that is lost is all the same."""


def check_chains(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Decisions, acts, versions, proposals and changes of accounts, and their witness."""
    manifests = _manifests(settings)
    told, finding = _witness(settings, manifests)
    yield finding
    for manifest in manifests:
        if _counts(manifest, told):
            told.add((table, int(head[0]), str(head[1])) for table, head in manifest.heads.items())
    for table in schema.CHAINED:
        yield from _check_chain(settings, engine, table, told)


def _manifests(settings: Settings) -> list[Manifest]:
    found: list[Manifest] = []
    with suppress(*READING_FAULTS):
        folder = BackupFolder(backup_folder(settings))
        for name in folder.names():
            with suppress(KennisstandError):  # one that is damaged witnesses nothing
                found.append(folder.read(name))
    return [one for one in found if one.heads and one.workspace == str(settings.workspace.resolve())]


def _counts(manifest: Manifest, told: Witnessed) -> bool:
    """Whether the database must hold what a backup held: not where an older one was put back since."""
    made = datetime.fromisoformat(manifest.made)
    return told.begun is None or told.kind == BEGUN or made >= told.begun or (told.of is not None and made <= told.of)


def _witness(settings: Settings, manifests: list[Manifest]) -> tuple[Witnessed, Finding]:
    path = settings.processed_dir / WITNESS_FILE
    values: dict[str, str | int | float] = {"file": str(path)}
    try:
        told = Witness(path).read()
    except OSError as error:
        return Witnessed(), Finding("witness", False, "verify.witness_unreadable", {**values, "detail": str(error)})
    if told is None:
        key = "verify.witness_gone" if manifests else "verify.witness_none"
        return Witnessed(), Finding("witness", not manifests, key, values)
    values["day"] = "?" if told.begun is None else f"{told.begun:%Y-%m-%d}"
    if told.n_damaged:
        return told, Finding("witness", False, "verify.witness_damaged", {**values, "count": told.n_damaged})
    if told.kind == RESTORED and told.of is not None:
        return told, Finding(
            "witness", True, "verify.witness_restored", {**values, "made": f"{told.of:%Y-%m-%d %H:%M}"}
        )
    return told, Finding("witness", True, "verify.witness", values)


def _check_chain(settings: Settings, engine: Engine, table: Table, told: Witnessed) -> Iterator[Finding]:
    report, name = ChainReport(), text(f"verify.name.{table.name}", settings.language)
    broken_off = False
    try:
        with engine.connect() as connection:
            former, witnessed = FORMER_FORMS.get(table.name), told.entries.get(table.name)
            follow_chain(connection, table, report, former=former, witnessed=witnessed)
    except READING_FAULTS:
        broken_off = True
    values: dict[str, str | int | float] = {"name": name, "count": report.n_entries}
    changed = sorted({str(f.sequence) for f in report.faults} | {str(n) for n in report.rewritten}, key=_by_number)
    if broken_off:
        yield Finding(table.name, False, "verify.chain_unreadable", values)
    if changed:
        yield Finding(
            table.name, False, "verify.chain_changed", {**values, "changed": len(changed), "numbers": _some(changed)}
        )
    if report.lost:
        lost = [str(number) for number in report.lost]
        yield Finding(table.name, False, "verify.chain_lost", {**values, "lost": len(lost), "numbers": _some(lost)})
    if not (broken_off or changed or report.lost):
        yield Finding(table.name, True, "verify.chain", values)


def _by_number(number: str) -> tuple[int, str]:
    return (int(number) if number.isdigit() else 0, number)


def _some(numbers: list[str]) -> str:
    return ", ".join(numbers[:_SHOWN]) + (", …" if len(numbers) > _SHOWN else "")
