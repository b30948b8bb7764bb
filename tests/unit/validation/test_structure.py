"""What R4 itself says of a resource: keys, cardinality, JSON shape, choice types, references, contained resources."""

from decimal import Decimal
from typing import Any

import pytest

from tests.builders.validation import a_bundle, a_patient, an_observation, errors

CASES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "valid": (a_patient(), []),
    "unknown key": (a_patient(nam=[]), [("unknown-element", "Patient.nam")]),
    "object for array": (a_patient(name={"family": "C"}), [("json-array", "Patient.name")]),
    "array for value": (a_patient(gender=["male"]), [("type-code", "Patient.gender")]),
    "empty array": (a_patient(name=[]), [("json-array", "Patient.name")]),
    "empty object": (a_patient(name=[{}]), [("ele-1", "Patient.name[0]")]),
    "id alone": (a_patient(name=[{"id": "a"}]), [("ele-1", "Patient.name[0]")]),
    "null": (a_patient(gender=None), [("type-code", "Patient.gender")]),
    "no such day": (a_patient(birthDate="2026-02-30"), [("type-date", "Patient.birthDate")]),
    "leap day": (a_patient(birthDate="2024-02-29"), []),
    "number as text": (a_patient(multipleBirthInteger="2"), [("type-integer", "Patient.multipleBirth")]),
    "true is no number": (a_patient(multipleBirthInteger=True), [("type-integer", "Patient.multipleBirth")]),
    "two of a choice": (
        a_patient(multipleBirthInteger=2, multipleBirthBoolean=True),
        [("choice-once", "Patient")],
    ),
    "code of no set": (a_patient(gender="m"), [("binding-required", "Patient.gender")]),
    "required child": (an_observation(code={"id": "x"}), [("ele-1", "Observation.code")]),
    "link without type": (
        a_patient(link=[{"other": {"display": "x"}}]),
        [("cardinality-min", "Patient.link[0]")],
    ),
    "null beside an extension": (
        a_patient(
            name=[{"given": [None, "J"], "_given": [{"extension": [{"url": "urn:x", "valueCode": "unknown"}]}, None]}]
        ),
        [],
    ),
    "null beside nothing": (
        a_patient(name=[{"given": [None, "J"]}]),
        [("null-pairing", "Patient.name[0].given[0]")],
    ),
    "extension in place of the value": (
        a_patient(birthDate=None) | {"_birthDate": {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}},
        [("type-date", "Patient.birthDate")],
    ),
    "contained in nothing": (
        a_patient(contained=[{"resourceType": "Organization", "id": "o", "name": "O"}]),
        [("dom-3", "Patient")],
    ),
    "contained and used": (
        a_patient(
            contained=[{"resourceType": "Organization", "id": "o", "name": "O"}],
            managingOrganization={"reference": "#o"},
        ),
        [],
    ),
    "dangling in itself": (
        a_patient(managingOrganization={"reference": "#none"}),
        [("ref-1", "Patient.managingOrganization")],
    ),
    "contact without anything": (
        a_patient(contact=[{"gender": "male"}]),
        [("invariant:pat-1", "Patient.contact[0]")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_says_what_is_wrong_and_where(case: str) -> None:
    resource, expected = CASES[case]

    assert errors(resource) == expected


def test_a_decimal_is_what_was_read() -> None:
    quantity = {"value": Decimal("55.00"), "unit": "mmHg"}

    assert errors(an_observation(valueQuantity=quantity)) == []
    assert errors(an_observation(valueQuantity={"value": "55.00"})) == [
        ("type-decimal", "Observation.value.value"),
    ]


def test_a_reference_must_be_to_a_type_that_is_allowed_when_the_target_is_there() -> None:
    organization = {"resourceType": "Organization", "id": "p1", "name": "O"}
    observation = an_observation(id="o1", subject={"reference": "Organization/p1"})

    found = errors(a_bundle(observation, organization))

    assert found == [("reference-type", "Bundle.entry[0].resource.subject")]
    assert errors(observation) == []


def test_a_full_url_names_the_resource_of_its_entry() -> None:
    bundle = a_bundle(a_patient())
    bundle["entry"][0]["fullUrl"] = "http://provider.test/fhir/Patient/other"

    assert errors(bundle) == [("full-url", "Bundle")]


@pytest.mark.parametrize("resource", [None, [], "x", {}, {"resourceType": "Patent"}, {"resourceType": 1}])
def test_what_is_no_resource_is_refused(resource: Any) -> None:
    assert errors(resource) == [("resource-type", "")]


def test_all_errors_come_in_one_answer_in_the_order_of_the_document() -> None:
    broken = a_patient(gender="m", birthDate="x", foo=1)

    assert [place for _, place in errors(broken)] == ["Patient.gender", "Patient.birthDate", "Patient.foo"]
