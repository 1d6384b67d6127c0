"""How long the server waits for a request that does not come, so that slow ones cannot hold all its connections.

The server beneath ends connections that are silent after an answer, and none on which a request has begun.
"""

from __future__ import annotations

import asyncio
import logging

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

logger = logging.getLogger(__name__)

HEAD_SECONDS = 20.0
"""From the first sign of a request, or from the connection, to the end of its headers."""
BODY_SECONDS = 60.0
"""Without a further byte of a body that is being sent; a slow upload may last as long as it likes."""
LOOK_SECONDS = 2.0
MOST_CONNECTIONS = 500
"""More are told that the server is busy: each takes a file handle, of which a process has 1,024 on most systems."""


class PatientProtocol(H11Protocol):
    """One connection, which is closed when what was begun on it does not go on."""

    _begun: float | None = None
    _latest: float = 0.0
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begun = self._latest = self.loop.time()
        self._look = self.loop.call_later(LOOK_SECONDS, self._see_whether_it_goes_on)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came, and note whether it ended what was waited for."""
        self._latest = self.loop.time()
        if self._begun is None and self.conn.their_state is h11.IDLE:
            self._begun = self._latest
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._begun = None

    def _see_whether_it_goes_on(self) -> None:
        now, state = self.loop.time(), self.conn.their_state
        late = state is h11.IDLE and self._begun is not None and now - self._begun > HEAD_SECONDS
        stuck = state is h11.SEND_BODY and not self.flow.read_paused and now - self._latest > BODY_SECONDS
        if late or stuck:
            logger.info("a connection was closed: its request did not go on")
            self.transport.close()
            return
        self._look = self.loop.call_later(LOOK_SECONDS, self._see_whether_it_goes_on)
