"""Mutated requests, real ones where they are at hand: never our fault, a partial write, or a value in a log line.

The same mutations run each time; PASSAGE_FUZZ_EXAMPLES=5000 tries that many new ones of each kind.
"""

import os
from collections.abc import Callable
from random import Random
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item, an_observation
from tests.builders.forms import a_package_request, an_order
from tests.builders.hooks import a_device_request, a_hook_call, a_service_request
from tests.scenarios.follow import without_addresses
from tests.scenarios.mutate import mutated
from tests.shared import shared

Json = Any
Stored = Callable[[], dict[str, int]]

SUBMIT, PACKAGE, HOOK = (
    "/fhir/Claim/$submit",
    "/fhir/Questionnaire/$questionnaire-package",
    "/cds-services/order-sign-crd",
)
_MORE = os.environ.get("PASSAGE_FUZZ_EXAMPLES")
FUZZ = settings(
    max_examples=int(_MORE or 60),
    derandomize=_MORE is None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
RANDOMS = st.integers(0, 2**32).map(Random)


def kit_payloads(name: str) -> list[Json]:
    """The public kit's payloads of the name; its files hold one Bundle or several."""
    read = json.read((shared() / "spec" / "examples" / "pas" / f"{name}_payload.json").read_bytes())
    return read if isinstance(read, list) else [read]


def patient_values(document: Json) -> set[str]:
    """The texts of a request that could tell who it is about; short ones and codes are in log lines by chance."""
    if isinstance(document, dict):
        return set().union(*(patient_values(value) for value in document.values()))
    if isinstance(document, list):
        return set().union(*(patient_values(value) for value in document))
    return {document} if isinstance(document, str) and len(document) > 5 and not document.isalpha() else set()


async def sent(client: httpx2.AsyncClient, stored: Stored, path: str, request: Json) -> httpx2.Response:
    """Sends a request, and sees to it that the answer is no fault of ours, and that a refusal stored nothing."""
    before = stored()
    media_type = "application/json" if path == HOOK else "application/fhir+json"
    with capture_logs(processors=[merge_contextvars]) as lines:
        response = await client.post(path, content=json.write(request), headers={"Content-Type": media_type})
    assert response.status_code in (200, 400, 404, 412, 413, 422), (response.status_code, response.text, lines)
    assert [line for line in lines if line["log_level"] in ("error", "critical", "warning")] == []
    logged = repr([{**line, "route": "", "operation": ""} for line in lines])
    assert [value for value in patient_values(request) if value in logged] == []
    if response.status_code != 200:
        outcome = response.json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert stored() == before
    return response


async def submitted(client: httpx2.AsyncClient, stored: Stored, bundle: Json) -> None:
    """Submits a Bundle; what is answered is stored whole: the case, and the ClaimResponse as it was answered."""
    before = stored()
    response = await sent(client, stored, SUBMIT, bundle)
    if response.status_code != 200:
        return
    answered = json.read(response.content)["entry"][0]
    kept = json.read((await client.get(answered["fullUrl"])).content)
    again = await client.post(SUBMIT, content=json.write(bundle), headers={"Content-Type": "application/fhir+json"})
    assert without_addresses({**kept, "meta": 0}) == without_addresses({**answered["resource"], "meta": 0})
    assert again.content == response.content
    assert stored()["document"] - before["document"] in (0, 1)


OURS = a_request_bundle(
    a_claim(an_item("E1390"), an_item("97110", sequence=2, quantity={"value": 3})),
    an_observation("spo2", "59408-5", 86, "%"),
)


@FUZZ
@given(random=RANDOMS)
async def test_a_mutated_submission_of_ours(client: httpx2.AsyncClient, stored: Stored, random: Random) -> None:
    await submitted(client, stored, mutated(OURS, random))


@pytest.mark.parametrize(
    "name",
    [
        "server221_approval_pa_submit_request",
        "server221_pended_pa_submit_request",
        "server221_must_support_pa_submit_request",
        "server221_claim_update_initial_submit",
    ],
)
@FUZZ
@given(random=RANDOMS)
async def test_a_mutated_submission_of_the_public_kit(
    client: httpx2.AsyncClient, stored: Stored, name: str, random: Random
) -> None:
    await submitted(client, stored, mutated(random.choice(kit_payloads(name)), random))


@FUZZ
@given(random=RANDOMS)
async def test_a_mutated_hook_call(client: httpx2.AsyncClient, stored: Stored, random: Random) -> None:
    call = a_hook_call(a_device_request(), a_service_request())

    await sent(client, stored, HOOK, mutated(call, random))


@FUZZ
@given(random=RANDOMS)
async def test_a_mutated_package_request(client: httpx2.AsyncClient, stored: Stored, random: Random) -> None:
    form = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"
    request = a_package_request(an_order(), questionnaires=(form,))

    await sent(client, stored, PACKAGE, mutated(request, random))


@FUZZ
@given(
    query=st.lists(
        st.tuples(
            st.sampled_from(["created", "identifier", "patient", "_id", "_count", "_cursor", "x"]), st.text(max_size=20)
        ),
        max_size=4,
    )
)
async def test_a_search_for_anything(client: httpx2.AsyncClient, query: list[tuple[str, str]]) -> None:
    response = await client.get("/fhir/Claim", params=query)

    assert response.status_code in (200, 400), response.text
    assert response.json()["resourceType"] == ("Bundle" if response.status_code == 200 else "OperationOutcome")
