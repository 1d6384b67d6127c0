"""Tables of the database. A change here needs a migration (``pipelines/store/migrations``); a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    text,
)

from pipelines.store.column_types import String, Text, name_of

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
    Column("notes", JSON),
    Column("media_type", name_of(100), nullable=False),
    Column("parser", name_of(40), nullable=False),
    Column("title", Text),
    Column("publisher", Text),
    Column("authors", JSON, nullable=False),
    Column("year", Integer),
    Column("language", name_of(8)),
    Column("url", Text),
    Column("n_pages", Integer),
    Column("first_seen", DateTime, nullable=False),
    Column("run_id", String(40), ForeignKey("runs.id"), nullable=False, index=True),
)

# The text of a document with its layout, compressed. Apart from the rest: to list documents, SQLite would otherwise
# read all texts.
document_contents = Table(
    "document_contents",
    metadata,
    Column("document_id", String(20), ForeignKey("documents.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
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
    Column("document_id", String(20), ForeignKey("documents.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("language", name_of(8), nullable=False),
    Column("boilerplate", String(16)),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("signature", LargeBinary),
    Column("group_id", String(20)),
    # With the id, so that what is counted by document needs no look at texts.
    Index("ix_passages_document_id_position_id", "document_id", "position", "id"),
    # Of the few that are in a group: all of these are looked up by every scan, and a page looks up one group.
    Index(
        "ix_passages_group_id_id",
        "group_id",
        "id",
        sqlite_where=text("group_id IS NOT NULL"),
        postgresql_where=text("group_id IS NOT NULL"),
    ),
)

labels = Table(
    "labels",
    metadata,
    Column("passage_id", String(20), ForeignKey("passages.id"), primary_key=True),
    Column("model_version", name_of(80), nullable=False),
    Column("table_version", name_of(80), nullable=False),
    Column("flag", Float, nullable=False),
    Column("recommendation", Float, nullable=False),
    Column("data", JSON, nullable=False),
    # What a scan asks of all labels follows from these alone, without a look at what was labelled.
    Index("ix_labels_flag_passage_id", "flag", "passage_id"),
    Index("ix_labels_model_version_table_version", "model_version", "table_version"),
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
    Column("row_id", name_of(16), primary_key=True, index=True),
    Column("rank", Integer, nullable=False),
)

second_opinions = Table(
    "second_opinions",
    metadata,
    Column("passage_id", String(20), ForeignKey("passages.id"), primary_key=True),
    Column("model", Text, nullable=False),
    Column("table_version", name_of(80), nullable=False),
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

# In which topic each passage lies now; in no topic, no row. No reference to ``passages``: a document that is read again
# makes its passages anew, under the same ids, and they stay where they were.
topic_members = Table(
    "topic_members",
    metadata,
    Column("passage_id", String(20), primary_key=True),
    Column("topic_id", String(48), nullable=False),
)

table_versions = Table(
    "table_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("version", name_of(80), nullable=False, unique=True),
    Column("created", DateTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("record", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)

# An item is what is decided once: a group of near-duplicates (its id), or a passage on its own.
inbox = Table(
    "inbox",
    metadata,
    Column("item_id", String(20), primary_key=True),
    Column("passage_id", String(20), nullable=False, index=True),
    Column("document_id", String(20), nullable=False, index=True),
    Column("run_id", String(40), nullable=False, index=True),
    Column("listed", String(16), nullable=False),
    Column("rank", Integer, nullable=False, index=True),
    Column("flag", Float, nullable=False),
    Column("language", name_of(8), nullable=False),
    Column("publisher", Text),
    Column("row_id", name_of(16)),
    Column("relation", String(16)),
    Column("evidence_kind", String(16)),
    # Words with spaces between and around: lists are counted and filtered without reading the labels.
    Column("rows", Text, nullable=False),
    Column("themes", Text, nullable=False),
    Column("n_passages", Integer, nullable=False),
    Column("data", JSON, nullable=False),
)

# Only ever added. ``turn`` numbers the decisions of an item, so that of two people who decide at once one is told.
decisions = Table(
    "decisions",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(20), nullable=False, unique=True),
    Column("item_id", String(20), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("passage_id", String(20), nullable=False, index=True),
    Column("reviewer", String(60), nullable=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("decided", DateTime, nullable=False),
    Column("data", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    # Not unique: a group that falls apart takes its numbers with it. ``previous_hash`` guards the order of all.
    Index("ix_decisions_item_id", "item_id"),
)

# What follows from the decisions of an item; made with each of them in one transaction.
standings = Table(
    "standings",
    metadata,
    Column("item_id", String(20), primary_key=True),
    Column("passage_id", String(20), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("turn", Integer, nullable=False),
    Column("verdict", String(16)),
    Column("reviewer", String(60), index=True),
    Column("first_reviewer", String(60)),
    Column("second_reviewer", String(60)),
    Column("asked", Boolean, nullable=False),
    Column("asked_by", String(60)),
    Column("asked_of", String(60)),
    Column("decided", DateTime, nullable=False),
    Column("row_id", name_of(16), index=True),
    Column("statement_id", name_of(24), index=True),
)

# What people decided beside passages: on proposals, studies, topics, switches and dossiers. Only ever added.
acts = Table(
    "acts",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(20), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(48), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("person", String(60), nullable=False),
    Column("decided", DateTime, nullable=False),
    Column("data", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
    Index("ix_acts_kind_subject_turn", "kind", "subject", "turn", unique=True),
)

# Only ever added: other evidence makes another proposal.
proposals = Table(
    "proposals",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(20), nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("made", DateTime, nullable=False),
    Column("data", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)

# One row: what the rules propose now, what it follows from, and the weighed evidence. Can always be made again.
proposals_now = Table(
    "proposals_now",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", String(64), nullable=False),
    Column("made", DateTime, nullable=False),
    Column("proposal_ids", JSON, nullable=False),
    Column("appraisal", JSON, nullable=False),
)

# How each source of new literature is doing. Can be lost: then its items are looked at once more, and known again.
source_statuses = Table(
    "source_statuses",
    metadata,
    Column("source_id", String(40), primary_key=True),
    Column("data", JSON, nullable=False),
)

# What sources offered, and what came of it. Items are never removed: what is forgotten would be fetched again.
harvest_items = Table(
    "harvest_items",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("source_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_seen", DateTime, nullable=False),
    Column("relevance", Float),
    Column("doi", Text, index=True),
    # Letters and figures of the title in small type: by it the same publication is known again elsewhere.
    Column("title_key", String(64), nullable=False, index=True),
    Column("checksum", String(64), index=True),
    Column("data", JSON, nullable=False),
    Index("ix_harvest_items_source_id_state", "source_id", "state"),
    Index("ix_harvest_items_state_first_seen", "state", "first_seen"),
)

# Each time that a source was read; only ever added.
harvests = Table(
    "harvests",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("source_id", String(40), nullable=False, index=True),
    Column("started", DateTime, nullable=False),
    Column("data", JSON, nullable=False),
)

# What ran by itself, and what came of it.
duty_runs = Table(
    "duty_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("duty", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("due", DateTime),
    Column("started", DateTime, nullable=False, index=True),
    Column("beat", DateTime, nullable=False),
    Column("data", JSON, nullable=False),
    # A due moment is answered for once, however many servers look at the clock.
    Index("ix_duty_runs_duty_due", "duty", "due", unique=True),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("full_name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("language", String(2), nullable=False),
    Column("shortcuts", Boolean, nullable=False),
    Column("created", DateTime, nullable=False),
    Column("password_hash", Text),
)

# Who gave whom which account, role or password; only ever added.
account_events = Table(
    "account_events",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("moment", DateTime, nullable=False),
    Column("actor", String(60), nullable=False),
    Column("account", String(60), nullable=False),
    Column("event", String(40), nullable=False),
    Column("data", JSON, nullable=False),
    Column("previous_hash", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False),
)

# The key of a session is kept as a hash: who reads the database cannot come in with it.
sessions = Table(
    "sessions",
    metadata,
    Column("key_hash", String(64), primary_key=True),
    Column("account", String(60), ForeignKey("accounts.name"), nullable=False, index=True),
    Column("started", DateTime, nullable=False),
    Column("last_used", DateTime, nullable=False),
)

sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("name_hash", String(64), nullable=False),
    Column("moment", DateTime, nullable=False),
    Index("ix_sign_in_tries_name_hash_moment", "name_hash", "moment"),
)

#: Tables that are only added to: each row carries the hash of the one before it (``pipelines/store/chain.py``).
CHAINED = (decisions, acts, table_versions, proposals, account_events)
