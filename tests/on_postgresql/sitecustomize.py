"""Gives each workspace of a test a PostgreSQL database of its own, also in programs that tests start.

Python imports a module of this name by itself where its folder is on the path (``tests/server_for_all.py`` puts it).
Nothing of the product knows of this: where a workspace would use its own file, it is told of a database instead.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import Any

SERVER = "KENNISSTAND_TESTS_SERVER"
"""Folder of the socket of the server; everything here is off without it."""
TEMPLATE = "test_template"
_USER = "kennisstand"
_MADE = "made"
"""Folder with a file for each database that was made, which says for which workspace."""
_TRIES = 20
_SQLITE = b"SQLite format 3"


_opened: list[tuple[Path, Any]] = []
"""Engines of this program with the files that their databases stand for: a test may leave one open."""
_known: dict[str, str] = {}


def _server() -> str:
    # Known from before: a test may take all settings out of the environment.
    return _known.setdefault(SERVER, os.environ.get(SERVER, ""))


def _connect() -> Any:
    import psycopg

    return psycopg.connect(host=_server(), user=_USER, dbname="postgres", autocommit=True)


def _name_of(file: Path) -> str:
    return "w_" + hashlib.sha256(str(file.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def address_of(file: Path) -> str:
    """Address of the database in place of ``file``; made where it is not there yet.

    A workspace that was copied has the file of the one that it was copied from, which names its database: that is then
    copied as well. A file that is a database itself, such as one that a backup brought back, stays in use.
    """
    if _is_database(file):
        return f"sqlite:///{file}"
    name = _name_of(file)
    made = Path(_server(), _MADE, name)
    if not made.exists():
        _create(name, _named_in(file) or TEMPLATE)
        made.write_text(str(file.resolve()), encoding="utf-8", errors="surrogateescape")
    return _address(name)


def _address(name: str) -> str:
    return f"postgresql+psycopg://{_USER}@/{name}?host={_server()}"


def _is_database(file: Path) -> bool:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(len(_SQLITE)) == _SQLITE
    return False


def _named_in(file: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        named = file.read_text(encoding="utf-8").strip()
        if named.startswith("w_") and Path(_server(), _MADE, named).exists():
            return named
    return None


def _create(name: str, template: str) -> None:
    import psycopg

    with _connect() as connection:
        # One at a time: two programs may be the first in a workspace, and a template must not be in use.
        connection.execute("SELECT pg_advisory_lock(1)")
        for _ in range(_TRIES):
            try:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
                return
            except psycopg.errors.DuplicateDatabase:
                return
            except psycopg.errors.ObjectInUse:  # connections that a pool keeps; it makes new ones
                ended = "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(ended, [template])
        raise RuntimeError(f"database {template} stays in use")


def let_go_under(folder: Path) -> None:
    """Close what this program has open of workspaces in ``folder``: psycopg warns of connections that nobody closed."""
    for file, engine in [one for one in _opened if one[0].is_relative_to(folder)]:
        engine.dispose()
        _opened.remove((file, engine))


def drop_under(folder: Path) -> None:
    """Remove the databases of all workspaces in ``folder``."""
    root = folder.resolve()
    let_go_under(root)
    chosen = [made for made in Path(_server(), _MADE).iterdir() if _is_for(made, root)]
    if chosen:
        with _connect() as connection:
            for made in chosen:
                connection.execute(f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)".encode())
                made.unlink(missing_ok=True)


def _is_for(made: Path, folder: Path) -> bool:
    with suppress(FileNotFoundError):  # tests run beside each other: that of another is gone by now
        return Path(made.read_text(encoding="utf-8", errors="surrogateescape")).is_relative_to(folder)
    return False


def _patch_settings(module: Any) -> None:
    def database(self: Any) -> str:
        return self.database_url or address_of(self.processed_dir / "kennisstand.db")

    module.Settings.database = property(database)


def _patch_workspace(module: Any) -> None:
    opening = module.open_workspace

    def open_workspace(root: Path, database: str) -> Any:
        file = root / "data" / "processed" / "kennisstand.db"
        own = f"sqlite:///{file}"
        if database == own:
            database = address_of(file)
        opened = opening(root, database)
        if database == _address(_name_of(file)):
            _opened.append((file.resolve(), opened.engine))
            with suppress(OSError):  # a folder that is only read
                file.write_text(_name_of(file), encoding="utf-8")
        return opened

    module.open_workspace = open_workspace


_PATCHES: dict[str, Callable[[Any], None]] = {
    "pipelines.settings": _patch_settings,
    "pipelines.store.workspace": _patch_workspace,
}


class _Patched(Loader):
    def __init__(self, loader: Loader, patch: Callable[[Any], None]) -> None:
        self._loader, self._patch = loader, patch

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._loader.exec_module(module)
        self._patch(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname not in _PATCHES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Patched(spec.loader, _PATCHES[fullname])
        return spec


def install() -> None:
    """From here on, in this program; nothing of the product was imported yet."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


if SERVER in os.environ:
    install()
