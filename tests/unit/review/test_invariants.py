"""What holds after any acts of any people in any order."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from server.cases.case import Case
from server.cases.document import from_document, to_document
from server.decision.request import Quantity
from server.review.decide import decide
from server.review.decision import (
    Approve,
    ApproveInPart,
    Because,
    Decision,
    Deny,
    Extend,
    Modify,
    Refer,
    RequestInformation,
    Wanted,
)
from server.review.refused import DecisionRefused
from server.review.roles import PHYSICIANS, POWERS, Reviewer
from tests.builders.review import DUE, NOW, a_pended_case, a_pended_item, no_criteria, terms

REASONS = st.lists(st.sampled_from(["0F", "0P", "0Q", "10", "0U", "x"]), max_size=2).map(tuple)
CRITERIA = st.lists(st.sampled_from(["not-met-one", "met-one", "oxygen", "wheelchairs"]), max_size=2).map(tuple)
WORDS = st.sampled_from(["", "Why, in words."])
BECAUSE = st.builds(Because, REASONS, WORDS, CRITERIA)
ALLOWED = st.sampled_from([Quantity(Decimal(value)) for value in (0, 4, 10)])
DECISIONS: st.SearchStrategy[Decision] = st.one_of(
    st.builds(Approve, WORDS),
    st.builds(ApproveInPart, ALLOWED, BECAUSE, agreed=WORDS),
    st.builds(Modify, st.sampled_from([{}, {"servicedDate": "2026-12-01"}]), BECAUSE, agreed=WORDS),
    st.builds(Deny, BECAUSE),
    st.builds(RequestInformation, st.sampled_from([(), (Wanted("34117-2"),)]), WORDS),
    st.builds(Extend, st.sampled_from([DUE, DUE + timedelta(days=3)]), st.just("member-asked"), WORDS),
    st.builds(Refer, WORDS),
)
REVIEWERS = st.builds(
    Reviewer,
    st.sampled_from(["reviewer-1", "reviewer-2"]),
    st.sampled_from(sorted(POWERS)),
    st.sampled_from([None, "L-1"]),
    st.sampled_from([None, "cardiology"]),
)
ACTS = st.lists(
    st.tuples(
        REVIEWERS,
        st.dictionaries(st.sampled_from([1, 2, 3]), DECISIONS, max_size=2),
        st.sampled_from([0, 24, 24 * 6, 24 * 9]),
    ),
    max_size=8,
)


@given(ACTS)
def test_every_history_is_sound(acts: list[tuple[Reviewer, dict[int, Decision], int]]) -> None:
    case = a_pended_case(a_pended_item(1), a_pended_item(2, explanation=no_criteria()))

    for reviewer, decisions, hours in acts:
        before = case
        try:
            case = decide(case, decisions, reviewer, NOW + timedelta(hours=hours), terms())
        except DecisionRefused:
            continue
        _check_step(before, case, len(decisions))

    _check_items(case)
    assert from_document(to_document(case)) == case


def _check_step(before: Case, after: Case, decided: int) -> None:
    """What was decided stays as it is, and each decision is one event."""
    settled = {item.sequence: item for item in before.items if item.review_action != "A4"}
    assert all(settled.get(item.sequence, item) == item for item in after.items)
    assert after.events[: len(before.events)] == before.events
    assert len(after.events) == len(before.events) + decided


def _check_items(case: Case) -> None:
    pended = [item for item in case.items if item.review_action == "A4"]
    assert case.state == ("pended" if pended else "determined")
    assert all(item.owner and item.due and item.waits_for and not item.decider for item in pended)
    for item in case.items:
        certified = item.review_action in ("A1", "A6")
        assert bool(item.authorization_number) is bool(item.valid) is bool(item.issued) is certified
        assert not certified or (item.valid and item.valid.end)
        if item.review_action in ("A3", "A6"):
            assert item.reasons
            assert item.note
            assert "0F" not in item.reasons or "Criterion" in item.note or "Rule" in item.note
        if item.review_action == "A3":
            assert item.decider
            assert item.decider.role in PHYSICIANS
            assert item.decider.licence
            assert item.decider.specialty
