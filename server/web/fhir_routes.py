"""Routes of one FHIR base, made from the features' declarations: bytes in, bytes out."""

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from server.clock import Clock
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.web.declare import FHIR_JSON, FhirFeature, FhirRequest, Handler


def fhir_router(base_path: str, features: Iterable[FhirFeature], clock: Clock, base_url: str | None) -> APIRouter:
    """The routes of every operation and resource that the features declare, under `base_path`."""
    router = APIRouter(prefix=base_path)
    for feature in features:
        for operation in feature.operations:
            router.add_api_route(
                f"/{operation.type}/${operation.name}",
                _endpoint(operation.handle, base_path, clock, base_url, has_body=True),
                methods=["POST"],
                summary=operation.summary,
                response_class=Response,
            )
        for access in feature.resources:
            if access.search:
                router.add_api_route(
                    f"/{access.type}",
                    _endpoint(access.search, base_path, clock, base_url, has_body=False),
                    methods=["GET"],
                    response_class=Response,
                )
            if access.read:
                router.add_api_route(
                    f"/{access.type}/{{id}}",
                    _endpoint(access.read, base_path, clock, base_url, has_body=False),
                    methods=["GET"],
                    response_class=Response,
                )
    return router


def _endpoint(handle: Handler, base_path: str, clock: Clock, base_url: str | None, *, has_body: bool):  # type: ignore[no-untyped-def]
    async def endpoint(request: Request) -> Response:
        body = await request.body() if has_body else b""
        resource = _read(body) if has_body else None
        origin = base_url or str(request.base_url).rstrip("/")
        answer = await handle(
            FhirRequest(
                base=origin + base_path,
                caller="anonymous",
                request_id=request.scope.get("passage.request_id", ""),
                received=clock(),
                body=body,
                resource=resource,
                query=tuple(request.query_params.multi_items()),
                id=request.path_params.get("id"),
            )
        )
        return Response(answer.body, answer.status, headers=dict(answer.headers), media_type=FHIR_JSON)

    return endpoint


def _read(body: bytes) -> json.Json:
    try:
        return json.read(body)
    except json.JsonRefused as refused:
        raise RequestRefused(Refusal.MALFORMED, [Issue("structure", str(refused))]) from None
