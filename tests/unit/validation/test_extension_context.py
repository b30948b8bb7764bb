"""An extension stands where its definition allows it, also where that says so in FHIRPath."""

from typing import Any

import pytest

from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.build import Build
from server.fhir.validation.library import Library, open_folder, open_texts
from server.fhir.validation.package import Package
from server.fhir.validation.path_invariants import PathInvariants
from server.fhir.validation.validate import Validator
from server.settings import content_root
from tests.builders.validation import a_patient, an_observation, errors

Json = Any

CORE = "http://hl7.org/fhir/StructureDefinition/"
BILLING = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-billing-options"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
MADE = "http://payer.test/StructureDefinition/made"
UNIT = {"url": f"{CORE}questionnaire-unit", "valueCoding": {"system": "http://unitsofmeasure.org", "code": "kg"}}
PLACE = [("extension-context", "Questionnaire.item[0].extension[0]")]


def _questionnaire(**item: Json) -> Json:
    return {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "text": "x", **item}]}


@pytest.mark.parametrize(
    ("type", "expected"), [("integer", []), ("decimal", []), ("string", PLACE), ("quantity", PLACE)]
)
def test_the_element_around_keeps_the_invariant_of_the_context(type: str, expected: Json) -> None:
    assert errors(_questionnaire(type=type, extension=[UNIT])) == expected


@pytest.mark.parametrize(("required", "expected"), [({}, PLACE), ({"required": True}, [])])
def test_a_least_number_of_answers_needs_a_required_question(required: Json, expected: Json) -> None:
    least = {"url": f"{CORE}questionnaire-minOccurs", "valueInteger": 2}

    assert errors(_questionnaire(type="string", repeats=True, extension=[least], **required)) == expected


def test_what_a_guide_says_of_its_own_extension_counts_as_well() -> None:
    expression = {"language": "text/fhirpath", "expression": "1 + 1"}
    calculated = {"url": CALCULATED, "valueExpression": expression}
    initial = [{"valueInteger": 1}]

    found = errors(_questionnaire(type="integer", initial=initial, extension=[calculated]))

    assert found == PLACE


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "DeviceRequest", "codeCodeableConcept": {}}, []),
        ({"resourceType": "MedicationRequest", "status": "active", "medicationCodeableConcept": {}}, []),
        ({"resourceType": "ServiceRequest", "status": "active", "code": {}}, []),
        ({"resourceType": "ServiceRequest", "status": "active", "performerType": {}}, ["extension-context"]),
        ({"resourceType": "DeviceRequest", "performerType": {}, "codeCodeableConcept": {}}, ["extension-context"]),
    ],
)
def test_a_query_among_the_contexts_finds_where_the_extension_may_stand(resource: Json, expected: Json) -> None:
    billing = {"url": BILLING, "valueCodeableConcept": {"text": "x"}}
    holder = next(key for key, value in resource.items() if value == {})
    codes = {key: {"text": "x"} for key, value in resource.items() if value == {}}
    order = {**resource, **codes, "intent": "order", "subject": {"reference": "Patient/1"}}

    found = errors({**order, holder: {"text": "x", "extension": [billing]}})

    assert [message for message, _ in found] == expected


def _made(contexts: list[dict[str, str]], *invariants: str) -> Validator:
    """The core and an extension of our own."""
    elements = [
        {"id": "Extension", "path": "Extension", "min": 0, "max": "*"},
        {"id": "Extension.url", "path": "Extension.url", "min": 1, "max": "1", "type": [{"code": "uri"}]},
        {"id": "Extension.value[x]", "path": "Extension.value[x]", "max": "1", "type": [{"code": "string"}]},
    ]
    definition = {
        "resourceType": "StructureDefinition",
        "url": MADE,
        "kind": "complex-type",
        "type": "Extension",
        "derivation": "constraint",
        "baseDefinition": f"{CORE}Extension",
        "context": contexts,
        "contextInvariant": list(invariants),
        "snapshot": {"element": elements},
    }
    built = open_texts(Build([Package("payer", "1", {}, (definition,))]).files())
    core = [place for place in open_folder(content_root() / "profiles") if place.package.name == "hl7.fhir.r4.core"]
    terminology = LocalTerminology(())
    return Validator(Library([*core, *built]), terminology, PathInvariants(terminology))


def _found(validator: Validator, resource: Json) -> list[tuple[str, str, str]]:
    verdict = validator.validate(resource)
    assert validator.is_valid(resource) == verdict.valid
    return [
        (one.severity, one.message, one.expression)
        for one in verdict.findings
        if one.message.startswith("extension-context")
    ]


EXTENSION = {"url": MADE, "valueString": "x"}
ERROR, WARNING = ("error", "extension-context"), ("warning", "extension-context-unclear")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Patient.name.where(use = 'official')", []),
        ("Patient.name.where(use = 'old')", [(*ERROR, "Patient.name[0].extension[0]")]),
        ("Patient.telecom | Patient.name", []),
        ("Patient.name.family", [(*ERROR, "Patient.name[0].extension[0]")]),
        ("true", [(*ERROR, "Patient.name[0].extension[0]")]),
        ("Patient.name = 1 'mg' + 'x'", [(*WARNING, "Patient.name[0].extension[0]")]),
    ],
)
def test_a_query_finds_the_element_itself(query: str, expected: Json) -> None:
    validator = _made([{"type": "fhirpath", "expression": query}])
    same = {"family": "Chalmers"}
    patient = a_patient(name=[{"use": "official", "extension": [EXTENSION], **same}, {"use": "old", **same}])

    assert _found(validator, patient) == expected


@pytest.mark.parametrize(("query", "found"), [("Patient.birthDate", 0), ("Patient.gender", 1)])
def test_a_query_finds_a_primitive_value_by_what_stands_beside_it(query: str, found: int) -> None:
    validator = _made([{"type": "fhirpath", "expression": query}])

    assert len(_found(validator, a_patient(_birthDate={"extension": [EXTENSION]}))) == found


@pytest.mark.parametrize(
    ("invariant", "expected"),
    [
        ("use = 'official'", []),
        ("%extension.value = 'x'", []),
        ("%extension.value = 'y'", [(*ERROR, "Patient.name[0].extension[0]")]),
        ("%resource.active", [(*ERROR, "Patient.name[0].extension[0]")]),
        ("%nothing.exists()", [(*WARNING, "Patient.name[0].extension[0]")]),
        ("this is no expression", []),
    ],
)
def test_an_invariant_knows_the_extension_and_the_element_around_it(invariant: str, expected: Json) -> None:
    validator = _made([{"type": "element", "expression": "HumanName"}], invariant)
    patient = a_patient(name=[{"use": "official", "family": "Chalmers", "extension": [EXTENSION]}])

    assert _found(validator, patient) == expected


def test_each_resource_of_a_bundle_is_its_own_place() -> None:
    validator = _made([{"type": "fhirpath", "expression": "Observation.code"}])
    observation = an_observation(code={"text": "x", "extension": [EXTENSION]}, contained=[a_patient()])
    entries = [{"fullUrl": "urn:uuid:5d3c9d64-7f2c-4b1d-8a6f-27d1f3f0c001", "resource": observation}]

    assert _found(validator, {"resourceType": "Bundle", "type": "collection", "entry": entries}) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [("urn:own", []), ("own", ["extension-url"]), ("2026-11-20T15:00:00Z", ["extension-url"])],
)
def test_the_url_of_an_extension_has_a_scheme(url: str, expected: list[str]) -> None:
    assert [message for message, _ in errors(a_patient(extension=[{"url": url, "valueString": "x"}]))] == expected
