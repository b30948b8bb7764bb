"""What profiles add: slices, patterns, extensions and where they may stand, targets, versions."""

from typing import Any

import pytest

from server.fhir.validation.structure import Package
from tests.builders.validation import a_patient, an_observation, errors, shipped

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
RACE = f"{US_CORE}us-core-race"


def _race(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"url": RACE, "extension": list(parts)}


WHITE = {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2106-3"}}
TEXT = {"url": "text", "valueString": "White"}


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (_race(WHITE, TEXT), []),
        (_race(WHITE), [("slice-min", "Patient.extension[0].extension")]),
        (_race(TEXT, TEXT), [("slice-max", "Patient.extension[0].extension")]),
        (
            _race(TEXT, {"url": "colour", "valueString": "x"}),
            [("extension-part", "Patient.extension[0].extension[1]")],
        ),
        ({"url": RACE, "valueString": "x"}, [("unknown-element", "Patient.extension[0].valueString")]),
        ({"url": "urn:of:someone", "valueString": "x"}, []),
        ({"url": "urn:of:someone"}, [("ext-1", "Patient.extension[0]")]),
    ],
)
def test_an_extension_keeps_the_definition_that_its_url_names(
    extension: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    found = [error for error in errors(a_patient(extension=[extension])) if error[0] != "cardinality-min"]

    assert found == expected


def test_an_extension_stands_where_its_definition_allows() -> None:
    assert errors(an_observation(extension=[_race(WHITE, TEXT)])) == [
        ("extension-context", "Observation.extension[0]"),
    ]


def test_an_unknown_modifier_extension_is_an_error() -> None:
    patient = a_patient(modifierExtension=[{"url": "urn:of:someone", "valueBoolean": True}])

    assert errors(patient) == [("modifier-unknown", "Patient.modifierExtension[0]")]


def test_a_profile_asks_for_more_than_the_type() -> None:
    patient = a_patient()
    del patient["identifier"], patient["gender"]

    assert errors(patient) == []
    assert errors(patient, f"{US_CORE}us-core-patient|7.0.0") == [
        ("cardinality-min", "Patient"),
        ("cardinality-min", "Patient"),
    ]


def test_a_claim_in_meta_counts_as_much_as_a_profile_that_is_asked_for() -> None:
    patient = a_patient(meta={"profile": [f"{US_CORE}us-core-patient|7.0.0"]})
    del patient["identifier"]

    assert errors(patient) == [("cardinality-min", "Patient")]


def test_the_version_of_a_claim_decides_which_profile_counts() -> None:
    claim = {"resourceType": "Claim", "meta": {"profile": [f"{PAS}profile-claim|2.0.1"]}}

    old, new = errors(claim), errors({**claim, "meta": {"profile": [f"{PAS}profile-claim|2.2.1"]}})

    assert old
    assert new
    assert shipped().library.find(f"{PAS}profile-claim|2.0.1") is not shipped().library.find(f"{PAS}profile-claim")


def test_a_profile_without_version_is_that_of_the_package_that_asks() -> None:
    library = shipped().library
    pas = next(one for one in library.packages if (one.name, one.version) == ("hl7.fhir.us.davinci-pas", "2.0.1"))

    found = library.find(f"{PAS}profile-claim", pas)

    assert found is not None
    assert found.version == "2.0.1"


def test_of_what_a_package_needs_the_version_that_it_names_counts() -> None:
    asking = Package("guide", "1.0.0", {"hl7.fhir.us.core": "6.1.0"})

    found = shipped().library.find(f"{US_CORE}us-core-patient", asking)

    assert found is not None
    assert found.version == "6.1.0"


def test_a_profile_that_is_not_known_is_an_error_when_asked_for_and_a_warning_when_claimed() -> None:
    claimed = shipped().validate(a_patient(meta={"profile": ["urn:none"]}))
    asked = shipped().validate(a_patient(), ["urn:none"])

    assert [(one.severity, one.message) for one in claimed.findings] == [("warning", "profile-unknown")]
    assert ("error", "profile-unknown") in [(one.severity, one.message) for one in asked.findings]


def test_vital_signs_need_the_slices_of_their_category() -> None:
    exam = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam"}
    vital = an_observation(category=[{"coding": [exam]}])

    found = errors(vital, "http://hl7.org/fhir/StructureDefinition/vitalsigns")

    assert ("slice-min", "Observation.category") in found
