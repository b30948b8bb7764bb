"""Zstandard frames. A context costs more to make than a small body to compress, so each thread keeps its own.

Contexts hold nothing of a body; they must not be shared by threads.
Spec page: https://www.rfc-editor.org/rfc/rfc8878
"""

import threading

import zstandard

MAGIC = zstandard.MAGIC_NUMBER.to_bytes(4, "little")
"""What every frame begins with; no JSON text does, so packed bytes tell by themselves what they are."""

_contexts = threading.local()


def compress(body: bytes, *, level: int, checksum: bool = False) -> bytes:
    """The body as one frame that tells its size."""
    made: dict[tuple[int, bool], zstandard.ZstdCompressor] = _contexts.__dict__.setdefault("compressors", {})
    context = made.get((level, checksum))
    if context is None:
        context = made[(level, checksum)] = zstandard.ZstdCompressor(level=level, write_checksum=checksum)
    return context.compress(body)


def expand(frame: bytes) -> bytes:
    """The body of a frame. Raises ZstdError when it was damaged."""
    context = getattr(_contexts, "decompressor", None)
    if context is None:
        context = _contexts.decompressor = zstandard.ZstdDecompressor()
    return bytes(context.decompress(frame))
