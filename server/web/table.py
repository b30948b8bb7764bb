"""The table of paths of one FHIR base, made from what the features declare.

It stands before the framework's router because a look-up in a table costs the same for every route, and because 404
and 405 on a FHIR base have to say what is there instead.
Spec page: https://hl7.org/fhir/R4/http.html#summary
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from server.fhir.json import Json
from server.web.declare import FhirFeature, Handler, Level, Operation, ResourceAccess

Body = Literal["none", "resource", "parameters", "form"]
"""What is read: nothing, a resource, a resource that may be left out, or search parameters."""

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What one method of one path does."""

    handle: Handler
    name: str
    """What it is called in settings and logs, e.g. `Claim/$submit` or `Subscription/create`."""
    body: Body = "none"
    resource_type: str | None = None
    """The type that the resource of the body must have, where the path names it."""
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    reads: Callable[[Json], object] | None = None


@dataclass(slots=True)
class Route:
    """One path with its methods."""

    template: str
    endpoints: dict[str, Endpoint] = field(default_factory=dict)

    @property
    def allow(self) -> str:
        """The methods, as the header Allow lists them."""
        head = {"HEAD"} if "GET" in self.endpoints else set()
        return ", ".join(sorted({*self.endpoints, *head, "OPTIONS"}))


def names_of_held(feature: FhirFeature) -> set[str]:
    """The names of what a feature holds against profiles."""
    operations = {name_of(operation) for operation in feature.operations if operation.takes}
    creates = {f"{access.type}/create" for access in feature.resources if access.create}
    return operations | creates | {f"{access.type}/update" for access in feature.resources if access.update}


def name_of(operation: Operation) -> str:
    """The name of an operation in settings and logs: `Claim/$submit`, or `$submit-attachment` of the system."""
    return f"{operation.type}/${operation.name}".lstrip("/")


class RouteTable:
    """Finds the route of a path below `base`."""

    def __init__(self, base: str, metadata: Handler, features: Iterable[FhirFeature]) -> None:
        self.types: set[str] = set()
        self._base = base
        self._exact: dict[str, Route] = {}
        self._instances: dict[tuple[str, str], Route] = {}
        self._add("metadata", {"GET": Endpoint(metadata, "metadata")})
        for feature in features:
            for operation in feature.operations:
                self._operation(operation)
            for access in feature.resources:
                self._access(access)

    def find(self, rest: str) -> tuple[Route | None, str | None]:
        """The route of a path below the base and the id that it names, or neither."""
        if route := self._exact.get(rest):
            return route, None
        type, _, below = rest.partition("/")
        id, _, operation = below.partition("/")
        route = self._instances.get((type, operation))
        return (route, id) if route and _ID.fullmatch(id) else (None, None)

    def _operation(self, operation: Operation) -> None:
        name = name_of(operation)
        body: Body = "parameters" if "GET" in operation.methods else "resource"
        endpoints: dict[str, Endpoint] = {
            method: Endpoint(
                operation.handle,
                name,
                "none" if method == "GET" else body,
                takes=operation.takes,
                gives=operation.gives,
                reads=operation.reads,
            )
            for method in operation.methods
        }
        for level in operation.levels:
            self._operation_at(level, operation, endpoints)

    def _operation_at(self, level: Level, operation: Operation, endpoints: dict[str, Endpoint]) -> None:
        match level:
            case "system":
                self._add(f"${operation.name}", endpoints)
            case "type":
                self.types.add(operation.type)
                self._add(f"{operation.type}/${operation.name}", endpoints)
            case "instance":
                self.types.add(operation.type)
                self._add_instance(operation.type, f"${operation.name}", endpoints)

    def _access(self, access: ResourceAccess) -> None:
        type = access.type
        self.types.add(type)
        if access.search:
            self._add(type, {"GET": Endpoint(access.search, f"{type}/search")})
            self._add(f"{type}/_search", {"POST": Endpoint(access.search, f"{type}/search", "form")})
        takes = access.takes or (type,)
        if access.create:
            self._add(type, {"POST": Endpoint(access.create, f"{type}/create", "resource", type, takes)})
        if access.update:
            endpoint = Endpoint(access.update, f"{type}/update", "resource", type, takes)
            self._add_instance(type, "", {"PUT": endpoint})
        if access.read:
            self._add_instance(type, "", {"GET": Endpoint(access.read, f"{type}/read")})
        if access.delete:
            self._add_instance(type, "", {"DELETE": Endpoint(access.delete, f"{type}/delete")})

    def _add(self, rest: str, endpoints: dict[str, Endpoint]) -> None:
        self._exact.setdefault(rest, Route(f"{self._base}/{rest}")).endpoints.update(endpoints)

    def _add_instance(self, type: str, operation: str, endpoints: dict[str, Endpoint]) -> None:
        template = f"{self._base}/{type}/{{id}}/{operation}".rstrip("/")
        self._instances.setdefault((type, operation), Route(template)).endpoints.update(endpoints)
