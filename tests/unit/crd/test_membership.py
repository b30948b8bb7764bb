"""Which coverage of ours a call is about, or why there is none.

https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

from datetime import date
from typing import Any

import pytest

from server.crd.gather import Gathered
from server.crd.membership import (
    COVERAGE_NOT_FOUND,
    NO_ACTIVE_COVERAGE,
    NO_MEMBER_FOUND,
    OTHER_PAYER,
    enrolment_of,
    query,
)
from server.crd.payer import Payer, payer_of
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.members.port import Enrolment, MemberQuery, Membership
from tests.builders.hooks import EIN, Json, a_coverage, a_patient

DAY = date(2026, 11, 20)


def enrolled(
    line: str = "commercial", start: date | None = date(2026, 1, 1), end: date | None = None, number: str = "PSG-1001"
) -> Enrolment:
    """An enrolment of member PSG-1001."""
    return Enrolment("m-1", "demo", line, DatePeriod(start, end), a_patient(), a_coverage(number))


def a_class(value: str) -> Json:
    """Coverage.class of a plan."""
    return [{"type": {"coding": [{"system": "x", "code": "plan"}]}, "value": value}]


OURS = Membership((enrolled(),), payer_is_ours=True)
ENDED = Membership((enrolled(end=date(2026, 6, 30)),), payer_is_ours=True)
TWO = Membership((enrolled(), enrolled("medicare-advantage")), payer_is_ours=True)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-44")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-45")
@pytest.mark.parametrize(
    ("membership", "patient", "coverage", "expected"),
    [
        (OURS, a_patient(), a_coverage(), OURS.enrolments[0]),
        (OURS, None, a_coverage(), OURS.enrolments[0]),
        (OURS, a_patient(identifier=[]), a_coverage(subscriberId=None), OURS.enrolments[0]),
        (Membership((), payer_is_ours=True), a_patient(), a_coverage(), NO_MEMBER_FOUND),
        (OURS, a_patient("SOMEBODY-ELSE"), a_coverage(), NO_MEMBER_FOUND),
        (OURS, a_patient(), a_coverage("UNKNOWN-COVERAGE"), COVERAGE_NOT_FOUND),
        (OURS, a_patient(), a_coverage(status="cancelled"), NO_ACTIVE_COVERAGE),
        (ENDED, a_patient(), a_coverage(), NO_ACTIVE_COVERAGE),
        (TWO, a_patient(), a_coverage(), COVERAGE_NOT_FOUND),
        (TWO, a_patient(), a_coverage(**{"class": a_class("medicare-advantage")}), TWO.enrolments[1]),
        (TWO, a_patient(), a_coverage(**{"class": a_class("GOLD")}), COVERAGE_NOT_FOUND),
        (Membership((), payer_is_ours=False), a_patient(), a_coverage(), OTHER_PAYER),
    ],
)
def test_a_call_falls_under_one_enrolment_or_says_why_not(
    membership: Membership, patient: Json, coverage: Json, expected: Any
) -> None:
    assert enrolment_of(membership, patient, coverage, DAY) == expected


def test_the_member_is_looked_up_by_all_identifiers_of_patient_and_coverage() -> None:
    coverage = a_coverage("S-1", identifier=[{"system": "urn:x", "value": "MB-2"}])

    asked = query(a_patient("MB-1", birthDate="1951-04-17"), coverage, Payer("named", (Identifier(EIN, "1"),)))

    assert asked == MemberQuery(
        member=(
            Identifier("https://ehr.example/mrn", "MRN-77"),
            Identifier("https://passage.example/member", "MB-1"),
            Identifier(None, "S-1"),
            Identifier("urn:x", "MB-2"),
        ),
        payer=(Identifier(EIN, "1"),),
        birth_date="1951-04-17",
    )


ORGANIZATION = {"resourceType": "Organization", "id": "payer-1", "identifier": [{"system": EIN, "value": "1"}]}


@pytest.mark.parametrize(
    ("payor", "expected"),
    [
        ([{"identifier": {"system": EIN, "value": "1"}}], Payer("named", (Identifier(EIN, "1"),))),
        ([{"reference": "Organization/payer-1"}], Payer("named", (Identifier(EIN, "1"),))),
        ([{"reference": "https://ehr.example/fhir/Organization/payer-1"}], Payer("named", (Identifier(EIN, "1"),))),
        ([{"reference": "#p"}], Payer("named", (Identifier(EIN, "2"),))),
        ([{"reference": "Organization/elsewhere"}], Payer("unresolved")),
        ([{"reference": "Patient/pat-1"}], Payer("unnamed")),
        ([{"display": "A payer"}], Payer("unnamed")),
        ([], Payer("unnamed")),
        ("Organization/payer-1", Payer("unnamed")),
    ],
)
def test_the_payer_is_told_from_identifiers_and_from_resources_that_came_along(payor: Json, expected: Payer) -> None:
    contained = [{"resourceType": "Organization", "id": "p", "identifier": [{"system": EIN, "value": "2"}]}]
    coverage = a_coverage(payor=payor, contained=contained)

    assert payer_of(coverage, Gathered({"Organization/payer-1": ORGANIZATION})) == expected
