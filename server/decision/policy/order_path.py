"""Reads the element of an order that a policy names by FHIRPath, compiled when the policy is loaded.

The orders that may be asked for are of several types, and an element of one is none of another: an expression is
compiled for each type that has it, and is unknown for an order of any other. What a person is stays out of reach.
Spec page: https://hl7.org/fhir/R4/fhirpath.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from server.decision.codes import canonical
from server.decision.intake.order import ORDER_TYPES
from server.decision.request import Code, Ordered, Quantity, Value
from server.fhir.json import Json
from server.fhir.lenient import codings, obj, objects, text
from server.fhir.path.compile import Path, compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused, PathRefused

PERSONS = frozenset({"Patient", "Person", "RelatedPerson"})
"""Resources that no expression of a policy reaches: a member's age is the one attribute of a person it may read."""

_TO_A_PERSON = re.compile(rf"\b(subject|patient|contained|children|descendants|{'|'.join(sorted(PERSONS))})\b")


def order_paths(expression: str) -> Mapping[str, Path]:
    """The expression compiled for each type of order that has all of its elements.

    Raises PathRefused with the fault of the type that it gets furthest in.
    """
    found: dict[str, Path] = {}
    faults: list[PathRefused] = []
    for type_name in sorted(ORDER_TYPES):
        try:
            found[type_name] = compile_path(expression, type_name, strict=True)
        except PathRefused as fault:
            faults.append(fault)
    if not found:
        raise max(faults, key=lambda fault: fault.position)
    return MappingProxyType(found)


def reaches_a_person(expression: str) -> bool:
    """Whether the expression names a way to a person, or to everything at once."""
    return _TO_A_PERSON.search(expression) is not None


@dataclass(frozen=True, slots=True)
class Elements:
    """What an expression finds in an order; not exhaustive where something found is no value of a decision."""

    values: tuple[Value, ...] = ()
    exhaustive: bool = True


def read_elements(paths: Mapping[str, Path], order: Ordered, received: datetime) -> Elements:
    """What the expression finds, `now()` being the receipt of the request; nothing where it can't be answered.

    It can't where it follows a reference to what did not come along: `exists()` would take that for an absence.
    """
    path = paths.get(text(order.resource.get("resourceType")) or "")
    if path is None:
        return Elements()
    came = _CameAlong(order)
    try:
        found = path.values(_without_persons(order.resource), environment=Environment(resolver=came, now=received))
    except EvaluationRefused:
        return Elements()
    if came.missed:
        return Elements()
    read = [_values(element) for element in found]
    values = tuple(dict.fromkeys(value for each in read for value in each))
    return Elements(values, exhaustive=all(read))


@dataclass(slots=True)
class _CameAlong:
    """Resolves references to what came with the order, and remembers whether one was not to be had."""

    order: Ordered
    missed: bool = False

    def resolve(self, reference: str) -> Json | None:
        found = self.order.find(reference)
        if found is None or obj(found).get("resourceType") in PERSONS:
            self.missed = True
            return None
        return found


def _without_persons(order: Mapping[str, Json]) -> Json:
    contained = objects(order.get("contained"))
    kept = [each for each in contained if each.get("resourceType") not in PERSONS]
    return order if len(kept) == len(contained) else {**order, "contained": kept}


def _values(element: Json) -> tuple[Value, ...]:
    """The values of one element; none for a type that a condition can't ask about."""
    match element:
        case bool() | Decimal():
            return (element,)
        case int():
            return (Decimal(element),)
        case str():
            return (element,) if element else ()
        case {"coding": _}:
            return tuple(_code(coding) for coding in codings(element))
        case {"value": int() | Decimal()}:
            return _quantity(element)
        case {"system": str(), "code": str()}:
            return (_code(element),)
        case _:
            return ()


def _code(coding: Mapping[str, Json]) -> Code:
    return canonical(Code(coding["system"], coding["code"], text(coding.get("display"))))


def _quantity(element: Mapping[str, Json]) -> tuple[Quantity, ...]:
    """An exact Quantity; neither "more than 3" nor an amount of money is one."""
    if "comparator" in element or "currency" in element or isinstance(element["value"], bool):
        return ()
    unit, system, code = (text(element.get(name)) for name in ("unit", "system", "code"))
    return (Quantity(Decimal(element["value"]), unit, system, code),)
