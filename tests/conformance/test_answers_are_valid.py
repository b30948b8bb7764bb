"""What we answer is valid by the guides' profiles, as HL7's own validator reads them.

The requests are checked as well: an answer to a faulty request would prove little.
"""

import json
import re
from typing import Any

import httpx2
import pytest

from bench.shots import FIXTURES
from bench.template import read_template
from tests.conformance.conftest import Validate

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validator")]

PAS = "hl7.fhir.us.davinci-pas@2.2.1"
DTR = "hl7.fhir.us.davinci-dtr@2.2.0"
CRD = "hl7.fhir.us.davinci-crd@2.2.1"
FHIR = {"Content-Type": "application/fhir+json"}
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT = "http://www.ama-assn.org/go/cpt"
OF_THE_GUIDE = re.compile(
    r"The extension http://hl7\.org/fhir/us/davinci-pas/StructureDefinition/extension-"
    r"(communicatedDiagnosis|itemAuthorizedProvider|productOrServiceCodeEnd|revenueUnitRateLimit|serviceItemRequestType"
    r"|certificationType) v2\.2\.1 is not allowed to be used at this point"
    r"|Invalid Resource target type\. Found PractitionerRole, but expected one of \(\[Practitioner, Organization\]\)"
)
"""Where the guide contradicts itself, and the public kit looks past it: it puts these extensions where their own
definitions do not allow them, and wants the care team's PractitionerRole where an extension's definition names only
Practitioner and Organization."""

AVERY = {"MEMBER": "PSG-1001", "FAMILY": "Testwell", "GENDER": "female", "BIRTH": "1951-04-17"}
THIRD = {"MEMBER": "PSG-1003", "FAMILY": "Third", "GENDER": "female", "BIRTH": "1979-12-05"}
FOURTH = {"MEMBER": "PSG-1004", "FAMILY": "Fourth", "GENDER": "female", "BIRTH": "1966-02-11"}
SIXTH = {"MEMBER": "PSG-1006", "FAMILY": "Sixth", "GENDER": "female", "BIRTH": "1984-10-08"}
UNKNOWN = {"MEMBER": "PSG-9999", "FAMILY": "Nobody", "GENDER": "female", "BIRTH": "1990-01-01"}


def _filled(fixture: str, member: dict[str, str]) -> Any:
    days = {"NOW": "2026-11-20T10:00:00Z", "TODAY": "2026-11-20", "TESTED": "2026-11-12"}
    return json.loads(read_template(FIXTURES / fixture).fill({"FRESH": "fresh-1"} | days | member))


ONE: dict[str, Any] = {"value": 1, "unit": "unit"}
VISITS: dict[str, Any] = {"value": 100, "unit": "visit"}


def _request(member: dict[str, str], system: str = HCPCS, code: str = "E1390", quantity: dict[str, Any] = ONE) -> Any:
    bundle = _filled("submit.json", member)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Claim":
            item = resource["item"][0]
            item["productOrService"] = {"coding": [{"system": system, "code": code}]}
            item["quantity"] = quantity
        elif resource["resourceType"] == "DeviceRequest":
            resource["codeCodeableConcept"] = {"coding": [{"system": system, "code": code}]}
    return bundle


def _of_diagnosis(bundle: Any, code: str) -> Any:
    concept = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]}
    bundle["entry"][0]["resource"]["diagnosis"][0]["diagnosisCodeableConcept"] = concept
    return bundle


def _without_evidence(bundle: Any) -> Any:
    gone = ("Observation", "QuestionnaireResponse")
    bundle["entry"] = [entry for entry in bundle["entry"] if entry["resource"]["resourceType"] not in gone]
    claim = bundle["entry"][0]["resource"]
    claim["supportingInfo"] = [i for i in claim["supportingInfo"] if i["valueReference"]["reference"].startswith("Doc")]
    claim["item"][0]["informationSequence"] = [i["sequence"] for i in claim["supportingInfo"]]
    return bundle


REQUESTS = {
    "approved": (lambda: _request(AVERY), "A1"),
    "pended for information": (lambda: _without_evidence(_request(AVERY)), "A4"),
    "no authorization needed": (lambda: _request(THIRD, code="A4253"), "A1"),
    "excluded": (lambda: _request(FOURTH, code="A9270"), "A3"),
    "referred by default": (lambda: _request(AVERY, code="E0250"), "A4"),
    "over the limit": (lambda: _of_diagnosis(_request(SIXTH, CPT, "97110", VISITS), "M54.50"), "A6"),
    "unknown member": (lambda: _request(UNKNOWN), None),
}


@pytest.mark.parametrize("story", REQUESTS)
async def test_the_answer_to_a_claim_is_a_valid_response_bundle(
    story: str, client: httpx2.AsyncClient, validate: Validate
) -> None:
    make, action = REQUESTS[story]
    request = make()
    profiles = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"

    answer = await client.post("/fhir/Claim/$submit", content=json.dumps(request), headers=FHIR)

    asked = validate(request, guide=PAS, profile=f"{profiles}/profile-pas-request-bundle|2.2.1")
    errors = validate(answer.json(), guide=PAS, profile=f"{profiles}/profile-pas-response-bundle|2.2.1")
    assert answer.status_code == 200
    assert action is None or f'"code":"{action}"' in answer.text
    assert [error for error in errors if not OF_THE_GUIDE.search(error)] == []
    assert asked == []


async def test_a_questionnaire_package_is_valid(client: httpx2.AsyncClient, validate: Validate) -> None:
    request = _filled("questionnaire_package.json", AVERY)
    profiles = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"

    answer = await client.post("/fhir/Questionnaire/$questionnaire-package", content=json.dumps(request), headers=FHIR)

    assert answer.status_code == 200
    assert validate(request, guide=DTR, profile=f"{profiles}/dtr-qpackage-input-parameters|2.2.0") == []
    assert validate(answer.json(), guide=DTR, profile=f"{profiles}/dtr-qpackage-output-parameters|2.2.0") == []


async def test_the_order_of_a_system_action_is_valid(client: httpx2.AsyncClient, validate: Validate) -> None:
    request = _filled("order_sign.json", AVERY)
    request["hookInstance"] = "0f3b7c4e-2b1d-4a57-9a31-6f0f6d2f7c11"
    profile = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/profile-devicerequest|2.2.1"

    answer = await client.post(
        "/cds-services/order-sign-crd", content=json.dumps(request), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 200
    orders = [action["resource"] for action in answer.json()["systemActions"]]
    assert [order["resourceType"] for order in orders] == ["DeviceRequest"]
    assert [error for order in orders for error in validate(order, guide=CRD, profile=profile)] == []


async def test_the_capability_statement_is_valid(client: httpx2.AsyncClient, validate: Validate) -> None:
    answer = await client.get("/fhir/metadata")

    assert validate(answer.json()) == []
