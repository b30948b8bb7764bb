"""The one table from refusals to statuses, and the two forms that an error is written in."""

import json
from typing import Any

import pytest

from server.content.typed import parse
from server.errors import Issue, Refusal, RequestRefused, StoreUnavailable
from server.storage.port import DocumentTooLarge
from server.web.errors import STATUS, answer_of, kind, place, speaks_fhir


def a_scope(path: str) -> dict[str, Any]:
    return {"type": "http", "path": path, "passage.request_id": "0b6f4b3e-2f0c-4a53-9a8e-0d7f0f6e9c11"}


def test_every_refusal_is_the_callers_fault() -> None:
    assert set(STATUS) == set(Refusal)
    assert [refusal for refusal, status in STATUS.items() if not 400 <= status < 500] == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RequestRefused(Refusal.CONFLICT, [Issue("conflict", "x")]), 409, "conflict"),
        (StoreUnavailable("secret"), 503, "transient"),
        (DocumentTooLarge("secret"), 413, "too-long"),
        (ValueError("secret"), 500, "exception"),
    ],
)
def test_an_error_is_one_outcome_that_names_the_request_and_no_detail_of_ours(
    error: Exception, status: int, code: str
) -> None:
    answer = answer_of(a_scope("/fhir/Claim"), error)

    outcome = json.loads(bytes(answer.body))
    parse(outcome)
    assert (answer.status_code, answer.media_type) == (status, "application/fhir+json")
    assert (outcome["id"], [issue["code"] for issue in outcome["issue"]]) == (
        "0b6f4b3e-2f0c-4a53-9a8e-0d7f0f6e9c11",
        [code],
    )
    assert b"secret" not in bytes(answer.body)


def test_issues_keep_their_order_and_where_they_are_about() -> None:
    issues = [Issue("required", "a", "Bundle.entry[0]"), Issue("value", "b", severity="warning")]

    answer = answer_of(a_scope("/cds-services/x"), RequestRefused(Refusal.INVALID, issues))

    assert json.loads(bytes(answer.body))["issue"] == [
        {"severity": "error", "code": "required", "diagnostics": "a", "expression": ["Bundle.entry[0]"]},
        {"severity": "warning", "code": "value", "diagnostics": "b"},
    ]


def test_other_paths_are_answered_in_a_line_of_text() -> None:
    answer = answer_of(a_scope("/cases/1"), RequestRefused(Refusal.NOT_FOUND, [Issue("not-found", "No such case.")]))

    assert (answer.status_code, bytes(answer.body), answer.media_type) == (
        404,
        b"No such case.\n",
        "text/plain; charset=utf-8",
    )


@pytest.mark.parametrize(
    ("path", "fhir"),
    [
        ("/fhir", True),
        ("/fhir/Claim", True),
        ("/2.0.1/fhir", True),
        ("/2.0.1/fhir/Claim", True),
        ("/cds-services", True),
        ("/cds-services/x/feedback", True),
        ("/", False),
        ("/fhirx", False),
        ("/docs", False),
        ("/cases/fhir-1", False),
    ],
)
def test_which_paths_speak_fhir(path: str, fhir: bool) -> None:
    assert speaks_fhir(path) == fhir


def test_type_and_place_of_an_error_hold_no_message() -> None:
    try:
        raise ValueError("secret")
    except ValueError as cause:
        try:
            raise StoreUnavailable("secret") from cause
        except StoreUnavailable as error:
            described = f"{kind(error)} {place(error)}"

    assert described.startswith("StoreUnavailable from ValueError ")
    assert "test_errors.py:" in described
    assert "secret" not in described


def test_the_interface_of_reviewers_is_answered_with_problem_details() -> None:
    answer = answer_of(a_scope("/api/v1/work"), StoreUnavailable("secret"))

    problem = json.loads(bytes(answer.body))
    assert (answer.status_code, answer.media_type) == (503, "application/problem+json")
    assert {**problem, "detail": ""} == {
        "type": "urn:passage:problem:transient",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "",
    }
    assert problem["detail"].startswith("The store can't be reached now.")
