"""What is no call is refused with one OperationOutcome, keeps nothing, and leaves the service answering.

https://cds-hooks.hl7.org/#http-status-codes
"""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.fhir import json
from server.settings import Settings
from server.storage.connect import connect
from tests.builders.hooks import Json, a_device_request, a_hook_call, a_service_request, body
from tests.scenarios.conftest import NOW, MakeClient
from tests.scenarios.hook_calls import PATH, call

SECRET = "Xanthippe-Unmistakable-4711"


def changed(change: Callable[[Json], Any]) -> bytes:
    """A valid call after a change."""
    sent = a_hook_call()
    change(sent)
    return body(sent)


DEEP = b'{"a":' * 10_000 + b"1" + b"}" * 10_000
BODIES = [
    b"",
    b"no json",
    b"null",
    b"[]",
    b'"order-sign"',
    b"\xef\xbb\xbf{}",
    b'{"hook":"\xff"}',
    b'{"hook":"\\ud800"}',
    b'{"hook":NaN}',
    b'{"hook":1e999}',
    body(a_hook_call())[:-1] + b',"hook":"order-sign"}',
    DEEP,
    changed(lambda sent: sent.update(hook=SECRET)),
    changed(lambda sent: sent.update(hookInstance=SECRET)),
    changed(lambda sent: sent["prefetch"].update({SECRET: SECRET})),
    changed(lambda sent: sent["context"].update(patientId=SECRET + " ")),
    changed(lambda sent: sent["extension"].update({"davinci-crd.requestedVersion": SECRET})),
    body(a_hook_call(a_device_request(), a_service_request(), a_device_request())),
]


async def documents(app_settings: Settings) -> list[int]:
    """How much the store holds of what hooks write."""
    store = connect(app_settings.store_url.get_secret_value(), mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    try:
        return [await store.count(kind) for kind in ("assertion", "hook", "feedback")]
    finally:
        await store.close()


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-9")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-10")
@pytest.mark.parametrize("path", [PATH, f"{PATH}/feedback"])
async def test_what_is_no_call_is_refused_and_nothing_is_kept(
    client: httpx2.AsyncClient, app_settings: Settings, path: str
) -> None:
    responses = [await client.post(path, content=sent, headers={"Content-Type": "application/json"}) for sent in BODIES]

    for position, response in enumerate(responses):
        outcome = response.json()
        assert (response.status_code, outcome["resourceType"]) == (400, "OperationOutcome"), position
        assert outcome["issue"], position
        assert all(issue["severity"] == "error" and issue["diagnostics"] for issue in outcome["issue"]), position
        assert SECRET not in response.text, position
    assert await documents(app_settings) == [0, 0, 0]
    assert len((await call(client, a_hook_call()))["systemActions"]) == 1


@pytest.mark.parametrize(
    "path", ["/cds-services/order-select-crd", "/cds-services/x/feedback", "/cds-services/%F0%9F%98%80"]
)
async def test_a_service_that_is_not_there_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.post(path, json=a_hook_call())

    assert (response.status_code, response.json()["issue"][0]["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", PATH, {}, 405),
        ("DELETE", PATH, {}, 405),
        ("PUT", "/cds-services", {}, 405),
        ("POST", PATH, {"Content-Type": "text/plain"}, 415),
        ("POST", PATH, {"Content-Type": "application/json", "Accept": "text/html"}, 406),
    ],
)
async def test_what_http_offers_otherwise_is_refused(
    client: httpx2.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    content = body(a_hook_call()) if method == "POST" else None

    response = await client.request(method, path, content=content, headers=headers)

    assert (response.status_code, response.json()["resourceType"]) == (status, "OperationOutcome")


VALUES = st.sampled_from(
    [None, True, 0, -1, "", SECRET, "Patient/pat-1", [], {}, [[]], [{}], [None], {"resourceType": 5}]
)


def places(value: Json, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a JSON value."""
    found = [path]
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        found += places(child, (*path, step))
    return found


def a_result() -> Json:
    """An Observation as a chart has it."""
    return {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}}


RICH = a_hook_call(
    a_device_request(extension=[{"url": "https://ehr.example/own", "valueBoolean": True}], reasonCode=[{"text": "x"}]),
    a_service_request(
        quantityQuantity={"value": 3},
        locationCode=[{"text": "x"}],
        contained=[{"resourceType": "Practitioner", "id": "p"}],
        performer=[{"reference": "#p"}],
    ),
    prefetch={"chart": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": a_result()}]}},
)
PLACES = places(RICH)[1:]


def mutated(place: tuple[Any, ...], value: Json, *, drop: bool) -> Json:
    """RICH with another value, or none, at the place."""
    sent = json.read(json.write(RICH))
    at = sent
    for step in place[:-1]:
        at = at[step]
    if drop:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return sent


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@conf-12")
@pytest.mark.parametrize("validation", ["enforce", "report", "off"])
async def test_no_mutation_of_a_call_is_a_fault_of_ours(make_client: MakeClient, validation: str) -> None:
    # What is only reported leads to answers that break the profiles as the orders do.
    client = await make_client(validation=validation, self_check="raise" if validation == "enforce" else "off")
    seen: list[tuple[int, bytes, bytes]] = []
    sent: list[bytes] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sampled_from(PLACES), VALUES, st.booleans())
    def collect(place: tuple[Any, ...], value: Json, drop: bool) -> None:
        sent.append(json.write(mutated(place, value, drop=drop)))

    collect()
    for each in dict.fromkeys(sent):
        response = await client.post(PATH, content=each, headers={"Content-Type": "application/json"})
        seen.append((response.status_code, each, response.content))

    assert {status for status, _, _ in seen} <= {200, 400, 412, 422}
    technical = [body for status, body, answer in seen if status == 200 and b'"technical"' in answer]
    assert technical == []
    refused = [answer for status, _, answer in seen if status != 200]
    assert refused
    assert not any(SECRET.encode() in answer for answer in refused)
