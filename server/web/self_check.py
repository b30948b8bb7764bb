"""Holds back each answer until it was held against what it is declared to be: only where the setting asks for it.

It stands outside of the edge where errors become answers, so it sees those too. What it raises ends the exchange
without an answer: a test can't take it for the refusal that it wanted.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.observe import route_template


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as it is about to go out."""

    method: str
    path: str
    route: str
    """The template of the path, such as `/api/v1/cases/{id}`; `unmatched` when there was none."""
    status: int
    media_type: str
    body: bytes

    @property
    def name(self) -> str:
        """What it is called in logs: no value of the request is in it."""
        return f"{self.method} {self.route} {self.status}"


AnswerCheck = Callable[[Sent], Awaitable[None]]
"""Tells what is wrong with an answer, or raises InvalidAnswer for it; does nothing with answers of other kinds."""


class SelfCheck:
    """Gives each whole answer to the checks before it is sent; one that is sent in parts, as it grows, goes by."""

    def __init__(self, app: ASGIApp, checks: Sequence[AnswerCheck]) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks the answer to one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held = _Held(scope, send, self._checks)
        await self._app(scope, receive, held.send)
        if held.invalid is not None:
            raise held.invalid


class _Held:
    """The start of an answer, until its body is there."""

    def __init__(self, scope: Scope, send: Send, checks: Sequence[AnswerCheck]) -> None:
        self._scope = scope
        self._send = send
        self._checks = checks
        self._start: Message | None = None
        self.invalid: Exception | None = None

    async def send(self, message: Message) -> None:
        """Sends what was found in order; after an invalid answer nothing."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        if start := self._start:
            self._start = None
            try:
                await self._check(start, message.get("body", b""))
            except Exception as error:  # noqa: BLE001 raised again when the inner application is done
                self.invalid = error
            else:
                await self._send(start)
        if self.invalid is None:
            await self._send(message)

    async def _check(self, start: Message, body: bytes) -> None:
        headers = dict(start.get("headers", ()))
        if headers.get(b"content-length") != str(len(body)).encode() or not body:
            return
        media_type = headers.get(b"content-type", b"").decode().partition(";")[0]
        scope = self._scope
        sent = Sent(scope["method"], scope["path"], route_template(scope), start["status"], media_type, body)
        for check in self._checks:
            await check(sent)
