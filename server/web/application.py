"""Puts the web layers around what the features serve: observed, bounded, answered in FHIR when it fails."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.errors import Issue
from server.storage.port import Store
from server.web.answer_checks import checks_of
from server.web.body import BoundedBody
from server.web.boundary import ErrorBoundary
from server.web.compress import Compress
from server.web.cors import Cors
from server.web.declare import FhirFeature, Handler
from server.web.docs_page import docs_router
from server.web.enforcement import HOOKS, Enforcement
from server.web.errors import error_answer
from server.web.exchange import Hears
from server.web.fhir_base import FhirBase
from server.web.gate import Gate
from server.web.head import Head
from server.web.health import health_router
from server.web.metrics import Metrics
from server.web.negotiate import NegotiatedHooks
from server.web.observe import Observe
from server.web.openapi import openapi_document
from server.web.self_check import AnswerCheck, SelfCheck
from server.web.table import names_of_held

MetadataOf = Callable[..., Handler]
"""Makes the handler of `metadata` from the features of a base and the software's version."""


_NO_TELEMETRY: dict[str, Any] = {
    "telemetry": dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
}
"""The framework's own would send the paths of requests and the messages of exceptions to wherever the process exports;
both may name a patient. What may be told is in the access log and in `/metrics`.
"""


@dataclass(frozen=True, slots=True)
class Base:
    """One FHIR base: where it is, what is served there, and what holds requests against the guides."""

    path: str
    features: Sequence[FhirFeature]
    gate: Gate | None = None


def assemble(
    *,
    version: str,
    bases: Sequence[Base],
    metadata: MetadataOf,
    routers: Iterable[APIRouter],
    store: Store,
    content: CurrentContent,
    metrics: Metrics,
    clock: Clock,
    ids: Ids,
    base_url: str | None,
    max_body_bytes: int,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    hears: Hears | None = None,
) -> FastAPI:
    """The application: the FHIR bases, and the routers of everything else."""
    app = FastAPI(
        title="Passage",
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        **_NO_TELEMETRY,  # a release without telemetry of its own takes no notice
    )
    for router in routers:
        app.include_router(router)
    app.include_router(health_router(store=store, content=content, metrics=metrics))
    app.include_router(docs_router(lambda: openapi_document(app, {base.path: base.features for base in bases})))
    # The layer added last is the outermost.
    for base in bases:
        app.add_middleware(
            FhirBase,
            path=base.path,
            features=base.features,
            metadata=metadata(features=base.features, version=version),
            clock=clock,
            base_url=base_url,
            gate=base.gate,
            hears=hears,
        )
    gates = {base.path: base.gate for base in bases if base.gate is not None and base.gate.checks_answers}
    _surround(app, max_body_bytes, checks_of(gates, app.openapi) if gates else ())
    app.add_middleware(Observe, metrics=metrics, new_id=ids.new_id)
    app.add_exception_handler(HTTPException, _framework_refusal)
    app.add_exception_handler(RequestValidationError, _parameter_refusal)
    return app


def _surround(app: FastAPI, max_body_bytes: int, checks: Sequence[AnswerCheck]) -> None:
    """The layers that every path has; the one added last is the outermost."""
    app.add_middleware(NegotiatedHooks)
    app.add_middleware(BoundedBody, max_bytes=max_body_bytes)
    app.add_middleware(ErrorBoundary, linger_bytes=max_body_bytes)
    if checks:
        app.add_middleware(SelfCheck, checks=checks)
    app.add_middleware(Compress)
    app.add_middleware(Cors)
    app.add_middleware(Head)


def check_enforcement(enforcement: Enforcement, bases: Iterable[Base], hooks: Iterable[str]) -> None:
    """Raises SettingRefused when the setting names an operation or a hook that is not served."""
    held = {name for base in bases for feature in base.features for name in names_of_held(feature)}
    enforcement.check({*held, *hooks, HOOKS})


async def _framework_refusal(request: Request, error: Exception) -> Response:
    """What the framework's router refuses: an unknown path, a method that the path does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = _allowed(request)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allowed})
        issue = Issue("not-supported", f"This method is not served here; use {allowed}.")
        return error_answer(request.scope, 405, [issue], [("Allow", allowed)])
    if error.status_code == 404:
        return error_answer(
            request.scope, 404, [Issue("not-found", "There is nothing here; the start page / lists what is.")]
        )
    return error_answer(request.scope, error.status_code, [Issue("processing", "The request can't be answered.")])


async def _parameter_refusal(request: Request, error: Exception) -> Response:
    """What the framework's reading of parameters refuses: their names are ours, and their values are not told."""
    assert isinstance(error, RequestValidationError)
    names = ", ".join(dict.fromkeys(str(each["loc"][-1]) for each in error.errors() if each["loc"][0] == "query"))
    text = f"A parameter has another form than /docs describes: {names}." if names else "The request can't be read."
    return error_answer(request.scope, 400, [Issue("value", text)])


def _allowed(request: Request) -> str:
    found = {"OPTIONS"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found |= {method, "HEAD"} if method == "GET" else {method}
    return ", ".join(sorted(found))
