"""order-sign: every draft order is answered with its coverage information, and nothing else of it changes.

https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from decimal import Decimal

import httpx2
import pytest

from server.content.typed import parse
from server.fhir import json
from tests.builders.hooks import (
    HCPCS,
    Json,
    a_coverage,
    a_device_request,
    a_hook_call,
    a_medication_request,
    a_patient,
    a_searchset,
    a_service_request,
    coverage_informations,
    parts,
    told,
)
from tests.scenarios.hook_calls import FORM, call, codes

VERSIONS = pytest.mark.parametrize("version", [None, "2.0", "2.1", "2.2"])
OXYGEN = {"covered": ["covered"], "pa-needed": ["auth-needed"], "doc-needed": ["clinical"], "questionnaire": [FORM]}
FREE = {"covered": ["covered"], "pa-needed": ["no-auth"]}
UNNAMED = {"covered": ["conditional"], "pa-needed": ["auth-needed"], "info-needed": ["OTH"]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-16")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-29")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-26")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.0.1@226")
@VERSIONS
async def test_each_order_of_a_call_is_answered_by_its_own_rule(
    client: httpx2.AsyncClient, version: str | None
) -> None:
    sent = a_hook_call(
        a_device_request("E1390"),
        a_service_request("A4253", system=HCPCS),
        a_medication_request(),
        a_device_request("A9270", id="dr-2"),
        version=version,
    )

    answer = await call(client, sent)

    excluded = {"covered": ["not-covered"]}
    assert {order: codes(repetition) for order, repetition in told(answer).items()} == {
        "DeviceRequest/dr-1": OXYGEN,
        "ServiceRequest/sr-1": FREE,
        "MedicationRequest/mr-1": UNNAMED,
        "DeviceRequest/dr-2": excluded if version in ("2.1", "2.2") else {**excluded, "pa-needed": ["no-auth"]},
    }
    ids = [repetition["coverage-assertion-id"][0] for repetition in told(answer).values()]
    assert len(set(ids)) == 4
    assert all(set(action) == {"type", "description", "resource"} for action in answer["systemActions"])
    assert {action["type"] for action in answer["systemActions"]} == {"update"}


@VERSIONS
async def test_an_order_is_a_valid_resource_with_nothing_changed_but_the_extension(
    client: httpx2.AsyncClient, version: str | None
) -> None:
    own = {"url": "https://ehr.example/own", "valueDecimal": Decimal("100.50")}
    order = a_service_request(
        quantityQuantity={"value": Decimal("7.0"), "unit": "visit"},
        extension=[own],
        contained=[{"resourceType": "Medication", "id": "m"}],
        supportingInfo=[{"reference": "#m"}],
        _status={"extension": [{"url": "https://ehr.example/why", "valueString": "x"}]},
        note=[{"text": "  two  blanks  "}],
    )

    answer = await call(client, a_hook_call(order, version=version))

    (action,) = answer["systemActions"]
    resource = action["resource"]
    (added,) = coverage_informations(resource)
    assert resource == {**order, "extension": [own, added]}
    assert b'"value":7.0,' in json.write(resource)
    assert b'"valueDecimal":100.50' in json.write(resource)
    assert parse(resource) is not None


async def test_a_medication_is_found_by_reference(client: httpx2.AsyncClient) -> None:
    medication = {
        "resourceType": "Medication",
        "id": "med-1",
        "code": {"coding": [{"system": HCPCS, "code": "A9270"}]},
    }
    order = a_medication_request(medicationReference={"reference": "Medication/med-1"})
    del order["medicationCodeableConcept"]

    answer = await call(client, a_hook_call(order, prefetch={"medications": a_searchset(medication)}))

    assert codes(told(answer)["MedicationRequest/mr-1"]) == {"covered": ["not-covered"]}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-34")
async def test_an_order_without_a_code_needs_a_finer_code(client: httpx2.AsyncClient) -> None:
    order = a_service_request(code={"text": "something for the knee"})

    answer = await call(client, a_hook_call(order))

    assert codes(told(answer)["ServiceRequest/sr-1"]) == {
        "covered": ["conditional"],
        "pa-needed": ["conditional"],
        "info-needed": ["detail-code"],
    }


def an_observation(code: str, value: str, unit: str, patient: str = "Patient/pat-1") -> Json:
    """A final result of the EHR, three days old."""
    return {
        "resourceType": "Observation",
        "id": f"o-{code}-{patient[-1]}",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": patient},
        "effectiveDateTime": "2026-11-17",
        "valueQuantity": {
            "value": Decimal(value),
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        },
    }


AT_REST = {
    "resourceType": "QuestionnaireResponse",
    "id": "qr-1",
    "questionnaire": FORM,
    "status": "completed",
    "subject": {"reference": "Patient/pat-1"},
    "authored": "2026-11-17",
    "item": [
        {
            "linkId": "test-setting",
            "answer": [
                {
                    "valueCoding": {
                        "system": "https://passage.example/fhir/CodeSystem/oxygen-test-setting",
                        "code": "rest",
                    }
                }
            ],
        }
    ],
}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-51")
async def test_evidence_that_came_along_leaves_no_documentation_to_ask_for(client: httpx2.AsyncClient) -> None:
    evidence = a_searchset(an_observation("2703-7", "52", "mm[Hg]"), AT_REST)

    answer = await call(client, a_hook_call(prefetch={"chart": evidence}))

    assert codes(told(answer)["DeviceRequest/dr-1"]) == {"covered": ["covered"], "pa-needed": ["auth-needed"]}


async def test_evidence_about_another_patient_is_none(client: httpx2.AsyncClient) -> None:
    other = {**AT_REST, "subject": {"reference": "Patient/pat-2"}}
    evidence = a_searchset(an_observation("2703-7", "52", "mm[Hg]", "Patient/pat-2"), other)

    answer = await call(client, a_hook_call(prefetch={"chart": evidence}))

    assert codes(told(answer)["DeviceRequest/dr-1"]) == OXYGEN


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-35")
@pytest.mark.parametrize(("version", "silent"), [("2.2", {}), ("2.0", {"systemActions": []})])
async def test_an_order_that_says_it_already_is_left_alone(
    client: httpx2.AsyncClient, version: str, silent: Json
) -> None:
    sent = a_hook_call(version=version, configuration={"guideline": False})
    (first,) = (await call(client, sent))["systemActions"]

    again = await call(client, a_hook_call(first["resource"], version=version, configuration={"guideline": False}))

    assert again == {"cards": [], **silent}


async def test_an_old_answer_is_replaced_and_another_payer_s_is_kept(client: httpx2.AsyncClient) -> None:
    (first,) = (await call(client, a_hook_call()))["systemActions"]
    order = first["resource"]
    (old,) = coverage_informations(order)
    other = json.read(json.write(old))
    other["extension"][0]["valueReference"]["reference"] = "Coverage/cov-2"
    changed = {
        **order,
        "extension": [other, old],
        "codeCodeableConcept": a_device_request("A9270")["codeCodeableConcept"],
    }

    answer = await call(client, a_hook_call(changed))

    (action,) = answer["systemActions"]
    kept_other, new = coverage_informations(action["resource"])
    assert kept_other == other
    assert {"url": "covered", "valueCode": "not-covered"} in new["extension"]


async def test_an_id_of_another_order_is_not_taken_for_this_one_s(client: httpx2.AsyncClient) -> None:
    (first,) = (await call(client, a_hook_call()))["systemActions"]
    copied = {**first["resource"], "id": "dr-2"}

    answer = await call(client, a_hook_call(copied))

    (old,) = coverage_informations(copied)
    (new,) = coverage_informations(answer["systemActions"][0]["resource"])
    assert parts(old)["coverage-assertion-id"] != parts(new)["coverage-assertion-id"]


async def test_an_id_that_we_never_gave_is_not_taken_for_ours(client: httpx2.AsyncClient) -> None:
    (first,) = (await call(client, a_hook_call()))["systemActions"]
    forged = json.read(json.write(first["resource"]).replace(b'"valueString":"', b'"valueString":"not-'))

    answer = await call(client, a_hook_call(forged))

    (repetition,) = told(answer).values()
    assert not repetition["coverage-assertion-id"][0].startswith("not-")


async def test_before_2_1_each_coverage_with_us_is_answered_and_that_of_another_payer_is_not(
    client: httpx2.AsyncClient,
) -> None:
    foreign = a_coverage("X-1", id="cov-9", payer="99-0000000")
    prefetch = {"patient": a_patient(), "coverage": a_searchset(foreign, a_coverage())}

    answer = await call(client, a_hook_call(version=None, prefetch=prefetch))

    (repetition,) = told(answer).values()
    assert repetition["coverage"] == [{"reference": "Coverage/cov-1"}]


async def test_a_call_without_orders_has_nothing_to_say(client: httpx2.AsyncClient) -> None:
    sent = a_hook_call()
    sent["context"]["draftOrders"] = {"resourceType": "Bundle", "type": "collection"}

    assert await call(client, sent) == {"cards": []}
