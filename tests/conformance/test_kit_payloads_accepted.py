"""What the public test kits send is not refused, in the generation that each is written for.

The kits' inputs are the payloads that a server of ours is judged with; the one that is known to be faulty is used by no
test of its kit.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from server.bases import GUIDES
from server.cases.case import Generation
from server.fhir import json
from server.fhir.validation.structure import Package
from server.fhir.validation.validate import Validator
from server.profiles import profiles_of
from server.settings import content_root
from tests.shared import shared

Json = Any

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
DTR = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition"
FAULTY = "server221_pended_pa_inquire_request_payload"
"""Its Claim has elements that no release of FHIR has."""


@pytest.fixture(scope="module")
def validator() -> Validator:
    return profiles_of(content_root() / "profiles").relaxed()


def packages(validator: Validator, generation: Generation) -> list[Package]:
    return [one for one in validator.library.packages if f"{one.name}#{one.version}" in GUIDES[generation]]


def bundles(kit: str, prefix: str) -> Iterator[tuple[str, Json]]:
    """The request Bundles among the inputs of a kit, and among the payloads that it ships."""
    inputs = json.read((shared() / "tools" / "inferno" / "inputs" / f"{kit}.json").read_bytes())
    folder = shared() / "spec" / "examples" / "pas"
    shipped = {path.stem: json.read(path.read_bytes()) for path in sorted(folder.glob(f"{prefix}_*.json"))}
    for name, value in {**inputs, **shipped}.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and each.get("resourceType") == "Bundle" and name != FAULTY:
                yield name, each


@pytest.mark.parametrize(
    ("kit", "prefix", "generation", "release"),
    [("pas-v221", "server221", "2.2", "2.2.1"), ("pas-v201", "server201", "2.0", "2.0.1")],
)
def test_the_bundles_of_the_pas_kit_are_valid(
    validator: Validator, kit: str, prefix: str, generation: Generation, release: str
) -> None:
    broken = {}
    for name, bundle in bundles(kit, prefix):
        kind = "pas-inquiry-request-bundle" if "inquire" in name else "pas-request-bundle"
        profile = f"{PAS}/profile-{kind}|{release}"
        verdict = validator.validate(bundle, [profile], packages(validator, generation))
        if not verdict.valid:
            broken[name] = [f"{one.message} {one.expression}" for one in verdict.findings if one.severity == "error"]

    assert broken == {}


@pytest.mark.parametrize(("kit", "generation", "release"), [("dtr-v220", "2.2", "2.2.0"), ("dtr-v201", "2.0", "2.0.1")])
def test_the_package_requests_of_the_dtr_kit_are_valid(
    validator: Validator, kit: str, generation: Generation, release: str
) -> None:
    text = (shared() / "tools" / "inferno" / "inputs" / f"{kit}.json").read_text()
    inputs = json.read(text.replace("{base}", "http://payer.test/fhir").encode())
    requests = [each for value in inputs.values() for each in (value if isinstance(value, list) else [value])]
    profile = f"{DTR}/dtr-qpackage-input-parameters|{release}"

    verdicts = [
        validator.validate(request, [profile], packages(validator, generation))
        for request in requests
        if isinstance(request, dict) and request.get("resourceType") == "Parameters"
    ]

    assert verdicts
    found = [one for verdict in verdicts for one in verdict.findings if one.severity == "error"]
    assert [(one.message, one.expression) for one in found] == []
