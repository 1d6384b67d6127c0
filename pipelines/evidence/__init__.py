"""Passage and table to evidence: row, statement, relation, kind, direction, figures, key sentence and flag."""
