"""Makes the bundled example documents from their written sources: ``python -m pipelines.examples.build``.

For development only (reportlab is not installed with the program). The same sources and the same versions of the
libraries give the same bytes; ``built_with.json`` keeps the versions that made the files in the repository.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from pipelines.examples.print_pdf import print_pdf
from pipelines.examples.scan_pdf import scan_pdf
from pipelines.examples.write_docx import write_docx
from pipelines.examples.write_odt import write_odt
from pipelines.examples.write_web import write_html, write_markdown
from pipelines.examples.written import Written, read_written

_ROOM = Path(__file__).resolve().parent
WRITING = _ROOM / "writing"
DOCUMENTS = _ROOM / "documents"
LATER_WRITING = WRITING / "later"
LATER_DOCUMENTS = _ROOM / "documents_later"
BUILT_WITH = _ROOM / "built_with.json"

_BROKEN_AT = 0.6
"""Share of the file that is left of the broken example: the catalogue of objects at its end is lost."""


def _broken_pdf(written: Written) -> bytes:
    """A report whose download stopped half-way."""
    whole = print_pdf(written)
    return whole[: int(len(whole) * _BROKEN_AT)]


_WRITERS: dict[str, Callable[[Written], bytes]] = {
    "pdf": print_pdf,
    "scan": scan_pdf,
    "broken": _broken_pdf,
    "docx": write_docx,
    "odt": write_odt,
    "html": write_html,
    "markdown": write_markdown,
}


def versions() -> dict[str, str]:
    """Versions of all that decides the bytes of the files."""
    packages = ("numpy", "pillow", "pypdfium2", "python-docx", "reportlab")
    return {name: version(name) for name in packages} | {"zlib": zlib.ZLIB_RUNTIME_VERSION}


def build_documents(writing: Path = WRITING) -> dict[str, bytes]:
    """Make in memory all documents whose sources lie in ``writing`` itself, folders in it left aside.

    Returns
    -------
    dict
        File name to content, in order of name.
    """
    sources = [read_written(path) for path in sorted(writing.glob("*.md"))]
    made = {source.front["file"]: _WRITERS[source.front["format"]](source) for source in sources}
    return dict(sorted(made.items()))


def main() -> None:
    """Write the documents of both months, and the versions that made them."""
    for writing, documents in ((WRITING, DOCUMENTS), (LATER_WRITING, LATER_DOCUMENTS)):
        documents.mkdir(exist_ok=True)
        made = build_documents(writing)
        for old in documents.iterdir():
            if old.name not in made:
                old.unlink()
        for name, content in made.items():
            (documents / name).write_bytes(content)
            sys.stdout.write(f"{len(content):>9} {name}\n")
    BUILT_WITH.write_text(json.dumps(versions(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
