"""Nothing that a reviewer sends reaches a log or a refusal, and nothing that they send is a fault of ours."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from server.fhir import json
from server.review.examples import ACT, DECISIONS
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.scenarios.process import ServerProcess, a_server
from tests.scenarios.review_calls import WHEELCHAIR
from tests.scenarios.test_logs_hold_no_patient_data import MARK, planted, shown

Json = Any

QUERIES = [
    f"/api/v1/work?q={MARK}",
    f"/api/v1/work?q={MARK}|{MARK}",
    f"/api/v1/work?owner={MARK}&line_of_business={MARK}&claimed_by={MARK}",
    f"/api/v1/work?waits_for={MARK}",
    f"/api/v1/work?overdue={MARK}",
    f"/api/v1/work?limit={MARK}",
    f"/api/v1/work?after={MARK}",
    f"/api/v1/work?after=2026-11-20T15:00:00Z~{MARK}",
    f"/api/v1/work?{MARK}=1",
    f"/api/v1/cases/{MARK}",
    f"/api/v1/{MARK}",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server process that logs everything it can."""
    with a_server(tmp_path_factory.mktemp("review-logs"), log_level="debug") as running:
        yield running


class Desk:
    """A client that always has a case to decide."""

    def __init__(self, client: httpx2.Client, name: str) -> None:
        self._client = client
        self._name = name
        self._made = 0
        self.case = self._new()

    def post(self, act: str, body: Json) -> httpx2.Response:
        """The answer to an act on the case; after one that was taken there is a new case."""
        answer = self._client.post(f"/api/v1/cases/{self.case}/{act}", content=json.write(body))
        if answer.status_code == 200:
            self.case = self._new()
        return answer

    def _new(self) -> str:
        self._made += 1
        value = f"{self._name}-{self._made}"
        claim = a_claim(an_item(WHEELCHAIR, quantity={"value": 10, "unit": "visit"}))
        identifier = {"system": "https://ehr.example/bundles", "value": value}
        body = json.write(a_request_bundle(claim, member="PSG-1007", identifier=identifier))
        headers = {"Content-Type": "application/fhir+json"}
        self._client.post("/fhir/Claim/$submit", content=body, headers=headers).raise_for_status()
        (row,) = self._client.get("/api/v1/work", params={"q": value}).json()["cases"]
        return str(row["id"])


@pytest.mark.parametrize("title", DECISIONS)
def test_no_field_of_a_decision(server: ServerProcess, title: str) -> None:
    with httpx2.Client(base_url=server.url, headers={"Content-Type": "application/json"}) as client:
        desk = Desk(client, title.replace(" ", "-"))
        answers = [desk.post("decisions", body) for body in planted(DECISIONS[title]["value"])]

    assert len(answers) > 10
    assert {answer.status_code for answer in answers} <= {200, 400, 403, 404, 409, 422}
    assert {400} < {answer.status_code for answer in answers}
    assert shown(server, answers) == []


def test_no_field_of_an_act(server: ServerProcess) -> None:
    with httpx2.Client(base_url=server.url, headers={"Content-Type": "application/json"}) as client:
        desk = Desk(client, "act")
        answers = [desk.post(act, body) for act in ("claim", "release") for body in planted(ACT["A nurse"]["value"])]

    assert {answer.status_code for answer in answers} <= {200, 400, 403, 409}
    assert shown(server, answers) == []


@pytest.mark.parametrize("path", QUERIES)
def test_no_path_or_query(server: ServerProcess, path: str) -> None:
    answer = httpx2.get(server.url + path)

    assert answer.status_code in (200, 400, 404)
    assert shown(server, [answer]) == []
