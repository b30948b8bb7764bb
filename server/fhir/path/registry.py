"""All functions by name, and those that are left out, each with the reason.

Spec page: http://hl7.org/fhirpath/N1/#functions
"""

from collections.abc import Mapping

from server.fhir.path import boundaries, conversion, existence, fhir, math, strings
from server.fhir.path.function import Function

FUNCTIONS: Mapping[str, Function] = (
    dict(existence.FUNCTIONS)
    | dict(strings.FUNCTIONS)
    | dict(math.FUNCTIONS)
    | dict(conversion.FUNCTIONS)
    | dict(fhir.FUNCTIONS)
    | dict(boundaries.FUNCTIONS)
)
"""Every function that compiles."""

LEFT_OUT: Mapping[str, str] = {
    "elementDefinition": "It needs the StructureDefinition at run time, of which only the compiled facts are kept.",
    "slice": "Slices are decided by the validator, which does not name them to expressions.",
    "checkModifiers": "The validator refuses unknown modifier extensions by itself.",
    "subsumes": "It needs a terminology server; no rule of the guides uses it.",
    "subsumedBy": "It needs a terminology server; no rule of the guides uses it.",
    "defineVariable": "It came after FHIRPath 2.0.",
}
"""Functions of the specifications that do not compile, with the reason that the message gives."""
