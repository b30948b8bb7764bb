"""References of a resource that is read by itself: each leads to where its target is read on this server.

In its Bundle a resource refers to others by fullUrl, or by an id at the server that it came from. Out of the Bundle a
`urn:uuid:` leads nowhere and a relative reference to the wrong server. What is not kept here keeps the address of the
server where it is.
Spec page: https://hl7.org/fhir/R4/references.html#literal
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from server.fhir import json
from server.fhir.json import Json
from server.fhir.lenient import obj, text
from server.fhir.reference import resolve_url, type_and_id
from server.rest.part_id import part_id
from server.storage.port import Entry

_REFERENCE = re.compile(rb'"reference":("(?:[^"\\]|\\.)*")')
"""A member of that name with a string, as the writer writes it: inside of a string its quotes would be escaped."""

Links = Mapping[str, str]
"""What is read here, such as `Patient/1`, by the fullUrl that it has in its Bundle."""


def links_of(bundle: Json, digest: str, entries: Iterable[Entry], case: str, served: Collection[str]) -> dict[str, str]:
    """The links to the resources of a Bundle: by an entry of the case where there is one, by a made id where not."""
    own = {entry.position: f"{entry.type}/{entry.id}" for entry in entries if entry.digest == digest}
    links: dict[str, str] = {}
    for position, url, resource in full_urls(bundle):
        type = resource.get("resourceType")
        if position in own:
            links[url] = own[position]
        elif type in served:
            links[url] = f"{type}/{part_id(case, url)}"
    return links


def full_urls(bundle: Json) -> Iterator[tuple[int, str, dict[str, Json]]]:
    """Position, fullUrl and resource of each entry of a Bundle that has both."""
    for position, entry in enumerate(bundle["entry"]):
        url, resource = text(obj(entry).get("fullUrl")), obj(obj(entry).get("resource"))
        if url and resource:
            yield position, url, resource


def by_type_and_id(bundle: Json, links: Links) -> dict[str, str]:
    """The same links by `Type/id`, as what is sent without a fullUrl refers to them."""
    named: dict[str, str] = {}
    for _, url, resource in full_urls(bundle):
        if url in links:
            named |= {f"{type}/{id}": links[url] for type, id in filter(None, (type_and_id(url), _named(resource)))}
    return named


def _named(resource: Mapping[str, Json]) -> tuple[str, str] | None:
    type, id = text(resource.get("resourceType")), text(resource.get("id"))
    return (type, id) if type and id else None


def linked(written: bytes, full_url: str, links: Links) -> bytes:
    """A resource as it is written, with its references led on. `full_url` is what relative ones stand beside."""
    return _REFERENCE.sub(lambda found: _led_on(found, full_url, links), written)


def _led_on(found: re.Match[bytes], full_url: str, links: Links) -> bytes:
    reference = json.read_again(found[1])
    if reference.startswith("#"):
        return found[0]
    target = resolve_url(reference, full_url)
    return b'"reference":' + json.write(links.get(target, target))
