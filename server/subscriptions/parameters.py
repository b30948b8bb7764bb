"""The parameters of an operation that can stand in the address or in a Parameters resource.

Spec page: https://hl7.org/fhir/R4/operations.html#request
"""

from server.errors import Issue, Refusal, RequestRefused
from server.fhir.json import Json
from server.web.declare import FhirRequest


def values_of(request: FhirRequest, name: str) -> frozenset[str]:
    """All values of a parameter, commas separating alternatives. Raises RequestRefused for a body of another kind."""
    listed = [value for key, value in request.query if key == name]
    listed += [value for value in _in_body(request.resource, name) if isinstance(value, str)]
    return frozenset(part.strip() for value in listed for part in value.split(",") if part.strip())


def _in_body(resource: Json, name: str) -> list[Json]:
    if resource is None:
        return []
    parameters = resource.get("parameter", []) if isinstance(resource, dict) else None
    if parameters is None or resource.get("resourceType") != "Parameters" or not isinstance(parameters, list):
        text = "The body must be a Parameters, or empty with the parameters in the address."
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", text)])
    return [_value(each) for each in parameters if isinstance(each, dict) and each.get("name") == name]


def _value(parameter: Json) -> Json:
    return next((value for key, value in parameter.items() if key.startswith("value")), None)
