"""Accepted evidence -> independent studies, what each weighs, and the confidence in each statement that follows."""

from pipelines.appraisal.appraise import appraise
from pipelines.appraisal.explain import describe_study, explain, explain_level, explain_merge, explain_study
from pipelines.appraisal.points import Similarity, VectorSimilarity
from pipelines.appraisal.reading import read_piece, read_text
from pipelines.appraisal.weights import load_weights, method_version

__all__ = [
    "Similarity",
    "VectorSimilarity",
    "appraise",
    "describe_study",
    "explain",
    "explain_level",
    "explain_merge",
    "explain_study",
    "load_weights",
    "method_version",
    "read_piece",
    "read_text",
]
