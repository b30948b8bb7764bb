"""The tests of the fast lane: three-valued logic and comparisons on JSON values.

Spec page: http://hl7.org/fhirpath/N1/#boolean-logic
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from server.fhir.json import Json
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.fast_steps import Run, Test, Unusual
from server.fhir.path.moment import compare, parse
from server.fhir.path.regex import pattern

Number = Callable[[Json, Json], int | Decimal | None]
"""From `$this` and `%resource` to a number or nothing."""

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
"""Each comparison with its sides exchanged."""


def truth_of(run: Run) -> Test:
    """A collection as a Boolean: one item that is no Boolean counts as true."""

    def test(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        if not items:
            return None
        if len(items) > 1:
            raise Unusual
        value = items[0]
        return value if type(value) is bool else True

    return test


def opposite(test: Test) -> Test:
    """`not()`."""

    def run(this: Json, resource: Json) -> bool | None:
        value = test(this, resource)
        return None if value is None else not value

    return run


def both(left: Test, right: Test) -> Test:
    """`and`."""

    def test(this: Json, resource: Json) -> bool | None:
        first = left(this, resource)
        if first is False:
            return False
        second = right(this, resource)
        return second if first or second is False else None

    return test


def either(left: Test, right: Test) -> Test:
    """`or`."""

    def test(this: Json, resource: Json) -> bool | None:
        first = left(this, resource)
        if first:
            return True
        second = right(this, resource)
        return True if second else second if first is False else None

    return test


def implied(left: Test, right: Test) -> Test:
    """`implies`."""

    def test(this: Json, resource: Json) -> bool | None:
        first = left(this, resource)
        if first is False:
            return True
        second = right(this, resource)
        return second if first or second else None

    return test


def exclusive(left: Test, right: Test) -> Test:
    """`xor`."""

    def test(this: Json, resource: Json) -> bool | None:
        first, second = left(this, resource), right(this, resource)
        return None if first is None or second is None else first is not second

    return test


def same_truth(left: Test, right: Test, wanted: bool) -> Test:
    """`=` or `!=` between two Booleans."""

    def test(this: Json, resource: Json) -> bool | None:
        first, second = left(this, resource), right(this, resource)
        return None if first is None or second is None else (first is second) is wanted

    return test


def all_as(run: Run, test: Test, fixed: Test) -> Test:
    """Whether a test gives each item the answer of another, which does not depend on the items."""

    def all_(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        if not items:
            return True
        wanted = fixed(this, resource)
        return wanted is not None and all(test(item, resource) is wanted for item in items)

    return all_


def equal_to(run: Run, value: str | bool, wanted: bool) -> Test:
    """`=` or `!=` with a literal. What has another JSON type is unequal; several items are unequal to one."""

    def test(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        if not items:
            return None
        if len(items) > 1:
            return not wanted
        return (items[0] == value and type(items[0]) is type(value)) is wanted

    return test


def key_equal_to(key: str, shadow: str | None, value: str | bool, wanted: bool) -> Test:
    """The same of a child of `$this`, which needs no list."""

    def test(this: Json, resource: Json) -> bool | None:
        if shadow in this:
            raise Unusual
        found = this.get(key)
        if found is None:
            return None
        if type(found) is list:
            raise Unusual
        return (found == value and type(found) is type(value)) is wanted

    return test


def one_of(run: Run, values: frozenset[str]) -> Test:
    """`in` a list of strings."""

    def test(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        if not items:
            return None
        if len(items) > 1:
            raise Unusual
        return items[0] in values

    return test


def is_distinct(run: Run) -> Test:
    """`isDistinct()` of strings."""

    def test(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        return len(set(items)) == len(items)

    return test


def number_of(run: Run, measure: Callable[[Any], Any]) -> Number:
    """A number made from the only item."""

    def number(this: Json, resource: Json) -> int | Decimal | None:
        items = run(this, resource)
        if not items:
            return None
        if len(items) > 1 or type(items[0]) is bool:
            raise Unusual
        found: int | Decimal = measure(items[0])
        return found

    return number


def compared(left: Number, right: Number, accept: Callable[[Any, Any], bool]) -> Test:
    """A comparison of two numbers."""

    def test(this: Json, resource: Json) -> bool | None:
        ours, theirs = left(this, resource), right(this, resource)
        return None if ours is None or theirs is None else accept(ours, theirs)

    return test


def moments_compared(left: Run, kind: str, right: Run, other_kind: str, accept: Callable[[int, int], bool]) -> Test:
    """A comparison of two dates or times, which is empty when one of them is not precise enough."""

    def test(this: Json, resource: Json) -> bool | None:
        ours, theirs = left(this, resource), right(this, resource)
        if not ours or not theirs:
            return None
        if len(ours) > 1 or len(theirs) > 1:
            raise Unusual
        first, second = ours[0], theirs[0]
        if len(first) == len(second) == 10 and first[4] == first[7] == second[4] == second[7] == "-":
            return accept(_day(first), _day(second))
        one, other = parse(first, kind), parse(second, other_kind)
        if one is None or other is None or (one.kind == "Time") != (other.kind == "Time"):
            raise Unusual
        order = compare(one, other)
        return None if order is None else accept(order, 0)

    return test


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        raise Unusual from None


def text_test(name: str, run: Run, text: str, key: tuple[str, str | None] | None) -> Test | None:
    """`matches`, `startsWith`, `endsWith` or `contains` with a literal; None for other functions."""
    judge = _judge(name, text)
    if judge is None:
        return None
    if key is not None:
        return _key_test(*key, judge)

    def test(this: Json, resource: Json) -> bool | None:
        items = run(this, resource)
        if not items:
            return None
        if len(items) > 1:
            raise Unusual
        return judge(items[0])

    return test


def _key_test(key: str, shadow: str | None, judge: Callable[[str], bool]) -> Test:
    """The same of a child of `$this`, which needs no list."""

    def test(this: Json, resource: Json) -> bool | None:
        if shadow in this:
            raise Unusual
        found = this.get(key)
        if found is None:
            return None
        if type(found) is list:
            raise Unusual
        return judge(found)

    return test


def _judge(name: str, text: str) -> Callable[[str], bool] | None:
    if name == "matches":
        try:
            search = pattern(text).search
        except EvaluationRefused:
            return None
        return lambda value: search(value) is not None
    judges: Mapping[str, Callable[[str], bool]] = {
        "startsWith": lambda value: value.startswith(text),
        "endsWith": lambda value: value.endswith(text),
        "contains": lambda value: text in value,
    }
    return judges.get(name)
