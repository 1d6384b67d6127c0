"""The only code that knows folders and database: SQLAlchemy with Alembic, Parquet artefacts, kept files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.store.workspace import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace"]


def __getattr__(name: str) -> Any:
    # SQLAlchemy takes a third of a second to import: not before it is needed, as for a file in this package alone.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipelines.store import workspace

    return getattr(workspace, name)
