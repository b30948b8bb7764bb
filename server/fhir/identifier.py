"""Business identifiers.

Spec page: https://hl7.org/fhir/R4/datatypes.html#Identifier
"""

from dataclasses import dataclass

from server.fhir.codes import EIN, EIN_ALIAS
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class Identifier:
    """A system and a value; a system of None is an identifier that names none. Known aliases are one system."""

    system: str | None
    value: str


def identifier(element: Json) -> Identifier | None:
    """The identifier of a FHIR Identifier element; None when it has no value."""
    value = element.get("value") if isinstance(element, dict) else None
    if not isinstance(value, str) or not value:
        return None
    system = element.get("system")
    return Identifier(EIN if system == EIN_ALIAS else system if isinstance(system, str) else None, value)


def identifiers(elements: Json) -> tuple[Identifier, ...]:
    """The identifiers of a list of FHIR Identifier elements, those without a value left out."""
    return tuple(found for element in elements or () if (found := identifier(element)))
