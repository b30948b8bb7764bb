"""What an operator's tools ask: does the process live, is it ready to serve, how is it doing.

Spec page: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from fastapi import APIRouter
from starlette.responses import Response

from server.content.content import CurrentContent
from server.errors import StoreError
from server.fhir import json
from server.storage.port import Store
from server.web.metrics import CONTENT_TYPE, Metrics


def health_router(*, store: Store, content: CurrentContent, metrics: Metrics) -> APIRouter:
    """The routes for operators. None of them answers anything about a patient."""
    router = APIRouter(tags=["Operation"])

    @router.get("/health/live", summary="Whether the process serves requests", response_class=Response)
    async def live() -> Response:
        return Response(b'{"status":"up"}', media_type="application/json")

    @router.get(
        "/health/ready",
        summary="Whether requests would be answered now, and what keeps new content out of force",
        response_class=Response,
        responses={503: {"description": "The store can't be reached."}},
    )
    async def ready() -> Response:
        answer = await _readiness(store, content)
        return Response(json.write(answer), 200 if answer["status"] == "up" else 503, media_type="application/json")

    @router.get("/metrics", summary="Metrics in Prometheus' text format", response_class=Response)
    async def metrics_text() -> Response:
        metrics.content_problems.set(len(content().problems))
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router


async def _readiness(store: Store, content: CurrentContent) -> dict[str, json.Json]:
    """Content is loaded before the first request is taken; what it has to tell is what keeps newer content out."""
    try:
        reachable = await store.ready()
    except StoreError:
        reachable = False
    current = content()
    return {
        "status": _word(up=reachable),
        "store": _word(up=reachable),
        "content": {"status": "up", "plans": len(current.plans), "problems": list(current.problems)},
    }


def _word(*, up: bool) -> str:
    return "up" if up else "down"
