"""A payload as stored: its digest, and its bytes compressed and cut in chunks, the same for every adapter."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from server.storage.frame import compress, expand

CHUNK_BYTES = 4 * 1024 * 1024
"""Largest piece that is written at once, in bytes after compression."""

LARGE_BYTES = 256 * 1024
"""From this size on the hashing and compressing is done aside, so that it holds up no other request."""

GRACE = timedelta(minutes=10)
"""Age under which no sweep takes a payload: the document that will name it may be on its way."""


@dataclass(frozen=True, slots=True)
class PackedPayload:
    """A payload ready to be written."""

    digest: str
    size: int
    """Bytes before compression."""
    chunks: tuple[bytes, ...]
    """One or more; together one zstd frame."""


async def pack(body: bytes) -> PackedPayload:
    """The payload's digest and chunks; a large one is worked on in a thread."""
    return _pack(body) if len(body) < LARGE_BYTES else await asyncio.to_thread(_pack, body)


async def pack_all(bodies: Sequence[bytes]) -> tuple[PackedPayload, ...]:
    """Each payload as `pack` gives it."""
    return tuple([await pack(body) for body in bodies])


async def unpack(chunks: Sequence[bytes]) -> bytes:
    """The bytes that `pack` was given."""
    if len(chunks) == 1 and len(chunks[0]) < LARGE_BYTES:
        return _unpack(chunks)
    return await asyncio.to_thread(_unpack, chunks)


def _pack(body: bytes) -> PackedPayload:
    frame = compress(body, level=3, checksum=True)
    chunks = tuple(frame[start : start + CHUNK_BYTES] for start in range(0, len(frame), CHUNK_BYTES))
    return PackedPayload(hashlib.sha256(body).hexdigest(), len(body), chunks)


def _unpack(chunks: Sequence[bytes]) -> bytes:
    return expand(chunks[0] if len(chunks) == 1 else b"".join(chunks))
