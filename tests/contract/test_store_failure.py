"""A store that can't be reached says so, soon, with an error of the port, and never with a driver's."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from server.errors import StoreUnavailable
from server.storage.connect import connect
from server.storage.port import EntryQuery, Store
from tests.contract.places import MongoServer, Place, a_document, leaves_sockets

CALLS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "put_payload": lambda store: store.put_payload(b"{}"),
    "get_payload": lambda store: store.get_payload("0" * 64),
    "create": lambda store: store.create(a_document("2")),
    "replace": lambda store: store.replace(a_document(version=2)),
    "create_many": lambda store: store.create_many([a_document("2")]),
    "replace_many": lambda store: store.replace_many([a_document(version=2)]),
    "remove": lambda store: store.remove("case", ["1"]),
    "get": lambda store: store.get("case", "1"),
    "get_many": lambda store: store.get_many("case", ["1"]),
    "get_by_unique": lambda store: store.get_by_unique("case", "request:1"),
    "find": lambda store: store.find("case"),
    "find by keys": lambda store: store.find("case", ["a:1", "b:2"]),
    "count": lambda store: store.count("case"),
    "read_entry": lambda store: store.read_entry("Claim", "1"),
    "search_entries": lambda store: store.search_entries(EntryQuery("Claim")),
    "count_entries": lambda store: store.count_entries(EntryQuery("Claim")),
    "sweep_payloads": lambda store: store.sweep_payloads("2026-11-20T15:00:00.000Z"),
}


async def _all_unavailable(store: Store) -> None:
    assert await store.ready() is False
    for call in CALLS.values():
        with pytest.raises(StoreUnavailable):
            await call(store)


async def test_an_open_store_is_ready(store: Store) -> None:
    assert await store.ready() is True


async def test_a_store_that_was_never_started_is_unavailable(place: Place) -> None:
    await _all_unavailable(place.connect())


async def test_a_closed_store_is_unavailable_and_may_be_closed_again(store: Store) -> None:
    await store.create(a_document())

    await store.close()
    await store.close()

    await _all_unavailable(store)


async def test_a_store_may_be_started_again(store: Store) -> None:
    await store.create(a_document())
    await store.close()

    await store.start()

    assert await store.get("case", "1") == a_document()


@leaves_sockets
@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_server_that_does_not_answer_is_unavailable(driver: str) -> None:
    pytest.importorskip(driver, reason="mongodb: the driver is not installed")
    store = connect(
        "mongodb://user:s3cret@127.0.0.1:1/passage?serverSelectionTimeoutMS=200",
        mongodb_driver=driver,
        clock=Place("").clock,
    )

    with pytest.raises(StoreUnavailable) as refused:
        await store.start()

    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__


@pytest.mark.slow
@leaves_sockets
@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_server_that_dies_is_unavailable_and_serves_again_when_it_is_back(
    mongodb_server: MongoServer, driver: str
) -> None:
    pytest.importorskip(driver, reason="mongodb: the driver is not installed")
    place = Place(mongodb_server.url + "passage?serverSelectionTimeoutMS=100", driver)
    store = await place.open()
    await store.create(a_document())

    mongodb_server.kill()

    await _all_unavailable(store)
    mongodb_server.start_again()
    assert await store.get("case", "1") == a_document()
    await store.create(a_document("2"))
    await place.close()


async def test_a_file_in_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    store = Place(f"sqlite:///{tmp_path}/none/passage.db").connect()

    with pytest.raises(StoreUnavailable, match=r"can't be opened: No such file or directory"):
        await store.start()
