"""``people``: who has an account on the review page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.store.accounts import AccountStore, Secret

_ROLES = ("reader", "reviewer", "editor", "admin")


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    people = click.Group("people", help=t("cli.people.help"), no_args_is_help=True)
    app.add_command(people)
    once = click.option("--once", is_flag=True, help=t("cli.people.once"))

    @people.command("add", help=t("cli.people.add"))
    @click.argument("name")
    @click.option("--full-name", required=True, help=t("cli.people.full_name"))
    @click.option("--role", type=click.Choice(_ROLES), default="reviewer", show_default=True, help=t("cli.people.role"))
    @once
    def add(name: str, full_name: str, role: str, once: bool) -> None:
        add_person(session, name, full_name, role, once=once)

    @people.command("list", help=t("cli.people.list"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def show(as_json: bool) -> None:
        list_people(session, as_json=as_json)

    @people.command("close", help=t("cli.people.close"))
    @click.argument("name")
    def close(name: str) -> None:
        from pipelines.store.accounts import COMMAND

        with _accounts(session) as accounts:
            accounts.change(_known_name(name), actor=COMMAND, active=False)
        session.say("cli.people.closed", name=name)

    @people.command("password", help=t("cli.people.password"))
    @click.argument("name")
    @once
    def password(name: str, once: bool) -> None:
        from pipelines.errors import StoreError
        from pipelines.store.accounts import COMMAND

        clean = _known_name(name)
        with _accounts(session) as accounts:
            account = accounts.get(clean)
            if account is None:
                raise StoreError("error.account_unknown", name=name)
            secret, tell = _secret(session, accounts, once, account.name, account.full_name)
            accounts.set_secret(clean, secret, actor=COMMAND)
        session.say("cli.people.changed", name=clean)
        tell()


def add_person(session: Session, name: str, full_name: str, role: str, *, once: bool) -> None:
    """Add an account.

    Raises
    ------
    SettingsError
        The name or the password cannot be used.
    StoreError
        The name is taken.
    """
    from pipelines.domain.accounts import AccountRole
    from pipelines.errors import SettingsError, StoreError
    from pipelines.review_app import names
    from pipelines.store.accounts import COMMAND

    clean, whole = names.sign_in_name(name), names.full_name(full_name)
    if clean is None:
        raise SettingsError("error.person_name", name=name[: names.LONGEST_NAME])
    if whole is None:
        raise SettingsError("error.person_full_name")
    with _accounts(session) as accounts:
        if accounts.get(clean) is not None:  # before anybody types a password
            raise StoreError("error.account_exists", name=clean)
        secret, tell = _secret(session, accounts, once, clean, whole)
        accounts.create(clean, whole, AccountRole(role), secret, actor=COMMAND, language=session.language)
    session.say("cli.people.added", name=clean, role=session.t(f"people.role.{role}"))
    tell()


def list_people(session: Session, *, as_json: bool) -> None:
    """Print all accounts."""
    with _accounts(session) as accounts:
        people = accounts.all()
    if as_json:
        session.result_json({"people": [account.model_dump(mode="json") for account in people]})
        return
    if not people:
        session.say("cli.people.none")
        return
    columns = ("name", "full_name", "role", "state", "created")
    session.result_table(
        [session.t(f"cli.people.heading.{name}") for name in columns],
        [
            [
                account.name,
                account.full_name,
                session.t(f"people.role.{account.role.value}"),
                session.t("people.open" if account.active else "people.closed"),
                f"{account.created:%Y-%m-%d}",
            ]
            for account in people
        ],
    )


@contextmanager
def _accounts(session: Session) -> Iterator[AccountStore]:
    from flows.workspace import open_settings_workspace

    workspace = open_settings_workspace(session.existing())
    try:
        yield workspace.accounts
    finally:
        workspace.close()


def _known_name(name: str) -> str:
    from pipelines.errors import StoreError
    from pipelines.review_app.names import sign_in_name

    clean = sign_in_name(name)
    if clean is None:
        raise StoreError("error.account_unknown", name=name)
    return clean


def _secret(session: Session, accounts: AccountStore, once: bool, *names: str) -> tuple[Secret, Callable[[], None]]:
    """What a password is checked against, and what tells it afterwards where it was made here."""
    from pipelines.errors import SettingsError
    from pipelines.review_app import passwords
    from pipelines.store.accounts import Secret

    if once:
        made, secret = passwords.one_time_secret(accounts.now())

        def tell() -> None:
            session.say("cli.people.one_time", hours=passwords.ONCE_HOURS)
            session.result(made)

        return secret, tell
    if sys.stdin.isatty():
        password = click.prompt(session.t("cli.people.ask"), hide_input=True, err=True)
        again = click.prompt(session.t("cli.people.ask_again"), hide_input=True, err=True)
    else:  # given by another program
        password = again = sys.stdin.readline().rstrip("\r\n")
    problem = passwords.password_problem(password, *names) or (None if password == again else "password.not_same")
    if problem is not None:
        limits = {"shortest": passwords.SHORTEST, "longest": passwords.LONGEST}
        raise SettingsError("error.person_password", why=session.t(problem, **limits))
    return Secret(passwords.hash_password(password)), lambda: None
