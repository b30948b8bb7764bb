"""Calls to the application that are written down as they were made."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from server.fhir import json
from tests.documents.excerpt import excerpt

Json = Any


@dataclass
class Told:
    """The examples by name; each call adds its request and its answer to the example that it belongs to."""

    client: httpx2.AsyncClient
    examples: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""
    """The address of a listener of this run, which the page names by another."""

    async def post(
        self, name: str, path: str, body: Json, *, sent: tuple[str, ...] = (), got: tuple[str, ...] = ()
    ) -> Json:
        """Posts the body and gives the answer; `sent` and `got` are the paths that are shown of both."""
        type = "application/json" if path.startswith("/api") else "application/fhir+json"
        response = await self.client.post(path, content=json.write(body), headers={"Content-Type": type})
        return self._answered(name, f"POST {path}\n{excerpt(body, *sent)}", response, got)

    async def get(self, name: str, path: str, *, got: tuple[str, ...] = ()) -> Json:
        """Reads and gives the answer."""
        return self._answered(name, f"GET {path}", await self.client.get(path), got)

    def show(self, name: str, line: str, value: Json, *paths: str) -> None:
        """Adds what was not the answer to a call of ours."""
        self._add(name, f"{line}\n{excerpt(value, *paths)}")

    def _answered(self, name: str, call: str, response: httpx2.Response, got: tuple[str, ...]) -> Json:
        answer = json.read(response.content)
        self._add(name, f"{call}\n\n{response.status_code} {response.reason_phrase}\n{excerpt(answer, *got)}")
        return answer

    def _add(self, name: str, text: str) -> None:
        if self.endpoint:
            text = text.replace(self.endpoint, "https://ehr.example/hook")
        self.examples[name] = f"{self.examples.get(name, '')}```text\n{text}\n```\n"
