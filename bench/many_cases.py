"""A store with as many cases as a payer has, written straight into it: what an inquiry must find one member's in.

Every case is a copy of one that the server itself made, under its own id, member, numbers and keys. The members that
inquiries are about have `EACH` cases, scattered among those of members that nobody asks for. A million are filled in
minutes: names come in the order in which they are written, so that the store writes each page once.
"""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document, to_document
from server.clock import system_clock
from server.fhir import json
from server.storage.connect import connect
from server.storage.port import Document, Store

EACH = 5
TOGETHER = 2_000
"""Cases of one write."""

_NAME, _MEMBER = "@name@", "@member@"
"""What stands in the pattern where each copy has its own."""


def fill(url: str, total: int, drawn: int) -> None:
    """Writes cases until the store holds `total`; `drawn` members have `EACH` of them."""
    asyncio.run(_fill(url, total, drawn))


async def _fill(url: str, total: int, drawn: int) -> None:
    store = connect(url, mongodb_driver="pymongo", clock=system_clock)
    await store.start()
    try:
        [pattern] = (await store.find(CASE_KIND, limit=1)).documents
        there = await store.count(CASE_KIND)
        writing: asyncio.Task[None] | None = None
        for batch in _batches(_copies(pattern, total - there, drawn)):
            # The next ones are made while these are written.
            if writing:
                await writing
            writing = asyncio.create_task(_write(store, batch))
            await asyncio.sleep(0)
        if writing:
            await writing
    finally:
        await store.close()


async def _write(store: Store, batch: list[Document]) -> None:
    if await store.create_many(batch) != len(batch):
        raise RuntimeError("a case of this name is in the store already")


def _batches(documents: Iterator[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for document in documents:
        batch.append(document)
        if len(batch) == TOGETHER:
            yield batch
            batch = []
    if batch:
        yield batch


def _copies(pattern: Document, copies: int, drawn: int) -> Iterator[Document]:
    chance = random.Random(copies)
    asked = [f"bench-{index % drawn}" for index in range(min(copies, drawn * EACH))]
    chance.shuffle(asked)
    places = dict(zip(sorted(chance.sample(range(copies), len(asked))), asked, strict=True))
    template = to_document(_copy(from_document(pattern), _NAME, _MEMBER))
    text = json.write(template.body).decode()
    for index in range(copies):
        member = places.get(index) or f"other-{index // EACH:07}"
        yield _named(template, text, f"copy-{copies}-{index:07}", member)


def _named(template: Document, text: str, name: str, member: str) -> Document:
    def named(key: str) -> str:
        return key.replace(_NAME, name).replace(_MEMBER, member)

    return Document(
        kind=template.kind,
        id=name,
        body=msgspec.Raw(named(text).encode()),
        order=template.order,
        unique=frozenset(map(named, template.unique)),
        index=frozenset(map(named, template.index)),
        payloads=template.payloads,
    )


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
