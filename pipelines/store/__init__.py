"""The only code that knows folders and database: SQLAlchemy with Alembic, Parquet artefacts, kept files."""

from pipelines.store.workspace import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace"]
