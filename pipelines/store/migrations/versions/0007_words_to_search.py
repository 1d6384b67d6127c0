"""The words of each labelled passage for search on PostgreSQL; nothing on SQLite, where an index in memory does it.

All lies in a schema of its own, beside the tables that both kinds of database have: it follows from them, and is kept
up to date by the database itself, in the transaction in which a passage comes, changes or goes.
"""

from alembic import op
from sqlalchemy.exc import DBAPIError

from pipelines.errors import StoreError

revision = "0007"
down_revision = "0006"

# Accents off and small type, as words are folded elsewhere (pipelines/language/search_vocabulary.py): a server that
# knows no language leaves letters with accents as they are, so that these go first. Then only letters and digits are
# left, or the parser of PostgreSQL would take "AI-gebruik" or "ser.nl" for one word of a kind of its own.
_FOLDED = r"""
CREATE FUNCTION kennisstand_search.folded(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(regexp_replace(regexp_replace(normalize(given, NFD), '[\u0300-\u036f]', '', 'g'),
                              '[^0-9A-Za-z\u00c0-\u1fff\u2c00-\uffff]+', ' ', 'g'))
$$
"""
# So many characters, since a longer text may hold more than fits; no paragraph is near it.
_STEMS = """
CREATE FUNCTION kennisstand_search.stems(language text, given text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE language
    WHEN 'nl' THEN to_tsvector('pg_catalog.dutch'::regconfig, words)
    WHEN 'en' THEN to_tsvector('pg_catalog.english'::regconfig, words)
    ELSE to_tsvector('pg_catalog.simple'::regconfig, words)
  END FROM (SELECT kennisstand_search.folded(left(given, 200000)) AS words) AS folded
$$
"""
# A row for each labelled passage, as long as it is labelled.
_PASSAGES = """
CREATE TABLE kennisstand_search.passages (
  passage_id varchar(20) PRIMARY KEY REFERENCES labels (passage_id) ON DELETE CASCADE,
  document_id varchar(20) NOT NULL,
  item_id varchar(20) NOT NULL,
  language text NOT NULL,
  flag double precision NOT NULL,
  words tsvector NOT NULL
)
"""
# Passages whose words are not yet counted in the list of words.
_FRESH = """
CREATE TABLE kennisstand_search.fresh (
  passage_id varchar(20) PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE
)
"""
# The different words as they stand in texts, to find longer words and slips of the pen by.
_WORDS = """
CREATE TABLE kennisstand_search.words (word text COLLATE "C" PRIMARY KEY, n_passages integer NOT NULL)
"""
_ADD = """
  INSERT INTO kennisstand_search.passages (passage_id, document_id, item_id, language, flag, words)
    SELECT p.id, p.document_id, coalesce(p.group_id, p.id), p.language, l.flag,
           kennisstand_search.stems(p.language, p.text)
    FROM passages p JOIN labels l ON l.passage_id = p.id
"""
_LABELLED = f"""
CREATE FUNCTION kennisstand_search.labelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  {_ADD} WHERE p.id = NEW.passage_id
    ON CONFLICT (passage_id) DO UPDATE SET flag = excluded.flag;
  INSERT INTO kennisstand_search.fresh (passage_id) VALUES (NEW.passage_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
_CHANGED = """
CREATE FUNCTION kennisstand_search.changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE kennisstand_search.passages SET document_id = NEW.document_id, item_id = coalesce(NEW.group_id, NEW.id)
    WHERE passage_id = NEW.id;
  IF (OLD.text, OLD.language) IS DISTINCT FROM (NEW.text, NEW.language) THEN
    UPDATE kennisstand_search.passages
      SET language = NEW.language, words = kennisstand_search.stems(NEW.language, NEW.text) WHERE passage_id = NEW.id;
  END IF;
  RETURN NULL;
END $$
"""
_TRIGGERS = (
    "CREATE TRIGGER kennisstand_search_labelled AFTER INSERT OR UPDATE OF flag ON labels"
    " FOR EACH ROW EXECUTE FUNCTION kennisstand_search.labelled()",
    "CREATE TRIGGER kennisstand_search_changed AFTER UPDATE OF document_id, group_id, language, text ON passages"
    " FOR EACH ROW EXECUTE FUNCTION kennisstand_search.changed()",
)
_PRESENT = (_ADD, "INSERT INTO kennisstand_search.fresh (passage_id) SELECT passage_id FROM labels")
_INDEXES = (
    "CREATE INDEX passages_words ON kennisstand_search.passages USING gin (words)",
    "CREATE INDEX passages_document_id ON kennisstand_search.passages (document_id)",
)

# Finds the words that hold a part without looking at all; the program does without where it is not there.
_TRIGRAMS_SCHEMA = """
SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
"""
_TRIGRAMS_THERE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"


def _index_parts_of_words() -> None:
    connection = op.get_bind()
    schema = connection.exec_driver_sql(_TRIGRAMS_SCHEMA).scalar()
    if schema is None and connection.exec_driver_sql(_TRIGRAMS_THERE).scalar():
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION pg_trgm WITH SCHEMA kennisstand_search")
            schema = "kennisstand_search"
        except (StoreError, DBAPIError):  # this user may not
            schema = None
    if schema is not None:
        connection.exec_driver_sql(
            f'CREATE INDEX words_parts ON kennisstand_search.words USING gin (word "{schema}".gin_trgm_ops)'
        )


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SCHEMA kennisstand_search")
        statements = (_FOLDED, _STEMS, _PASSAGES, _FRESH, _WORDS, _LABELLED, _CHANGED, *_TRIGGERS, *_PRESENT, *_INDEXES)
        for statement in statements:
            op.get_bind().exec_driver_sql(statement)
        _index_parts_of_words()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER kennisstand_search_changed ON passages")
        op.execute("DROP TRIGGER kennisstand_search_labelled ON labels")
        op.execute("DROP SCHEMA kennisstand_search CASCADE")
