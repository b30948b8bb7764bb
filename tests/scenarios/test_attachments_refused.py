"""What can't be attached is refused with a reason, nothing of it is kept, and nobody learns which numbers exist."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.attachments import a_delivery, a_form, a_note, an_attachment, attach, measured
from tests.scenarios.attachment_calls import ACCEPTED, control_numbers, oxygen, the_case, told
from tests.scenarios.review_calls import NURSE, PHYSICIAN, decide, work

Json = Any
Stored = Callable[[], dict[str, int]]

PDF_AT = {"attachment": {"contentType": "application/pdf", "url": "https://ehr.example/note.pdf"}}


def _identifier(value: str, system: str | None = "https://payer.example/control") -> Json:
    return {"valueIdentifier": {"value": value, **({"system": system} if system else {})}}


def _twice(body: Json, name: str) -> Json:
    again = [each for each in body["parameter"] if each["name"] == name]
    return {**body, "parameter": [*body["parameter"], *again]}


@pytest.mark.parametrize(
    ("change", "status", "expression"),
    [
        ({"TrackingId": None}, 400, "Parameters.parameter"),
        ({"MemberId": None}, 400, "Parameters.parameter"),
        ({"AttachTo": None}, 400, "Parameters.parameter"),
        ({"OrganizationId": None}, 400, "Parameters.parameter"),
        ({"AttachTo": {"valueCode": "predetermination"}}, 400, "Parameters.parameter[1].valueCode"),
        ({"AttachTo": {"valueCode": "claim"}}, 400, "Parameters.parameter[1]"),
        (
            {"AttachTo": {"valueCode": "claim"}, "ServiceDate": {"valueDateTime": "2026-11"}},
            400,
            "Parameters.parameter[4]",
        ),
        ({"PayerId": _identifier("9999999999", "http://hl7.org/fhir/sid/us-npi")}, 422, "Parameters.parameter"),
        ({"AdminRefNumber": _identifier("RN-OF-ANOTHER")}, 422, "Parameters.parameter"),
    ],
)
async def test_what_cdex_demands_must_be_there(
    client: httpx2.AsyncClient, stored: Stored, change: dict[str, Json], status: int, expression: str
) -> None:
    numbers = control_numbers(await oxygen(client))
    before = stored()

    response = await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form()), **change))

    assert response.status_code == status
    outcome = json.read(response.content)
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["expression"] == [expression]
    assert stored() == before


@pytest.mark.parametrize(
    ("attachment", "status", "expression"),
    [
        (
            {"name": "Attachment", "part": [{"name": "LineItem", "valueString": "1"}]},
            400,
            "Parameters.parameter[4].part",
        ),
        (an_attachment(a_note(content=[PDF_AT])), 422, "Parameters.parameter[4].part[0].resource"),
        (an_attachment(a_form(), lines=(7,)), 422, "Parameters.parameter[4].part[1].resource"),
        (
            {
                "name": "Attachment",
                "part": [{"name": "LineItem", "valueString": "one"}, {"name": "Content", "resource": a_note()}],
            },
            400,
            "Parameters.parameter[4].part[0].valueString",
        ),
    ],
    ids=["no content", "only an address", "no such item", "no number"],
)
async def test_an_attachment_must_hold_what_it_says(
    client: httpx2.AsyncClient, stored: Stored, attachment: Json, status: int, expression: str
) -> None:
    numbers = control_numbers(await oxygen(client))
    before = stored()

    response = await attach(client, a_delivery(numbers["102089-0"], attachment))

    assert response.status_code == status
    assert json.read(response.content)["issue"][0]["expression"] == [expression]
    assert stored() == before


async def test_no_attachment_at_all_is_refused(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))

    response = await attach(client, a_delivery(numbers["102089-0"]))

    assert response.status_code == 400


@pytest.mark.parametrize("name", ["TrackingId", "MemberId", "Final"])
async def test_what_may_be_there_once_is_not_there_twice(client: httpx2.AsyncClient, name: str) -> None:
    numbers = control_numbers(await oxygen(client))
    body = a_delivery(numbers["102089-0"], an_attachment(a_form()), Final={"valueBoolean": True})

    response = await attach(client, _twice(body, name))

    assert response.status_code == 400


async def test_an_unknown_number_and_another_members_are_told_alike(client: httpx2.AsyncClient, stored: Stored) -> None:
    numbers = control_numbers(await oxygen(client))
    before = stored()

    unknown = await attach(client, a_delivery("urn:uuid:00000000-0000-4000-8000-000000000000", an_attachment(a_form())))
    others = await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form()), member="PSG-1001"))

    assert told(unknown) == told(others) == (422, [("error", "not-found")])
    first, second = (json.read(each.content)["issue"] for each in (unknown, others))
    assert first == second
    assert stored() == before


async def test_what_is_decided_takes_no_attachment(client: httpx2.AsyncClient, stored: Stored) -> None:
    numbers = control_numbers(await oxygen(client))
    await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52))))
    before = stored()

    response = await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_note())))

    assert told(response) == (409, [("error", "business-rule")])
    assert stored() == before


async def test_what_was_referred_to_a_physician_is_not_taken_back_by_the_rules(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    case = await the_case(client)
    refer = {"decision": "refer", "summary": "The saturation at rest is borderline."}
    assert (await decide(client, case, NURSE, refer)).status_code == 200

    response = await attach(
        client, a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52)))
    )

    assert told(response) == ACCEPTED
    (item,) = (await the_case(client))["items"]
    assert (item["review_action"], item["owner"], item["waits_for"]) == ("A4", "physician-review", "review")
    approve = {"decision": "approve", "note": "The blood gas shows hypoxemia."}
    assert (await decide(client, await the_case(client), PHYSICIAN, approve)).status_code == 200


async def test_deliveries_at_the_same_time_are_all_attached(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    number = numbers["102089-0"]
    bodies = [a_delivery(number, an_attachment(a_note(f"note-{n}")), Final={"valueBoolean": False}) for n in range(12)]

    responses = await asyncio.gather(*(attach(client, body) for body in bodies))

    assert [told(response) for response in responses] == [ACCEPTED] * 12
    case = await the_case(client)
    assert [event["kind"] for event in case["events"]] == ["decided", *["attachment-received"] * 12]
    assert (await work(client))["cases"][0]["state"] == "pended"


async def test_identical_deliveries_at_the_same_time_are_one(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    body = json.write(a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52))))

    responses = await asyncio.gather(*(attach(client, body) for _ in range(20)))

    assert [told(response) for response in responses] == [ACCEPTED] * 20
    case = await the_case(client)
    assert [event["kind"] for event in case["events"]] == ["decided", "attachment-received", "decided"]
    assert case["items"][0]["review_action"] == "A1"


async def test_a_decision_and_an_attachment_at_the_same_time_are_one_after_the_other(
    client: httpx2.AsyncClient,
) -> None:
    numbers = control_numbers(await oxygen(client))
    case = await the_case(client)
    approve = {"decision": "approve", "note": "The blood gas was read out on the telephone."}
    body = a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52)))

    attached, decision = await asyncio.gather(attach(client, body), decide(client, case, NURSE, approve))

    assert sorted([attached.status_code, decision.status_code]) == [200, 409]
    (item,) = (await the_case(client))["items"]
    assert item["review_action"] == "A1"
    assert (item["decider"] is None) == (attached.status_code == 200)


async def test_the_base_of_the_older_generation_takes_attachments_too(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    body = a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52)))

    response = await attach(client, body, base="/2.0.1/fhir")

    assert told(response) == ACCEPTED
    assert (await the_case(client))["state"] == "determined"
