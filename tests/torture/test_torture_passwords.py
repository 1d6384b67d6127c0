"""Passwords made of what is used most, padded as people pad it; and such as nobody would guess."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator

import torture_rounds

from pipelines.review_app.passwords import SHORTEST, one_time_password, password_problem

_MOST_USED = 3000
_STEP = torture_rounds.amount(40, 1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _used() -> list[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return list(FREQUENCY_LISTS["passwords"])


def _padded(word: str) -> Iterator[str]:
    """``word`` as people make it longer when a rule asks for twelve characters."""
    named = word.capitalize()
    missing = max(1, SHORTEST - len(word))
    yield word + "123456789012"[:missing]
    yield named + "!" * missing
    yield named + "2024!".ljust(missing, "!")
    yield f"{word}.2023" + "." * (missing - 5)
    yield f"{named}@2025#1234"
    yield f"1234{word}5678"
    yield f"{word}welkom01"
    yield f"{word}-{word}"
    yield word * 2
    yield word * 3
    yield word[::-1] + word
    yield word.upper() + "12345678"
    yield named.replace("a", "@").replace("o", "0").replace("e", "3") + "12345"


def test_of_the_most_used_passwords_and_their_paddings_hardly_any_passes(tell: Callable[..., None]) -> None:
    used = _used()
    long = [password for password in used if len(password) >= SHORTEST]
    padded = [made for word in used[:_MOST_USED:_STEP] for made in _padded(word) if len(made) >= SHORTEST]
    taken = [password for password in padded if password_problem(password) is None]
    taken_as_they_are = [password for password in long if password_problem(password) is None]
    tell(
        "passwords",
        most_used_of_twelve_or_more=len(long),
        of_these_taken=len(taken_as_they_are),
        padded=len(padded),
        of_these_taken_after_padding=len(taken),
    )
    assert len(long) > 200 and not taken_as_they_are
    assert len(taken) <= len(padded) // 200, taken[:20]  # 7 of 3,000 when this was measured first, 2,463 before


def test_what_nobody_would_guess_is_taken() -> None:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    words = FREQUENCY_LISTS["english_wikipedia"][:8000]
    chance = random.Random(20)
    number = torture_rounds.amount(30, 1000)
    made = [" ".join(chance.choices(words, k=4)) for _ in range(number)]
    made += ["".join(chance.choices(_LETTERS, k=12)) for _ in range(number)]
    made += [one_time_password() for _ in range(number)]
    refused = [password for password in made if password_problem(password) == "password.guessable"]
    # Words that are all among the most used passwords themselves may be refused: one may choose others.
    assert len(refused) <= number // 100, refused


def test_signs_that_stand_for_letters_do_not_make_it_slow() -> None:
    # Such a password of full length would keep zxcvbn busy for a minute if it were given all of it.
    for password in ("4@8({[<369!|1/70$5+2%"[:21] * 12, "4a@b8c(d{e[f<g3h6i9j!k1l|m7n0o$p5q+r%s2t" * 6):
        assert password_problem(password) in {None, "password.guessable"}


def test_the_lists_are_loaded_only_where_a_password_is_chosen() -> None:
    check = "import sys, pipelines.review_app.passwords; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
