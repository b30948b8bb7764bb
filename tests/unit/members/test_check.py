"""What a member file's resource must have: one sentence for each thing that is wrong, never a value of it."""

import pytest

from server.fhir.json import Json
from server.members.check import refusal

PLANTED = "Zzyzx-4711"


def a_patient(**changes: Json) -> Json:
    """A Patient that is imported."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "https://payer.example/member", "value": "M-1"}],
        "birthDate": "1951-04-17",
        **changes,
    }


def an_organization(**changes: Json) -> Json:
    """An Organization that is imported."""
    return {
        "resourceType": "Organization",
        "id": "o1",
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.4", "value": "1"}],
        "name": "Payer",
        **changes,
    }


def a_coverage(**changes: Json) -> Json:
    """A Coverage that is imported."""
    return {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"reference": "Organization/o1"}],
        **changes,
    }


@pytest.mark.parametrize("resource", [a_patient(), an_organization(), a_coverage()], ids=lambda r: r["resourceType"])
def test_a_whole_resource_is_not_refused(resource: Json) -> None:
    assert refusal(resource) is None


@pytest.mark.parametrize(
    "resource",
    [
        a_patient(birthDate="1951"),
        a_patient(birthDate="1951-04"),
        a_coverage(period={}),
        a_coverage(period={"start": "2020-01-01", "end": "2020-01-01"}),
        a_coverage(period={"end": "2020"}),
        a_coverage(payor=[{"reference": "https://payer.example/fhir/Organization/o1"}]),
    ],
)
def test_partial_dates_and_absolute_references_are_taken(resource: Json) -> None:
    assert refusal(resource) is None


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ([], "no JSON object"),
        ({"resourceType": "Claim", "id": "x"}, "resourceType is none of"),
        (a_patient(id=None), "id is missing"),
        (a_patient(id=f"{PLANTED} with spaces"), "id is missing"),
        (a_patient(identifier=[]), "Patient.identifier"),
        (a_patient(identifier=PLANTED), "Patient.identifier"),
        (a_patient(identifier=[{"system": PLANTED}]), "Patient.identifier"),
        (a_patient(birthDate=None), "Patient.birthDate"),
        (a_patient(birthDate="1951-02-29"), "Patient.birthDate"),
        (a_patient(birthDate="1951-04-17T10:00:00Z"), "Patient.birthDate"),
        (an_organization(name=" "), "Organization.name"),
        (an_organization(identifier=None), "Organization.identifier"),
        (a_coverage(status=PLANTED), "Coverage.status"),
        (a_coverage(beneficiary={"reference": "Group/g1"}), "Coverage.beneficiary"),
        (a_coverage(beneficiary={"display": PLANTED}), "Coverage.beneficiary"),
        (a_coverage(payor=[]), "Coverage.payor"),
        (a_coverage(payor={"reference": "Organization/o1"}), "Coverage.payor"),
        (a_coverage(period=PLANTED), "Coverage.period"),
        (a_coverage(period={"start": "2026-02-30"}), "Coverage.period.start"),
        (a_coverage(period={"start": "2026-03-01", "end": "2026-02-28"}), "ends before it starts"),
        (a_coverage(identifier=PLANTED), "Coverage.identifier"),
        (a_coverage(subscriberId=7), "Coverage.subscriberId"),
        (a_coverage(**{"class": {}}), "Coverage.class"),
    ],
)
def test_a_refusal_names_the_element_and_no_value(resource: Json, names: str) -> None:
    reason = refusal(resource)

    assert reason is not None
    assert names in reason
    assert PLANTED not in reason
