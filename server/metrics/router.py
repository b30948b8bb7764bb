"""GET /api/v1/metrics: the records of calls as NDJSON, one PASMetricData a line.

Spec page: https://hl7.org/fhir/us/davinci-pas/metrics.html
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import StreamingResponse

from server.fhir import json
from server.metrics.export import records
from server.storage.port import Store

NDJSON = "application/fhir+ndjson"

From = Annotated[
    datetime | None,
    Query(alias="from", description="The calls that came from this instant on; UTC where it says none."),
]
To = Annotated[datetime | None, Query(description="The calls that came before this instant.")]


def router(*, store: Store) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/api/v1", tags=["Metrics"])

    @routes.get(
        "/metrics",
        summary="The records of PAS calls (PASMetricData), one a line",
        response_class=StreamingResponse,
        responses={200: {"content": {NDJSON: {}}}, "4XX": {"description": "Problem details (RFC 9457)."}},
    )
    async def metrics(start: From = None, to: To = None) -> StreamingResponse:
        return StreamingResponse(_lines(store, _utc(start), _utc(to)), media_type=NDJSON)

    return routes


async def _lines(store: Store, start: datetime | None, end: datetime | None) -> AsyncIterator[bytes]:
    async for record in records(store, start, end):
        yield json.write(record) + b"\n"


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
