"""What a batch of the cluster needs beside its documents, and whether a worker is the coordinator's program."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import flows
import pipelines
from pipelines import __version__
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.record import Record
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.settings import Settings

_LIBRARIES = (
    "charset-normalizer",
    "lxml",
    "markdown-it-py",
    "numpy",
    "onnxruntime",
    "py3langid",
    "pypdfium2",
    "python-docx",
    "scikit-learn",
    "scipy",
    "simplemma",
    "spacy",
    "tokenizers",
    "trafilatura",
)
"""Another version of one of these may read or label a passage otherwise."""


class BatchSpec(Record):
    """How batches are to be computed; made once a scan by the coordinator."""

    programs: dict[str, str]
    """Part of the program -> version, as :func:`programs` tells here."""
    model: str
    """Version of the models for labels."""
    table: EvidenceTable
    encoder: str
    """``static``, ``contextual``, or the folder of a model of others, at the same path on every machine."""
    encoder_version: str
    limits: IngestLimits
    rules: PassageRules
    timeout_seconds: float
    """After so long a single file is given up."""
    models_dir: str
    """Folder with models learned in the workspace, where workers reach it."""
    learned: str | None = None
    """Checksum of the learned model for labels among the shared files; ``None`` without one, or where paths serve."""
    shared: str | None = None
    """Address of the shared files; ``None`` where the paths of the coordinator serve."""
    folder: str = ""
    """Folder of the run among the shared files."""


@cache
def programs() -> dict[str, str]:
    """Versions of all that reads and labels, in this process."""
    return {
        "kennisstand": f"{__version__}-{code_version()}",
        "key_sentence": _key_sentence_version(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: _version_of(name) for name in _LIBRARIES},
    }


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _key_sentence_version() -> str:
    """Hash of the one model that the version of the models for labels does not name."""
    path = Settings.model_construct().shipped_models_dir / "key_sentence" / "model.json"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else "-"


def code_version() -> str:
    """Hash of the program's own files: between two versions of one number labels may differ as well.

    Of 650 files, in 60 to 110 ms on two cores.
    """
    digest = hashlib.sha256()
    for package in (flows, pipelines):
        root = Path(str(package.__file__)).resolve().parent
        for path in sorted(p for p in root.rglob("*") if p.suffix in {".py", ".yaml", ".tsv", ".txt"} and p.is_file()):
            if "shipped_models" in path.parts:
                continue
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).digest())
    return digest.hexdigest()[:8]


def first_difference(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The first part whose versions differ, with both; ``None`` where there is none."""
    for part in sorted(wanted.keys() | found.keys(), key=lambda name: (name != "kennisstand", name)):
        pair = wanted.get(part, "-"), found.get(part, "-")
        if pair[0] != pair[1]:
            return part, *pair
    return None
