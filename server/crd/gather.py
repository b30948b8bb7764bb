"""Finds what came along with a hook call, by what it is and not by the key it came under.

Clients name their prefetch as they like, send Bundles in pages, null for nothing and an OperationOutcome for a search
that failed. So every resource of the context and of the prefetch is known by `Type/id` and by its fullUrl.
Asking the client's FHIR server for the rest is not done here: what is not found is unknown.
Spec page: https://hl7.org/fhir/us/davinci-crd/foundation.html#prefetch
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.crd.hook_request import HookRequest
from server.decision.intake.order import Find
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.fhir.reference import type_and_id


@dataclass(frozen=True, slots=True)
class Gathered:
    """The resources of one call."""

    by_key: dict[str, Json]
    """Each resource by `Type/id`; the context's own before the prefetched, and of several the first."""
    by_url: dict[str, str] = field(default_factory=dict)
    """Keys of `by_key` by fullUrl."""

    def find(self, wanted: str) -> Json | None:
        """The resource of a relative or absolute reference."""
        key = self.by_url.get(wanted)
        if key is None:
            named = type_and_id(wanted)
            key = "/".join(named) if named else None
        return self.by_key.get(key) if key else None

    def find_from(self, container: Json) -> Find:
        """`find` for references that stand in a resource: `#id` is a resource that it contains."""
        contained = {
            f"#{resource['id']}": resource
            for resource in objects(obj(container).get("contained"))
            if text(resource.get("id"))
        }
        return lambda wanted: contained[wanted] if wanted in contained else self.find(wanted)

    def of_type(self, resource_type: str) -> list[Json]:
        """The resources of a type."""
        return [found for found in self.by_key.values() if found["resourceType"] == resource_type]


def gather(request: HookRequest) -> Gathered:
    """All resources that came along with the call.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-34
    """
    gathered = Gathered({})
    for value in (*request.context.values(), *request.prefetch.values()):
        for full_url, resource in _resources(value):
            key = f"{resource['resourceType']}/{resource['id']}"
            gathered.by_key.setdefault(key, resource)
            if full_url:
                gathered.by_url.setdefault(full_url, key)
    return gathered


def _resources(value: Json) -> Iterator[tuple[str | None, Json]]:
    """The resources of one value: itself, or the entries of a Bundle. Those without an id can't be referred to."""
    found = obj(value)
    if found.get("resourceType") == "Bundle":
        for entry in objects(found.get("entry")):
            yield from ((text(entry.get("fullUrl")), resource) for _, resource in _resources(entry.get("resource")))
    elif text(found.get("resourceType")) and text(found.get("id")):
        yield None, found
