"""PAS requests that are valid by default; a test states only what matters to it. All people and codes are invented."""

from collections.abc import Sequence
from typing import Any

BASE = "https://ehr.example/fhir"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CPT = "http://www.ama-assn.org/go/cpt"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
UCUM = "http://unitsofmeasure.org"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
X12 = "https://codesystem.x12.org/005010"
MEMBER = "https://passage.example/member"

BIRTH_DATES = {
    "PSG-1001": "1951-04-17",
    "PSG-1002": "1948-09-30",
    "PSG-1003": "1979-12-05",
    "PSG-1004": "1966-02-11",
    "PSG-1005": "1958-06-21",
    "PSG-1006": "1984-10-08",
    "PSG-1007": "1945-01-28",
    "PSG-1008": "1961-07-01",
}
"""Of the demo plan's members, by member number."""

Json = Any


def a_concept(system: str, code: str) -> Json:
    """A CodeableConcept with one coding."""
    return {"coding": [{"system": system, "code": code}]}


def a_reference(resource: Json) -> Json:
    """An absolute reference to a resource of the Bundle."""
    return {"reference": f"{BASE}/{resource['resourceType']}/{resource['id']}"}


def an_item(code: str = "A4253", system: str = HCPCS, sequence: int = 1, **elements: Json) -> Json:
    """A Claim.item; an element that is None is left out."""
    item = {
        "sequence": sequence,
        "extension": [
            {"url": f"{PAS}/extension-itemTraceNumber", "valueIdentifier": a_trace(sequence)},
            {"url": f"{PAS}/extension-serviceItemRequestType", "valueCodeableConcept": a_concept(f"{X12}/1525", "HS")},
            {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", "I")},
        ],
        "category": a_concept(f"{X12}/1365", "18"),
        "productOrService": a_concept(system, code),
        "servicedDate": "2026-11-23",
        "locationCodeableConcept": a_concept(PLACE_OF_SERVICE, "11"),
        "diagnosisSequence": [1],
    }
    return _given({**item, **elements})


def a_trace(sequence: int) -> Json:
    """The trace number of an item."""
    return {"system": "https://ehr.example/item-trace", "value": f"TRACE-{sequence}"}


def a_claim(*items: Json, diagnosis: str = "E11.9", **elements: Json) -> Json:
    """A Claim for the patient, coverage, insurer and provider of this file; an element that is None is left out."""
    claim = {
        "resourceType": "Claim",
        "id": "claim-1",
        "identifier": [{"system": "https://ehr.example/claims", "value": "CLM-1"}],
        "status": "active",
        "type": a_concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": {"reference": "Patient/patient-1"},
        "created": "2026-11-20T09:00:00-06:00",
        "insurer": {"reference": "Organization/insurer-1"},
        "provider": {"reference": "Organization/provider-1"},
        "priority": a_concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": a_concept(ICD10CM, diagnosis)}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/coverage-1"}}],
        "item": list(items) or [an_item()],
    }
    return _given({**claim, **elements})


def a_patient(member: str = "PSG-1003", **elements: Json) -> Json:
    """The patient of the Claim, under the provider's own record number and the member number."""
    patient = {
        "resourceType": "Patient",
        "id": "patient-1",
        "identifier": [
            {"system": "https://ehr.example/mrn", "value": "MRN-77"},
            a_member_number(member),
        ],
        "name": [{"family": "Testperson", "given": ["Terry"]}],
        "gender": "unknown",
        "birthDate": BIRTH_DATES.get(member, "1980-01-01"),
    }
    return _given({**patient, **elements})


def a_member_number(member: str) -> Json:
    """The identifier of type MB that the plan gave to the member."""
    kind = a_concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MB")
    return {"type": kind, "system": MEMBER, "value": member}


def a_coverage(member: str = "PSG-1003", **elements: Json) -> Json:
    """The coverage of the Claim, by the member number."""
    coverage = {
        "resourceType": "Coverage",
        "id": "coverage-1",
        "identifier": [a_member_number(member)],
        "status": "active",
        "subscriberId": member,
        "subscriber": {"reference": "Patient/patient-1"},
        "beneficiary": {"reference": "Patient/patient-1"},
        "relationship": a_concept("http://terminology.hl7.org/CodeSystem/subscriber-relationship", "self"),
        "payor": [{"reference": "Organization/insurer-1"}],
    }
    return _given({**coverage, **elements})


def an_organization(id: str, npi: str, name: str, **elements: Json) -> Json:
    """An Organization with a National Provider Identifier."""
    organization = {
        "resourceType": "Organization",
        "id": id,
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}],
        "active": True,
        "name": name,
    }
    return _given({**organization, **elements})


def an_observation(id: str, loinc: str, value: Json, unit: str, **elements: Json) -> Json:
    """A final result of the patient, of three days before the request."""
    observation = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "category": [a_concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")],
        "code": a_concept(LOINC, loinc),
        "subject": {"reference": "Patient/patient-1"},
        "effectiveDateTime": "2026-11-17",
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    }
    return _given({**observation, **elements})


def a_request_bundle(
    claim: Json = None, *others: Json, member: str = "PSG-1003", patient: Json = None, **elements: Json
) -> Json:
    """The Bundle of a request: the Claim, what it refers to, and `others`, for a member of the demo plan.

    `coverage`, `insurer` and `provider` replace the resources of that name; further elements are the Bundle's.
    """
    resources = [
        claim or a_claim(),
        patient or a_patient(member),
        elements.pop("coverage", None) or a_coverage(member),
        elements.pop("insurer", None) or an_organization("insurer-1", "1234567893", "Passage Demo Health Plan"),
        elements.pop("provider", None) or an_organization("provider-1", "8189991234", "Example Clinic"),
        *others,
    ]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": "https://ehr.example/bundles", "value": "BDL-1"},
        "type": "collection",
        "timestamp": "2026-11-20T15:00:00Z",
        "entry": entries(resources),
    }
    return _given({**bundle, **elements})


def entries(resources: Sequence[Json]) -> list[Json]:
    """An entry for each resource under its URL at the provider's server."""
    return [{"fullUrl": a_reference(resource)["reference"], "resource": resource} for resource in resources]


def _given(elements: dict[str, Json]) -> Json:
    return {name: value for name, value in elements.items() if value is not None}
