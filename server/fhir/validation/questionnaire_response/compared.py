"""Compares answers with values of the form: partial dates stay partial, quantities need units that compare.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen.operator
"""

from decimal import Decimal
from fractions import Fraction

from server.fhir.dates import DateRefused, interval
from server.fhir.json import Json
from server.fhir.path.units import unit

UCUM = "http://unitsofmeasure.org"


def order(left: Json, right: Json) -> int | None:
    """-1, 0 or 1 as `left` is below, the same or above; None where that can't be said."""
    if isinstance(left, dict) and isinstance(right, dict):
        return _of_quantities(left, right)
    if _is_number(left) and _is_number(right):
        return int(left > right) - int(left < right)
    if isinstance(left, str) and isinstance(right, str):
        return _of_texts(left, right)
    return None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _of_texts(left: str, right: str) -> int | None:
    """Dates by the time they may mean, times by their digits. Overlapping dates have no order."""
    if left == right:
        return 0
    if left[2:3] == ":" and right[2:3] == ":":
        return (left > right) - (left < right)
    try:
        one, other = interval(left), interval(right)
    except DateRefused:
        return None
    return -1 if one.high <= other.low else 1 if one.low >= other.high else None


def _of_quantities(left: Json, right: Json) -> int | None:
    if not (_is_number(left.get("value")) and _is_number(right.get("value"))) or "comparator" in left:
        return None
    factor = _factor(left, right)
    if factor is None:
        return None
    one, other = left["value"] * factor.numerator, right["value"] * factor.denominator
    return int(one > other) - int(one < other)


def _factor(left: Json, right: Json) -> Fraction | None:
    """How many of the right unit one of the left is."""
    if _unit_name(left) == _unit_name(right):
        return Fraction(1)
    if left.get("system") != UCUM or right.get("system") != UCUM:
        return None
    one, other = (unit(code) if isinstance(code, str) else None for code in (left.get("code"), right.get("code")))
    if one is None or other is None or one.dimensions != other.dimensions:
        return None
    return one.factor / other.factor


def _unit_name(quantity: Json) -> tuple[Json, Json]:
    """System and code; the text of the unit where there is no code."""
    if "code" in quantity:
        return quantity.get("system"), quantity["code"]
    return None, quantity.get("unit")


def same(given: Json, wanted: Json) -> bool | None:
    """Whether an answer has the value that is wanted; None where that can't be said."""
    if isinstance(given, dict) and isinstance(wanted, dict):
        if "value" in wanted or "value" in given:
            found = _of_quantities(given, wanted)
            return None if found is None else found == 0
        if "reference" in wanted:
            return bool(given.get("reference") == wanted["reference"])
        return same_coding(given, wanted)
    if _is_number(given) and _is_number(wanted):
        return bool(given == wanted)
    return type(given) is type(wanted) and bool(given == wanted)


def same_coding(given: Json, wanted: Json) -> bool | None:
    """Whether two codings mean the same code. A system that only one of them names leaves it open."""
    if given.get("code") != wanted.get("code"):
        return False
    if given.get("system") == wanted.get("system"):
        return True
    return None if "system" not in given or "system" not in wanted else False
