"""Puts the web layers around what the features serve: observed, bounded, answered in FHIR when it fails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.errors import Issue
from server.storage.port import Store
from server.web.body import BoundedBody
from server.web.boundary import ErrorBoundary
from server.web.compress import Compress
from server.web.cors import Cors
from server.web.declare import FhirFeature, Handler
from server.web.docs_page import docs_router
from server.web.errors import error_answer
from server.web.fhir_base import FhirBase
from server.web.head import Head
from server.web.health import health_router
from server.web.metrics import Metrics
from server.web.negotiate import NegotiatedHooks
from server.web.observe import Observe
from server.web.openapi import openapi_document

MetadataOf = Callable[..., Handler]
"""Makes the handler of `metadata` from the features of a base and the software's version."""


def assemble(
    *,
    version: str,
    features: Mapping[str, Sequence[FhirFeature]],
    metadata: MetadataOf,
    routers: Iterable[APIRouter],
    store: Store,
    content: CurrentContent,
    clock: Clock,
    ids: Ids,
    base_url: str | None,
    max_body_bytes: int,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """The application: `features` by the path of their FHIR base, and the routers of everything else."""
    metrics = Metrics(version)
    app = FastAPI(
        title="Passage",
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.include_router(router)
    app.include_router(health_router(store=store, content=content, metrics=metrics))
    app.include_router(docs_router(lambda: openapi_document(app, features)))
    # The layer added last is the outermost.
    for path, listed in features.items():
        app.add_middleware(
            FhirBase,
            path=path,
            features=listed,
            metadata=metadata(features=listed, version=version),
            clock=clock,
            base_url=base_url,
        )
    app.add_middleware(NegotiatedHooks)
    app.add_middleware(BoundedBody, max_bytes=max_body_bytes)
    app.add_middleware(ErrorBoundary, linger_bytes=max_body_bytes)
    app.add_middleware(Compress)
    app.add_middleware(Cors)
    app.add_middleware(Head)
    app.add_middleware(Observe, metrics=metrics, new_id=ids.new_id)
    app.add_exception_handler(HTTPException, _framework_refusal)
    return app


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


def _allowed(request: Request) -> str:
    found = {"OPTIONS"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found |= {method, "HEAD"} if method == "GET" else {method}
    return ", ".join(sorted(found))
