"""What comes of an approval: in total, in part, or with something else in place of the request."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.cases.case import CaseEvent, Decider
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod
from server.review.decide import decide
from server.review.decision import Approve, ApproveInPart, Because, Decision, Modify
from server.review.refused import DecisionRefused, Objection
from server.review.terms import Line
from tests.builders.review import (
    NOW,
    NURSE,
    PHYSICIAN,
    a_criterion,
    a_pended_case,
    a_pended_item,
    an_explanation,
    no_criteria,
    terms,
)

BECAUSE = Because(("10",), "Six visits meet the goal of therapy.", ("not-met-one",))


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-34")
def test_an_approval_is_an_authorization_with_a_number_an_end_and_its_person() -> None:
    case = a_pended_case(a_pended_item(explanation=no_criteria()), claimed_by=NURSE.id)

    decided = decide(case, {1: Approve()}, NURSE, NOW, terms())

    item = replace(
        case.items[0],
        review_action="A1",
        reasons=(),
        note="Wheelchairs: approved by a reviewer.",
        authorization_number="PA0000000001",
        valid=DatePeriod(date(2026, 11, 23), date(2027, 2, 20)),
        issued=date(2026, 11, 21),
        due=None,
        owner=None,
        waits_for=None,
        decided=NOW,
        decider=Decider("nurse-1", "nurse", "RN-100"),
    )
    told = "item 1: A1; authorization PA0000000001 valid 2026-11-23 to 2027-02-20; by nurse, licence RN-100"
    event = CaseEvent(NOW, "approved", "nurse-1", told)
    events = (*case.events, event)
    assert decided == replace(case, items=(item,), state="determined", updated=NOW, events=events, claimed_by=None)


def test_an_approval_over_an_open_criterion_says_what_was_seen() -> None:
    case = a_pended_case()

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: Approve(note=" ")}, NURSE, NOW, terms())
    decided = decide(case, {1: Approve(note="The scanned report shows 54 mm[Hg].")}, NURSE, NOW, terms())

    assert (refused.value.objection, refused.value.item, refused.value.element) == (Objection.INCOMPLETE, 1, "note")
    assert decided.items[0].note == "The scanned report shows 54 mm[Hg]."


def test_the_days_of_an_approval_may_be_given() -> None:
    case = a_pended_case(a_pended_item(explanation=an_explanation(a_criterion("one", "met"))))
    days = DatePeriod(None, date(2026, 12, 31))

    decided = decide(case, {1: Approve(valid=days)}, NURSE, NOW, terms())

    assert decided.items[0].valid == DatePeriod(date(2026, 11, 23), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("valid", "line", "sentence"),
    [
        (DatePeriod(date(2026, 12, 1), None), Line(valid_days=90), "An authorization has a last day; give valid.end."),
        (
            DatePeriod(date(2026, 12, 1), date(2026, 11, 30)),
            Line(valid_days=90),
            "The days end before they start; give a later valid.end.",
        ),
        (
            None,
            Line(),
            "The rule that referred the item is not in force any more; give the days in valid.",
        ),
    ],
)
def test_an_authorization_without_an_end_is_refused(valid: DatePeriod | None, line: Line, sentence: str) -> None:
    case = a_pended_case(a_pended_item(explanation=no_criteria()))

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: Approve(valid=valid)}, NURSE, NOW, terms(lines={1: line}))

    assert (refused.value.objection, refused.value.element) == (Objection.INCOMPLETE, "valid")
    assert refused.value.sentence == sentence


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-36")
def test_a_smaller_quantity_is_certified_as_modified_with_reason_note_and_criteria() -> None:
    case = a_pended_case()
    part = ApproveInPart(Quantity(Decimal(6)), BECAUSE)

    item = decide(case, {1: part}, PHYSICIAN, NOW, terms()).items[0]

    assert (item.review_action, item.reasons, item.allowed) == ("A6", ("10",), Quantity(Decimal(6), "visit"))
    assert (item.authorization_number, item.valid) == (
        "PA0000000001",
        DatePeriod(date(2026, 11, 23), date(2027, 2, 20)),
    )
    assert item.note.splitlines() == [
        "Six visits meet the goal of therapy.",
        "Criterion not-met-one is not met: The text of not-met-one.",
        "Seen: 80 mm[Hg] (2026-11-17).",
        "A value below 56 mm[Hg] is approved.",
        "Source: An invented policy, 2.1.",
    ]
    assert item.decider == Decider("physician-1", "physician", "MD-200", "pulmonology", "1992837465")


@pytest.mark.parametrize(
    ("allowed", "sentence"),
    [
        (Quantity(Decimal(0)), "The quantity must be more than zero; deny the item to certify nothing."),
        (Quantity(Decimal(10)), "The quantity is not less than what was requested; approve the item."),
        (
            Quantity(Decimal(3), "hour"),
            "The unit is not that of the request; give the quantity in its unit.",
        ),
    ],
)
def test_a_part_is_less_than_the_request_and_in_its_unit(allowed: Quantity, sentence: str) -> None:
    case = a_pended_case()

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: ApproveInPart(allowed, BECAUSE)}, PHYSICIAN, NOW, terms())

    assert (refused.value.element, refused.value.sentence) == ("allowed", sentence)


def test_a_part_of_a_request_without_a_quantity_is_what_is_allowed() -> None:
    case = a_pended_case(a_pended_item(requested=None))
    allowed = Quantity(Decimal(6), "visit")

    decided = decide(case, {1: ApproveInPart(allowed, BECAUSE)}, PHYSICIAN, NOW, terms(lines={1: Line(valid_days=30)}))

    assert decided.items[0].allowed == allowed


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-37")
def test_something_else_is_certified_in_place_of_the_request() -> None:
    case = a_pended_case()
    code = {"coding": [{"system": "https://codes.example", "code": "E1391"}]}

    item = decide(case, {1: Modify({"productOrService": code}, BECAUSE)}, PHYSICIAN, NOW, terms()).items[0]

    assert (item.review_action, item.modified, item.allowed) == ("A6", {"productOrService": code}, None)


@pytest.mark.parametrize("modified", [{}, {"unitPrice": {}}, {"servicedDate": "2026-12-01", "servicedPeriod": {}}])
def test_only_known_elements_are_modified(modified: dict[str, Any]) -> None:
    case = a_pended_case()

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: Modify(modified, BECAUSE)}, PHYSICIAN, NOW, terms())

    assert (refused.value.objection, refused.value.element) == (Objection.INCOMPLETE, "modified")


def test_a_nurse_certifies_less_only_with_the_requesters_agreement() -> None:
    case = a_pended_case()
    part = ApproveInPart(Quantity(Decimal(6)), BECAUSE)
    agreed = replace(part, agreed="Dr. Example by secure mail of 2026-11-21")

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: part}, NURSE, NOW, terms())
    decided = decide(case, {1: agreed}, NURSE, NOW, terms())

    assert refused.value.objection is Objection.NOT_ALLOWED
    assert decided.items[0].review_action == "A6"
    assert decided.events[-1].detail.endswith(
        "reasons 10; criteria not-met-one; agreed: Dr. Example by secure mail of 2026-11-21; by nurse, licence RN-100"
    )


def test_all_that_one_act_certifies_has_one_number_and_the_rest_stays_pended() -> None:
    items = [a_pended_item(each, explanation=no_criteria()) for each in (1, 2, 3)]
    decisions: dict[int, Decision] = {1: Approve(), 2: Approve()}

    decided = decide(a_pended_case(*items), decisions, NURSE, NOW, terms())

    numbers = [(item.review_action, item.authorization_number) for item in decided.items]
    assert numbers == [("A1", "PA0000000001"), ("A1", "PA0000000001"), ("A4", None)]
    assert decided.state == "pended"
