"""OpenAPI for routes that no framework model describes: made from the features' declarations, with their examples.

FHIR bodies are declared as open objects on purpose: what they hold is the guides' profiles' business, which
metadata names, and a schema written here would promise less or more than is checked.
Spec page: https://spec.openapis.org/oas/v3.1.0
"""

import re
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
            paths |= _operation_paths(base, operation)
    paths[f"{base}/metadata"] = {
        "get": _described("CapabilityStatement: what this base serves", "FHIR", f"metadata{base}", [])
    }
    for feature in features:
        for access in feature.resources:
            for path, methods in _access(base, access).items():
                paths.setdefault(path, {}).update(methods)
    return paths


def _operation_paths(base: str, operation: Operation) -> dict[str, Json]:
    return {
        f"{base}/{below}": {
            method.lower(): _operation(
                operation, method, f"{method}{base}/{below}", [_ID] if level == "instance" else []
            )
            for method in operation.methods
        }
        for level in operation.levels
        for below in (_BELOW[level].format(type=operation.type, name=operation.name),)
    }


_BELOW = {"system": "${name}", "type": "{type}/${name}", "instance": "{type}/{{id}}/${name}"}
_ID: Json = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}


def _operation(operation: Operation, method: str, id: str, parameters: list[Json]) -> Json:
    query = [_parameter(parameter) for parameter in operation.parameters] if method == "GET" else []
    described = {
        **_described(operation.summary, operation.type or "FHIR", id, parameters + query),
        "description": f"Operation {operation.definition}.",
    }
    if method == "GET":
        return described
    required = "GET" not in operation.methods
    return {**described, "requestBody": {"required": required, "content": {FHIR_JSON: _content(operation.examples)}}}


def _content(examples: Mapping[str, Json]) -> Json:
    written = {title: {"value": value} for title, value in examples.items()}
    return {"schema": _FHIR, **({"examples": written} if written else {})}


def _access(base: str, access: ResourceAccess) -> dict[str, Json]:
    type = access.type
    paths: dict[str, Json] = {f"{base}/{type}": {}, f"{base}/{type}/_search": {}, f"{base}/{type}/{{id}}": {}}
    of_type, of_instance = paths[f"{base}/{type}"], paths[f"{base}/{type}/{{id}}"]
    if access.search:
        parameters = [_parameter(parameter) for parameter in access.parameters] + _PAGING
        of_type["get"] = _described(f"Search for {type}", type, f"{base}/{type}-search", parameters)
        paths[f"{base}/{type}/_search"]["post"] = _search_by_post(base, access)
    if access.create:
        of_type["post"] = _with_resource(
            _described(f"Create a {type}", type, f"{base}/{type}-create", [], "201"), access
        )
    if access.read:
        of_instance["get"] = _described(f"Read a {type}", type, f"{base}/{type}-read", [_ID])
    if access.update:
        of_instance["put"] = _with_resource(
            _described(f"Update a {type}", type, f"{base}/{type}-update", [_ID]), access
        )
    if access.delete:
        of_instance["delete"] = _described(f"Delete a {type}", type, f"{base}/{type}-delete", [_ID], "204")
    return {path: methods for path, methods in paths.items() if methods}


def _with_resource(described: Json, access: ResourceAccess) -> Json:
    return {**described, "requestBody": {"required": True, "content": {FHIR_JSON: _content(access.examples)}}}


def _search_by_post(base: str, access: ResourceAccess) -> Json:
    form = {"type": "object", "properties": {each.name: {"type": "string"} for each in access.parameters}}
    return {
        **_described(f"Search for {access.type}", access.type, f"{base}/{access.type}-search-by-post", []),
        "description": "The same search with its parameters in the body, where no log of addresses sees them.",
        "requestBody": {"required": True, "content": {FORM: {"schema": form}}},
    }


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


def _described(summary: str, tag: str, id: str, parameters: list[Json], status: str = "200") -> Json:
    answer: Json = {"description": "The answer.", "content": {FHIR_JSON: {"schema": _FHIR}}}
    return {
        "summary": summary,
        "tags": [tag],
        "operationId": re.sub(r"[^A-Za-z0-9.]+", "-", id).strip("-"),
        **({"parameters": parameters} if parameters else {}),
        "responses": {
            status: {"description": "Done; there is nothing more to say."} if status == "204" else answer,
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
