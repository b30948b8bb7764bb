"""The Extension model with the elements that fhir.resources leaves out: `_value[x]` of primitives, and `valueMeta`.

A file of its own, as it imports fhir.resources and fhir.resources finds the class by its dotted name.
Spec page: https://hl7.org/fhir/R4/extensibility.html#Extension
"""

from fhir.resources.R4B import fhirtypes
from fhir.resources.R4B.extension import Extension as Upstream
from pydantic import Field, create_model

PRIMITIVES = (
    *("Base64Binary", "Boolean", "Canonical", "Code", "Date", "DateTime", "Decimal", "Id", "Instant", "Integer"),
    *("Markdown", "Oid", "PositiveInt", "String", "Time", "UnsignedInt", "Uri", "Url", "Uuid"),
)

_SIBLINGS = {
    f"value{name}__ext": (fhirtypes.FHIRPrimitiveExtensionType | None, Field(default=None, alias=f"_value{name}"))
    for name in PRIMITIVES
}

Extension = create_model(  # type: ignore[call-overload]
    "Extension",
    __base__=Upstream,
    __module__=__name__,
    valueMeta=(fhirtypes.MetaType | None, Field(default=None, alias="valueMeta")),
    **_SIBLINGS,
)
"""Extension of FHIR R4."""
