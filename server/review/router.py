"""The reviewers' interface under /api/v1: the work list, a case, and the acts of a person on it.

Who acts is taken from the body as it is sent: authentication of people is not part of this interface yet, so it must
not be reachable from outside of the payer's house.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel
from starlette.responses import Response

from server.cases.answering import Answering
from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.fhir import json
from server.review.examples import ACT, DECISIONS
from server.review.page_position import read_position, write_position
from server.review.problem import ReviewRoute, described
from server.review.refused import DecisionRefused, Objection
from server.review.requested import claim_lines, terms_lines
from server.review.reviewing import Reviewing
from server.review.view import CaseView, WorkList, WorkRow, case_view, work_row
from server.review.wire import ActBody, DecisionsBody
from server.review.work import Filters, Page, known_cases, work_list
from server.storage.port import Store

Asked = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=512,
        description="An identifier of the Bundle or the Claim (value, or system|value), an authorization or reference "
        "number, or an item's trace number: finds cases in any state. Never a member's number or name.",
    ),
]
_PRIVATE = {"Cache-Control": "no-store"}
"""What a reviewer sees is a patient's; no cache on the way keeps it."""

Narrow = Annotated[str | None, Query(min_length=1, max_length=128)]
Limit = Annotated[int, Query(ge=1, le=200, description="Cases of one page.")]


def router(*, store: Store, answering: Answering, clock: Clock, ids: Ids, content: CurrentContent) -> APIRouter:
    """The routes. `answering` renders the new answer of a case that a person changed."""
    routes = APIRouter(prefix="/api/v1", tags=["Review"], route_class=ReviewRoute, responses=described())
    reviewing = Reviewing(store, answering, clock, ids, content)
    _add_work(routes, store, clock)
    _add_case(routes, store, clock, content)
    _add_acts(routes, reviewing, clock)
    return routes


def _add_work(routes: APIRouter, store: Store, clock: Clock) -> None:
    @routes.get("/work", summary="The work list: what is pended, the next due first", response_model=WorkList)
    async def work(
        q: Asked = None,
        owner: Narrow = None,
        waits_for: Literal["information", "review"] | None = None,
        line_of_business: Narrow = None,
        claimed_by: Narrow = None,
        overdue: bool | None = None,
        limit: Limit = 50,
        after: Annotated[str | None, Query(max_length=256, description="`after` of the page before.")] = None,
    ) -> Response:
        filters = Filters(owner, waits_for, line_of_business, claimed_by, overdue)
        now = clock()
        if q is not None:
            return _answer(_listed(await known_cases(store, q, filters, now, limit=limit), now))
        position = read_position(after) if after else None
        return _answer(_listed(await work_list(store, filters, now, limit=limit, after=position), now))


def _add_case(routes: APIRouter, store: Store, clock: Clock, content: CurrentContent) -> None:
    @routes.get("/cases/{id}", summary="A case with the evidence for each criterion", response_model=CaseView)
    async def case(id: str) -> Response:
        stored = await store.get(CASE_KIND, id)
        if stored is None:
            raise DecisionRefused(
                Objection.NOT_FOUND, "There is no case with this id; /api/v1/work lists those that wait."
            )
        found = from_document(stored)
        claimed = await claim_lines(found, store)
        resources = sorted(f"{entry.type}/{entry.id}" for entry in stored.entries)
        lines = terms_lines(found, claimed, content())
        return _answer(case_view(found, clock(), claimed=claimed, lines=lines, resources=resources))


def _add_acts(routes: APIRouter, reviewing: Reviewing, clock: Clock) -> None:
    examples: Any = ACT

    @routes.post("/cases/{id}/claim", summary="Work on a case; others are kept off it", response_model=WorkRow)
    async def claim(id: str, body: Annotated[ActBody, Body(openapi_examples=examples)]) -> Response:
        return _one(await reviewing.claim(id, body.reviewer.read(), body.version), clock())

    @routes.post("/cases/{id}/release", summary="Stop working on a case", response_model=WorkRow)
    async def release(id: str, body: Annotated[ActBody, Body(openapi_examples=examples)]) -> Response:
        return _one(await reviewing.release(id, body.reviewer.read(), body.version), clock())

    decided: Any = DECISIONS

    @routes.post(
        "/cases/{id}/decisions",
        summary="Decide items of a case, all of them or none",
        description="One write with the new answer; active Subscriptions are told.",
        response_model=WorkRow,
    )
    async def decide(id: str, body: Annotated[DecisionsBody, Body(openapi_examples=decided)]) -> Response:
        return _one(await reviewing.decide(id, body.read(), body.reviewer.read(), body.version), clock())


def _listed(page: Page, now: datetime) -> WorkList:
    after = write_position(page.after) if page.after else None
    return WorkList(total=page.total, cases=[work_row(case, now) for case in page.cases], after=after)


def _one(case: Case, now: datetime) -> Response:
    return _answer(work_row(case, now))


def _answer(view: BaseModel) -> Response:
    return Response(json.write(view.model_dump()), media_type="application/json", headers=_PRIVATE)
