"""What an answer refers to under our own URL can be read there, and searched for, on both bases."""

from typing import Any

import httpx2
import pytest

from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.inquiries import BEFORE, CURRENT
from tests.builders.submit import claim_response, send, submit
from tests.scenarios.follow import without_addresses

Json = Any

REVIEWED = "E1223"
"""A service that the demo plan refers to a person, with a document that is asked for."""


async def pended(client: httpx2.AsyncClient, base: str = CURRENT) -> Json:
    """The answer to a request that a person decides."""
    body = a_request_bundle(a_claim(an_item(REVIEWED)))
    return await submit(client, body) if base == CURRENT else (await send(client, body, base)).json()


def without_meta(resource: Json) -> Json:
    """The resource but for what the server says of its storage."""
    return {name: value for name, value in resource.items() if name != "meta"}


@pytest.mark.parametrize("base", [CURRENT, BEFORE])
async def test_all_that_is_ours_is_found_under_its_url(client: httpx2.AsyncClient, base: str) -> None:
    bundle = await pended(client, base)
    ours = {
        entry["fullUrl"]: entry["resource"]
        for entry in bundle["entry"]
        if entry["fullUrl"].startswith("http://passage.test/")
    }

    read = {url: (await client.get(url)).json() for url in ours}

    kinds = [resource["resourceType"] for resource in ours.values()]
    assert kinds == ["ClaimResponse", "CommunicationRequest", "Task"]
    assert {url: without_addresses(without_meta(each)) for url, each in read.items()} == {
        url: without_addresses(without_meta(each)) for url, each in ours.items()
    }


async def test_the_bundle_of_an_answer_is_found_by_its_id(client: httpx2.AsyncClient) -> None:
    bundle = await pended(client)

    read = (await client.get(f"/fhir/Bundle/{bundle['id']}")).json()

    assert without_meta(read) == without_meta(bundle)


SEARCHES = [
    ("Bundle", "identifier=urn:uuid:{bundle}"),
    ("Bundle", "type=collection&timestamp=2026-11-20"),
    ("CommunicationRequest", "patient=patient-1&status=active"),
    ("CommunicationRequest", "authored=2026-11-20"),
    ("Task", "patient:identifier=PSG-1003&status=requested"),
    ("Task", "code=attachment-request-code&authored-on=ge2026-11-20"),
    ("Task", "identifier=https://ehr.example/claims|CLM-1"),
]

OTHERS = [
    ("Bundle", "identifier=urn:uuid:nobody"),
    ("Bundle", "timestamp=2026-11-19"),
    ("CommunicationRequest", "patient=patient-2"),
    ("Task", "status=completed"),
    ("Task", "code=attachment-request-questionnaire"),
]


@pytest.mark.parametrize(("kind", "query"), SEARCHES)
async def test_it_is_found_by_what_is_true_of_it(client: httpx2.AsyncClient, kind: str, query: str) -> None:
    bundle = await pended(client)

    found = (await client.get(f"/fhir/{kind}?{query.format(bundle=bundle['id'])}")).json()

    assert [entry["resource"]["resourceType"] for entry in found["entry"]] == [kind]


@pytest.mark.parametrize(("kind", "query"), OTHERS)
async def test_it_is_not_found_by_what_is_not(client: httpx2.AsyncClient, kind: str, query: str) -> None:
    await pended(client)

    found = (await client.get(f"/fhir/{kind}?{query}")).json()

    assert (found["total"], found.get("entry", [])) == (0, [])


async def test_an_update_leaves_earlier_answers_readable(client: httpx2.AsyncClient) -> None:
    first = await pended(client)
    prior = a_claim(an_item(REVIEWED))
    related = [{"claim": {"reference": "Claim/claim-1"}, "relationship": PRIOR}]
    update = a_claim(an_item(REVIEWED), an_item(sequence=2), id="claim-2", related=related)
    second = await submit(client, a_request_bundle(update, prior))

    read = [(await client.get(f"/fhir/Bundle/{each['id']}")).json() for each in (first, second)]
    current = (await client.get(f"/fhir/ClaimResponse/{claim_response(second)['id']}")).json()

    assert [each["id"] for each in read] == [first["id"], second["id"]]
    assert [item["itemSequence"] for item in current["item"]] == [1, 2]


PRIOR = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "code": "prior"}],
}
