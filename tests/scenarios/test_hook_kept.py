"""What a hook said is kept under its assertion id, and what was authorized before is known to it.

https://hl7.org/fhir/us/davinci-crd/foundation.html
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx2
import pytest

from server.fhir import json
from server.settings import Settings
from server.storage.connect import connect
from server.storage.port import Store
from tests.builders import claims
from tests.builders.hooks import (
    HCPCS,
    a_hook_call,
    a_service_request,
    told,
)
from tests.scenarios.hook_calls import FORM, call, codes

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store that the application writes, opened a second time."""
    store = connect(settings.store_url.get_secret_value(), mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-11")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-37")
async def test_what_was_said_is_kept_under_its_id_without_the_token(
    client: httpx2.AsyncClient, app_settings: Settings
) -> None:
    answer = await call(client, a_hook_call())

    (repetition,) = told(answer).values()
    async with opened(app_settings) as store:
        document = await store.get("assertion", repetition["coverage-assertion-id"][0])
    assert document is not None
    explanation = document.body.pop("explanation")
    assert document.body == {
        "id": repetition["coverage-assertion-id"][0],
        "created": "2026-11-20T15:00:00.000Z",
        "crd_version": "2.2",
        "plan": "demo",
        "member": document.body["member"],
        "line_of_business": "medicare-advantage",
        "patient": "Patient/pat-1",
        "coverage": "Coverage/cov-1",
        "order": {
            "reference": "DeviceRequest/dr-1",
            "codes": [{"system": HCPCS, "code": "E1390", "display": None}],
        },
        "forms": [FORM],
        "covered": "covered",
        "pa_needed": "auth-needed",
        "doc_needed": ["clinical"],
        "satisfied_pa_id": None,
        "reasons": [{"text": reason["text"], "code": None} for reason in repetition["reason"]],
        "resources": next(iter(document.payloads)),
    }
    assert [each["rule"]["id"] for each in explanation] == ["home-oxygen"]
    assert f"member:{document.body['member']}" in document.index


async def test_the_token_is_nowhere_in_the_store(client: httpx2.AsyncClient, app_settings: Settings) -> None:
    (repetition,) = told(await call(client, a_hook_call())).values()

    async with opened(app_settings) as store:
        calls = await store.find("hook", [f"instance:{a_hook_call()['hookInstance']}"])
        payloads = [await store.get_payload(digest) for document in calls.documents for digest in document.payloads]
    (document,) = calls.documents
    assert document.body["assertions"] == repetition["coverage-assertion-id"]
    assert document.body["instance"] == a_hook_call()["hookInstance"]
    assert len(payloads) == 2
    assert not any(b"token-of-the-ehr" in (payload or b"") for payload in payloads)


async def test_an_authorization_on_file_satisfies_the_need_for_one(client: httpx2.AsyncClient) -> None:
    item = claims.an_item("97110", claims.CPT, quantity={"value": 6, "unit": "visit"})
    bundle = claims.a_request_bundle(claims.a_claim(item, diagnosis="M17.11"), member="PSG-1006")
    submitted = await client.post(
        "/fhir/Claim/$submit", content=json.write(bundle), headers={"Content-Type": "application/fhir+json"}
    )

    answer = await call(client, a_hook_call(a_service_request("97110"), member="PSG-1006"))

    (repetition,) = told(answer).values()
    assert codes(repetition) == {"covered": ["covered"], "pa-needed": ["satisfied"]}
    (satisfied,) = repetition["satisfied-pa-id"]
    assert satisfied in submitted.text
    (valid,) = [detail["value"][0] for detail in repetition["detail"] if "end" in detail["value"][0]]
    assert repetition["expiry-date"] == [valid["end"]]
