"""Nothing that a request says reaches a log or an error: a value is planted everywhere, and all output is scanned."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item, an_observation
from tests.builders.forms import a_package_request, an_order
from tests.builders.hooks import a_device_request, a_hook_call
from tests.scenarios.process import ServerProcess, a_server

Json = Any

MARK = "Quagmire-Zebulon-4711"
"""What no line of code or content holds."""

FHIR = "application/fhir+json"
CALLS: dict[str, Callable[[], Json]] = {
    "/fhir/Claim/$submit": lambda: a_request_bundle(
        a_claim(an_item("E1390", quantity={"value": 1})), an_observation("spo2", "59408-5", 86, "%")
    ),
    "/fhir/Questionnaire/$questionnaire-package": lambda: a_package_request(an_order()),
    "/cds-services/order-sign-crd": lambda: a_hook_call(a_device_request()),
    "/cds-services/order-sign-crd/feedback": lambda: {
        "feedback": [
            {
                "card": "7d0fd7a8-97b1-4c6a-9f0e-2f6f0f0b1c02",
                "outcome": "overridden",
                "overrideReason": {"reason": {"code": "x", "system": "urn:x"}, "userComment": "x"},
                "outcomeTimestamp": "2026-11-20T15:00:00Z",
            }
        ]
    },
}


def planted(document: Json) -> Iterator[Json]:
    """The document with the mark in one place: as each value, after each text, as each key, as a further key."""
    for change in (_as_value, _after_text, _as_key, _as_further_key):
        for number in range(len(list(_places(document)))):
            changed = deepcopy(document)
            container, key = list(_places(changed))[number]
            if change(container, key):
                yield changed


def _places(document: Json) -> Iterator[tuple[Json, Any]]:
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _as_value(container: Json, key: Any) -> bool:
    container[key] = MARK
    return True


def _after_text(container: Json, key: Any) -> bool:
    if not isinstance(container[key], str):
        return False
    container[key] += MARK
    return True


def _as_key(container: Json, key: Any) -> bool:
    if not isinstance(container, dict):
        return False
    container[MARK] = container.pop(key)
    return True


def _as_further_key(container: Json, key: Any) -> bool:
    if not isinstance(container[key], dict):
        return False
    container[key][MARK] = MARK
    return True


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process that logs everything it can."""
    with a_server(tmp_path_factory.mktemp("logs"), log_level="debug") as running:
        yield running


def shown(server: ServerProcess, answers: list[httpx2.Response]) -> list[str]:
    """Where the mark is seen: lines that the process printed, and errors that it answered."""
    last = httpx2.get(f"{server.url}/health/live").headers["x-request-id"]
    assert server.told_of(last)
    errors = [f"{answer.status_code} {answer.text} {answer.headers}" for answer in answers if answer.status_code >= 400]
    return [text for text in [*server.lines, *errors] if MARK.lower() in text.lower()]


@pytest.mark.parametrize("path", CALLS)
def test_no_field_of_a_request(server: ServerProcess, path: str) -> None:
    media_type = FHIR if path.startswith("/fhir") else "application/json"
    with httpx2.Client(base_url=server.url, headers={"Content-Type": media_type}) as client:
        answers = [client.post(path, content=json.write(request)) for request in planted(CALLS[path]())]

    assert len(answers) > 10
    assert {answer.status_code for answer in answers} <= {200, 400, 404, 412, 422}
    assert shown(server, answers) == []


BODIES = [
    MARK.encode(),
    b'{"%s":' % MARK.encode(),
    b'{"%s":1,"%s":2}' % (MARK.encode(), MARK.encode()),
    b'{"a":"%s\\ud800"}' % MARK.encode(),
    b'{"a":"%s\xff"}' % MARK.encode(),
    b'{"a":%s1e9999}' % MARK.encode(),
    b'["%s", %s]' % (MARK.encode(), b"[" * 200 + b"]" * 200),
]


@pytest.mark.parametrize("path", CALLS)
def test_no_body_that_is_no_json(server: ServerProcess, path: str) -> None:
    media_type = FHIR if path.startswith("/fhir") else "application/json"
    with httpx2.Client(base_url=server.url, headers={"Content-Type": media_type}) as client:
        answers = [client.post(path, content=body) for body in BODIES]

    assert [answer.status_code for answer in answers] == [400] * len(BODIES)
    assert shown(server, answers) == []


