"""How answers of PAS 2.0.1 differ from those of 2.2.1, and that a client of either finds the cases of the other."""

from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import HCPCS, PAS, a_claim, a_concept, a_request_bundle, an_item
from tests.builders.inquiries import BEFORE, an_inquiry, ask, inquire, names
from tests.builders.submit import actions, claim_response, errors, extension, resources, send, submit

Json = Any

X12_SERVICE = "https://codesystem.x12.org/005010/1365"
REVIEWED = "E1223"
REPLACES: Json = {
    "claim": {"reference": "Claim/claim-1"},
    "relationship": a_concept("http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "replaces"),
}


async def submit_201(client: httpx2.AsyncClient, body: Json) -> Json:
    """The response Bundle of a request on the base of 2.0.1."""
    response = await send(client, body, BEFORE)
    assert response.status_code == 200, response.text
    return json.read(response.content)


async def inquire_201(client: httpx2.AsyncClient, body: Json) -> Json:
    """The Bundle that an inquiry of 2.0.1 is answered with."""
    response = await ask(client, body, BEFORE)
    assert response.status_code == 200, response.text
    return json.read(response.content)


def sequences(response: Json) -> list[int]:
    """The items of a ClaimResponse."""
    return [item["itemSequence"] for item in response["item"]]


async def test_what_came_with_2_2_is_not_in_an_answer_of_2_0(client: httpx2.AsyncClient) -> None:
    bundle = await submit_201(client, a_request_bundle())

    response = claim_response(bundle)
    assert actions(bundle) == [(1, "A1", [])]
    assert {"extension", "adjudication", "addItem"} & response.keys() == set()
    detail = extension(response["item"][0], "itemAuthorizedDetail")
    assert [part["url"] for part in detail] == ["productOrServiceCode"]
    provider = extension(response["item"][0], "itemAuthorizedProvider")
    assert [part["url"] for part in provider] == ["provider", "providerType"]


async def test_what_is_authorized_in_place_of_the_request_is_told_in_the_item(client: httpx2.AsyncClient) -> None:
    item = an_item("3", system=X12_SERVICE, quantity={"value": 20, "unit": "visit"})

    bundle = await submit_201(client, a_request_bundle(a_claim(item)))

    assert [action for _, action, _ in actions(bundle)] == ["A6"]
    detail = extension(claim_response(bundle)["item"][0], "itemAuthorizedDetail")
    quantities = [part["valueQuantity"] for part in detail if part["url"] == "quantity"]
    assert [(each["value"], each["unit"]) for each in quantities] == [(10, "visit")]
    assert "addItem" not in claim_response(bundle)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@110")
async def test_an_error_names_its_element_as_text(client: httpx2.AsyncClient) -> None:
    bundle = await submit_201(client, a_request_bundle(member="PSG-9999"))

    (error,) = claim_response(bundle)["error"]
    assert errors(bundle) == [("75", "C", "Claim.patient")]
    assert extension(error, "errorElement") == "2010C-NM109"


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@20")
async def test_what_is_asked_for_names_its_line_in_the_way_of_2_0(client: httpx2.AsyncClient) -> None:
    bundle = await submit_201(client, a_request_bundle(a_claim(an_item(REVIEWED))))

    (communication,) = resources(bundle, "CommunicationRequest")
    (task,) = resources(bundle, "Task")
    assert "extension" not in communication
    assert extension(communication["payload"][0], "serviceLineNumber") == 1
    assert [each["type"]["coding"][0]["code"] for each in task["input"]] == ["payer-url", "attachments-needed"]
    assert extension(task["input"][1], "paLineNumber") == 1
    assert task["requester"]["identifier"]["value"] == "1234567893"


async def test_a_form_is_asked_for_by_the_trace_number_of_the_item(client: httpx2.AsyncClient) -> None:
    bundle = await submit_201(client, a_request_bundle(a_claim(an_item("E1390"), diagnosis="J44.9")))

    forms = [task for task in resources(bundle, "Task") if "questionnaire" in task["code"]["coding"][0]["code"]]
    (needed,) = forms[0]["input"][1:]
    assert needed["type"]["coding"][0]["code"] == "questionnaires-needed"
    assert needed["valueIdentifier"] == {"system": "https://ehr.example/item-trace", "value": "TRACE-1"}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@180")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@182")
async def test_an_update_may_name_what_changes_and_an_inquiry_shows_all(client: httpx2.AsyncClient) -> None:
    first = await submit_201(client, a_request_bundle(a_claim(an_item(), an_item("A4259", sequence=2))))
    update = a_claim(an_item(sequence=3), id="claim-2", related=[REPLACES])

    second = await submit_201(client, a_request_bundle(update))
    found = await inquire_201(client, an_inquiry())

    assert sequences(claim_response(first)) == [1, 2]
    assert sequences(claim_response(second)) == [3]
    assert [tag["code"] for tag in claim_response(second)["meta"]["security"]] == ["SUBSETTED"]
    (current,) = resources(found, "ClaimResponse")
    assert sorted(sequences(current)) == [1, 2, 3]
    assert "security" not in current["meta"]
    assert current["id"] == claim_response(second)["id"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@133")
async def test_a_replaced_answer_leads_to_the_current_one(client: httpx2.AsyncClient) -> None:
    first = await submit_201(client, a_request_bundle(a_claim(an_item())))
    number = claim_response(first)["preAuthRef"]
    second = await submit_201(
        client, a_request_bundle(a_claim(an_item(), an_item(sequence=2), id="claim-2", related=[REPLACES]))
    )
    named = [{"url": f"{PAS}/extension-authorizationNumber", "valueString": number}]
    item = {"sequence": 1, "extension": named, "productOrService": a_concept(HCPCS, "A4253")}

    found = await inquire_201(client, an_inquiry(item))

    assert [each["id"] for each in resources(found, "ClaimResponse")] == [claim_response(second)["id"]]


async def test_an_inquiry_of_2_0_that_finds_nothing_says_so(client: httpx2.AsyncClient) -> None:
    found = await inquire_201(client, an_inquiry())

    (entry,) = found["entry"]
    (issue,) = entry["resource"]["issue"]
    assert (issue["severity"], issue["code"]) == ("information", "not-found")


async def test_cases_that_share_a_patient_share_its_entry(client: httpx2.AsyncClient) -> None:
    older = await submit_201(client, a_request_bundle())
    newer = await submit_201(client, a_request_bundle(a_claim(id="claim-2")))

    found = await inquire_201(client, an_inquiry())

    kinds = [entry["resource"]["resourceType"] for entry in found["entry"]]
    assert kinds.count("ClaimResponse") == 2
    assert kinds.count("Patient") == 1
    assert [each["id"] for each in resources(found, "ClaimResponse")] == names([newer, older])


async def test_a_case_of_one_version_is_found_by_the_other(client: httpx2.AsyncClient) -> None:
    of_201 = await submit_201(client, a_request_bundle())
    of_221 = await submit(client, a_request_bundle(a_claim(id="claim-2")))

    by_221 = await inquire(client, an_inquiry())
    by_201 = await inquire_201(client, an_inquiry())

    wanted = names([of_221, of_201])
    assert names(by_221) == wanted
    assert [each["id"] for each in resources(by_201, "ClaimResponse")] == wanted
    assert extension(claim_response(by_221[1]), "claimResponseReviewer") is not None
    assert not any("extension" in each for each in resources(by_201, "ClaimResponse"))
