"""What a process does that writes until it is killed, and tells on its standard output each acknowledged write."""

import asyncio
import os
import random
from collections.abc import Callable

from server.clock import system_clock
from server.errors import StoreUnavailable
from server.storage.connect import connect
from server.storage.port import Document, Store
from tests.contract.places import a_document, an_entry

WRITERS = 6
LARGE_EVERY = 40
"""Every so many documents one has a payload of several chunks."""


def payload_of(id: str) -> bytes:
    """The bytes that go with a document."""
    number = int(id.rpartition("-")[2])
    size = 4_500_000 if number % LARGE_EVERY == LARGE_EVERY - 1 else 20_000
    return f'{{"id": "{id}"}}'.encode() + random.Random(id).randbytes(size)


def document_of(id: str, digest: str) -> Document:
    """The document of an id, whole."""
    return a_document(
        id,
        body={"id": id, "digest": digest},
        unique=frozenset({f"authorization:{id}", f"request:{digest}"}),
        index=frozenset({"state:determined"}),
        entries=(an_entry(id, f"identifier={id}", digest=digest),),
        payloads=frozenset({digest}),
    )


async def write_pairs(store: Store, prefix: str, acknowledged: Callable[[str], object]) -> None:
    """Puts a payload and the document that names it, again and again, and tells each id when it is acknowledged."""
    number = 0
    while True:
        id = f"{prefix}-{number}"
        digest = await store.put_payload(payload_of(id))
        await store.create(document_of(id, digest))
        acknowledged(id)
        number += 1


async def write_until_it_fails(store: Store, prefix: str, acknowledged: Callable[[str], object]) -> None:
    """Several writers at once, until the store can't be reached."""
    writers = (write_pairs(store, f"{prefix}-{writer}", acknowledged) for writer in range(WRITERS))
    for result in await asyncio.gather(*writers, return_exceptions=True):
        if not isinstance(result, StoreUnavailable):
            raise result


async def write(url: str, driver: str, prefix: str) -> None:
    """Writes to the store of the URL, and tells each id on a line."""
    store = connect(url, mongodb_driver=driver, clock=system_clock)
    await store.start()
    await write_until_it_fails(store, prefix, lambda id: os.write(1, f"{id}\n".encode()))
