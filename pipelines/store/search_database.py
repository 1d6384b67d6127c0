"""Search by words in a PostgreSQL database: stems of each passage by its language, kept up to date by the database.

The tables lie in the schema ``kennisstand_search`` (migration 0007), apart from those that both kinds of database have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from pipelines.domain.evidence import FLAGGED_FROM
from pipelines.store.column_types import kept_text
from pipelines.store.passages import PassageFilter

_FUSION = 60
"""Constant of reciprocal rank fusion, as in the index in memory."""
_MOST_INSIDE = 200
"""Words that hold a part, at most, the most frequent first: of ``arbeid`` there are thousands, most of which stand in
one passage each, and every word costs time."""
_FRESH_AT_ONCE = 5_000
"""Passages whose words are counted in one transaction."""
_WORDS_LOCK = 7_391_006
"""Number of the lock under which one program at a time counts words."""
_LONGEST_WORD = 60
"""Letters of the longest word that is kept for finding others by; longer ones are addresses and lists run together."""
_OF_PHRASES = 1_000
"""Numbers of rankings from here on are those of phrases that must be there, as in the index in memory."""
_WORD = re.compile(r"\W")
"""What is no part of a word, and would mean something to ``to_tsquery``."""


@dataclass(frozen=True)
class SoughtGroup:
    """Words that may stand for one thing that is sought, of one weight.

    Attributes
    ----------
    ranking
        Number of the ranking that it counts for; rankings are fused.
    part
        Number of what is sought within that ranking; of the groups of one part the best counts.
    weight
        What it counts where they are there, from 0 to 1.
    words
        Words that do by themselves.
    phrases
        Words that do side by side, some for each place.
    """

    ranking: int
    part: int
    weight: float
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[tuple[str, ...], ...], ...] = ()

    def as_query(self) -> str:
        """As ``to_tsquery`` reads it."""
        ways = [_either(self.words), *(_side_by_side(places) for places in self.phrases)]
        return " | ".join(way for way in ways if way)


@dataclass(frozen=True)
class Meant:
    """Passages that fit by meaning, the nearest first, and what a place among them counts."""

    passage_ids: Sequence[str]
    weight: float


@dataclass(frozen=True)
class Ranked:
    """An answer: some of what fits, best first."""

    total: int
    """How many fit, near-duplicates counted once."""
    hits: tuple[tuple[str, float], ...]
    """Id of a passage and its score."""


def _either(words: Sequence[str]) -> str:
    kept = (_WORD.sub("", word) for word in words)
    return " | ".join(f"'{word}'" for word in kept if word)


def _side_by_side(places: Sequence[Sequence[str]]) -> str:
    parts = [_either(words) for words in places]
    return "(" + " <-> ".join(f"({part})" for part in parts) + ")" if all(parts) else ""


def is_searchable(engine: Engine) -> bool:
    """Whether a database can search by itself."""
    return engine.dialect.name == "postgresql"


class SearchDatabase:
    """Words of labelled passages on PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def n_passages(self) -> int:
        """Number of passages that can be found."""
        with self._engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM labels")).scalar_one()

    def count_fresh(self) -> int:
        """Take the words of new passages up in the list of words; returns the number of passages."""
        n_passages = 0
        while True:
            with self._engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WORDS_LOCK})
                counted = connection.execute(text(_COUNT), {"most": _FRESH_AT_ONCE, "longest": _LONGEST_WORD})
                n_counted = counted.scalar_one()
            n_passages += n_counted
            if n_counted < _FRESH_AT_ONCE:
                return n_passages

    def words_like(self, *, whole: Sequence[str], inside: Sequence[str], slips: Sequence[str]) -> list[str]:
        """Words that stand in passages: those given, those that hold a part, and those about like a slip of the pen.

        Parameters
        ----------
        whole
            Words to be there as they are.
        inside
            Parts of words.
        slips
            Words that stand nowhere; given are those as long that begin or end alike, since a slip of one or two
            letters is seldom at both ends.
        """
        found: dict[str, None] = {}
        with self._engine.connect() as connection:
            for query, asked in ((_WHOLE, list(whole)), (_INSIDE, list(inside)), (_SLIPS, list(slips))):
                if asked:
                    given = {"asked": [kept_text(word) for word in asked], "most": _MOST_INSIDE}
                    found |= dict.fromkeys(connection.execute(text(query), given).scalars())
        return list(found)

    def matching(self, groups: Sequence[SoughtGroup], words: Sequence[str]) -> list[str]:
        """Of some words those by which a passage would be found, for their stem is sought."""
        given = {"queries": [group.as_query() for group in groups], "words": [kept_text(word) for word in words]}
        with self._engine.connect() as connection:
            return list(connection.execute(text(_MATCHING), given).scalars())

    def ranked(
        self,
        groups: Sequence[SoughtGroup],
        exact: Sequence[Sequence[str]],
        n_passages: int,
        *,
        meant: Meant | None = None,
        chosen: PassageFilter | None = None,
        number: int = 10,
        offset: int = 0,
    ) -> Ranked:
        """The passages that fit best, by all rankings fused.

        Parameters
        ----------
        groups
            What is sought.
        exact
            Phrases of folded words that must be there as they are.
        n_passages
            How many there are, for how rare a word is.
        meant
            What fits by meaning.
        chosen
            Narrows where to look.
        number, offset
            How many, and how many to skip.
        """
        quoted = [
            SoughtGroup(_OF_PHRASES + place, 0, 1.0, phrases=(tuple((word,) for word in phrase),))
            for place, phrase in enumerate(exact)
        ]
        asked = [group for group in [*groups, *quoted] if group.as_query()]
        conditions, given = narrowed(chosen)
        for place, phrase in enumerate(exact):
            words = [kept for word in phrase if (kept := _WORD.sub("", word))]
            conditions += f" AND {_EXACT.format(place=place)}"
            given |= {f"phrase_{place}": _side_by_side([[word] for word in words])}
            given |= {f"words_{place}": f" {' '.join(words)} "}
        given |= {
            "rankings": [group.ranking for group in asked],
            "parts": [group.part for group in asked],
            "weights": [group.weight for group in asked],
            "queries": [group.as_query() for group in asked],
            "n_passages": float(n_passages),
            "meant": [] if meant is None else list(meant.passage_ids),
            "meaning": 0.0 if meant is None else meant.weight,
            "fusion": float(_FUSION),
            "number": number,
            "offset": offset,
        }
        with self._engine.connect() as connection:
            set_up(connection)
            # The total by itself, or a page past the last would have none.
            rows = connection.execute(text(_RANKED.format(narrowed=conditions)), given).all()
        return Ranked(rows[0].total, tuple((row.passage_id, row.score) for row in rows if row.passage_id is not None))


