"""The API reference describes what is served, with examples that are answered."""

from typing import Any

import httpx2

from server.fhir import json
from tests.scenarios.conftest import FHIR_JSON

METHODS = ("get", "post")


async def test_every_route_of_the_guides_is_described(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    described = {f"{method} {path}" for path, item in document["paths"].items() for method in METHODS if method in item}
    assert document["openapi"].startswith("3.")
    assert described >= {
        "get /fhir/metadata",
        "post /fhir/Claim/$submit",
        "post /fhir/Questionnaire/$questionnaire-package",
        "get /fhir/Claim",
        "post /fhir/Claim/_search",
        "get /fhir/ClaimResponse/{id}",
        "get /cds-services",
        "post /cds-services/order-sign-crd",
        "post /cds-services/order-sign-crd/feedback",
        "get /health/live",
        "get /health/ready",
        "get /metrics",
    }


async def test_operation_ids_are_unique(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    ids = [item[method]["operationId"] for item in document["paths"].values() for method in METHODS if method in item]
    assert sorted(ids) == sorted(set(ids))


async def test_every_example_is_answered(client: httpx2.AsyncClient) -> None:
    document = json.read((await client.get("/openapi.json")).content)

    answered = {
        (path, title): (await client.post(path, content=json.write(example), headers=FHIR_JSON)).status_code
        for path, title, example in _examples(document)
        if title != "After an order-sign hook"  # its context id is that of a hook that was never called here
        if "{" not in path  # an instance has to be there first
    }

    assert {path for path, _ in answered} >= {
        "/fhir/Claim/$submit",
        "/fhir/Questionnaire/$questionnaire-package",
        "/cds-services/order-sign-crd",
    }
    assert {call: status for call, status in answered.items() if status not in (200, 201)} == {}


def _examples(document: Any) -> list[tuple[str, str, Any]]:
    found = []
    for path, item in document["paths"].items():
        for content in item.get("post", {}).get("requestBody", {}).get("content", {}).values():
            for title, example in content.get("examples", {}).items():
                found.append((path, title, example["value"]))
            if "example" in content:
                found.append((path, "example", content["example"]))
    return found


async def test_the_page_shows_every_call_and_needs_nobody_elses_host(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    page = await client.get("/docs")
    script, style = await client.get("/docs/page.js"), await client.get("/docs/page.css")

    assert [path for path in document["paths"] if f"<code>{path}</code>" not in page.text] == []
    loads = ('src="http', 'href="http', "@import", "url(")
    assert [mark for mark in loads if mark in page.text + script.text + style.text] == []
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert [script.headers["content-type"], style.headers["content-type"]] == [
        "text/javascript; charset=utf-8",
        "text/css; charset=utf-8",
    ]
