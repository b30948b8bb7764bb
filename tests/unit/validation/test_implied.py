"""An Observation of a vital sign is held against the profile of that vital sign, whether it claims it or not."""

from typing import Any

import pytest

from tests.builders.validation import a_bundle, an_observation, errors

Json = Any

LOINC = "http://loinc.org"
VITAL_SIGNS = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
BODY_TEMPERATURE = "http://hl7.org/fhir/StructureDefinition/bodytemp"


def a_temperature(**changes: Json) -> Json:
    """A body temperature that keeps its profile."""
    celsius = {"value": 37, "unit": "Cel", "system": "http://unitsofmeasure.org", "code": "Cel"}
    return an_observation(
        **{
            "id": "t1",
            "category": [{"coding": [VITAL_SIGNS]}],
            "code": {"coding": [{"system": LOINC, "code": "8310-5"}]},
            "valueQuantity": celsius,
            **changes,
        }
    )


def test_a_vital_sign_that_keeps_its_profile_is_valid() -> None:
    assert errors(a_temperature()) == []


@pytest.mark.parametrize(
    "code",
    [
        "85353-1", "9279-1", "8867-4", "2708-6", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5", "85354-9",
    ],
)  # fmt: skip
def test_the_code_of_any_vital_sign_demands_its_category(code: str) -> None:
    other = {"system": "http://snomed.info/sct", "code": "1"}
    coding = [other, {"system": LOINC, "code": code}]

    found = errors(an_observation(code={"coding": coding}))

    assert ("cardinality-min", "Observation") in found


@pytest.mark.parametrize(
    "coding", [{"system": LOINC, "code": "2703-7"}, {"system": "urn:x", "code": "8310-5"}, {"display": "x"}]
)
def test_any_other_code_demands_nothing(coding: Json) -> None:
    assert errors(an_observation(code={"coding": [coding], "text": "x"})) == []


def test_an_entry_of_a_bundle_is_held_against_it_too() -> None:
    found = errors(a_bundle(a_temperature(category=[{"text": "x"}])))

    assert found == [("slice-min", "Bundle.entry[0].resource.category")]


def test_what_is_wrong_is_said_once_where_the_profile_is_claimed_as_well() -> None:
    claimed = a_temperature(meta={"profile": [BODY_TEMPERATURE]}, category=[{"text": "x"}])

    assert errors(claimed) == [("slice-min", "Observation.category")]


@pytest.mark.parametrize("code", [None, 1, "x", [], {"coding": {}}, {"coding": [None, 1, {"code": {}}]}])
def test_a_code_of_another_shape_is_for_the_type(code: Json) -> None:
    assert all(place.startswith("Observation.code") for _, place in errors(an_observation(code=code)))


def _pressure(code: str, value: int) -> Json:
    quantity = {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("8480-6", "8462-4"), []),
        (("8462-4", "8480-6", "8478-0"), []),
        (("8480-6", "8478-0"), [("slice-min", "Observation.component")]),
        (("8480-6", "8480-6"), [("slice-max", "Observation.component"), ("slice-min", "Observation.component")]),
    ],
)
def test_components_are_told_apart_by_what_a_slice_of_their_coding_fixes(codes: Json, expected: Json) -> None:
    panel = a_temperature(
        code={"coding": [{"system": LOINC, "code": "85354-9"}]}, component=[_pressure(code, 80) for code in codes]
    )
    del panel["valueQuantity"]

    assert sorted(errors(panel)) == expected
