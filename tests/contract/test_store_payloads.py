"""Payloads: exact bytes under their digest, whole or not there, swept only when nothing names them."""

import asyncio
import hashlib
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from server.clock import instant
from server.storage.port import Store
from tests.contract.places import NOW, Place, a_document


def _noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not compress, as the attachments of a request are."""
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"value": 100.50}\r\n', bytes(range(256)) * 5000, _noise(300_000), _noise(9_000_000)],
    ids=["empty", "small", "json", "compresses well", "large", "several chunks"],
)
async def test_a_payload_comes_back_byte_for_byte(store: Store, body: bytes) -> None:
    digest = await store.put_payload(body)

    assert digest == hashlib.sha256(body).hexdigest()
    assert await store.get_payload(digest) == body


async def test_the_same_bytes_are_kept_once_however_often_they_are_put(store: Store) -> None:
    digests = await asyncio.gather(*(store.put_payload(b"the same request") for _ in range(20)))

    assert set(digests) == {hashlib.sha256(b"the same request").hexdigest()}
    assert await store.get_payload(digests[0]) == b"the same request"


async def test_a_case_takes_ten_updates_with_a_ten_megabyte_attachment_each(place: Place) -> None:
    store = await place.open()
    attachments = [_noise(10_000_000, seed=number) for number in range(10)]
    case = a_document(body={"events": []})
    await store.create(case)

    for number, attachment in enumerate(attachments):
        digest = await store.put_payload(attachment)
        events = [*case.body["events"], {"update": number, "digest": digest}]
        case = replace(case, version=case.version + 1, body={"events": events}, payloads=case.payloads | {digest})
        await store.replace(case)

    await store.close()
    again = await place.open()
    kept = await again.get("case", "1")
    assert kept == case
    assert len(kept.payloads) == 10
    for event, attachment in zip(kept.body["events"], attachments, strict=True):
        assert await again.get_payload(event["digest"]) == attachment


async def test_a_sweep_removes_what_no_document_names(place: Place) -> None:
    store = await place.open()
    named = await store.put_payload(b"named")
    dropped = await store.put_payload(b"dropped by the second version")
    loose = await store.put_payload(b"loose")
    large = await store.put_payload(_noise(5_000_000))
    document = a_document(payloads=frozenset({named, dropped}))
    await store.create(document)
    await store.replace(replace(document, version=2, payloads=frozenset({named})))
    place.pass_time(timedelta(hours=1))

    removed = await store.sweep_payloads(instant(place.now))

    assert removed == 3
    assert await store.get_payload(named) == b"named"
    assert [await store.get_payload(digest) for digest in (dropped, loose, large)] == [None] * 3
    assert await store.put_payload(b"loose") == loose
    assert await store.get_payload(loose) == b"loose"


async def test_a_sweep_leaves_what_a_document_is_about_to_name(place: Place) -> None:
    store = await place.open()
    fresh = await store.put_payload(b"put just now")
    place.pass_time(timedelta(minutes=9))
    again = await store.put_payload(b"put again")
    place.pass_time(timedelta(minutes=30))
    await store.put_payload(b"put again")

    removed = await store.sweep_payloads(instant(place.now + timedelta(days=1)))

    assert removed == 1
    assert await store.get_payload(fresh) is None
    assert await store.get_payload(again) == b"put again"
    await store.create(a_document(payloads=frozenset({again})))


async def test_a_sweep_looks_no_further_than_it_is_told(place: Place) -> None:
    store = await place.open()
    early = await store.put_payload(b"early")
    place.pass_time(timedelta(hours=1))
    late = await store.put_payload(b"late")
    place.pass_time(timedelta(hours=1))

    removed = await store.sweep_payloads(instant(NOW + timedelta(minutes=30)))

    assert removed == 1
    assert [await store.get_payload(early), await store.get_payload(late)] == [None, b"late"]


async def test_a_sweep_goes_through_any_number_of_payloads(place: Place) -> None:
    store = await place.open()
    digests = await asyncio.gather(*(store.put_payload(b"%d" % number) for number in range(1100)))
    named = digests[::110]
    await store.create(a_document(payloads=frozenset(named)))
    place.pass_time(timedelta(hours=1))

    removed = await store.sweep_payloads(instant(place.now))

    assert removed == 1090
    assert [await store.get_payload(digest) for digest in named] == [b"%d" % number for number in range(0, 1100, 110)]


async def test_sweeps_and_writers_at_once_leave_every_named_payload(place: Place) -> None:
    store = await place.open()
    bodies = [b"request %d" % number for number in range(60)]
    for body in bodies:
        await store.put_payload(body)
    place.pass_time(timedelta(hours=1))

    async def write(number: int) -> None:
        digest = await store.put_payload(bodies[number])
        await store.create(a_document(str(number), payloads=frozenset({digest})))

    async def sweep() -> None:
        for _ in range(5):
            await store.sweep_payloads(instant(place.now))

    await asyncio.gather(sweep(), *(write(number) for number in range(60)), sweep())

    for number, body in enumerate(bodies):
        document = await store.get("case", str(number))
        assert document is not None
        assert [await store.get_payload(digest) for digest in document.payloads] == [body]
