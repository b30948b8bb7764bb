"""What became of the cards is kept, once.

https://cds-hooks.hl7.org/#feedback
"""

import httpx2
import pytest

from server.fhir import json
from server.settings import Settings
from server.storage.connect import connect
from server.storage.port import Document
from tests.builders.hooks import Json
from tests.scenarios.conftest import NOW
from tests.scenarios.hook_calls import PATH

CARD = "5b0ff2a6-0f8a-4d46-9a0f-43bd1b5be4f1"
OVERRIDDEN = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReason": {"reason": {"code": "x", "system": "urn:s", "display": "X"}, "userComment": "Mr Testwell knows"},
    "outcomeTimestamp": "2026-11-20T14:59:00Z",
}
ACCEPTED = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "suggestion-1"}],
    "outcomeTimestamp": "2026-11-20T14:59:00.5+01:00",
}


async def kept(app_settings: Settings) -> tuple[Document, ...]:
    """The reports in the store about the card."""
    store = connect(app_settings.store_url.get_secret_value(), mongodb_driver="pymongo", clock=lambda: NOW)
    await store.start()
    try:
        return (await store.find("feedback", [f"card:{CARD}"])).documents
    finally:
        await store.close()


@pytest.mark.requirement("cds-hooks_2.0@148")
async def test_a_report_is_kept_once_however_often_it_comes(client: httpx2.AsyncClient, app_settings: Settings) -> None:
    report = {"feedback": [OVERRIDDEN, ACCEPTED]}

    responses = [await client.post(f"{PATH}/feedback", json=report) for _ in range(2)]

    assert [(response.status_code, response.json()) for response in responses] == [(200, {}), (200, {})]
    (document,) = await kept(app_settings)
    (digest,) = document.payloads
    assert document.body == {
        "service": "order-sign-crd",
        "received": "2026-11-20T15:00:00.000Z",
        "report": digest,
        "feedback": [
            {
                "card": CARD,
                "outcome": "overridden",
                "at": "2026-11-20T14:59:00Z",
                "suggestions": [],
                "reason": {"system": "urn:s", "code": "x"},
            },
            {
                "card": CARD,
                "outcome": "accepted",
                "at": "2026-11-20T14:59:00.5+01:00",
                "suggestions": ["suggestion-1"],
                "reason": None,
            },
        ],
    }
    assert b"Testwell" not in json.write(document.body)


@pytest.mark.parametrize(
    ("report", "expression"),
    [
        ({}, "feedback"),
        ({"feedback": []}, "feedback"),
        ({"feedback": {}}, "feedback"),
        ({"feedback": [{**OVERRIDDEN, "card": ""}]}, "feedback[0].card"),
        ({"feedback": [OVERRIDDEN, {**OVERRIDDEN, "outcome": "ignored"}]}, "feedback[1].outcome"),
        ({"feedback": [{**ACCEPTED, "acceptedSuggestions": []}]}, "feedback[0].acceptedSuggestions"),
        ({"feedback": [{"card": CARD, "outcome": "accepted", "outcomeTimestamp": "2026-11-20T14:59:00Z"}]},
         "feedback[0].acceptedSuggestions"),
        ({"feedback": [{**OVERRIDDEN, "outcomeTimestamp": "yesterday"}]}, "feedback[0].outcomeTimestamp"),
    ],
)  # fmt: skip
async def test_what_is_no_report_is_refused(
    client: httpx2.AsyncClient, app_settings: Settings, report: Json, expression: str
) -> None:
    response = await client.post(f"{PATH}/feedback", json=report)

    (issue,) = response.json()["issue"]
    assert (response.status_code, issue["expression"]) == (400, [expression])
    assert await kept(app_settings) == ()
