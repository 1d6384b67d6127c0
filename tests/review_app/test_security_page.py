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
from pipelines.review_app.rendering import language_of
from pipelines.settings import Settings

_ROOT = Path(__file__).resolve().parents[2]
_SECURITY = _ROOT / "docs" / "security.md"
_ROLES = _ROOT / "docs" / "roles.md"
_CHAPTERS = 17
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


def test_every_line_says_what_holds() -> None:
    content = _SECURITY.read_text(encoding="utf-8").split("| requirement | level | how | test |", 1)[1]
    lines = [line for line in content.splitlines() if re.match(r"\| \d", line)]
    for line in lines:
        requirement, level, how, test = (part.strip() for part in line.strip("|").split("|"))
        assert re.fullmatch(r"[12](, 2)?", level) and how and requirement, line
        assert not test or re.fullmatch(r"`test_\w+`(, `test_\w+`)*", test), line
    chapters = {int(number) for line in lines for number in re.findall(r"\b(\d+)(?=[.,]| )", line.split("|")[1])}
    assert set(range(1, _CHAPTERS + 1)) <= chapters
