"""Functions on numbers. Decimals stay exact where the result can be; otherwise they have 28 digits.

Spec page: http://hl7.org/fhirpath/N1/#math
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, DecimalException
from typing import Any

from server.fhir.path.equality import is_number
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Function, simple
from server.fhir.path.items import integer, number, one, some
from server.fhir.path.operators import in_range, whole
from server.fhir.path.values import Items, Quantity, rounded, system

_DECIMAL, _INTEGER = "System.Decimal", "System.Integer"
_MAX_DIGITS = 40


def _on_number(code: Callable[..., Any], arguments: int = 0, gives: str = _DECIMAL) -> Function:
    """A function of a number and further numbers; empty when one is, or where the result is none or out of range."""

    def run(items: Items, *others: Items) -> Items:
        values = [number(items), *(number(other) for other in others)]
        if any(value is None for value in values):
            return []
        try:
            found = in_range(code(*values))
            return [] if type(found) is Decimal and not found.is_finite() else some(found)
        except (DecimalException, OverflowError):
            return []

    return simple(run, arguments, gives=gives)


def _abs(items: Items) -> Items:
    value = system(one(items))
    if type(value) is Quantity:
        return [Quantity(abs(value.value), value.unit, value.calendar)]
    if value is not None and not is_number(value):
        raise EvaluationRefused("A number or a quantity is needed here.")
    return [] if value is None else [abs(value)]


def _power(base: int | Decimal, exponent: int | Decimal) -> int | Decimal | None:
    """A whole power of an Integer is an Integer."""
    found: Decimal = Decimal(base) ** Decimal(exponent)
    if type(base) is int and type(exponent) is int and exponent >= 0:
        return int(base**exponent) if found.adjusted() < _MAX_DIGITS else None
    return found


def _log(value: int | Decimal, base: int | Decimal) -> Decimal:
    """Rounded by the last digits, in which a quotient of two logarithms is off: log(8, 2) is 3."""
    quotient = Decimal(value).ln() / Decimal(base).ln()
    return quotient.quantize(Decimal(1).scaleb(quotient.adjusted() - 24)).normalize() + 0


def _round(items: Items, digits: Items | None = None) -> Items:
    value, places = number(items), integer(digits) if digits else 0
    if value is None or places is None:
        return []
    if not 0 <= places <= _MAX_DIGITS:
        raise EvaluationRefused(f"A number is rounded to 0 to {_MAX_DIGITS} digits.")
    try:
        return [rounded(Decimal(value), places)]
    except DecimalException:
        return [value]


FUNCTIONS: Mapping[str, Function] = {
    "abs": simple(_abs, gives="same"),
    "ceiling": _on_number(lambda value: whole(Decimal(value).to_integral_value(ROUND_CEILING)), 0, _INTEGER),
    "floor": _on_number(lambda value: whole(Decimal(value).to_integral_value(ROUND_FLOOR)), 0, _INTEGER),
    "truncate": _on_number(lambda value: whole(Decimal(value)), 0, _INTEGER),
    "exp": _on_number(lambda value: Decimal(value).exp()),
    "ln": _on_number(lambda value: Decimal(value).ln()),
    "log": _on_number(_log, 1),
    "power": _on_number(_power, 1),
    "sqrt": _on_number(lambda value: Decimal(value).sqrt()),
    "round": simple(_round, 0, 1, _DECIMAL),
}
"""The functions of this file by name."""
