"""A profile may say where the target of a reference is: contained, in the same Bundle, or elsewhere."""

import pytest

from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.build import Build
from server.fhir.validation.library import Library, open_folder, open_texts
from server.fhir.validation.package import Package
from server.fhir.validation.validate import Validator
from server.settings import content_root
from tests.builders.validation import a_bundle, a_patient, an_observation

URL = "http://payer.test/StructureDefinition/observation"


def _validator(*allowed: str) -> Validator:
    type = {"code": "Reference", "aggregation": list(allowed)}
    elements = [
        {"id": "Observation", "path": "Observation", "min": 0, "max": "*"},
        {"id": "Observation.subject", "path": "Observation.subject", "min": 0, "max": "1", "type": [type]},
    ]
    profile = {
        "resourceType": "StructureDefinition",
        "url": URL,
        "kind": "resource",
        "type": "Observation",
        "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Observation",
        "snapshot": {"element": elements},
    }
    built = open_texts(Build([Package("payer", "1", {}, (profile,))]).files())
    root = content_root() / "profiles"
    core = [place for place in open_folder(root) if place.package.name == "hl7.fhir.r4.core"]
    return Validator(Library([*core, *built]), LocalTerminology(()))


def _messages(validator: Validator, reference: str) -> list[str]:
    patient = a_patient()
    contained = [patient] if reference.startswith("#") else []
    observation = an_observation(
        id="o1",
        meta={"profile": [URL]},
        subject={"reference": reference},
        **({"contained": contained} if contained else {}),
    )
    bundle = a_bundle(patient, observation)
    verdict = validator.validate(bundle)
    assert validator.is_valid(bundle) == verdict.valid
    return [one.message for one in verdict.findings if one.severity == "error"]


@pytest.mark.parametrize(
    ("allowed", "reference", "fits"),
    [
        (("contained",), "#p1", True),
        (("contained",), "Patient/p1", False),
        (("bundled",), "Patient/p1", True),
        (("bundled",), "Patient/other", False),
        (("bundled", "referenced"), "Patient/other", True),
        (("bundled", "referenced"), "#p1", False),
        ((), "#p1", True),
    ],
)
def test_the_target_is_where_the_profile_wants_it(allowed: tuple[str, ...], reference: str, fits: bool) -> None:
    found = _messages(_validator(*allowed), reference)

    assert found == ([] if fits else ["reference-aggregation"])
