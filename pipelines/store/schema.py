"""Tables of the database. A change here needs a migration (``pipelines/store/migrations``); a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("started", DateTime, nullable=False),
    Column("finished", DateTime),
    Column("state", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("versions", JSON, nullable=False),
    Column("summary", JSON, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(20), nullable=False, unique=True),
    Column("checksum", String(64), nullable=False),
    Column("n_bytes", BigInteger, nullable=False),
    Column("file", Text),
    Column("state", String(16), nullable=False),
    Column("stage", String(16), nullable=False, index=True),
    Column("reason", JSON),
    Column("media_type", String(100), nullable=False),
    Column("parser", String(40), nullable=False),
    Column("title", Text),
    Column("publisher", Text),
    Column("authors", JSON, nullable=False),
    Column("year", Integer),
    Column("language", String(8)),
    Column("url", Text),
    Column("n_pages", Integer),
    Column("content", LargeBinary),
    Column("first_seen", DateTime, nullable=False),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
)

document_paths = Table(
    "document_paths",
    metadata,
    Column("document_id", String(20), ForeignKey("documents.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("n_bytes", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Index("ix_document_paths_path", "path"),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("document_id", String(20), ForeignKey("documents.id"), primary_key=True),
    Column("stage", String(16), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("version", Text, nullable=False),
    Column("seconds", Float, nullable=False),
)

passages = Table(
    "passages",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("document_id", String(20), ForeignKey("documents.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("boilerplate", String(16)),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("signature", LargeBinary),
    Column("group_id", String(20), index=True),
)

labels = Table(
    "labels",
    metadata,
    Column("passage_id", String(20), ForeignKey("passages.id"), primary_key=True),
    Column("model_version", String(80), nullable=False),
    Column("table_version", String(80), nullable=False),
    Column("flag", Float, nullable=False, index=True),
    Column("recommendation", Float, nullable=False),
    Column("data", JSON, nullable=False),
)

label_themes = Table(
    "label_themes",
    metadata,
    Column("passage_id", String(20), ForeignKey("labels.passage_id"), primary_key=True),
    Column("theme", String(16), primary_key=True, index=True),
)

label_rows = Table(
    "label_rows",
    metadata,
    Column("passage_id", String(20), ForeignKey("labels.passage_id"), primary_key=True),
    Column("row_id", String(16), primary_key=True, index=True),
    Column("rank", Integer, nullable=False),
)

second_opinions = Table(
    "second_opinions",
    metadata,
    Column("passage_id", String(20), ForeignKey("passages.id"), primary_key=True),
    Column("model", Text, nullable=False),
    Column("table_version", String(80), nullable=False),
    Column("data", JSON, nullable=False),
)

second_opinion_accounts = Table(
    "second_opinion_accounts",
    metadata,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("data", JSON, nullable=False),
)

topic_models = Table(
    "topic_models",
    metadata,
    Column("run_id", String(40), ForeignKey("runs.id"), primary_key=True),
    Column("data", JSON, nullable=False),
)

table_versions = Table(
    "table_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("version", String(80), nullable=False, unique=True),
    Column("created", DateTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("data", JSON, nullable=False),
)
