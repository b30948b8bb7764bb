"""The same bytes are one request, however often and at once they come; anything else is another one."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import BASE, a_claim, a_request_bundle, an_item
from tests.builders.submit import claim_response, send, submit
from tests.scenarios.conftest import MakeClient
from tests.scenarios.follow import without_addresses

Json = Any


async def cases(client: httpx2.AsyncClient) -> int:
    """How many answers are kept."""
    response = await client.get("/fhir/ClaimResponse", params={"_summary": "count"})
    return int(response.json()["total"])


async def test_the_same_bytes_get_the_same_answer_bytes(client: httpx2.AsyncClient) -> None:
    body = json.write(a_request_bundle())
    first = await send(client, body)

    again = await send(client, body)

    assert (again.status_code, again.content) == (200, first.content)
    assert await cases(client) == 1


async def test_the_same_bytes_get_the_same_answer_after_a_restart(make_client: MakeClient) -> None:
    body = json.write(a_request_bundle())
    first = await send(await make_client(), body)

    again = await send(await make_client(), body)

    assert again.content == first.content


async def test_an_answer_with_errors_is_kept_too(client: httpx2.AsyncClient) -> None:
    body = json.write(a_request_bundle(member="PSG-9999"))
    first = await send(client, body)

    again = await send(client, body)

    assert again.content == first.content
    assert await cases(client) == 1


async def test_the_same_identifiers_with_other_content_are_a_new_request(client: httpx2.AsyncClient) -> None:
    first = claim_response(await submit(client, a_request_bundle()))

    second = claim_response(await submit(client, a_request_bundle(a_claim(an_item(servicedDate="2026-11-24")))))

    assert first["identifier"] == second["identifier"]
    assert first["preAuthRef"] != second["preAuthRef"]
    assert await cases(client) == 2


async def test_fifty_at_once_are_one_case(client: httpx2.AsyncClient) -> None:
    body = json.write(a_request_bundle())

    responses = await asyncio.gather(*(send(client, body) for _ in range(50)))

    assert Counter((response.status_code, response.content) for response in responses) == {
        (200, responses[0].content): 50
    }
    assert await cases(client) == 1


async def test_numbers_are_unique_over_many_requests_at_once(client: httpx2.AsyncClient) -> None:
    claims = [a_claim(identifier=[a_number(number)]) for number in range(20)]

    bundles = await asyncio.gather(*(submit(client, a_request_bundle(claim)) for claim in claims))

    assert len({claim_response(bundle)["preAuthRef"] for bundle in bundles}) == 20


def a_number(number: int) -> Json:
    """The trace number of a Claim."""
    return {"system": "https://ehr.example/claims", "value": f"CLM-{number}"}


async def test_a_number_that_is_taken_is_made_anew(make_client: MakeClient) -> None:
    first = claim_response(await submit(await make_client(), a_request_bundle()))
    other = await make_client()  # Its ids and numbers count from one again.

    second = claim_response(await submit(other, a_request_bundle(a_claim(an_item(servicedDate="2026-11-24")))))

    assert first["preAuthRef"] != second["preAuthRef"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-26")
async def test_what_was_received_and_answered_can_be_read(client: httpx2.AsyncClient) -> None:
    form = {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "authored": "2026-11-20"}
    bundle = await submit(client, a_request_bundle(None, {**form, "questionnaire": "https://ehr.example/q|1"}))

    answer = claim_response(bundle)
    read = await client.get(f"/fhir/ClaimResponse/{answer['id']}")
    found = await client.get("/fhir/Claim", params={"identifier": "https://ehr.example/claims|CLM-1"})
    by_patient = await client.get("/fhir/Claim", params={"patient": "Patient/patient-1", "use": "preauthorization"})
    by_request = await client.get("/fhir/ClaimResponse", params={"request": f"{BASE}/Claim/claim-1"})
    forms = await client.get("/fhir/QuestionnaireResponse", params={"questionnaire": "https://ehr.example/q"})

    assert without_addresses({**read.json(), "meta": None}) == without_addresses({**answer, "meta": None})
    assert [response.json()["total"] for response in (found, by_patient, by_request, forms)] == [1, 1, 1, 1]


async def test_parameters_with_the_bundle_are_answered_and_read_like_the_bundle(client: httpx2.AsyncClient) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": a_request_bundle()}]}

    bundle = await submit(client, body)

    found = (await client.get("/fhir/Claim", params={"status": "active"})).json()
    assert claim_response(bundle)["outcome"] == "complete"
    assert [entry["resource"]["identifier"][0]["value"] for entry in found["entry"]] == ["CLM-1"]
