"""Many documents by one command on MongoDB: one way to the server and one wait for its journal.

There is no transaction over them: each document is written or not, and what is not can be told.
Spec page: https://www.mongodb.com/docs/manual/core/bulk-write-operations/
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from pymongo import ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from server.storage import mongo_payload
from server.storage.mongo_driver import Bson
from server.storage.mongo_keys import unique_name
from server.storage.mongo_row import FIELDS, document_of, row_of
from server.storage.port import Document
from server.storage.record import Record

_DUPLICATE_KEY = 11000
_TOGETHER = 64
"""Replacements of one command: a server takes each by itself, and the first of many would wait for the last."""


async def create(database: AsyncDatabase[Bson], records: Sequence[Record], now: datetime) -> int:
    """Inserts in order, up to the first that names what is not there or whose key is taken; gives how many."""
    kept = await mongo_payload.staying(database, _payloads_of(records), now)
    rows = [row_of(record) for record in takewhile(lambda record: record.document.payloads <= kept, records)]
    if not rows:
        return 0
    try:
        await database["document"].insert_many(rows, ordered=True)
    except BulkWriteError as error:
        return min(_taken(error))
    return len(rows)


async def replace(database: AsyncDatabase[Bson], records: Sequence[Record], now: datetime) -> frozenset[str]:
    """Replaces each by comparing versions; gives the ids of those that are stored as given."""
    kept = await mongo_payload.staying(database, _payloads_of(records), now)
    whole = [record for record in records if record.document.payloads <= kept]
    # In one order, so that of two who replace the same documents none waits for the other in turn.
    whole.sort(key=lambda record: record.document.id)
    written: frozenset[str] = frozenset()
    for start in range(0, len(whole), _TOGETHER):
        written |= await _replace(database, whole[start : start + _TOGETHER])
    return written


async def remove(database: AsyncDatabase[Bson], kind: str, ids: Sequence[str]) -> int:
    """Removes documents; gives how many there were."""
    done = await database["document"].delete_many({"_id": {"$in": [unique_name(kind, id) for id in ids]}})
    return int(done.deleted_count)


async def get(database: AsyncDatabase[Bson], kind: str, ids: Sequence[str]) -> tuple[Document, ...]:
    """The documents of the ids that there are, in the order asked for."""
    names = {"_id": {"$in": [unique_name(kind, id) for id in ids]}}
    found = {row["id"]: document_of(row) for row in await database["document"].find(names, FIELDS).to_list(None)}
    return tuple(found[id] for id in dict.fromkeys(ids) if id in found)


async def _replace(database: AsyncDatabase[Bson], records: Sequence[Record]) -> frozenset[str]:
    rows = [row_of(record) for record in records]
    writes = [ReplaceOne({"_id": row["_id"], "version": row["version"] - 1}, row) for row in rows]
    try:
        done = await database["document"].bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        _taken(error)
    else:
        if done.matched_count == len(rows):
            return frozenset(row["id"] for row in rows)
    # The server counts what it found and does not say which; so it is asked what is there now.
    names = {"_id": {"$in": [row["_id"] for row in rows]}}
    stored = {row["_id"]: row for row in await database["document"].find(names, FIELDS).to_list(None)}
    return frozenset(row["id"] for row in rows if _same(row, stored.get(row["_id"])))


def _same(row: Bson, stored: Bson | None) -> bool:
    return stored is not None and all(row[name] == stored[name] for name in FIELDS)


def _taken(error: BulkWriteError) -> list[int]:
    """Which of the writes met a key that is taken. Any other failure is raised again."""
    details = error.details or {}
    errors = details.get("writeErrors", [])
    if details.get("writeConcernErrors") or any(each["code"] != _DUPLICATE_KEY for each in errors):
        raise error
    return [each["index"] for each in errors]


def _payloads_of(records: Sequence[Record]) -> frozenset[str]:
    return frozenset[str]().union(*(record.document.payloads for record in records))
