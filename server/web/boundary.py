"""The edge where every error becomes an answer. Nothing passes it but a client that went away.

It is a plain ASGI layer: a framework's own last handler re-raises what it caught, and a server then logs the
exception's message, which may hold what a request said.
"""

import asyncio

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.errors import answer_of, is_ours, kind, place

_LINGER_SECONDS = 5.0
"""How long the rest of a body is dropped after its refusal was sent."""


class ErrorBoundary:
    """Renders what the inner application raises. `linger_bytes` of a refused body are dropped after the answer."""

    def __init__(self, app: ASGIApp, linger_bytes: int) -> None:
        self._app = app
        self._linger_bytes = linger_bytes
        self._log = structlog.get_logger("passage.web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, self._linger_bytes)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            scope["passage.disconnected"] = True
        except Exception as error:  # noqa: BLE001 the one place that may
            if is_ours(error):
                self._log.error("request failed", error=kind(error), at=place(error))
            if not exchange.started:
                await answer_of(scope, error)(scope, receive, exchange.send_and_linger)


class _Exchange:
    """One request and its answer: knows whether the body was read to its end and whether an answer has begun."""

    def __init__(self, receive: Receive, send: Send, linger_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._left_bytes = linger_bytes
        self._partly_read = False
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._partly_read = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)

    async def send_and_linger(self, message: Message) -> None:
        """Sends the answer at once, and ends it only when the client had time to send the rest of its body.

        A client that sends everything before it listens would otherwise find its connection reset, and never read
        the reason.
        """
        if message["type"] != "http.response.body" or message.get("more_body", False) or not self._partly_read:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while self._partly_read and self._left_bytes > 0:
                    self._left_bytes -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            self._partly_read = False
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
