"""Reads a FHIR Quantity as an exact one.

Spec page: https://hl7.org/fhir/R4/datatypes.html#Quantity
"""

from server.decision.request import Quantity
from server.fhir.element import Element


def quantity_of(element: Element) -> Quantity | None:
    """The quantity; None when it has no value, or a comparator and so no exact one."""
    value = element.decimal("value")
    if value is None or element.text("comparator"):
        return None
    return Quantity(value, element.text("unit"), element.text("system"), element.text("code"))
