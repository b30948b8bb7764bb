"""Functions that turn an item into another System type, or say whether that can be done.

Spec page: http://hl7.org/fhirpath/N1/#conversion
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from server.fhir.path.function import Function, simple
from server.fhir.path.items import answer, one, some
from server.fhir.path.moment import DAY, Moment, parse
from server.fhir.path.operators import in_range
from server.fhir.path.units import Unit
from server.fhir.path.values import Items, Quantity, plain, singular, system, to_decimal

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,200}(?:\.[0-9]{1,200})?")
_QUANTITY = re.compile(r"(?P<value>[+-]?[0-9]{1,200}(?:\.[0-9]{1,200})?)\s*(?:'(?P<unit>[^']+)'|(?P<word>[a-zA-Z]+))?")


def to_boolean(value: Any) -> bool | None:
    """A Boolean from a Boolean, 0, 1 or a word; None for all else."""
    match value:
        case bool():
            return value
        case int() | Decimal():
            return None if value not in (0, 1) else value == 1
        case str():
            return True if value.lower() in _TRUE else False if value.lower() in _FALSE else None
        case _:
            return None


def to_integer(value: Any) -> int | None:
    """An Integer from an Integer, a Boolean or digits; None for all else."""
    match value:
        case bool() | int():
            return int(value)
        case str() if _INTEGER.fullmatch(value):
            return in_range(int(value))  # type: ignore[return-value]
        case _:
            return None


def to_decimal_value(value: Any) -> Decimal | None:
    """A Decimal from a number, a Boolean or digits; None for all else."""
    match value:
        case bool() | int() | Decimal():
            return Decimal(value) if type(value) is not bool else Decimal(int(value))
        case str() if _DECIMAL.fullmatch(value):
            return Decimal(value)
        case _:
            return None


def to_string(value: Any) -> str | None:
    """The text of a System value; None when there is none."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case str() | int() | Moment() | Quantity():
            return str(value)
        case _:
            return None


def _to_moment(kind: str) -> Callable[[Any], Moment | None]:
    def convert(value: Any) -> Moment | None:
        match value:
            case str():
                return parse(value, kind)
            case Moment() if kind != "Time" and value.kind != "Time":
                parts = value.parts[:DAY] if kind == "Date" else value.parts
                return Moment(kind, parts, value.zone if kind == "DateTime" else None)
            case Moment() if value.kind == kind:
                return value
            case _:
                return None

    return convert


def to_quantity(value: Any) -> Quantity | None:
    """A Quantity from a Quantity, a number, a Boolean or text such as `4 'mg'` or `4 days`; None for all else."""
    match value:
        case Quantity():
            return value
        case str():
            return _quantity_of_text(value)
        case _:
            number = to_decimal_value(value)
            return None if number is None else Quantity(number, "1")


def _quantity_of_text(text: str) -> Quantity | None:
    found = _QUANTITY.fullmatch(text)
    if not found:
        return None
    if found["word"]:
        word = singular(found["word"])
        return Quantity(Decimal(found["value"]), word, calendar=True) if word else None
    return Quantity(Decimal(found["value"]), found["unit"] or "1")


def _converted(quantity: Quantity | None, code: str | None) -> Quantity | None:
    """The quantity in another unit; None when there is no factor to it."""
    if quantity is None or code is None or code == quantity.unit:
        return quantity
    word = singular(code)
    target = Quantity(Decimal(1), word or code, calendar=word is not None)
    ours, theirs = quantity.measured(), target.measured()
    if ours is None or theirs is None or ours.dimensions != theirs.dimensions:
        return None
    value = to_decimal(_factor(ours, theirs, quantity.value))
    return Quantity(value, target.unit, target.calendar)


def _factor(ours: Unit, theirs: Unit, value: Decimal) -> Fraction:
    return Fraction(value) * ours.factor / theirs.factor


def _to_quantity_in(items: Items, code: Items | None = None) -> Quantity | None:
    wanted = system(one(code)) if code else None
    return _converted(to_quantity(system(one(items))), wanted if type(wanted) is str else None)


def _convert(to: Callable[[Any], Any]) -> Function:
    def run(items: Items) -> Items:
        return some(to(system(one(items))))

    return simple(run)


def _can(to: Callable[[Any], Any]) -> Function:
    def run(items: Items) -> Items:
        return answer(to(system(one(items))) is not None) if items else []

    return simple(run, gives="System.Boolean")


def _can_be_quantity(items: Items, code: Items | None = None) -> Items:
    return answer(_to_quantity_in(items, code) is not None) if items else []


def _comparable(items: Items, other: Items) -> Items:
    one_, other_ = to_quantity(system(one(items))), to_quantity(system(one(other)))
    if one_ is None or other_ is None:
        return []
    ours, theirs = one_.measured(), other_.measured()
    if ours is None or theirs is None:
        return answer((one_.unit, one_.calendar) == (other_.unit, other_.calendar))
    return answer(ours.dimensions == theirs.dimensions)


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "Boolean": to_boolean,
    "Integer": to_integer,
    "Long": to_integer,
    "Decimal": to_decimal_value,
    "String": to_string,
    "Date": _to_moment("Date"),
    "DateTime": _to_moment("DateTime"),
    "Time": _to_moment("Time"),
}

FUNCTIONS: Mapping[str, Function] = {
    **{f"to{name}": _convert(to) for name, to in _CONVERSIONS.items()},
    **{f"convertsTo{name}": _can(to) for name, to in _CONVERSIONS.items()},
    "toQuantity": simple(lambda items, code=None: some(_to_quantity_in(items, code)), 0, 1),
    "convertsToQuantity": simple(_can_be_quantity, 0, 1, "System.Boolean"),
    "comparable": simple(_comparable, 1, gives="System.Boolean"),
}
"""The functions of this file by name."""
