"""Who may act on which case, and that nothing is decided twice or by half."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.cases.case import Case, CaseEvent
from server.review.claim import claim, release
from server.review.decide import decide
from server.review.decision import Approve, Because, Decision, Deny
from server.review.refused import DecisionRefused, Objection
from server.review.roles import POWERS, Power, Reviewer, Role
from tests.builders.review import (
    NOW,
    NURSE,
    PHYSICIAN,
    a_pended_case,
    a_pended_item,
    a_reviewer,
    no_criteria,
    terms,
)


def test_a_decided_item_is_not_decided_again() -> None:
    items = [a_pended_item(each, explanation=no_criteria()) for each in (1, 2)]
    decided = decide(a_pended_case(*items), {1: Approve()}, NURSE, NOW, terms())

    with pytest.raises(DecisionRefused) as refused:
        decide(decided, {1: Deny(Because(("0Q",), "A duplicate."))}, PHYSICIAN, NOW, terms())

    assert (refused.value.objection, refused.value.item) == (Objection.CONFLICT, 1)
    assert refused.value.sentence == "The item is decided; only a new request or an appeal can change that."


def test_an_item_that_the_case_does_not_have_is_named_by_those_it_has() -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {7: Approve()}, NURSE, NOW, terms())

    assert refused.value.objection is Objection.NOT_FOUND
    assert refused.value.sentence == "The case has no item of this sequence; it has 1."


def test_one_refused_item_refuses_the_whole_act() -> None:
    items = [a_pended_item(1, explanation=no_criteria()), a_pended_item(2)]
    decisions: dict[int, Decision] = {1: Approve(), 2: Approve()}

    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(*items), decisions, NURSE, NOW, terms())

    assert (refused.value.item, refused.value.element) == (2, "note")


@pytest.mark.parametrize("state", ["determined", "cancelled", "error"])
def test_a_case_that_is_not_pended_is_left_alone(state: str) -> None:
    case = a_pended_case(state=state)

    for act in (lambda: decide(case, {1: Approve()}, NURSE, NOW, terms()), lambda: claim(case, NURSE, NOW)):
        with pytest.raises(DecisionRefused) as refused:
            act()

        assert refused.value.objection is Objection.CONFLICT


def test_nothing_decided_is_no_decision() -> None:
    with pytest.raises(DecisionRefused) as refused:
        decide(a_pended_case(), {}, NURSE, NOW, terms())

    assert refused.value.objection is Objection.INCOMPLETE


@pytest.mark.parametrize(
    "reviewer",
    [
        a_reviewer("physician", npi="1987654321"),
        a_reviewer("physician", id="1234567893"),
        a_reviewer("nurse", id="anonymous"),
    ],
)
def test_nobody_decides_what_they_submitted(reviewer: Reviewer) -> None:
    case = a_pended_case(a_pended_item(explanation=no_criteria()))

    for act in (lambda: decide(case, {1: Approve()}, reviewer, NOW, terms()), lambda: claim(case, reviewer, NOW)):
        with pytest.raises(DecisionRefused) as refused:
            act()

        assert refused.value.objection is Objection.NOT_ALLOWED


def test_a_claimed_case_keeps_others_off_until_it_is_released() -> None:
    case = a_pended_case(a_pended_item(explanation=no_criteria()))
    claimed = claim(case, NURSE, NOW)

    for act in (
        lambda: decide(claimed, {1: Approve()}, PHYSICIAN, NOW, terms()),
        lambda: claim(claimed, PHYSICIAN, NOW),
    ):
        with pytest.raises(DecisionRefused) as refused:
            act()
        assert refused.value.objection is Objection.CONFLICT
    released = release(claimed, NURSE, NOW)

    events = (
        *case.events,
        CaseEvent(NOW, "claimed", "nurse-1", "1 item(s); by nurse"),
        CaseEvent(NOW, "released", "nurse-1", "1 item(s); by nurse"),
    )
    assert claimed == replace(case, claimed_by="nurse-1", updated=NOW, events=events[:-1])
    assert released == replace(case, updated=NOW, events=events)


def test_claiming_again_changes_nothing() -> None:
    claimed = claim(a_pended_case(), NURSE, NOW)

    assert claim(claimed, NURSE, NOW) is claimed


def test_another_persons_claim_is_released_by_a_medical_director_only() -> None:
    claimed = claim(a_pended_case(), NURSE, NOW)

    with pytest.raises(DecisionRefused) as refused:
        release(claimed, PHYSICIAN, NOW)

    assert refused.value.objection is Objection.NOT_ALLOWED
    assert release(claimed, a_reviewer("medical-director"), NOW).claimed_by is None


def test_a_case_of_nobody_is_not_released() -> None:
    with pytest.raises(DecisionRefused) as refused:
        release(a_pended_case(), NURSE, NOW)

    assert refused.value.objection is Objection.CONFLICT


@pytest.mark.parametrize("role", ["care-manager", "supervisor", "auditor"])
def test_who_only_reads_does_not_claim(role: Role) -> None:
    with pytest.raises(DecisionRefused) as refused:
        claim(a_pended_case(), a_reviewer(role), NOW)

    assert refused.value.objection is Objection.NOT_ALLOWED


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-34")
@given(
    role=st.sampled_from(sorted(POWERS)),
    licence=st.sampled_from([None, "", "L-1"]),
    specialty=st.sampled_from([None, "", "cardiology"]),
)
def test_whoever_denies_is_a_physician_with_licence_and_specialty(
    role: Role, licence: str | None, specialty: str | None
) -> None:
    reviewer = Reviewer("reviewer-1", role, licence, specialty)
    case = a_pended_case()

    decided = _tried(case, {1: Deny(Because(("0F",), "Why.", ("not-met-one",)))}, reviewer)

    may = role in ("physician", "medical-director") and bool(licence) and bool(specialty)
    assert (decided.items[0].review_action == "A3") is may
    assert all(item.review_action == "A4" or item.decider for item in decided.items)


def test_no_role_below_a_physician_may_lower_or_deny() -> None:
    adverse = {role for role, powers in POWERS.items() if powers & {Power.LOWER, Power.DENY}}

    assert adverse == {"physician", "medical-director"}


def _tried(case: Case, decisions: dict[int, Decision], reviewer: Reviewer) -> Case:
    try:
        return decide(case, decisions, reviewer, NOW, terms())
    except DecisionRefused:
        return case
