"""The one exception of an endpoint; it ends one answer, never a scan."""

from __future__ import annotations

from pipelines.domain.second_opinions import Fault


class EndpointError(Exception):
    """There is no usable answer.

    Parameters
    ----------
    fault
        What went wrong.
    wait_seconds
        How long the server asks to wait before it is asked again; ``None`` where it does not say.
    tokens
        What the answer cost all the same, where the server says so.
    """

    def __init__(self, fault: Fault, *, wait_seconds: float | None = None, tokens: int | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.wait_seconds = wait_seconds
        self.tokens = tokens
