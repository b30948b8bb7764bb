"""An answer that is not what it should be fails in the self-check, whichever path it is sent on."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.fhir import json
from server.fhir.outcome import operation_outcome
from server.fhir.validation.finding import Finding
from server.profiles import profiles_of
from server.settings import content_root
from server.web.answer_checks import checks_of
from server.web.declare import FHIR_JSON
from server.web.enforcement import Enforcement
from server.web.errors import FAILED, PROBLEM_JSON
from server.web.gate import Gate, InvalidAnswer
from server.web.gate import SelfCheck as Mode
from server.web.self_check import SelfCheck

Json = Any
PROFILES = profiles_of(content_root() / "profiles")
DOCUMENT: Json = {
    "paths": {
        "/api/v1/cases/{id}": {
            "get": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Row"}}}},
                }
            }
        }
    },
    "components": {
        "schemas": {"Row": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}},
    },
}
CARD: Json = {
    "uuid": "5b0ff2a6-0f8a-4d46-9a0f-43bd1b5be4f1",
    "summary": "Home oxygen: at most 3 months",
    "indicator": "info",
    "source": {"label": "A Plan", "topic": {"system": "http://a.test/topics", "code": "limits"}},
    "links": [{"label": "The policy", "url": "https://a.test/policy", "type": "absolute"}],
    "suggestions": [{"label": "Order less", "uuid": "5b0ff2a6-0f8a-4d46-9a0f-43bd1b5be4f2"}],
    "selectionBehavior": "any",
}
ACTION: Json = {"type": "update", "description": "Says it", "resource": {"resourceType": "ServiceRequest"}}
HOOK: Json = {"cards": [CARD], "systemActions": [ACTION]}
OUTCOME: Json = operation_outcome([FAILED], "0b6f4b3e-2f0c-4a53-9a8e-0d7f0f6e9c11")
PROBLEM: Json = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "It is not here."}


def answering(body: bytes, status: int, media_type: str) -> ASGIApp:
    """An application that has one answer, and a route for the interface."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["passage.route"] = "/api/v1/cases/{id}" if scope["path"].startswith("/api/") else "/fhir/Patient/{id}"
        await Response(body, status, media_type=media_type)(scope, receive, send)

    return app


async def answer(
    path: str, body: Json, status: int, media_type: str, mode: Mode = "raise", method: str = "GET"
) -> tuple[httpx2.Response, list[str]]:
    """What a client gets, and what was told."""
    told: list[str] = []

    def tell(event: str, name: str, findings: Sequence[Finding]) -> None:
        told.extend(f"{event}: {name}: {each.message} {each.expression}" for each in findings)

    gate = Gate(PROFILES.relaxed, Enforcement(), tell, self_check=mode)
    written = body if isinstance(body, bytes) else json.write(body)
    app = SelfCheck(answering(written, status, media_type), checks_of({"/fhir": gate, "/2.0.1/fhir": gate}, _document))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://payer.test") as client:
        return await client.request(method, path), told


def _document() -> Json:
    return DOCUMENT


def spoiled(body: Json, *path: str | int, value: Json = None) -> Json:
    """The body with another value at a place, or without what is there."""
    changed = deepcopy(body)
    at = changed
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return changed


@pytest.mark.parametrize("path", ["/fhir/Patient/1", "/2.0.1/fhir/Patient/1", "/cds-services/some"])
@pytest.mark.parametrize("status", [400, 404, 422, 500, 503])
async def test_an_error_that_is_no_valid_outcome_fails(path: str, status: int) -> None:
    response, told = await answer(path, OUTCOME, status, FHIR_JSON)

    assert (response.status_code, told) == (status, [])
    for body in (spoiled(OUTCOME, "issue"), spoiled(OUTCOME, "issue", 0, "severity", value="bad")):
        with pytest.raises(InvalidAnswer, match=r"OperationOutcome(\.issue|')"):
            await answer(path, body, status, FHIR_JSON)


async def test_an_error_in_another_form_than_fhir_fails() -> None:
    with pytest.raises(InvalidAnswer, match="media-type"):
        await answer("/fhir/Patient/1", b"Internal Server Error", 500, "text/plain")


