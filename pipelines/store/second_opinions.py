"""Second opinions beside the labels, what was asked in each run, and answers kept so that nothing is asked twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, insert, select

from pipelines.domain.second_opinions import SecondOpinion, SecondOpinionAccount
from pipelines.store import schema
from pipelines.store.files import write_whole

ANSWERS_FOLDER = "second_opinions"
"""Folder in data/processed."""


class SecondOpinionStore:
    """Second opinions of a workspace: the newest of each passage, and an account of each run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, run_id: str, account: SecondOpinionAccount, opinion: SecondOpinion | None = None) -> None:
        """Store the account of a run as it is now, and an opinion in place of an earlier one of that passage."""
        accounts, opinions = schema.second_opinion_accounts, schema.second_opinions
        with self._engine.begin() as connection:
            connection.execute(accounts.delete().where(accounts.c.run_id == run_id))
            connection.execute(insert(accounts).values(run_id=run_id, data=account.model_dump(mode="json")))
            if opinion is None:
                return
            connection.execute(opinions.delete().where(opinions.c.passage_id == opinion.passage_id))
            connection.execute(
                insert(opinions).values(
                    passage_id=opinion.passage_id,
                    model=opinion.model,
                    table_version=opinion.table_version,
                    data=opinion.model_dump(mode="json"),
                )
            )

    def account(self, run_id: str) -> SecondOpinionAccount | None:
        """What was asked in a run; ``None`` where nothing was."""
        accounts = schema.second_opinion_accounts
        with self._engine.connect() as connection:
            data = connection.execute(select(accounts.c.data).where(accounts.c.run_id == run_id)).scalar()
        return None if data is None else SecondOpinionAccount.model_validate(data)

    def latest_account(self) -> SecondOpinionAccount | None:
        """That of the latest run that asked anything."""
        accounts = self.accounts_since(None)
        return accounts[-1] if accounts else None

    def accounts_since(self, since: datetime | None) -> list[SecondOpinionAccount]:
        """Accounts of all runs that began at or after a moment, oldest first; of all runs without it."""
        accounts, runs = schema.second_opinion_accounts, schema.runs
        query = select(accounts.c.data).join(runs, runs.c.id == accounts.c.run_id).order_by(runs.c.started, runs.c.id)
        if since is not None:
            query = query.where(runs.c.started >= since)
        with self._engine.connect() as connection:
            return [SecondOpinionAccount.model_validate(data) for data in connection.execute(query).scalars()]


class AnswerStore:
    """Answers in ``data/processed/second_opinions/<first two characters>/<key>.json``; safe to delete at any time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _of(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"

    def get(self, key: str) -> str | None:
        """What was kept under ``key``; ``None`` where nothing was, or it cannot be read."""
        try:
            return self._of(key).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None

    def keep(self, key: str, content: str) -> None:
        """Keep an answer.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        write_whole(self._of(key), content.encode("utf-8"))
