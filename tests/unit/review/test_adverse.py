"""An adverse decision is a physician's, and says specifically why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.cases.case import Ask, Decider
from server.review.decide import decide
from server.review.decision import Because, Deny
from server.review.refused import DecisionRefused, Objection
from server.review.roles import Reviewer
from tests.builders.review import (
    DUE,
    NOW,
    NURSE,
    PHYSICIAN,
    a_pended_case,
    a_pended_item,
    a_reviewer,
    no_criteria,
    terms,
)

BECAUSE = Because(("0F",), "The patient's values are above the threshold at rest.", ("not-met-one",))


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-6")
def test_a_denial_carries_its_reasons_its_criteria_and_its_physician() -> None:
    case = a_pended_case()

    decided = decide(case, {1: Deny(BECAUSE)}, PHYSICIAN, NOW, terms())

    item = decided.items[0]
    assert (item.review_action, item.reasons, item.authorization_number, item.valid) == ("A3", ("0F",), None, None)
    assert (item.due, item.owner, item.waits_for, item.decided) == (None, None, None, NOW)
    assert item.decider == Decider("physician-1", "physician", "MD-200", "pulmonology", "1992837465")
    assert item.note.splitlines() == [
        "The patient's values are above the threshold at rest.",
        "Criterion not-met-one is not met: The text of not-met-one.",
        "Seen: 80 mm[Hg] (2026-11-17).",
        "A value below 56 mm[Hg] is approved.",
        "Source: An invented policy, 2.1.",
    ]
    assert decided.state == "determined"
    assert decided.events[-1].kind == "denied"
    assert decided.events[-1].detail == ("item 1: A3; reasons 0F; criteria not-met-one; by physician, licence MD-200")


@pytest.mark.parametrize(
    ("because", "element", "sentence"),
    [
        (
            replace(BECAUSE, reasons=()),
            "reasons",
            "An adverse decision needs at least one reason code of X12 list 886.",
        ),
        (
            replace(BECAUSE, reasons=("not medically necessary",)),
            "reasons",
            "A reason is no code of X12 list 886: two or three digits and capital letters.",
        ),
        (
            replace(BECAUSE, reasons=("0M", "0U")),
            "reasons",
            "A reason says that the decision is still to come; name why it is adverse.",
        ),
        (replace(BECAUSE, note=" "), "note", "An adverse decision needs a note: why, in words, for this patient."),
        (
            replace(BECAUSE, criteria=()),
            "criteria",
            "A clinical reason needs the criteria that it rests on; "
            "the item has met-one, not-met-one, unknown-one, oxygen.",
        ),
        (
            replace(BECAUSE, criteria=("not-met-one", "another")),
            "criteria",
            "A criterion is not one of the item's; it has met-one, not-met-one, unknown-one, oxygen.",
        ),
        (
            replace(BECAUSE, criteria=("met-one",)),
            "criteria",
            "A criterion is met by the evidence on file, so it is no reason to lower.",
        ),
        (
            replace(BECAUSE, reasons=("0P",)),
            "reasons",
            "0P needs a request for information that is unanswered; ask for it first.",
        ),
    ],
)
def test_a_denial_that_is_not_specific_is_refused(because: Because, element: str, sentence: str) -> None:
    case = a_pended_case()

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: Deny(because)}, PHYSICIAN, NOW, terms())

    assert (refused.value.objection, refused.value.item, refused.value.element) == (Objection.INCOMPLETE, 1, element)
    assert refused.value.sentence == sentence


def test_an_item_without_criteria_is_denied_by_its_rule() -> None:
    case = a_pended_case(a_pended_item(explanation=no_criteria()))
    because = Because(("0F",), "A manual chair serves the patient at home.", ("wheelchairs",))

    decided = decide(case, {1: Deny(because)}, PHYSICIAN, NOW, terms())

    assert decided.items[0].note.splitlines() == [
        "A manual chair serves the patient at home.",
        "Rule wheelchairs: Wheelchairs.",
        "Source: An invented policy, 2.1.",
    ]


def test_a_reason_of_the_contract_needs_no_criteria() -> None:
    case = a_pended_case()

    decided = decide(case, {1: Deny(Because(("0Q",), "Authorized already."))}, PHYSICIAN, NOW, terms())

    assert (decided.items[0].review_action, decided.items[0].reasons) == ("A3", ("0Q",))


@pytest.mark.parametrize(
    ("ask", "hours", "is_denied"),
    [
        (Ask("a", "34117-2", NOW, until=NOW + timedelta(hours=48)), 47, False),
        (Ask("a", "34117-2", NOW, until=NOW + timedelta(hours=48)), 48, True),
        (Ask("a", "34117-2", NOW), 48, False),
        (Ask("a", "34117-2", NOW, answered=NOW, until=NOW), 48, False),
    ],
)
def test_information_is_missing_only_when_it_was_asked_for_and_its_time_has_ended(
    ask: Ask, hours: int, is_denied: bool
) -> None:
    case = a_pended_case(a_pended_item(asks=(ask,), waits_for="information"))
    denial = Deny(Because(("0P",), "The visit note did not come."))
    later = NOW + timedelta(hours=hours)
    assert later < DUE

    try:
        decided = decide(case, {1: denial}, PHYSICIAN, later, terms())
    except DecisionRefused:
        decided = case

    assert (decided.items[0].review_action == "A3") is is_denied


@pytest.mark.parametrize(
    "reviewer",
    [
        NURSE,
        a_reviewer("pharmacist"),
        a_reviewer("intake"),
        a_reviewer("care-manager"),
        a_reviewer("supervisor"),
        a_reviewer("auditor"),
        a_reviewer("physician", licence=None),
        a_reviewer("physician", specialty=""),
        a_reviewer("medical-director", licence=None),
    ],
)
def test_only_a_physician_by_licence_and_specialty_denies(reviewer: Reviewer) -> None:
    case = a_pended_case()

    with pytest.raises(DecisionRefused) as refused:
        decide(case, {1: Deny(BECAUSE)}, reviewer, NOW, terms())

    assert refused.value.objection is Objection.NOT_ALLOWED


def test_a_medical_director_denies() -> None:
    decided = decide(a_pended_case(), {1: Deny(BECAUSE)}, a_reviewer("medical-director"), NOW, terms())

    assert decided.items[0].review_action == "A3"
