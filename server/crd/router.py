"""The CDS Hooks routes: discovery, and for each registered hook its call and its feedback.

Spec page: https://cds-hooks.hl7.org/#cds-service-restful-api
"""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.crd.answer import Answering, answer
from server.crd.discovery import discovery
from server.crd.feedback import keeper
from server.crd.hook import Hook
from server.crd.hook_request import reader
from server.crd.hooks.registry import HOOKS
from server.crd.parts import parts_of_answer, parts_of_call
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.members.port import Members
from server.storage.port import Store
from server.web.held import HoldParts

_JSON = "application/json"


def router(
    *,
    store: Store,
    members: Members,
    content: CurrentContent,
    clock: Clock,
    ids: Ids,
    base_url: str | None,
    deadline_seconds: float,
    held: HoldParts,
) -> APIRouter:
    """The routes of every registered hook. `base_url` is not needed: nothing in discovery or an answer is absolute."""
    routes = APIRouter(tags=["CDS Hooks"])
    discovered = json.write(discovery(HOOKS))

    @routes.get("/cds-services", summary="Discovery of the CDS services", response_class=Response)
    async def discover() -> Response:
        return Response(discovered, media_type=_JSON)

    using = Answering(store, members, content, clock, ids, deadline_seconds)
    for hook in HOOKS:
        _add_call(routes, hook, using, held)
        _add_feedback(routes, hook, using)
    _add_unknown(routes)
    return routes


def _add_call(routes: APIRouter, hook: Hook, using: Answering, held: HoldParts) -> None:
    read = reader(hook)

    async def call(request: Request) -> Response:
        body = await request.body()
        asked = read(body)
        told = await held.called(hook.hook, parts_of_call(asked, hook), len(body))
        written = await answer(asked, using)
        if held.checks_answers:
            version = asked.dialect.version
            await held.answered(hook.hook, version, parts_of_answer(json.read(written), version))
        return Response(written, media_type=_JSON, headers=dict(told))

    routes.add_api_route(
        f"/cds-services/{hook.id}",
        call,
        methods=["POST"],
        summary=hook.title,
        description=hook.description,
        response_class=Response,
        openapi_extra=_body(hook.example),
    )


def _add_feedback(routes: APIRouter, hook: Hook, using: Answering) -> None:
    keep = keeper(hook, using.store, using.ids)

    async def report(request: Request) -> Response:
        await keep(await request.body(), using.clock())
        return Response(b"{}", media_type=_JSON)

    routes.add_api_route(
        f"/cds-services/{hook.id}/feedback",
        report,
        methods=["POST"],
        summary=f"Feedback on cards of {hook.id}",
        response_class=Response,
        openapi_extra=_body(
            {
                "feedback": [
                    {
                        "card": "5b0ff2a6-0f8a-4d46-9a0f-43bd1b5be4f1",
                        "outcome": "overridden",
                        "outcomeTimestamp": "2026-11-20T15:00:00Z",
                    }
                ]
            }
        ),
    )


def _add_unknown(routes: APIRouter) -> None:
    """After all others: a service that is not registered, so that its caller is told where to look."""

    async def unknown() -> Response:
        told = "There is no CDS service of this id; GET /cds-services lists those that there are."
        raise RequestRefused(Refusal.NOT_FOUND, [Issue("not-found", told)])

    for path in ("/cds-services/{id}", "/cds-services/{id}/feedback"):
        routes.add_api_route(path, unknown, methods=["POST"], include_in_schema=False, response_class=Response)


def _body(example: Json) -> dict[str, Any]:
    schema = {"type": "object"}
    return {"requestBody": {"required": True, "content": {_JSON: {"schema": schema, "example": example}}}}
