"""A document as bytes, the same for every adapter: what is looked up by (the head) and what is kept (the body).

Neither a database's own tree format nor its limits on nesting and key names come near a document's body: it is
JSON text in one field, so it survives exactly and both stores take the same documents.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from server.errors import Duplicate
from server.fhir import json
from server.fhir.json import Json
from server.storage.frame import MAGIC, compress, expand
from server.storage.port import Document, DocumentTooLarge, Entry

MAX_RECORD_BYTES = 12_000_000
"""Largest head and body together, before compression: below MongoDB's 16 MiB, and the same on every store."""

_COMPRESS_FROM_BYTES = 1_000

_LARGE_ROWS = 500
"""Keys and entries from which on a document is large: its size is known only when it is packed."""


@dataclass(frozen=True, slots=True)
class Head:
    """All of a document that is not its body, id and version."""

    unique: frozenset[str]
    index: frozenset[str]
    entries: tuple[Entry, ...]
    payloads: frozenset[str]

    def entry(self, type: str, id: str) -> Entry | None:
        """The entry of that type and id."""
        return next((entry for entry in self.entries if entry.id == id and entry.type == type), None)


@dataclass(frozen=True, slots=True)
class Record:
    """A document with its head and body packed."""

    document: Document
    head: bytes
    body: bytes


_HEAD_ENCODER = msgspec.json.Encoder()
_HEAD_DECODER = msgspec.json.Decoder(Head)
_BODY_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def pack(document: Document) -> Record:
    """The document's bytes. Raises DocumentTooLarge, and Duplicate when it holds one entry twice."""
    counts = Counter((entry.type, entry.id) for entry in document.entries)
    if len(counts) != len(document.entries):
        raise Duplicate(entry_key(*counts.most_common(1)[0][0]))
    head = _HEAD_ENCODER.encode(Head(document.unique, document.index, document.entries, document.payloads))
    body = json.write(document.body)
    if len(head) + len(body) > MAX_RECORD_BYTES:
        raise DocumentTooLarge(f"A document may have {MAX_RECORD_BYTES} bytes; keep what is large as payloads.")
    return Record(document, _squeeze(head), _squeeze(body))


async def packed(document: Document) -> Record:
    """The same; a large document is worked on in a thread, so that it holds up no other request."""
    if len(document.entries) + len(document.index) < _LARGE_ROWS:
        return pack(document)
    return await asyncio.to_thread(pack, document)


def unpack(kind: str, id: str, version: int, order: str, head: bytes, body: bytes) -> Document:
    """The document that `pack` was given."""
    lists = unpack_head(head)
    return Document(
        kind=kind,
        id=id,
        body=_unpack_body(body),
        order=order,
        version=version,
        unique=lists.unique,
        index=lists.index,
        entries=lists.entries,
        payloads=lists.payloads,
    )


def unpack_head(head: bytes) -> Head:
    """The head of a document, its body left alone."""
    return _HEAD_DECODER.decode(_expand(head))


def entry_key(type: str, id: str) -> str:
    """What names an entry in the whole store, and in `Duplicate` when it is taken."""
    return f"{type}/{id}"


def _unpack_body(body: bytes) -> Json:
    return _BODY_DECODER.decode(_expand(body))


def _squeeze(plain: bytes) -> bytes:
    return compress(plain, level=1) if len(plain) >= _COMPRESS_FROM_BYTES else plain


def _expand(packed: bytes) -> bytes:
    return expand(packed) if packed.startswith(MAGIC) else packed
