"""A person's work and the requester's updates meet in one case: a serial history, and everyone is told the truth."""

import asyncio
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.submit import actions, send, submit
from tests.scenarios.review_calls import (
    DENIAL,
    NURSE,
    PHYSICIAN,
    WHEELCHAIR,
    case_of,
    decide,
    decided,
    pended,
    problem,
    work,
)

Json = Any

STRIPS = "A4253"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")
CANCEL = {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", "3")}


def an_update(*items: Json, id: str = "claim-2", **elements: Json) -> Json:
    """An update of the request that `pended` makes."""
    related = [{"claim": {"reference": "Claim/claim-1"}, "relationship": PRIOR}]
    claim = a_claim(*items, id=id, related=related, **elements)
    return a_request_bundle(claim, a_claim(id="claim-1"), member="PSG-1007")


async def test_what_was_referred_stays_with_the_physicians(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    await decided(client, row, NURSE, {"decision": "refer", "summary": "The need is not clear."})

    await submit(client, an_update(an_item(WHEELCHAIR), an_item(WHEELCHAIR, sequence=2)))

    items = (await case_of(client, row["id"]))["items"]
    assert [(item["sequence"], item["owner"]) for item in items] == [(1, "physician-review"), (2, "dme-review")]


async def test_what_was_extended_stays_extended(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    extension = {"decision": "extend", "due": "2026-12-11T15:00:00Z", "ground": "member-asked", "note": "Asked."}
    await decided(client, row, PHYSICIAN, extension)

    await submit(client, an_update(an_item(WHEELCHAIR), an_item(STRIPS, sequence=2)))

    (item, added) = (await case_of(client, row["id"]))["items"]
    assert (item["due"], item["extended_from"]) == ("2026-12-11T15:00:00Z", "2026-11-27T15:00:00Z")
    assert added["review_action"] == "A1"


async def test_a_changed_item_starts_anew(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    await decided(client, row, NURSE, {"decision": "refer", "summary": "The need is not clear."})

    updated = await submit(client, an_update(an_item(STRIPS)))

    assert actions(updated) == [(1, "A1", [])]


async def test_whoever_decides_on_what_was_updated_is_told(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    await submit(client, an_update(an_item(WHEELCHAIR, quantity={"value": 2, "unit": "item"})))

    late = await decide(client, row, PHYSICIAN, DENIAL)

    assert problem(late)[:2] == (409, "conflict")
    assert (await case_of(client, row["id"]))["items"][0]["review_action"] == "A4"


async def test_what_was_cancelled_is_not_decided(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    await submit(client, an_update(an_item(WHEELCHAIR), extension=[CANCEL]))
    (cancelled,) = (await work(client, q=row["numbers"][0]))["cases"]

    late = await decide(client, cancelled, PHYSICIAN, DENIAL)

    assert (cancelled["state"], problem(late)[:2]) == ("cancelled", (409, "conflict"))
    assert (await work(client))["cases"] == []


@pytest.mark.parametrize("extension", [None, [CANCEL]])
async def test_an_update_and_a_decision_at_once_are_one_after_the_other(
    client: httpx2.AsyncClient, extension: Json
) -> None:
    row = await pended(client)
    update = an_update(an_item(WHEELCHAIR), extension=extension)

    decision, answer = await asyncio.gather(
        decide(client, row, NURSE, {"decision": "approve", "note": "Seen."}), send(client, update)
    )

    case = await case_of(client, row["id"])
    kinds = [event["kind"] for event in case["events"]]
    change = "updated" if extension is None else "cancelled"
    (item,) = case["items"]
    assert answer.status_code == 200
    assert actions(json.read(answer.content))[0][1] == item["review_action"]
    if decision.status_code == 200:
        assert (kinds[1:], item["review_action"]) == (["approved", change], "A1" if extension is None else "C")
    else:
        assert problem(decision)[:2] == (409, "conflict")
        assert (kinds[1:], item["review_action"]) == ([change], "A4" if extension is None else "C")
