"""How people make, change and remove dossiers of their own: who may, what is checked, the act that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.dossiers import KnownDossier, known_dossiers
from pipelines.domain import moments
from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.dossiers import DossierAct, DossierActKind, DossierQuestion
from pipelines.domain.ids import content_id
from pipelines.domain.languages import Language
from pipelines.domain.themes import Theme
from pipelines.dossiers.shipped import shipped_dossiers
from pipelines.errors import KennisstandError, UnknownError
from pipelines.store import Workspace

LONGEST_NAME = 80
LONGEST_QUESTION = 400
LONGEST_TERM = 60
MOST_TERMS = 40
LONGEST_TALK = 300
MOST_TALK = 20


class DossierError(KennisstandError):
    """The dossier cannot be kept so, or not by this person."""


@dataclass(frozen=True)
class DossierDraft:
    """A dossier as somebody wrote it down."""

    name: str
    question: str = ""
    rows: Sequence[str] = ()
    themes: Sequence[str] = ()
    terms_nl: Sequence[str] = ()
    terms_en: Sequence[str] = ()
    talk: Sequence[str] = ()


def may_change(known: KnownDossier, account: Account) -> bool:
    """Whether somebody may change or remove a dossier: who kept it last, and editors; nobody one that is shipped."""
    if known.shipped or not account.role.may(AccountRole.REVIEWER):
        return False
    return known.person == account.name or account.role.may(AccountRole.EDITOR)


def language_of_own(known: KnownDossier | None, otherwise: Language) -> Language:
    """The language that a dossier of the users' own is written in; that of the person where it is new."""
    if known is None:
        return otherwise
    return "nl" if known.question.name_nl else "en"


def new_dossier_id(person: str, started: str) -> str:
    """Id of a dossier that ``person`` begins; ``started`` tells one from the next, and knows a form sent twice."""
    return content_id("dossier", person, started)


def keep_dossier(
    workspace: Workspace,
    dossier_id: str,
    draft: DossierDraft,
    account: Account,
    *,
    turn: int,
    language: Language = "nl",
    now: datetime | None = None,
) -> DossierAct:
    """Keep a dossier: a new one, or another version of one that there is.

    Parameters
    ----------
    workspace
        Where to.
    dossier_id
        From :func:`new_dossier_id`, or of a dossier that there is.
    draft
        As it is to be from now on.
    account
        Who does this.
    turn
        One more than the number of the version that the person saw; 1 for a new one.
    language
        Of the name, the question and the questions for the talk (:func:`language_of_own`).
    now
        Moment in UTC, without time zone; the present one where ``None``.

    Raises
    ------
    DossierError
        The person may not, or something is missing, too long or not known.
    UnknownError
        There is no such dossier (any more).
    ActConflict
        Somebody else changed it in the meantime.
    """
    _check_may(workspace, dossier_id, account, new=turn == 1)
    question = _question(workspace, dossier_id, draft, language)
    act = DossierAct(
        id=content_id("dossier act", dossier_id, turn, account.name, question.model_dump_json()),
        kind=DossierActKind.KEEP,
        dossier=dossier_id,
        turn=turn,
        person=account.name,
        decided=now or moments.now(),
        question=question,
    )
    workspace.acts.keep_dossier(act)
    return act


def remove_dossier(
    workspace: Workspace, dossier_id: str, account: Account, *, turn: int, now: datetime | None = None
) -> DossierAct:
    """Remove a dossier from the list; what it was stays in the history. Parameters and errors as
    :func:`keep_dossier`.
    """
    _check_may(workspace, dossier_id, account, new=False)
    act = DossierAct(
        id=content_id("dossier act", dossier_id, turn, account.name, "remove"),
        kind=DossierActKind.REMOVE,
        dossier=dossier_id,
        turn=turn,
        person=account.name,
        decided=now or moments.now(),
    )
    workspace.acts.keep_dossier(act)
    return act


def _check_may(workspace: Workspace, dossier_id: str, account: Account, *, new: bool) -> None:
    if not account.role.may(AccountRole.REVIEWER):
        raise DossierError("error.dossier_not_yours")
    if any(question.id == dossier_id for question in shipped_dossiers()):
        raise DossierError("error.dossier_shipped")
    known = next((one for one in known_dossiers(workspace) if one.question.id == dossier_id), None)
    if known is None and not new:
        raise UnknownError("error.dossier_gone")
    if known is not None and not may_change(known, account):
        raise DossierError("error.dossier_not_yours")


def _question(workspace: Workspace, dossier_id: str, draft: DossierDraft, language: Language) -> DossierQuestion:
    name, question = _tidy(draft.name), _tidy(draft.question)
    terms = {"nl": _each(draft.terms_nl), "en": _each(draft.terms_en)}
    talk = _each(draft.talk)
    if not name:
        raise DossierError("error.dossier_nameless")
    _check_lengths([(name,), (question,), (*terms["nl"], *terms["en"]), talk])
    if max(map(len, terms.values())) > MOST_TERMS or len(talk) > MOST_TALK:
        raise DossierError("error.dossier_many", terms=MOST_TERMS, talk=MOST_TALK)
    table = workspace.tables.get(workspace.tables.newest_version())
    rows = tuple(row.id for row in table.rows if row.id in set(draft.rows))
    themes = tuple(theme for theme in Theme if theme.value in set(draft.themes))
    if not (question or rows or themes or terms["nl"] or terms["en"]):
        raise DossierError("error.dossier_empty")
    taken = {
        taken.casefold()
        for one in known_dossiers(workspace)
        if one.question.id != dossier_id
        for taken in (one.question.name_nl, one.question.name_en)
    }
    if name.casefold() in taken:
        raise DossierError("error.dossier_taken", name=name)
    return DossierQuestion.model_validate(
        {
            "id": dossier_id,
            f"name_{language}": name,
            f"question_{language}": question,
            "rows": rows,
            "themes": themes,
            "terms_nl": terms["nl"],
            "terms_en": terms["en"],
            f"talk_{language}": talk,
        }
    )


def _check_lengths(written: Sequence[Sequence[str]]) -> None:
    """Name, question, terms and questions for the talk are no longer than each may be."""
    for texts, most in zip(written, (LONGEST_NAME, LONGEST_QUESTION, LONGEST_TERM, LONGEST_TALK), strict=True):
        for given in texts:
            if len(given) > most:
                raise DossierError("error.dossier_long", begin=given[:40], most=most, n=len(given))


def _tidy(written: str) -> str:
    kept = written.encode("utf-8", "ignore").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in kept).split())


def _each(written: Sequence[str]) -> tuple[str, ...]:
    tidied = (_tidy(one) for one in written)
    found: dict[str, str] = {}
    for one in tidied:
        if one:
            found.setdefault(one.casefold(), one)
    return tuple(found.values())
