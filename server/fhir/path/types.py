"""Which type an item has, and whether it is of a type that an expression names.

A name without namespace means the FHIR type, or the System type where there is no item of the FHIR one: `Quantity`.
Spec page: http://hl7.org/fhirpath/N1/#types
"""

from dataclasses import dataclass
from decimal import Decimal

from server.fhir.path.errors import PathRefused
from server.fhir.path.model import Model, TypeFacts
from server.fhir.path.moment import Moment
from server.fhir.path.values import Item, Node, Quantity, TypeInfo

SYSTEM = frozenset({"Any", "Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity"})
"""The System types."""

_NAMES: dict[type, str] = {bool: "Boolean", str: "String", int: "Integer", Decimal: "Decimal", Quantity: "Quantity"}


@dataclass(frozen=True, slots=True)
class Target:
    """A type that an expression names: a FHIR type, a System type, or both when the name says neither."""

    fhir: TypeFacts | None
    system: str | None


def target(name: str, model: Model, expression: str, at: int, *, strict: bool) -> Target:
    """The type that a name means. In strict mode, raises PathRefused for a FHIR type that does not exist; otherwise
    nothing is of it, as published invariants name types of later versions of FHIR."""
    namespace, _, plain = name.rpartition(".")
    if namespace == "System":
        return Target(None, plain)
    if namespace not in ("", "FHIR") and name not in model.types:
        raise PathRefused("The namespaces of types are FHIR and System.", expression, at)
    fhir = model.types.get(plain if namespace in ("", "FHIR") else name)
    system = plain if namespace == "" and plain in SYSTEM else None
    if strict and fhir is None and system is None:
        raise PathRefused("There is no such type.", expression, at)
    return Target(fhir, system)


def type_of(item: Item) -> TypeInfo:
    """The type of an item."""
    if type(item) is Node and item.facts is not None:
        return TypeInfo("FHIR", item.facts.name)
    value = item.value if type(item) is Node else item
    if type(value) is Moment:
        return TypeInfo("System", value.kind)
    return TypeInfo("System", _NAMES.get(type(value), "Any"))


def is_of(item: Item, wanted: Target) -> bool:
    """Whether an item is of the type, or of one that derives from it."""
    if type(item) is Node and item.facts is not None:
        return wanted.fhir is not None and wanted.fhir.name in item.facts.lineage
    return wanted.system is not None and wanted.system in ("Any", type_of(item).name)


def is_exactly(item: Item, wanted: Target) -> bool:
    """As `is_of`, but a code is no string and a url no uri: what `as` and `ofType` ask."""
    if type(item) is Node and item.facts is not None and item.facts.is_primitive:
        return wanted.fhir is item.facts
    return is_of(item, wanted)
