"""The least and the greatest value that a number, date or time of limited precision may stand for.

Spec page: http://hl7.org/fhirpath/#lowboundaryprecision-integer-decimal--date--datetime--time
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, DecimalException

from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Function, simple
from server.fhir.path.items import integer, one, some
from server.fhir.path.moment import DAY, Moment
from server.fhir.path.values import Item, Items, Quantity, system

_MAX_DIGITS = 28
_DEFAULT_DIGITS = 8
_DATE_DIGITS = {4: 1, 6: 2, 8: 3, 10: 4, 12: 5, 14: 6, 17: 6}
"""Components of a date or date-time by its precision: the number of its digits."""
_TIME_DIGITS = {2: 1, 4: 2, 6: 3, 9: 3}
_MILLISECONDS = {17, 9}


def _boundary(items: Items, precision: Items | None, high: bool) -> Items:
    value = system(one(items))
    digits = integer(precision) if precision is not None else None
    match value:
        case None:
            return []
        case bool() | str():
            raise EvaluationRefused("Only numbers, quantities, dates and times have boundaries.")
        case int() | Decimal():
            return some(_of_number(Decimal(value), digits, high))
        case Quantity():
            found = _of_number(value.value, digits, high)
            return [] if found is None else [Quantity(found, value.unit, value.calendar)]
        case Moment():
            return some(_of_moment(value, digits, high))
        case _:
            return []


def _of_number(value: Decimal, digits: int | None, high: bool) -> Decimal | None:
    """Half of the last digit above or below, rounded outward to the digits that are asked for."""
    places = _DEFAULT_DIGITS if digits is None else digits
    if not 0 <= places <= _MAX_DIGITS:
        return None
    half = Decimal((0, (5,), min(int(value.as_tuple().exponent), 0) - 1))
    edge = value + half if high else value - half
    try:
        return edge.quantize(Decimal((0, (1,), -places)), ROUND_CEILING if high else ROUND_FLOOR)
    except DecimalException:
        return None


def _of_moment(value: Moment, digits: int | None, high: bool) -> Moment | None:
    """The first or last millisecond, cut to the digits that are asked for."""
    is_time = value.kind == "Time"
    table = _TIME_DIGITS if is_time else _DATE_DIGITS
    wanted = {"Date": 8, "DateTime": 17, "Time": 9}[value.kind] if digits is None else digits
    if wanted not in table:
        return None
    parts = _filled(value, high)[: table[wanted]]
    if is_time:
        return Moment("Time", _whole(parts, wanted))
    if len(parts) <= DAY:
        return Moment("Date" if value.kind == "Date" or len(value.parts) > DAY else value.kind, parts)
    zone = (-12 * 60 if high else 14 * 60) if value.zone is None else value.zone
    return Moment("DateTime", _whole(parts, wanted), zone)


def _whole(parts: tuple[int | Decimal, ...], wanted: int) -> tuple[int | Decimal, ...]:
    """Seconds with or without their fraction."""
    if wanted in _MILLISECONDS or not isinstance(parts[-1], Decimal):
        return parts
    return (*parts[:-1], Decimal(int(parts[-1])))


def _filled(value: Moment, high: bool) -> tuple[int | Decimal, ...]:
    """All components, those that were not given at their least or greatest."""
    clock: tuple[int | Decimal, ...] = (23, 59, Decimal("59.999")) if high else (0, 0, Decimal("0.000"))
    given = value.parts
    if value.kind == "Time":
        return _milliseconds(given, high) + clock[len(given) :]
    month = given[1] if len(given) > 1 else 12 if high else 1
    last = monthrange(int(given[0]), int(month))[1] if high else 1
    day = (given[0], month, given[2] if len(given) > 2 else last)
    return day + _milliseconds(given[DAY:], high) + clock[len(given[DAY:]) :]


def _milliseconds(clock: tuple[int | Decimal, ...], high: bool) -> tuple[int | Decimal, ...]:
    """A second without, or with a shorter, fraction is filled up to milliseconds."""
    if len(clock) < 3:
        return clock
    whole, _, fraction = f"{clock[2]:f}".partition(".")
    return (*clock[:2], Decimal(f"{whole}.{fraction[:3].ljust(3, '9' if high else '0')}"))


def _precision(items: Items) -> Items:
    value: Item = system(one(items))
    match value:
        case int() if type(value) is int:
            return [0]
        case Decimal():
            return [max(0, -int(value.as_tuple().exponent))]
        case Moment():
            return [sum(char.isdigit() for char in str(replace(value, zone=None, text="")))]
        case None:
            return []
        case _:
            raise EvaluationRefused("Only numbers, dates and times have a precision.")


FUNCTIONS: Mapping[str, Function] = {
    "lowBoundary": simple(lambda items, digits=None: _boundary(items, digits, high=False), 0, 1, "same"),
    "highBoundary": simple(lambda items, digits=None: _boundary(items, digits, high=True), 0, 1, "same"),
    "precision": simple(_precision, gives="System.Integer"),
}
"""The functions of this file by name."""
