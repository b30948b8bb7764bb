"""Answers of ours are held against what they are declared to be, as the setting says."""

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx2
import pytest
from fastapi import FastAPI

from server.fhir import json
from server.fhir.validation.finding import Finding
from server.profiles import profiles_of
from server.settings import content_root
from server.web.boundary import ErrorBoundary
from server.web.declare import FhirAnswer, FhirFeature, FhirRequest, Operation
from server.web.enforcement import Enforcement
from server.web.fhir_base import FhirBase
from server.web.gate import Gate, SelfCheck

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|7.0.0"
PROFILES = profiles_of(content_root() / "profiles")


async def _incomplete(_: FhirRequest) -> FhirAnswer:
    return FhirAnswer(json.write({"resourceType": "Patient", "active": True}))


def a_base(self_check: SelfCheck, told: list[tuple[str, str, list[str]]], gives: tuple[str, ...]) -> httpx2.AsyncClient:
    def tell(event: str, name: str, findings: Sequence[Finding]) -> None:
        told.append((event, name, [f"{one.message} {one.expression}" for one in findings if one.severity == "error"]))

    operation = Operation("Patient", "mine", "http://x.test/mine", "Mine.", _incomplete, methods=("GET",), gives=gives)
    base = FhirBase(
        FastAPI(),
        path="/fhir",
        features=[FhirFeature(operations=(operation,))],
        metadata=_incomplete,
        clock=lambda: datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
        base_url=None,
        gate=Gate(PROFILES.relaxed, Enforcement(), tell, self_check=self_check),
    )
    transport = httpx2.ASGITransport(app=ErrorBoundary(base, linger_bytes=0))
    return httpx2.AsyncClient(transport=transport, base_url="http://payer.test")


@pytest.mark.parametrize(
    ("self_check", "gives", "status", "events"),
    [
        ("off", (US_CORE,), 200, []),
        ("report", (US_CORE,), 200, [("answer", "Patient/$mine")]),
        ("raise", (US_CORE,), 500, [("answer", "Patient/$mine")]),
        ("raise", (), 200, []),
    ],
)
async def test_an_answer_that_breaks_its_profile_is_told_or_fails(
    self_check: SelfCheck, gives: tuple[str, ...], status: int, events: list[tuple[str, str]]
) -> None:
    told: list[tuple[str, str, list[str]]] = []

    answer = await a_base(self_check, told, gives).get("/fhir/Patient/$mine")

    assert answer.status_code == status
    assert [(event, name) for event, name, _ in told] == events
    assert all("cardinality-min Patient" in rules for _, _, rules in told)
