"""SIGKILL at random moments while many write: each acknowledged write is there, whole and once."""

import asyncio
import random
import signal
from collections.abc import Iterable

import pytest

from server.storage.port import EntryQuery, Store
from tests.contract.crash_writer import document_of, payload_of, write_until_it_fails
from tests.contract.nursery import Nursery
from tests.contract.places import MongoServer, Place, leaves_sockets
from tests.contract.rounds import moments

ROUNDS = 20
FEWER_ROUNDS = 5
"""For what differs from another test in one thing only: the second driver, the server killed instead of the client."""

pytestmark = pytest.mark.slow


async def assert_whole(store: Store, acknowledged: Iterable[str]) -> None:
    """Every acknowledged document is there, whole and once; of the others each is whole or not there at all."""
    missing = set(acknowledged)
    after = None
    total = 0
    while True:
        page = await store.find("case", limit=100, after=after)
        for document in page.documents:
            (digest,) = document.payloads
            assert document == document_of(document.id, digest)
            assert await store.get_payload(digest) == payload_of(document.id)
            missing.discard(document.id)
        total += len(page.documents)
        after = page.after
        if after is None:
            break
    assert missing == set()
    assert await store.count("case", ["state:determined"]) == await store.count("case") == total
    assert await store.count_entries(EntryQuery("Claim")) == total


async def assert_found_by_every_key(store: Store, acknowledged: Iterable[str]) -> None:
    """The lookups of the documents agree with the documents."""
    for id in acknowledged:
        document = await store.get_by_unique("case", f"authorization:{id}")
        assert document is not None
        assert document.id == id
        entries = await store.search_entries(EntryQuery("Claim", [frozenset({f"identifier={id}"})]))
        assert [found.document_id for found in entries] == [id]


async def _kill_while_it_writes(nursery: Nursery, place: Place, prefix: str, seconds: float) -> list[str]:
    """Lets a process write for so long after its first acknowledgement, kills it, and gives what it acknowledged."""
    process = await nursery.bear("write", place.url, place.driver, prefix)
    await process.until(lambda line: line.startswith(prefix))
    await asyncio.sleep(seconds)

    process.kill()

    await process.dead()
    assert process.exit == -signal.SIGKILL
    # A line without its end was not acknowledged to anybody.
    return [line[:-1] for line in process.lines if line.endswith("\n")]


async def test_a_killed_process_loses_nothing_that_it_acknowledged(place: Place, nursery: Nursery) -> None:
    chance = random.Random(5)
    acknowledged: list[str] = []
    rounds = FEWER_ROUNDS if place.driver == "motor" else ROUNDS
    for number in range(rounds):
        seconds = chance.uniform(0.0, 0.35)

        latest = await _kill_while_it_writes(nursery, place, f"r{number}", seconds)

        acknowledged += latest
        store = await place.open()
        await assert_found_by_every_key(store, latest[-20:])
        await store.close()
    assert len(acknowledged) >= rounds
    assert len(set(acknowledged)) == len(acknowledged)
    await assert_whole(await place.open(), acknowledged)


@leaves_sockets
@pytest.mark.parametrize("driver", ["pymongo", "motor"])
async def test_a_killed_server_loses_nothing_that_was_acknowledged(mongodb_server: MongoServer, driver: str) -> None:
    pytest.importorskip(driver, reason="mongodb: the driver is not installed")
    chance = random.Random(6)
    place = Place(mongodb_server.url + "passage?serverSelectionTimeoutMS=100", driver)
    acknowledged: list[str] = []
    kills = moments(chance, FEWER_ROUNDS, 0.2, 0.8, lambda: len(acknowledged) >= FEWER_ROUNDS)
    for number, seconds in enumerate(kills):
        store = await place.open()
        writing = asyncio.create_task(write_until_it_fails(store, f"s{number}", acknowledged.append))
        await asyncio.sleep(seconds)

        await asyncio.to_thread(mongodb_server.kill)

        await writing
        await store.close()
        await asyncio.to_thread(mongodb_server.start_again)
    assert len(acknowledged) >= FEWER_ROUNDS
    again = await place.open()
    await assert_whole(again, acknowledged)
    await assert_found_by_every_key(again, acknowledged)
    await place.close()
