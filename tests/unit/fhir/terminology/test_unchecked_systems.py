"""Codes that nobody here can judge are told of once, by their systems."""

from tests.builders.validation import a_bundle, an_observation, shipped


def test_systems_are_named_once_however_often_they_stand_there() -> None:
    observations = [
        an_observation(
            id=f"o{number}", valueCodeableConcept={"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}
        )
        for number in range(3)
    ]
    for one in observations:
        del one["valueQuantity"]

    found = [one for one in shipped().validate(a_bundle(*observations)).findings if one.code == "not-supported"]

    assert [(one.severity, one.message, one.expression, one.text) for one in found] == [
        (
            "information",
            "code-system-unchecked",
            "Bundle",
            "The codes of these systems are not known here and were not checked: http://loinc.org, "
            "http://snomed.info/sct.",
        )
    ]


def test_units_and_codes_that_are_judged_are_not_told_of() -> None:
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}
    observation = an_observation(code={"text": "x"}, category=[{"coding": [category]}])

    assert shipped().validate(observation).findings == ()
