"""Proposed changes of the table: made when something changed that they follow from, kept for good."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.appraise import appraise_pieces
from flows.encoders import chosen_version
from flows.evidence_pieces import accepted_evidence
from flows.lineage import applied_items, applied_proposals, removed_additions
from flows.topic_standing import standing_topics
from pipelines import __version__
from pipelines.domain import moments
from pipelines.domain.appraisal import Appraisal
from pipelines.domain.evidence import Figure
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import Proposal, ProposalStanding, ProposalState, standings_of
from pipelines.domain.rules import Rules
from pipelines.errors import SettingsError, UnknownError
from pipelines.settings import Settings
from pipelines.store import Workspace

if TYPE_CHECKING:
    from pipelines.revision.rejections import RejectedOn

logger = logging.getLogger(__name__)

RULES_FILE = "kennisstand-rules.yaml"
"""A copy of the rules in the workspace goes before those that come with the program."""
SHORTEST_ID = 4
"""So many letters of the id of a proposal name it where no other begins with them."""


def rules_path(settings: Settings) -> Path | None:
    """The workspace's own rules; ``None`` where it has none."""
    path = settings.workspace / RULES_FILE
    return path if path.exists() else None


def workspace_rules(settings: Settings) -> Rules:
    """The rules that hold in a workspace.

    Raises
    ------
    SettingsError
        Its own copy cannot be read, or breaks the rules of rules.
    """
    from pipelines.revision.rules import load_rules

    return load_rules(rules_path(settings))


def refresh_proposals(workspace: Workspace, settings: Settings, today: date) -> list[Proposal]:
    """What the rules propose now, in the order of the table; nothing is computed where nothing changed.

    Parameters
    ----------
    workspace, settings
        Decisions, studies, table, topics and rules are those of the workspace.
    today
        Day by which studies age and review days pass.

    Raises
    ------
    SettingsError
        The workspace's own rules cannot be used.
    """
    fingerprint = proposals_fingerprint(workspace, settings, today)
    now = workspace.proposals.now()
    if now is not None and now.fingerprint == fingerprint:
        return list(workspace.proposals.some(now.proposal_ids).values())
    made, appraisal = _propose(workspace, settings, today)
    kept = workspace.proposals.keep(made, appraisal, fingerprint=fingerprint, moment=moments.now())
    logger.info("%s changes proposed from %s studies", len(kept), len(appraisal.studies))
    return kept


def current_appraisal(workspace: Workspace, settings: Settings, today: date) -> Appraisal:
    """The weighed evidence that the proposals of now rest on."""
    refresh_proposals(workspace, settings, today)
    found = workspace.proposals.appraisal()
    assert found is not None  # kept with the proposals
    return found


def is_proposed(workspace: Workspace, settings: Settings, proposal: Proposal, today: date) -> bool:
    """Whether the rules propose it today, or would had nobody rejected what it is about.

    Raises
    ------
    SettingsError
        The workspace's own rules cannot be used.
    """
    if any(one.id == proposal.id for one in refresh_proposals(workspace, settings, today)):
        return True
    made, _ = _propose(workspace, settings, today, despite=proposal.subject)
    return any(one.id == proposal.id for one in made)


def _propose(
    workspace: Workspace, settings: Settings, today: date, *, despite: str = ""
) -> tuple[list[Proposal], Appraisal]:
    from pipelines.revision.propose import propose_changes

    table = workspace.tables.get(workspace.tables.newest_version())
    evidence = accepted_evidence(workspace, table)
    appraisal = appraise_pieces(workspace, settings, evidence.pieces, table, today)
    records, known = workspace.tables.records(), workspace.proposals.all()
    made = propose_changes(
        table,
        appraisal,
        evidence.pieces,
        workspace_rules(settings),
        today,
        topics=standing_topics(workspace, ended=False),
        rejected={s: one for s, one in _rejected(workspace, known, appraisal, table).items() if s != despite},
        applied=applied_items(records, known, table),
        themes=evidence.themes,
        read_figures=_read_figures,
    )
    applied = applied_proposals(records)
    return [proposal for proposal in made if proposal.id not in applied], appraisal


