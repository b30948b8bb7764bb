"""The pretend EHR's connection: real HTTP, every call timed."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from server.fhir import json
from server.fhir.json import Json

FHIR_JSON = "application/fhir+json"
_LIMIT = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: its status, its JSON (None when it has none) and the milliseconds it took."""

    method: str
    path: str
    status: int
    body: Json
    milliseconds: float


class Ehr:
    """Calls the server at `origin`."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self.origin = origin
        self._session = session

    async def get(self, path: str) -> Answered:
        """The answer to a GET."""
        return await self._call("GET", path, None, "application/json")

    async def post(self, path: str, body: Json, content_type: str = FHIR_JSON) -> Answered:
        """The answer to a POST of the JSON."""
        return await self._call("POST", path, json.write(body), content_type)

    async def delete(self, path: str) -> Answered:
        """The answer to a DELETE."""
        return await self._call("DELETE", path, None, FHIR_JSON)

    async def _call(self, method: str, path: str, body: bytes | None, content_type: str) -> Answered:
        headers = {"Accept": content_type, **({"Content-Type": content_type} if body else {})}
        started = time.perf_counter()
        async with self._session.request(method, self.origin + path, data=body, headers=headers) as response:
            received = await response.read()
        elapsed = (time.perf_counter() - started) * 1000
        return Answered(method, path, response.status, _json(received), elapsed)


@asynccontextmanager
async def connected(origin: str) -> AsyncIterator[Ehr]:
    """A pretend EHR that talks to the server at `origin`."""
    async with aiohttp.ClientSession(timeout=_LIMIT) as session:
        yield Ehr(origin, session)


async def answers(origin: str) -> bool:
    """Whether Passage answers at `origin` and is ready."""
    async with connected(origin) as ehr:
        try:
            return (await ehr.get("/health/ready")).status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False


def _json(body: bytes) -> Json:
    try:
        return json.read(body)
    except json.JsonRefused:
        return None
