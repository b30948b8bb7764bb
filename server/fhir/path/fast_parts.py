"""What the fast lane makes of the parts of an expression, and the operators between two of them.

Spec page: http://hl7.org/fhirpath/N1/#operations
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from server.fhir.json import Json
from server.fhir.path.fast_keys import (
    ANY,
    NO,
    NONE,
    YES,
    Answers,
    Combine,
    Keys,
    Possible,
    and_,
    combined,
    implies,
    not_,
    or_,
    there,
    without,
    xor,
)
from server.fhir.path.fast_steps import Found, Test, joined
from server.fhir.path.fast_tests import (
    Number,
    both,
    compared,
    either,
    equal_to,
    exclusive,
    implied,
    is_distinct,
    key_equal_to,
    moments_compared,
    number_of,
    opposite,
    same_truth,
    truth_of,
)
from server.fhir.path.moment import parse
from server.fhir.path.values import MOMENTS

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
"""What each comparison asks of two values that Python can compare."""

TEXTS = frozenset({"string", "code", "id", "uri", "url", "canonical", "markdown", "oid", "uuid", "base64Binary"})
"""FHIR types whose System value is a String."""

_MOMENTS = frozenset(MOMENTS)
_NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})
_VALUES = _MOMENTS | _NUMBERS | TEXTS | {"boolean"}
UNKNOWN = "unknown"
"""Stands for a type in `$this` where it may be one of several."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A part that gives a Boolean."""

    test: Test
    possible: Possible | None = None
    """The answers that the keys of `$this` leave possible."""
    fixed: bool = False
    """Whether it does not depend on `$this`."""
    given: Callable[[Keys], Test] | None = None
    """The test that is left where the keys of `$this` are known."""

    def with_keys(self, keys: Keys) -> Test:
        """The test for elements with just these keys that keep the rules of their type."""
        return self.given(keys) if self.given else self.test


@dataclass(frozen=True, slots=True)
class Count:
    """A part that gives a number."""

    run: Number
    is_zero: bool = False
    needs: Keys = frozenset()
    """Keys of `$this` of which one is there exactly when the number is above zero; none where that is not known."""


Part = Found | Truth | Count


def as_test(part: Part) -> Test:
    """A part as a Boolean: one item that is none counts as true."""
    match part:
        case Truth():
            return part.test
        case Found():
            return truth_of(part.run)
        case Count():
            run: Number = part.run
            return lambda this, resource: None if run(this, resource) is None else True


def as_truth(part: Part) -> Truth:
    """The same with what keys tell of it."""
    return part if isinstance(part, Truth) else Truth(as_test(part), possible_of(part))


def negated(part: Part) -> Truth:
    """`not()`."""
    of = as_truth(part)
    given = of.given
    return Truth(opposite(of.test), not_(of.possible), given=(lambda keys: opposite(given(keys))) if given else None)


_LOGIC: Mapping[str, tuple[Callable[[Test, Test], Test], Combine]] = MappingProxyType(
    {"and": (both, and_), "or": (either, or_), "implies": (implied, implies), "xor": (exclusive, xor)}
)
_LEFT_SAYS_NOTHING: Mapping[str, Answers] = MappingProxyType({"and": YES, "or": NO, "implies": YES})
_RIGHT_SAYS_NOTHING: Mapping[str, Answers] = MappingProxyType({"and": YES, "or": NO})


def logic(left: Truth, right: Truth, operator: str) -> Truth:
    """Two tests joined. Where keys tell one side, the other is left."""
    combine, answers = _LOGIC[operator]

    def given(keys: Keys) -> Test:
        if possible_of(left)(keys) == _LEFT_SAYS_NOTHING.get(operator):
            return right.with_keys(keys)
        if possible_of(right)(keys) == _RIGHT_SAYS_NOTHING.get(operator):
            return left.with_keys(keys)
        return combine(left.with_keys(keys), right.with_keys(keys))

    possible = combined(left.possible, right.possible, answers)
    return Truth(combine(left.test, right.test), possible, left.fixed and right.fixed, given)


def possible_of(part: Part) -> Possible:
    """The answers that are left for a part as a Boolean."""
    match part:
        case Truth():
            return part.possible or (lambda keys: ANY)
        case Found():
            return without(NONE, part.needs)
        case Count():
            return lambda keys: ANY


