"""What becomes of an item when evidence arrives: every way, and never a way down."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.attachments.settle import Arrival, settle
from server.cases.case import Ask, CaseItem
from server.cases.outcome import with_person
from server.decision.finding import Citation
from server.decision.plan.plan import Tolling
from server.fhir.dates import DatePeriod
from tests.builders.review import DUE, NOW, RECEIVED, a_pended_item, an_explanation

FORM, NOTE = Ask("ask-form", "102089-0", RECEIVED), Ask("ask-note", "34117-2", RECEIVED)
INFORMATION = {"kind": "pended", "waits_for": "information", "owner": "oxygen-intake", "due": DUE.isoformat()}
CERTIFIED = {"kind": "approved", "valid": {"start": "2026-11-23", "end": "2027-11-22"}}


def waiting(*asks: Ask, **changes: Any) -> CaseItem:
    """An item that waits for what the rules asked for."""
    default = {
        "explanation": an_explanation(outcome=INFORMATION),
        "owner": "oxygen-intake",
        "reasons": ("0U",),
        "waits_for": "information",
        "asks": asks or (FORM, NOTE),
    }
    return a_pended_item(**{**default, **changes})


def certified(**changes: Any) -> CaseItem:
    """What the rules say when the criteria are met."""
    default = {
        "explanation": an_explanation(outcome=CERTIFIED),
        "review_action": "A1",
        "reasons": (),
        "note": "The criteria are met.",
        "waits_for": None,
        "owner": None,
        "due": None,
        "reference_number": None,
        "valid": DatePeriod(date(2026, 11, 23), date(2027, 11, 22)),
    }
    return a_pended_item(**{**default, **changes})


def arrival(*answered: str, **changes: Any) -> Arrival:
    """What comes with the answers to requests for information."""
    return replace(Arrival(NOW, frozenset(answered), "PA1"), **changes)


def test_what_meets_the_criteria_is_certified_and_nothing_waits() -> None:
    item = settle(waiting(), certified(), arrival("ask-form"))

    assert item == replace(
        certified(),
        authorization_number="PA1",
        reference_number="RN1",
        issued=date(2026, 11, 21),
        decided=NOW,
        asks=(replace(FORM, answered=NOW), NOTE),
    )


def test_what_is_still_unknown_waits_on_while_something_is_open() -> None:
    still = waiting(note="The walk test is missing.")

    item = settle(waiting(), still, arrival("ask-form"))

    assert item == replace(waiting(), note="The walk test is missing.", asks=(replace(FORM, answered=NOW), NOTE))


def test_what_is_still_unknown_when_all_has_come_is_for_a_person() -> None:
    item = settle(waiting(FORM), waiting(FORM, note="Unknown."), arrival("ask-form"))

    assert (item.review_action, item.reasons, item.waits_for) == ("A4", ("0V",), "review")
    assert (item.owner, item.due) == ("oxygen-intake", DUE)
    assert item.note == "Unknown.\nWhat was asked for has come; a person reviews the request."


def test_what_the_rules_newly_want_is_asked_and_nothing_twice() -> None:
    more = Ask("ask-new", "11506-3", NOW)

    item = settle(waiting(FORM), waiting(Ask("other-id", "102089-0", NOW), more), arrival("ask-form"))

    assert item.asks == (replace(FORM, answered=NOW), more)
    assert (item.reasons, item.waits_for) == (("0U",), "information")


def test_what_turns_out_not_met_is_for_the_reviewers_at_once() -> None:
    item = settle(waiting(), a_pended_item(note="Not shown."), arrival("ask-form"))

    assert (item.reasons, item.waits_for, item.owner, item.note) == (
        ("0V",),
        "review",
        "oxygen-review",
        "Not shown.",
    )


@pytest.mark.parametrize(
    "fresh",
    [None, replace(certified(), review_action="A3", reasons=("0M",))],
    ids=["can't be decided", "now excluded"],
)
def test_an_arrival_never_lowers(fresh: CaseItem | None) -> None:
    item = settle(waiting(), fresh, arrival("ask-form", "ask-note"))

    assert (item.review_action, item.reasons, item.waits_for) == ("A4", ("0V",), "review")
    assert item.explanation == waiting().explanation


def test_what_a_person_referred_stays_with_people() -> None:
    referred = a_pended_item(owner="physician-review", asks=(NOTE,))

    item = settle(referred, certified(), arrival("ask-note"))

    assert with_person(referred)
    assert item == replace(referred, asks=(replace(NOTE, answered=NOW),))


def test_what_a_person_asked_for_goes_back_to_people_when_it_has_come() -> None:
    asked = a_pended_item(waits_for="information", reasons=("0U",), asks=(FORM, NOTE))

    first = settle(asked, a_pended_item(), arrival("ask-form"))
    second = settle(first, a_pended_item(), arrival("ask-note"))

    assert (first.waits_for, first.reasons) == ("information", ("0U",))
    assert (second.waits_for, second.reasons, second.owner) == ("review", ("0V",), "oxygen-review")


def test_what_waits_for_review_is_not_asked_again() -> None:
    item = settle(a_pended_item(), waiting(FORM), arrival())

    assert (item.waits_for, item.asks) == ("review", ())


@pytest.mark.parametrize(
    ("answered", "expedited", "due"),
    [
        (("ask-form", "ask-note"), False, DUE + (NOW - RECEIVED)),
        (("ask-form",), False, DUE),
        (("ask-form", "ask-note"), True, DUE),
    ],
    ids=["all has come", "something is open", "urgent"],
)
def test_a_clock_that_rests_gives_the_time_back_when_all_has_come(
    answered: tuple[str, ...], expedited: bool, due: datetime
) -> None:
    rule = Tolling(timedelta(days=45), None, Citation("book", "1", "2026-01-01"))

    item = settle(waiting(), waiting(), arrival(*answered, tolling=rule, expedited=expedited))

    assert item.due == due


def test_an_answer_keeps_the_instant_at_which_it_came() -> None:
    early = replace(FORM, answered=datetime(2026, 11, 20, 16, 0, tzinfo=UTC))

    item = settle(waiting(early, NOTE), waiting(), arrival("ask-form", "ask-note"))

    assert [ask.answered for ask in item.asks] == [early.answered, NOW]
