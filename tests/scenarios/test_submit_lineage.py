"""What a lineage keeps through its updates: results that nobody changed, authorizations in force, and its history."""

import asyncio
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle, a_trace, an_item
from tests.builders.submit import actions, claim_response, errors, extension, send, submit
from tests.scenarios.review_calls import NURSE, WHEELCHAIR, case_of, decide, decided, pended, work

Json = Any

STRIPS, EXCLUDED = "A4253", "A9270"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
TRACE = f"{PAS}/extension-itemTraceNumber"


def certification(code: str) -> Json:
    """The extension certificationType."""
    return {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", code)}


def an_update(*items: Json, id: str = "claim-2", **elements: Json) -> Json:
    """A Bundle that updates the first Claim of the member of these tests, with that Claim in it."""
    related = [{"claim": {"reference": "Claim/claim-1"}, "relationship": PRIOR}]
    claim = a_claim(*items, id=id, related=related, **elements)
    return a_request_bundle(claim, a_claim(id="claim-1"), member="PSG-1007")


def traced(item: Json, value: str) -> Json:
    """The item under another trace number."""
    trace = {"url": TRACE, "valueIdentifier": {**a_trace(1), "value": value}}
    return {**item, "extension": [trace, *(each for each in item["extension"] if each["url"] != TRACE)]}


def renewed(item: Json, code: str) -> Json:
    """The item with another certification type."""
    kind = certification(code)
    return {**item, "extension": [kind, *(each for each in item["extension"] if each["url"] != kind["url"])]}


def reordered(value: Json) -> Json:
    """The same JSON with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(each) for each in value] if isinstance(value, list) else value


async def approved_by_a_nurse(client: httpx2.AsyncClient) -> Json:
    """The row of a case whose one item a nurse approved."""
    row = await pended(client)
    return await decided(client, row, NURSE, {"decision": "approve", "note": "Seen."})


async def test_an_approval_stays_though_the_claim_is_written_anew(client: httpx2.AsyncClient) -> None:
    row = await approved_by_a_nurse(client)
    (approved,) = (await case_of(client, row["id"]))["items"]

    updated = await submit(client, an_update(reordered(traced(an_item(WHEELCHAIR), "TRACE-NEW"))))

    assert actions(updated) == [(1, "A1", [])]
    assert (await case_of(client, row["id"]))["items"] == [approved]
    assert extension(claim_response(updated)["item"][0], "itemTraceNumber")["value"] == "TRACE-NEW"


async def test_another_provider_is_another_request(client: httpx2.AsyncClient) -> None:
    await approved_by_a_nurse(client)
    member = {
        "sequence": 1,
        "provider": {"reference": "Organization/provider-1"},
        "role": a_concept(f"{X12}/98", "SJ"),
        "extension": [{"url": f"{PAS}/extension-careTeamClaimScope", "valueBoolean": False}],
    }

    updated = await submit(client, an_update(an_item(WHEELCHAIR, careTeamSequence=[1]), careTeam=[member]))

    assert [code for _, code, _ in actions(updated)] == ["A4"]


@pytest.mark.parametrize("code", ["R", "4"])
async def test_an_authorization_is_in_force_while_its_renewal_waits(client: httpx2.AsyncClient, code: str) -> None:
    row = await approved_by_a_nurse(client)
    (before,) = (await case_of(client, row["id"]))["items"]

    asked = await submit(client, an_update(renewed(an_item(WHEELCHAIR), code)))

    (item,) = (await case_of(client, row["id"]))["items"]
    assert [code for _, code, _ in actions(asked)] == ["A4"]
    assert "preAuthRef" not in claim_response(asked)
    assert item["authorization_number"] == before["authorization_number"] is not None
    assert item["valid"] == before["valid"]


async def test_the_number_before_a_renewal_leads_to_the_case_for_ever(client: httpx2.AsyncClient) -> None:
    row = await approved_by_a_nurse(client)
    (before,) = (await case_of(client, row["id"]))["items"]
    await submit(client, an_update(renewed(an_item(WHEELCHAIR), "R")))
    (waiting,) = (await work(client))["cases"]
    await decided(client, waiting, NURSE, {"decision": "approve", "note": "Seen again."})
    (after,) = (await case_of(client, row["id"]))["items"]

    number = {"url": f"{PAS}/extension-authorizationNumber", "valueString": before["authorization_number"]}
    claim = a_claim(an_item(WHEELCHAIR), id="claim-9", extension=[certification("3"), number])
    cancelled = await submit(client, a_request_bundle(claim, member="PSG-1007"))

    assert after["review_action"] == "A1"
    assert after["authorization_number"] not in (None, before["authorization_number"])
    assert actions(cancelled) == [(1, "C", [])]
    assert (await case_of(client, row["id"]))["state"] == "cancelled"


async def test_an_extension_goes_on_from_the_first_day(client: httpx2.AsyncClient) -> None:
    first = await submit(client, a_request_bundle(a_claim(an_item(STRIPS)), member="PSG-1007"))

    extended = await submit(client, an_update(renewed(an_item(STRIPS, servicedDate="2026-12-28"), "4")))

    was, now = claim_response(first), claim_response(extended)
    assert now["preAuthRef"] == was["preAuthRef"]
    assert now["preAuthPeriod"]["start"] == was["preAuthPeriod"]["start"]
    assert now["preAuthPeriod"]["end"] > was["preAuthPeriod"]["end"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-64")
async def test_nothing_is_added_to_a_request_that_was_denied(client: httpx2.AsyncClient) -> None:
    await submit(client, a_request_bundle(a_claim(an_item(EXCLUDED)), member="PSG-1007"))

    refused = await submit(client, an_update(an_item(EXCLUDED), an_item(STRIPS, sequence=2)))
    repeated = await submit(client, an_update(an_item(EXCLUDED), id="claim-3"))

    assert (claim_response(refused)["outcome"], errors(refused)) == ("error", [("33", "N", "Claim.item[1]")])
    assert [code for _, code, _ in actions(repeated)] == ["A3"]


async def test_what_is_cancelled_is_cancelled_once(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    gone = {"extension": [certification("3")]}
    await submit(client, an_update(an_item(WHEELCHAIR), **gone))
    before = await case_of(client, row["id"])

    again = await submit(client, an_update(an_item(WHEELCHAIR), id="claim-3", **gone))

    after = await case_of(client, row["id"])
    assert (actions(again), after["state"], after["items"]) == ([(1, "C", [])], "cancelled", before["items"])


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-46")
async def test_updates_a_cancel_and_decisions_at_once_are_one_serial_history(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    updates = [
        an_update(an_item(WHEELCHAIR), an_item(STRIPS, sequence=2 + index), id=f"claim-{index + 2}")
        for index in range(6)
    ]
    cancel = an_update(an_item(WHEELCHAIR), id="claim-99", extension=[certification("3")])
    approval = {"decision": "approve", "note": "Seen."}

    answers = await asyncio.gather(
        *(send(client, each) for each in (*updates[:3], cancel, *updates[3:], *updates)),
        *(decide(client, row, NURSE, approval) for _ in range(3)),
    )

    case, submitted, decisions = await case_of(client, row["id"]), answers[:13], answers[13:]
    assert {answer.status_code for answer in submitted} == {200}
    assert len({answer.content for answer in submitted}) == 7  # The same bytes, the same answer.
    accepted = [answer for answer in decisions if answer.status_code == 200]
    assert {answer.status_code for answer in decisions} <= {200, 409}
    # Every change is one version and one event, and none is missing: six updates, one cancel, the accepted decisions.
    assert len(accepted) <= 1
    assert case["version"] == len(case["events"]) == 1 + 6 + 1 + len(accepted)
    # Whoever came after the cancel is answered as decided anew, whoever came before as cancelled meanwhile or not.
    assert {item["sequence"] for item in case["items"]} == set(range(1, 8))
    numbers = [item["reference_number"] for item in case["items"]]
    assert len(set(numbers)) == 1
    assert all(actions(json.read(answer.content)) for answer in submitted)
