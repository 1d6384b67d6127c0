"""From appraised evidence to proposed changes of the evidence table, and from approved changes to its next version.

``load_rules`` reads the rules, ``propose_changes`` applies them, ``describe`` tells a proposal in words,
``approved_change`` and ``revise_table`` make the next version.
"""

from pipelines.revision.added import rest_on_added
from pipelines.revision.describe import describe, reasons, what_changes
from pipelines.revision.places import ids_of, planned_ids
from pipelines.revision.propose import propose_changes
from pipelines.revision.rejections import RejectedOn, stance_key
from pipelines.revision.revise import approved_change, revise_table
from pipelines.revision.rules import load_rules

__all__ = [
    "RejectedOn",
    "approved_change",
    "describe",
    "ids_of",
    "load_rules",
    "planned_ids",
    "propose_changes",
    "reasons",
    "rest_on_added",
    "revise_table",
    "stance_key",
    "what_changes",
]
