"""When two items are equal, equivalent, or one before the other; and keys that make sets of items linear.

Spec page: http://hl7.org/fhirpath/N1/#equality
"""

from collections import Counter
from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from server.fhir.json import Json
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.moment import DAY, Moment, compare, universal
from server.fhir.path.values import Item, Items, Node, Quantity, rounded, system, to_decimal

_MONTHS = {"year": 12, "month": 1}


def all_equal(left: Items, right: Items) -> bool | None:
    """Whether two collections are equal, item by item in order; None when empty or not to be told."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    result: bool | None = True
    for ours, theirs in zip(left, right, strict=True):
        same = equal(ours, theirs)
        if same is False:
            return False
        result = result and same
    return result


def equal(left: Item, right: Item) -> bool | None:
    """Whether two items are equal; None where dates are not precise enough, or units not comparable."""
    one, other = system(left), system(right)
    if type(one) is str and type(other) is str:
        return one == other
    if one is None or other is None:
        return one is other and _same_element(left, right)
    if is_number(one) and is_number(other):
        return bool(one == other)
    if type(one) is Moment and type(other) is Moment:
        return _same_moment(one, other)
    if type(one) is Quantity or type(other) is Quantity:
        return _same_quantity(_as_quantity(one), _as_quantity(other))
    return type(one) is type(other) and bool(one == other)


def is_number(value: Any) -> bool:
    """Whether it is an Integer or a Decimal; a Boolean is none."""
    return type(value) is int or type(value) is Decimal


def _same_element(left: Item, right: Item) -> bool:
    return type(left) is Node and type(right) is Node and left.value == right.value and left.shadow == right.shadow


def _same_moment(one: Moment, other: Moment) -> bool | None:
    if (one.kind == "Time") != (other.kind == "Time"):
        return False
    order = compare(one, other)
    return None if order is None else order == 0


def _as_quantity(value: Any) -> Quantity | None:
    """A number is a quantity of unit 1."""
    if type(value) is Quantity:
        return value
    return Quantity(Decimal(value), "1") if is_number(value) else None


def _same_quantity(one: Quantity | None, other: Quantity | None) -> bool | None:
    if one is None or other is None:
        return False
    order = compare_quantities(one, other)
    return None if order is None else order == 0


def compare_quantities(one: Quantity, other: Quantity) -> int | None:
    """-1, 0 or 1; None when their units have no known factor between them."""
    if (one.unit, one.calendar) == (other.unit, other.calendar):
        return (one.value > other.value) - (one.value < other.value)
    if one.calendar and other.calendar and one.unit in _MONTHS and other.unit in _MONTHS:
        months, others = one.value * _MONTHS[one.unit], other.value * _MONTHS[other.unit]
        return (months > others) - (months < others)
    ours, theirs = one.measured(), other.measured()
    if ours is None or theirs is None or ours.dimensions != theirs.dimensions:
        return None
    if (one.calendar != other.calendar) and {one.unit, other.unit} & {"a", "mo", "a_j", "mo_j", "mo_g"}:
        return None  # a calendar duration is never equal to a mean year or month
    mine, yours = _fraction(one) * ours.factor, _fraction(other) * theirs.factor
    return (mine > yours) - (mine < yours)


def _fraction(quantity: Quantity) -> Fraction:
    return Fraction(quantity.value)


def order(left: Item, right: Item) -> int | None:
    """-1, 0 or 1 for what `<` compares; None when it is not to be told. Raises EvaluationRefused for other types."""
    one: Any = system(left)
    other: Any = system(right)
    if (is_number(one) and is_number(other)) or (type(one) is str and type(other) is str):
        return int(one > other) - int(one < other)
    if type(one) is Moment and type(other) is Moment and (one.kind == "Time") == (other.kind == "Time"):
        return compare(one, other)
    mine, yours = _as_quantity(one), _as_quantity(other)
    if mine is None or yours is None:
        raise EvaluationRefused("Only two numbers, strings, dates, times or quantities can be compared.")
    return compare_quantities(mine, yours)


def key(item: Item) -> Hashable:
    """Equal items have equal keys, so that sets of items cost one look at each."""
    value = system(item)
    match value:
        case bool() | str():
            return (type(value), value)
        case int() | Decimal():
            return ("number", value)
        case Moment():
            zoned = value.zone is not None and value.precision > DAY
            return ("moment", value.kind == "Time", zoned, universal(value))
        case Quantity():
            return _quantity_key(value)
        case None if type(item) is Node:
            return ("element", frozen(item.value), frozen(item.shadow))
        case _:
            return ("other", value)


def _quantity_key(quantity: Quantity) -> Hashable:
    if quantity.calendar and quantity.unit in _MONTHS:
        return ("months", quantity.value * _MONTHS[quantity.unit])
    unit = quantity.measured()
    if unit is None:
        return ("quantity", quantity.value, quantity.unit, quantity.calendar)
    return ("quantity", _fraction(quantity) * unit.factor, unit.dimensions)


def frozen(value: Json) -> Hashable:
    """A hashable twin of a JSON value."""
    if type(value) is dict:
        return frozenset((name, frozen(child)) for name, child in value.items())
    if type(value) is list:
        return tuple(frozen(child) for child in value)
    return (type(value) is bool, value)


def all_equivalent(left: Items, right: Items) -> bool:
    """Whether two collections hold equivalent items, in any order."""
    if len(left) != len(right):
        return False
    buckets: dict[Hashable, Items] = {}
    for item in right:
        buckets.setdefault(_bucket(item), []).append(item)
    for item in left:
        candidates = buckets.get(_bucket(item), [])
        at = next((at for at, other in enumerate(candidates) if equivalent(item, other)), None)
        if at is None:
            return False
        candidates.pop(at)
    return True


def _bucket(item: Item) -> Hashable:
    """Equivalent items fall into one bucket; strings, of which there may be many, nearly into one each."""
    value = system(item)
    if value is None and type(item) is Node:
        return _outline(item.value)
    if type(value) is str:
        return _loose(value)
    return ("number",) if is_number(value) else (type(value),)


def _outline(value: Json) -> Hashable:
    """What equivalent elements have in common: their strings without case, and that there are numbers."""
    if type(value) is dict:
        return frozenset((name, _outline(child)) for name, child in value.items())
    if type(value) is list:
        return frozenset(Counter(_outline(child) for child in value).items())
    return _loose(value) if type(value) is str else "number" if is_number(value) else type(value).__name__


def equivalent(left: Item, right: Item) -> bool:
    """Whether two items are the same to a reader: case, white space and digits beyond the less precise do not count."""
    one: Any = system(left)
    other: Any = system(right)
    if type(one) is str and type(other) is str:
        return _loose(one) == _loose(other)
    if is_number(one) and is_number(other):
        return _close(Decimal(one), Decimal(other))
    if type(one) is Quantity and type(other) is Quantity:
        return _equivalent_quantities(one, other)
    if one is None and other is None and type(left) is Node and type(right) is Node:
        return _alike(left.value, right.value)
    return equal(left, right) is True


def _loose(text: str) -> str:
    return " ".join(text.casefold().split())


def _close(one: Decimal, other: Decimal) -> bool:
    digits = min(_places(one), _places(other))
    return rounded(one, digits) == rounded(other, digits)


def _places(number: Decimal) -> int:
    """Digits behind the point, trailing zeros aside."""
    return max(0, -int(number.normalize().as_tuple().exponent))


def _equivalent_quantities(one: Quantity, other: Quantity) -> bool:
    words = {"year": "a", "month": "mo"}
    one, other = (
        Quantity(each.value, words[each.unit]) if each.calendar and each.unit in words else each
        for each in (one, other)
    )
    ours, theirs = one.measured(), other.measured()
    if ours is None or theirs is None or ours.dimensions != theirs.dimensions:
        return one.unit == other.unit and _close(one.value, other.value)
    return _close(one.value, to_decimal(_fraction(other) * theirs.factor / ours.factor))


def _alike(one: Json, other: Json) -> bool:
    """Equivalence of JSON: as `equivalent`, element by element, repetitions in any order."""
    if type(one) is dict and type(other) is dict:
        return one.keys() == other.keys() and all(_alike(child, other[name]) for name, child in one.items())
    if type(one) is list and type(other) is list:
        return all_equivalent([Node(each, None, None) for each in one], [Node(each, None, None) for each in other])
    if type(one) is str and type(other) is str:
        return _loose(one) == _loose(other)
    if is_number(one) and is_number(other):
        return _close(Decimal(one), Decimal(other))
    return type(one) is type(other) and bool(one == other)
