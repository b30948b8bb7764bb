"""Calls of the reviewers' interface, and requests that are pended until a person decides them."""

from typing import Any

import httpx2

from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import submit

Json = Any

NURSE = {"id": "nurse-1", "role": "nurse", "licence": "RN-100"}
PHYSICIAN = {
    "id": "physician-1",
    "role": "physician",
    "licence": "MD-200",
    "specialty": "Physical medicine",
    "npi": "1992837465",
}
WHEELCHAIR = "E1223"
"""A code that the demo plan refers to a person, without criteria; its rule is `wheelchair-review`."""

DENIAL = {
    "decision": "deny",
    "reasons": ["0F"],
    "note": "The patient walks 100 m with a cane.",
    "criteria": ["wheelchair-review"],
}


async def pended(client: httpx2.AsyncClient, *items: Json, bundle: str | None = None, **elements: Json) -> Json:
    """The row of the case of a new request that waits for a person; its Bundle has the identifier `bundle`."""
    value = bundle or f"BDL-{len((await work(client))['cases'])}"
    identifier = {"system": "https://ehr.example/bundles", "value": value}
    claim = a_claim(*(items or (an_item(WHEELCHAIR),)), **elements)
    await submit(client, a_request_bundle(claim, member="PSG-1007", identifier=identifier))
    (row,) = (await work(client, q=value))["cases"]
    return row


async def work(client: httpx2.AsyncClient, **parameters: Json) -> Json:
    """The work list."""
    response = await client.get("/api/v1/work", params=parameters)
    assert response.status_code == 200, response.text
    return json.read(response.content)


async def case_of(client: httpx2.AsyncClient, id: str) -> Json:
    """The whole case."""
    response = await client.get(f"/api/v1/cases/{id}")
    assert response.status_code == 200, response.text
    return json.read(response.content)


async def act(client: httpx2.AsyncClient, row: Json, name: str, reviewer: Json, **body: Json) -> httpx2.Response:
    """Claims or releases."""
    sent = {"reviewer": reviewer, **body}
    return await client.post(f"/api/v1/cases/{row['id']}/{name}", json=sent)


async def decide(client: httpx2.AsyncClient, row: Json, reviewer: Json, *items: Json, **body: Json) -> httpx2.Response:
    """Decides items; an item without a sequence is the first."""
    listed = [{"sequence": 1, **item} for item in items]
    sent = {"reviewer": reviewer, "version": row["version"], "items": listed, **body}
    return await client.post(f"/api/v1/cases/{row['id']}/decisions", json=sent)


async def decided(client: httpx2.AsyncClient, row: Json, reviewer: Json, *items: Json) -> Json:
    """The row after decisions that are accepted."""
    response = await decide(client, row, reviewer, *items)
    assert response.status_code == 200, response.text
    return json.read(response.content)


def problem(response: httpx2.Response) -> tuple[int, str, str]:
    """Status, kind and sentence of a refusal."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = json.read(response.content)
    assert body["status"] == response.status_code
    return response.status_code, body["type"].rpartition(":")[2], body["detail"]
