"""A document written with its payloads: both are there, or the document is not and nothing keeps the payloads."""

import asyncio
import hashlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from server.clock import instant
from server.errors import Duplicate, VersionConflict
from server.storage.port import Document, DocumentTooLarge, PayloadMissing, Store
from tests.contract.places import NOW, Place, a_document

_LARGE = random.Random(1).randbytes(9_000_000)


def _naming(document: Document, *bodies: bytes) -> Document:
    return replace(document, payloads=document.payloads | {_digest(body) for body in bodies})


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


async def _kept(store: Store, *bodies: bytes) -> list[bytes]:
    """Those of the payloads that a sweep leaves."""
    await store.sweep_payloads(instant(NOW + timedelta(days=30)))
    found = [await store.get_payload(_digest(body)) for body in bodies]
    return [body for body in found if body is not None]


async def test_a_new_document_is_written_with_all_that_it_names(place: Place) -> None:
    store = await place.open()
    before = await store.put_payload(b"put before")
    document = _naming(a_document(payloads=frozenset({before})), b"request", b"answer", _LARGE)

    await store.create(document, [b"request", b"answer", _LARGE])

    await store.close()
    again = await place.open()
    place.pass_time(timedelta(hours=1))
    assert await again.get("case", "1") == document
    everything = [b"put before", b"request", b"answer", _LARGE]
    assert await _kept(again, *everything) == everything


async def test_a_replacement_is_written_with_what_it_names_besides(place: Place) -> None:
    store = await place.open()
    first = _naming(a_document(), b"request")
    await store.create(first, [b"request"])
    second = _naming(replace(first, version=2), b"update", _LARGE)

    await store.replace(second, [b"update", _LARGE])

    place.pass_time(timedelta(hours=1))
    assert await store.get("case", "1") == second
    assert await _kept(store, b"request", b"update", _LARGE) == [b"request", b"update", _LARGE]


async def test_payloads_that_are_there_already_may_come_again(place: Place) -> None:
    store = await place.open()
    first = _naming(a_document(), b"request", _LARGE)
    await store.create(first, [b"request", _LARGE])
    second = _naming(a_document("2"), b"request", b"other", _LARGE)

    await store.create(second, [b"request", b"other", b"request", _LARGE])

    place.pass_time(timedelta(hours=1))
    assert await store.get("case", "2") == second
    assert await _kept(store, b"request", b"other", _LARGE) == [b"request", b"other", _LARGE]


async def test_payloads_without_a_document_that_names_them_are_garbage(place: Place) -> None:
    store = await place.open()
    document = _naming(a_document(), b"named")

    await store.create(document, [b"named", b"not named"])

    place.pass_time(timedelta(hours=1))
    assert await _kept(store, b"named", b"not named") == [b"named"]


async def test_a_document_whose_key_is_taken_leaves_no_half(place: Place) -> None:
    store = await place.open()
    holder = _naming(a_document("1", unique=frozenset({"request:1"})), b"request")
    await store.create(holder, [b"request"])
    rival = _naming(a_document("2", unique=frozenset({"request:1"})), b"request", b"another answer")

    with pytest.raises(Duplicate) as refused:
        await store.create(rival, [b"request", b"another answer"])

    place.pass_time(timedelta(hours=1))
    assert refused.value.key == "request:1"
    assert await store.get("case", "1") == holder
    assert await store.get("case", "2") is None
    assert await _kept(store, b"request", b"another answer") == [b"request"]


async def test_a_replacement_of_another_version_leaves_no_half(place: Place) -> None:
    store = await place.open()
    first = _naming(a_document(), b"request")
    await store.create(first, [b"request"])

    for version in (1, 3):
        with pytest.raises(VersionConflict):
            await store.replace(_naming(replace(first, version=version), b"update"), [b"update"])

    place.pass_time(timedelta(hours=1))
    assert await store.get("case", "1") == first
    assert await _kept(store, b"request", b"update") == [b"request"]


async def test_a_missing_payload_beside_those_that_come_leaves_no_half(place: Place) -> None:
    store = await place.open()
    first = _naming(a_document("1"), b"request")
    await store.create(first, [b"request"])

    with pytest.raises(PayloadMissing):
        await store.create(_naming(a_document("2"), b"came", b"missing"), [b"came"])
    with pytest.raises(PayloadMissing):
        await store.replace(_naming(replace(first, version=2), b"came", b"missing"), [b"came"])

    place.pass_time(timedelta(hours=1))
    assert await store.get("case", "1") == first
    assert await store.get("case", "2") is None
    assert await _kept(store, b"request", b"came", b"missing") == [b"request"]


async def test_a_document_that_is_too_large_leaves_no_half(place: Place) -> None:
    store = await place.open()

    with pytest.raises(DocumentTooLarge):
        await store.create(_naming(a_document(body="x" * 12_100_000), b"request"), [b"request"])

    place.pass_time(timedelta(hours=1))
    assert await store.get("case", "1") is None
    assert await _kept(store, b"request") == []


async def test_of_forty_writers_with_payloads_of_their_own_one_wins(place: Place) -> None:
    store = await place.open()
    bodies = [b"answer %d" % number for number in range(40)]
    rivals = [
        _naming(a_document(str(number), unique=frozenset({"request:same"})), b"the request", body)
        for number, body in enumerate(bodies)
    ]

    results = await asyncio.gather(
        *(store.create(rival, [b"the request", body]) for rival, body in zip(rivals, bodies, strict=True)),
        return_exceptions=True,
    )

    place.pass_time(timedelta(hours=1))
    winners = [number for number, result in enumerate(results) if result is None]
    assert len(winners) == 1
    assert [type(result) for result in results if result is not None] == [Duplicate] * 39
    assert await store.get_by_unique("case", "request:same") == rivals[winners[0]]
    assert await _kept(store, b"the request", *bodies) == [b"the request", bodies[winners[0]]]


async def test_sweeps_leave_what_comes_with_a_document_at_the_same_time(place: Place) -> None:
    store = await place.open()
    bodies = [b"request %d" % number for number in range(60)]
    for body in bodies:
        await store.put_payload(body)
    place.pass_time(timedelta(hours=1))

    async def sweep() -> None:
        for _ in range(5):
            await store.sweep_payloads(instant(place.now))

    writes = (store.create(_naming(a_document(str(n)), body), [body]) for n, body in enumerate(bodies))
    await asyncio.gather(sweep(), *writes, sweep())

    assert [await store.get_payload(_digest(body)) for body in bodies] == bodies
