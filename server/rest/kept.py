"""What the cases of a store keep, as one request reads it: each document and each payload once.

The bytes of a payload stay as they are; the resource in it is served under our id, with the time it was kept, and its
references lead to what can be read here.
Spec page: https://hl7.org/fhir/R4/http.html#read
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from itertools import islice, takewhile

from server.cases.case import CASE_KIND
from server.cases.document import claim_urls
from server.fhir import json
from server.fhir.json import Json
from server.fhir.parameters import resources_of
from server.rest.links import by_type_and_id, full_urls, linked, links_of
from server.rest.part_id import case_of, part_id
from server.rest.source import Instance
from server.storage.port import Document, Entry, Store, StoredEntry


class Kept:
    """The cases of a store, for one request. `served` are the types that can be read here."""

    def __init__(self, store: Store, served: Collection[str]) -> None:
        self._store = store
        self._served = served
        self._payloads: dict[str, Json] = {}
        self._cases: dict[str, Document | None] = {}

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id: of an entry, or of what a Claim brought."""
        if case := case_of(id):
            return await self._part(case, type, id)
        found = await self._store.read_entry(type, id)
        return await self.instance(found) if found else None

    async def instance(self, stored: StoredEntry) -> Instance:
        """The resource of an entry."""
        entry = stored.entry
        payload = await self._payload(entry.digest)
        if entry.position is None:
            return _instance(entry.type, entry.id, payload, entry, "", {})
        resource, url = _at(payload, entry.position)
        found = await self._case(stored.document_id)
        links = await self._links(found, entry, payload) if found else {}
        return _instance(entry.type, entry.id, resource, entry, url, links)

    async def parts(self, stored: StoredEntry, type: str) -> list[Instance]:
        """What the Bundle of a Claim brought of a type, but for what a later Claim of its case brought again."""
        found = await self._case(stored.document_id)
        if found is None:
            return []
        claim, again = stored.entry, set[str]()
        for newer in takewhile(lambda each: each.id != claim.id, _claims(found.entries)):
            again |= {url for _, url, _ in full_urls(await self._payload(newer.digest))}
        bundle = await self._payload(claim.digest)
        links = await self._links(found, claim, bundle)
        return [
            _instance(type, part_id(found.id, url), resource, claim, url, links)
            for _, url, resource in full_urls(bundle)
            if resource.get("resourceType") == type and url not in again
        ]

    async def full_url(self, type: str, id: str) -> str | None:
        """The fullUrl that a Claim, or what came with one, had in its Bundle; None for an id that is none of theirs."""
        if case := case_of(id):
            return await self._full_url_of_part(case, id)
        found = await self._store.read_entry(type, id)
        if found is None or found.entry.position is None:
            return None
        return _at(await self._payload(found.entry.digest), found.entry.position)[1]

    async def _full_url_of_part(self, case: str, id: str) -> str | None:
        async for _, _, bundle in self._bundles(case):
            for _, url, _ in full_urls(bundle):
                if part_id(case, url) == id:
                    return url
        return None

    async def _part(self, case: str, type: str, id: str) -> Instance | None:
        async for found, claim, bundle in self._bundles(case):
            for _, url, resource in full_urls(bundle):
                if resource.get("resourceType") == type and part_id(case, url) == id:
                    links = await self._links(found, claim, bundle)
                    return _instance(type, id, resource, claim, url, links)
        return None

    async def _bundles(self, case: str) -> AsyncIterator[tuple[Document, Entry, Json]]:
        """The Claims of a case with their Bundles, the newest first."""
        found = await self._case(case)
        if found is not None:
            for claim in _claims(found.entries):
                yield found, claim, await self._payload(claim.digest)

    async def _links(self, case: Document, entry: Entry, payload: Json) -> Mapping[str, str]:
        """Where the references in a payload lead. One that has no fullUrls refers to what came with the Claim."""
        if payload["resourceType"] != "Parameters":
            links = links_of(payload, entry.digest, case.entries, case.id, self._served)
            return links | _claim_links(case, entry.updated)
        for claim in _claims(case.entries)[:1]:
            bundle = await self._payload(claim.digest)
            return by_type_and_id(bundle, links_of(bundle, claim.digest, case.entries, case.id, self._served))
        return {}

    async def _payload(self, digest: str) -> Json:
        if digest not in self._payloads:
            body = await self._store.get_payload(digest)
            if body is None:
                raise LookupError("an entry names a payload that is not kept")
            self._payloads[digest] = json.read_again(body)
        return self._payloads[digest]

    async def _case(self, id: str) -> Document | None:
        if id not in self._cases:
            self._cases[id] = await self._store.get(CASE_KIND, id)
        return self._cases[id]


def _claims(entries: Iterable[Entry]) -> list[Entry]:
    """The Claims among the entries of a case, the newest first."""
    claims = [entry for entry in entries if entry.type == "Claim"]  # the later behind the earlier
    return sorted(reversed(claims), key=lambda entry: entry.updated, reverse=True)


def _claim_links(case: Document, until: str) -> dict[str, str]:
    """The Claims that a case had at an instant, by the fullUrls that they came with; of one sent twice the last."""
    urls = claim_urls(case)
    return {
        urls[claim.digest]: f"Claim/{claim.id}"
        for claim in reversed(_claims(case.entries))
        if claim.updated <= until and claim.digest in urls
    }


def _at(payload: Json, position: int) -> tuple[Json, str]:
    """The resource at a position of a payload and its fullUrl: an entry of a Bundle, or one of those in Parameters."""
    if payload["resourceType"] == "Parameters":
        return next(islice(resources_of(payload), position, None)), ""
    entry = payload["entry"][position]
    return entry["resource"], entry.get("fullUrl") or ""


def _instance(type: str, id: str, resource: Json, entry: Entry, full_url: str, links: Mapping[str, str]) -> Instance:
    """The resource under our id; its version is that of the payload of the entry that it came with."""
    version = entry.digest[:32]
    meta = resource.get("meta")
    kept = meta if isinstance(meta, dict) else {}
    rest = {name: value for name, value in resource.items() if name not in ("resourceType", "id", "meta")}
    served = {
        "resourceType": type,
        "id": id,
        "meta": {**kept, "versionId": version, "lastUpdated": entry.updated},
        **rest,
    }
    return Instance(type, id, linked(json.write(served), full_url, links), version, entry.updated)
