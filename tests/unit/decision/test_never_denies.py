"""What holds for every policy and every evidence: unknown is never not met, and no machine denies."""

import typing
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from server.decision import determination
from server.decision.determination import Approved, Outcome, Pended
from server.decision.finding import Finding, State
from server.decision.policy.criteria import Criterion
from tests.builders.policies import decided
from tests.builders.trees import facts_of, finding_of, names, policy_of, trees

ANSWERS = st.dictionaries(st.sampled_from([f"n{number}" for number in range(40)]), st.booleans())


def test_no_outcome_can_express_a_clinical_denial() -> None:
    outcomes = {outcome.__name__ for outcome in typing.get_args(Outcome)}

    assert outcomes == {"NotRequired", "Approved", "Limited", "Excluded", "Pended"}
    assert not [name for name in vars(determination) if "den" in name.lower()]


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=60)
def test_a_policy_only_approves_asks_or_refers(tree: Criterion, answers: dict[str, bool]) -> None:
    outcome = decided(policy_of(tree), facts_of(answers)).outcome

    assert isinstance(outcome, Approved | Pended)


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=60)
def test_unknown_never_decides_as_not_met(tree: Criterion, answers: dict[str, bool]) -> None:
    """A result that is settled stays the same however the open questions are answered."""
    settled = finding_of(tree, answers).state
    open_names = [name for name in names(tree) if name not in answers][:5]

    for values in product([True, False], repeat=len(open_names)):
        now = finding_of(tree, {**answers, **dict(zip(open_names, values, strict=True))}).state
        assert settled is State.UNKNOWN or now is settled


@given(trees(), ANSWERS, st.booleans())
@settings(deadline=None, max_examples=60)
def test_a_further_answer_never_turns_an_approval(tree: Criterion, answers: dict[str, bool], value: bool) -> None:
    before = decided(policy_of(tree), facts_of(answers)).outcome

    for name in names(tree):
        after = decided(policy_of(tree), facts_of({name: value, **answers})).outcome
        assert not isinstance(before, Approved) or after == before


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=60)
def test_a_source_that_contradicts_never_makes_a_criterion_not_met(tree: Criterion, answers: dict[str, bool]) -> None:
    both = facts_of(answers)
    contrary = facts_of({name: not value for name, value in answers.items()})
    facts = type(both)(answered=both.answered + contrary.answered)

    [root] = decided(policy_of(tree), facts).findings

    assert all(leaf.state is State.UNKNOWN for leaf in _leaves(root))


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=60)
def test_a_pend_has_an_owner_a_due_time_and_a_reason(tree: Criterion, answers: dict[str, bool]) -> None:
    determined = decided(policy_of(tree), facts_of(answers))

    if isinstance(determined.outcome, Pended):
        waits_for = determined.outcome.waits_for
        assert determined.owner == determined.outcome.owner == {"information": "ask", "review": "refer"}[waits_for]
        assert determined.outcome.due.tzinfo is not None
        assert determined.reasons
        assert {reason.code for reason in determined.reasons} == {{"information": "0U", "review": "0V"}[waits_for]}
        assert determined.would_change


def _leaves(found: Finding) -> list[Finding]:
    return [leaf for child in found.children for leaf in _leaves(child)] if found.children else [found]
