"""The store on MongoDB: a replica set in production, and any server that speaks its protocol.

A document is one MongoDB document: keys in a unique multikey index, entries inside it, body as bytes. So each write
is atomic without a transaction; compare and set on the version does the rest.
Spec page: https://www.mongodb.com/docs/manual/core/write-operations-atomicity/
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pymongo.errors import DuplicateKeyError

from server.clock import Clock, instant
from server.errors import Duplicate, StoreUnavailable, VersionConflict
from server.storage import mongo_many, mongo_payload, mongo_schema, mongo_search
from server.storage.mongo_driver import Bson, MongoClient, reported
from server.storage.mongo_keys import key_name, unique_name
from server.storage.mongo_row import FIELDS, document_of, holding, row_of
from server.storage.payload import GRACE, pack, pack_all, unpack
from server.storage.port import Document, EntryQuery, Found, StoredEntry
from server.storage.record import Record, entry_key, packed
from server.storage.record import pack as pack_document

T = TypeVar("T")

_PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.0)


class MongoStore:
    """The store of one MongoDB database. `clock` dates the payloads."""

    def __init__(self, connect: Callable[[], MongoClient], *, clock: Clock) -> None:
        """`connect` makes the client when the store starts: a client belongs to the event loop that it is made on."""
        self._connect = connect
        self._clock = clock
        self._client: MongoClient | None = None

    async def start(self) -> None:
        """Connects; makes or migrates the collections."""
        with reported():
            client = self._connect()
        try:
            with reported():
                await mongo_schema.prepare(client.database)
        except BaseException:
            await client.close()
            raise
        self._client = client

    async def close(self) -> None:
        """Closes the connections. May be called again."""
        client, self._client = self._client, None
        if client:
            await client.close()

    async def ready(self) -> bool:
        """Whether the server answers."""
        try:
            with reported():
                await self._open().ping()
        except StoreUnavailable:
            return False
        return True

    async def put_payload(self, body: bytes) -> str:
        """Keeps the bytes and gives their SHA-256."""
        client = self._open()
        payload = await pack(body)
        with reported():
            await mongo_payload.put(client.database, payload, instant(self._clock()))
        return payload.digest

    async def get_payload(self, digest: str) -> bytes | None:
        """The bytes of a digest."""
        with reported():
            chunks = await mongo_payload.get(self._open().database, digest)
        return await unpack(chunks) if chunks else None

    async def create(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes a new document, its payloads before it."""
        record = await packed(document)
        kept = await self._put_payloads(payloads)
        with reported():
            database = self._open().database
            await mongo_payload.require(database, document.payloads - kept, self._clock())
            await self._unless_taken(record, lambda: database["document"].insert_one(row_of(record)))

    async def replace(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes a document over the version before, its payloads before it."""
        record = await packed(document)
        kept = await self._put_payloads(payloads)
        before = {"_id": unique_name(document.kind, document.id), "version": document.version - 1}
        with reported():
            documents = self._open().database["document"]
            if document.payloads - kept:
                stored = await documents.find_one(before, {"payloads": 1})
                if stored is None:
                    raise VersionConflict("the document was changed since it was read")
                added = document.payloads - kept - set(stored.get("payloads", ()))
                await mongo_payload.require(self._open().database, added, self._clock())
            done = await self._unless_taken(record, lambda: documents.replace_one(before, row_of(record)))
        if not done.matched_count:
            raise VersionConflict("the document was changed since it was read")

    async def create_many(self, documents: Sequence[Document], payloads: Sequence[bytes] = ()) -> int:
        """Writes new documents by one command, up to the first that can't be, their payloads before them."""
        records = [pack_document(document) for document in documents]
        await self._put_payloads(payloads)
        with reported():
            return await mongo_many.create(self._open().database, records, self._clock()) if records else 0

    async def replace_many(self, documents: Sequence[Document]) -> frozenset[str]:
        """Writes documents over the versions before by one command."""
        records = [pack_document(document) for document in documents]
        with reported():
            return await mongo_many.replace(self._open().database, records, self._clock()) if records else frozenset()

    async def remove(self, kind: str, ids: Sequence[str]) -> int:
        """Removes documents by one command."""
        with reported():
            return await mongo_many.remove(self._open().database, kind, ids) if ids else 0

    async def get_many(self, kind: str, ids: Sequence[str]) -> tuple[Document, ...]:
        """The documents of the ids that there are."""
        with reported():
            return await mongo_many.get(self._open().database, kind, ids) if ids else ()

    async def get(self, kind: str, id: str) -> Document | None:
        """The document of the id."""
        return await self._one({"_id": unique_name(kind, id)})

    async def get_by_unique(self, kind: str, key: str) -> Document | None:
        """The document that holds the unique key."""
        return await self._one({"unique": unique_name(kind, key)})

    async def find(
        self,
        kind: str,
        keys: Sequence[str] = (),
        *,
        limit: int = 20,
        after: tuple[str, str] | None = None,
        newest_first: bool = False,
    ) -> Found:
        """Documents of the kind that hold all the keys, in order."""
        condition = holding(kind, keys)
        if after is not None:
            order, id = after
            beyond = "$lt" if newest_first else "$gt"
            condition["order"] = {f"{beyond}e": order}
            condition["$or"] = [{"order": {beyond: order}}, {"id": {beyond: id}}]
        direction = -1 if newest_first else 1
        with reported():
            found = self._open().database["document"].find(condition, FIELDS)
            rows = await found.sort([("order", direction), ("id", direction)]).limit(limit + 1).to_list(None)
        page = tuple(document_of(row) for row in rows[:limit])
        more = len(rows) > limit and page
        return Found(page, (page[-1].order, page[-1].id) if more else None)

    async def count(self, kind: str, keys: Sequence[str] = ()) -> int:
        """How many documents of the kind hold all the keys."""
        with reported():
            return int(await self._open().database["document"].count_documents(holding(kind, keys)))

    async def read_entry(self, type: str, id: str) -> StoredEntry | None:
        """The entry of that type and id."""
        with reported():
            return await mongo_search.read_entry(self._open().database, type, id)

    async def search_entries(self, query: EntryQuery) -> tuple[StoredEntry, ...]:
        """Matching entries in (updated, id) order."""
        with reported():
            return await mongo_search.search_entries(self._open(), query)

    async def count_entries(self, query: EntryQuery) -> int:
        """How many entries match."""
        with reported():
            return await mongo_search.count_entries(self._open(), query)

    async def sweep_payloads(self, older_than: str) -> int:
        """Removes old payloads that no document names."""
        with reported():
            return await mongo_payload.sweep(self._open().database, min(older_than, instant(self._clock() - GRACE)))

    async def _put_payloads(self, bodies: Sequence[bytes]) -> frozenset[str]:
        """Keeps them and gives their digests. They are young, so that no sweep takes them before their document."""
        database = self._open().database
        payloads = await pack_all(bodies)
        with reported():
            await mongo_payload.put_all(database, payloads, instant(self._clock()))
        return frozenset(payload.digest for payload in payloads)

    def _open(self) -> MongoClient:
        if self._client is None:
            raise StoreUnavailable("The store is not open.")
        return self._client

    async def _one(self, condition: Bson) -> Document | None:
        with reported():
            row = await self._open().database["document"].find_one(condition, FIELDS)
        return document_of(row) if row else None

    async def _unless_taken(self, record: Record, write: Callable[[], Awaitable[T]]) -> T:
        """The write; or Duplicate with the key that another document holds, once that one is safe itself.

        The server's error does not always say which key it is. And the holder may not be on a majority yet: its
        write can still be lost, so telling of it would send the caller to a document that may never have been.
        """
        for pause_seconds in _PAUSES_SECONDS:
            try:
                return await write()
            except DuplicateKeyError:
                if (key := await self._taken(record)) is not None:
                    raise Duplicate(key) from None
                await asyncio.sleep(pause_seconds)
        raise StoreUnavailable("A unique key is held by a write that is not settled yet.")

    async def _taken(self, record: Record) -> str | None:
        document, documents = record.document, self._open().database["document"]
        own = unique_name(document.kind, document.id)
        if document.version == 1 and await documents.find_one({"_id": own}, {"_id": 1}):
            return "id"
        names = {unique_name(document.kind, key): key for key in document.unique}
        holders = {"unique": {"$in": sorted(names)}, "_id": {"$ne": own}}
        held = {name for row in await documents.find(holders, {"unique": 1}).to_list(None) for name in row["unique"]}
        if taken := sorted(names[name] for name in held & names.keys()):
            return taken[0]
        keys = {key_name(entry_key(entry.type, entry.id)): entry for entry in document.entries}
        holders = {"entries.key": {"$in": sorted(keys)}, "_id": {"$ne": own}}
        rows = await documents.find(holders, {"entries.key": 1}).to_list(None)
        others = sorted({entry["key"] for row in rows for entry in row["entries"]} & keys.keys())
        return entry_key(keys[others[0]].type, keys[others[0]].id) if others else None
