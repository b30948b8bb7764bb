"""Request id, access log and metrics in one plain ASGI layer: each further layer costs every request a wrapped call.

A log line names the route's template, never the path, the query or a body: those may name a patient.
"""

import re
from collections.abc import Callable
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.metrics import Metrics

_REQUEST_ID = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f\-]{15,63}")
"""A UUID or a trace id. Nothing else is taken over from a client: a name or a member id must not reach the log."""


class Observe:
    """Gives each request its id, and tells the log and the metrics how it went."""

    def __init__(self, app: ASGIApp, metrics: Metrics, new_id: Callable[[], str]) -> None:
        self._app = app
        self._metrics = metrics
        self._new_id = new_id
        self._log = structlog.get_logger("passage.access")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Observes one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["passage.request_id"] = self._request_id(scope)
        header = (b"x-request-id", request_id.encode())
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        started = perf_counter()
        self._metrics.in_flight.inc()
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = perf_counter() - started
            self._metrics.in_flight.dec()
            self._tell(scope, 499 if scope.get("passage.disconnected") else status, seconds)
            structlog.contextvars.reset_contextvars(**bound)

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given: str = value.decode("latin-1")
                return given if _REQUEST_ID.fullmatch(given) else self._new_id()
        return self._new_id()

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_template(scope)
        method = scope["method"] if scope["method"] in _KNOWN_METHODS else "other"
        self._metrics.observe(method, route, status, seconds)
        level = self._log.debug if route in _QUIET else self._log.info
        level("request", method=method, route=route, status=status, ms=round(seconds * 1000, 2))


_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})


def route_template(scope: Scope) -> str:
    """The template of the route that answered, such as `/fhir/Claim/{id}`; `unmatched` when there was none."""
    template = scope.get("passage.route")
    if template is None:
        template = getattr(scope.get("route"), "path", None)
    return template if isinstance(template, str) else "unmatched"
