"""People who use the review page, and what they may do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import Record


class AccountRole(StrEnum):
    """Each role may do all that the one before it may."""

    READER = "reader"
    """Looks at everything, downloads reports."""
    REVIEWER = "reviewer"
    """Decides on passages, adds documents, starts scans and reports."""
    EDITOR = "editor"
    """Settles disagreements, lets the models learn."""
    ADMIN = "admin"
    """Gives accounts and roles."""

    def may(self, needed: AccountRole) -> bool:
        """Whether this role holds all rights of ``needed``."""
        order = list(AccountRole)
        return order.index(self) >= order.index(needed)


class Account(Record):
    """Somebody who can sign in. The password is not part of it."""

    name: str = Field(min_length=1, max_length=60)
    """What is typed to sign in; lower case, unique, kept for good since decisions carry it."""
    full_name: str = Field(min_length=1, max_length=120)
    role: AccountRole
    active: bool = True
    """An account that is closed stays, since decisions carry its name."""
    language: str = "nl"
    """``nl`` or ``en``."""
    shortcuts: bool = True
    """Whether single keys act; WCAG 2.2, criterion 2.1.4, asks that they can be turned off."""
    created: datetime
    has_password: bool = True
    """Whether it can sign in here; ``False`` for somebody who comes in through a login of the organisation."""
