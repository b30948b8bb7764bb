"""What a hook says of itself: discovery, routing and the check of its context come from this one declaration.

Spec page: https://cds-hooks.hl7.org/#discovery
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.crd.configuration import Option
from server.crd.prefetch import check_templates
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class ContextResource:
    """A resource of the context that is in scope, and the FHIRPath by which it stands in the request."""

    resource: Json
    full_url: str | None
    expression: str


@dataclass(frozen=True, slots=True)
class Hook:
    """One CDS service: one hook, under one id."""

    hook: str
    id: str
    title: str
    description: str
    prefetch: Mapping[str, str]
    """Templates by key. A template may use `%key` of an earlier key, so their order matters."""
    options: tuple[Option, ...]
    context_schema: Json
    """JSON Schema of the context's members that the hook needs; others are ignored."""
    in_scope: Callable[[Json], list[ContextResource]]
    """The resources of a checked context that want an answer, in the order of the request."""
    example: Json
    """A request for the OpenAPI page."""

    def __post_init__(self) -> None:
        check_templates(self.prefetch, self.context_schema["properties"])
