"""Every kind of answer that the engine can give, for members, codes and dates of our own."""

from typing import Any

import httpx2
import pytest

from server.pas.example import submit_example
from tests.builders.claims import (
    BASE,
    CPT,
    a_claim,
    a_patient,
    a_request_bundle,
    an_item,
    an_observation,
    an_organization,
)
from tests.builders.submit import actions, claim_response, errors, extension, resources, review_action, submit

Json = Any
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"


def visits(value: int) -> Json:
    """A number of visits."""
    return {"value": value, "unit": "visit"}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-30")
async def test_a_service_that_needs_no_authorization_is_certified(client: httpx2.AsyncClient) -> None:
    body = a_request_bundle(member="PSG-1003")

    bundle = await submit(client, body)

    answer = claim_response(bundle)
    assert actions(bundle) == [(1, "A1", [])]
    assert (bundle["type"], bundle["timestamp"]) == ("collection", "2026-11-20T15:00:00.000Z")
    assert bundle["identifier"]["value"] == f"urn:uuid:{bundle['id']}"
    assert (answer["status"], answer["use"], answer["outcome"]) == ("active", "preauthorization", "complete")
    assert answer["preAuthRef"] == review_action(answer["item"][0])["number"]
    assert answer["preAuthPeriod"] == {"start": "2026-11-23", "end": "2027-11-22"}
    assert answer["request"] == {"reference": f"{BASE}/Claim/claim-1"}
    assert answer["identifier"] == [{"system": "https://ehr.example/claims", "value": "CLM-1"}]
    assert extension(answer["item"][0], "itemPreAuthIssueDate") == "2026-11-20"
    assert extension(answer["item"][0], "itemRequestedServiceDate") == {"start": "2026-11-23", "end": "2026-11-23"}
    assert extension(answer["item"][0], "itemTraceNumber")["value"] == "TRACE-1"


async def test_home_oxygen_with_its_evidence_is_approved(client: httpx2.AsyncClient) -> None:
    body = submit_example()

    bundle = await submit(client, body)

    answer = claim_response(bundle)
    assert actions(bundle) == [(1, "A1", [])]
    assert answer["preAuthRef"].startswith("PA")
    assert "the criteria are met" in answer["processNote"][0]["text"]
    assert resources(bundle, "CommunicationRequest") == []


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@ainfo-3")
async def test_home_oxygen_without_evidence_is_pended_with_its_form_and_every_open_question(
    client: httpx2.AsyncClient,
) -> None:
    body = a_request_bundle(a_claim(an_item("E1390"), diagnosis="J44.9"), member="PSG-1002")

    bundle = await submit(client, body)

    answer = claim_response(bundle)
    assert actions(bundle) == [(1, "A4", ["0U"])]
    assert (answer["outcome"], "preAuthRef" in answer, "preAuthPeriod" in answer) == ("complete", False, False)
    note = answer["processNote"][0]["text"]
    for criterion in ("test-at-time-of-need", "group-1-pao2", "group-1-spo2"):
        assert criterion in note
    requests = {
        request["payload"][0]["contentString"]: request for request in resources(bundle, "CommunicationRequest")
    }
    assert "102089-0" in requests
    assert [each["reference"].rpartition("/")[2] for each in answer["communicationRequest"]] == [
        request["id"] for request in requests.values()
    ]
    forms = [task for task in resources(bundle, "Task") if "questionnaire" in task["code"]["coding"][0]["code"]]
    assert [each["valueString"] for task in forms for each in task["input"] if "valueString" in each] == ["TRACE-1"]
    assert forms[0]["restriction"]["period"]["end"] == "2026-11-27T15:00:00.000Z"


