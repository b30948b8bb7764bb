"""What a source of resources gives: the store's cases and the content's forms are read and searched the same way."""

from dataclasses import dataclass
from typing import Protocol

from server.rest.search import Search


@dataclass(frozen=True, slots=True)
class Instance:
    """One resource as it is served."""

    type: str
    id: str
    body: bytes
    version: str
    """`meta.versionId`, and the ETag."""
    updated: str | None = None
    """`meta.lastUpdated` as a FHIR instant; None where nothing says when."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of matches."""

    instances: tuple[Instance, ...]
    total: int | None
    after: tuple[str, str] | None
    """Where the next page goes on; None at the end."""


class Source(Protocol):
    """Reads and searches the resources of one type."""

    async def read(self, type: str, id: str) -> Instance | None:
        """The resource of the id."""

    async def search(self, search: Search) -> Page:
        """A page of what matches."""
