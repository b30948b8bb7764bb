"""Reads Codings as the decision's codes.

Spec page: https://hl7.org/fhir/R4/datatypes.html#CodeableConcept
"""

from collections.abc import Iterable

from server.decision.codes import canonical
from server.decision.request import Code
from server.fhir.element import Element


def coding(element: Element) -> Code | None:
    """The code of a Coding; None when it has no code, or no system and so no meaning."""
    system, code = element.text("system"), element.text("code")
    return canonical(Code(system, code, element.text("display"))) if system and code else None


def codes(concepts: Iterable[Element | None]) -> tuple[Code, ...]:
    """The codes of CodeableConcepts in their order, each once; what is absent (None) is left out."""
    found = (coding(each) for concept in concepts if concept for each in concept.children("coding"))
    return tuple(dict.fromkeys(code for code in found if code))
