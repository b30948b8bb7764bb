"""What the fast lane makes of the parts of an expression, and the operators between two of them.

Spec page: http://hl7.org/fhirpath/N1/#operations
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from server.fhir.json import Json
from server.fhir.path.fast_steps import Found, Test, joined
from server.fhir.path.fast_tests import (
    Number,
    compared,
    equal_to,
    is_distinct,
    key_equal_to,
    moments_compared,
    number_of,
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


@dataclass(frozen=True, slots=True)
class Count:
    """A part that gives a number."""

    run: Number


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


def comparison(left: Part | None, right: Part | None, sign: str) -> Part | None:
    """Two parts compared; None when they are not two Booleans, two dates or times, or two numbers."""
    if isinstance(left, Truth) and isinstance(right, Truth) and sign in ("=", "!="):
        return Truth(same_truth(left.test, right.test, sign == "="))
    kind, other_kind = _kind_of_moment(left), _kind_of_moment(right)
    if isinstance(left, Found) and isinstance(right, Found) and kind and other_kind:
        return Truth(moments_compared(left.run, kind, right.run, other_kind, COMPARISONS[sign]))
    one, other = _number(left), _number(right)
    return None if one is None or other is None else Truth(compared(one, other, COMPARISONS[sign]))


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
    if part.key is not None:
        return Truth(key_equal_to(*part.key, value, sign == "="))
    return Truth(equal_to(part.run, value, sign == "="))


def total(left: Part | None, right: Part | None) -> Part | None:
    """The sum of two counts."""
    if not isinstance(left, Count) or not isinstance(right, Count):
        return None
    one, other = left.run, right.run

    def run(this: Json, resource: Json) -> int | Decimal | None:
        ours, theirs = one(this, resource), other(this, resource)
        return None if ours is None or theirs is None else ours + theirs

    return Count(run)


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
            return Truth(lambda this, resource: len(run(this, resource)) == 1)
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
