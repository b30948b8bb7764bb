"""Arithmetic, comparison, logic and membership.

Spec page: http://hl7.org/fhirpath/N1/#operations
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from fractions import Fraction
from typing import Any

from server.fhir.path.equality import all_equal, all_equivalent, is_number, key, order
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.items import answer, one, some, text
from server.fhir.path.moment import Moment, add
from server.fhir.path.units import Dimensions
from server.fhir.path.values import Item, Items, Quantity, system, to_decimal

_LARGEST = 2**63
_LARGEST_DIGITS = 19

Operator = Callable[[Items, Items], Items]


def union(left: Items, right: Items) -> Items:
    """Both collections without duplicates, in the order of their first appearance."""
    return distinct(left + right)


def distinct(items: Items) -> Items:
    """The items without duplicates, in the order of their first appearance."""
    return list({key(item): item for item in reversed(items)}.values())[::-1] if len(items) > 1 else items


def contains(left: Items, right: Items) -> Items:
    """Whether the only item on the right is among those on the left."""
    if not right:
        return []
    wanted = key(one(right))
    return answer(any(key(item) == wanted for item in left))


def _equal(left: Items, right: Items) -> Items:
    return answer(all_equal(left, right))


def _unequal(left: Items, right: Items) -> Items:
    same = all_equal(left, right)
    return answer(None if same is None else not same)


def _ordered(accept: Callable[[int], bool]) -> Operator:
    def operator(left: Items, right: Items) -> Items:
        if not left or not right:
            return []
        result = order(one(left), one(right))
        return answer(None if result is None else accept(result))

    return operator


def _arithmetic(on_numbers: Callable[[Any, Any], Any], on_others: Callable[[Any, Any], Item | None]) -> Operator:
    def operator(left: Items, right: Items) -> Items:
        if not left or not right:
            return []
        ours, theirs = system(one(left)), system(one(right))
        try:
            if is_number(ours) and is_number(theirs):
                return some(in_range(on_numbers(ours, theirs)))
            return some(on_others(ours, theirs))
        except (DecimalException, ZeroDivisionError):
            return []

    return operator


def in_range(number: int | Decimal | None) -> int | Decimal | None:
    """The number; None where an Integer overflows, as the specification says."""
    return None if type(number) is int and not -_LARGEST <= number < _LARGEST else number


def whole(number: Decimal) -> int | None:
    """A decimal without its fraction; None where an Integer overflows, seen before a huge one is made."""
    return None if number.adjusted() > _LARGEST_DIGITS else int(number)


def _plus(ours: Any, theirs: Any) -> Item | None:
    if type(ours) is str and type(theirs) is str:
        return ours + theirs
    if type(ours) is Moment and type(theirs) is Quantity:
        return shifted(ours, theirs, 1)
    return _sum(ours, theirs, 1)


def _minus(ours: Any, theirs: Any) -> Item | None:
    if type(ours) is Moment and type(theirs) is Quantity:
        return shifted(ours, theirs, -1)
    return _sum(ours, theirs, -1)


_TIME_OF_UCUM = {"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}
_VAGUE = frozenset({"a", "mo", "a_j", "mo_j", "mo_g"})


def shifted(moment: Moment, duration: Quantity, sign: int) -> Moment | None:
    """A date or time so much later, or earlier. Raises EvaluationRefused for a UCUM year or month, which are means."""
    unit = duration.unit.removesuffix("s") if len(duration.unit) > 3 else duration.unit
    if not duration.calendar and duration.unit in _VAGUE:
        raise EvaluationRefused("Add calendar years or months (1 year), not the mean ones of UCUM.")
    return add(moment, duration.value * sign, unit if duration.calendar else _TIME_OF_UCUM.get(unit, unit))


def _sum(ours: Any, theirs: Any, sign: int) -> Quantity | None:
    one, other = _quantities(ours, theirs)
    if (one.unit, one.calendar) == (other.unit, other.calendar):
        return Quantity(one.value + sign * other.value, one.unit, one.calendar)
    mine, yours = one.measured(), other.measured()
    if mine is None or yours is None or mine.dimensions != yours.dimensions:
        return None
    converted = to_decimal(Fraction(other.value) * yours.factor / mine.factor)
    return Quantity(one.value + sign * converted, one.unit, one.calendar)


def _quantities(ours: Any, theirs: Any) -> tuple[Quantity, Quantity]:
    found = [Quantity(Decimal(each), "1") if is_number(each) else each for each in (ours, theirs)]
    if type(found[0]) is not Quantity or type(found[1]) is not Quantity:
        raise EvaluationRefused("This operator does not take these two types.")
    return found[0], found[1]


def _product(power: int) -> Callable[[Any, Any], Item | None]:
    def on_others(ours: Any, theirs: Any) -> Item | None:
        one, other = _quantities(ours, theirs)
        value = one.value * other.value if power == 1 else one.value / other.value
        if other.unit == "1" or (power == 1 and one.unit == "1"):
            kept = one if other.unit == "1" else other
            return Quantity(value, kept.unit, kept.calendar)
        mine, yours = one.measured(), other.measured()
        if mine is None or yours is None:
            return None
        both = mine.times(yours, power)
        exact = Fraction(one.value) * Fraction(other.value) ** power
        return Quantity(to_decimal(exact * both.factor), _code(both.dimensions))

    return on_others


def _code(dimensions: Dimensions) -> str:
    """The UCUM code of a product of base units."""
    return ".".join(base + (str(power) if power != 1 else "") for base, power in dimensions) or "1"


def _refuse(ours: Any, theirs: Any) -> Item | None:
    raise EvaluationRefused("This operator takes numbers only.")


def _divide(ours: int | Decimal, theirs: int | Decimal) -> Decimal:
    return Decimal(ours) / Decimal(theirs)


def _quotient(ours: int | Decimal, theirs: int | Decimal) -> int | None:
    if type(ours) is int and type(theirs) is int:
        return _div(ours, theirs)
    return whole(Decimal(ours) / Decimal(theirs))


def _div(ours: Any, theirs: Any) -> int:
    found = abs(ours) // abs(theirs)
    return int(found if (ours < 0) == (theirs < 0) else -found)


def _remainder(ours: int | Decimal, theirs: int | Decimal) -> int | Decimal:
    if type(ours) is int and type(theirs) is int:
        return ours - theirs * _div(ours, theirs)
    return Decimal(ours) % Decimal(theirs)


def _joined(left: Items, right: Items) -> Items:
    return some((text(left) or "") + (text(right) or ""))


OPERATORS: Mapping[str, Operator] = {
    "=": _equal,
    "!=": _unequal,
    "~": lambda left, right: answer(all_equivalent(left, right)),
    "!~": lambda left, right: answer(not all_equivalent(left, right)),
    "<": _ordered(lambda result: result < 0),
    "<=": _ordered(lambda result: result <= 0),
    ">": _ordered(lambda result: result > 0),
    ">=": _ordered(lambda result: result >= 0),
    "|": union,
    "contains": contains,
    "in": lambda left, right: contains(right, left),
    "+": _arithmetic(lambda ours, theirs: ours + theirs, _plus),
    "-": _arithmetic(lambda ours, theirs: ours - theirs, _minus),
    "*": _arithmetic(lambda ours, theirs: ours * theirs, _product(1)),
    "/": _arithmetic(_divide, _product(-1)),
    "div": _arithmetic(_quotient, _refuse),
    "mod": _arithmetic(_remainder, _refuse),
    "&": _joined,
}
"""What each operator does with two collections, `and`, `or`, `xor`, `implies`, `is` and `as` aside."""


def negated(items: Items) -> Items:
    """`-x`."""
    value = system(one(items))
    if value is None:
        return []
    if type(value) is Quantity:
        return [Quantity(-value.value, value.unit, value.calendar)]
    if not is_number(value):
        raise EvaluationRefused("Only a number or a quantity has a sign.")
    return [-value]


def unsigned(items: Items) -> Items:
    """`+x`."""
    negated(items)
    return items
