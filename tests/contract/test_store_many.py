"""Many documents in one call: created in order up to the first that can't be, replaced one by one, read, removed."""

import asyncio
import hashlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from server.clock import instant
from server.errors import Duplicate
from server.storage.port import Document, DocumentTooLarge, EntryQuery, PayloadMissing, Store
from tests.contract.places import NOW, Place, a_document, an_entry


def _event(number: int, **changes: object) -> Document:
    keys = {"unique": frozenset({f"notice:{number}"}), "index": frozenset({"all", f"odd:{number % 2}"})}
    return a_document(f"{number:03d}", **{**keys, **changes})


async def _ids(store: Store) -> list[str]:
    return [document.id for document in (await store.find("case", limit=1000)).documents]


async def test_new_documents_are_written_with_all_that_belongs_to_them(store: Store) -> None:
    digest = await store.put_payload(b"answer")
    entry = an_entry("1", "identifier=1", digest=digest)
    documents = [_event(number, payloads=frozenset({digest})) for number in range(200)]
    documents[7] = replace(documents[7], entries=(entry,))

    written = await store.create_many(documents)

    assert written == 200
    assert (await store.find("case", ["all"], limit=1000)).documents == tuple(documents)
    assert await store.count("case", ["odd:1"]) == 100
    assert await store.get_by_unique("case", "notice:150") == documents[150]
    [found] = await store.search_entries(EntryQuery("Claim", [frozenset({"identifier=1"})]))
    assert (found.document_id, found.entry) == ("007", entry)


async def test_new_documents_are_written_with_the_payloads_that_they_name(place: Place) -> None:
    store = await place.open()
    digests = [hashlib.sha256(body).hexdigest() for body in (b"asked", b"answer")]
    documents = [_event(0, payloads=frozenset(digests[:1])), _event(1, payloads=frozenset(digests))]

    written = await store.create_many(documents, [b"asked", b"answer"])

    assert written == 2
    place.pass_time(timedelta(days=1))
    await store.sweep_payloads(instant(NOW + timedelta(days=30)))
    assert [await store.get_payload(digest) for digest in digests] == [b"asked", b"answer"]
    assert (await store.find("case", ["all"])).documents == tuple(documents)


@pytest.mark.parametrize(
    "taken",
    [
        a_document("003"),
        a_document("x", unique=frozenset({"notice:3"})),
        a_document("x", entries=(an_entry("3"),)),
    ],
    ids=["id", "key", "entry"],
)
async def test_new_documents_are_written_up_to_the_first_whose_key_is_taken(store: Store, taken: Document) -> None:
    await store.create(taken)
    documents = [_event(number, entries=(an_entry(str(number)),)) for number in range(6)]

    written = await store.create_many(documents)

    assert written == 3
    assert sorted(await _ids(store)) == sorted(["000", "001", "002", taken.id])
    assert await store.get_by_unique("case", "notice:4") is None
    assert await store.count("case", ["all"]) == 3
    with pytest.raises(Duplicate):
        await store.create(documents[3])


async def test_new_documents_are_written_up_to_the_first_that_names_a_missing_payload(store: Store) -> None:
    digest = await store.put_payload(b"answer")
    documents = [_event(number, payloads=frozenset({digest})) for number in range(4)]
    documents[2] = replace(documents[2], payloads=frozenset({digest, "0" * 64}))

    written = await store.create_many(documents)

    assert (written, await _ids(store)) == (2, ["000", "001"])
    with pytest.raises(PayloadMissing):
        await store.create(documents[2])


async def test_payloads_that_new_documents_name_stay(place: Place) -> None:
    store = await place.open()
    digest = await store.put_payload(b"answer")
    place.pass_time(timedelta(hours=1))

    await store.create_many([_event(1, payloads=frozenset({digest}))])

    assert await store.sweep_payloads(instant(place.now)) == 0
    assert await store.get_payload(digest) == b"answer"


async def test_a_document_that_is_too_large_stops_all_before_they_are_written(store: Store) -> None:
    large = _event(1, body=random.Random(1).randbytes(6_100_000).hex())

    with pytest.raises(DocumentTooLarge):
        await store.create_many([_event(0), large])
    with pytest.raises(DocumentTooLarge):
        await store.replace_many([large])

    assert await _ids(store) == []


