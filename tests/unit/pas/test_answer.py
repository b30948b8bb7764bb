"""The parts of an answer that are made from the request."""

from datetime import date
from typing import Any

import pytest

from server.fhir.dates import DatePeriod
from server.fhir.element import Element
from server.pas.answer import envelope, period
from server.pas.authorized_provider import add_item_providers, item_providers, overall_providers
from server.pas.claim_response import request_reference
from server.pas.request_bundle import read_submission
from server.pas.response_item import is_pas_quantity
from server.pas.submission import Submission
from server.pas.transmission import swapped
from tests.builders.claims import BASE, PAS, X12, a_claim, a_concept, a_request_bundle, an_item

Json = Any
ROLE = {
    "resourceType": "PractitionerRole",
    "id": "role",
    "practitioner": {"reference": "Practitioner/p"},
    "organization": {"reference": "Organization/provider-1"},
}
PERSON = {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Testdoctor"}]}


def a_member(sequence: int, provider: str, *, overall: bool = False, **elements: Json) -> Json:
    """A member of the care team."""
    scope = {"url": f"{PAS}/extension-careTeamClaimScope", "valueBoolean": overall}
    return {"sequence": sequence, "extension": [scope], "provider": {"reference": provider}, **elements}


def a_submission(*team: Json, **item: Json) -> tuple[Submission, Element]:
    """A Submission with a care team, and its item."""
    submission = read_submission(a_request_bundle(a_claim(an_item(**item), careTeam=list(team)), ROLE, PERSON))
    return submission, submission.claim.children("item")[0]


def provided(extensions: list[Json]) -> list[tuple[str, str]]:
    """Reference and X12 98 code of each authorized provider."""
    found = []
    for each in extensions:
        parts = {part["url"].rpartition("-")[2]: part for part in each["extension"]}
        kind = parts.get("authorizedProviderType", {}).get("valueCodeableConcept", {"coding": [{"code": ""}]})
        found.append((parts["provider"]["valueReference"]["reference"], kind["coding"][0]["code"]))
    return found


def test_the_practitioner_of_a_role_is_authorized_once_under_the_code_of_the_care_team() -> None:
    team = [
        a_member(1, "PractitionerRole/role", role=a_concept(f"{X12}/98", "DK")),
        a_member(2, "Practitioner/p"),
        a_member(3, "Organization/provider-1"),
    ]
    submission, item = a_submission(*team, careTeamSequence=[1, 2])

    extensions, added = item_providers(submission, item), add_item_providers(submission, item)

    assert provided(extensions) == [(f"{BASE}/Practitioner/p", "DK")]
    assert [each["reference"] for each in added] == [f"{BASE}/Practitioner/p"]


def test_without_a_care_team_the_requestor_is_authorized() -> None:
    submission, item = a_submission(a_member(1, "Practitioner/p"))

    extensions = item_providers(submission, item)

    assert provided(extensions) == [(f"{BASE}/Organization/provider-1", "SJ")]


def test_the_care_team_of_the_whole_claim_is_named_as_it_came() -> None:
    submission, _ = a_submission(
        a_member(1, "PractitionerRole/role", overall=True),
        a_member(2, "PractitionerRole/role", overall=True),
        a_member(3, "Practitioner/p"),
    )

    assert provided(overall_providers(submission)) == [(f"{BASE}/PractitionerRole/role", "")]


def test_sender_and_receiver_are_exchanged() -> None:
    url = f"{PAS}/extension-TransmissionIdentifiers"
    parts = {"applicationSenderCode": "S", "applicationReceiverCode": "R", "interchangeSenderID": "I"}
    extension = {"url": url, "extension": [{"url": name, "valueString": value} for name, value in parts.items()]}

    (written,) = swapped(Element(a_claim(extension=[extension]), "Claim"))

    assert {part["url"]: part["valueString"] for part in written["extension"]} == {
        "applicationSenderCode": "R",
        "applicationReceiverCode": "S",
        "interchangeReceiverID": "I",
    }
    assert swapped(Element(a_claim(), "Claim")) == []


@pytest.mark.parametrize(
    ("periods", "whole"),
    [
        ([], None),
        ([(1, 5), (3, 9)], (1, 9)),
        ([(3, None), (1, 2)], (1, None)),
        ([(None, 4), (2, 3)], (None, 4)),
    ],
)
def test_the_period_of_an_answer_holds_the_periods_of_its_items(
    periods: list[tuple[int | None, int | None]], whole: tuple[int | None, int | None] | None
) -> None:
    def days(ends: tuple[int | None, int | None]) -> DatePeriod:
        start, end = (date(2026, 12, day) if day else None for day in ends)
        return DatePeriod(start, end)

    assert envelope([days(each) for each in periods]) == (days(whole) if whole else None)


def test_an_open_period_leaves_its_end_out() -> None:
    assert period(DatePeriod(date(2026, 12, 1), None)) == {"start": "2026-12-01"}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@prof-2")
@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ({"value": 1}, False),
        ({"value": 1, "unit": "visit"}, True),
        ({"value": 1, "code": "VS"}, True),
        ({"unit": "v"}, False),
    ],
)
def test_a_quantity_needs_a_value_and_a_unit_or_a_code(quantity: Json, *, expected: bool) -> None:
    assert is_pas_quantity(Element(quantity, "Quantity")) is expected


def test_a_claim_without_a_url_is_named_by_its_identifier() -> None:
    targets = {
        "patient": "Patient/patient-1",
        "insurer": "Organization/insurer-1",
        "provider": "Organization/provider-1",
    }
    links = {name: {"reference": f"{BASE}/{target}"} for name, target in targets.items()}
    insurance = [{"sequence": 1, "focal": True, "coverage": {"reference": f"{BASE}/Coverage/coverage-1"}}]
    body = a_request_bundle(a_claim(**links, insurance=insurance))
    body["entry"][0]["fullUrl"] = "urn:uuid:0b321e9e-571b-4f83-8cea-fa23424383bb"

    reference = request_reference(read_submission(body))

    assert reference == {
        "extension": [
            {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "not-applicable"}
        ],
        "type": "Claim",
        "identifier": {"system": "https://ehr.example/claims", "value": "CLM-1"},
    }
