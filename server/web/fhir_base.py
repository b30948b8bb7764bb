"""One FHIR base: finds the declared interaction for a path, reads the body once, and sends the bytes it gets.

Spec page: https://hl7.org/fhir/R4/http.html
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from server.aside import work_for
from server.clock import Clock
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.web.body import read_body
from server.web.declare import FhirAnswer, FhirFeature, FhirRequest, Handler
from server.web.errors import STATUS, error_answer
from server.web.exchange import Hearing, Hears
from server.web.gate import Gate
from server.web.negotiate import answer_type, check_content_type, check_form
from server.web.table import Endpoint, Route, RouteTable

MAX_PARAMETERS = 100
"""Search parameters that one request may carry."""

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


class FhirBase:
    """Serves what the features declare under `path`; everything else goes on to the inner application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        features: Iterable[FhirFeature],
        metadata: Handler,
        clock: Clock,
        base_url: str | None,
        gate: Gate | None = None,
        hears: Hears | None = None,
    ) -> None:
        self._app = app
        self._path = path
        self._prefix = path + "/"
        self._clock = clock
        self._base_url = base_url.rstrip("/") if base_url else None
        self._gate = gate
        self._hears = hears
        self._table = RouteTable(path, metadata, features)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request under the base."""
        if scope["type"] != "http" or not (scope["path"] + "/").startswith(self._prefix):
            await self._app(scope, receive, send)
            return
        rest = scope["path"][len(self._prefix) :].rstrip("/")
        route, id = self._table.find(rest)
        if route is None:
            scope["passage.route"] = f"{self._path}/*"
            await error_answer(scope, 404, [self._nothing_at(rest)])(scope, receive, send)
            return
        scope["passage.route"] = route.template
        endpoint = route.endpoints.get(scope["method"])
        if endpoint is None:
            await _other_method(scope, route, receive, send)
            return
        await self._answer(scope, receive, send, endpoint, id)

    def _nothing_at(self, rest: str) -> Issue:
        type, _, below = rest.partition("/")
        metadata = f"{self._path}/metadata lists what this server has"
        if below.startswith("$") or type.startswith("$"):
            return Issue("not-supported", f"There is no such operation here; {metadata}.")
        if type not in self._table.types:
            return Issue("not-supported", f"There is no such resource type here; {metadata}.")
        return Issue("not-found", f"There is nothing at this path; {metadata}, and ids are 1 to 64 of A-Z a-z 0-9 - .")

    async def _answer(self, scope: Scope, receive: Receive, send: Send, endpoint: Endpoint, id: str | None) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = _pairs(scope["query_string"]) if scope["query_string"] else ()
        request = FhirRequest(
            base=(self._base_url or origin(scope, headers)) + self._path,
            caller="anonymous",
            request_id=scope.get("passage.request_id", ""),
            received=self._clock(),
            query=query,
            id=id,
            headers=headers,
        )
        with Hearing(self._hears, endpoint.name, request, self._clock) as heard:
            media_type = answer_type(headers.get("accept"), _format(query))
            if endpoint.body == "form":
                check_form(headers.get("content-type"))
                heard.request = request = replace(request, query=query + _pairs(await read_body(receive)))
                media_type = answer_type(headers.get("accept"), _format(request.query))
            elif endpoint.body != "none":
                body, resource = await _read_resource(receive, headers, endpoint, id)
                heard.request = request = replace(request, body=body, resource=resource, received=self._clock())
            heard.answer = await self._handled(endpoint, request)
        await _send(send, heard.answer, media_type)

    async def _handled(self, endpoint: Endpoint, request: FhirRequest) -> FhirAnswer:
        if self._gate is None:
            return await endpoint.handle(request)
        told: tuple[tuple[str, str], ...] = ()
        if request.resource is not None:
            told = await self._gate.admit(endpoint, request.resource, len(request.body))
        answer = await endpoint.handle(request)
        await self._gate.check_answer(endpoint, answer)
        return replace(answer, headers=(*answer.headers, *told)) if told else answer


async def _read_resource(
    receive: Receive, headers: dict[str, str], endpoint: Endpoint, id: str | None
) -> tuple[bytes, json.Json]:
    """The body and its JSON; an operation whose parameters can all stand in the address may be sent none."""
    if endpoint.body == "parameters" and "content-type" not in headers:
        body = await read_body(receive)
        if not body:
            return b"", None
        check_content_type(None)
    check_content_type(headers.get("content-type"))
    body = await read_body(receive)
    if endpoint.body == "parameters" and not body:
        return b"", None
    resource = await work_for(len(body))(lambda: read_json(body))
    if endpoint.resource_type:
        _check_addressed(resource, endpoint.resource_type, id)
    return body, resource


def _check_addressed(resource: json.Json, type: str, id: str | None) -> None:
    """A resource that is created or updated is what its address says. Raises RequestRefused.

    Spec page: https://hl7.org/fhir/R4/http.html#update
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != type:
        text = f"The body must be a {type}, as the address says."
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", text)])
    if id is not None and resource.get("id") != id:
        text = f"The id of the {type} must be there and must be the one that the address names."
        raise RequestRefused(Refusal.MALFORMED, [Issue("invalid", text, f"{type}.id")])


_ALWAYS = [(b"cache-control", b"private, no-cache"), (b"x-content-type-options", b"nosniff")]
"""Answers are about one patient: no shared cache keeps them, and a client's own asks again with the ETag."""


async def _send(send: Send, answer: FhirAnswer, media_type: str) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    headers += [*_ALWAYS, (b"content-type", media_type.encode()), (b"content-length", str(len(answer.body)).encode())]
    if answer.status in (204, 304):
        headers = headers[:-2]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _other_method(scope: Scope, route: Route, receive: Receive, send: Send) -> None:
    headers = [("Allow", route.allow)]
    if scope["method"] == "OPTIONS":
        await _send(send, FhirAnswer(b"", 204, tuple(headers)), "")
        return
    issue = Issue("not-supported", f"This method is not served here; use {route.allow}.")
    await error_answer(scope, STATUS[Refusal.METHOD_NOT_ALLOWED], [issue], headers)(scope, receive, send)


def read_json(body: bytes) -> json.Json:
    """The JSON of a body, by the one reader. Raises RequestRefused."""
    try:
        return json.read(body)
    except json.JsonRefused as refused:
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", str(refused))]) from None


def origin(scope: Scope, headers: dict[str, str]) -> str:
    """Scheme, host and port as the request names them, or as the socket does when the request's Host is none."""
    host = headers.get("host", "")
    if not _HOST.fullmatch(host):
        address = scope.get("server") or ("localhost", None)
        host = f"{address[0]}:{address[1]}" if address[1] else str(address[0])
    return f"{scope['scheme']}://{host}"


def _pairs(encoded: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            parse_qsl(
                encoded.decode("ascii"),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=MAX_PARAMETERS,
            )
        )
    except ValueError:
        raise RequestRefused(
            Refusal.MALFORMED,
            [
                Issue(
                    "invalid",
                    f"The parameters can't be read; percent-encode them as UTF-8, at most {MAX_PARAMETERS} of them.",
                )
            ],
        ) from None


def _format(query: tuple[tuple[str, str], ...]) -> str | None:
    return next((value for name, value in query if name == "_format"), None)
