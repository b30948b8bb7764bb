"""Whatever is wrong with an inquiry: one OperationOutcome that says what and where, nothing quoted, nothing kept."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.fhir import json
from tests.builders.claims import PAS, a_claim, a_patient, a_request_bundle
from tests.builders.inquiries import BEFORE, CURRENT, an_inquiry, an_inquiry_item, ask
from tests.builders.submit import FHIR_JSON, send, submit
from tests.scenarios.conftest import MakeClient
from tests.scenarios.test_submit_mutated import SECRET, VALUES, mutate, places
from tests.shared import shared_or_none

Json = Any
Stored = Callable[[], dict[str, int]]


def changed(path: str, value: Json) -> Json:
    """The valid inquiry with another value at a path such as `entry.0.resource.use`."""
    body = deepcopy(an_inquiry())
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    target = body
    for step in way:
        target = target[step]
    target[last] = value
    return body


FAULTS: dict[str, tuple[Json, str]] = {
    "another resource": ({"resourceType": "Patient"}, "resourceType"),
    "no entries": (changed("entry", []), "Bundle.entry"),
    "no Claim": (changed("entry.0.resource", a_patient(id="patient-9")), "Bundle.entry"),
    "a duplicate fullUrl": (a_request_bundle(None, a_patient()), "Bundle.entry[5].fullUrl"),
    "another use": (changed("entry.0.resource.use", "claim"), "Bundle.entry[0].resource.use"),
    "a patient that is not there": (
        changed("entry.0.resource.patient.reference", f"Patient/{SECRET}"),
        "Bundle.entry[0].resource.patient.reference",
    ),
    "no insurer": (changed("entry.0.resource.insurer", {}), "Bundle.entry[0].resource.insurer"),
    "no provider": (changed("entry.0.resource.provider", {"display": SECRET}), "Bundle.entry[0].resource.provider"),
    "no coverage": (changed("entry.0.resource.insurance", []), "Bundle.entry[0].resource.insurance"),
    "a prior Claim": (
        changed("entry.0.resource.related", [{"claim": {"identifier": {"value": SECRET}}}]),
        "Bundle.entry[0].resource.related",
    ),
    "a day that no calendar has": (
        changed("entry.0.resource.billablePeriod", {"start": "2026-02-30"}),
        "Bundle.entry[0].resource.billablePeriod.start",
    ),
    "more numbers than are looked up": (
        an_inquiry(*(an_inquiry_item(number + 1, number=f"PA-{number}") for number in range(201))),
        "Bundle.entry[0].resource.item",
    ),
    "a number that is none": (
        an_inquiry(an_inquiry_item(extension=[{"url": f"{PAS}/extension-authorizationNumber", "valueString": 7}])),
        "Bundle.entry[0].resource.item[0].extension[0].valueString",
    ),
}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
@pytest.mark.parametrize("base", [CURRENT, BEFORE])
@pytest.mark.parametrize("fault", FAULTS)
async def test_what_cannot_be_read_is_refused_where_it_stands(
    make_client: MakeClient, stored: Stored, fault: str, base: str
) -> None:
    client = await make_client(validation="off", self_check="off")
    body, place = FAULTS[fault]
    before = stored()

    response = await ask(client, body, base)

    outcome = response.json()
    assert (response.status_code, outcome["resourceType"]) == (400, "OperationOutcome")
    assert place in {expression for issue in outcome["issue"] for expression in issue.get("expression", [])}
    assert SECRET not in response.text
    assert stored() == before


@pytest.mark.parametrize("base", [CURRENT, BEFORE])
async def test_what_breaks_the_profile_is_refused(client: httpx2.AsyncClient, base: str) -> None:
    body = an_inquiry(status="draft")

    response = await ask(client, body, base)

    assert response.status_code in {400, 422}
    assert any("status" in str(issue) for issue in response.json()["issue"])


async def test_an_inquiry_in_parameters_is_read_too(client: httpx2.AsyncClient) -> None:
    given = await submit(client, a_request_bundle())
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": an_inquiry()}]}

    response = await ask(client, wrapped)

    (row,) = response.json()["parameter"]
    assert row["resource"]["entry"][0]["resource"]["id"] == given["entry"][0]["resource"]["id"]


async def test_an_inquiry_keeps_nothing(client: httpx2.AsyncClient, stored: Stored) -> None:
    await submit(client, a_request_bundle())
    before = stored()

    await ask(client, an_inquiry())

    assert {name: rows for name, rows in stored().items() if "metric" not in name} == {
        name: rows for name, rows in before.items() if "metric" not in name
    }


def inquiries() -> list[Json]:
    """The inquiries that are mutated: our own, and the public kit's where they are at hand."""
    folder = shared_or_none()
    files = sorted((folder / "spec" / "examples" / "pas").glob("server2*_pa_inquire_*.json")) if folder else []
    read = [json.read(file.read_bytes()) for file in files]
    return [an_inquiry(), *(body for each in read for body in (each if isinstance(each, list) else [each]))]


BODIES = inquiries()
WAYS = [list(places(body)) for body in BODIES]


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """An inquiry with one to three mutations."""
    number = draw(st.integers(0, len(BODIES) - 1))
    body = deepcopy(BODIES[number])
    for _ in range(draw(st.integers(1, 3))):
        mutate(body, draw(st.sampled_from(WAYS[number])), draw(st.booleans()), draw(VALUES))
    return body


@pytest.fixture
async def trusting(make_client: MakeClient) -> httpx2.AsyncClient:
    """A client of a server that does not hold requests against profiles, with a case of each version."""
    client = await make_client(validation="off", self_check="off")
    await submit(client, a_request_bundle())
    await send(client, a_request_bundle(a_claim(id="claim-2")), BEFORE)
    return client


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=mutated(), base=st.sampled_from([CURRENT, BEFORE]))
async def test_a_mutated_inquiry_is_answered_or_refused(
    trusting: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str], body: Json, base: str
) -> None:
    response = await ask(trusting, body, base)

    answered = {CURRENT: "Parameters", BEFORE: "Bundle"}[base]
    kind = response.json()["resourceType"]
    assert (response.status_code, kind) in {(200, answered), (400, "OperationOutcome")}
    assert kind != "OperationOutcome" or SECRET not in response.text
    assert SECRET not in "".join(capfd.readouterr())


@settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=mutated())
async def test_a_mutated_inquiry_sent_as_a_submission_is_answered_or_refused(
    trusting: httpx2.AsyncClient, body: Json
) -> None:
    response = await trusting.post(f"{BEFORE}/Claim/$submit", content=json.write(body), headers=FHIR_JSON)

    assert response.status_code in {200, 400, 422}
