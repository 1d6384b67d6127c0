"""One object with all settings, from ``KENNISSTAND_*`` variables and the command line. Importing this does no work."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PACKAGE = Path(__file__).resolve().parent


def _shipped_models() -> Path:
    in_checkout = _PACKAGE.parent / "models"
    return in_checkout if in_checkout.is_dir() else _PACKAGE / "shipped_models"


class Settings(BaseSettings):
    """Settings of one workspace; every field can be set as ``KENNISSTAND_<FIELD>``. Documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="KENNISSTAND_", frozen=True, extra="ignore")

    workspace: Path = Field(default_factory=Path.cwd)
    """Folder with data/raw, data/processed, models and reports."""
    database_url: str | None = None
    """Address of another database than the workspace's own SQLite file."""
    language: Literal["nl", "en"] = "nl"
    """Language of reports."""
    batch_documents: int = Field(default=8, ge=1)
    """Documents in one task of the flow."""
    workers: int = Field(default=2, ge=1)
    """Processes that read files side by side."""
    max_file_megabytes: int = Field(default=200, ge=1)
    parse_timeout_seconds: int = Field(default=300, ge=5)
    """After so long a single file is given up."""

    @property
    def raw_dir(self) -> Path:
        """Files to be read."""
        return self.workspace / "data" / "raw"

    @property
    def processed_dir(self) -> Path:
        """Database and artefacts."""
        return self.workspace / "data" / "processed"

    @property
    def reports_dir(self) -> Path:
        """One folder a report."""
        return self.workspace / "reports"

    @property
    def models_dir(self) -> Path:
        """Models learned in this workspace; they go before the shipped ones."""
        return self.workspace / "models"

    @property
    def shipped_models_dir(self) -> Path:
        """Models that come with the program."""
        return _shipped_models()

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database."""
        return self.database_url or f"sqlite:///{self.processed_dir / 'kennisstand.db'}"
