"""Criteria that can never change the result are found, and no others."""

from itertools import product

import pytest
from hypothesis import given, settings

from server.decision.policy.criteria import Criterion
from server.decision.policy.reach import unreachable
from tests.builders.policies import a_policy
from tests.builders.trees import finding_of, names, trees


def _leaf(id: str, condition: str, input: str = "level") -> str:
    return f'{{id: {id}, text: A text., input: {input}, {condition}, unit: "%", citation: {{source: book, page: "3"}}}}'


def _unreachable(criteria: str) -> tuple[str, ...]:
    return unreachable(a_policy(criteria=f"criteria: {criteria}\n").criteria)


def _group(kind: str, *children: str) -> str:
    return f"{{id: g-{kind}-{len(children)}, text: A group., {kind}: [{', '.join(children)}]}}"


@pytest.mark.parametrize(
    ("criteria", "dead"),
    [
        (_group("all", _leaf("a", "at_most: 88"), _leaf("b", "at_least: 10")), ()),
        (_group("any", _leaf("a", "at_most: 88"), _leaf("b", "equals: 89")), ()),
        (_group("any", _leaf("a", "at_most: 88"), _leaf("b", "at_most: 80")), ("b",)),
        (_group("all", _leaf("a", "at_most: 88"), _leaf("b", "at_most: 90")), ("b",)),
        (_group("all", _leaf("a", "at_most: 88"), _leaf("b", "above: 88")), ("a", "b")),
        (_group("any", _leaf("a", "at_most: 88"), _leaf("b", "at_most: 88")), ("a", "b")),
        (_group("any", _leaf("a", "at_most: 88"), _group("all", _leaf("b", "at_most: 80"))), ("b",)),
    ],
)
def test_bounds_of_one_quantity_are_seen_together(criteria: str, dead: tuple[str, ...]) -> None:
    assert _unreachable(criteria) == dead


@given(trees(depth=2))
@settings(deadline=None, max_examples=25)
def test_a_leaf_is_reachable_exactly_when_some_answers_let_it_decide(tree: Criterion) -> None:
    every = names(tree)
    decisive = {
        name
        for name in every
        for values in product([True, False], repeat=len(every) - 1)
        for beside in [dict(zip([other for other in every if other != name], values, strict=True))]
        if finding_of(tree, {**beside, name: True}).state is not finding_of(tree, {**beside, name: False}).state
    }

    assert set(unreachable(tree)) == set(every) - decisive
