"""What came with Claims and what we answered them with: taken from the payloads that were received and sent.

The bytes of a payload stay as they are; the resource in it is served under our id, with the time it was kept.
"""

from itertools import islice

from server.fhir import json
from server.fhir.json import Json
from server.fhir.parameters import resources_of
from server.rest.search import Search
from server.rest.source import Instance, Page
from server.storage.port import Entry, Store


class StoreSource:
    """The entries of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id."""
        found = await self._store.read_entry(type, id)
        return await self._instance(found.entry, {}) if found else None

    async def search(self, search: Search) -> Page:
        """A page of what matches, oldest first."""
        query = search.query()
        total = await self._store.count_entries(query) if search.total or not search.count else None
        if not search.count:
            return Page((), total, None)
        found = [stored.entry for stored in await self._store.search_entries(query)]
        payloads: dict[str, Json] = {}
        instances = tuple([await self._instance(entry, payloads) for entry in found[: search.count]])
        last = found[search.count - 1] if len(found) > search.count else None
        return Page(instances, total, (last.updated, last.id) if last else None)

    async def _instance(self, entry: Entry, payloads: dict[str, Json]) -> Instance:
        if entry.digest not in payloads:
            body = await self._store.get_payload(entry.digest)
            if body is None:
                raise LookupError("an entry names a payload that is not kept")
            payloads[entry.digest] = json.read(body)
        resource = _at(payloads[entry.digest], entry.position)
        version = entry.digest[:32]
        return Instance(entry.type, entry.id, json.write(_served(resource, entry, version)), version, entry.updated)


def _at(payload: Json, position: int | None) -> Json:
    """The resource at a position of a payload: of a Bundle its entry, of Parameters one of the resources in it."""
    if position is None:
        return payload
    if payload["resourceType"] == "Parameters":
        return next(islice(resources_of(payload), position, None))
    return payload["entry"][position]["resource"]


def _served(resource: Json, entry: Entry, version: str) -> Json:
    meta = resource.get("meta")
    kept = meta if isinstance(meta, dict) else {}
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    return {
        "resourceType": entry.type,
        "id": entry.id,
        "meta": {**kept, "versionId": version, "lastUpdated": entry.updated},
        **rest,
    }