async def test_evidence_against_the_criteria_goes_to_a_person_and_is_never_denied(client: httpx2.AsyncClient) -> None:
    answers = [
        {"linkId": "test-date", "answer": [{"valueDate": "2026-11-17"}]},
        {
            "linkId": "test-setting",
            "answer": [{"valueCoding": {"system": f"{CODES}/oxygen-test-setting", "code": "rest"}}],
        },
        {"linkId": "edema", "answer": [{"valueBoolean": False}]},
        {"linkId": "cor-pulmonale", "answer": [{"valueBoolean": False}]},
    ]
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "questionnaire": FORM,
        "status": "completed",
        "subject": {"reference": "Patient/patient-1"},
        "authored": "2026-11-18",
        "item": answers,
    }
    evidence = [
        an_observation("pao2", "2703-7", 80, "mm[Hg]"),
        an_observation("spo2", "59408-5", 97, "%"),
        an_observation("hematocrit", "4544-3", 40, "%"),
    ]
    body = a_request_bundle(a_claim(an_item("E1390"), diagnosis="J44.9"), form, *evidence, member="PSG-1002")

    bundle = await submit(client, body)

    note = claim_response(bundle)["processNote"][0]["text"]
    assert actions(bundle) == [(1, "A4", ["0V"])]
    assert "80 mm[Hg]" in note
    assert "240.2" in note


CODES = "https://passage.example/fhir/CodeSystem"


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-6")
async def test_a_benefit_exclusion_is_not_certified_with_its_reason(client: httpx2.AsyncClient) -> None:
    body = a_request_bundle(a_claim(an_item("A9270")), member="PSG-1004")

    bundle = await submit(client, body)

    answer = claim_response(bundle)
    (item,) = answer["item"]
    assert actions(bundle) == [(1, "A3", ["0M"])]
    assert review_action(item)["number"] is None
    assert extension(answer, "claimResponseReviewer") == [{"url": "wasHumanReviewedFlag", "valueBoolean": False}]
    assert item["noteNumber"] == [answer["processNote"][0]["number"]]
    assert "not a benefit of the contract" in answer["processNote"][0]["text"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-36")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-37")
async def test_more_than_the_contract_covers_is_modified_to_what_it_covers(client: httpx2.AsyncClient) -> None:
    item = an_item("97110", CPT, sequence=4, quantity=visits(20))
    body = a_request_bundle(a_claim(item, diagnosis="M54.50"), member="PSG-1006")

    bundle = await submit(client, body)

    answer = claim_response(bundle)
    (added,) = answer["addItem"]
    assert actions(bundle) == [(4, "A6", ["0L"])]
    assert review_action(added) == {"code": "A1", "number": answer["preAuthRef"], "reasons": []}
    assert (added["itemSequence"], added["quantity"]) == ([4], visits(12))
    assert added["productOrService"] == item["productOrService"]
    detail = {part["url"]: part for part in extension(answer["item"][0], "itemAuthorizedDetail")}
    assert detail["quantity"]["valueQuantity"] == visits(20)


async def test_a_quantity_that_is_not_stated_is_authorized_up_to_the_limit(client: httpx2.AsyncClient) -> None:
    body = a_request_bundle(a_claim(an_item("97110", CPT), diagnosis="M54.50"), member="PSG-1006")

    bundle = await submit(client, body)

    detail = {part["url"]: part for part in extension(claim_response(bundle)["item"][0], "itemAuthorizedDetail")}
    assert actions(bundle) == [(1, "A1", [])]
    assert detail["quantity"]["valueQuantity"] == visits(12)


async def test_a_service_that_a_rule_refers_waits_for_a_person_and_asks_for_the_document(
    client: httpx2.AsyncClient,
) -> None:
    body = a_request_bundle(a_claim(an_item("E1223")), member="PSG-1007")

    bundle = await submit(client, body)

    (request,) = resources(bundle, "CommunicationRequest")
    (task,) = resources(bundle, "Task")
    assert actions(bundle) == [(1, "A4", ["0V"])]
    assert request["payload"][0]["contentString"] == "34117-2"
    assert extension(request, "serviceLineNumber") == 1
    assert task["owner"]["identifier"]["value"] == "8189991234"
    assert task["input"][0]["valueUrl"] == "http://passage.test/fhir"