def exists_of(of: Found) -> Possible:
    """The same for whether there are any."""
    return of.there or without(NO, of.needs)


def carried(of: Found, part: Part | None) -> Part | None:
    """What was found from something is not there without it."""
    if not isinstance(part, Found):
        return part
    return replace(part, needs=part.needs or of.needs, fixed=of.fixed)


def comparison(left: Part | None, right: Part | None, sign: str) -> Part | None:
    """Two parts compared; None when they are not two Booleans, two dates or times, or two numbers."""
    if isinstance(left, Truth) and isinstance(right, Truth) and sign in ("=", "!="):
        return Truth(same_truth(left.test, right.test, sign == "="))
    kind, other_kind = _kind_of_moment(left), _kind_of_moment(right)
    if isinstance(left, Found) and isinstance(right, Found) and kind and other_kind:
        test = moments_compared(left.run, kind, right.run, other_kind, COMPARISONS[sign])
        return Truth(test, without(NONE, left.needs, right.needs))
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return None
    return Truth(compared(one, other, COMPARISONS[sign]), _counts(left, right, sign))


def _counts(left: Part | None, right: Part | None, sign: str) -> Possible | None:
    """Of two numbers: whether there are any at all, or the answer where one of them is absent."""
    if isinstance(left, Count) and left.needs and sign == ">" and isinstance(right, Count) and right.is_zero:
        return there(left.needs)
    return without(NONE, *(part.needs for part in (left, right) if isinstance(part, Found)))


def equality(part: Part | None, value: str | bool, sign: str) -> Part | None:
    """`x = 'text'` and `x = true`. A text that could be a date is not compared with dates here."""
    if sign not in ("=", "!="):
        return None
    if isinstance(part, Truth) and type(value) is bool:
        return Truth(same_truth(part.test, lambda this, resource: value, sign == "="))
    if not isinstance(part, Found) or UNKNOWN in part.types:
        return None
    if part.types & _MOMENTS and (type(value) is not str or parse(value, "DateTime") or parse(value, "Time")):
        return None
    possible = without(NONE, part.needs)
    if part.key is not None:
        return Truth(key_equal_to(*part.key, value, sign == "="), possible)
    return Truth(equal_to(part.run, value, sign == "="), possible, fixed=part.fixed)


def total(left: Part | None, right: Part | None) -> Part | None:
    """The sum of two counts."""
    if not isinstance(left, Count) or not isinstance(right, Count):
        return None
    one, other = left.run, right.run

    def run(this: Json, resource: Json) -> int | Decimal | None:
        ours, theirs = one(this, resource), other(this, resource)
        return None if ours is None or theirs is None else ours + theirs

    return Count(run, needs=left.needs | right.needs if left.needs and right.needs else frozenset())


def concatenation(left: Part | None, right: Part | None) -> Part | None:
    """`&` between two strings."""
    if not isinstance(left, Found) or not isinstance(right, Found) or not left.types | right.types <= TEXTS:
        return None
    return joined(left.run, right.run)


def of_primitives(name: str, of: Found) -> Part | None:
    """Functions of primitives without arguments."""
    run = of.run
    match name:
        case "isDistinct" if of.types <= TEXTS:
            return Truth(is_distinct(run))
        case "hasValue" if of.types <= _VALUES:
            known = there(frozenset({of.key[0]})) if of.key else without(NO, of.needs)
            return Truth(lambda this, resource: len(run(this, resource)) == 1, known)
        case "length" if of.types <= TEXTS:
            return Count(number_of(run, len))
        case "toString" if of.types <= TEXTS | _MOMENTS:
            return Found(run, frozenset({"string"}))
        case _:
            return None


def _kind_of_moment(part: Part | None) -> str | None:
    """The System type of elements that are all dates, or all times of the same type; None when they are not."""
    if not isinstance(part, Found) or len(part.types) != 1:
        return None
    return MOMENTS.get(next(iter(part.types)))


def _number(part: Part | None) -> Number | None:
    if isinstance(part, Count):
        return part.run
    if isinstance(part, Found) and part.types and part.types <= _NUMBERS:
        return number_of(part.run, lambda value: value)
    return None
