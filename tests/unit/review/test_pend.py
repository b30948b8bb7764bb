"""What a reviewer does with an item that goes on waiting: asks, moves the due time, refers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.cases.case import Ask, CaseEvent
from server.review.decide import decide
from server.review.decision import Approve, Decision, Extend, Refer, RequestInformation, Wanted
from server.review.refused import DecisionRefused, Objection
from tests.builders.review import (
    DUE,
    NOW,
    NURSE,
    PHYSICIAN,
    a_pended_case,
    a_pended_item,
    a_reviewer,
    terms,
)

UNTIL = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ASKING = RequestInformation((Wanted("34117-2"),), "Please send the visit note.", ("unknown-one",), UNTIL)
EXTENDING = Extend(DUE + timedelta(days=14), "member-asked", "The member sees the specialist next week.")
REFERRING = Refer("Values at rest are above the threshold; the walk test is missing.")


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@ainfo-3")
def test_what_is_asked_keeps_the_item_pended_with_its_owner_and_its_clock() -> None:
    earlier = Ask("ask-0", "11506-3", NOW)
    case = a_pended_case(a_pended_item(asks=(earlier,)), claimed_by=NURSE.id)
    asking = replace(
        ASKING,
        wanted=(Wanted("34117-2"), Wanted("11506-3"), Wanted(form="https://payer.example/Questionnaire/oxygen|1")),
    )

    decided = decide(case, {1: asking}, NURSE, NOW, terms())

    item = replace(
        case.items[0],
        reasons=("0U",),
        note="Please send the visit note.\nThe engine's note.",
        waits_for="information",
        asks=(
            earlier,
            Ask("ask-1", "34117-2", NOW, until=UNTIL),
            Ask("ask-2", "102089-0", NOW, until=UNTIL),
        ),
    )
    told = (
        "item 1: A4; 34117-2, 102089-0 until 2026-11-24T12:00:00.000Z; criteria unknown-one; by nurse, licence RN-100"
    )
    event = CaseEvent(NOW, "information-requested", "nurse-1", told)
    assert decided == replace(case, items=(item,), updated=NOW, events=(*case.events, event))


def test_without_an_end_the_answer_is_wanted_by_the_due_time() -> None:
    decided = decide(a_pended_case(), {1: replace(ASKING, until=None)}, NURSE, NOW, terms())

    assert decided.items[0].asks == (Ask("ask-1", "34117-2", NOW, until=DUE),)


@pytest.mark.parametrize(
    ("asking", "element"),
    [
        (replace(ASKING, wanted=()), "wanted"),
        (replace(ASKING, wanted=(Wanted(),)), "wanted"),
        (replace(ASKING, wanted=(Wanted("34117-2", "a form"),)), "wanted"),
        (replace(ASKING, wanted=(Wanted("visit note"),)), "wanted"),
        (replace(ASKING, wanted=(Wanted("102089-0"),)), "wanted"),
        (replace(ASKING, wanted=(Wanted(form="https://payer.example/Questionnaire/other|1"),)), "wanted"),
        (replace(ASKING, note=""), "note"),
        (replace(ASKING, criteria=("another",)), "criteria"),
        (replace(ASKING, until=NOW), "until"),
        (replace(ASKING, until=DUE + timedelta(seconds=1)), "until"),
    ],
)
def test_a_request_for_information_is_precise(asking: RequestInformation, element: str) -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {1: asking}, NURSE, NOW, terms())

    assert (refused.value.objection, refused.value.element) == (Objection.INCOMPLETE, element)


def test_the_due_time_is_moved_on_a_ground_of_the_plan_and_the_requester_is_told_why() -> None:
    case = a_pended_case()

    decided = decide(case, {1: EXTENDING}, PHYSICIAN, NOW, terms())

    later = datetime(2026, 12, 11, 15, 0, tzinfo=UTC)
    note = (
        "The time to decide was extended to 2026-12-11 15:00 UTC, because the member asked for it.\n"
        "The member sees the specialist next week.\nThe engine's note."
    )
    assert decided.items[0] == replace(case.items[0], due=later, extended_from=DUE, note=note)
    assert decided.state == "pended"
    assert decided.events[-1].detail == (
        "item 1: A4; due 2026-11-27T15:00:00.000Z to 2026-12-11T15:00:00.000Z; member-asked; "
        "by physician, licence MD-200"
    )


@pytest.mark.parametrize(
    ("extending", "element", "sentence"),
    [
        (
            replace(EXTENDING, due=DUE + timedelta(days=14, seconds=1)),
            "due",
            "The new due time must be at most 14 days after the present one.",
        ),
        (replace(EXTENDING, due=DUE), "due", "The new due time must be at most 14 days after the present one."),
        (
            replace(EXTENDING, ground="plan-justified"),
            "ground",
            "The plan does not allow this ground; it allows member-asked, outside-evidence.",
        ),
        (replace(EXTENDING, note=""), "note", "An extension needs a note: why it is needed, in words."),
    ],
)
def test_an_extension_keeps_to_the_plan(extending: Extend, element: str, sentence: str) -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {1: extending}, PHYSICIAN, NOW, terms())

    assert (refused.value.element, refused.value.sentence) == (element, sentence)


def test_the_due_time_is_moved_once() -> None:
    once = decide(a_pended_case(), {1: replace(EXTENDING, due=DUE + timedelta(days=1))}, PHYSICIAN, NOW, terms())

    with pytest.raises(DecisionRefused) as refused:
        decide(once, {1: replace(EXTENDING, due=DUE + timedelta(days=2))}, PHYSICIAN, NOW, terms())

    assert refused.value.objection is Objection.CONFLICT


def test_a_due_time_that_has_passed_is_not_moved() -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {1: EXTENDING}, PHYSICIAN, DUE, terms())

    assert refused.value.sentence == "The due time has passed; only a time that runs is extended."


def test_where_the_plan_has_no_extension_none_is_given() -> None:
    ordinary, expedited = a_pended_case(), a_pended_case(expedited=True)
    rule = terms().extension
    assert rule is not None
    for case, extension in ((ordinary, None), (expedited, replace(rule, expedited=False))):
        with pytest.raises(DecisionRefused) as refused:
            decide(case, {1: EXTENDING}, PHYSICIAN, NOW, terms(extension=extension))

        assert refused.value.sentence == "The plan does not allow to extend the time to decide this request."


def test_a_referral_hands_the_item_to_the_physicians_with_its_open_criteria() -> None:
    case = a_pended_case()

    decided = decide(case, {1: REFERRING}, NURSE, NOW, terms())

    assert decided.items[0] == replace(case.items[0], owner="physician-review")
    assert decided.events[-1] == CaseEvent(
        NOW,
        "referred",
        "nurse-1",
        "item 1: A4; to physician-review; not-met not-met-one; unknown unknown-one; "
        "Values at rest are above the threshold; the walk test is missing.; by nurse, licence RN-100",
    )


def test_a_referred_item_is_decided_by_a_physician() -> None:
    referred = decide(a_pended_case(), {1: REFERRING}, NURSE, NOW, terms())
    approval = Approve(note="The report shows 54 mm[Hg].")

    with pytest.raises(DecisionRefused) as refused:
        decide(referred, {1: approval}, NURSE, NOW, terms())
    decided = decide(referred, {1: approval}, PHYSICIAN, NOW, terms())

    assert refused.value.objection is Objection.NOT_ALLOWED
    assert decided.items[0].review_action == "A1"


@pytest.mark.parametrize(
    ("decision", "reviewer", "objection"),
    [
        (Refer(" "), NURSE, Objection.INCOMPLETE),
        (EXTENDING, NURSE, Objection.NOT_ALLOWED),
        (Approve("Seen."), a_reviewer("intake"), Objection.NOT_ALLOWED),
        (ASKING, a_reviewer("auditor"), Objection.NOT_ALLOWED),
        (REFERRING, a_reviewer("supervisor"), Objection.NOT_ALLOWED),
    ],
)
def test_nothing_else_goes(decision: Decision, reviewer: object, objection: Objection) -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {1: decision}, reviewer, NOW, terms())  # type: ignore[arg-type]

    assert refused.value.objection is objection


def test_what_is_with_the_physicians_is_not_referred_again() -> None:
    referred = decide(a_pended_case(), {1: REFERRING}, NURSE, NOW, terms())

    with pytest.raises(DecisionRefused) as refused:
        decide(referred, {1: REFERRING}, NURSE, NOW, terms())

    assert refused.value.objection is Objection.CONFLICT
