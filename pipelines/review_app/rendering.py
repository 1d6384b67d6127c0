"""Templates to answers: words in the language of the visitor, dates and numbers as that language writes them."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipelines.domain.moments import now as now
from pipelines.report import wording
from pipelines.store.accounts import COMMAND
from pipelines.strings import LANGUAGES, Language, text

if TYPE_CHECKING:
    from pipelines.review_app.access import Visitor

FOLDER = Path(__file__).resolve().parent
_DONE = "done."


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["query"] = lambda values: urlencode({k: v for k, v in values.items() if v not in (None, "")})
    environment.filters["path_part"] = path_part
    environment.globals["COMMAND"] = COMMAND
    return environment


def path_part(value: object) -> str:
    """``value`` as one part of an address."""
    return quote(str(value), safe="")


def language_of(request: Request, visitor: Visitor | None) -> Language:
    """Language of an answer: of the account, else as chosen in this browser, else Dutch."""
    if visitor is not None:
        return visitor.language
    chosen = request.cookies.get(request.app.state.access.language_cookie)
    found: Language | None = next((language for language in LANGUAGES if language == chosen), None)
    return found or "nl"


def render(
    request: Request, template: str, visitor: Visitor | None, /, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """An answer from a template of this package.

    Templates find: ``t(key, **values)``, ``language``, ``account`` (``None`` when nobody is signed in), ``path`` and
    ``here`` (path and query) of the request, ``done`` (what was just done, in words), and words of dates and numbers:
    ``number``, ``percentage``, ``moment``, ``counted``.
    """
    language = language_of(request, visitor)

    def t(key: str, /, **values: object) -> str:
        return text(key, language, **values)

    done = request.query_params.get("done", "")
    html = (
        _templates()
        .get_template(template)
        .render(
            t=t,
            language=language,
            account=None if visitor is None else visitor.account,
            path=request.url.path,
            here=_here(request),
            done=_done(done, language),
            number=lambda value, decimals=0: wording.number(value, language, decimals),
            percentage=lambda share: wording.percentage(share, language),
            moment=lambda when: wording.moment(when.replace(tzinfo=UTC), language),
            counted=lambda key, n, **values: wording.counted(key, n, language, **values),
            **context,
        )
    )
    return HTMLResponse(html, status_code=status_code)


def render_part(request: Request, template: str, visitor: Visitor | None, /, **context: Any) -> HTMLResponse:
    """A part of a page, fetched by the script; whoever opens its address without one gets it as a page."""
    if request.headers.get("x-part") == "1":
        return render(request, template, visitor, **context)
    return render(request, "whole.html", visitor, part=template, **context)


def _here(request: Request) -> str:
    """Where to come back to after a choice of language; an answer to a form is no place to come back to."""
    if request.method != "GET":
        return urlsplit(request.headers.get("referer", "/")).path or "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _done(key: str, language: Language) -> str | None:
    # Only words that say what was done: an address must not make the page say anything else.
    if not key.startswith(_DONE):
        return None
    try:
        return text(key, language)
    except (KeyError, IndexError):
        return None


def redirect(url: str, done: str | None = None) -> RedirectResponse:
    """Go on to ``url`` after something was done; ``done`` is the key of the words that say so, from ``done.`` on."""
    if done is not None:
        url += ("&" if "?" in url else "?") + urlencode({"done": done})
    return RedirectResponse(url, status_code=303)
