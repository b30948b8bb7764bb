"""The invariants of a profile that was added may do so much work: what takes more is not checked, and said so."""

from pathlib import Path
from time import process_time
from typing import Any

import pytest

from server.fhir.validation.build import Build
from server.fhir.validation.package import Package
from server.fhir.validation.validate import Validator, open_validator
from server.settings import content_root
from tests.builders.validation import a_bundle, a_patient

Json = Any
URL = "http://payer.test/StructureDefinition/patient"
NESTED = "%resource.descendants()" + ".where(%resource.descendants()" * 3 + ".exists())" * 3
BURNING = f"{NESTED}.count() > 0"
NAMES = [{"family": f"{number}", "given": ["a", "b"]} for number in range(200)]


def _validator(folder: Path, *invariants: str) -> Validator:
    """The shipped profiles, and one beside them that somebody added."""
    constraints = [
        {"key": f"own-{number}", "severity": "error", "human": "x", "expression": expression}
        for number, expression in enumerate(invariants)
    ]
    profile = {
        "resourceType": "StructureDefinition",
        "url": URL,
        "kind": "resource",
        "type": "Patient",
        "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "snapshot": {
            "element": [{"id": "Patient", "path": "Patient", "min": 0, "max": "*", "constraint": constraints}]
        },
    }
    for path, text in Build([Package("payer", "1", {}, (profile,))]).files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return open_validator(content_root() / "profiles", folder)


def _found(validator: Validator, resource: Json) -> list[tuple[str, str]]:
    verdict = validator.validate(resource)
    assert validator.is_valid(resource) == verdict.valid
    return [(found.severity, found.message) for found in verdict.findings if "own-" in found.text]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("name.exists()", []),
        ("name.where(given.exists()).count() > 500", [("error", "invariant:own-0")]),
        ("%resource.name.repeat(given).exists()", []),
        ("name.family.all(matches('^[0-9]+$'))", []),
        ("name.family.all(matches('^(a+)+$'))", [("error", "invariant:own-0")]),
        (BURNING, [("warning", "invariant-unclear")]),
    ],
)
def test_an_invariant_is_judged_as_far_as_its_work_is_allowed(tmp_path: Path, expression: str, expected: Json) -> None:
    claiming = a_patient(name=NAMES, meta={"profile": [URL]})

    assert _found(_validator(tmp_path, expression), claiming) == expected


def test_all_resources_of_a_document_share_what_is_allowed(tmp_path: Path) -> None:
    claiming = [a_patient(id=f"p{number}", name=NAMES, meta={"profile": [URL]}) for number in range(20)]
    validator = _validator(tmp_path, BURNING, "name.exists()")
    begin = process_time()

    found = _found(validator, a_bundle(*claiming))

    assert found == [("warning", "invariant-unclear")] * 20
    assert process_time() - begin < 30  # twenty times as long, were each allowed as much
