"""Browsers of other origins may call the FHIR and CDS Hooks paths; no cookie is ever used, so any origin may.

Spec page: https://cds-hooks.hl7.org/#cors
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.errors import speaks_fhir

_ANSWER = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Last-Modified, Location, X-Request-Id"),
]
_PREFLIGHT = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"Accept, Authorization, Content-Type, If-None-Match, Prefer, X-Request-Id"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


class Cors:
    """Answers preflights, and lets browsers of any origin read the answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers where the request has an Origin."""
        if scope["type"] != "http" or not speaks_fhir(scope["path"]):
            await self._app(scope, receive, send)
            return
        names = {name for name, _ in scope["headers"]}
        if b"origin" not in names:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in names:
            scope["passage.route"] = "preflight"
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._app(scope, receive, _readable(send))


def _readable(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_ANSWER]}
        await send(message)

    return sending
