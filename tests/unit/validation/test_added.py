"""What a profile adds to its type: held against many profiles, a resource gets the verdict that the whole ones give."""

from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import msgspec
import pytest

from server.fhir import json
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.library import Library, Place, open_folder
from server.fhir.validation.relaxed import open_relaxed
from server.fhir.validation.rule import Rule
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Package
from server.fhir.validation.validate import Validator
from server.settings import content_root
from tests.builders.validation import a_bundle, a_patient, an_observation, shipped
from tests.conformance.mutations import generated
from tests.shared import shared

PROFILES = content_root() / "profiles"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
BENEFICIARY = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-beneficiary"
PAYLOADS = "server2*submit*payload.json"
MADE = "http://payer.test/StructureDefinition/patient"


class _Counting:
    """Invariants that hold, and count of which element they were asked."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, int]] = Counter()

    def rule(self, key: str, severity: str, expression: str, type: str, added: bool) -> Rule:
        def ok(value: Any, scope: Scope) -> bool:
            self.asked[expression, id(value)] += 1
            return True

        return Rule(ok, lambda value, scope, place, findings: None)


def _over(elements: dict[str, Any]) -> Validator:
    """The shipped profiles and a profile of Patient of our own."""
    raw = {"type": "Patient", "kind": "resource", "derivation": "constraint", "elements": {"Patient": {}, **elements}}
    place = Place(Package("payer.test", "1.0.0"), MADE, msgspec.Raw(json.write(raw)))
    return Validator(Library([*open_folder(PROFILES), place]), LocalTerminology.of_folder(PROFILES))


def _both_passes(validator: Validator, resource: Any, *profiles: str) -> list[str]:
    verdict = validator.validate(resource, profiles)
    assert validator.is_valid(resource, profiles) == verdict.valid
    return [f"{found.message} {found.expression}" for found in verdict.findings if found.severity == "error"]


def _payloads() -> Iterator[tuple[str, Any]]:
    for path in sorted((shared() / "spec" / "examples" / "pas").glob(PAYLOADS)):
        resource = json.read(path.read_bytes())
        if isinstance(resource, dict):
            yield path.name, resource


def test_an_invariant_is_asked_of_an_element_once_whatever_profiles_repeat_it() -> None:
    counting = _Counting()
    validator = Validator(Library(open_folder(PROFILES)), LocalTerminology.of_folder(PROFILES), counting)
    phone = {"system": "phone", "value": "1"}
    patient = a_patient(meta={"profile": [US_CORE, f"{US_CORE}|6.1.0", BENEFICIARY]}, telecom=[phone])

    valid = validator.is_valid(a_bundle(patient))

    assert valid
    assert {expression for expression, place in counting.asked if place == id(phone)}
    assert set(counting.asked.values()) == {1}


def test_the_work_grows_with_the_number_of_entries_and_no_faster() -> None:
    def asked(count: int) -> int:
        counting = _Counting()
        validator = Validator(Library(open_folder(PROFILES)), LocalTerminology.of_folder(PROFILES), counting)
        entries = [an_observation(id=f"o{number}") for number in range(count)]
        assert validator.is_valid(a_bundle(*entries, a_patient()))
        return counting.asked.total()

    one, fifty, hundred = asked(1), asked(50), asked(100)

    assert hundred - fifty == 50 * (fifty - one) / 49


def test_a_profile_that_asks_nothing_more_takes_what_its_type_takes() -> None:
    validator = _over({"Patient.name": {"types": ["HumanName"]}})

    assert _both_passes(validator, a_patient(), MADE) == []
    assert _both_passes(validator, a_patient(name=[{}]), MADE) == ["ele-1 Patient.name[0]"]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"min": 2, "types": ["HumanName"]}, ["cardinality-min Patient.name"]),
        ({"max": "0", "types": ["HumanName"]}, ["unknown-element Patient.name"]),
        ({"max": "1", "min": 1, "types": ["HumanName"]}, []),
        ({"types": ["HumanName"], "pattern": {"use": "official"}}, ["pattern Patient.name[0]"]),
    ],
)
def test_a_profile_asks_what_it_adds(facts: dict[str, Any], found: list[str]) -> None:
    validator = _over({"Patient.name": facts})

    assert _both_passes(validator, a_patient(), MADE) == found


def test_a_profile_that_allows_what_its_type_forbids_hides_nothing() -> None:
    validator = _over(
        {
            "Patient.link": {"types": ["BackboneElement"]},
            "Patient.link.other": {"max": "1", "types": ["Reference"]},
            "Patient.link.type": {"max": "1", "types": ["code"]},
        }
    )

    assert _both_passes(validator, a_patient(link=[{"other": {"display": "x"}}]), MADE) == [
        "cardinality-min Patient.link[0]"
    ]


def test_a_circle_of_references_through_a_malformed_resource_ends_in_a_refusal() -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "c",
        "meta": {"profile": ["http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-coverage"]},
        "status": "active",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Patient/p1"}],
        "identifier": 7,
    }
    patient = a_patient(
        meta={"profile": [BENEFICIARY]},
        name=5,
        identifier={"system": []},
        extension=[{"url": "urn:x", "valueReference": {"reference": "Coverage/c"}}],
    )

    assert not shipped().is_valid(a_bundle(coverage, patient))
    assert not shipped().validate(a_bundle(coverage, patient)).valid


def test_the_order_of_claims_makes_no_difference() -> None:
    claims = [US_CORE, f"{US_CORE}|6.1.0", BENEFICIARY, f"{US_CORE}|7.0.0"]
    for _, what, mutant in generated([a_patient(telecom=[{"system": "phone", "value": "1"}])], 25):
        orders = [{**mutant, "meta": {"profile": list(order)}} for order in permutations(claims, 3)]

        verdicts = {tuple(sorted(one["meta"]["profile"])): set[bool]() for one in orders}
        for one in orders:
            verdicts[tuple(sorted(one["meta"]["profile"]))].add(shipped().is_valid(one))

        assert all(len(found) == 1 for found in verdicts.values()), what


def test_mutants_of_real_requests_get_one_verdict_from_relaxed_profiles_too() -> None:
    validator = open_relaxed(PROFILES)
    packages = [one for one in validator.library.packages if one.name == "hl7.fhir.us.davinci-pas"]
    resources = [resource for _, resource in _payloads()]

    for _, what, mutant in generated(resources, 120):
        for package in packages:
            quick = validator.is_valid(mutant, packages=[package])
            assert quick == validator.validate(mutant, packages=[package]).valid, f"{what} {package.version}"
