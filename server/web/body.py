"""Bodies are bounded while they stream in, before and after decompression: a bomb is refused, never unpacked.

Spec page: https://www.rfc-editor.org/rfc/rfc9110#section-8.4
"""

import zlib

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import Issue, Refusal, RequestRefused

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_METHODS = frozenset({"POST", "PUT", "PATCH"})


class BoundedBody:
    """Gives the inner application bodies of at most `max_bytes`, decompressed."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bounds the body of one request."""
        if scope["type"] == "http" and scope["method"] in _METHODS:
            receive = _Bounded(receive, dict(scope["headers"]), self._max_bytes)
        await self._app(scope, receive, send)


class _Bounded:
    def __init__(self, receive: Receive, headers: dict[bytes, bytes], max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._received = 0
        self._given = 0
        self._ended = False
        self._announced = headers.get(b"content-length", b"0")
        self._encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
        self._inflate: zlib._Decompress | None = None

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or self._ended:
            return message
        if not self._received:
            self._start()
        body = message.get("body", b"")
        more = message.get("more_body", False)
        self._received += len(body)
        if self._received > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self._inflate is not None:
            body = self._decompressed(body, more=more)
        self._ended = not more
        return {"type": "http.request", "body": body, "more_body": more}

    def _start(self) -> None:
        if self._announced.isdigit() and int(self._announced[:20]) > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self._encoding in ("identity", "") or self._inflate is not None:
            return
        if self._encoding not in _WINDOW_BITS:
            raise RequestRefused(
                Refusal.UNSUPPORTED_MEDIA,
                [
                    Issue(
                        "not-supported",
                        "This Content-Encoding is not read; send the body plain, or as gzip or deflate.",
                    )
                ],
            )
        self._inflate = zlib.decompressobj(_WINDOW_BITS[self._encoding])

    def _decompressed(self, body: bytes, *, more: bool) -> bytes:
        inflate = self._inflate
        assert inflate is not None
        try:
            plain = inflate.decompress(body, self._max_bytes - self._given + 1)
        except zlib.error:
            raise _broken() from None
        self._given += len(plain)
        if self._given > self._max_bytes:
            raise _too_large(self._max_bytes)
        if inflate.unused_data or not (more or inflate.eof):
            raise _broken()
        return plain


async def read_body(receive: Receive) -> bytes:
    """The whole body. Raises ClientDisconnect when the client went away before its end."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return body
    chunks: list[bytes] = []
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()


def _too_large(max_bytes: int) -> RequestRefused:
    return RequestRefused(
        Refusal.TOO_LARGE,
        [
            Issue(
                "too-long",
                f"The body is larger than {max_bytes} bytes, counted after decompression; send a smaller one.",
            )
        ],
    )


def _broken() -> RequestRefused:
    return RequestRefused(
        Refusal.MALFORMED,
        [Issue("structure", "The body is not what its Content-Encoding says; send one whole gzip or zlib stream.")],
    )
