"""What is asked, and what would change the answer: no question that can't matter, and a way that really leads there."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.decision.facts import Facts
from server.decision.finding import State
from server.decision.policy.criteria import Criterion, Is, leaves
from server.decision.policy.questions import flips, open_leaves, questions
from tests.builders.decisions import a_quantity, an_item, measured, observed
from tests.builders.policies import OUTCOMES, a_policy, decided
from tests.builders.trees import finding_of, names, trees

ANSWERS = st.dictionaries(st.sampled_from([f"n{number}" for number in range(40)]), st.booleans())


@given(trees(depth=2), ANSWERS)
@settings(deadline=None, max_examples=40)
def test_every_question_can_still_change_the_result(tree: Criterion, answers: dict[str, bool]) -> None:
    root = finding_of(tree, answers)
    asked = [missing.link_id for missing in questions(root)]
    unanswered = [name for name in names(tree) if name not in answers]

    for name in asked:
        others = [other for other in unanswered if other != name]
        assert any(
            finding_of(tree, {**answers, **beside, name: True}).state
            is not finding_of(tree, {**answers, **beside, name: False}).state
            for values in product([True, False], repeat=len(others))
            for beside in [dict(zip(others, values, strict=True))]
        )


@given(trees(depth=2), ANSWERS)
@settings(deadline=None, max_examples=40)
def test_what_is_not_asked_can_not_change_the_result(tree: Criterion, answers: dict[str, bool]) -> None:
    root = finding_of(tree, answers)
    asked = {missing.link_id for missing in questions(root)}
    silent = [name for name in names(tree) if name not in answers and name not in asked]

    for values in product([True, False], repeat=len(silent)):
        assert finding_of(tree, {**answers, **dict(zip(silent, values, strict=True))}).state is root.state


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=40)
def test_a_settled_result_asks_nothing(tree: Criterion, answers: dict[str, bool]) -> None:
    root = finding_of(tree, answers)

    assert (questions(root) == ()) is (root.state is not State.UNKNOWN)
    assert len(open_leaves(root)) == len(questions(root))


@given(trees(), ANSWERS)
@settings(deadline=None, max_examples=40)
def test_the_flips_lead_to_an_approval(tree: Criterion, answers: dict[str, bool]) -> None:
    needed = flips(tree, finding_of(tree, answers))
    wanted = {leaf.id: leaf for leaf in leaves(tree)}

    turned = dict(answers)
    for flip in needed:
        leaf = wanted[flip.finding.criterion]
        assert isinstance(leaf.condition, Is)
        turned[leaf.input] = leaf.condition.value is (flip.to is State.MET)

    assert finding_of(tree, turned).state is State.MET


@given(trees(depth=2), ANSWERS)
@settings(deadline=None, max_examples=40)
def test_no_fewer_flips_would_do(tree: Criterion, answers: dict[str, bool]) -> None:
    needed = flips(tree, finding_of(tree, answers))
    every = names(tree)

    for values in product([True, False], repeat=len(every)):
        final = dict(zip(every, values, strict=True))
        if finding_of(tree, final).state is State.MET:
            assert sum(1 for name in every if final[name] is not answers.get(name)) >= len(needed)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@189")
def test_a_question_of_several_criteria_is_asked_once() -> None:
    criteria = """\
criteria:
  id: either
  text: One of the levels.
  any:
    - {id: low, text: At most 88 %., input: level, at_most: 88, unit: "%", citation: {source: book, page: "3"}}
    - {id: same, text: Equal to 89 %., input: level, equals: 89, unit: "%", citation: {source: book, page: "4"}}
"""

    determined = decided(a_policy(criteria=criteria))

    assert [(missing.criterion, missing.link_id) for missing in determined.missing] == [("low", "level")]
    assert determined.missing[0].questionnaire == "https://passage.example/fhir/Questionnaire/invented|1.0.0"
    assert determined.would_change == ("It would be approved if this held:", "At most 88 % (now unknown).")


LIMIT = """\
limit:
  allowed: {value: 12, unit: visit, also: [visits]}
  approver: A. Signer
  enabled: true
  reason_code: 0L
  citation: {source: book, page: "5"}
"""


def test_a_limit_of_the_policy_asks_for_a_quantity_that_can_be_compared() -> None:
    policy = a_policy(outcomes=LIMIT + OUTCOMES)
    item = an_item("hcpcs|S1000", quantity=a_quantity("12", "hours"))

    determined = decided(policy, Facts(observed=(observed("loinc|59408-5", measured("80")),)), item)

    assert [missing.ask for missing in determined.missing] == ["State the quantity in visit: the limit is 12 visit."]
