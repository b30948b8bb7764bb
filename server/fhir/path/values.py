"""The items that FHIRPath computes with: System values, and elements of a resource with their FHIR type.

System values are Python's own where Python has them: bool, int, Decimal and str; Moment and Quantity are ours.
Spec page: http://hl7.org/fhirpath/N1/#literals
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from server.fhir.json import Json
from server.fhir.path.model import TypeFacts
from server.fhir.path.moment import parse
from server.fhir.path.units import CALENDAR, UCUM_OF_CALENDAR, Unit, unit

Item = Any
"""A Node or a System value: bool, int, Decimal, str, Moment, Quantity, TypeInfo."""

Items = list[Item]
"""What every expression takes and gives."""

UCUM = "http://unitsofmeasure.org"
_WIDE = Context(prec=1000)
"""Wide enough for every number that is read: rounding to fewer digits must not fail for those before the point."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit: a UCUM code, or a calendar word such as `year` when `calendar` is set."""

    value: Decimal
    unit: str
    calendar: bool = False

    def __str__(self) -> str:
        if not self.calendar:
            return f"{plain(self.value)} '{self.unit}'"
        return f"{plain(self.value)} {self.unit}{'' if abs(self.value) == 1 else 's'}"

    def measured(self) -> Unit | None:
        """Its unit as a factor over base units; None when it has none, as a calendar year or an unknown code has."""
        return unit(UCUM_OF_CALENDAR.get(self.unit, "") if self.calendar else self.unit)


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """What `type()` gives."""

    namespace: str
    name: str


class Home:
    """Where an element stands: its resource, the resource that one is contained in, and the entry's fullUrl.

    `resolve()` needs it, as a reference means another thing in another entry.
    """

    __slots__ = ("contained", "container", "entries", "full_url", "resource")

    def __init__(self, resource: Json, container: "Home | None" = None, full_url: str | None = None) -> None:
        self.resource = resource
        self.container = container
        self.full_url = full_url
        self.entries: dict[str, Json] | None = None
        """Of a Bundle, its entries by fullUrl, once they were asked for."""
        self.contained: dict[str, Json] | None = None
        """The contained resources by their id, once they were asked for."""


class Node:
    """An element of a resource. `value` is its JSON, `shadow` the JSON beside it that holds a primitive's extensions.

    `facts` is None where the type is not known, as outside of FHIR resources.
    """

    __slots__ = ("facts", "home", "shadow", "value")

    def __init__(self, value: Json, facts: TypeFacts | None, home: Home | None, shadow: Json = None) -> None:
        self.value = value
        self.facts = facts
        self.home = home
        self.shadow = shadow

    def __repr__(self) -> str:
        return f"<{self.facts.name if self.facts else 'element'}>"


MOMENTS = {"date": "Date", "dateTime": "DateTime", "instant": "DateTime", "time": "Time"}
"""FHIR types whose System value is a Moment, with its kind."""


def system(item: Item) -> Item | None:
    """The System value of an item: what operators and functions take. None when it has none; a Node stays no Node."""
    if type(item) is not Node:
        return item
    value, facts = item.value, item.facts
    if value is None or type(value) is list:
        return None
    if type(value) is dict:
        return _quantity(value) if facts is not None and "Quantity" in facts.lineage else None
    if facts is None:
        return value
    if type(value) is str and (kind := MOMENTS.get(facts.name)):
        return parse(value, kind) or value
    if facts.name == "decimal" and type(value) is int:
        return Decimal(value)
    return value


def _quantity(value: Json) -> Quantity | None:
    number, code = value.get("value"), value.get("code")
    if type(number) is not Decimal and type(number) is not int:
        return None
    if value.get("system") == UCUM and type(code) is str:
        return Quantity(Decimal(number), code)
    text = value.get("unit")
    return Quantity(Decimal(number), text if type(text) is str else "1") if code is None else None


def singular(word: str) -> str | None:
    """The calendar unit that a word means: `days` and `day` are `day`; None when it is none."""
    return CALENDAR.get(word)


def to_decimal(number: Fraction) -> Decimal:
    """A fraction as a decimal of at most 28 digits."""
    return Decimal(number.numerator) / Decimal(number.denominator)


def plain(number: Decimal) -> str:
    """A decimal without an exponent."""
    return f"{number:f}"


def rounded(number: Decimal, digits: int) -> Decimal:
    """A decimal with so many digits after the point; half is rounded away from zero."""
    return number.quantize(Decimal((0, (1,), -digits)), ROUND_HALF_UP, _WIDE)
