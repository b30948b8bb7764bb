"""What we need of a store. Two adapters give it: `sqlite.py` and `mongo.py`; the contract tests run on both.

A store keeps *documents* (one per case, assertion, member resource …) and *payloads* (received and sent bytes under
their SHA-256). One call is one atomic, durable write: when it returns, a crash loses nothing of it. A document's
unique keys do the serialising; there are no locks and no transactions over documents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from server.errors import StoreError
from server.fhir.json import Json


class PayloadMissing(StoreError):
    """The document names a payload that is not in the store; nothing was written."""


class DocumentTooLarge(StoreError):
    """The document is larger than any store takes; nothing was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A FHIR resource that a document holds, as REST reads and searches it."""

    type: str
    id: str
    """Unique among all entries of its type in the store."""
    digest: str
    """SHA-256 (hex) of the payload whose bytes hold the resource."""
    position: int | None
    """Index of `Bundle.entry` in the payload, or of the resource among those of a Parameters; None when the payload is
    the resource itself."""
    updated: str
    """FHIR instant of fixed width (see `clock.instant`): `meta.lastUpdated`, and the order of searches."""
    terms: frozenset[str] = frozenset()
    """Exact search terms, `parameter=value`, e.g. "identifier=http://x|1", "identifier=1", "status=active"."""
    date_low: str | None = None
    """The interval of the one date it is searched by (Claim.created …): FHIR instants, low inclusive."""
    date_high: str | None = None
    """High end, exclusive."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document. `body` is plain JSON (no Decimals: numbers that must be exact are text in it)."""

    kind: str
    """A lower-case word: "case", "assertion", "feedback", "member" …: a namespace of ids and keys."""
    id: str
    body: Json
    order: str
    """What documents of a kind are listed by, ascending or descending; ties by id. Usually `clock.instant`."""
    version: int = 1
    unique: frozenset[str] = frozenset()
    """Keys that at most one document of the kind may hold, now and after any restart."""
    index: frozenset[str] = frozenset()
    """Keys by which documents are found without a scan."""
    entries: tuple[Entry, ...] = ()
    payloads: frozenset[str] = frozenset()
    """Digests of the payloads that the document names; each must be there before the document is written."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """A search by date prefix, already turned to comparisons of an entry's interval [date_low, date_high)."""

    field: Literal["low", "high"]
    operator: Literal["<", "<=", ">", ">="]
    value: str


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """All of `terms` (each a set of alternatives) and all of `dates` must hold. `after` continues a page."""

    type: str
    terms: Sequence[frozenset[str]] = ()
    ids: frozenset[str] | None = None
    dates: Sequence[DateRange] = ()
    dates_any: Sequence[Sequence[DateRange]] = ()
    """Further conditions, each a list of which one must hold (the prefix `ne`)."""
    limit: int = 20
    after: tuple[str, str] | None = None
    """`(updated, id)` of the last entry of the page before."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with the document that holds it."""

    entry: Entry
    document_id: str
    document_version: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of documents or entries' documents, and the position to go on from (None at the end)."""

    documents: tuple[Document, ...]
    after: tuple[str, str] | None = None


class Store(Protocol):
    """The port. Every method may raise StoreUnavailable; nothing is half-written when it does."""

    async def start(self) -> None:
        """Opens the store; makes or migrates its schema; raises SchemaRefused when it can't."""

    async def close(self) -> None:
        """Finishes the writes under way and closes."""

    async def ready(self) -> bool:
        """Whether the store answers."""

    async def put_payload(self, body: bytes) -> str:
        """Keeps the bytes durably and gives their SHA-256 in hex. The same bytes again cost no space."""

    async def get_payload(self, digest: str) -> bytes | None:
        """The bytes of a digest, exactly as put."""

    async def create(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes a new document, and `payloads` before it or with it: never the document without them.

        Raises Duplicate with the key that is taken ("id" for the id itself, "Claim/1" for an entry), PayloadMissing
        when a digest of `payloads` is not there, DocumentTooLarge.
        """

    async def replace(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes `document` over the stored one whose version is `document.version - 1`, `payloads` as `create` does.

        Raises VersionConflict when another version is stored or none, and what `create` raises.
        """

    async def create_many(self, documents: Sequence[Document], payloads: Sequence[bytes] = ()) -> int:
        """Writes new documents in their order, each as `create` does, up to the first that can't be; gives how many.

        `payloads` are there before the first of them.
        A crash leaves the first of them, never a later one without an earlier. Why the next one was not written is
        what `create` raises for it. One that is too large or holds an entry twice is refused before any is written.
        """

    async def replace_many(self, documents: Sequence[Document]) -> frozenset[str]:
        """Writes documents of one kind, each on its own as `replace` does; gives the ids of those stored as given.

        Of the others the version was another one, a key was taken or a payload missing, or somebody else has written
        over what was just written: read them again. Raises DocumentTooLarge before any is written.
        """

    async def remove(self, kind: str, ids: Sequence[str]) -> int:
        """Removes documents with all their keys and entries; gives how many there were.

        Their payloads stay until a sweep finds that nothing else names them. Only for what is never replaced.
        """

    async def get(self, kind: str, id: str) -> Document | None:
        """The document of the id."""

    async def get_many(self, kind: str, ids: Sequence[str]) -> tuple[Document, ...]:
        """The documents of the ids that there are, in the order of the ids asked for."""

    async def get_by_unique(self, kind: str, key: str) -> Document | None:
        """The document that holds the unique key."""

    async def find(
        self,
        kind: str,
        keys: Sequence[str] = (),
        *,
        limit: int = 20,
        after: tuple[str, str] | None = None,
        newest_first: bool = False,
    ) -> Found:
        """Documents of the kind that hold all the index keys, in (order, id) order.

        Over all pages a document whose order and keys stay as they are comes exactly once, whatever else is written.
        One whose order changes meanwhile may be missed or come twice: a page goes on after a position, and the
        document may pass it. Whoever must miss none lists by an order that never changes, or counts.
        """

    async def count(self, kind: str, keys: Sequence[str] = ()) -> int:
        """How many documents of the kind hold all the index keys."""

    async def read_entry(self, type: str, id: str) -> StoredEntry | None:
        """The entry of that type and id."""

    async def search_entries(self, query: EntryQuery) -> tuple[StoredEntry, ...]:
        """Up to `limit` matching entries in (updated, id) order after `query.after`."""

    async def count_entries(self, query: EntryQuery) -> int:
        """How many entries match, paging aside."""

    async def sweep_payloads(self, older_than: str) -> int:
        """Removes payloads that no document names and that were put before the instant; gives how many.

        A payload put in the last minutes stays whatever the instant: its document may be on its way.
        """