async def test_what_many_create_at_once_is_there_once(store: Store) -> None:
    def mine(writer: int) -> list[Document]:
        return [_event(number, body={"writer": writer}) for number in range(20)]

    written = await asyncio.gather(*(store.create_many(mine(writer)) for writer in range(8)))

    there = {document.id: document.body["writer"] for document in (await store.find("case", limit=100)).documents}
    assert sum(written) == len(there)
    for writer, many in enumerate(written):
        assert [id for id, by in there.items() if by == writer] == [f"{number:03d}" for number in range(many)]


async def test_documents_are_replaced_each_by_its_version(store: Store) -> None:
    documents = [_event(number) for number in range(150)]
    await store.create_many(documents)
    later = [replace(each, version=2, index=frozenset({"told"}), body={"n": each.id}) for each in documents]
    stale = replace(later[5], version=3)

    replaced = await store.replace_many([*later[:5], stale, *later[6:]])

    assert replaced == {each.id for each in later} - {"005"}
    assert await store.get("case", "005") == documents[5]
    assert (await store.find("case", ["told"], limit=200)).documents == (*later[:5], *later[6:])
    assert (await store.find("case", ["all"], limit=200)).documents == (documents[5],)


async def test_a_replacement_that_can_not_be_leaves_the_others(store: Store) -> None:
    await store.create_many([_event(number) for number in range(4)])
    clash = _event(1, version=2, unique=frozenset({"notice:3"}))
    missing = _event(2, version=2, payloads=frozenset({"0" * 64}))
    unknown = a_document("unknown", version=2)

    replaced = await store.replace_many([_event(0, version=2), clash, missing, unknown, _event(3, version=2)])

    assert replaced == {"000", "003"}
    versions = [(await store.get("case", id)) for id in ("000", "001", "002", "unknown", "003")]
    assert [document and document.version for document in versions] == [2, 1, 1, None, 2]


async def test_of_many_who_replace_the_same_documents_each_is_replaced_by_one(store: Store) -> None:
    documents = [_event(number) for number in range(20)]
    await store.create_many(documents)

    def by(writer: int) -> list[Document]:
        return [replace(document, version=2, body={"writer": writer}) for document in documents]

    results = await asyncio.gather(*(store.replace_many(by(writer)) for writer in range(8)))

    claimed = {id: writer for writer, ids in enumerate(results) for id in ids}
    assert sum(map(len, results)) == 20
    assert {document.id: document.body["writer"] for document in await store.get_many("case", list(claimed))} == claimed


async def test_documents_are_read_in_the_order_asked_for(store: Store) -> None:
    documents = [_event(number) for number in range(120)]
    await store.create_many(documents)
    asked = ["003", "unknown", "001", "003", *(f"{number:03d}" for number in range(60, 120))]

    found = await store.get_many("case", asked)

    assert found == (documents[3], documents[1], *documents[60:])
    assert await store.get_many("assertion", asked) == ()
    assert await store.get_many("case", []) == ()


async def test_what_is_removed_leaves_nothing_and_its_payloads_to_the_sweep(place: Place) -> None:
    store = await place.open()
    shared, own = await store.put_payload(b"shared"), await store.put_payload(b"own")
    entry = an_entry("1", "identifier=1")
    gone = _event(1, payloads=frozenset({shared, own}), entries=(entry,))
    stays = _event(2, payloads=frozenset({shared}))
    await store.create_many([gone, stays])

    removed = await store.remove("case", ["001", "001", "unknown"])

    assert removed == 1
    assert await store.get("case", "001") is None
    assert await store.get_by_unique("case", "notice:1") is None
    assert await store.read_entry("Claim", "1") is None
    assert await store.count_entries(EntryQuery("Claim", [frozenset({"identifier=1"})])) == 0
    assert (await store.find("case", ["all"])).documents == (stays,)
    place.pass_time(timedelta(hours=1))
    assert await store.sweep_payloads(instant(NOW + timedelta(days=1))) == 1
    assert (await store.get_payload(shared), await store.get_payload(own)) == (b"shared", None)


async def test_what_was_removed_may_be_created_again(store: Store) -> None:
    await store.create(_event(1, entries=(an_entry("1"),)))
    await store.remove("case", ["001"])

    await store.create(_event(1, entries=(an_entry("1"),), body="again"))

    assert (await store.get("case", "001")) == _event(1, entries=(an_entry("1"),), body="again")


async def test_nothing_asked_for_does_nothing(store: Store) -> None:
    assert await store.create_many([]) == 0
    assert await store.replace_many([]) == frozenset()
    assert await store.remove("case", []) == 0
