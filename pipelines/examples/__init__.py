"""Bundled example documents: twelve files as a secretariat would have them, all by fictitious institutes.

The files lie in ``documents/``; :mod:`pipelines.examples.build` makes them from the written sources in ``writing/``.
Reading or copying them needs nothing but the standard library.
"""

from __future__ import annotations

import shutil
from pathlib import Path

_DOCUMENTS = Path(__file__).resolve().parent / "documents"


def example_documents() -> tuple[Path, ...]:
    """Paths of the bundled files, in order of name.

    Returns
    -------
    tuple of Path
        Files in Dutch and English: PDF, DOCX, ODT, HTML and Markdown, one scanned PDF without text and one broken PDF.
    """
    return tuple(sorted(path for path in _DOCUMENTS.iterdir() if path.is_file()))


def copy_examples(folder: Path) -> tuple[Path, ...]:
    """Copy the bundled files into ``folder``, which is made when absent.

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
    folder.mkdir(parents=True, exist_ok=True)
    copied: list[Path] = []
    for example in example_documents():
        target = folder / example.name
        if not target.exists():
            shutil.copyfile(example, target)
        elif target.read_bytes() != example.read_bytes():
            continue
        copied.append(target)
    return tuple(copied)
