"""Functions about how many items there are, which of them, and what holds for them.

Spec page: http://hl7.org/fhirpath/N1/#existence
"""

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from server.fhir.path.environment import Scope
from server.fhir.path.equality import key, order
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Compiled, Function, Takes, simple
from server.fhir.path.items import MAX_ITEMS, answer, integer, one, strict_truth, truth
from server.fhir.path.operators import distinct, union
from server.fhir.path.values import Items


def _exists(scope: Scope, items: Items, criteria: Compiled | None = None) -> Items:
    if criteria is None:
        return answer(bool(items))
    return answer(any(truth(criteria(scope.at([item], at))) for at, item in enumerate(items)))


def _all(scope: Scope, items: Items, criteria: Compiled) -> Items:
    return answer(all(truth(criteria(scope.at([item], at))) is True for at, item in enumerate(items)))


def _where(scope: Scope, items: Items, criteria: Compiled) -> Items:
    return [item for at, item in enumerate(items) if truth(criteria(scope.at([item], at)))]


def _select(scope: Scope, items: Items, projection: Compiled) -> Items:
    found: Items = []
    for at, item in enumerate(items):
        found += projection(scope.at([item], at))
        _check_size(found)
    return found


def _check_size(items: Items) -> None:
    if len(items) > MAX_ITEMS:
        raise EvaluationRefused(f"A collection of more than {MAX_ITEMS} items.")


def _repeat(scope: Scope, items: Items, projection: Compiled) -> Items:
    """Each item that equals none before it is looked at once, so that a cycle ends."""
    found: dict[Any, Any] = {}
    waiting = list(reversed(items))
    steps = 0
    while waiting:
        steps += 1
        if steps > MAX_ITEMS:
            raise EvaluationRefused(f"repeat() does not end within {MAX_ITEMS} items.")
        fresh = []
        for item in projection(scope.at([waiting.pop()], None)):
            mark = key(item)
            if mark not in found:
                found[mark] = item
                fresh.append(item)
        waiting += reversed(fresh)
    return list(found.values())


def _repeat_all(scope: Scope, items: Items, projection: Compiled) -> Items:
    found: Items = []
    waiting = list(items)
    while waiting:
        waiting = _select(scope, waiting, projection)
        found += waiting
        _check_size(found)
    return found


def _aggregate(scope: Scope, items: Items, step: Compiled, start: Compiled | None = None) -> Items:
    total = start(scope) if start else []
    for at, item in enumerate(items):
        inner = scope.at([item], at)
        inner.total = total
        total = step(inner)
    return total


def _iif(scope: Scope, items: Items, criterion: Compiled, yes: Compiled, no: Compiled | None = None) -> Items:
    """Only the branch that is taken is evaluated."""
    one(items)
    inner = scope if items is scope.this else scope.at(items)
    if strict_truth(criterion(inner)):
        return yes(inner)
    return no(inner) if no else []


def _coalesce(scope: Scope, items: Items, *choices: Compiled) -> Items:
    return next((found for choice in choices if (found := choice(scope))), [])


def _sort(scope: Scope, items: Items, *keys: tuple[Compiled, bool]) -> Items:
    """By the first key, ties by the next; items without a key come first."""
    criteria = keys or ((lambda inner: inner.this, False),)
    rows = [([one(by(scope.at([item], at))) for by, _ in criteria], item) for at, item in enumerate(items)]

    def compared(left: Any, right: Any) -> int:
        for ours, theirs, (_, falling) in zip(left[0], right[0], criteria, strict=True):
            result = _order_of_keys(ours, theirs)
            if result:
                return -result if falling else result
        return 0

    return [item for _, item in sorted(rows, key=cmp_to_key(compared))]


def _order_of_keys(ours: Any, theirs: Any) -> int:
    if ours is None or theirs is None:
        return (ours is not None) - (theirs is not None)
    return order(ours, theirs) or 0


def _booleans(items: Items) -> list[bool]:
    found = [strict_truth([item]) for item in items]
    return [value for value in found if value is not None]


def _subset(items: Items, others: Items) -> bool:
    there = {key(item) for item in others}
    return all(key(item) in there for item in items)


def _single(items: Items) -> Items:
    one(items)
    return items


def _take(items: Items, count: Items) -> Items:
    return items[: max(integer(count) or 0, 0)]


def _skip(items: Items, count: Items) -> Items:
    return items[max(integer(count) or 0, 0) :]


def _intersect(items: Items, others: Items) -> Items:
    there = {key(item) for item in others}
    return [item for item in distinct(items) if key(item) in there]


def _exclude(items: Items, others: Items) -> Items:
    there = {key(item) for item in others}
    return [item for item in items if key(item) not in there]


def _combine(items: Items, others: Items) -> Items:
    both = items + others
    _check_size(both)
    return both


def _not(items: Items) -> Items:
    value = truth(items)
    return answer(None if value is None else not value)


FUNCTIONS: Mapping[str, Function] = {
    "empty": simple(lambda items: answer(not items), gives="System.Boolean"),
    "exists": Function(_exists, 0, 1, Takes.LAMBDAS, "System.Boolean"),
    "all": Function(_all, 1, 1, Takes.LAMBDAS, "System.Boolean"),
    "allTrue": simple(lambda items: answer(all(_booleans(items))), gives="System.Boolean"),
    "anyTrue": simple(lambda items: answer(any(_booleans(items))), gives="System.Boolean"),
    "allFalse": simple(lambda items: answer(not any(_booleans(items))), gives="System.Boolean"),
    "anyFalse": simple(lambda items: answer(not all(_booleans(items))), gives="System.Boolean"),
    "subsetOf": simple(lambda items, others: answer(_subset(items, others)), 1, gives="System.Boolean"),
    "supersetOf": simple(lambda items, others: answer(_subset(others, items)), 1, gives="System.Boolean"),
    "count": simple(lambda items: [len(items)], gives="System.Integer"),
    "distinct": simple(distinct, gives="same"),
    "isDistinct": simple(lambda items: answer(len(distinct(items)) == len(items)), gives="System.Boolean"),
    "where": Function(_where, 1, 1, Takes.LAMBDAS, "same"),
    "select": Function(_select, 1, 1, Takes.LAMBDAS),
    "repeat": Function(_repeat, 1, 1, Takes.LAMBDAS),
    "repeatAll": Function(_repeat_all, 1, 1, Takes.LAMBDAS),
    "aggregate": Function(_aggregate, 1, 2, Takes.LAMBDAS),
    "iif": Function(_iif, 2, 3, Takes.LAMBDAS),
    "coalesce": Function(_coalesce, 1, 20, Takes.LAMBDAS),
    "sort": Function(_sort, 0, 10, Takes.LAMBDAS, "same"),
    "single": simple(_single, gives="same"),
    "first": simple(lambda items: items[:1], gives="same"),
    "last": simple(lambda items: items[-1:], gives="same"),
    "tail": simple(lambda items: items[1:], gives="same"),
    "skip": simple(_skip, 1, gives="same"),
    "take": simple(_take, 1, gives="same"),
    "intersect": simple(_intersect, 1, gives="same"),
    "exclude": simple(_exclude, 1, gives="same"),
    "union": simple(union, 1),
    "combine": simple(_combine, 1),
    "not": simple(_not, gives="System.Boolean"),
}
"""The functions of this file by name."""
