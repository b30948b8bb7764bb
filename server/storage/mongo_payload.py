"""Payloads on MongoDB: chunks first, the header last, so a payload is there when it is whole.

Spec page: https://www.mongodb.com/docs/manual/reference/limits/#bson-documents
"""

from collections.abc import Sequence, Set
from datetime import datetime

from pymongo import ASCENDING
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from server.clock import instant
from server.errors import StoreUnavailable
from server.storage.mongo_driver import Bson
from server.storage.payload import GRACE, PackedPayload
from server.storage.port import PayloadMissing

_SWEEP_PAYLOADS = 500
_TRIES = 5
_DUPLICATE_KEY = 11000


async def put(database: AsyncDatabase[Bson], payload: PackedPayload, moment: str) -> None:
    """Keeps the payload, or notes that it was put again."""
    headers, header = database["payload"], _header(payload, moment)
    for _ in range(_TRIES):
        # What has one chunk is most often new: try the insert first. A large one is worth the question.
        if len(payload.chunks) > 1:
            if await _put_again(database, payload.digest, moment):
                return
            for number, data in enumerate(payload.chunks[1:], 1):
                chunk = {"put": moment, "digest": payload.digest, "data": data}
                await database["payload_chunk"].replace_one(
                    {"_id": _chunk_id(payload.digest, number)}, chunk, upsert=True
                )
        try:
            await headers.insert_one(header)
        except DuplicateKeyError:
            if await _put_again(database, payload.digest, moment):
                return
        else:
            return
    raise StoreUnavailable("The payload was removed as often as it was put.")


async def put_all(database: AsyncDatabase[Bson], payloads: Sequence[PackedPayload], moment: str) -> None:
    """Keeps all payloads, those of one chunk in one call."""
    small = {payload.digest: payload for payload in payloads if len(payload.chunks) == 1}
    for payload in payloads:
        if payload.digest not in small:
            await put(database, payload, moment)
    for digest in await _insert_all(database, list(small.values()), moment):
        if not await _put_again(database, digest, moment):
            await put(database, small[digest], moment)


async def get(database: AsyncDatabase[Bson], digest: str) -> list[bytes] | None:
    """Every chunk of the payload."""
    header = await database["payload"].find_one({"_id": digest}, {"chunks": 1, "data": 1})
    if header is None:
        return None
    chunks = [header["data"]]
    for number in range(1, header["chunks"]):
        chunk = await database["payload_chunk"].find_one({"_id": _chunk_id(digest, number)}, {"data": 1})
        if chunk is None:  # swept since the header was read
            return None
        chunks.append(chunk["data"])
    return chunks


async def require(database: AsyncDatabase[Bson], digests: Set[str], now: datetime) -> None:
    """Sees that the payloads are there and stay there while a document that names them is written.

    Raises PayloadMissing. One that was put long ago is noted as put again, so that no sweep takes it just now.
    """
    if len(await staying(database, digests, now)) < len(digests):
        raise PayloadMissing("The document names a payload that is not in the store; put it first.")


async def staying(database: AsyncDatabase[Bson], digests: Set[str], now: datetime) -> frozenset[str]:
    """Those of the payloads that are there and that no sweep takes just now."""
    if not digests:
        return frozenset()
    headers = database["payload"]
    found = await headers.find({"_id": {"$in": sorted(digests)}}, {"put": 1}).to_list(None)
    there = {header["_id"] for header in found}
    old = sorted(header["_id"] for header in found if header["put"] < instant(now - GRACE / 2))
    if old:
        done = await headers.update_many({"_id": {"$in": old}}, {"$max": {"put": instant(now)}})
        if done.matched_count < len(old):  # a sweep was faster
            kept = await headers.find({"_id": {"$in": old}}, {"_id": 1}).to_list(None)
            there -= set(old) - {header["_id"] for header in kept}
    return frozenset(there)


async def sweep(database: AsyncDatabase[Bson], older_than: str) -> int:
    """Removes what was put before the instant and no document names; gives how many."""
    headers, removed, after = database["payload"], 0, ""
    while True:
        window = {"put": {"$lt": older_than}, "_id": {"$gt": after}}
        page = await headers.find(window, {"chunks": 1}).sort("_id", ASCENDING).limit(_SWEEP_PAYLOADS).to_list(None)
        if not page:
            break
        after = page[-1]["_id"]
        named = await database["document"].distinct("payloads", {"payloads": {"$in": [row["_id"] for row in page]}})
        for row in page:
            if row["_id"] in named:
                continue
            # The condition again: the payload may have been put once more since the page was read.
            done = await headers.delete_one({"_id": row["_id"], "put": {"$lt": older_than}})
            removed += done.deleted_count
    await _sweep_chunks(database, older_than)
    return removed


async def _sweep_chunks(database: AsyncDatabase[Bson], older_than: str) -> None:
    """Removes old chunks without a header: swept just now, or never finished."""
    chunks, after = database["payload_chunk"], ""
    while True:
        window = {"put": {"$lt": older_than}, "_id": {"$gt": after}}
        page = await chunks.find(window, {"digest": 1}).sort("_id", ASCENDING).limit(_SWEEP_PAYLOADS).to_list(None)
        if not page:
            return
        after = page[-1]["_id"]
        digests = sorted({row["digest"] for row in page})
        whole = {
            row["_id"] for row in await database["payload"].find({"_id": {"$in": digests}}, {"_id": 1}).to_list(None)
        }
        loose = [row["_id"] for row in page if row["digest"] not in whole]
        await chunks.delete_many({"_id": {"$in": loose}, "put": {"$lt": older_than}})


async def _insert_all(database: AsyncDatabase[Bson], payloads: Sequence[PackedPayload], moment: str) -> list[str]:
    """Inserts what is new; gives the digests that are there already."""
    if not payloads:
        return []
    try:
        await database["payload"].insert_many([_header(payload, moment) for payload in payloads], ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        errors = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(each["code"] != _DUPLICATE_KEY for each in errors):
            raise
        return [payloads[each["index"]].digest for each in errors]
    return []


def _header(payload: PackedPayload, moment: str) -> Bson:
    return {
        "_id": payload.digest,
        "size": payload.size,
        "put": moment,
        "chunks": len(payload.chunks),
        "data": payload.chunks[0],
    }


async def _put_again(database: AsyncDatabase[Bson], digest: str, moment: str) -> bool:
    done = await database["payload"].update_one({"_id": digest}, {"$max": {"put": moment}})
    return done.matched_count == 1


def _chunk_id(digest: str, number: int) -> str:
    return f"{digest}/{number}"
