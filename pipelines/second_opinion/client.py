"""Puts one question to an OpenAI-compatible endpoint, within bounds of time and bytes, and never anywhere else."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from pipelines.domain.second_opinions import Fault
from pipelines.errors import SettingsError
from pipelines.second_opinion.address import Address
from pipelines.second_opinion.faults import EndpointError
from pipelines.second_opinion.prompt import Question, estimate_tokens
from pipelines.second_opinion.schema import SCHEMA_NAME

logger = logging.getLogger(__name__)

MOST_BYTES = 512 * 1024
"""Of one answer. An answer of 600 tokens takes 3 kB; models that think aloud have sent some tens of kB."""
_STATUS = {
    401: Fault.NOT_ALLOWED,
    403: Fault.NOT_ALLOWED,
    404: Fault.NOT_FOUND,
    408: Fault.TIMEOUT,
    429: Fault.BUSY,
    503: Fault.BUSY,
}


@dataclass(frozen=True)
class Reply:
    """What a language model wrote, and what it cost."""

    content: str
    tokens: int
    """Of question and answer together: as the server reports, else estimated."""


@dataclass
class Endpoint:
    """An OpenAI-compatible server and the name of one of its models.

    Redirects are never followed. Where the address is this computer no proxy is used either, whatever the environment
    says: text must not leave by a detour.
    """

    address: Address
    model: str
    key: str | None = field(default=None, repr=False)
    answer_tokens: int = 600
    _without: set[str] = field(default_factory=set, repr=False)
    """Parameters that this server has refused, and that are left out from then on."""

    def __post_init__(self) -> None:
        if self.key is not None and not (self.key.isascii() and self.key.isprintable() and self.key.strip()):
            # As a header it would fail at every question, in an error that shows it.
            raise SettingsError("error.second_opinion_key")

    def ask(self, question: Question, seconds: float) -> Reply:
        """The answer of the model, not yet checked.

        Parameters
        ----------
        question
            What to ask.
        seconds
            Bound on everything together: connecting, waiting, reading.

        Raises
        ------
        EndpointError
            There is no answer.
        """
        return asyncio.run(self._within(self._ask(question), seconds))

    def check(self, seconds: float) -> None:
        """See whether the address answers, without sending any text.

        Raises
        ------
        EndpointError
            It does not, or not to this key. A server that keeps no list of models (404) does answer.
        """
        status, headers, _ = asyncio.run(self._within(self._fetch("GET", self.address.models, None), seconds))
        if status != httpx.codes.NOT_FOUND:
            _raise_for(status, headers)

    async def _within(self, work: Any, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except (TimeoutError, httpx.TimeoutException) as error:
            raise EndpointError(Fault.TIMEOUT) from error
        except httpx.RemoteProtocolError as error:  # the server hung up in the middle, or does not speak HTTP
            raise EndpointError(Fault.CUT_OFF) from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            logger.info("second opinion: no connection (%s)", type(error).__name__)
            raise EndpointError(Fault.UNREACHABLE) from error

    async def _ask(self, question: Question) -> Reply:
        while True:
            body = self._body(question)
            status, headers, content = await self._fetch("POST", self.address.chat, body)
            refused = _refused_parameter(content) if status in (400, 422) else None
            if refused is None or refused in self._without:
                break
            self._without.add(refused)
            logger.info("second opinion: the server does not take %s; it is left out", refused)
        _raise_for(status, headers)
        return _read_reply(content, headers, question)

    def _body(self, question: Question) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": question.system},
                {"role": "user", "content": question.user},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": question.schema()},
            },
            "stream": False,
        }
        if "temperature" not in self._without:
            body["temperature"] = 0  # the same question, the same answer, as far as the server goes along
        body["max_completion_tokens" if "max_tokens" in self._without else "max_tokens"] = self.answer_tokens
        return body

    async def _fetch(
        self, method: str, url: httpx.URL, body: dict[str, Any] | None
    ) -> tuple[int, httpx.Headers, bytes]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        async with (
            # The bound on time is that on the whole; a bound on every single step would let a trickle go on for ever.
            httpx.AsyncClient(follow_redirects=False, trust_env=self.address.outside, timeout=None) as client,
            client.stream(method, url, json=body, headers=headers) as response,
        ):
            content = bytearray()
            async for chunk in response.aiter_raw():  # as sent: what is compressed could grow past every bound
                content += chunk
                if len(content) > MOST_BYTES:
                    raise EndpointError(Fault.TOO_LARGE)
            return response.status_code, response.headers, bytes(content)


def _raise_for(status: int, headers: httpx.Headers) -> None:
    if httpx.codes.is_success(status):
        return
    if httpx.codes.is_redirect(status):
        raise EndpointError(Fault.REDIRECT)
    fault = _STATUS.get(status, Fault.SERVER if status >= 500 else Fault.REJECTED)
    raise EndpointError(fault, wait_seconds=_wait_seconds(headers.get("Retry-After")))


def _wait_seconds(value: str | None) -> float | None:
    """``Retry-After`` (RFC 9110, 10.2.3): a number of seconds or a date; ``None`` where it is neither."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _refused_parameter(content: bytes) -> str | None:
    """Which of the parameters that not every model takes the server objects to (newer models of OpenAI do)."""
    value = _json(content)
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    told = f"{error.get('param')} {error.get('message')}"
    if "unsupported" not in f"{error.get('code')} {told}".lower():
        return None
    return next((name for name in ("max_tokens", "temperature") if name in told), None)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _read_reply(content: bytes, headers: httpx.Headers, question: Question) -> Reply:
    """The text of the first choice of a chat completion."""
    if headers.get("Content-Encoding", "identity") != "identity":
        raise EndpointError(Fault.NOT_JSON)
    value = _json(content)
    try:
        choice = value["choices"][0]
        written = choice["message"]["content"]
    except (TypeError, KeyError, IndexError) as error:
        raise EndpointError(Fault.NOT_JSON) from error
    tokens = _tokens(value, question, written)
    if choice.get("finish_reason") == "length":
        raise EndpointError(Fault.CUT_OFF, tokens=tokens)
    if not isinstance(written, str):
        raise EndpointError(Fault.SCHEMA, tokens=tokens)  # for instance a refusal
    return Reply(written, tokens)


def _tokens(value: Any, question: Question, written: object) -> int:
    usage = value.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    if isinstance(total, int) and not isinstance(total, bool) and total > 0:
        return total
    return question.n_tokens + estimate_tokens(len(written) if isinstance(written, str) else 0)
