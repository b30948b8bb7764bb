"""Every outcome has its X12 code, and none of them a clinical A3."""

from datetime import UTC, date, datetime

import pytest

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
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod
from server.pas.review_action import ReviewAction, adjudication, header_adjudication, review_action
from tests.builders.submit import review_action as read

VALID = DatePeriod(date(2026, 12, 1), date(2027, 11, 30))
DUE = datetime(2026, 11, 27, tzinfo=UTC)


def an_item(outcome: Outcome, *reasons: Reason) -> ItemDetermination:
    """A determination with an outcome."""
    return ItemDetermination(1, outcome, Covered.COVERED, True, Rule("plan", "r", "1", "A rule"), reasons)


@pytest.mark.parametrize(
    ("outcome", "action"),
    [
        (Approved(VALID), ReviewAction("A1")),
        (NotRequired(VALID), ReviewAction("A1")),
        (Limited(VALID, Quantity(10), "limit", "A. Person"), ReviewAction("A6", ("0L",))),  # type: ignore[arg-type]
        (Excluded("exclusion", "A. Person"), ReviewAction("A3", ("0L",))),
        (Pended("information", "intake", DUE), ReviewAction("A4", ("0U",))),
        (Pended("review", "medical-review", DUE), ReviewAction("A4", ("0V",))),
    ],
)
def test_every_outcome_has_its_code(outcome: Outcome, action: ReviewAction) -> None:
    item = an_item(outcome, Reason("Too many.", "0L"), Reason("Really.", "0L"), Reason("No code."))

    assert review_action(item) == action


def test_only_terms_of_the_contract_are_not_certified() -> None:
    codes = {outcome: review_action(an_item(outcome)).code for outcome in (Approved(VALID), Pended("review", "r", DUE))}

    assert set(codes.values()) == {"A1", "A4"}


def test_an_adjudication_carries_code_number_and_every_reason() -> None:
    written = adjudication(ReviewAction("A3", ("0M", "0L")), "PA1")

    assert read({"adjudication": [written]}) == {"code": "A3", "number": "PA1", "reasons": ["0M", "0L"]}
    assert written["category"]["coding"][0]["code"] == "submitted"


def test_the_header_carries_the_number_alone() -> None:
    written = header_adjudication("PA1")

    assert read({"adjudication": [written]}) == {"code": None, "number": "PA1", "reasons": []}