SPOILED_HOOKS = [
    (spoiled(HOOK, "cards"), "schema:required"),
    (spoiled(HOOK, "more", value=1), "schema:additionalProperties"),
    (spoiled(HOOK, "cards", 0, "uuid"), r"schema:required cards\[0\]"),
    (spoiled(HOOK, "cards", 0, "uuid", value="1"), r"schema:pattern cards\[0\].uuid"),
    (spoiled(HOOK, "cards", 0, "summary", value="x" * 140), r"schema:maxLength cards\[0\].summary"),
    (spoiled(HOOK, "cards", 0, "indicator", value="hint"), r"schema:enum cards\[0\].indicator"),
    (spoiled(HOOK, "cards", 0, "source", "label"), r"schema:required cards\[0\].source"),
    (spoiled(HOOK, "cards", 0, "source", "topic", "system"), r"schema:required cards\[0\].source.topic"),
    (spoiled(HOOK, "cards", 0, "selectionBehavior"), r"schema:dependentRequired cards\[0\]"),
    (spoiled(HOOK, "cards", 0, "suggestions", 0, "uuid"), r"schema:required cards\[0\].suggestions\[0\]"),
    (spoiled(HOOK, "cards", 0, "links", 0, "type", value="other"), r"schema:enum cards\[0\].links\[0\].type"),
    (spoiled(HOOK, "cards", 0, "links", 0, "appContext", value="x"), r"schema:const cards\[0\].links\[0\].type"),
    (spoiled(HOOK, "systemActions", 0, "description"), r"schema:required systemActions\[0\]"),
    (spoiled(HOOK, "systemActions", 0, "resource"), r"schema:required systemActions\[0\]"),
    (spoiled(HOOK, "systemActions", 0, "type", value="delete"), r"schema:(required|not) systemActions\[0\]"),
]


@pytest.mark.parametrize(("body", "told"), SPOILED_HOOKS)
async def test_cards_and_actions_of_another_shape_fail(body: Json, told: str) -> None:
    response, nothing = await answer("/cds-services/some", HOOK, 200, "application/json", method="POST")

    assert (response.status_code, nothing) == (200, [])
    with pytest.raises(InvalidAnswer, match=told):
        await answer("/cds-services/some", body, 200, "application/json", method="POST")


async def test_two_recommended_suggestions_of_which_one_may_be_taken_fail() -> None:
    suggestions = [{"label": "One", "uuid": CARD["uuid"], "isRecommended": True}] * 2
    body = {"cards": [{**CARD, "selectionBehavior": "at-most-one", "suggestions": suggestions}]}

    with pytest.raises(InvalidAnswer, match=r"schema:maxContains cards\[0\].suggestions"):
        await answer("/cds-services/some", body, 200, "application/json", method="POST")


SPOILED_ROWS = [
    ({"id": 1}, 200, "application/json", "schema:type id"),
    ({}, 200, "application/json", "schema:required"),
    ({"id": "1"}, 200, "text/plain", "media-type"),
    ({"id": "1"}, 201, "application/json", "media-type"),
    (spoiled(PROBLEM, "detail"), 404, PROBLEM_JSON, "schema:required"),
    (PROBLEM, 404, "application/json", "media-type"),
]


@pytest.mark.parametrize(("body", "status", "media_type", "told"), SPOILED_ROWS)
async def test_an_answer_that_its_own_document_does_not_describe_fails(
    body: Json, status: int, media_type: str, told: str
) -> None:
    row, nothing = await answer("/api/v1/cases/1", {"id": "1"}, 200, "application/json")
    problem, nothing_either = await answer("/api/v1/cases/1", PROBLEM, 404, PROBLEM_JSON)

    assert (row.status_code, problem.status_code, nothing + nothing_either) == (200, 404, [])
    with pytest.raises(InvalidAnswer, match=told):
        await answer("/api/v1/cases/1", body, status, media_type)


async def test_what_is_only_reported_is_sent() -> None:
    body = spoiled(OUTCOME, "issue")

    response, told = await answer("/fhir/Patient/1", body, 404, FHIR_JSON, mode="report")

    assert (response.status_code, response.json()) == (404, body)
    assert told == ["answer: GET /fhir/Patient/{id} 404: cardinality-min OperationOutcome"]


async def test_what_is_sent_as_it_grows_goes_by() -> None:
    async def lines() -> Any:
        yield b"one\n"
        yield b"two\n"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(lines(), media_type="application/fhir+ndjson")(scope, receive, send)

    gate = Gate(PROFILES.relaxed, Enforcement(), lambda *_: None, self_check="raise")
    checked = SelfCheck(app, checks_of({"/fhir": gate}, _document))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=checked), base_url="http://payer.test") as client:
        response = await client.get("/api/v1/metrics")

    assert (response.status_code, response.text) == (200, "one\ntwo\n")
