"""``notices``: where notices go, and a test message."""

from __future__ import annotations

import click

from pipelines.cli.session import Session


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.group("notices", help=t("cli.notices.help"), invoke_without_command=True)
    @as_json
    @click.pass_context
    def notices(context: click.Context, as_json: bool) -> int:
        return 0 if context.invoked_subcommand else show_notices(session, as_json=as_json)

    @notices.command("test", help=t("cli.notices.test"))
    @as_json
    def test(as_json: bool) -> int:
        return test_notices(session, as_json=as_json)


def show_notices(session: Session, *, as_json: bool) -> int:
    """Print where notices go, without what is secret; 1 where an address is not recognised."""
    from flows.notice_sending import notice_places

    settings = session.settings()
    places = notice_places(settings)
    if as_json:
        shown = [place.model_dump(mode="json") for place in places]
        session.result_json({"notices": shown, "page": settings.notice_page or None})
        return 0 if all(place.service for place in places) else 1
    if not places:
        session.say("cli.notices.none")
        return 0
    session.result_table(
        [session.t(f"cli.notices.heading.{name}") for name in ("number", "service", "host", "recipients")],
        [
            [
                str(place.number),
                place.service or session.t("cli.notices.unknown"),
                place.host or session.t("cli.notices.hidden"),
                ", ".join(place.recipients),
            ]
            for place in places
        ],
    )
    if settings.notice_page:
        session.say("cli.notices.page", address=settings.notice_page)
    else:
        session.say("cli.notices.no_page")
    return 0 if all(place.service for place in places) else 1


def test_notices(session: Session, *, as_json: bool) -> int:
    """Send a test message and tell what came of it; 1 where an address was not reached, or there is none."""
    from flows.notice_sending import Patience
    from flows.notices import check_notices

    # Somebody waits at the screen: one try tells whether the address is right.
    settings = session.settings()
    outcome = check_notices(settings, patience=Patience(pauses=()))
    if as_json:
        session.result_json({"test": outcome.model_dump(mode="json")})
    elif not outcome.n_addresses:
        session.say("cli.notices.none")
    else:
        session.say("cli.notices.sent", sent=outcome.n_sent, count=outcome.n_addresses)
        for one in outcome.undelivered:
            service = one.place.service or session.t("cli.notices.unknown")
            session.say("cli.notices.missed", number=one.place.number, service=service, why=session.reason(one.reason))
    return 0 if outcome.n_addresses and outcome.whole else 1
