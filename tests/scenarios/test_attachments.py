"""An attachment that was asked for decides its item at once: certified, asked for more, or given to a person."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.attachments import NOTE, a_delivery, a_form, a_note, an_attachment, attach, measured
from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.submit import actions, resources, submit
from tests.scenarios.attachment_calls import ACCEPTED, control_numbers, oxygen, the_case, told
from tests.scenarios.conftest import NOW, MakeClient
from tests.scenarios.follow import without_addresses

Json = Any

OPERATION = "http://hl7.org/fhir/us/davinci-cdex/OperationDefinition/submit-attachment"
BLOOD_GAS = "11502-2"
PRIOR = a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "prior")


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@ainfo-3")
async def test_the_form_and_the_result_that_were_asked_for_approve_the_item(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    evidence = [an_attachment(a_form(), lines=(1,)), an_attachment(measured(52), code=BLOOD_GAS)]

    response = await attach(client, a_delivery(numbers["102089-0"], *evidence))

    assert told(response) == ACCEPTED
    case = await the_case(client)
    (item,) = case["items"]
    assert (case["state"], item["review_action"], item["reasons"]) == ("determined", "A1", [])
    assert item["authorization_number"].startswith("PA")
    assert (item["due"], item["owner"], item["waits_for"]) == (None, None, None)
    assert [ask["answered"] is not None for ask in item["asks"]] == [True] * len(item["asks"])
    assert [event["kind"] for event in case["events"]] == ["decided", "attachment-received", "decided"]
    assert case["events"][1]["detail"] == "Observation, QuestionnaireResponse for item 1"


async def test_a_document_that_no_rule_can_read_brings_the_item_to_a_person(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    before = (await the_case(client))["items"][0]

    first = await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_note())))
    second = await attach(client, a_delivery(numbers[BLOOD_GAS], an_attachment(a_note("note-2"))))

    assert [told(first), told(second)] == [ACCEPTED, ACCEPTED]
    (item,) = (await the_case(client))["items"]
    assert (item["review_action"], item["reasons"], item["waits_for"]) == ("A4", ["0V"], "review")
    assert (item["due"], item["owner"]) == (before["due"], before["owner"])
    assert "a person reviews the request" in item["note"]
    assert item["reference_number"] == before["reference_number"]


async def test_one_of_two_that_were_asked_for_leaves_the_other_open(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))

    response = await attach(client, a_delivery(numbers[BLOOD_GAS], an_attachment(measured(52))))

    assert told(response) == ACCEPTED
    (item,) = (await the_case(client))["items"]
    assert (item["reasons"], item["waits_for"]) == (["0U"], "information")
    answered = {ask["code"]: ask["answered"] is not None for ask in item["asks"]}
    assert answered == {"102089-0": False, BLOOD_GAS: True}
    assert {f"urn:uuid:{ask['id']}" for ask in item["asks"]} == set(numbers.values())


async def test_evidence_adds_up_over_deliveries(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))

    await attach(client, a_delivery(numbers[BLOOD_GAS], an_attachment(measured(52))))
    await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form())))

    case = await the_case(client)
    assert (case["state"], case["items"][0]["review_action"]) == ("determined", "A1")


async def test_evidence_against_the_criteria_goes_to_a_person_and_never_denies(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    evidence = [an_attachment(a_form()), an_attachment(measured(80)), an_attachment(_saturation(97))]

    response = await attach(client, a_delivery(numbers["102089-0"], *evidence))

    assert told(response) == ACCEPTED
    (item,) = (await the_case(client))["items"]
    assert (item["review_action"], item["reasons"], item["waits_for"]) == ("A4", ["0V"], "review")


async def test_while_more_is_to_come_nothing_counts_as_answered(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    part = a_delivery(numbers["102089-0"], an_attachment(a_note()), Final={"valueBoolean": False})

    response = await attach(client, part)

    assert told(response) == ACCEPTED
    case = await the_case(client)
    (item,) = case["items"]
    assert (item["reasons"], item["waits_for"]) == (["0U"], "information")
    assert [ask["answered"] for ask in item["asks"]] == [None] * len(item["asks"])
    assert case["events"][-1]["detail"] == "DocumentReference for item 1; more is to come"
    rest = a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52)))
    assert told(await attach(client, rest)) == ACCEPTED
    assert (await the_case(client))["state"] == "determined"


async def test_an_item_is_named_by_its_trace_number(client: httpx2.AsyncClient) -> None:
    await oxygen(client, an_item("E1390", sequence=1), an_item("E0431", sequence=2))
    evidence = [an_attachment(a_form()), an_attachment(measured(52))]

    response = await attach(client, a_delivery("TRACE-2", *evidence))

    assert told(response) == ACCEPTED
    items = (await the_case(client))["items"]
    assert [(item["sequence"], item["review_action"]) for item in items] == [(1, "A4"), (2, "A1")]
    assert [ask["answered"] for ask in items[0]["asks"]] == [None] * len(items[0]["asks"])


async def test_line_items_bind_what_came_for_the_whole_request(client: httpx2.AsyncClient) -> None:
    await oxygen(client, an_item("E1390", sequence=1), an_item("E0431", sequence=2))
    evidence = [an_attachment(a_form(), lines=(1,)), an_attachment(measured(52), lines=(1,))]
    tracking = {"valueIdentifier": {"system": "https://ehr.example/claims", "value": "CLM-1"}}

    response = await attach(client, a_delivery("", *evidence, TrackingId=tracking))

    assert told(response) == ACCEPTED
    items = (await the_case(client))["items"]
    assert [(item["sequence"], item["review_action"]) for item in items] == [(1, "A1"), (2, "A4")]


@pytest.mark.parametrize("which", ["claim", "reference number"])
async def test_without_being_asked_it_is_sent_by_what_the_requester_knows(
    client: httpx2.AsyncClient, which: str
) -> None:
    await oxygen(client)
    number = (await the_case(client))["items"][0]["reference_number"]
    identifier = {"value": number} if which != "claim" else {"system": "https://ehr.example/claims", "value": "CLM-1"}
    body = a_delivery(
        "", an_attachment(a_form()), an_attachment(measured(52)), TrackingId={"valueIdentifier": identifier}
    )

    response = await attach(client, body)

    assert told(response) == ACCEPTED
    assert (await the_case(client))["items"][0]["review_action"] == "A1"


async def test_the_control_number_of_a_document_that_the_claim_announced_leads_to_it(
    client: httpx2.AsyncClient,
) -> None:
    report = {"url": "reportTypeCode", "valueCodeableConcept": a_concept(f"{X12}/755", "77")}
    control = {"url": "controlNumber", "valueString": "ACN-4711"}
    info = {
        "sequence": 1,
        "extension": [{"url": f"{PAS}/extension-documentInformation", "extension": [report, control]}],
        "category": a_concept("http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASTempCodes", "additionalInformation"),
        "valueReference": {"reference": "QuestionnaireResponse/draft"},
    }
    draft = a_form(id="draft", status="in-progress")
    claim = a_claim(an_item("E1390"), diagnosis="J44.9", supportingInfo=[info])
    await submit(client, a_request_bundle(claim, draft, member="PSG-1002"))

    response = await attach(client, a_delivery("ACN-4711", an_attachment(a_form()), an_attachment(measured(52))))

    assert told(response) == ACCEPTED
    assert (await the_case(client))["items"][0]["review_action"] == "A1"


async def test_the_order_of_the_parameters_says_nothing(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    body = a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52)))
    body["parameter"].reverse()
    for parameter in body["parameter"]:
        parameter.get("part", []).reverse()

    response = await attach(client, body)

    assert told(response) == ACCEPTED
    assert (await the_case(client))["state"] == "determined"


async def test_the_same_bytes_are_attached_once(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    body = json.write(a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(measured(52))))
    await attach(client, body)
    decided = await the_case(client)

    again = await attach(client, body)

    assert told(again) == ACCEPTED
    assert await the_case(client) == decided


async def test_the_account_number_of_the_request_names_the_member_too(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    account = {"valueIdentifier": {"system": "https://ehr.example/mrn", "value": "MRN-77"}}

    response = await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form()), MemberId=account))

    assert told(response) == ACCEPTED


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
async def test_the_new_result_waits_for_the_subscribers_in_the_same_write(make_client: MakeClient) -> None:
    client = await make_client()
    answer = await oxygen(client)
    number = control_numbers(answer)["102089-0"]

    await attach(client, a_delivery(number, an_attachment(a_form()), an_attachment(measured(52))))

    response = resources(answer, "ClaimResponse")[0]
    current = await client.get(f"/fhir/ClaimResponse/{response['id']}")
    found = json.read(current.content)
    assert current.status_code == 200
    assert found["preAuthRef"].startswith("PA")
    assert "communicationRequest" not in found


async def test_the_clock_of_commercial_coverage_rested_while_the_requester_was_asked(make_client: MakeClient) -> None:
    now = [NOW]
    client = await make_client(clock=lambda: now[0])
    numbers = control_numbers(await oxygen(client, member="PSG-1006"))
    before = (await the_case(client))["items"][0]["due"]
    now[0] = NOW + timedelta(days=4)

    sent = a_delivery("TRACE-1", an_attachment(a_note()), member="PSG-1006")
    response = await attach(client, sent)

    assert told(response) == ACCEPTED
    assert len(numbers) == 2
    (item,) = (await the_case(client))["items"]
    assert (before[:19], item["due"][:19]) == ("2026-12-05T15:00:00", "2026-12-09T15:00:00")


async def test_the_clock_of_medicare_goes_on(make_client: MakeClient) -> None:
    now = [NOW]
    client = await make_client(clock=lambda: now[0])
    await oxygen(client)
    now[0] = NOW + timedelta(days=4)

    await attach(client, a_delivery("TRACE-1", an_attachment(a_note())))

    (item,) = (await the_case(client))["items"]
    assert item["due"][:19] == "2026-11-27T15:00:00"


async def test_what_came_counts_for_an_update_that_follows(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    await attach(client, a_delivery(numbers[BLOOD_GAS], an_attachment(measured(52))))
    related = [{"claim": {"reference": "Claim/claim-1"}, "relationship": PRIOR}]
    claim = a_claim(an_item("E1391"), id="claim-2", diagnosis="J44.9", related=related)

    updated = await submit(client, a_request_bundle(claim, a_claim(diagnosis="J44.9"), a_form(), member="PSG-1002"))

    assert actions(updated) == [(1, "A1", [])]
    assert [request["kind"] for request in (await the_case(client))["requests"]] == ["new", "attachment", "update"]


async def test_what_came_is_read_and_found_by_the_reviewers(client: httpx2.AsyncClient) -> None:
    numbers = control_numbers(await oxygen(client))
    await attach(client, a_delivery(numbers["102089-0"], an_attachment(a_form()), an_attachment(a_note())))
    came = ("DocumentReference/", "QuestionnaireResponse/")
    names = [name for name in (await the_case(client))["resources"] if name.startswith(came)]

    found = [json.read((await client.get(f"/fhir/{name}")).content) for name in names]

    assert [each.pop("resourceType") for each in found] == ["DocumentReference", "QuestionnaireResponse"]
    ours = ("resourceType", "id", "meta")
    assert [without_addresses({name: each[name] for name in each if name not in ours}) for each in found] == [
        without_addresses({name: sent[name] for name in sent if name not in ours}) for sent in (a_note(), a_form())
    ]
    by_type = json.read((await client.get(f"/fhir/DocumentReference?type=http://loinc.org|{NOTE}")).content)
    by_member = json.read((await client.get("/fhir/DocumentReference?patient:identifier=PSG-1002")).content)
    assert [each["resource"]["id"] for each in by_type["entry"]] == [found[0]["id"]]
    assert by_member["entry"] == by_type["entry"]


async def test_the_operation_is_in_the_capability_statement(client: httpx2.AsyncClient) -> None:
    statement = json.read((await client.get("/fhir/metadata")).content)

    operations = statement["rest"][0]["operation"]

    assert {"name": "submit-attachment", "definition": OPERATION} in [
        {"name": each["name"], "definition": each["definition"]} for each in operations
    ]


def _saturation(value: int) -> Json:
    return {
        **measured(value),
        "id": "spo2",
        "code": {"coding": [{"system": "http://loinc.org", "code": "59408-5"}]},
    } | {"valueQuantity": {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}}
