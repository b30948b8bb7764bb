"""The CapabilityStatement, computed from what the features declare, so that it can't promise what no route serves.

Spec page: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from server.fhir import json
from server.fhir.json import Json
from server.web.declare import FHIR_JSON, FhirAnswer, FhirFeature, FhirRequest, Handler, Operation, ResourceAccess

RELEASED = "2026-11-26"
"""Day of the last change to what the statement says, as R4 demands a date."""


def metadata(*, features: Sequence[FhirFeature], version: str) -> Handler:
    """The handler of `GET [base]/metadata`. The bytes are made once for each address that the server is called by."""

    @lru_cache(maxsize=16)
    def encoded(base: str) -> bytes:
        return json.write(capability_statement(features, base, version))

    async def handle(request: FhirRequest) -> FhirAnswer:
        return FhirAnswer(encoded(request.base))

    return handle


def capability_statement(features: Sequence[FhirFeature], base: str, version: str) -> Json:
    """The CapabilityStatement of one FHIR base."""
    statement: Json = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": RELEASED,
        "kind": "instance",
        "software": {"name": "Passage", "version": version},
        "implementation": {"description": "Payer side of electronic prior authorization", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", FHIR_JSON],
    }
    if instantiates := _unique(url for feature in features for url in feature.instantiates):
        statement["instantiates"] = instantiates
    if guides := _unique(guide for feature in features for guide in feature.guides):
        statement["implementationGuide"] = guides
    statement["rest"] = [_rest(features)]
    return statement


def _rest(features: Sequence[FhirFeature]) -> Json:
    rest: Json = {"mode": "server", "security": {"cors": True}, "resource": _resources(features)}
    operations = [operation for feature in features for operation in feature.operations]
    if of_the_system := [operation for operation in operations if "system" in operation.levels]:
        rest["operation"] = _operations(of_the_system)
    return rest


def _resources(features: Sequence[FhirFeature]) -> list[Json]:
    operations = [
        operation
        for feature in features
        for operation in feature.operations
        if {"type", "instance"}.intersection(operation.levels)
    ]
    accesses = [access for feature in features for access in feature.resources]
    types = sorted({operation.type for operation in operations} | {access.type for access in accesses})
    return [
        _resource(
            type,
            [access for access in accesses if access.type == type],
            [operation for operation in operations if operation.type == type],
        )
        for type in types
    ]


def _resource(type: str, accesses: list[ResourceAccess], operations: list[Operation]) -> Json:
    written: Json = {"type": type}
    if extensions := [extension for access in accesses for extension in access.extensions]:
        written = {"extension": extensions, **written}
    if profiles := _unique(profile for access in accesses for profile in access.profiles):
        written["supportedProfile"] = profiles
    if interactions := _interactions(accesses):
        written["interaction"] = interactions
    if any(access.read for access in accesses):
        written["conditionalRead"] = "not-match"
    parameters = [
        {"name": parameter.name, "type": parameter.type, "documentation": parameter.documentation}
        for access in accesses
        for parameter in access.parameters
    ]
    if parameters:
        written["searchParam"] = parameters
    if operations:
        written["operation"] = _operations(operations)
    return written


def _interactions(accesses: list[ResourceAccess]) -> list[Json]:
    served = {
        "create": any(access.create for access in accesses),
        "read": any(access.read for access in accesses),
        "update": any(access.update for access in accesses),
        "delete": any(access.delete for access in accesses),
        "search-type": any(access.search for access in accesses),
    }
    return [{"code": code} for code, is_served in served.items() if is_served]


def _operations(operations: list[Operation]) -> list[Json]:
    return [{"name": each.name, "definition": each.definition} for each in operations]


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
