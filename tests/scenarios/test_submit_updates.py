"""Updates of what was answered here, and cancels, are refused plainly until they are supported; nothing is kept."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.builders.claims import BASE, PAS, X12, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.submit import actions, claim_response, send, submit
from tests.scenarios.conftest import MakeClient

Json = Any
Stored = Callable[[], dict[str, int]]
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
CANCEL = {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", "3")}
CANCELLED = {"url": f"{PAS}/modifierextension-infoCancelled", "valueBoolean": True}


def an_update(*items: Json, of: str = "claim-1", **elements: Json) -> Json:
    """A Bundle that updates a Claim, with the prior Claim in it."""
    related = [{"claim": {"reference": f"Claim/{of}"}, "relationship": PRIOR}]
    return a_request_bundle(a_claim(*items, id="claim-2", related=related, **elements), a_claim(id=of))


def issues(response: httpx2.Response) -> list[tuple[str, str]]:
    """Codes and places of an OperationOutcome."""
    body = response.json()
    assert body["resourceType"] == "OperationOutcome"
    return [(issue["code"], issue["expression"][0]) for issue in body["issue"]]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
async def test_an_update_of_a_claim_that_was_answered_is_refused(client: httpx2.AsyncClient, stored: Stored) -> None:
    await submit(client, a_request_bundle())
    before = stored()

    response = await send(client, an_update())

    assert (response.status_code, issues(response)) == (422, [("not-supported", "Bundle.entry[0].resource.related")])
    assert stored() == before


async def test_an_update_is_known_by_the_number_of_the_authorization(make_client: MakeClient, stored: Stored) -> None:
    client = await make_client(validation="off")
    answer = claim_response(await submit(client, a_request_bundle()))
    before = stored()
    number = {"url": f"{PAS}/extension-authorizationNumber", "valueString": answer["preAuthRef"]}

    response = await send(client, an_update(an_item(extension=[number]), of="claim-of-another-system"))

    assert (response.status_code, issues(response)) == (422, [("not-supported", "Bundle.entry[0].resource.related")])
    assert stored() == before


async def test_an_update_is_known_by_the_identifier_of_the_prior_claim(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle())
    logical = {"identifier": {"system": "https://ehr.example/claims", "value": "CLM-1"}}
    claim = a_claim(id="claim-2", related=[{"claim": logical, "relationship": PRIOR}])

    response = await send(client, a_request_bundle(claim))

    assert (response.status_code, issues(response)) == (422, [("not-supported", "Bundle.entry[0].resource.related")])


async def test_an_update_of_a_claim_that_never_came_here_is_decided_as_a_request(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, an_update(of="never-sent"))

    assert actions(bundle) == [(1, "A1", [])]
    assert claim_response(bundle)["request"] == {"reference": f"{BASE}/Claim/claim-2"}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-69")
@pytest.mark.parametrize(
    ("claim", "place"),
    [
        (a_claim(extension=[CANCEL]), "extension"),
        (a_claim(an_item(extension=[CANCEL])), "item[0].extension"),
        (a_claim(an_item(modifierExtension=[CANCELLED])), "item[0].modifierExtension[0]"),
        (
            a_claim(supportingInfo=[{"sequence": 1, "modifierExtension": [CANCELLED]}]),
            "supportingInfo[0].modifierExtension[0]",
        ),
    ],
)
async def test_a_cancel_is_refused(make_client: MakeClient, stored: Stored, claim: Json, place: str) -> None:
    client = await make_client(validation="off")
    before = stored()

    response = await send(client, a_request_bundle(claim))

    assert (response.status_code, issues(response)) == (422, [("not-supported", f"Bundle.entry[0].resource.{place}")])
    assert stored() == before


async def test_info_cancelled_that_is_false_cancels_nothing(client: httpx2.AsyncClient) -> None:
    item = an_item(modifierExtension=[{**CANCELLED, "valueBoolean": False}])

    bundle = await submit(client, a_request_bundle(a_claim(item)))

    assert actions(bundle) == [(1, "A1", [])]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-25")
async def test_a_modifier_that_nobody_here_knows_is_refused(client: httpx2.AsyncClient, stored: Stored) -> None:
    before = stored()
    item = an_item(modifierExtension=[{"url": "https://ehr.example/not", "valueBoolean": True}])

    response = await send(client, a_request_bundle(a_claim(item)))

    place = "Bundle.entry[0].resource.item[0].modifierExtension[0]"
    assert (response.status_code, issues(response)) == (422, [("not-supported", place)])
    assert stored() == before
