"""Calls of CDS Hooks: valid by default, so that a test says only what matters to it."""

import json
from datetime import timedelta
from typing import Any

from server.decision.finding import Citation
from server.decision.plan.plan import ClockRule, Plan

EHR = "https://ehr.example/fhir"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT = "http://www.ama-assn.org/go/cpt"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
EIN = "urn:oid:2.16.840.1.113883.4.4"
COVERAGE_INFORMATION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"
INSTANCE = "7d0fd7a8-97b1-4c6a-9f0e-2f6f0f0b1c01"

Json = Any


def a_device_request(code: str = "E1390", /, *, id: str = "dr-1", **changes: Json) -> Json:
    """A draft DeviceRequest for a HCPCS code."""
    order = {
        "resourceType": "DeviceRequest",
        "id": id,
        "status": "draft",
        "intent": "original-order",
        "codeCodeableConcept": {"coding": [{"system": HCPCS, "code": code}]},
        "subject": {"reference": "Patient/pat-1"},
        "authoredOn": "2026-11-19",
        "requester": {"reference": "Practitioner/prac-1"},
    }
    return order | changes


def a_service_request(code: str = "97110", /, *, system: str = CPT, id: str = "sr-1", **changes: Json) -> Json:
    """A draft ServiceRequest, for a CPT code unless another system is given."""
    order = {
        "resourceType": "ServiceRequest",
        "id": id,
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "Patient/pat-1"},
        "occurrenceDateTime": "2026-11-25",
        "authoredOn": "2026-11-19",
        "requester": {"reference": "Practitioner/prac-1"},
    }
    return order | changes


def a_medication_request(code: str = "105611", /, *, id: str = "mr-1", **changes: Json) -> Json:
    """A draft MedicationRequest for an RxNorm code."""
    order = {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]},
        "subject": {"reference": "Patient/pat-1"},
        "authoredOn": "2026-11-19",
        "requester": {"reference": "Practitioner/prac-1"},
    }
    return order | changes


def a_patient(member: str = "PSG-1001", **changes: Json) -> Json:
    """The patient as the EHR knows them: by a record number of its own and the member number."""
    patient = {
        "resourceType": "Patient",
        "id": "pat-1",
        "identifier": [
            {"system": "https://ehr.example/mrn", "value": "MRN-77"},
            {
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MB"}]},
                "system": "https://passage.example/member",
                "value": member,
            },
        ],
        "name": [{"family": "Testwell", "given": ["Avery"]}],
        "gender": "female",
    }
    return patient | changes


def a_coverage(member: str = "PSG-1001", *, id: str = "cov-1", payer: str = "7239994834", **changes: Json) -> Json:
    """An active Coverage of the patient with the demo payer."""
    coverage = {
        "resourceType": "Coverage",
        "id": id,
        "status": "active",
        "subscriberId": member,
        "beneficiary": {"reference": "Patient/pat-1"},
        "relationship": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"}]
        },
        "payor": [{"identifier": {"system": EIN, "value": payer}}],
    }
    return coverage | changes


def a_searchset(*resources: Json) -> Json:
    """What an EHR prefetches for a search."""
    entries = [{"fullUrl": f"{EHR}/{each['resourceType']}/{each['id']}", "resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def draft_orders(*orders: Json) -> Json:
    """The Bundle of draft orders."""
    entries = [{"fullUrl": f"{EHR}/{each['resourceType']}/{each['id']}", "resource": each} for each in orders]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def a_hook_call(
    *orders: Json,
    version: str | None = "2.2",
    member: str = "PSG-1001",
    configuration: Json = None,
    prefetch: Json = None,
    **changes: Json,
) -> Json:
    """A call of order-sign for the orders, by default one for home oxygen."""
    extension = {"davinci-crd.requestedVersion": version} if version else {}
    if configuration is not None:
        extension["davinci-crd.configuration"] = configuration
    call = {
        "hook": "order-sign",
        "hookInstance": INSTANCE,
        "fhirServer": EHR,
        "fhirAuthorization": {
            "access_token": "token-of-the-ehr",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "user/Patient.rs",
            "subject": "passage-crd",
        },
        "context": {
            "userId": "Practitioner/prac-1",
            "patientId": "pat-1",
            "draftOrders": draft_orders(*(orders or (a_device_request(),))),
        },
        "prefetch": {"patient": a_patient(member), "coverage": a_searchset(a_coverage(member))} | (prefetch or {}),
        "extension": extension,
    }
    return call | changes


def body(call: Json) -> bytes:
    """The call as an EHR sends it."""
    return json.dumps(call).encode()


def coverage_informations(order: Json) -> list[Json]:
    """The repetitions of coverage-information on an order."""
    return [held for held in order.get("extension", []) if held["url"] == COVERAGE_INFORMATION]


def parts(repetition: Json) -> dict[str, list[Json]]:
    """The values of a repetition by the url of the part; a complex part as its own parts."""
    found: dict[str, list[Json]] = {}
    for part in repetition["extension"]:
        value = next((part[key] for key in part if key.startswith("value")), None)
        found.setdefault(part["url"], []).append(parts(part) if value is None else value)
    return found


def told(response: Json) -> dict[str, dict[str, list[Json]]]:
    """What an answer tells about each order, by `Type/id`; each order has one repetition."""
    answers = {}
    for action in response.get("systemActions", []):
        (repetition,) = coverage_informations(action["resource"])
        answers[f"{action['resource']['resourceType']}/{action['resource']['id']}"] = parts(repetition)
    return answers


def a_plan() -> Plan:
    """A plan that names no service: a person reviews every order."""
    clock = ClockRule(timedelta(days=15), timedelta(hours=72), Citation("Clock", "1", "2026-01-01"))
    return Plan(
        id="demo",
        version="1",
        name="Demo",
        payer_name="Demo Payer",
        payer_identifiers=(),
        lines_of_business=("commercial",),
        clocks={"commercial": clock},
        no_authorization=(),
        limits=(),
        exclusions=(),
        referrals=(),
        unnamed_service="refer",
        unnamed_owner="review",
        unnamed_valid_days=90,
        retrospective_days=None,
        contact_phone="+1-555-0100",
    )
