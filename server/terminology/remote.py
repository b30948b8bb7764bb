"""Asks a FHIR terminology server what the shipped facts don't say. A server that fails is as good as none.

Only codes, systems and value sets go out, nothing else of a resource. Each question has a time limit, a few run at
once, and after some failures in a row nothing is asked for a while.
Spec page: https://hl7.org/fhir/R4/codesystem-operation-validate-code.html
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from server.fhir import json
from server.fhir.json import Json, JsonRefused
from server.fhir.lenient import obj, objects
from server.fhir.terminology.learned import LearnedTerminology, Question

AT_ONCE = 8
FAILURES = 3
"""Failures in a row after which the server is left alone."""

PAUSE_SECONDS = 60.0
LARGEST_ANSWER = 1_000_000

_UNKNOWN_SYSTEM = ("x-caused-by-unknown-system", "x-unknown-system")
"""Parameters by which servers say that they judged nothing."""


class _Failed(Exception):
    """The server gave no answer."""


@dataclass(slots=True)
class RemoteTerminology:
    """Answers the questions that a LearnedTerminology has noted. `monotonic` gives seconds that never go back."""

    terminology: LearnedTerminology
    url: str
    """Base of the FHIR server."""
    monotonic: Callable[[], float]
    timeout_seconds: float = 2.0
    _failures: int = 0
    _closed_until: float | None = None
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def learn(self) -> bool:
        """Asks what was noted, and tells whether anything was learned. Never raises for what the server does."""
        questions = self.terminology.wanted()
        if not questions or self._is_paused():
            return False
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
        async with aiohttp.ClientSession(timeout=timeout, raise_for_status=False) as session:
            learned = await asyncio.gather(*(self._ask(session, question) for question in questions))
        return any(learned)

    def _is_paused(self) -> bool:
        if self._closed_until is not None and self.monotonic() < self._closed_until:
            return True
        if self._closed_until is not None:
            self._closed_until, self._failures = None, 0
        return False

    async def _ask(self, session: aiohttp.ClientSession, question: Question) -> bool:
        async with self._gate:
            if self._is_paused():
                return False
            try:
                answer = await self._answer(session, question)
            except (_Failed, aiohttp.ClientError, TimeoutError, JsonRefused):
                self._failures += 1
                if self._failures >= FAILURES:
                    self._closed_until = self.monotonic() + PAUSE_SECONDS
                return False
        self._failures = 0
        self.terminology.remember(question, answer)
        return answer is not None

    async def _answer(self, session: aiohttp.ClientSession, question: Question) -> bool | None:
        address, parameters = self._request(question)
        headers = {"Accept": "application/fhir+json"}
        async with session.get(address, params=parameters, headers=headers, allow_redirects=False) as response:
            if response.status >= 500 or response.status == 429:
                raise _Failed
            if response.status != 200:  # it has no such system or value set, or does not offer the operation
                return None
            body = await response.content.read(LARGEST_ANSWER)
        return result_of(json.read(body))

    def _request(self, question: Question) -> tuple[str, dict[str, str]]:
        base = self.url.rstrip("/")
        if question.value_set:
            asked = {"url": question.value_set, "system": question.system, "code": question.code}
            return f"{base}/ValueSet/$validate-code", asked
        return f"{base}/CodeSystem/$validate-code", {"url": question.system, "code": question.code}


def result_of(body: Json) -> bool | None:
    """What the Parameters of an answer say; None where the server says that it can't know."""
    parameters: Sequence[dict[str, Json]] = objects(obj(body).get("parameter"))
    if any(one.get("name") in _UNKNOWN_SYSTEM for one in parameters):
        return None
    result = next((one.get("valueBoolean") for one in parameters if one.get("name") == "result"), None)
    return result if isinstance(result, bool) else None