def set_up(connection: Connection) -> None:
    # To compile such a question takes longer than to answer it; and what is sorted fits in memory.
    connection.execute(text("SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"))


def narrowed(chosen: PassageFilter | None) -> tuple[str, dict[str, Any]]:
    """What a filter leaves, as conditions on ``p`` (words of a passage) with their values."""
    conditions = ["true"]
    given: dict[str, Any] = {}
    if chosen is None:
        return conditions[0], given
    if chosen.flagged:
        conditions.append("p.flag >= :flagged_from")
        given["flagged_from"] = FLAGGED_FROM
    if chosen.document_ids is not None:
        conditions.append("p.document_id = ANY(:document_ids)")
        given["document_ids"] = [kept_text(one) for one in chosen.document_ids]
    for how, name, value in (
        ("run_id = :run_id", "run_id", chosen.run_id),
        ("first_seen >= :since", "since", chosen.since),
    ):
        if value is not None:
            conditions.append(f"p.document_id IN (SELECT id FROM documents WHERE {how})")
            given[name] = value
    if chosen.language is not None:
        conditions.append("p.language = :language")
        given["language"] = chosen.language
    for table, column, value in (("label_themes", "theme", chosen.theme), ("label_rows", "row_id", chosen.row)):
        if value is not None:
            having = f"SELECT 1 FROM {table} t WHERE t.passage_id = p.passage_id AND t.{column} = :{column}"
            conditions.append(f"EXISTS ({having})")
            given[column] = value
    return " AND ".join(conditions), {k: kept_text(v) if isinstance(v, str) else v for k, v in given.items()}


_COUNT = """
WITH taken AS (
  DELETE FROM kennisstand_search.fresh WHERE passage_id IN (
    SELECT passage_id FROM kennisstand_search.fresh ORDER BY passage_id LIMIT :most FOR UPDATE SKIP LOCKED
  ) RETURNING passage_id
), counted AS (
  SELECT word, count(*) AS n_passages
  FROM taken JOIN passages ON passages.id = taken.passage_id,
    unnest(tsvector_to_array(kennisstand_search.stems('', passages.text))) AS word
  WHERE length(word) <= :longest GROUP BY word
), added AS (
  INSERT INTO kennisstand_search.words AS known (word, n_passages) SELECT word, n_passages FROM counted ORDER BY word
  ON CONFLICT (word) DO UPDATE SET n_passages = known.n_passages + excluded.n_passages
)
SELECT count(*) FROM taken
"""

