"""``proposals`` and ``study``: proposed changes of the table, what people decide on them, what is one study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.domain.proposals import Proposal, ProposalStanding, ProposalVerdict
    from pipelines.settings import Settings
    from pipelines.store import Workspace

_SHOWN_ID = 8
_OPEN_STATES = frozenset({"open", "seconded", "approved"})


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    by = click.option("--by", required=True, metavar=t("cli.proposals.name"), help=t("cli.proposals.by"))

    @app.group("proposals", invoke_without_command=True, help=t("cli.proposals.help"))
    @click.option("--all", "everything", is_flag=True, help=t("cli.proposals.all"))
    @as_json
    @click.pass_context
    def proposals(context: click.Context, everything: bool, as_json: bool) -> None:
        if context.invoked_subcommand is None:
            list_proposals(session, everything=everything, as_json=as_json)

    @proposals.command("show", help=t("cli.proposals.show"))
    @click.argument("proposal")
    @as_json
    def show(proposal: str, as_json: bool) -> None:
        show_proposal(session, proposal, as_json=as_json)

    @proposals.command("studies", help=t("cli.proposals.studies"))
    @click.argument("proposal")
    @as_json
    def studies(proposal: str, as_json: bool) -> None:
        show_studies(session, proposal, as_json=as_json)

    _add_decisions(proposals, session, by)
    _add_studies(app, session, by)


def _add_decisions(proposals: click.Group, session: Session, by: Any) -> None:
    t = session.t
    why = click.option("--why", default="", help=t("cli.proposals.why"))

    @proposals.command("approve", help=t("cli.proposals.approve"))
    @click.argument("ids", nargs=-1, required=True)
    @by
    @click.option("--nl", default="", help=t("cli.proposals.nl"))
    @click.option("--en", default="", help=t("cli.proposals.en"))
    @why
    @click.option("--later", is_flag=True, help=t("cli.proposals.later"))
    def approve(ids: tuple[str, ...], by: str, nl: str, en: str, why: str, later: bool) -> None:
        if (nl or en) and len(ids) > 1:
            raise click.UsageError(t("cli.proposals.one_text"))
        from pipelines.domain.proposals import ProposalVerdict, Wording

        wording = Wording(nl=nl, en=en) if nl or en else None
        decided = decide(session, ids, ProposalVerdict.APPROVE, by, why, wording)
        if not later and any(standing.state.value == "approved" for standing in decided):
            apply_proposals(session, ids)

    @proposals.command("reject", help=t("cli.proposals.reject"))
    @click.argument("ids", nargs=-1, required=True)
    @by
    @click.option("--why", required=True, help=t("cli.proposals.why"))
    def reject(ids: tuple[str, ...], by: str, why: str) -> None:
        from pipelines.domain.proposals import ProposalVerdict

        decide(session, ids, ProposalVerdict.REJECT, by, why)

    @proposals.command("undo", help=t("cli.proposals.undo"))
    @click.argument("ids", nargs=-1, required=True)
    @by
    @why
    def undo(ids: tuple[str, ...], by: str, why: str) -> None:
        from pipelines.domain.proposals import ProposalVerdict

        decide(session, ids, ProposalVerdict.UNDO, by, why)

    @proposals.command("apply", help=t("cli.proposals.apply"))
    def apply() -> None:
        apply_proposals(session, None)


def _add_studies(app: click.Group, session: Session, by: Any) -> None:
    t = session.t
    study = click.Group("study", help=t("cli.study.help"), no_args_is_help=True)
    app.add_command(study)
    for name, together in (("split", False), ("join", True), ("undo", None)):
        _add_ruling(study, session, by, name, together)


def _add_ruling(study: click.Group, session: Session, by: Any, name: str, together: bool | None) -> None:
    t = session.t

    @study.command(name, help=t(f"cli.study.{name}"))
    @click.argument("item_a")
    @click.argument("item_b")
    @by
    @click.option("--why", default="", help=t("cli.study.why"))
    def rule(item_a: str, item_b: str, by: str, why: str) -> None:
        from flows.proposal_decisions import rule_on_study
        from pipelines.domain import moments

        with opened(session) as (workspace, _):
            rule_on_study(workspace, item_a, item_b, by, together=together, why=why, now=moments.now())
        session.say(f"cli.study.done_{name}")


@contextmanager
def opened(session: Session) -> Iterator[tuple[Workspace, Settings]]:
    """The workspace, with proposals brought up to date."""
    from flows.proposals import refresh_proposals
    from flows.workspace import open_settings_workspace
    from pipelines.domain import moments

    settings = session.existing()
    workspace = open_settings_workspace(settings)
    try:
        refresh_proposals(workspace, settings, moments.now().date())
        yield workspace, settings
    finally:
        workspace.close()


def list_proposals(session: Session, *, everything: bool, as_json: bool) -> None:
    """Print what is proposed; with ``everything`` also what was decided or has lapsed."""
    from flows.proposal_records import proposal_record
    from flows.proposals import all_proposals, workspace_rules

    with opened(session) as (workspace, settings):
        rules = workspace_rules(settings)
        pairs = [(p, s) for p, s in all_proposals(workspace) if everything or s.state.value in _OPEN_STATES]
        version = workspace.tables.newest_version()
    if as_json:
        records = [proposal_record(proposal, standing, rules) for proposal, standing in pairs]
        session.result_json({"table": version, "proposals": records})
        return
    if not pairs:
        session.say("cli.proposals.none")
        return
    from pipelines.revision.describe import describe

    session.result_table(
        [session.t(f"cli.proposals.heading.{name}") for name in ("id", "what", "rule", "state", "studies", "people")],
        [
            [
                proposal.id[:_SHOWN_ID],
                (told := describe(proposal, rules, session.language)).what,
                told.rule,
                session.t(f"cli.proposals.state.{standing.state.value}"),
                str(len(proposal.studies)),
                f"{len(standing.approvals)} / {proposal.people_needed}",
            ]
            for proposal, standing in pairs
        ],
        right=frozenset({4, 5}),
    )


def show_proposal(session: Session, letters: str, *, as_json: bool) -> None:
    """Print one proposal with what it rests on and what was decided."""
    from flows.evidence_pieces import accepted_evidence
    from flows.proposal_records import proposal_record
    from flows.proposals import find_proposal, proposal_standings, workspace_rules

    with opened(session) as (workspace, settings):
        rules, proposal = workspace_rules(settings), find_proposal(workspace, letters)
        standing = proposal_standings(workspace)[proposal.id]
        decisions = workspace.acts.decisions(proposal.id)
        table = workspace.tables.get(workspace.tables.newest_version())
        pieces = {piece.item_id: piece for piece in accepted_evidence(workspace, table).pieces}
    if as_json:
        record = proposal_record(proposal, standing, rules)
        made = [decision.model_dump(mode="json", exclude={"schema_version"}) for decision in decisions]
        session.result_json({"proposal": {**record, "decisions": made}})
        return
    from pipelines.appraisal.explain import explain_study

    _print_proposal(session, proposal, standing, rules)
    session.result("")
    for study in proposal.studies:
        session.result(explain_study(study, session.language))
        for item in study.items:
            piece = pieces.get(item)
            if piece is not None:
                page = f", {session.t('cli.search.page')} {piece.page}" if piece.page else ""
                session.result(f"    “{piece.quote}” ({piece.title}{page})")
    for decision in decisions:
        why = f": {decision.why}" if decision.why else ""
        verdict = session.t(f"cli.proposals.verdict.{decision.verdict.value}")
        session.result(f"{decision.decided:%Y-%m-%d %H:%M} {decision.person} {verdict}{why}")


def _print_proposal(session: Session, proposal: Proposal, standing: ProposalStanding, rules: Any) -> None:
    from pipelines.appraisal.explain import explain_level
    from pipelines.revision.describe import describe

    t = session.t
    told = describe(proposal, rules, session.language)
    session.result(f"{proposal.id}  {told.what}")
    session.result(f"{told.rule} ({proposal.rule}, {t('cli.proposals.version')} {proposal.rule_version})")
    session.result(f"{t(f'cli.proposals.state.{standing.state.value}')}. {told.who}")
    if proposal.before is not None:
        session.result(f"\n− {proposal.before.text(session.language)}")
    wording = standing.wording or proposal.suggestion
    if proposal.row_title.text(session.language):
        session.result(f"+ {proposal.row_title.text(session.language)}")
    for text in dict.fromkeys((wording.nl, wording.en)):
        if text:
            session.result(f"+ {text}")
    if standing.wording is None and (wording.nl or wording.en):
        session.result(f"  ({t('cli.proposals.suggestion')})")
    session.result("")
    for line in (*told.why, *told.notes, explain_level(proposal.confidence, session.language)):
        session.result(line)


def show_studies(session: Session, letters: str, *, as_json: bool) -> None:
    """Print the studies that a proposal rests on, and why passages were put together."""
    from flows.proposal_records import study_record
    from flows.proposals import find_proposal

    with opened(session) as (workspace, _):
        proposal = find_proposal(workspace, letters)
    if as_json:
        session.result_json({"proposal": proposal.id, "studies": [study_record(one) for one in proposal.studies]})
        return
    from pipelines.appraisal.explain import explain_merge, explain_study

    if not proposal.studies:
        session.say("cli.proposals.no_studies")
    for study in proposal.studies:
        session.result(explain_study(study, session.language))
        session.result(f"  {session.t('cli.proposals.items')}: {', '.join(study.study.items)}")
        for merge in study.study.merges:
            session.result(f"  {merge.item_a} + {merge.item_b}: {explain_merge(merge, session.language)}")


def decide(
    session: Session, ids: Sequence[str], verdict: ProposalVerdict, person: str, why: str, wording: Any = None
) -> list[ProposalStanding]:
    """Decide on proposals, one after the other, and tell where each stands."""
    from flows.proposal_decisions import decide_proposal
    from flows.proposals import find_proposal
    from pipelines.domain import moments

    decided: list[ProposalStanding] = []
    with opened(session) as (workspace, settings):
        chosen = [find_proposal(workspace, one) for one in ids]  # all are known before anything is decided
        for proposal in chosen:
            standing = decide_proposal(
                workspace, settings, proposal.id, verdict, person, wording=wording, why=why, now=moments.now()
            )
            decided.append(standing)
            session.say(
                f"cli.proposals.now.{standing.state.value}",
                id=proposal.id[:_SHOWN_ID],
                n=len(standing.approvals),
                needed=proposal.people_needed,
            )
    return decided


def apply_proposals(session: Session, ids: Sequence[str] | None) -> None:
    """Make a version of what was approved, and tell what the table does not take."""
    from flows.proposals import find_proposal
    from flows.versions import apply_approved, refused_changes
    from pipelines.domain import moments
    from pipelines.strings import error_text

    with opened(session) as (workspace, settings):
        chosen = None if ids is None else [find_proposal(workspace, one).id for one in ids]
        table = apply_approved(workspace, settings, moments.now(), chosen)
        refused = refused_changes(workspace, settings, moments.now().date())
    if table is not None:
        session.say("cli.proposals.applied", version=table.version)
    elif not refused:
        session.say("cli.proposals.nothing_approved")
    for proposal_id, error in refused.items():
        why = error_text(error, session.language)
        session.say("cli.proposals.refused", id=proposal_id[:_SHOWN_ID], why=why)
