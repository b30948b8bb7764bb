"""Bodies are bounded while they stream, before and after decompression."""

import gzip
import zlib
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from server.errors import Refusal, RequestRefused
from server.web.body import BoundedBody, read_body

LIMIT = 1000


class Reader:
    """An application that reads the whole body."""

    def __init__(self) -> None:
        self.body: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.body = await read_body(receive)


async def read_through(chunks: Iterable[bytes], **headers: str) -> tuple[bytes | None, int]:
    """What the application behind the bound reads, and how many chunks were taken."""
    waiting = list(chunks)
    taken = 0
    reader = Reader()

    async def receive() -> Message:
        nonlocal taken
        if taken == len(waiting):
            return {"type": "http.disconnect"}
        taken += 1
        return {"type": "http.request", "body": waiting[taken - 1], "more_body": taken < len(waiting)}

    async def send(message: Message) -> None:
        raise AssertionError

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {"type": "http", "method": "POST", "headers": named}
    try:
        await BoundedBody(reader, max_bytes=LIMIT)(scope, receive, send)
    except RequestRefused as refused:
        refused.add_note(str(taken))
        raise
    return reader.body, taken


async def test_a_body_at_the_limit_is_read_whole() -> None:
    body, taken = await read_through([b"a" * 400, b"", b"b" * 600])

    assert (body, taken) == (b"a" * 400 + b"b" * 600, 3)


async def test_a_body_over_the_limit_is_refused_before_its_end_is_taken() -> None:
    with pytest.raises(RequestRefused) as refused:
        await read_through([b"a" * 600] * 10)

    assert (refused.value.refusal, refused.value.__notes__) == (Refusal.TOO_LARGE, ["2"])


async def test_a_body_that_announces_too_much_is_refused_at_its_first_byte() -> None:
    with pytest.raises(RequestRefused) as refused:
        await read_through([b"a", b"b"], content_length="1001")

    assert (refused.value.refusal, refused.value.__notes__) == (Refusal.TOO_LARGE, ["1"])


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
async def test_a_gzip_body_is_read_plain(encoding: str) -> None:
    packed = gzip.compress(b"x" * LIMIT)

    body, _ = await read_through([packed[:5], packed[5:]], content_encoding=encoding)

    assert body == b"x" * LIMIT


async def test_a_deflate_body_is_read_plain() -> None:
    body, _ = await read_through([zlib.compress(b"x" * 10)], content_encoding="deflate")

    assert body == b"x" * 10


async def test_a_bomb_is_refused_without_unpacking_it() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    with pytest.raises(RequestRefused) as refused:
        await read_through([bomb[:500], bomb[500:900]], content_encoding="gzip")

    assert (refused.value.refusal, refused.value.__notes__) == (Refusal.TOO_LARGE, ["1"])


@pytest.mark.parametrize(
    "body",
    [b"plain", gzip.compress(b"x")[:-4], gzip.compress(b"x") + b"more", gzip.compress(b"x") * 2, zlib.compress(b"x")],
    ids=["not packed", "broken off", "more after the end", "two streams", "another encoding"],
)
async def test_a_body_that_is_not_what_its_encoding_says_is_refused(body: bytes) -> None:
    with pytest.raises(RequestRefused) as refused:
        await read_through([body], content_encoding="gzip")

    assert refused.value.refusal is Refusal.MALFORMED


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_an_encoding_that_is_not_read_is_refused(encoding: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        await read_through([b"x"], content_encoding=encoding)

    assert refused.value.refusal is Refusal.UNSUPPORTED_MEDIA


async def test_a_client_that_goes_away_ends_the_reading() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(ClientDisconnect):
        await read_body(receive)
