"""Passwords: how they are kept (argon2id), which are refused, and one-time ones.

Rules after NIST SP 800-63B, 3.1.1, and OWASP ASVS 5.0, 6.2: length, no rules on kinds of characters, no end date, and
none that everybody tries first. A password is used exactly as it was typed.
"""

from __future__ import annotations

import secrets
import threading
from datetime import datetime, timedelta

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from pipelines.review_app.guessable import is_guessable
from pipelines.store.accounts import Secret

SHORTEST = 12
LONGEST = 256
"""So that nobody makes the server hash megabytes; ASVS 6.2.9 asks for 64 at least."""

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 rounds, 1 lane at least. 73 ms on one core.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_AT_ONCE = threading.BoundedSemaphore(4)
"""Hashes made side by side: each takes 19 MiB, and forty threads serve requests."""
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$r5T9mJq0H0Qw2y6k1Qm0vg$fLkkUmNfHRZ9Tf2vRb6vv0pT7h1C6yqz0mZ6Q2kq0aA"
"""Checked where there is no account, so that an answer takes as long as for one; fits no known password."""

ONCE_HOURS = 72
"""How long a one-time password waits to be used: over a weekend."""
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters that are not mistaken for each other when read aloud."""
_ONE_TIME_PARTS = 5
_ONE_TIME_PART = 4


def hash_password(password: str) -> str:
    """The argon2id hash of ``password``, with its salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def check_password(password: str, hashed: str | None) -> bool:
    """Whether ``password`` made ``hashed``; without a hash the work is done all the same, and it is not."""
    with _AT_ONCE:
        fits = _fits(_NOBODY if hashed is None else hashed, password.encode("utf-8", "surrogatepass"))
    return fits and hashed is not None


def _fits(hashed: str, password: bytes) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(hashed: str) -> bool:
    """Whether ``hashed`` was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(hashed)


def one_time_password() -> str:
    """A random password of 99 bits in parts of four, to be read aloud or copied."""
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(_ONE_TIME_PART)) for _ in range(_ONE_TIME_PARTS))
    return "-".join(parts)


def one_time_secret(now: datetime) -> tuple[str, Secret]:
    """A new one-time password, and what it is checked against; ``now`` in UTC without time zone."""
    password = one_time_password()
    return password, Secret(hash_password(password), now + timedelta(hours=ONCE_HOURS))


def password_problem(password: str, *names: str) -> str | None:
    """Why ``password`` is refused, as the key of the words; ``None`` if it may be used.

    Parameters
    ----------
    password
        As it was typed.
    names
        Sign-in name and full name of the person: passwords made of these are refused.
    """
    if len(password) < SHORTEST:
        return "password.too_short"
    if len(password) > LONGEST:
        return "password.too_long"
    return "password.guessable" if is_guessable(password, *names) else None
