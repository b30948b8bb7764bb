"""How a person is kept: what they are found by."""

from server.fhir.identifier import Identifier
from server.fhir.json import Json
from server.members.record import Person, named_by, person_document, read_person

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"tag": [{"system": "https://payer.example/tag", "code": "x"}, "odd"]},
    "identifier": [{"system": "https://payer.example/member", "value": "M-1"}, {"system": "https://no.value.example"}],
}
COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "c1",
    "identifier": [{"system": "https://payer.example/coverage", "value": "C-1"}],
    "subscriberId": "S-1",
}
OLDER: Json = {"resourceType": "Coverage", "id": "c0"}


def test_a_person_is_found_by_every_value_of_theirs_and_of_their_coverages() -> None:
    person = Person(PATIENT, {}).with_coverage(COVERAGE).with_coverage(OLDER)

    document = person_document(person, 3)

    assert (document.kind, document.id, document.version) == ("member", "p1", 3)
    assert document.unique == {"coverage:c0", "coverage:c1"}
    assert document.index == {"identifier:M-1", "identifier:C-1", "identifier:S-1", "tag:https://payer.example/tag"}
    assert document.body == {"patient": PATIENT, "coverages": [OLDER, COVERAGE]}
    assert read_person(document) == person


def test_a_coverage_leaves_without_a_trace() -> None:
    person = Person(PATIENT, {"c1": COVERAGE})

    document = person_document(person.without_coverage("c1"))

    assert document.unique == frozenset()
    assert document.index == {"identifier:M-1", "tag:https://payer.example/tag"}


def test_an_identifier_names_a_person_by_system_and_value_or_by_value_alone() -> None:
    person = Person(PATIENT, {"c1": COVERAGE})
    asked = {
        Identifier("https://payer.example/member", "M-1"): True,
        Identifier(None, "M-1"): True,
        Identifier("https://ehr.example/mrn", "M-1"): False,
        Identifier(None, "S-1"): True,
        Identifier("https://ehr.example/mrn", "S-1"): False,
        Identifier("https://payer.example/coverage", "C-1"): True,
        Identifier(None, "m-1"): False,
    }

    found = {each: named_by(person, each) for each in asked}

    assert found == asked
