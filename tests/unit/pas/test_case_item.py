"""What a case keeps of a decision: a pended item says all that somebody needs to go on, a certified one its terms."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Literal

import pytest

from server.cases.case import Ask
from server.clock import Ids
from server.decision.determination import (
    Approved,
    Covered,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Outcome,
    Pended,
    Reason,
    Rule,
)
from server.decision.finding import Missing
from server.decision.request import Code, Quantity, RequestedItem
from server.fhir.dates import DatePeriod
from server.pas.case_item import Numbers, case_item
from server.pas.information_request import PAYER_FORM
from tests.builders.decisions import a_quantity

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
DUE = AT + timedelta(days=7)
VALID = DatePeriod(date(2026, 11, 20), date(2027, 11, 19))
FIVE = a_quantity("5")
NUMBERS = Numbers("PA1", "RN1")
REQUESTED = RequestedItem(1, "Claim.item[0]", (Code("hcpcs", "E1390"),), a_quantity("9"))
NOTE, PLAN = "11506-3", "18776-5"


def ids() -> Ids:
    """Ids that count from one."""
    numbers = count(1)
    return Ids(new_id=lambda: f"id-{next(numbers)}", number=lambda prefix: f"{prefix}{next(numbers)}")


def a_decision(outcome: Outcome, *attachments: str, forms: tuple[str, ...] = ()) -> ItemDetermination:
    """A determination that lacks the documents of the LOINC codes."""
    missing = tuple(Missing(f"c-{code}", "What is it?", attachment=code) for code in attachments)
    reasons = (Reason("Because.", "0M"),)
    rule = Rule("policy", "p", "1.0.0", "A rule")
    return ItemDetermination(
        1, outcome, Covered.COVERED, True, rule, reasons=reasons, missing=missing, forms=forms, allowed=FIVE
    )


@pytest.mark.parametrize(("waits_for", "reason"), [("information", "0U"), ("review", "0V")])
def test_a_pended_item_has_a_number_a_reason_an_owner_and_a_due_time(
    waits_for: Literal["information", "review"], reason: str
) -> None:
    item = case_item(a_decision(Pended(waits_for, "intake", DUE)), REQUESTED, numbers=NUMBERS, ids=ids(), at=AT)

    assert (item.review_action, item.reasons, item.waits_for) == ("A4", (reason,), waits_for)
    assert (item.reference_number, item.owner, item.due, item.note) == ("RN1", "intake", DUE, "Because.")
    assert (item.authorization_number, item.valid, item.issued, item.decided) == (None, None, None, None)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@ainfo-3")
def test_every_document_and_the_form_is_asked_for_once() -> None:
    decision = a_decision(
        Pended("information", "intake", DUE), NOTE, PLAN, NOTE, forms=("https://x/q|1", "https://x/r|1")
    )

    item = case_item(decision, REQUESTED, numbers=NUMBERS, ids=ids(), at=AT)

    assert item.asks == (Ask("id-1", PAYER_FORM, AT), Ask("id-2", NOTE, AT), Ask("id-3", PLAN, AT))


def test_what_is_still_asked_keeps_its_control_number_and_what_was_answered_stays_known() -> None:
    waits = Pended("information", "intake", DUE)
    first = case_item(a_decision(waits, NOTE, PLAN), REQUESTED, numbers=NUMBERS, ids=ids(), at=AT)
    note, plan = first.asks
    answered = replace(plan, answered=AT + timedelta(hours=1))
    before = replace(first, asks=(note, answered))

    again = case_item(a_decision(waits, NOTE, "28570-0"), REQUESTED, numbers=NUMBERS, ids=ids(), at=DUE, before=before)

    assert again.asks == (note, Ask("id-1", "28570-0", DUE), answered)


@pytest.mark.parametrize(
    ("outcome", "action", "number", "allowed"),
    [
        (Approved(VALID), "A1", "PA1", FIVE),
        (NotRequired(VALID), "A1", "PA1", FIVE),
        (Limited(VALID, a_quantity("3"), "limit", "A. Person"), "A6", "PA1", a_quantity("3")),
        (Excluded("exclusion", "A. Person"), "A3", None, FIVE),
    ],
)
def test_a_decided_item_has_its_terms_and_waits_for_nothing(
    outcome: Outcome, action: str, number: str | None, allowed: Quantity
) -> None:
    item = case_item(a_decision(outcome), REQUESTED, numbers=NUMBERS, ids=ids(), at=AT)

    assert (item.review_action, item.authorization_number, item.allowed) == (action, number, allowed)
    assert (item.valid, item.issued) == ((VALID, AT.date()) if number else (None, None))
    assert (item.requested, item.decided, item.decider) == (REQUESTED.quantity, AT, None)
    assert (item.due, item.owner, item.waits_for, item.asks) == (None, None, None, ())
