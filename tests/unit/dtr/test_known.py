"""What the payer takes from the request to fill a form, and what it does not tell."""

from datetime import date
from typing import Any

import pytest

from server.decision.facts import Authorized, Facts, Source
from server.decision.request import Code
from server.dtr.decide import asked_orders
from server.dtr.known import Known, known_of, patient_of
from server.dtr.package_request import Order
from server.fhir.dates import DatePeriod
from server.fhir.json import Json
from tests.builders.forms import HCPCS, ICD10CM, a_coverage, an_order

TODAY = date(2026, 11, 20)


def _known(*orders: Json, coverage: Json = None, patient: Json = None, facts: Facts | None = None) -> Known:
    asked = asked_orders(tuple(Order(order, "") for order in orders), {})
    return known_of(asked, coverage or a_coverage("M-1"), patient, facts or Facts(), TODAY)


def test_takes_codes_reasons_and_date_from_the_orders() -> None:
    known = _known(an_order("E1390", authoredOn="2026-11-19T10:00:00Z"), an_order("E0431", reasonCode=None))

    assert known == Known(
        reasons=(Code(ICD10CM, "J44.9"),),
        ordered=(Code(HCPCS, "E1390"), Code(HCPCS, "E0431")),
        texts={"member-number": "M-1", "order-date": "2026-11-19"},
    )


@pytest.mark.parametrize("authored", [None, "2026", "2026-11", "2026-02-30", 7])
def test_a_partial_or_impossible_date_is_no_day(authored: Any) -> None:
    assert _known(an_order(authoredOn=authored)).texts == {"member-number": "M-1"}


def test_a_member_number_may_be_an_identifier_of_the_coverage() -> None:
    coverage = a_coverage(None, identifier=[{"system": "https://payer.test/member", "value": "M-2"}])

    assert _known(coverage=coverage).texts == {"member-number": "M-2"}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([{"family": "Old"}, {"use": "official", "given": ["Avery", "B."], "family": "Testwell"}], "Avery B. Testwell"),
        ([{"text": "Avery T."}], "Avery T."),
        ([{"given": ["Avery"]}], "Avery"),
        ([{}], None),
        ([], None),
        ("Avery", None),
    ],
)
def test_takes_the_name_and_birth_date_of_the_patient_that_was_sent(names: Any, shown: str | None) -> None:
    texts = _known(patient={"resourceType": "Patient", "name": names, "birthDate": "1951-04-17"}).texts

    assert texts["patient-birth-date"] == "1951-04-17"
    assert texts.get("patient-name") == shown


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ({"reference": "Patient/p"}, True),
        ({"reference": "https://ehr.test/fhir/Patient/p"}, True),
        ({"reference": "Patient/q"}, False),
        ({"reference": "Group/p"}, False),
        ({"reference": "urn:uuid:1"}, False),
        ({"display": "Avery"}, False),
    ],
)
def test_only_the_patient_of_the_subject_counts(subject: Json, found: bool) -> None:
    patient = {"resourceType": "Patient", "id": "p"}

    assert patient_of(subject, {"Patient/p": patient, "Group/p": patient}) == (patient if found else None)


def test_shows_the_newest_authorization_that_fits() -> None:
    def on_file(number: str, code: str, start: date, end: date) -> Authorized:
        return Authorized(number, (Code(HCPCS, code),), DatePeriod(start, end), Source("ClaimResponse/1", "preAuthRef"))

    over = on_file("PA-OVER", "E1390", date(2025, 1, 1), date(2026, 11, 19))
    other = on_file("PA-OTHER", "A4253", date(2026, 1, 1), date(2027, 1, 1))
    newest = on_file("PA-NEW", "E1390", date(2026, 6, 1), date(2026, 11, 20))
    older = on_file("PA-OLD", "E1390", date(2026, 1, 1), date(2027, 1, 1))

    known = _known(an_order("E1390"), facts=Facts(authorized=(over, other, newest, older)))

    assert known.texts["authorization-on-file"] == "PA-NEW"
    assert "authorization-on-file" not in _known(an_order("E1390"), facts=Facts(authorized=(over, other))).texts
