"""The composition root: settings -> adapters -> features -> one ASGI application. The only place that names adapters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from server.clock import Clock, Ids, system_clock
from server.errors import RequestRefused
from server.settings import Settings
from server.web.declare import FHIR_JSON
from server.web.errors import STATUS, outcome_body
from server.web.fhir_routes import fhir_router


def create_app(settings: Settings, *, clock: Clock = system_clock, ids: Ids | None = None) -> FastAPI:
    """The application. The store opens and the content loads when it starts (ASGI lifespan)."""
    ids = ids or Ids()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(title="Passage", lifespan=lifespan)
    app.include_router(fhir_router("/fhir", [], clock, settings.base_url))

    @app.exception_handler(RequestRefused)
    async def refused(_: Request, error: RequestRefused) -> Response:
        return Response(outcome_body(error.issues), STATUS[error.refusal], media_type=FHIR_JSON)

    return app
