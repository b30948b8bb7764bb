"""Ids inside of a resource: of elements and of contained resources, each once."""

from typing import Any

import pytest

from server.fhir import json
from tests.builders.validation import a_bundle, a_patient, errors

Json = Any

ORGANIZATION = {"resourceType": "Organization", "id": "o1", "name": "x", "alias": ["y"], "_alias": [{"id": "x"}]}
POINTER = {"reference": "#o1"}


def _read(resource: Json) -> Json:
    """As it comes in: equal texts at two places are two texts."""
    return json.read(json.write(resource))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": [{"id": "x", "family": "a"}, {"id": "y", "family": "b"}]}, []),
        ({"name": [{"id": "p1", "family": "a"}]}, []),
        ({"name": [{"id": "x", "family": "a"}, {"id": "x", "family": "b"}]}, ["Patient.name[1].id"]),
        ({"name": [{"id": "x", "period": {"id": "x", "start": "2020"}}]}, ["Patient.name[0].period.id"]),
        ({"name": [{"given": ["a", "b"], "_given": [{"id": "x"}, {"id": "x"}]}]}, ["Patient.name[0].given[1].id"]),
        ({"name": [{"id": "x", "family": "a"}], "_birthDate": {"id": "x"}}, ["Patient.birthDate.id"]),
        ({"name": [{"id": "x", "family": "a"}], "contained": [ORGANIZATION], "managingOrganization": POINTER}, []),
    ],
)
def test_the_id_of_an_element_is_the_only_one_in_its_resource(changes: Json, expected: list[str]) -> None:
    assert errors(_read(a_patient(**changes))) == [("element-id", place) for place in expected]


def test_entries_of_a_bundle_have_ids_of_the_bundle_and_resources_their_own() -> None:
    named = [{"id": "x", "family": "a"}]
    bundle = a_bundle(a_patient(name=named), a_patient(id="p2", name=named))

    once = errors(_read(bundle))
    twice = errors(_read({**bundle, "entry": [{**entry, "id": "x"} for entry in bundle["entry"]]}))

    assert (once, twice) == ([], [("element-id", "Bundle.entry[1].id")])


def test_an_element_that_several_profiles_look_at_is_one() -> None:
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0"
    patient = a_patient(name=[{"id": "x", "family": "a"}], identifier=[{"id": "y", "system": "urn:x", "value": "1"}])

    assert errors(_read(patient), profile, profile.replace("6.1.0", "7.0.0")) == []


def test_contained_resources_have_ids_of_their_own() -> None:
    twice = errors(a_patient(contained=[ORGANIZATION, ORGANIZATION], managingOrganization=POINTER))
    once = errors(a_patient(contained=[ORGANIZATION], managingOrganization=POINTER))

    assert (twice, once) == ([("contained-id", "Patient")], [])
