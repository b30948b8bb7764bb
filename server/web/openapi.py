"""OpenAPI for routes that no framework model describes: made from the features' declarations, with their examples.

FHIR bodies are declared as open objects on purpose: what they hold is the guides' profiles' business, which
metadata names, and a schema written here would promise less or more than is checked.
Spec page: https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from server.fhir.json import Json
from server.fhir.outcome import operation_outcome
from server.web.declare import FHIR_JSON, FhirFeature, Operation, ResourceAccess, SearchParameter
from server.web.errors import FAILED, UNAVAILABLE
from server.web.negotiate import FORM

_DESCRIPTION = (
    "The payer side of electronic prior authorization. FHIR routes take and give FHIR R4 JSON: exact decimals, unknown "
    "elements kept, failures as one OperationOutcome. What a base serves is also in its CapabilityStatement."
)
_FHIR = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}


def openapi_document(app: FastAPI, features: Mapping[str, Sequence[FhirFeature]]) -> Json:
    """The OpenAPI document of the application; `features` are those of each FHIR base, by its path."""
    document = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
    paths = {path: item for base, listed in features.items() for path, item in _base(base, listed).items()}
    return {**document, "paths": {**paths, **document.get("paths", {})}}


def _base(base: str, features: Sequence[FhirFeature]) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for feature in features:
        for operation in feature.operations:
            paths[f"{base}/{operation.type}/${operation.name}"] = {"post": _operation(operation)}
    paths[f"{base}/metadata"] = {
        "get": _described("CapabilityStatement: what this base serves", "FHIR", f"metadata{base}", [])
    }
    for feature in features:
        for access in feature.resources:
            paths |= _access(base, access)
    return paths


def _operation(operation: Operation) -> Json:
    described = _described(operation.summary, operation.type, f"{operation.type}-{operation.name}", [])
    examples = {title: {"value": value} for title, value in operation.examples.items()}
    content: Json = {"schema": _FHIR, **({"examples": examples} if examples else {})}
    return {
        **described,
        "description": f"Operation {operation.definition}.",
        "requestBody": {"required": True, "content": {FHIR_JSON: content}},
    }


def _access(base: str, access: ResourceAccess) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    if access.search:
        parameters = [_parameter(parameter) for parameter in access.parameters] + _PAGING
        paths[f"{base}/{access.type}"] = {
            "get": _described(f"Search for {access.type}", access.type, f"{access.type}-search", parameters)
        }
        form = {"type": "object", "properties": {each.name: {"type": "string"} for each in access.parameters}}
        paths[f"{base}/{access.type}/_search"] = {
            "post": {
                **_described(f"Search for {access.type}", access.type, f"{access.type}-search-by-post", []),
                "description": "The same search with its parameters in the body, where no log of addresses sees them.",
                "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
            }
        }
    if access.read:
        id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}
        paths[f"{base}/{access.type}/{{id}}"] = {
            "get": _described(f"Read a {access.type}", access.type, f"{access.type}-read", [id])
        }
    return paths


def _parameter(parameter: SearchParameter) -> Json:
    return {
        "name": parameter.name,
        "in": "query",
        "description": f"{parameter.documentation} ({parameter.type})",
        "schema": {"type": "string"},
    }


_PAGING: list[Json] = [
    {
        "name": "_count",
        "in": "query",
        "description": "Matches of one page; 0 for the total alone.",
        "schema": {"type": "integer", "minimum": 0},
    },
    {
        "name": "_summary",
        "in": "query",
        "description": "count: the total alone.",
        "schema": {"type": "string", "enum": ["count", "false"]},
    },
]


def _described(summary: str, tag: str, id: str, parameters: list[Json]) -> Json:
    return {
        "summary": summary,
        "tags": [tag],
        "operationId": id.replace("/", "-"),
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            "200": {"description": "The answer.", "content": {FHIR_JSON: {"schema": _FHIR}}},
            "4XX": _failure("The request is at fault; nothing was stored.", _REFUSED),
            "500": _failure("The server is at fault.", operation_outcome([FAILED])),
            "503": _failure(
                "The store can't be reached; send the same request again.", operation_outcome([UNAVAILABLE])
            ),
        },
    }


_REFUSED: Json = {
    "resourceType": "OperationOutcome",
    "id": "0b6f4b3e-2f0c-4a53-9a8e-0d7f0f6e9c11",
    "issue": [
        {
            "severity": "error",
            "code": "structure",
            "diagnostics": "An object has the same key twice.",
        }
    ],
}


def _failure(description: str, example: Json) -> Json:
    return {"description": description, "content": {FHIR_JSON: {"schema": _FHIR, "example": example}}}
