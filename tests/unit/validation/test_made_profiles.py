"""What a profile may say that none of the shipped ones does: a default slice, and versions of references."""

from typing import Any

import pytest

from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.build import Build
from server.fhir.validation.library import Library, open_folder, open_texts
from server.fhir.validation.package import Package
from server.fhir.validation.validate import Validator
from server.settings import content_root
from tests.builders.validation import a_patient, an_observation

Json = Any
URL = "http://payer.test/StructureDefinition/made"


def _validator(type: str, *elements: Json) -> Validator:
    """The core and a profile of a type with these elements."""
    root = {"id": type, "path": type, "min": 0, "max": "*"}
    profile = {
        "resourceType": "StructureDefinition",
        "url": URL,
        "kind": "resource",
        "type": type,
        "derivation": "constraint",
        "baseDefinition": f"http://hl7.org/fhir/StructureDefinition/{type}",
        "snapshot": {"element": [root, *elements]},
    }
    built = open_texts(Build([Package("payer", "1", {}, (profile,))]).files())
    places = open_folder(content_root() / "profiles")
    core = [place for place in places if place.package.name == "hl7.fhir.r4.core"]
    return Validator(Library([*core, *built]), LocalTerminology(()))


def _errors(validator: Validator, resource: Json) -> list[tuple[str, str]]:
    claiming = {**resource, "meta": {"profile": [URL]}}
    verdict = validator.validate(claiming)
    assert validator.is_valid(claiming) == verdict.valid
    return [(found.message, found.expression) for found in verdict.findings if found.severity == "error"]


def _element(id: str, code: str, **facts: Json) -> Json:
    path = ".".join(step.partition(":")[0] for step in id.split("."))
    return {"id": id, "path": path, "min": 0, "max": "*", "type": [{"code": code}], **facts}


def _telecom(most: str = "*", rules: str = "closed") -> Validator:
    """A Patient with any number of phones; what is none may be a few e-mail addresses with a value."""
    by = [{"type": "value", "path": "system"}]
    default = "Patient.telecom:@default"
    return _validator(
        "Patient",
        _element("Patient.telecom", "ContactPoint", slicing={"discriminator": by, "rules": rules}),
        _element(default, "ContactPoint", max=most),
        _element(f"{default}.system", "code", max="1", fixedCode="email"),
        _element(f"{default}.value", "string", min=1, max="1"),
        _element("Patient.telecom:phone", "ContactPoint"),
        _element("Patient.telecom:phone.system", "code", min=1, max="1", fixedCode="phone"),
    )


PHONE, EMAIL, FAX = ({"system": system, "value": "1"} for system in ("phone", "email", "fax"))


@pytest.mark.parametrize(
    ("telecom", "expected"),
    [
        ([PHONE, PHONE], []),
        ([EMAIL, PHONE], []),
        ([FAX], [("fixed", "Patient.telecom[0].system")]),
        ([PHONE, {"system": "email", "use": "home"}], [("cardinality-min", "Patient.telecom[1]")]),
        ([EMAIL, EMAIL, EMAIL], [("slice-max", "Patient.telecom")]),
    ],
)
@pytest.mark.parametrize("rules", ["closed", "open"])
def test_the_default_slice_has_what_is_in_no_other(telecom: Json, expected: Json, rules: str) -> None:
    assert _errors(_telecom("2", rules), a_patient(telecom=telecom)) == expected


def _subject(*versioning: str) -> Validator:
    types = [{"code": "Reference", "versioning": one} if one else {"code": "Reference"} for one in versioning]
    return _validator("Observation", _element("Observation.subject", "Reference", max="1", type=types))


VERSION, NO_VERSION = "Patient/1/_history/2", "Patient/1"
BROKEN = [("reference-versioning", "Observation.subject")]


@pytest.mark.parametrize(
    ("versioning", "reference", "expected"),
    [
        (("specific",), VERSION, []),
        (("specific",), NO_VERSION, BROKEN),
        (("independent",), NO_VERSION, []),
        (("independent",), VERSION, BROKEN),
        (("either",), VERSION, []),
        (("",), NO_VERSION, []),
        (("specific", "either"), NO_VERSION, []),
    ],
)
def test_a_reference_names_a_version_where_the_profile_wants_it(
    versioning: tuple[str, ...], reference: str, expected: Json
) -> None:
    assert _errors(_subject(*versioning), an_observation(subject={"reference": reference})) == expected


def test_a_reference_without_an_address_and_one_inside_have_no_version() -> None:
    specific = _subject("specific")

    named = _errors(specific, an_observation(subject={"display": "x"}))
    contained = _errors(specific, an_observation(subject={"reference": "#p1"}, contained=[a_patient()]))

    assert (named, contained) == ([], [])


@pytest.mark.parametrize(
    ("versioning", "canonical", "expected"),
    [
        ("specific", "http://payer.test/form|1", []),
        ("specific", "http://payer.test/form", [("reference-versioning", "QuestionnaireResponse.questionnaire")]),
        ("independent", "http://payer.test/form", []),
        ("independent", "http://payer.test/form|1", [("reference-versioning", "QuestionnaireResponse.questionnaire")]),
    ],
)
def test_a_canonical_names_a_version_where_the_profile_wants_it(
    versioning: str, canonical: str, expected: Json
) -> None:
    types = [{"code": "canonical", "versioning": versioning}]
    element = _element("QuestionnaireResponse.questionnaire", "canonical", max="1", type=types)
    response = {"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": canonical}

    assert _errors(_validator("QuestionnaireResponse", element), response) == expected
