"""$questionnaire-package by context: the id that a hook or a pended authorization gave is enough."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest

from server.fhir import json
from server.settings import Settings
from server.storage.connect import connect
from server.storage.port import Store
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.forms import HOME_OXYGEN, ICD10CM, a_coverage, a_package_request, an_observation, an_order
from tests.builders.hooks import a_device_request, a_hook_call, a_searchset, body, told
from tests.scenarios.conftest import MakeClient
from tests.scenarios.dtr_package import FHIR_JSON, answers, ask, draft, extensions, outcome, packages

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    """The store of the application under test, opened a second time."""
    store = connect(settings.store_url.get_secret_value(), mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def _hook(client: httpx2.AsyncClient, call: object) -> dict[str, str]:
    """The coverage-assertion-ids of the answer to a hook, by the order's reference."""
    headers = {"content-type": "application/json"}
    response = await client.post("/cds-services/order-sign-crd", content=body(call), headers=headers)
    assert response.status_code == 200, response.text
    return {order: parts["coverage-assertion-id"][0] for order, parts in told(response.json()).items()}


async def test_the_hooks_assertion_id_alone_gets_the_form_of_its_order(client: httpx2.AsyncClient) -> None:
    order = a_device_request("E1390", id="dr-1", reasonCode=[{"coding": [{"system": ICD10CM, "code": "J44.9"}]}])
    context = (await _hook(client, a_hook_call(order)))["DeviceRequest/dr-1"]

    answer = await ask(client, a_package_request(context=context, coverage=a_coverage(id="cov-1")))

    (bundle,) = packages(answer)
    response = draft(bundle)
    assert outcome(answer) == []
    assert response["questionnaire"] == f"{HOME_OXYGEN}|1.0.0"
    assert extensions(response, "qr-context") == [{"reference": "DeviceRequest/dr-1"}]
    assert extensions(response, "intendedUse")[0]["coding"][0]["code"] == "withpa"
    assert answers(bundle)["diagnosis"]["code"] == "J44.9"


async def test_the_hooks_references_stand_in_for_what_the_request_leaves_out(make_client: MakeClient) -> None:
    client = await make_client(validation="off", self_check="off")
    context = (await _hook(client, a_hook_call()))["DeviceRequest/dr-1"]

    answer = await ask(client, a_package_request(context=context, coverage=a_coverage(id=None, beneficiary=None)))

    (bundle,) = packages(answer)
    assert draft(bundle)["subject"] == {"reference": "Patient/pat-1"}
    assert extensions(draft(bundle), "qr-coverage") == [{"reference": "Coverage/cov-1"}]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-40")
async def test_what_the_hook_prefetched_fills_the_form(client: httpx2.AsyncClient) -> None:
    observation = an_observation("59408-5", 89, "%", "2026-11-10", subject={"reference": "Patient/pat-1"})
    call = a_hook_call(a_device_request(), prefetch={"observations": a_searchset(observation)})
    context = (await _hook(client, call))["DeviceRequest/dr-1"]
    coverage = a_coverage(id="cov-1", beneficiary={"reference": "Patient/pat-1"})

    answer = await ask(client, a_package_request(context=context, coverage=coverage))

    (bundle,) = packages(answer)
    assert {"test-date": answers(bundle)["test-date"], "spo2": answers(bundle)["spo2"]["value"]} == {
        "test-date": "2026-11-10",
        "spo2": 89,
    }


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-128")
async def test_context_and_a_slightly_changed_order_are_one_order(client: httpx2.AsyncClient) -> None:
    context = (await _hook(client, a_hook_call(a_device_request(id="dr-1"))))["DeviceRequest/dr-1"]
    signed = an_order("E1390", id="dr-1", status="active", note=[{"text": "signed"}])

    answer = await ask(client, a_package_request(signed, context=context))

    (bundle,) = packages(answer)
    assert extensions(draft(bundle), "qr-context") == [{"reference": "DeviceRequest/dr-1"}]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@spec-130")
@pytest.mark.parametrize("own", [True, False], ids=["another member's", "nobody's"])
async def test_a_context_that_is_not_the_members_is_not_found(client: httpx2.AsyncClient, own: bool) -> None:
    given = (await _hook(client, a_hook_call()))["DeviceRequest/dr-1"]
    request = a_package_request(context=given if own else "never-given", coverage=a_coverage("PSG-1002"))

    answer = await ask(client, request, 404)

    assert outcome(answer) == [("error", "not-found", ["Parameters.parameter.where(name = 'context').value"])]


async def test_a_pended_authorization_is_asked_for_by_its_trace(client: httpx2.AsyncClient) -> None:
    await _submit(client, "PSG-1002", "E1390", "A1")
    await _submit(client, "PSG-1002", "A4253", "A2")

    answer = await ask(client, a_package_request(context="TRACE-1", coverage=a_coverage("PSG-1002")))

    (bundle,) = packages(answer)
    response = draft(bundle)
    assert outcome(answer) == []
    assert response["questionnaire"] == f"{HOME_OXYGEN}|1.0.0"
    assert extensions(response, "qr-context") == []
    assert extensions(response, "intendedUse")[0]["coding"][0]["code"] == "withpa"


async def test_the_trace_of_another_member_is_not_found(client: httpx2.AsyncClient) -> None:
    await _submit(client, "PSG-1002", "E1390", "A1")

    answer = await ask(client, a_package_request(context="TRACE-1", coverage=a_coverage("PSG-1001")), 404)

    assert outcome(answer) == [("error", "not-found", ["Parameters.parameter.where(name = 'context').value"])]


async def test_asking_keeps_nothing(client: httpx2.AsyncClient, app_settings: Settings) -> None:
    kinds = ("case", "assertion", "hook", "member", "feedback")
    async with _store(app_settings) as store:
        before = [await store.count(kind) for kind in kinds]

        await ask(client, a_package_request(an_order()))

        assert [await store.count(kind) for kind in kinds] == before


async def _submit(client: httpx2.AsyncClient, member: str, code: str, number: str) -> None:
    """Requests an authorization of one item, whose trace is TRACE-1."""
    named = {"system": "https://ehr.example/bundles", "value": number}
    request = a_request_bundle(a_claim(an_item(code), diagnosis="J44.9"), member=member, identifier=named)
    response = await client.post("/fhir/Claim/$submit", content=json.write(request), headers=FHIR_JSON)
    assert response.status_code == 200, response.text
