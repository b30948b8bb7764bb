"""What the answer repeats of the request is the same resource, and a reader that follows references comes to an end."""

from decimal import Decimal
from typing import Any

import pytest

from server.pas.echo import absolute, echo
from server.pas.request_bundle import read_submission
from server.pas.submission import Submission
from server.pas.survey import survey
from tests.builders.claims import BASE, a_claim, a_patient, a_reference, a_request_bundle

Json = Any
PATIENT = f"{BASE}/Patient/patient-1"


def a_resource(kind: str, id: str, *references: str, **elements: Json) -> Json:
    """Any resource, referring to others."""
    return {"resourceType": kind, "id": id, "basedOn": [{"reference": each} for each in references], **elements}


def a_submission(*others: Json, **elements: Json) -> Submission:
    """A Submission whose Claim leads to `others`."""
    info = [{"sequence": n, "valueReference": a_reference(other)} for n, other in enumerate(others, 1)]
    return read_submission(a_request_bundle(a_claim(supportingInfo=info), *others, **elements))


def assert_acyclic(entries: list[tuple[str, Json]]) -> None:
    """Every reference leads to an entry, and none around."""
    graph = {url: survey(resource).references for url, resource in entries}
    done: set[str] = set()
    while len(done) < len(graph):
        ready = {url for url, targets in graph.items() if url not in done and done.issuperset(targets)}
        assert ready, "a cycle, or a reference to no entry"
        done |= ready


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-33")
def test_a_resource_keeps_its_url_id_identifiers_and_exact_numbers() -> None:
    location = a_resource("Location", "l", position={"latitude": Decimal("41.50"), "longitude": Decimal("-87.6000")})
    submission = a_submission(location)

    repeated = dict(echo(submission, [PATIENT, f"{BASE}/Location/l"]))

    assert repeated[PATIENT] == a_patient()
    assert str(repeated[f"{BASE}/Location/l"]["position"]["longitude"]) == "-87.6000"


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-31")
def test_everything_referred_to_comes_along_once_under_absolute_references() -> None:
    order = a_resource("ServiceRequest", "s", "Encounter/e", subject={"reference": "Patient/patient-1"})
    encounter = a_resource("Encounter", "e", subject={"reference": "Patient/patient-1"})
    submission = a_submission(order, encounter)

    repeated = echo(submission, [f"{BASE}/ServiceRequest/s", PATIENT])

    assert [url for url, _ in repeated] == [f"{BASE}/ServiceRequest/s", f"{BASE}/Encounter/e", PATIENT]
    assert repeated[0][1]["basedOn"] == [{"reference": f"{BASE}/Encounter/e"}]
    assert_acyclic(repeated)


def test_a_reference_that_would_close_a_cycle_becomes_logical() -> None:
    identifier = [{"system": "https://ehr.example/e", "value": "E1", "use": "official"}]
    encounter = a_resource("Encounter", "e", "Condition/c", identifier=identifier)
    condition = a_resource("Condition", "c", "Encounter/e", "Condition/c")
    submission = a_submission(encounter, condition)

    repeated = echo(submission, [f"{BASE}/Encounter/e"])

    assert_acyclic(repeated)
    assert repeated[1][1]["basedOn"] == [
        {"type": "Encounter", "identifier": {"system": "https://ehr.example/e", "value": "E1"}},
        {"type": "Condition"},
    ]


def test_many_resources_that_all_refer_to_one_another_come_out_without_a_cycle() -> None:
    names = [f"Condition/{n}" for n in range(30)]
    submission = a_submission(*(a_resource("Condition", str(n), *names) for n in range(30)))

    repeated = echo(submission, [f"{BASE}/Condition/7"])

    assert len(repeated) == 30
    assert_acyclic(repeated)


def test_a_chain_longer_than_any_stack_is_repeated() -> None:
    chain = [a_resource("Condition", str(n), f"Condition/{n + 1}") for n in range(3_000)]
    submission = a_submission(*chain, a_resource("Condition", "3000"))

    repeated = echo(submission, [f"{BASE}/Condition/0"])

    assert len(repeated) == 3_001


def test_the_claim_and_contained_resources_are_not_repeated() -> None:
    contained = [{"resourceType": "Medication", "id": "m"}]
    order = a_resource("MedicationRequest", "r", "Claim/claim-1", "#m", contained=contained)
    submission = a_submission(order)

    repeated = echo(submission, [f"{BASE}/MedicationRequest/r"])

    claim = {"system": "https://ehr.example/claims", "value": "CLM-1"}
    assert repeated == [
        (
            f"{BASE}/MedicationRequest/r",
            {
                "resourceType": "MedicationRequest",
                "id": "r",
                "basedOn": [{"type": "Claim", "identifier": claim}, {"display": "not repeated in this answer"}],
            },
        )
    ]


def test_extensions_of_primitives_are_dropped_with_what_they_leave_empty() -> None:
    unknown = [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    name = [{"given": [None, "T"], "_given": [{"extension": unknown}, None]}, {"_family": {"extension": unknown}}]
    submission = a_submission(patient=a_patient(name=name, _birthDate={"extension": unknown}))

    repeated = dict(echo(submission, [PATIENT]))

    assert repeated[PATIENT] == a_patient(name=[{"given": ["T"]}])


def test_a_part_of_the_claim_is_repeated_with_absolute_references() -> None:
    submission = a_submission()

    part = absolute(submission, {"url": "x", "valueReference": {"reference": "Patient/patient-1", "display": "P"}})

    assert part == {"url": "x", "valueReference": {"reference": PATIENT, "display": "P"}}
