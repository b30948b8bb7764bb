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
class SearchParameter:
    """A search parameter, or a parameter of an operation by GET, that is really evaluated."""

    name: str
    type: Literal["token", "reference", "date", "string", "uri", "number"]
    documentation: str
    system: str | None = None
    """Of an element of type `code`: the system of its value set. It never varies, so nothing kept has a term for it."""


Level = Literal["system", "type", "instance"]
"""Where an operation is invoked: `[base]/$[name]`, `[base]/[type]/$[name]`, `[base]/[type]/[id]/$[name]`."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A FHIR operation: `POST`, and `GET` where `methods` says so."""

    type: str
    """The resource type; empty for an operation of the system."""
    name: str
    definition: str
    """Canonical of the OperationDefinition."""
    summary: str
    handle: Handler
    examples: Mapping[str, Json] = field(default_factory=dict)
    """Request bodies for OpenAPI, by title."""
    levels: tuple[Level, ...] = ("type",)
    methods: tuple[Literal["GET", "POST"], ...] = ("POST",)
    takes: tuple[str, ...] = ()
    """Profiles (canonical, or canonical|version) that the request's resource is held against; it must meet one."""
    gives: tuple[str, ...] = ()
    """Profiles that the answer is held against when answers are checked."""
    reads: Callable[[Json], object] | None = None
    """Reads the body as the operation does and raises RequestRefused: asked for plain words when profiles refuse it."""
    parameters: tuple[SearchParameter, ...] = ()
    """What `GET` takes in the address."""


@dataclass(frozen=True, slots=True)
class ResourceAccess:
    """What can be done with the instances of a resource type."""

    type: str
    read: Handler | None = None
    search: Handler | None = None
    create: Handler | None = None
    update: Handler | None = None
    delete: Handler | None = None
    parameters: tuple[SearchParameter, ...] = ()
    profiles: tuple[str, ...] = ()
    extensions: tuple[Json, ...] = ()
    """Extensions of the type's entry in the CapabilityStatement, e.g. the topics of Subscription."""
    takes: tuple[str, ...] = ()
    """Profiles that a resource to create or update is held against; it must meet one."""
    examples: Mapping[str, Json] = field(default_factory=dict)
    """Resources to create, for OpenAPI, by title."""


@dataclass(frozen=True, slots=True)
class FhirFeature:
    """What one feature serves on a FHIR base."""

    operations: tuple[Operation, ...] = ()
    resources: tuple[ResourceAccess, ...] = ()
    guides: tuple[str, ...] = ()
    """Canonicals (url|version) of the implementation guides whose server side this is."""
    instantiates: tuple[str, ...] = ()
    """Canonicals of the CapabilityStatements that are fulfilled with this."""