REQUESTS: list[tuple[str, str, dict[str, str]]] = [
    ("GET", f"/fhir/Claim/{MARK}", {}),
    ("GET", f"/fhir/{MARK}/1", {}),
    ("GET", f"/fhir/{MARK}", {}),
    ("POST", f"/fhir/Claim/${MARK}", {}),
    ("GET", f"/{MARK}", {}),
    ("GET", f"/cases/{MARK}", {}),
    ("POST", f"/cds-services/{MARK}", {"Content-Type": "application/json"}),
    ("POST", f"/cds-services/{MARK}/feedback", {"Content-Type": "application/json"}),
    ("GET", f"/fhir/Claim?identifier={MARK}", {}),
    ("GET", f"/fhir/Claim?{MARK}=1", {"Prefer": "handling=strict"}),
    ("GET", f"/fhir/Claim?patient.{MARK}=1", {}),
    ("GET", f"/fhir/Claim?created={MARK}", {}),
    ("GET", f"/fhir/Claim?_cursor={MARK}", {}),
    ("GET", f"/fhir/Claim?_count={MARK}", {}),
    ("GET", f"/fhir/Claim?_format={MARK}", {}),
    ("GET", f"/fhir/Claim?status:{MARK}=1", {}),
    ("PUT", f"/fhir/Claim/{MARK}", {}),
    (MARK.upper(), "/fhir/Claim", {}),
    ("GET", "/fhir/metadata", {"X-Request-Id": MARK}),
    ("GET", "/fhir/metadata", {"Accept": MARK}),
    ("GET", "/fhir/metadata", {"Host": f"{MARK}/x"}),
    ("POST", "/fhir/Claim/$submit", {"Content-Type": MARK}),
    ("POST", "/fhir/Claim/$submit", {"Content-Type": FHIR, "Content-Encoding": MARK}),
    ("POST", "/fhir/Claim/$submit", {"Content-Type": FHIR, "Authorization": f"Bearer {MARK}"}),
    ("GET", "/fhir/metadata", {"User-Agent": MARK, "Referer": MARK, "Cookie": MARK, "Origin": MARK}),
]


@pytest.mark.parametrize(("method", "path", "headers"), REQUESTS)
def test_no_path_query_or_header(server: ServerProcess, method: str, path: str, headers: dict[str, str]) -> None:
    answer = httpx2.request(method, server.url + path, headers=headers)

    assert answer.status_code < 500
    assert shown(server, [answer]) == []
    assert MARK not in answer.headers.get("x-request-id", "")


def test_every_line_of_a_request_has_its_id(server: ServerProcess) -> None:
    asked = "5f0c9d52-8f0a-4f0e-9a39-3a4b1c2d3e4f"

    answer = httpx2.get(f"{server.url}/fhir/Claim/none", headers={"X-Request-Id": asked})

    lines = server.told_of(asked)
    assert (answer.headers["x-request-id"], answer.json()["id"]) == (asked, asked)
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [("request", "/fhir/Claim/{id}", 404)]


def test_a_fault_of_ours_is_logged_by_type_and_place_only(tmp_path: Path) -> None:
    # Given a server whose store loses the payload that a search result is in
    with a_server(tmp_path) as server:
        claim = a_claim(identifier=[{"system": "https://ehr.example/claims", "value": MARK}])
        body = json.write(a_request_bundle(claim))
        httpx2.post(f"{server.url}/fhir/Claim/$submit", content=body, headers={"Content-Type": FHIR}).raise_for_status()
        _lose_all_payloads(tmp_path)

        # When it is searched for
        answer = httpx2.get(f"{server.url}/fhir/Claim", params={"identifier": MARK})

        # Then the client learns that it is our fault, the log where, and neither what was asked
        assert (answer.status_code, [issue["code"] for issue in answer.json()["issue"]]) == (500, ["exception"])
        assert MARK not in answer.text
        server.stop()
    faults = [line for line in server.told() if line["level"] == "error"]
    assert [(line["event"], line["error"], line["request_id"]) for line in faults] == [
        ("request failed", "LookupError", answer.headers["x-request-id"])
    ]
    assert "rest/store_source.py:" in faults[0]["at"]
    assert [line for line in server.lines if MARK in line or "Traceback" in line] == []


def _lose_all_payloads(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "passage.db")) as database, database:
        for table in ("payload_chunk", "payload_use", "payload"):
            database.execute(f"DELETE FROM {table}")