def _read_figures(text: str, language: str) -> Sequence[Figure]:
    from pipelines.evidence.figures import find_figures

    return find_figures(text, language)


def _rejected(
    workspace: Workspace, known: Mapping[str, Proposal], appraisal: Appraisal, table: EvidenceTable
) -> dict[str, RejectedOn]:
    """Subject -> with what it was rejected.

    A study goes by its first item in the alphabet, which another item may become: so today's ids are among them. Who
    takes a statement out of the table that a proposal brought rejects that proposal.
    """
    from pipelines.revision.rejections import RejectedOn, stance_key

    today: dict[str, set[str]] = {}
    for study in appraisal.studies:
        for item in study.items:
            today.setdefault(item, set()).add(study.id)
    removed = removed_additions(workspace.tables.records(), known, table)
    days: dict[str, date | None] = dict.fromkeys(sorted(removed))
    for proposal_id, standing in proposal_standings(workspace, known).items():
        if standing.state is ProposalState.REJECTED and standing.rejection is not None:
            days[proposal_id] = standing.rejection.decided.date()
    found: dict[str, RejectedOn] = {}
    for proposal_id, day in days.items():
        proposal = known[proposal_id]
        evidence = {
            stance_key(study_id, weighed.stance)
            for weighed in proposal.studies
            for study_id in {weighed.study.id}.union(*(today.get(item, ()) for item in weighed.items))
        }
        one = RejectedOn(frozenset(evidence), frozenset(proposal.items), day)
        found[proposal.subject] = found.get(proposal.subject, RejectedOn()).joined(one)
    return found


def proposal_standings(
    workspace: Workspace, known: Mapping[str, Proposal] | None = None
) -> dict[str, ProposalStanding]:
    """Where every proposal stands that was ever made, by id."""
    now = workspace.proposals.now()
    known = workspace.proposals.all() if known is None else known
    only = next(iter(known)) if len(known) == 1 else None
    return standings_of(
        known,
        workspace.acts.decisions(only),
        applied_proposals(workspace.tables.records()),
        frozenset() if now is None else frozenset(now.proposal_ids),
    )


def all_proposals(workspace: Workspace) -> list[tuple[Proposal, ProposalStanding]]:
    """Every proposal with where it stands: those of now in table order, then the others, the latest first."""
    known = workspace.proposals.all()
    standings = proposal_standings(workspace, known)
    now = workspace.proposals.now()
    current = [] if now is None else [proposal_id for proposal_id in now.proposal_ids if proposal_id in known]
    others = [proposal_id for proposal_id in reversed(known) if proposal_id not in set(current)]
    return [(known[proposal_id], standings[proposal_id]) for proposal_id in (*current, *others)]


def find_proposal(workspace: Workspace, letters: str) -> Proposal:
    """The proposal whose id is, or alone begins with, ``letters``.

    Raises
    ------
    UnknownError
        There is none, or there are several.
    """
    found = workspace.proposals.get(letters)
    if found is not None:
        return found
    ids = workspace.proposals.beginning(letters) if len(letters) >= SHORTEST_ID else []
    if len(ids) != 1:
        raise UnknownError("error.proposal_several" if ids else "error.proposal_unknown", proposal=letters, n=len(ids))
    named = workspace.proposals.get(ids[0])
    assert named is not None  # it was found by its beginning
    return named


def proposals_fingerprint(workspace: Workspace, settings: Settings, today: date) -> str:
    """What proposals and weighed evidence follow from: where it is the same, so are they.

    Raises
    ------
    SettingsError
        The workspace's own rules cannot be read.
    """
    path = rules_path(settings)
    try:
        own_rules = "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SettingsError("error.rules_unreadable", file=RULES_FILE, detail=str(error.strerror)) from error
    parts = (
        __version__,
        today.isoformat(),
        workspace.tables.newest_version(),
        str(workspace.decisions.last()),
        str(workspace.acts.last()),
        workspace.passages.stamp(),
        workspace.topics.stamp(ended=False),
        chosen_version(settings),
        own_rules,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