_WHOLE = "SELECT word FROM kennisstand_search.words WHERE word = ANY(:asked) AND :most > 0"
_INSIDE = """
SELECT found.word FROM unnest(CAST(:asked AS text[])) AS part, LATERAL (
  SELECT word FROM kennisstand_search.words WHERE word LIKE '%' || replace(part, '_', '') || '%'
  ORDER BY n_passages DESC, word LIMIT :most
) AS found
"""
_SLIPS = """
SELECT word FROM kennisstand_search.words, unnest(CAST(:asked AS text[])) AS slip
WHERE length(word) BETWEEN length(slip) - 2 AND length(slip) + 2 AND :most > 0
  AND (left(word, 3) = left(slip, 3) OR right(word, 3) = right(slip, 3))
"""
# By the dictionaries of all languages, since a word of the query may stand in a text of either.
_QUERY = """(to_tsquery('pg_catalog.dutch', {0}) || to_tsquery('pg_catalog.english', {0})
  || to_tsquery('pg_catalog.simple', {0}))"""
_MATCHING = f"""
WITH asked AS MATERIALIZED (
  SELECT {_QUERY.format("query")} AS query FROM unnest(CAST(:queries AS text[])) AS query
)
SELECT word FROM unnest(CAST(:words AS text[])) AS word WHERE EXISTS (
  SELECT 1 FROM asked WHERE to_tsvector('pg_catalog.dutch', word) @@ query
    OR to_tsvector('pg_catalog.english', word) @@ query
)
"""
# By stems first, where the words are not all such as a dictionary leaves out; then as they are.
_EXACT = (
    "(numnode(to_tsquery('pg_catalog.dutch', CAST(:phrase_{place} AS text))) = 0"
    " OR numnode(to_tsquery('pg_catalog.english', CAST(:phrase_{place} AS text))) = 0"
    " OR p.words @@ " + _QUERY.format("CAST(:phrase_{place} AS text)") + ")"
    " AND EXISTS (SELECT 1 FROM passages x WHERE x.id = p.passage_id"
    " AND position(CAST(:words_{place} AS text) IN ' ' || kennisstand_search.folded(x.text) || ' ') > 0)"
)
# A term counts by its rarity and by the best of its wordings that is there. How often it is there does not count: to
# read that from the words of each passage (ts_rank) took six times as long as all else together, and brought .455 and
# .280 of right ones among the first ten in place of .447 and .277.
_RANKED = f"""
WITH asked AS MATERIALIZED (
  SELECT ranking, part, weight, {_QUERY.format("words")} AS query
  FROM unnest(CAST(:rankings AS integer[]), CAST(:parts AS integer[]), CAST(:weights AS double precision[]),
              CAST(:queries AS text[])) AS given (ranking, part, weight, words)
), different AS MATERIALIZED (
  SELECT query, row_number() OVER () AS number FROM (SELECT DISTINCT query FROM asked) AS queries
), found AS MATERIALIZED (
  SELECT different.number, p.passage_id FROM different JOIN kennisstand_search.passages p ON p.words @@ different.query
), matched AS MATERIALIZED (
  SELECT asked.ranking, asked.part, found.passage_id, max(asked.weight) AS value
  FROM asked JOIN different USING (query) JOIN found USING (number)
  GROUP BY asked.ranking, asked.part, found.passage_id
), rarity AS (
  SELECT ranking, part, ln(1 + CAST(:n_passages AS double precision) / count(*)) AS rarity
  FROM matched GROUP BY ranking, part
), summed AS (
  SELECT ranking, passage_id, sum(value * rarity) AS score
  FROM matched JOIN rarity USING (ranking, part) GROUP BY ranking, passage_id
), candidates AS MATERIALIZED (
  SELECT ranking, passage_id, score, CAST(1.0 AS double precision) AS counts FROM summed
  UNION ALL
  SELECT -1, passage_id, CAST(-place AS double precision), CAST(:meaning AS double precision)
  FROM unnest(CAST(:meant AS text[])) WITH ORDINALITY AS near (passage_id, place)
), open_to AS (
  SELECT candidates.*, p.item_id FROM candidates JOIN kennisstand_search.passages p USING (passage_id)
  WHERE {{narrowed}}
), placed AS (
  SELECT passage_id, item_id, counts,
    row_number() OVER (PARTITION BY ranking ORDER BY score DESC, passage_id) AS place FROM open_to
), fused AS (
  SELECT passage_id, item_id, sum(counts / (:fusion + place)) AS score FROM placed GROUP BY passage_id, item_id
), once AS (
  SELECT DISTINCT ON (item_id) passage_id, score FROM fused ORDER BY item_id, score DESC, passage_id
), page AS (
  SELECT passage_id, score FROM once ORDER BY score DESC, passage_id LIMIT :number OFFSET :offset
)
SELECT page.passage_id, page.score, whole.total FROM (SELECT count(*) AS total FROM once) AS whole
LEFT JOIN page ON true ORDER BY page.score DESC, page.passage_id
"""
