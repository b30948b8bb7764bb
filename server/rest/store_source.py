"""What came with Claims and what we answered them with: taken from the payloads that were received and sent."""

import re
from collections.abc import Collection
from dataclasses import replace

from server.fhir.search_terms import search_term
from server.rest.by_ids import page_by_ids
from server.rest.kept import Kept
from server.rest.part_id import case_of
from server.rest.search import Search
from server.rest.source import Instance, Page
from server.storage.port import Store

_REFERENCE = re.compile(r"(patient|request)=(?:[A-Z][A-Za-z]+/)?([A-Za-z0-9\-.]{1,64})")
"""A term by which a resource is found that refers to another; what it refers to may be named as it is read here."""


class StoreSource:
    """The entries of the store. `served` are the types that can be read on the base."""

    def __init__(self, store: Store, served: Collection[str]) -> None:
        self._store = store
        self._served = served

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id."""
        return await Kept(self._store, self._served).read(type, id)

    async def search(self, search: Search) -> Page:
        """A page of what matches, oldest first."""
        kept = Kept(self._store, self._served)
        if search.ids is not None and not search.terms and not search.dates:
            return await page_by_ids(kept, search)
        query = replace(search, terms=tuple([await _named(kept, terms) for terms in search.terms])).query()
        total = await self._store.count_entries(query) if search.total or not search.count else None
        if not search.count:
            return Page((), total, None)
        found = await self._store.search_entries(query)
        instances = tuple([await kept.instance(stored) for stored in found[: search.count]])
        last = found[search.count - 1].entry if len(found) > search.count else None
        return Page(instances, total, (last.updated, last.id) if last else None)


async def _named(kept: Kept, alternatives: frozenset[str]) -> frozenset[str]:
    """The alternatives, and for a resource that is read here by an id of ours, what the submission called it."""
    named: set[str] = set()
    for term in alternatives:
        parameter, id = (found[1], found[2]) if (found := _REFERENCE.fullmatch(term)) else (None, "")
        if parameter == "request" or (parameter and case_of(id)):
            url = await kept.full_url("Claim", id)
            named |= {search_term(parameter, None, url)} if url else set()
    return alternatives | named
