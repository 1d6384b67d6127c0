"""Examines the installation and the workspace, and says what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from flows.context import ScanContext
from flows.machines import check_cluster
from flows.second_opinion import chosen_endpoint
from flows.vectors import documents_without_vectors
from flows.workspace import open_settings_workspace
from pipelines import __version__
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.moments import now
from pipelines.domain.schedules import DutyState
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.strings import error_text, text

_LEAST_FREE_MEGABYTES = 1000
"""A workspace of 500 reports with their kept copies takes about this much."""
_OLDEST_BACKUP = timedelta(days=8)
"""As shipped a backup is made every night. One that fails is told by a notice, a service that stands still by none."""
_FAILURES = 3
"""So often in a row a source fails before it is told: a server may be down for a night."""
_ANSWER_SECONDS = 10
"""An endpoint has so long to name its models: it need not think for that."""


@dataclass(frozen=True)
class Finding:
    """Outcome of one check."""

    check: str
    good: bool
    key: str
    values: dict[str, str | int | float] = field(default_factory=dict)


def examine(settings: Settings) -> list[Finding]:
    """All checks, in an order in which the first bad one is best mended first."""
    findings = [
        Finding("program", True, "doctor.program", {"version": __version__, "python": sys.version.split()[0]}),
        _guarded("workspace", settings, _check_workspace),
        _check_disk(settings),
        _guarded("models", settings, _check_models),
        _check_telemetry(),
        _check_recognition(),
        _guarded("second_opinion", settings, _check_second_opinion),
        _guarded("cluster", settings, _check_cluster),
    ]
    if findings[1].good:
        checks = {
            "vectors": _check_vectors,
            "documents": _check_documents,
            "runs": _check_runs,
            "rules": _check_rules,
            "acts": _check_acts,
            "backup": _check_backup,
            "sources": _check_sources,
            "schedules": _check_schedules,
            "notices": _check_notices,
        }
        findings += [_guarded(name, settings, check) for name, check in checks.items()]
    return findings


def _guarded(name: str, settings: Settings, check: Callable[[Settings], Finding]) -> Finding:
    try:
        return check(settings)
    except KennisstandError as error:
        return Finding(name, False, "doctor.problem", {"name": name, "detail": error_text(error, settings.language)})


def _check_workspace(settings: Settings) -> Finding:
    workspace = open_settings_workspace(settings)
    table = workspace.tables.current()
    workspace.close()
    version = "" if table is None else table.version
    return Finding("workspace", True, "doctor.workspace", {"folder": str(settings.workspace), "table": version})


def _check_disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.workspace).free // 2**20
    good = free >= _LEAST_FREE_MEGABYTES
    key = "doctor.disk" if good else "doctor.disk_low"
    return Finding("disk", good, key, {"free": free, "least": _LEAST_FREE_MEGABYTES})


def _check_models(settings: Settings) -> Finding:
    context = ScanContext(settings, open_settings_workspace(settings))
    context.workspace.close()
    return Finding(
        "models", True, "doctor.models", {"model": context.kit.version, "encoder": context.kit.encoder.version}
    )


def _check_vectors(settings: Settings) -> Finding:
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        encoder = context.encoder.version  # loads it: a model that is there may still be unusable
        count = context.workspace.passages.count_labelled()
        missing = sum(documents_without_vectors(context).values())
    finally:
        context.workspace.close()
    key = "doctor.vectors_missing" if missing else "doctor.vectors"
    return Finding("vectors", not missing, key, {"encoder": encoder, "count": count, "missing": missing})


def _check_telemetry() -> Finding:
    off = os.environ.get("DO_NOT_TRACK") == "1" and os.environ.get("PREFECT_SERVER_ANALYTICS_ENABLED") == "false"
    return Finding("telemetry", off, "doctor.telemetry_off" if off else "doctor.telemetry_on")


def _check_recognition() -> Finding:
    """Whether scanned pages can be read; without it all else works."""
    from pipelines.ingest.tesseract import find_tesseract

    program = find_tesseract()
    if program is None:
        return Finding("recognition", True, "doctor.recognition_off")
    values: dict[str, str | int | float] = {"program": program.name, "missing": ", ".join(program.missing)}
    key = "doctor.recognition_languages" if program.missing else "doctor.recognition"
    return Finding("recognition", not program.missing, key, values)


def _check_second_opinion(settings: Settings) -> Finding:
    endpoint = chosen_endpoint(settings)
    if endpoint is None:
        return Finding("second_opinion", True, "doctor.second_opinion_off")
    from pipelines.second_opinion.faults import EndpointError

    where = "outside" if endpoint.address.outside else "here"
    values: dict[str, str | int | float] = {"model": endpoint.model, "address": str(endpoint.address)}
    try:
        endpoint.check(min(settings.second_opinion_request_seconds, _ANSWER_SECONDS))
    except EndpointError as error:
        reason = text(f"second_opinion.stopped.{error.fault.value}", settings.language)
        return Finding("second_opinion", False, f"doctor.second_opinion_{where}_silent", {**values, "reason": reason})
    return Finding("second_opinion", True, f"doctor.second_opinion_{where}", values)


def _check_cluster(settings: Settings) -> Finding:
    if not settings.cluster:
        return Finding("cluster", True, "doctor.cluster_off")
    check_cluster(settings)
    from flows.cluster_start import examine_cluster

    count = examine_cluster(settings)
    return Finding("cluster", True, "doctor.cluster", {"count": count, "address": settings.cluster})


def _check_documents(settings: Settings) -> Finding:
    workspace = open_settings_workspace(settings)
    documents = workspace.documents.summaries()
    workspace.close()
    failed = sum(d.state.value == "failed" and d.stage == "done" for d in documents)
    aside = sum(d.state not in READABLE_STATES for d in documents)
    key = "doctor.documents_failed" if failed else "doctor.documents"
    return Finding("documents", not failed, key, {"count": len(documents), "failed": failed, "aside": aside})


def _check_runs(settings: Settings) -> Finding:
    workspace = open_settings_workspace(settings)
    interrupted = workspace.runs.open()
    workspace.close()
    if interrupted is not None:
        return Finding("runs", False, "doctor.run_interrupted", {"run": interrupted.id})
    return Finding("runs", True, "doctor.runs")


def _check_rules(settings: Settings) -> Finding:
    from flows.proposals import rules_path, workspace_rules

    rules = workspace_rules(settings)
    key = "doctor.rules" if rules_path(settings) is None else "doctor.rules_own"
    return Finding("rules", True, key, {"count": len(rules.rules), "version": rules.version})


def _check_acts(settings: Settings) -> Finding:
    workspace = open_settings_workspace(settings)
    faults = [*workspace.decisions.faults(), *workspace.acts.faults()]
    count = workspace.decisions.count() + workspace.acts.last()
    workspace.close()
    key = "doctor.acts_changed" if faults else "doctor.acts"
    return Finding("acts", not faults, key, {"count": count, "changed": len(faults)})


def _check_backup(settings: Settings) -> Finding:
    from flows.backup import newest_backup

    if not settings.schedule_backup:
        return Finding("backup", True, "doctor.backup_off")
    workspace = open_settings_workspace(settings)
    decided = workspace.decisions.count() + workspace.acts.last() > 0
    begun = min((run.started for run in workspace.runs.all()), default=now())
    workspace.close()
    made, oldest = newest_backup(settings), now() - _OLDEST_BACKUP
    if made is None:
        good = begun > oldest or not decided
        return Finding("backup", good, "doctor.backup_none" if good else "doctor.backup_lacks")
    good = made > oldest
    return Finding("backup", good, "doctor.backup" if good else "doctor.backup_old", {"day": f"{made:%Y-%m-%d}"})


def _check_sources(settings: Settings) -> Finding:
    from flows.sources import list_sources

    workspace = open_settings_workspace(settings)
    try:
        listed = [one for one in list_sources(settings, workspace) if one.enabled]
    finally:
        workspace.close()
    failing = [one.source.name for one in listed if one.status.n_failures >= _FAILURES]
    values: dict[str, str | int | float] = {"count": len(listed), "names": ", ".join(failing)}
    return Finding("sources", not failing, "doctor.sources_failing" if failing else "doctor.sources", values)


def _check_schedules(settings: Settings) -> Finding:
    from flows.schedules import schedule_views
    from flows.service_file import read_service

    workspace = open_settings_workspace(settings)
    try:
        views = schedule_views(settings, workspace)
    finally:
        workspace.close()
    failed = [v.schedule.duty for v in views if v.latest is not None and v.latest.state is DutyState.FAILED]
    if failed:
        names = ", ".join(text(f"schedule.duty.{duty}", settings.language) for duty in failed)
        return Finding("schedules", False, "doctor.schedules_failed", {"names": names})
    off = read_service(settings.processed_dir) is None
    return Finding("schedules", True, "doctor.schedules_off" if off else "doctor.schedules")


def _check_notices(settings: Settings) -> Finding:
    from flows.notice_sending import notice_addresses, notice_places

    if not notice_addresses(settings):
        return Finding("notices", True, "doctor.notices_off")
    places = notice_places(settings)
    unknown = [place.number for place in places if not place.service]
    values: dict[str, str | int | float] = {"count": len(places), "numbers": ", ".join(map(str, unknown))}
    return Finding("notices", not unknown, "doctor.notices_unknown" if unknown else "doctor.notices", values)
