"""`$validate`: other teams hold their resources against R4 and the guides.

https://hl7.org/fhir/R4/resource-operation-validate.html
"""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.builders.validation import a_patient
from tests.scenarios.conftest import FHIR_JSON

US_CORE_PATIENT = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|7.0.0"


async def _issues(client: httpx2.AsyncClient, path: str, body: Any) -> list[tuple[str, str, str]]:
    answer = await client.post(path, json=body, headers=FHIR_JSON)
    assert answer.status_code == 200
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return [
        (
            issue["severity"],
            issue.get("details", {}).get("coding", [{}])[0].get("code", ""),
            issue.get("expression", [""])[0],
        )
        for issue in outcome["issue"]
    ]


async def test_a_valid_resource_is_said_to_be_valid(client: httpx2.AsyncClient) -> None:
    assert await _issues(client, "/fhir/Patient/$validate", a_patient()) == [("information", "", "")]


async def test_every_error_comes_with_its_place(client: httpx2.AsyncClient) -> None:
    broken = a_patient(gender="m", birthDate="2026-02-30")

    assert await _issues(client, "/fhir/Patient/$validate", broken) == [
        ("error", "binding-required", "Patient.gender"),
        ("error", "type-date", "Patient.birthDate"),
    ]


@pytest.mark.parametrize("as_parameters", [False, True])
async def test_a_profile_can_be_asked_for(client: httpx2.AsyncClient, as_parameters: bool) -> None:
    patient = a_patient()
    del patient["identifier"]
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": patient},
            {"name": "profile", "valueUri": US_CORE_PATIENT},
            {"name": "mode", "valueCode": "create"},
        ],
    }
    path = "/fhir/Patient/$validate" + ("" if as_parameters else f"?profile={US_CORE_PATIENT.replace('|', '%7C')}")

    found = await _issues(client, path, parameters if as_parameters else patient)

    assert ("error", "cardinality-min", "Patient") in found


async def test_another_type_or_mode_is_refused(client: httpx2.AsyncClient) -> None:
    wrong_type = await client.post("/fhir/Claim/$validate", json=a_patient(), headers=FHIR_JSON)
    wrong_mode = await client.post("/fhir/Patient/$validate?mode=delete", json=a_patient(), headers=FHIR_JSON)

    assert [answer.status_code for answer in (wrong_type, wrong_mode)] == [400, 400]
    assert [answer.json()["issue"][0]["code"] for answer in (wrong_type, wrong_mode)] == ["structure", "not-supported"]


async def test_no_value_of_the_resource_is_repeated(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/fhir/Patient/$validate", json=a_patient(gender="SECRET", birthDate="SECRET"), headers=FHIR_JSON
    )

    assert "SECRET" not in answer.text


async def test_the_answers_of_a_form_that_is_served_are_held_against_it(client: httpx2.AsyncClient) -> None:
    response = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0",
        "item": [{"linkId": "no-such-question", "answer": [{"valueBoolean": True}]}],
    }

    found = await _issues(client, "/fhir/QuestionnaireResponse/$validate", response)

    assert ("error", "questionnaire-link-id", "QuestionnaireResponse.item[0].linkId") in found


async def test_a_big_resource_holds_nobody_else_up(client: httpx2.AsyncClient) -> None:
    big = {**a_patient(), "name": [{"family": f"Testperson{number}"} for number in range(100_000)]}
    asked = asyncio.create_task(client.post("/fhir/Patient/$validate", json=big, headers=FHIR_JSON))
    await asyncio.sleep(0)

    # Other requests are answered while the big one is judged, and it is answered too.
    meanwhile = 0
    while not asked.done():
        assert (await client.get("/health/live")).status_code == 200
        meanwhile += 1
        await asyncio.sleep(0)
    answer = await asked

    assert (answer.status_code, answer.json()["issue"][0]["severity"]) == (200, "information")
    assert meanwhile > 3
