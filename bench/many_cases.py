"""A store with as many cases as a payer has, written straight into it: what an inquiry must find one member's in.

Every case is a copy of one that the server itself made, under its own id, member, numbers and keys. The members that
inquiries are about have `EACH` cases, scattered among those of members that nobody asks for.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document, to_document
from server.clock import system_clock
from server.storage.connect import connect
from server.storage.port import Document, Store

EACH = 5
TOGETHER = 500
"""Writes that are under way at once: the store makes them durable together."""


def fill(url: str, total: int, drawn: int) -> None:
    """Writes cases until the store holds `total`; `drawn` members have `EACH` of them."""
    asyncio.run(_fill(url, total, drawn))


async def _fill(url: str, total: int, drawn: int) -> None:
    store = connect(url, mongodb_driver="pymongo", clock=system_clock)
    await store.start()
    try:
        [pattern] = (await store.find(CASE_KIND, limit=1)).documents
        there = await store.count(CASE_KIND)
        batch: list[Document] = []
        for document in _copies(pattern, total - there, drawn):
            batch.append(document)
            if len(batch) == TOGETHER:
                await _write(store, batch)
                batch = []
        await _write(store, batch)
    finally:
        await store.close()


async def _write(store: Store, batch: list[Document]) -> None:
    await asyncio.gather(*(store.create(document) for document in batch))


def _copies(pattern: Document, copies: int, drawn: int) -> Iterator[Document]:
    case = from_document(pattern)
    members = [f"bench-{index % drawn}" for index in range(min(copies, drawn * EACH))]
    members += [f"other-{index // EACH}" for index in range(copies - len(members))]
    random.Random(copies).shuffle(members)
    for index, member in enumerate(members):
        yield to_document(_copy(case, f"copy-{copies}-{index}", member))


def _copy(case: Case, name: str, member: str) -> Case:
    """The case of another member: other numbers, and another caller, as the same bytes of one caller are one case."""
    return replace(
        case,
        id=name,
        member=member,
        version=1,
        requests=tuple(replace(each, caller=name, numbers=(), traces=(name,)) for each in case.requests),
        items=tuple(
            replace(each, authorization_number=f"PA-{name}", reference_number=f"RN-{name}") for each in case.items
        ),
    )
