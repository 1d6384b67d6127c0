"""What an answer means: its status, how long to wait, and its body within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from pipelines.harvest.fetching import HarvestError, Trouble

MOST_RETRY_SECONDS = 7 * 86_400.0
"""A server that asks for longer is asked after a week all the same: harvests are weekly."""

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
# Date of 2001: smaller numbers in a header that names a reset are seconds from now, larger ones a moment.
_EPOCH = 1_000_000_000
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})

NO_ANSWER = frozenset(f"harvest_client.{name}" for name in ("no_such_name", "unreachable", "timeout", "broken_off"))
"""What is told where a host said nothing, or not to the end."""


class AgainError(HarvestError):
    """It did not work, and another try soon may."""


def failure(status: int, headers: Mapping[str, str], host: str, now: datetime) -> HarvestError:
    """What the status of an answer without a fit body means.

    Parameters
    ----------
    status
        Neither 200 nor one that was followed.
    headers
        Names in small letters.
    host
        Who answered.
    now
        The moment it is.
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        # The one provider of such checks that says so; another try would only confirm its suspicion.
        return HarvestError("harvest_client.robot_check", Trouble.REFUSED, host=host, status=status)
    wait = told_wait(headers, now)
    if status in _AGAIN:
        key = "harvest_client.busy" if status == 429 else "harvest_client.server_fault"
        spent = status == 429 and wait is None and _nothing_left(headers)
        kind = HarvestError if spent else AgainError  # trying on with a spent budget makes it worse
        return kind(key, Trouble.PASSING, retry_after=wait, host=host, status=status)
    if status >= 500:
        return HarvestError("harvest_client.server_fault", Trouble.PASSING, retry_after=wait, host=host, status=status)
    if status in _GONE:
        return HarvestError("harvest_client.gone", Trouble.GONE, host=host, status=status)
    if status == 407:
        return HarvestError("harvest_client.proxy", Trouble.REFUSED, status=status)
    if status in (401, 403, 451):
        return HarvestError("harvest_client.not_allowed", Trouble.REFUSED, host=host, status=status)
    if status >= 400:
        return HarvestError("harvest_client.not_understood", Trouble.REFUSED, host=host, status=status)
    return HarvestError("harvest_client.no_content", Trouble.UNFIT, host=host, status=status)


def told_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds after which the server says it may be asked again; ``None`` where it does not say.

    ``Retry-After`` (RFC 9110, 10.2.3) is a number of seconds or a date. Where it is not there and the budget is used
    up, the ``RateLimit`` headers that many interfaces send say when it is filled again.
    """
    wait = _seconds(headers.get("retry-after"), now)
    if wait is None and _nothing_left(headers):
        wait = _seconds(headers.get("ratelimit-reset") or headers.get("x-ratelimit-reset"), now)
        if wait is not None and wait >= _EPOCH:
            wait = wait - now.timestamp()
    return None if wait is None else min(max(wait, 0.0), MOST_RETRY_SECONDS)


def _nothing_left(headers: Mapping[str, str]) -> bool:
    return (headers.get("ratelimit-remaining") or headers.get("x-ratelimit-remaining") or "").strip() == "0"


def _seconds(value: str | None, now: datetime) -> float | None:
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:12])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # none, or a year of twenty figures
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def broken(error: Exception, host: str, seconds: float) -> HarvestError:
    """What an error of a connection means."""
    if isinstance(error, httpcore.TimeoutException):
        return AgainError("harvest_client.timeout", Trouble.PASSING, host=host, seconds=round(seconds, 1))
    if isinstance(error, httpcore.ProxyError):
        return HarvestError("harvest_client.proxy", Trouble.REFUSED, status=str(error).split(" ")[0])
    if isinstance(error, httpcore.LocalProtocolError):  # for instance a key with a line end in it
        return HarvestError("harvest_client.not_sendable", Trouble.REFUSED, host=host)
    if isinstance(error, httpcore.ConnectError):
        return AgainError("harvest_client.unreachable", Trouble.PASSING, host=host)
    return AgainError("harvest_client.broken_off", Trouble.PASSING, host=host)


def read_body(response: httpx.Response, limit: int, host: str, *, cut: bool = False) -> bytes:
    """The body of an answer, unpacked, and never more of it in memory than ``limit`` and one piece.

    httpx unpacks as well, but each piece as far as it goes, and packings of packings one after the other: some
    kilobytes can become gigabytes there before anybody counts.

    Parameters
    ----------
    response
        Not yet read.
    limit
        Most bytes, after unpacking.
    host
        Who answered.
    cut
        Give the beginning of a longer body instead of refusing it.

    Raises
    ------
    HarvestError
        It is longer, packed in a way that is not asked for, or breaks off.
    """
    too_large = HarvestError("harvest_client.too_large", Trouble.UNFIT, host=host, megabytes=f"{limit / 1_000_000:.3g}")
    packing = response.headers.get("content-encoding", "").lower().replace("identity", "").strip(", ")
    told = response.headers.get("content-length", "")
    if not packing and not cut and told.isascii() and told.isdigit() and int(told[:18]) > limit:
        raise too_large
    pieces: Iterable[bytes] = response.iter_raw()
    if packing in ("gzip", "x-gzip", "deflate"):
        pieces = _unpacked(pieces, limit, host)
    elif packing in _UNREADABLE or "," in packing:
        raise HarvestError("harvest_client.packing", Trouble.UNFIT, host=host)
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > limit:
            if cut:
                return bytes(content[:limit])
            raise too_large
    return bytes(content)


def _unpacked(pieces: Iterable[bytes], limit: int, host: str) -> Iterable[bytes]:
    """Pieces of gzip or deflate, unpacked; each no longer than ``limit`` and a byte."""
    unpacker = None
    try:
        for packed in pieces:
            left = packed
            while left:
                if unpacker is None or unpacker.eof:
                    if unpacker is not None and not left.startswith(b"\x1f\x8b"):
                        return  # what follows a whole stream and is no other one: filling of some servers
                    unpacker = _unpacker(left)
                yield unpacker.decompress(left, limit + 1)
                left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    except zlib.error as error:
        raise AgainError("harvest_client.broken_off", Trouble.PASSING, host=host) from error
    if unpacker is not None and not unpacker.eof:
        raise AgainError("harvest_client.broken_off", Trouble.PASSING, host=host)


def _unpacker(start: bytes) -> zlib._Decompress:
    """For gzip, zlib, or the bare deflate that some servers send instead (RFC 9110, 8.4.1.2)."""
    if start.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(31)
    wrapped = start[0] & 0x0F == 8 and (len(start) < 2 or int.from_bytes(start[:2]) % 31 == 0)
    return zlib.decompressobj(15 if wrapped else -15)


def media_type_of(headers: Mapping[str, str]) -> tuple[str, str | None]:
    """Media type in small letters without parameters, and charset if one is told."""
    media_type, *parameters = headers.get("content-type", "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \"'"):
            return media_type.strip().lower(), value.strip(" \"'").lower()
    return media_type.strip().lower(), None
