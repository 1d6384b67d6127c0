"""Bundled example documents: files as a secretariat would have them, all by fictitious institutes.

Twelve lie in ``documents/``; ten in ``documents_later/``, published in the month after the first twelve were scanned.
:mod:`pipelines.examples.build` makes them from the written sources in ``writing/`` and ``writing/later/``. What two
example readers made of them stands in ``readings.yaml`` (:mod:`pipelines.examples.readings`). Reading or copying the
documents needs nothing but the standard library.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

_ROOM = Path(__file__).resolve().parent
_DOCUMENTS = _ROOM / "documents"
_LATER_DOCUMENTS = _ROOM / "documents_later"


def example_documents() -> tuple[Path, ...]:
    """Paths of the bundled files of the first month, in order of name.

    Returns
    -------
    tuple of Path
        Files in Dutch and English: PDF, DOCX, ODT, HTML and Markdown, one scanned PDF without text and one broken PDF.
    """
    return _files(_DOCUMENTS)


def later_documents() -> tuple[Path, ...]:
    """Paths of the bundled files of the second month, in order of name.

    Returns
    -------
    tuple of Path
        Files in Dutch and English: PDF, DOCX, ODT, HTML and Markdown, a press release and a reprint among them.
    """
    return _files(_LATER_DOCUMENTS)


def copy_examples(folder: Path) -> tuple[Path, ...]:
    """Copy the bundled files of the first month into ``folder``, which is made when absent.

    A file of the same name with other bytes is left alone, since it may be the user's own.

    Returns
    -------
    tuple of Path
        Paths of the example files in ``folder``, in order of name; without those that were left alone.

    Raises
    ------
    OSError
        When the folder cannot be made or written.
    """
    return _copy(example_documents(), folder)


def copy_later_examples(folder: Path) -> tuple[Path, ...]:
    """Copy the bundled files of the second month into ``folder``, in the manner of :func:`copy_examples`.

    Returns
    -------
    tuple of Path
        As there.

    Raises
    ------
    OSError
        As there.
    """
    return _copy(later_documents(), folder)


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in folder.iterdir() if path.is_file()))


def _copy(examples: Sequence[Path], folder: Path) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    copied: list[Path] = []
    for example in examples:
        target = folder / example.name
        if not target.exists():
            shutil.copyfile(example, target)
        elif target.read_bytes() != example.read_bytes():
            continue
        copied.append(target)
    return tuple(copied)
