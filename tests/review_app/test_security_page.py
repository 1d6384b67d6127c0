"""What the documentation says of security is what the program does: routes by role, and tests that exist."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from pipelines.domain.accounts import AccountRole
from pipelines.review_app import routes_static
from pipelines.review_app.access import AccessRules, protect, route_access
from pipelines.review_app.app import create_app
from pipelines.review_app.pace import STORES
from pipelines.review_app.rendering import language_of
from pipelines.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_SECURITY = _ROOT / "docs" / "security.md"
_ROLES = _ROOT / "docs" / "roles.md"
_LEVELS = (
    "1.1 22; 1.2 1111122223; 1.3 112222222223; 1.4 222; 1.5 123; 2.1 122; 2.2 112; 2.3 12223; 2.4 23; 3.1 3; "
    "3.2 113; 3.3 12223; 3.4 11222233; 3.5 11122333; 3.6 3; 3.7 22333; 4.1 12233; 4.2 23333; 4.3 22; 4.4 1222; "
    "5.1 2; 5.2 112333; 5.3 113; 5.4 222; 6.1 122; 6.2 111111112222; 6.3 11223333; 6.4 112233; 6.5 22222333; "
    "6.6 2223; 6.7 33; 6.8 2222; 7.1 222; 7.2 1111; 7.3 22; 7.4 11222; 7.5 223; 7.6 22; 8.1 1233; 8.2 1123; "
    "8.3 133; 8.4 23; 9.1 111; 9.2 1222; 10.1 22; 10.2 223; 10.3 22223; 10.4 1111122222233333; 10.5 22222; 10.6 22; "
    "10.7 222; 11.1 2233; 11.2 22233; 11.3 11233; 11.4 1222; 11.5 23; 11.6 23; 11.7 33; 12.1 12233; 12.2 11; "
    "12.3 22223; 13.1 2333; 13.2 222223; 13.3 2233; 13.4 1222233; 14.1 22; 14.2 12223333; 14.3 122; 15.1 12233; "
    "15.2 12233; 15.3 1222222; 15.4 3333; 16.1 2; 16.2 22222; 16.3 2222; 16.4 222; 16.5 2223; 17.1 23; "
    "17.2 22223333; 17.3 22"
)
"""Of ASVS 5.0.0: each section with the levels of its requirements, in their order."""
_WANTED = {
    f"{section}.{number}": int(level)
    for section, levels in (part.split() for part in _LEVELS.split(";"))
    for number, level in enumerate(levels, 1)
    if level != "3"
}
_HEAD = """# Routes by role

Made from the program, and held against it by `tests/review_app/test_security_page.py` (write it anew with
`KENNISSTAND_WRITE_ROLES=1 python -m pytest tests/review_app/test_security_page.py`). **yes**: may ask it; **no**: is
refused with 403. What costs much has a number of turns for each account
([security](security.md#what-every-request-and-answer-passes)).

"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    made = create_app(Settings(workspace=tmp_path_factory.mktemp("roles")), AccessRules())
    yield made
    made.state.desk.close()
    made.state.workspace.close()


def _matrix(app: FastAPI) -> str:
    roles = list(AccountRole)
    lines = ["| route | nobody | " + " | ".join(role.value for role in roles) + " | costs |"]
    lines.append("| --- " * (len(roles) + 3) + "|")
    for route in sorted(route_access(app), key=lambda one: (one.path, sorted(one.methods))):
        may = ["yes" if route.role is None or role.may(route.role) else "no" for role in roles]
        first = "yes" if route.role is None else "no"
        lines += [
            f"| `{method} {route.path}` | {first} | {' | '.join(may)} | {route.costs or ''} |"
            for method in sorted(route.methods - {"HEAD"})
        ]
    return _HEAD + "\n".join(lines) + "\n"


def test_the_page_of_roles_is_current(app: FastAPI) -> None:
    if "KENNISSTAND_WRITE_ROLES" in os.environ:
        _ROLES.write_text(_matrix(app), encoding="utf-8")
    assert _ROLES.read_text(encoding="utf-8") == _matrix(app)


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_of_the_language_is_for_this_server_only(app: FastAPI, secure: bool) -> None:
    rules = AccessRules(secure=secure, hostnames=frozenset({"kennis.example"}))
    small = FastAPI()
    small.state.access, small.state.settings, small.state.workspace = rules, app.state.settings, app.state.workspace
    small.include_router(routes_static.router)
    protect(small)
    # As the web server with https asks: over http.
    origin = f"{'https' if secure else 'http'}://kennis.example"
    browser = TestClient(small, base_url="http://kennis.example", headers={"Origin": origin}, follow_redirects=False)
    told = browser.post("/language", data={"language": "en"}).headers["set-cookie"]
    name, *parts = [part.strip() for part in told.split(";")]
    assert name == ("__Host-language=en" if secure else "language=en")
    assert {part.lower() for part in parts} == {"httponly", "path=/", "samesite=lax", "max-age=31536000"} | (
        {"secure"} if secure else set()
    )
    asked = Request({"type": "http", "app": small, "headers": [(b"cookie", name.encode())]})
    assert language_of(asked, None) == "en"


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", _SECURITY.read_text(encoding="utf-8")))
    there: set[str] = set()
    for path in (_ROOT / "tests").rglob("test_*.py"):
        found = re.findall(r"^ *(?:async )?def (test_\w+)\(", path.read_text(encoding="utf-8"), re.M)
        there.update(found)
    assert len(named) > 100 and not named - there, sorted(named - there)


def _lines() -> list[tuple[str, str, str, str]]:
    content = _SECURITY.read_text(encoding="utf-8").split("| requirement | level | how | test |", 1)[1]
    lines = [line for line in content.splitlines() if re.match(r"\| \d", line)]
    return [tuple(part.strip() for part in line.strip("|").split("|")) for line in lines]  # type: ignore[misc]


def _named(requirement: str) -> list[str]:
    """The requirements that a line is about: single ones, from one to another, all of a section or of a chapter."""
    found: list[str] = []
    numbers = re.match(r"[\d.]+(?:–[\d.]+)?(?:, [\d.]+(?:–[\d.]+)?)*(?= )", requirement)
    assert numbers is not None, requirement
    for part in numbers[0].split(", "):
        first, _, last = part.partition("–")
        if last:
            section, number = first.rsplit(".", 1)
            found += [f"{section}.{n}" for n in range(int(number), int(last.rsplit(".", 1)[1]) + 1)]
        elif first in _WANTED:
            found.append(first)
        else:
            found += [name for name in _WANTED if name.startswith(f"{first}.")]
    return found


def test_every_line_says_what_holds() -> None:
    for requirement, level, how, test in _lines():
        assert how and requirement and level, requirement
        assert not test or re.fullmatch(r"`test_\w+`(, `test_\w+`)*", test), requirement


def test_every_requirement_has_one_line_with_its_level() -> None:
    assert [sum(level == n for level in _WANTED.values()) for n in (1, 2)] == [70, 183]
    told: list[str] = []
    for requirement, level, *_ in _lines():
        names = _named(requirement)
        assert names and level == ", ".join(map(str, sorted({_WANTED[name] for name in names}))), requirement
        told += names
    assert sorted(told) == sorted(_WANTED), set(told) ^ set(_WANTED)


def test_turns_are_as_documented() -> None:
    page = _SECURITY.read_text(encoding="utf-8")
    for kind, store in STORES.items():
        assert f"| {kind.value} | {store.most} | {store.per_second:g} |" in page
