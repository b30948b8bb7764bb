"""The resources of a message as metrics look at them: leniently, as a refused request may have any shape.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.fhir.reference import type_and_id


@dataclass(frozen=True, slots=True)
class Message:
    """The resources of all Bundles of a request or an answer."""

    resources: tuple[Json, ...]
    named: Mapping[str, Json]
    """By fullUrl, and by `Type/id`."""

    def of_type(self, type: str) -> Iterator[Json]:
        """The resources of a type, in their order."""
        return (resource for resource in self.resources if resource.get("resourceType") == type)

    def first(self, type: str) -> Json:
        """The first resource of a type, or an empty one."""
        return next(self.of_type(type), {})

    def target(self, reference: Json) -> Json:
        """The resource that a Reference means, or an empty one."""
        literal = text(obj(reference).get("reference")) or ""
        named = type_and_id(literal)
        return self.named.get(literal) or (self.named.get(f"{named[0]}/{named[1]}") if named else None) or {}


def read_message(body: Json) -> Message:
    """The message of a Bundle, or of Parameters around Bundles or other resources."""
    resources: list[Json] = []
    named: dict[str, Json] = {}
    for url, resource in _entries(body):
        resources.append(resource)
        if url:
            named.setdefault(url, resource)
        if id := text(resource.get("id")):
            named.setdefault(f"{resource.get('resourceType')}/{id}", resource)
    return Message(tuple(resources), named)


def _entries(body: Json) -> Iterator[tuple[str | None, Json]]:
    match obj(body).get("resourceType"):
        case "Bundle":
            for entry in objects(body.get("entry")):
                if resource := obj(entry.get("resource")):
                    yield text(entry.get("fullUrl")), resource
        case "Parameters":
            for parameter in objects(body.get("parameter")):
                yield from _entries(parameter.get("resource"))
                for part in objects(parameter.get("part")):
                    yield from _entries(part.get("resource"))
        case str():
            yield None, obj(body)
