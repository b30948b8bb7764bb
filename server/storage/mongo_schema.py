"""The collections and indexes on MongoDB, as steps to the present version.

Each step may run twice, and by two processes at once: MongoDB has no transaction over indexes.
Spec page: https://www.mongodb.com/docs/manual/core/index-multikey/
"""

from collections.abc import Awaitable, Callable
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from server.errors import SchemaRefused
from server.storage.mongo_driver import Bson

_SCHEMA = "schema"
_OURS = frozenset({"document", "payload", "payload_chunk"})
_SCHEMA_ID = "passage"


def _index(*fields: str, **options: Any) -> IndexModel:
    return IndexModel([(field, ASCENDING) for field in fields], **options)


async def _documents_with_payloads(database: AsyncDatabase[Bson]) -> None:
    await database["document"].create_indexes(
        [
            # Sparse: a document without keys has no such field, and would else clash with every other one.
            _index("unique", unique=True, sparse=True),
            _index("entries.key", unique=True, sparse=True),
            _index("index", "order", "id"),
            _index("entries.terms", "entries.updated"),
            _index("payloads", sparse=True),
        ]
    )


async def _searches_by_date(database: AsyncDatabase[Bson]) -> None:
    await database["document"].create_indexes([_index("entries.type", "entries.low", "entries.high")])


Step = Callable[[AsyncDatabase[Bson]], Awaitable[None]]

STEPS: tuple[Step, ...] = (_documents_with_payloads, _searches_by_date)
"""Step n makes schema version n from n - 1. A released step is never edited; a change is a new step."""

VERSION = len(STEPS)


async def prepare(database: AsyncDatabase[Bson], *, steps: tuple[Step, ...] = STEPS) -> None:
    """Makes the collections or brings them to the present version. Raises SchemaRefused when they are not ours."""
    version = await _version(database)
    if version > VERSION:
        raise SchemaRefused(
            f"The MongoDB database has schema version {version}, made by a newer Passage; this one reads up to "
            f"{VERSION}. Nothing in it was changed. Install that newer Passage, or name another database in the URL."
        )
    for number, step in enumerate(steps[version:], version + 1):
        await step(database)
        # Only upwards: another process that starts now may be further on already.
        await database[_SCHEMA].update_one({"_id": _SCHEMA_ID}, {"$max": {"version": number}})


async def _version(database: AsyncDatabase[Bson]) -> int:
    # The names first: whoever makes a database now writes the version before any collection of ours.
    names = set(await database.list_collection_names())
    noted = await database[_SCHEMA].find_one({"_id": _SCHEMA_ID})
    if noted is not None:
        return int(noted["version"])
    if names & _OURS or _SCHEMA in names:
        raise SchemaRefused(
            "The MongoDB database holds another program's collections under names that Passage uses "
            f"({', '.join(sorted(names & {*_OURS, _SCHEMA}))}). Nothing in it was changed. "
            "Name another database in the store URL."
        )
    try:
        await database[_SCHEMA].insert_one({"_id": _SCHEMA_ID, "version": 0})
    except DuplicateKeyError:
        return 0  # another process makes it at this moment; the steps may run twice
    return 0
