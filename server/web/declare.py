"""How a feature says what it serves. Routes, the CapabilityStatement and OpenAPI are made from the same declarations.

Nothing here knows the web framework: a use case takes a FhirRequest and gives a FhirAnswer, bytes in and bytes out.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from server.fhir.json import Json

FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True, slots=True)
class FhirRequest:
    """One request on a FHIR base, read but not interpreted."""

    base: str
    """The absolute base URL without trailing slash, e.g. `http://127.0.0.1:8000/fhir`."""
    caller: str
    request_id: str
    received: datetime
    body: bytes = b""
    """The bytes as received (after decompression)."""
    resource: Json = None
    """The JSON of `body`, by the one reader."""
    query: tuple[tuple[str, str], ...] = ()
    id: str | None = None
    """The logical id of the path, for instance-level interactions."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The request's headers, names in lower case."""


@dataclass(frozen=True, slots=True)
class FhirAnswer:
    """The bytes to send, with their status and further headers."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[FhirRequest], Awaitable[FhirAnswer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A type-level FHIR operation, `POST [base]/[type]/$[name]`."""

    type: str
    name: str
    definition: str
    """Canonical of the OperationDefinition."""
    summary: str
    handle: Handler
    examples: Mapping[str, Json] = field(default_factory=dict)
    """Request bodies for OpenAPI, by title."""


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """A search parameter that is really evaluated."""

    name: str
    type: Literal["token", "reference", "date", "string", "uri"]
    documentation: str


@dataclass(frozen=True, slots=True)
class ResourceAccess:
    """What can be done with the instances of a resource type."""

    type: str
    read: Handler | None = None
    search: Handler | None = None
    parameters: tuple[SearchParameter, ...] = ()
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FhirFeature:
    """What one feature serves on a FHIR base."""

    operations: tuple[Operation, ...] = ()
    resources: tuple[ResourceAccess, ...] = ()
    guides: tuple[str, ...] = ()
    """Canonicals (url|version) of the implementation guides whose server side this is."""
    instantiates: tuple[str, ...] = ()
    """Canonicals of the CapabilityStatements that are fulfilled with this."""
