"""Package requests, forms on disk and QuestionnaireResponses: valid by default, a test states only what matters."""

import shutil
from pathlib import Path
from typing import Any

from server.fhir import json
from server.fhir.json import Json
from tests.architecture.tree import ROOT

HOME_OXYGEN = "https://passage.example/fhir/Questionnaire/home-oxygen"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"


def a_coverage(member: str | None = "PSG-1001", **changes: Any) -> Json:
    """The EHR's Coverage of a demo member, with the payer contained."""
    coverage = {
        "resourceType": "Coverage",
        "id": "cov-7",
        "status": "active",
        "subscriberId": member,
        "beneficiary": {"reference": "Patient/pat-7"},
        "contained": [
            {
                "resourceType": "Organization",
                "id": "payer",
                "active": True,
                "name": "Passage Demo Health Plan",
                "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}],
            }
        ],
        "payor": [{"reference": "#payer"}],
        "relationship": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": "self"}]
        },
    } | changes
    return {name: value for name, value in coverage.items() if value is not None}


def an_order(code: str = "E1390", id: str | None = "order-7", **changes: Any) -> Json:
    """A DeviceRequest for a HCPCS code, for COPD."""
    order = {
        "resourceType": "DeviceRequest",
        "id": id,
        "status": "draft",
        "intent": "original-order",
        "codeCodeableConcept": {"coding": [{"system": HCPCS, "code": code}]},
        "subject": {"reference": "Patient/pat-7"},
        "authoredOn": "2026-11-19",
        "requester": {"reference": "Practitioner/prac-1"},
        "reasonCode": [{"coding": [{"system": ICD10CM, "code": "J44.9"}]}],
    } | changes
    return {name: value for name, value in order.items() if value is not None}


def a_package_request(
    *orders: Json,
    coverage: Json = None,
    questionnaires: tuple[str, ...] = (),
    context: str | None = None,
    changed_since: str | None = None,
    referenced: tuple[Json, ...] = (),
    more: tuple[Json, ...] = (),
) -> Json:
    """The Parameters of `$questionnaire-package`."""
    parameters = [{"name": "coverage", "resource": coverage or a_coverage()}]
    parameters += [{"name": "order", "resource": order} for order in orders]
    parameters += [{"name": "referenced", "resource": resource} for resource in referenced]
    parameters += [{"name": "questionnaire", "valueCanonical": canonical} for canonical in questionnaires]
    parameters += [{"name": "context", "valueString": context}] if context else []
    parameters += [{"name": "changedsince", "valueInstant": changed_since}] if changed_since else []
    return {"resourceType": "Parameters", "parameter": [*parameters, *more]}


def an_observation(code: str, value: float, unit: str, day: str, **changes: Any) -> Json:
    """A final Observation of the patient with a UCUM quantity."""
    return {
        "resourceType": "Observation",
        "id": f"obs-{code}-{day}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/pat-7"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
    } | changes


def a_response(*items: Json, **changes: Any) -> Json:
    """A completed QuestionnaireResponse to the home oxygen form."""
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{HOME_OXYGEN}|1.0.0",
        "authored": "2026-11-10",
        "item": list(items),
    } | changes


def an_item(link_id: str, *answers: Json, items: tuple[Json, ...] = ()) -> Json:
    """An item of a response with its answers and items below it."""
    return (
        {"linkId": link_id} | ({"answer": list(answers)} if answers else {}) | ({"item": list(items)} if items else {})
    )


def a_forms_folder(tmp_path: Path) -> Path:
    """A copy of the shipped forms that a test may break: `questionnaires/` without the compiler."""
    target = tmp_path / "questionnaires"
    shutil.copytree(ROOT / "questionnaires", target, ignore=shutil.ignore_patterns("build", "node_modules"))
    return target


def edit(file: Path, change: Any) -> None:
    """Rewrites a JSON file by a function that changes the resource in place."""
    resource = json.read(file.read_bytes())
    change(resource)
    file.write_bytes(json.write(resource))
