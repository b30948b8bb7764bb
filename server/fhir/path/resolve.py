"""Finds what a reference means: a contained resource, an entry of the Bundle, or what a resolver outside has.

A relative reference in an entry is read against that entry's fullUrl, as FHIR R4 says.
Spec page: https://hl7.org/fhir/R4/bundle.html#references
"""

import re

from server.fhir.json import Json
from server.fhir.path.environment import Scope
from server.fhir.path.tree import typed
from server.fhir.path.values import Home, Items, Node

_BASE = re.compile(r"(?P<base>https?://.*/)[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_RELATIVE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def resolve(scope: Scope, items: Items) -> Items:
    """The resource that each Reference, canonical, uri or url means; what can't be found is left out."""
    found = [_resolve(scope, item) for item in items if type(item) is Node]
    return [node for node in found if node is not None]


def _resolve(scope: Scope, node: Node) -> Node | None:
    value = node.value.get("reference") if type(node.value) is dict else node.value
    if type(value) is not str or not value:
        return None
    home = node.home or scope.home
    if value.startswith("#"):
        return _contained(scope, value[1:], home)
    full_url = _absolute(value, home)
    inside = _in_bundle(scope, value if full_url is None else full_url, home)
    if inside is not None:
        return inside
    resolver = scope.environment.resolver
    outside = resolver.resolve(full_url or value) if resolver else None
    return None if outside is None else typed(outside, scope.model, Home(outside))


def _contained(scope: Scope, id: str, home: Home) -> Node | None:
    """`#` alone is the resource that contains; within a contained resource, `#id` means one of its siblings."""
    place: Home | None = home
    while place is not None and not _holds_contained(place.resource):
        place = place.container
    if place is None:
        return None
    if not id:
        return typed(place.resource, scope.model, place)
    if place.contained is None:
        place.contained = _by_id(place.resource["contained"])
    resource = place.contained.get(id)
    return None if resource is None else typed(resource, scope.model, Home(resource, place, place.full_url))


def _by_id(resources: list[Json]) -> dict[str, Json]:
    """Of several with one id, the first counts."""
    rows = [row for row in resources if type(row) is dict and type(row.get("id")) is str]
    return {row["id"]: row for row in reversed(rows)}


def _holds_contained(resource: Json) -> bool:
    return type(resource) is dict and type(resource.get("contained")) is list


def _absolute(reference: str, home: Home) -> str | None:
    """The fullUrl that a relative reference means in its entry; the reference itself when it is no relative one."""
    if not _RELATIVE.fullmatch(reference):
        return reference
    base = _BASE.fullmatch(home.full_url or "")
    return base["base"] + reference if base else None


def _in_bundle(scope: Scope, reference: str, home: Home) -> Node | None:
    place: Home | None = home
    while place is not None:
        if type(place.resource) is dict and place.resource.get("resourceType") == "Bundle":
            found = _entry(place, reference.split("|")[0])
            if found is not None:
                return typed(found["resource"], scope.model, Home(found["resource"], place, found.get("fullUrl")))
        place = place.container
    return None


def _entry(bundle: Home, reference: str) -> Json | None:
    """The entry with the fullUrl; for a relative reference that no base is known for, the one whose fullUrl ends so."""
    if bundle.entries is None:
        bundle.entries = _entries(bundle.resource.get("entry"))
    return bundle.entries.get(reference) or bundle.entries.get(reference.split("/_history/")[0])


def _entries(entries: Json) -> dict[str, Json]:
    """The entries by their fullUrl and by its last two steps; the first one counts."""
    found: dict[str, Json] = {}
    for entry in entries if type(entries) is list else []:
        url = entry.get("fullUrl") if type(entry) is dict else None
        if type(url) is str and type(entry.get("resource")) is dict:
            found.setdefault(url, entry)
            found.setdefault("/".join(url.split("/")[-2:]), entry)
    return found
