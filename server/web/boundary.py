"""The edge where every error becomes an answer. Nothing passes it but a client that went away.

It is a plain ASGI layer: a framework's own last handler re-raises what it caught, and a server then logs the
exception's message, which may hold what a request said.
"""

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.errors import answer_of, is_ours, kind, place


class ErrorBoundary:
    """Renders what the inner application raises."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger("passage.web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            scope["passage.disconnected"] = True
        except Exception as error:  # noqa: BLE001 the one place that may
            if is_ours(error):
                self._log.error("request failed", error=kind(error), at=place(error))
            if not started:
                await answer_of(scope, error)(scope, receive, send)
