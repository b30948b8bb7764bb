"""A person claims and decides a case over HTTP: one write, and everything in the log of the case."""

import asyncio
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import an_item
from tests.scenarios.review_calls import (
    DENIAL,
    NURSE,
    PHYSICIAN,
    WHEELCHAIR,
    act,
    case_of,
    decide,
    decided,
    pended,
    problem,
    work,
)

Json = Any


async def test_a_nurse_claims_and_approves(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    claimed = json.read((await act(client, row, "claim", NURSE)).content)

    after = await decided(client, claimed, NURSE, {"decision": "approve", "note": "The need is clear."})

    case = await case_of(client, row["id"])
    (item,) = case["items"]
    assert (claimed["version"], claimed["claimed_by"], after["version"], after["claimed_by"]) == (2, "nurse-1", 3, None)
    assert (after["state"], after["due"], item["review_action"]) == ("determined", None, "A1")
    assert item["authorization_number"] in after["numbers"]
    assert item["valid"] == {"start": "2026-11-23", "end": "2027-02-20"}
    assert item["decider"] == {"id": "nurse-1", "role": "nurse", "licence": "RN-100", "specialty": None, "npi": None}
    assert [event["kind"] for event in case["events"]][:3] == ["decided", "claimed", "approved"]
    assert (await work(client))["cases"] == []


async def test_a_nurse_refers_and_a_physician_denies(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    refused = await decide(client, row, NURSE, DENIAL)
    referral = {"decision": "refer", "summary": "The note does not show the need."}
    referred = await decided(client, row, NURSE, referral)

    after = await decided(client, referred, PHYSICIAN, DENIAL)

    (item,) = (await case_of(client, row["id"]))["items"]
    assert problem(refused)[:2] == (403, "not-allowed")
    assert referred["items"][0]["owner"] == "physician-review"
    assert (after["state"], item["review_action"], item["reasons"]) == ("determined", "A3", ["0F"])
    assert item["note"].startswith("The patient walks 100 m with a cane.\nRule wheelchair-review: Adult wheelchairs.")


async def test_items_are_decided_together_or_not_at_all(client: httpx2.AsyncClient) -> None:
    row = await pended(client, an_item(WHEELCHAIR), an_item(WHEELCHAIR, sequence=2))
    approval = {"decision": "approve"}

    half = await decide(client, row, PHYSICIAN, approval, {**DENIAL, "sequence": 2, "note": ""})
    after = await decided(client, row, PHYSICIAN, approval, {**DENIAL, "sequence": 2})

    assert problem(half)[:2] == (422, "incomplete")
    assert json.read(half.content)["item"] == 2
    assert [item["review_action"] for item in after["items"]] == ["A1", "A3"]


async def test_one_item_is_decided_and_the_other_goes_on_waiting(client: httpx2.AsyncClient) -> None:
    row = await pended(client, an_item(WHEELCHAIR), an_item(WHEELCHAIR, sequence=2))

    after = await decided(client, row, NURSE, {"decision": "approve", "sequence": 2})

    assert (after["state"], [item["review_action"] for item in after["items"]]) == ("pended", ["A4", "A1"])
    assert [each["id"] for each in (await work(client))["cases"]] == [row["id"]]


async def test_a_second_decision_is_refused(client: httpx2.AsyncClient) -> None:
    row = await pended(client, an_item(WHEELCHAIR), an_item(WHEELCHAIR, sequence=2))
    after = await decided(client, row, NURSE, {"decision": "approve"})

    again = await decide(client, after, PHYSICIAN, DENIAL)

    assert problem(again) == (409, "conflict", "The item is decided; only a new request or an appeal can change that.")


async def test_whoever_read_an_older_version_is_told_and_changes_nothing(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    await act(client, row, "claim", NURSE)
    await act(client, row, "release", NURSE)

    late = await decide(client, row, PHYSICIAN, DENIAL)

    assert problem(late)[:2] == (409, "conflict")
    assert (await case_of(client, row["id"]))["items"][0]["review_action"] == "A4"


async def test_of_many_decisions_at_once_one_is_taken(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    approval = {"decision": "approve"}

    answers = await asyncio.gather(
        *(decide(client, row, *each) for each in [(NURSE, approval), (PHYSICIAN, DENIAL)] * 5)
    )

    case = await case_of(client, row["id"])
    taken = [answer for answer in answers if answer.status_code == 200]
    assert len(taken) == 1
    assert {answer.status_code for answer in answers} == {200, 409}
    assert case["version"] == row["version"] + 1
    assert json.read(taken[0].content)["items"][0]["review_action"] == case["items"][0]["review_action"]


async def test_another_reviewers_case_is_left_alone(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    claimed = json.read((await act(client, row, "claim", NURSE)).content)

    taken = await act(client, claimed, "claim", PHYSICIAN)
    decision = await decide(client, claimed, PHYSICIAN, DENIAL)
    released = await act(client, claimed, "release", PHYSICIAN)

    assert [problem(each)[:2] for each in (taken, decision, released)] == [
        (409, "conflict"),
        (409, "conflict"),
        (403, "not-allowed"),
    ]


async def test_the_due_time_is_extended_by_the_rules_of_the_plan(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    extension = {"decision": "extend", "due": "2026-12-11T10:00:00-05:00", "ground": "member-asked", "note": "Asked."}

    wrong = await decide(client, row, PHYSICIAN, {**extension, "ground": "plan-justified"})
    after = await decided(client, row, PHYSICIAN, extension)

    assert problem(wrong)[:2] == (422, "incomplete")
    assert (after["due"], after["state"]) == ("2026-12-11T15:00:00Z", "pended")


async def test_information_is_requested(client: httpx2.AsyncClient) -> None:
    row = await pended(client)
    asking = {"decision": "request-information", "wanted": [{"code": "11506-3"}], "note": "Please send the note."}

    after = await decided(client, row, NURSE, asking)

    (item,) = (await case_of(client, row["id"]))["items"]
    assert (after["state"], item["waits_for"], item["reasons"]) == ("pended", "information", ["0U"])
    assert "11506-3" in [ask["code"] for ask in item["asks"] if ask["answered"] is None]
    assert [each["id"] for each in (await work(client, waits_for="information"))["cases"]] == [row["id"]]


@pytest.mark.parametrize(
    ("item", "element"),
    [
        ({"decision": "shrug"}, "items.0"),
        ({"decision": "approve", "secret-word": 1}, "items.0.approve"),
        ({"decision": "approve", "sequence": 0}, "items.0.approve.sequence"),
        ({"decision": "extend", "due": "2026-12-11T10:00:00", "ground": "member-asked"}, "items.0.extend.due"),
        ({"decision": "approve-in-part", "allowed": {"value": "NaN"}}, "items.0.approve-in-part.allowed.value"),
        ({"decision": "modify", "modified": {"productOrService": {"coding": []}}}, None),
    ],
)
async def test_a_body_of_another_shape_is_refused_by_its_element(
    client: httpx2.AsyncClient, item: Json, element: str | None
) -> None:
    row = await pended(client)

    response = await decide(client, row, PHYSICIAN, item)

    assert problem(response)[:2] == (400, "malformed")
    errors = json.read(response.content)["errors"]
    assert element is None or [each["element"] for each in errors] == [element]
    assert "shrug" not in response.text
    assert "secret-word" not in response.text


@pytest.mark.parametrize("body", [b"", b"{", b'{"version":1,"version":2}', b"[]", b"\xff", b'"text"'])
async def test_a_body_that_is_no_decision_is_a_problem(client: httpx2.AsyncClient, body: bytes) -> None:
    row = await pended(client)
    headers = {"Content-Type": "application/json"}

    response = await client.post(f"/api/v1/cases/{row['id']}/decisions", content=body, headers=headers)

    assert problem(response)[:2] == (400, "malformed")
    assert (await case_of(client, row["id"]))["version"] == row["version"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_a_page_of_another_origin_cannot_decide_through_a_browser(
    client: httpx2.AsyncClient, kind: str | None
) -> None:
    row = await pended(client)
    body = {"reviewer": NURSE, "version": 1, "items": [{"sequence": 1, "decision": "approve"}]}
    headers = {"Origin": "https://elsewhere.example", **({"Content-Type": kind} if kind else {})}

    response = await client.post(f"/api/v1/cases/{row['id']}/decisions", content=json.write(body), headers=headers)

    assert problem(response)[:2] == (400, "malformed")
    assert "access-control-allow-origin" not in response.headers
    assert (await case_of(client, row["id"]))["state"] == "pended"


async def test_one_item_has_one_decision(client: httpx2.AsyncClient) -> None:
    row = await pended(client)

    response = await decide(client, row, PHYSICIAN, {"decision": "approve"}, DENIAL)

    assert problem(response)[:2] == (400, "malformed")


async def test_an_unknown_case_is_not_decided(client: httpx2.AsyncClient) -> None:
    response = await decide(client, {"id": "unheard-of", "version": 1}, NURSE, {"decision": "approve"})

    assert problem(response)[:2] == (404, "not-found")