async def test_items_are_decided_each_for_itself(client: httpx2.AsyncClient) -> None:
    items = [an_item("A4253", sequence=2), an_item("A9270", sequence=9), an_item("E1223", sequence=1)]

    bundle = await submit(client, a_request_bundle(a_claim(*items), member="PSG-1003"))

    answer = claim_response(bundle)
    assert actions(bundle) == [(2, "A1", []), (9, "A3", ["0M"]), (1, "A4", ["0V"])]
    assert answer["outcome"] == "partial"
    assert [item["noteNumber"] for item in answer["item"]] == [[1], [2], [3]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (a_request_bundle(member="PSG-9999"), ("75", "C", "Claim.patient")),
        (a_request_bundle(member="PSG-1005"), ("95", "C", "Claim.item[0].serviced")),
        (
            a_request_bundle(insurer=an_organization("insurer-1", "1000000004", "Another Plan")),
            ("79", "C", "Claim.insurer"),
        ),
        (
            a_request_bundle(insurer=an_organization("insurer-1", "", "No Number", identifier=None)),
            ("T4", "C", "Claim.insurer"),
        ),
        (
            a_request_bundle(
                a_claim(an_item(servicedDate="2026-06-30"), an_item(servicedDate="2026-07-01", sequence=2)),
                member="PSG-1008",
            ),
            ("95", "C", "Claim.item[1].serviced"),
        ),
    ],
    ids=["unknown member", "coverage ended", "another payer", "no payer named", "two coverages"],
)
async def test_who_is_not_covered_here_gets_an_answer_with_coded_reasons(
    client: httpx2.AsyncClient, body: Json, expected: tuple[str, str, str]
) -> None:
    bundle = await submit(client, body)

    answer = claim_response(bundle)
    assert (answer["outcome"], errors(bundle), actions(bundle)) == ("error", [expected], [])
    assert "preAuthRef" not in answer
    assert len(answer["processNote"]) == 1


async def test_a_coverage_that_was_in_force_then_decides_about_a_service_of_then(client: httpx2.AsyncClient) -> None:
    body = a_request_bundle(a_claim(an_item(servicedDate="2025-12-31")), member="PSG-1005")

    bundle = await submit(client, body)

    assert (errors(bundle), actions(bundle)) == ([], [(1, "A1", [])])


async def test_the_birth_date_tells_members_apart(client: httpx2.AsyncClient) -> None:
    body = a_request_bundle(member="PSG-1003")
    body["entry"][1]["resource"]["birthDate"] = "1979-12-06"

    bundle = await submit(client, body)

    assert errors(bundle) == [("75", "C", "Claim.patient")]


async def test_the_coverage_of_another_patient_does_not_name_the_member(client: httpx2.AsyncClient) -> None:
    other = a_patient(id="patient-2", identifier=[{"system": "https://ehr.example/mrn", "value": "MRN-2"}])
    body = a_request_bundle(None, other, member="PSG-1003")
    body["entry"][1]["resource"]["identifier"] = [{"system": "https://ehr.example/mrn", "value": "MRN-1"}]
    body["entry"][2]["resource"]["beneficiary"] = {"reference": "Patient/patient-2"}

    bundle = await submit(client, body)

    assert errors(bundle) == [("75", "C", "Claim.patient")]


async def test_evidence_about_another_patient_does_not_count(client: httpx2.AsyncClient) -> None:
    body = submit_example()
    other = a_patient(id="other", identifier=[{"system": "https://ehr.example/mrn", "value": "MRN-2"}])
    body["entry"].append({"fullUrl": f"{BASE}/Patient/other", "resource": other})
    for entry in body["entry"]:
        if entry["resource"]["resourceType"] in ("Observation", "QuestionnaireResponse"):
            entry["resource"]["subject"] = {"reference": "Patient/other"}

    bundle = await submit(client, body)

    assert actions(bundle) == [(1, "A4", ["0U"])]
