"""Every example of the interface's description is accepted for the case that it is about."""

from typing import Any

import httpx2
import pytest

from server.fhir import json
from server.review.examples import ACT, DECISIONS
from tests.builders.claims import an_item
from tests.scenarios.review_calls import WHEELCHAIR, pended

Json = Any


@pytest.mark.parametrize("title", DECISIONS)
async def test_a_decision_of_the_description_is_taken(client: httpx2.AsyncClient, title: str) -> None:
    row = await pended(client, an_item(WHEELCHAIR, quantity={"value": 10, "unit": "visit"}))

    response = await client.post(f"/api/v1/cases/{row['id']}/decisions", json=DECISIONS[title]["value"])

    assert response.status_code == 200, response.text
    assert json.read(response.content)["version"] == row["version"] + 1


async def test_the_description_names_every_call_with_its_refusals(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    described = {path: set(item) for path, item in document["paths"].items() if path.startswith("/api/v1/")}
    assert {path: calls for path, calls in described.items() if "cases" in path or "work" in path} == {
        "/api/v1/work": {"get"},
        "/api/v1/cases/{id}": {"get"},
        "/api/v1/cases/{id}/claim": {"post"},
        "/api/v1/cases/{id}/release": {"post"},
        "/api/v1/cases/{id}/decisions": {"post"},
    }
    decide = document["paths"]["/api/v1/cases/{id}/decisions"]["post"]
    assert set(decide["responses"]) >= {"200", "400", "403", "404", "409", "422"}
    assert set(decide["responses"]["409"]["content"]) == {"application/problem+json"}
    assert set(decide["requestBody"]["content"]["application/json"]["examples"]) == set(DECISIONS)


async def test_an_act_of_the_description_is_taken(client: httpx2.AsyncClient) -> None:
    row = await pended(client)

    calls = [
        await client.post(f"/api/v1/cases/{row['id']}/{name}", json=ACT["A nurse"]["value"])
        for name in ("claim", "release")
    ]

    assert [call.status_code for call in calls] == [200, 200]
