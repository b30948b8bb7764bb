"""Many writers at once, in one process and through two stores on the same database."""

import asyncio
from dataclasses import replace

from server.errors import Duplicate, VersionConflict
from server.storage.port import Document, PayloadMissing, Store
from tests.contract.places import Place, a_document, an_entry


async def test_of_forty_writers_of_one_key_one_wins(store: Store) -> None:
    rivals = [a_document(str(number), unique=frozenset({"request:same"})) for number in range(40)]

    results = await asyncio.gather(*(store.create(rival) for rival in rivals), return_exceptions=True)

    winners = [rival for rival, result in zip(rivals, results, strict=True) if result is None]
    losses = [result for result in results if result is not None]
    assert len(winners) == 1
    assert all(isinstance(loss, Duplicate) and loss.key == "request:same" for loss in losses)
    assert await store.get_by_unique("case", "request:same") == winners[0]
    assert await store.count("case") == 1


async def test_of_fifty_changes_of_one_version_one_wins(store: Store) -> None:
    await store.create(a_document(body=None))
    changes = [a_document(version=2, body=number) for number in range(50)]

    results = await asyncio.gather(*(store.replace(change) for change in changes), return_exceptions=True)

    winners = [change for change, result in zip(changes, results, strict=True) if result is None]
    assert len(winners) == 1
    assert all(isinstance(result, VersionConflict) for result in results if result is not None)
    assert await store.get("case", "1") == winners[0]


async def test_no_update_is_lost_when_all_try_again(place: Place) -> None:
    stores = [await place.open(), await place.open()]
    await stores[0].create(a_document(body=0))

    async def add_one(store: Store) -> None:
        while True:
            before = await store.get("case", "1")
            assert before is not None
            after = replace(before, version=before.version + 1, body=before.body + 1)
            try:
                await store.replace(after)
            except VersionConflict:
                continue
            return

    await asyncio.gather(*(add_one(stores[number % 2]) for number in range(24)))

    assert await stores[0].get("case", "1") == a_document(version=25, body=24)


async def test_numbers_are_unique_across_processes(place: Place) -> None:
    stores = [await place.open(), await place.open()]

    async def take(store: Store, writer: int) -> str:
        number = 0
        while True:
            try:
                await store.create(a_document(f"{writer}", unique=frozenset({f"authorization:PA{number}"})))
            except Duplicate:
                number += 1
                continue
            return f"PA{number}"

    numbers = await asyncio.gather(*(take(stores[writer % 2], writer) for writer in range(12)))

    assert sorted(numbers) == sorted(f"PA{number}" for number in range(12))


async def test_one_store_sees_at_once_what_another_wrote(place: Place) -> None:
    one, other = await place.open(), await place.open()
    document = a_document(
        unique=frozenset({"request:1"}), index=frozenset({"member:1"}), entries=(an_entry("1", "a=1"),)
    )

    await one.create(document)

    assert await other.get("case", "1") == document
    assert await other.get_by_unique("case", "request:1") == document
    assert (await other.find("case", ["member:1"])).documents == (document,)
    assert await other.read_entry("Claim", "1") is not None


async def test_a_refused_document_does_not_take_others_with_it(store: Store) -> None:
    await store.create(a_document("taken", unique=frozenset({"request:taken"})))
    documents: list[Document] = []
    for number in range(60):
        match number % 4:
            case 0:
                documents.append(a_document(str(number), unique=frozenset({"request:taken", f"request:{number}"})))
            case 1:
                documents.append(a_document(str(number), payloads=frozenset({"f" * 64})))
            case _:
                documents.append(a_document(str(number), unique=frozenset({f"request:{number}"})))

    results = await asyncio.gather(*(store.create(document) for document in documents), return_exceptions=True)

    refusals = {0: Duplicate, 1: PayloadMissing, 2: type(None), 3: type(None)}
    assert [type(result) for result in results] == [refusals[number % 4] for number in range(60)]
    assert await store.count("case") == 31
    assert await store.get_by_unique("case", "request:4") is None
    assert await store.get_by_unique("case", "request:6") == documents[6]


async def test_a_cancelled_caller_leaves_the_document_whole_or_absent(store: Store) -> None:
    document = a_document(unique=frozenset({"request:1"}), index=frozenset({"member:1"}))
    writing = asyncio.create_task(store.create(document))
    await asyncio.sleep(0)

    writing.cancel()
    await asyncio.wait([writing])

    await store.create(a_document("2", unique=frozenset({"request:2"})))
    found = await store.get("case", "1")
    assert found in (None, document)
    assert await store.get_by_unique("case", "request:1") == found
