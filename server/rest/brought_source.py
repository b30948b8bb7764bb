"""What Claims brought in their Bundles and nobody indexed: found through the Claims.

A search walks over the Claims, the oldest first, and looks into their Bundles. By identifier it walks over those alone
that name the value.
Spec page: https://hl7.org/fhir/R4/search.html
"""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field

from server.cases.parties import PARTY
from server.fhir import json
from server.fhir.search_terms import identifier_terms
from server.rest.by_ids import page_by_ids
from server.rest.kept import Kept
from server.rest.search import MAX_COUNT, Search
from server.rest.search_values import value_of
from server.rest.source import Instance, Page
from server.storage.port import EntryQuery, Store, StoredEntry

_TOGETHER = 50
"""Claims that are read of the store at once."""


@dataclass(slots=True)
class _Walk:
    """How far a search has come."""

    limit: int
    found: list[Instance] = field(default_factory=list)
    claims: int = 0
    place: tuple[str, str] | None = None
    """The Claim after which it goes on, and how many of its resources were given: `id.number`."""


class BroughtSource:
    """The resources of a type that has no entries."""

    def __init__(self, store: Store, served: Collection[str], *, most_claims: int = 100) -> None:
        """`served` are the types that can be read on the base.

        One page looks into `most_claims` Claims; where it ends for that, its next link goes on.
        """
        self._store = store
        self._served = served
        self._most_claims = most_claims

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id."""
        return await Kept(self._store, self._served).read(type, id)

    async def search(self, search: Search) -> Page:
        """A page of what matches. How many there are in all is known where one page holds them."""
        if search.ids is not None:
            kept = Kept(self._store, self._served)
            return await page_by_ids(kept, search, lambda each: _fits(each, search.terms))
        walk = _Walk(search.count or MAX_COUNT)
        more = await self._walked(search, walk)
        total = len(walk.found) if search.after is None and not more else None
        if not search.count:
            return Page((), total, None)
        return Page(tuple(walk.found), total, walk.place if more else None)

    async def _walked(self, search: Search, walk: _Walk) -> bool:
        """Whether there is more than the page takes."""
        given = _given(search.after[1])[1] if search.after else 0
        most = self._most_claims + (search.after is not None)  # the Claim that the page before ended in comes again
        async for stored in self._claims(search):
            if walk.claims == most:
                return True
            brought = await Kept(self._store, self._served).parts(stored, search.type)  # no Bundle outlives its turn
            matches = [each for each in brought if _fits(each, search.terms)]
            room = walk.limit - len(walk.found)
            if len(matches) - given > room:
                walk.found += matches[given : given + room]
                walk.place = walk.place if not room else _place(stored, given + room)
                return True
            walk.found += matches[given:]
            walk.place, walk.claims, given = _place(stored, len(matches)), walk.claims + 1, 0
        return False

    async def _claims(self, search: Search) -> AsyncIterator[StoredEntry]:
        """The Claims that may have brought a match, from the place on where the page before ended."""
        after = None
        if search.after is not None:
            claim, _ = _given(search.after[1])
            after = (search.after[0], claim)
            if stored := await self._store.read_entry("Claim", claim):
                yield stored
        terms = [narrowed for terms in search.terms if (narrowed := _narrowed(search.type, terms))]
        while True:
            found = await self._store.search_entries(EntryQuery("Claim", terms, limit=_TOGETHER, after=after))
            for stored in found:
                yield stored
            if len(found) < _TOGETHER:
                return
            after = (found[-1].entry.updated, found[-1].entry.id)


def _place(stored: StoredEntry, given: int) -> tuple[str, str]:
    return stored.entry.updated, f"{stored.entry.id}.{given}"


def _given(place: str) -> tuple[str, int]:
    """The Claim of a place, and how many of its resources were given; the place of another search names none."""
    claim, _, number = place.rpartition(".")
    return (claim, int(number)) if claim and number.isdecimal() else (place, 0)


def _narrowed(type: str, alternatives: Iterable[str]) -> frozenset[str] | None:
    """The terms of Claims that bring an identifier of one of the values; None when one of them is any value."""
    values = [value_of(term) for term in alternatives]
    parameter = "patient:identifier" if type == "Patient" else PARTY
    return frozenset(f"{parameter}={value}" for value in values) if all(values) else None


def _fits(instance: Instance, terms: Iterable[frozenset[str]]) -> bool:
    if not terms:
        return True
    own = identifier_terms("identifier", json.read_again(instance.body).get("identifier"))
    return all(own & alternatives for alternatives in terms)
