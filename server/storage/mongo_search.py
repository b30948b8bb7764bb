"""REST searches on MongoDB: entries lie inside their document, so one match finds it and unwinding gives the entries.

Terms have one index, dates another. A search for what nearly all entries have reads and sorts all of them, as no
multikey index gives an order: the embedded store walks its own instead.
Spec page: https://hl7.org/fhir/R4/search.html
"""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from server.storage.mongo_driver import Bson, MongoClient
from server.storage.mongo_keys import key_name, term_name
from server.storage.port import DateRange, EntryQuery, StoredEntry
from server.storage.ranges import implied
from server.storage.record import entry_key, unpack_head

_OPERATORS = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


async def search_entries(client: MongoClient, query: EntryQuery) -> tuple[StoredEntry, ...]:
    """Up to `limit` matching entries in (updated, id) order after `query.after`."""
    stages = [
        *_matching(query),
        {"$sort": {"entries.updated": 1, "entries.id": 1}},
        {"$limit": query.limit},
        {"$project": {"id": 1, "version": 1, "head": 1, "entries.id": 1}},
    ]
    found = []
    for row in await client.aggregate(client.database["document"], stages) if query.limit > 0 else ():
        if entry := unpack_head(row["head"]).entry(query.type, row["entries"]["id"]):
            found.append(StoredEntry(entry, row["id"], row["version"]))
    return tuple(found)


async def count_entries(client: MongoClient, query: EntryQuery) -> int:
    """How many entries match, paging aside."""
    rows = await client.aggregate(client.database["document"], [*_matching(query, paged=False), {"$count": "total"}])
    return int(rows[0]["total"]) if rows else 0


async def read_entry(database: AsyncDatabase[Bson], type: str, id: str) -> StoredEntry | None:
    """The entry of that type and id."""
    row = await database["document"].find_one(
        {"entries.key": key_name(entry_key(type, id))}, {"id": 1, "version": 1, "head": 1}
    )
    entry = unpack_head(row["head"]).entry(type, id) if row else None
    return StoredEntry(entry, row["id"], row["version"]) if row and entry else None


def _matching(query: EntryQuery, *, paged: bool = True) -> list[Bson]:
    """Stages that give one row for each matching entry."""
    conditions = _conditions(query, paged=paged)
    # Lists of values are said once more outside of $elemMatch: FerretDB uses no index for them inside.
    listed = [_prefixed(condition) for condition in conditions if any(_is_list(value) for value in condition.values())]
    # Once to find documents by index, once more to drop the other entries of a document that was found.
    return [
        {"$match": {"$and": [*listed, {"entries": {"$elemMatch": {"$and": conditions}}}]}},
        {"$unwind": "$entries"},
        {"$match": {"$and": [_prefixed(condition) for condition in conditions]}},
    ]


def _conditions(query: EntryQuery, *, paged: bool) -> list[Bson]:
    conditions: list[Bson] = [{"type": query.type}]
    if query.ids is not None:
        conditions.append({"key": {"$in": sorted(key_name(entry_key(query.type, id)) for id in query.ids)}})
    for alternatives in query.terms:
        names = sorted(term_name(query.type, term) for term in alternatives)
        conditions.append({"terms": names[0] if len(names) == 1 else {"$in": names}})
    for dates in (query.dates, implied(query.dates, "low"), implied(query.dates, "high")):
        conditions += [_compare(date) for date in dates]
    conditions += [{"$or": [_compare(date) for date in group]} if group else _NEVER for group in query.dates_any]
    if paged and query.after is not None:
        updated, id = query.after
        conditions.append({"updated": {"$gte": updated}})
        conditions.append({"$or": [{"updated": {"$gt": updated}}, {"id": {"$gt": id}}]})
    return conditions


def _is_list(value: Any) -> bool:
    return isinstance(value, dict) and "$in" in value


_NEVER: Bson = {"key": {"$in": []}}


def _compare(date: DateRange) -> Bson:
    return {date.field: {_OPERATORS[date.operator]: date.value}}


def _prefixed(condition: Bson) -> Bson:
    prefixed: dict[str, Any] = {}
    for name, value in condition.items():
        if name == "$or":
            prefixed[name] = [_prefixed(each) for each in value]
        else:
            prefixed[f"entries.{name}"] = value
    return prefixed
