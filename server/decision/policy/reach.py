"""Finds criteria that can never change the result, whatever the answers: dead text that an author believes in.

A leaf matters when the other criteria can be such that its own answer tips the result. The search fixes what each group
on the way needs (all: its other children met; any: none of them) and looks for values of the inputs that give this.
Conditions on one quantity are tied by their bounds: at most 55 and at least 60 never hold together.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations

from server.decision.policy.criteria import Compare, Condition, Criterion, Group, Is, Leaf, leaves

Worlds = Mapping[str, frozenset[int]]
"""For each input, the kinds of value that it may still have."""

Demand = tuple[Criterion, bool]
"""A criterion that must, or must not, be met."""


def unreachable(root: Criterion) -> tuple[str, ...]:
    """The ids of the leaves that can't change the result."""
    kinds = {name: _Kinds(conditions) for name, conditions in _conditions(root).items()}
    everything = {name: frozenset(range(each.count)) for name, each in kinds.items()}
    return tuple(leaf.id for leaf in leaves(root) if not _matters(root, leaf, kinds, everything))


class _Kinds:
    """The kinds of value of one input: those that no condition on it tells apart are one kind."""

    def __init__(self, conditions: list[Condition]) -> None:
        self._truth: dict[Condition, frozenset[int]] = {}
        distinct = list(dict.fromkeys(conditions))
        compares = [each for each in distinct if isinstance(each, Compare)]
        answers = [each for each in distinct if isinstance(each, Is)]
        if len(compares) == len(distinct):
            samples = _samples(compares)
            self.count = len(samples)
            for compare in compares:
                self._truth[compare] = frozenset(i for i, sample in enumerate(samples) if _holds(compare, sample))
        elif len(answers) == len(distinct):
            self.count = 2
            for answer in answers:
                self._truth[answer] = frozenset({1 if answer.value else 0})
        else:
            self.count = 2 ** len(distinct)
            for bit, condition in enumerate(distinct):
                self._truth[condition] = frozenset(kind for kind in range(self.count) if kind >> bit & 1)

    def holding(self, condition: Condition) -> frozenset[int]:
        """The kinds of value that fulfil the condition."""
        return self._truth[condition]


def _samples(compares: list[Compare]) -> list[Decimal]:
    points = sorted({bound.value for each in compares for bound in each.bounds})
    between = [(low + high) / 2 for low, high in zip(points, points[1:], strict=False)]
    return sorted([points[0] - 1, *points, *between, points[-1] + 1])


def _holds(compare: Compare, sample: Decimal) -> bool:
    return all(bound.holds(sample, Decimal(1)) for bound in compare.bounds)


def _conditions(root: Criterion) -> dict[str, list[Condition]]:
    found: dict[str, list[Condition]] = {}
    for leaf in leaves(root):
        found.setdefault(leaf.input, []).append(leaf.condition)
    return found


def _matters(root: Criterion, leaf: Leaf, kinds: Mapping[str, _Kinds], worlds: Worlds) -> bool:
    return any(
        _satisfiable((*beside, (leaf, True)), kinds, worlds) and _satisfiable((*beside, (leaf, False)), kinds, worlds)
        for beside in _pivots(root, leaf)
    )


def _pivots(node: Criterion, leaf: Leaf) -> Iterator[tuple[Demand, ...]]:
    """What must hold of the criteria beside the way to the leaf for the leaf to decide."""
    if isinstance(node, Leaf):
        if node is leaf:
            yield ()
        return
    for position, child in enumerate(node.children):
        if leaf not in leaves(child):
            continue
        others = [each for index, each in enumerate(node.children) if index != position]
        for below in _pivots(child, leaf):
            for beside in _neutral(node, others):
                yield (*below, *beside)


def _neutral(group: Group, others: list[Criterion]) -> Iterator[tuple[Demand, ...]]:
    met = {"all": len(others), "any": 0, "not": 0}.get(group.kind, group.count - 1)
    for chosen in combinations(range(len(others)), met):
        yield tuple((other, index in chosen) for index, other in enumerate(others))


def _satisfiable(demands: tuple[Demand, ...], kinds: Mapping[str, _Kinds], worlds: Worlds) -> bool:
    if not demands:
        return True
    (criterion, wanted), *rest = demands
    if isinstance(criterion, Leaf):
        each = kinds[criterion.input]
        holding = each.holding(criterion.condition)
        left = worlds[criterion.input] & holding if wanted else worlds[criterion.input] - holding
        return bool(left) and _satisfiable(tuple(rest), kinds, {**worlds, criterion.input: left})
    return any(_satisfiable((*ways, *rest), kinds, worlds) for ways in _ways(criterion, wanted))


def _ways(group: Group, wanted: bool) -> Iterator[tuple[Demand, ...]]:
    """The smallest demands on the children that make the group met, or not met."""
    total = len(group.children)
    if group.kind == "not":
        yield ((group.children[0], not wanted),)
        return
    count = {"all": total, "any": 1}.get(group.kind, group.count)
    size = count if wanted else total - count + 1
    for chosen in combinations(group.children, size):
        yield tuple((child, wanted) for child in chosen)
