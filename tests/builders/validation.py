"""The validator over the shipped profiles, and small resources that are valid until a test breaks them."""

from functools import cache
from typing import Any

from server.fhir.validation.validate import Validator, open_validator
from server.settings import content_root

Json = Any


@cache
def shipped() -> Validator:
    """The validator over the shipped profiles, opened once: it holds no state of a validation."""
    return open_validator(content_root() / "profiles")


def errors(resource: Json, *profiles: str) -> list[tuple[str, str]]:
    """Rule and place of each error. The fast pass must say the same."""
    verdict = shipped().validate(resource, profiles)
    assert shipped().is_valid(resource, profiles) == verdict.valid
    return [(found.message, found.expression) for found in verdict.findings if found.severity == "error"]


def a_patient(**changes: Json) -> Json:
    """A Patient of R4."""
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "urn:system", "value": "1"}],
        "name": [{"family": "Chalmers", "given": ["Peter", "James"]}],
        "gender": "male",
        "birthDate": "1974-12-25",
    }
    return {**patient, **changes}


def an_observation(**changes: Json) -> Json:
    """An Observation of R4 with a quantity."""
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2703-7"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-10-01T10:00:00Z",
        "valueQuantity": {"value": 55, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }
    return {**observation, **changes}


def a_bundle(*resources: Json, base: str = "http://provider.test/fhir") -> Json:
    """A collection of resources, each under its own address."""
    entries = [{"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
