"""The MongoDB database: made, migrated or refused, and read by indexes."""

import asyncio
import random
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandListener, CommandStartedEvent

from server.errors import SchemaRefused
from server.storage.mongo import MongoStore
from server.storage.mongo_driver import connector
from server.storage.mongo_schema import STEPS, VERSION, prepare
from server.storage.port import DateRange, EntryQuery
from tests.contract.calls import every_call
from tests.contract.places import Place, a_database_of, a_document, an_entry, drop_database

Bson = dict[str, object]


@pytest.fixture
def url(mongodb_url: str) -> Iterator[str]:
    """The URL of a database that is not there yet."""
    url = a_database_of(mongodb_url)
    yield url
    drop_database(url)


@pytest.fixture
def database(url: str) -> Iterator[Database[Bson]]:
    """The database beside the store."""
    with MongoClient[Bson](url) as client:
        yield client.get_default_database()


async def test_a_new_database_is_made_at_the_present_version(url: str, database: Database[Bson]) -> None:
    place = Place(url)

    await place.open()

    assert list(database["schema"].find()) == [{"_id": "passage", "version": VERSION}]
    indexes = {tuple(index["key"]): index.get("unique", False) for index in database["document"].list_indexes()}
    assert indexes == {
        ("_id",): False,
        ("unique",): True,
        ("entries.key",): True,
        ("index", "order", "id"): False,
        ("entries.terms", "entries.updated"): False,
        ("entries.type", "entries.low", "entries.high"): False,
        ("payloads",): False,
    }
    await place.close()


async def test_an_older_database_is_migrated_with_what_it_holds(url: str, database: Database[Bson]) -> None:
    client = connector(url, "pymongo")()
    await prepare(client.database, steps=STEPS[:1])
    await client.close()
    place = Place(url)
    assert database["schema"].find_one() == {"_id": "passage", "version": 1}
    assert len(list(database["document"].list_indexes())) == 6

    store = await place.open()

    assert database["schema"].find_one() == {"_id": "passage", "version": VERSION}
    assert len(list(database["document"].list_indexes())) == 7
    entry = an_entry("1", date_low="2026-11-20", date_high="2026-11-21")
    await store.create(a_document(entries=(entry,)))
    found = await store.search_entries(EntryQuery("Claim", dates=[DateRange("low", ">=", "2026-11-20")]))
    assert [stored.entry for stored in found] == [entry]
    await place.close()


async def test_a_newer_database_is_refused(url: str, database: Database[Bson]) -> None:
    database["schema"].insert_one({"_id": "passage", "version": 99})

    with pytest.raises(SchemaRefused) as refused:
        await Place(url).open()

    assert f"has schema version 99, made by a newer Passage; this one reads up to {VERSION}" in str(refused.value)
    assert database.list_collection_names() == ["schema"]


async def test_another_programs_database_is_refused(url: str, database: Database[Bson]) -> None:
    database["document"].insert_one({"title": "no case"})

    with pytest.raises(SchemaRefused) as refused:
        await Place(url).open()

    assert "another program's collections under names that Passage uses (document)" in str(refused.value)
    assert database.list_collection_names() == ["document"]


async def test_another_programs_collections_beside_ours_do_not_matter(url: str, database: Database[Bson]) -> None:
    database["patients"].insert_one({"n": 1})
    place = Place(url)

    store = await place.open()

    await store.create(a_document())
    assert await store.count("case") == 1
    await place.close()


async def test_processes_that_start_at_once_make_one_schema(url: str, database: Database[Bson]) -> None:
    place = Place(url)

    stores = await asyncio.gather(*(place.open() for _ in range(6)))

    await asyncio.gather(*(store.create(a_document(str(number))) for number, store in enumerate(stores)))
    assert await stores[0].count("case") == 6
    assert database["schema"].find_one() == {"_id": "passage", "version": VERSION}
    await place.close()


async def test_a_payload_without_its_header_is_not_there_until_it_is_put_whole(
    url: str, database: Database[Bson]
) -> None:
    place = Place(url)
    store = await place.open()
    body = random.Random(1).randbytes(5_000_000)
    digest = await store.put_payload(body)
    assert database["payload_chunk"].count_documents({}) > 0
    database["payload"].delete_one({"_id": digest})

    assert await store.get_payload(digest) is None

    assert await store.put_payload(body) == digest
    assert await store.get_payload(digest) == body
    await place.close()


class _Reads(CommandListener):
    """The reads that a store sends."""

    def __init__(self) -> None:
        self.commands: list[Bson] = []

    def started(self, event: CommandStartedEvent) -> None:
        """Notes a read of a collection of ours."""
        command = {key: value for key, value in event.command.items() if not key.startswith(("$", "lsid", "txn"))}
        if event.command_name in ("find", "aggregate") and event.command[event.command_name] != "schema":
            self.commands.append(command)

    def succeeded(self, event: object) -> None:
        """Of no interest."""

    def failed(self, event: object) -> None:
        """Of no interest."""


def _indexes_of(plan: object) -> set[str]:
    """The names of the indexes that a plan walks, and "COLLSCAN" where it walks the collection."""
    if isinstance(plan, list):
        return set().union(*(_indexes_of(each) for each in plan))
    if not isinstance(plan, dict):
        return set()
    names = {str(plan[key]) for key in ("Index Name", "indexName") if key in plan}
    if plan.get("stage") == "COLLSCAN" or plan.get("Node Type") == "Seq Scan":
        names.add("COLLSCAN")
    if plan.get("stage") in ("IDHACK", "EXPRESS_IXSCAN"):
        names.add("_id_")
    return names.union(*(_indexes_of(value) for value in plan.values()))


async def test_every_read_uses_an_index(url: str, database: Database[Bson]) -> None:
    reads = _Reads()
    store = MongoStore(connector(url, "pymongo", [reads]), clock=Place(url).clock)
    await store.start()

    await every_call(store)

    await store.close()
    scans = []
    for command in reads.commands:
        if command.get("pipeline") is not None:
            command.setdefault("cursor", {})
        explained = database.command("explain", command)
        names = _indexes_of({key: value for key, value in explained.items() if key != "command"})
        # A server that walks the whole collection by its _id index does so for a read that names no _id. Those that
        # do are look-ups and the sweep; of a collection that nothing was written to there is no plan.
        by_id = "_id" in command.get("filter", {})
        if "COLLSCAN" in names or (names <= {"_id_"} and not by_id):
            scans.append((command, names))
    assert len(reads.commands) > 100
    assert scans == []
