"""One object with all settings: from the command line, ``KENNISSTAND_*`` variables and the workspace's own files.

Importing this does no work.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from pipelines.cores import available_cores
from pipelines.domain.languages import Language
from pipelines.errors import SettingsError

SETTINGS_FILE = "kennisstand.toml"
_SECRETS = frozenset({"second_opinion_key", "openalex_key", "zotero_key", "notices"})
_NOT_IN_FILE = frozenset({"workspace"}) | _SECRETS
SECRETS_FILE = "secrets.toml"
"""Not named like the other files of a workspace, so that no backup takes it along."""
_IN_SECRETS_FILE = _SECRETS | {"database_url"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PACKAGE = Path(__file__).resolve().parent


def _shipped_models() -> Path:
    in_checkout = _PACKAGE.parent / "models"
    return in_checkout if in_checkout.is_dir() else _PACKAGE / "shipped_models"


def _read_file(path: Path, known: set[str]) -> dict[str, Any]:
    """Settings in ``path``; a misspelt one must not go unnoticed.

    Raises
    ------
    SettingsError
        The file is there but cannot be read, names something that is no setting, or holds a password that others read.
    """
    values = _read_toml(path)
    for name in values:
        if name in _SECRETS:
            variable = f"KENNISSTAND_{name.upper()}"
            raise SettingsError("error.settings_secret", file=str(path), name=name, variable=variable)
        if name not in known:
            raise SettingsError("error.settings_name", file=str(path), name=name, choices=", ".join(sorted(known)))
    if _has_password(values.get("database_url")):
        _check_private(path)
    return values


def _read_secrets(path: Path) -> dict[str, Any]:
    """Keys and passwords in ``path``, which nobody else may open.

    Raises
    ------
    SettingsError
        The file is there but others can read or change it, it cannot be read, or it names something that is no secret.
    """
    if not path.is_file():
        return {}
    _check_private(path)
    values = _read_toml(path)
    for name in values:
        if name not in _IN_SECRETS_FILE:
            choices = ", ".join(sorted(_IN_SECRETS_FILE))
            raise SettingsError("error.settings_name", file=str(path), name=name, choices=choices)
    return values


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:  # also characters that are no UTF-8, and what is no TOML: that names places
        raise SettingsError("error.settings_file", file=str(path), detail=str(error)[:200]) from error


def _check_private(path: Path) -> None:
    """See that nobody but its owner may open ``path``; Windows has no such rights."""
    try:
        mode = path.stat().st_mode
    except OSError:  # told when it is read
        return
    if os.name == "posix" and mode & _OTHERS:
        raise SettingsError("error.settings_open", file=str(path))


def _has_password(address: object) -> bool:
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return ":" in parts.netloc.rpartition("@")[0] or "password" in parts.query


class Settings(BaseSettings):
    """Settings of one workspace, documented in docs/settings.md.

    Every field can be set as ``KENNISSTAND_<FIELD>``, and all but ``workspace`` and secrets as ``<field>`` in
    ``kennisstand.toml`` in the workspace, secrets in ``secrets.toml``; the variable goes before the files.
    """

    model_config = SettingsConfigDict(env_prefix="KENNISSTAND_", frozen=True, extra="ignore")

    workspace: Path = Field(default_factory=Path.cwd)
    """Folder with data/raw, data/processed, models and reports."""
    database_url: str | None = None
    """Address of another database than the workspace's own SQLite file."""
    language: Language = "nl"
    """Language of reports."""
    batch_documents: int = Field(default=8, ge=1)
    """Documents in one task of the flow."""
    workers: int = Field(default_factory=lambda: max(1, available_cores() // 2), ge=1)
    """Processes that read files side by side. Half of the cores unless set otherwise: labels of what they read are
    made meanwhile, and take longer."""
    max_file_megabytes: int = Field(default=100, ge=1)
    parse_timeout_seconds: int = Field(default=300, ge=5)
    """After so long a single file is given up, however many pages it has; short ones are given up sooner."""
    recognition_minutes: int = Field(default=60, ge=0)
    """For text recognition of scanned files in one scan, where Tesseract is installed; 0 for never."""
    encoder: str = ""
    """Whose vectors search and topics stand on: ``static`` (also when empty), ``contextual``, or the name or folder
    (relative to the workspace) of a sentence-transformers model. Labels always stand on the static one."""
    encoder_download: bool = False
    """Whether a model of others that is not on this computer may be fetched from its hub."""
    approvers: str = ""
    """Accounts that may approve and reject proposals, with commas between; empty for all editors and admins."""
    page_host: str = "127.0.0.1"
    """Address at which the review page listens; any other than this computer needs accounts first."""
    page_port: int = Field(default=8765, ge=1, le=65535)
    page_names: str = ""
    """Names under which browsers reach the page when it is not only for this computer, with commas between."""
    page_https: bool = False
    """Whether browsers reach it over https, at a proxy in front of it."""
    page_idle_minutes: int = Field(default=240, ge=5)
    """A session ends so long after its last use."""
    page_session_hours: int = Field(default=12, ge=1)
    """And so long after it began."""
    page_proxy_header: str | None = None
    """Header in which a proxy names who signed in there; off without one."""
    page_proxies: str = ""
    """Addresses or networks of that proxy, with commas between; from all others the header means nothing."""
    second_opinion_url: str | None = None
    """Address of an OpenAI-compatible endpoint whose language model reads doubtful passages; off without one."""
    second_opinion_model: str = ""
    """Name of the language model, as the endpoint knows it."""
    second_opinion_key: SecretStr | None = None
    """Key of the endpoint; never from kennisstand.toml."""
    second_opinion_outside: bool = False
    """Whether text may leave this computer: an address elsewhere is refused without it."""
    second_opinion_passages: int = Field(default=100, ge=1)
    """Passages put to the endpoint in one run, at most."""
    second_opinion_request_seconds: int = Field(default=120, ge=1)
    second_opinion_total_seconds: int = Field(default=1800, ge=1)
    second_opinion_request_characters: int = Field(default=16_000, ge=6_000)
    """Longest question: guide, statements and passage together."""
    second_opinion_answer_tokens: int = Field(default=600, ge=100)
    """Longest answer; models that think aloud need more."""
    second_opinion_total_tokens: int = Field(default=500_000, ge=1_000)
    """Tokens of questions and answers in one run, as reported by the endpoint, else estimated."""

    harvest_contact: str = ""
    """Mail address that sources are told, so that they can say when something bothers them."""
    harvest_hosts: str = ""
    """Names or addresses within the own network that sources may lie at, with commas between; all such are refused
    without it."""
    harvest_file_megabytes: int = Field(default=100, ge=1)
    """A larger file of a source is not fetched."""
    harvest_request_seconds: int = Field(default=60, ge=1)
    """After so long one request is given up, however much of it came."""
    harvest_pause_seconds: float = Field(default=1.0, ge=0)
    """Between two requests to one host, at least."""
    openalex_key: SecretStr | None = None
    """Key of OpenAlex; only from the environment."""
    openalex_daily: int = Field(default=500, ge=1)
    """Requests to OpenAlex in one day, at most."""
    zotero_key: SecretStr | None = None
    """Key of Zotero for libraries that are not public; only from the environment."""
    schedule_scan: str = "30 5 * * 1"
    """When sources are harvested and what is new is scanned, as a cron line on Dutch clocks; empty for never."""
    schedule_report: str = "0 7 1 * *"
    """When the update note is written."""
    schedule_learn: str = "0 2 * * *"
    """When the models learn from the decisions."""
    schedule_backup: str = "30 2 * * *"
    """When a copy of the workspace is made."""
    backup_folder: Path | None = None
    """Where copies are kept; ``data/backups`` in the workspace if ``None``, which a broken disk takes along."""
    backup_keep: int = Field(default=14, ge=1)
    """So many copies are kept; older ones are removed."""
    notices: SecretStr | None = None
    """Where notices go, as addresses of Apprise with spaces between; only from the environment, since they hold
    passwords. Off without one."""
    notice_page: str = ""
    """Address of the review page in notices, as people reach it."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers read, label and encode; this computer alone without one."""
    shared_files: str | None = None
    """Folder or address (such as ``s3://bucket/folder``) that this computer and the workers both reach."""
    search_in: Literal["auto", "memory", "database"] = "auto"
    """Where search looks things up: an index in memory, or that of a PostgreSQL database, for large stores."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the library gives it)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where values come from, the first to have one wins: arguments, environment, files of the workspace."""
        given = {**env_settings(), **init_settings()}
        folder = Path(given.get("workspace") or Path.cwd()).expanduser()
        known = set(settings_cls.model_fields) - _NOT_IN_FILE
        return (
            init_settings,
            env_settings,
            InitSettingsSource(settings_cls, _read_secrets(folder / SECRETS_FILE)),
            InitSettingsSource(settings_cls, _read_file(folder / SETTINGS_FILE, known)),
        )

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
        if self.database_url:
            return self.database_url
        # These would mean something in an address; SQLAlchemy itself takes a second to import.
        path = str(self.processed_dir / "kennisstand.db").replace("%", "%25").replace("?", "%3F")
        return f"sqlite:///{path}"
