"""Opens ZIP containers (DOCX, ODT, EPUB) without trusting what they say of themselves.

Nothing is ever written to disk, so member names cannot lead out of a folder; bytes are counted while they are
unpacked, so a bomb is stopped at its limit, whatever size it declares.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from posixpath import normpath
from urllib.parse import unquote

from pipelines.domain.documents import DocumentState
from pipelines.errors import DocumentError
from pipelines.ingest.parser import IngestLimits

_MEGABYTE = 2**20

_RATIO_FROM_BYTES = 4 * _MEGABYTE
"""Small parts may pack better: the ratio counts from here on."""

_MEMBER = b"PK\x01\x02"
"""Stands before each member in the list of contents; also in archives that are packed within, hence the room below."""
_MOST_MEDIA = 10
"""So many times the members with text may there be of all members: a book with a picture on each page has thousands."""
_MEDIA = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|tiff?|bmp|emf|wmf|ttf|otf|woff2?|mp[34]|m4[av]|og[gv]|wav)$", re.I)


class Archive:
    """The members of a ZIP file.

    Parameters
    ----------
    content
        Bytes of the file.
    limits
        ``max_unpacked_bytes`` bounds all reads together, ``max_part_bytes`` each one.

    Raises
    ------
    DocumentError
        ``rejected`` where the file is no readable ZIP file.
    """

    def __init__(self, content: bytes, limits: IngestLimits) -> None:
        most = limits.max_members * _MOST_MEDIA
        if content.count(_MEMBER) > 2 * most:  # before they are listed, which takes a kilobyte for each
            raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail="zip members")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, OverflowError) as error:
            raise _damaged(error) from error
        self._limits = limits
        self._n_read = 0
        # The last member of a name counts, as for every other reader.
        self._members = {info.filename: info for info in self._zip.infolist()}
        n_with_text = sum(_MEDIA.search(name) is None for name in self._members)
        if len(self._members) > most or n_with_text > limits.max_members:
            raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail="zip members")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members as they stand in the file; never used as paths."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def _find(self, name: str) -> zipfile.ZipInfo | None:
        member = self._members.get(name)
        if member is None:
            # Some writers differ in case between a reference and the member.
            lower = name.lower()
            member = next((info for key, info in self._members.items() if key.lower() == lower), None)
        return member

    def read(self, name: str) -> bytes:
        """Unpack one member.

        Raises
        ------
        DocumentError
            ``rejected`` where the member is missing, damaged or unpacks beyond the limits; ``needs_password`` where
            it is encrypted.
        """
        member = self._find(name)
        if member is None:
            raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail=f"zip: {name[:80]}")
        if member.flag_bits & 0x1:
            raise DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value)
        ratio = self._limits.max_part_ratio
        room = min(self._limits.max_part_bytes, self._limits.max_unpacked_bytes - self._n_read)
        chunks: list[bytes] = []
        size = 0
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(_MEGABYTE):
                    size += len(chunk)
                    packed = max(member.compress_size, 1)
                    if size > room or (size > _RATIO_FROM_BYTES and size > packed * ratio):
                        limit = min(room, max(packed * ratio, _RATIO_FROM_BYTES))
                        raise DocumentError("reason.bomb", DocumentState.REJECTED.value, limit=limit // _MEGABYTE)
                    chunks.append(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise _damaged(error) from error
        except (NotImplementedError, RuntimeError) as error:  # an unknown compression, a split archive
            raise _damaged(error) from error
        self._n_read += size
        return b"".join(chunks)

    def read_if_present(self, name: str) -> bytes | None:
        """As :meth:`read`; ``None`` where there is no such member."""
        return self.read(name) if name in self else None


def member_name(base: str, reference: str) -> str:
    """Name of the member that ``reference`` in the member ``base`` points at; outside the archive it is not found.

    >>> member_name("OEBPS/content.opf", "../text/deel%201.xhtml#s2")
    'text/deel 1.xhtml'
    """
    path = unquote(reference.split("#", 1)[0])
    folder = base.rpartition("/")[0]
    joined = path if path.startswith("/") else f"{folder}/{path}"
    return normpath(joined).lstrip("/")


def _damaged(error: Exception) -> DocumentError:
    return DocumentError("reason.damaged", DocumentState.REJECTED.value, detail=f"zip: {str(error)[:100]}")
