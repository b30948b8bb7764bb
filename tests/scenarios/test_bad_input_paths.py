"""Paths, methods and search parameters that nothing serves: each is told apart, and none reaches the store."""

import httpx2
import pytest

from tests.scenarios.conftest import FHIR_JSON

PATHS = [
    ("GET", "/fhir/Claim/none", 404, "not-found"),
    ("GET", "/fhir/Questionnaire/none", 404, "not-found"),
    ("GET", "/fhir/Claim/" + "a" * 65, 404, "not-found"),
    ("GET", "/fhir/Claim/a%20b", 404, "not-found"),
    ("GET", "/fhir/Claim/1/_history/1", 404, "not-found"),
    ("GET", "/fhir/Claim/..%2fmetadata", 404, "not-found"),
    ("GET", "/fhir/Nonsense", 404, "not-supported"),
    ("GET", "/fhir/Nonsense/1", 404, "not-supported"),
    ("GET", "/fhir/Patient/1", 404, "not-found"),
    ("GET", "/fhir", 404, "not-supported"),
    ("GET", "/fhir/", 404, "not-supported"),
    ("POST", "/fhir", 404, "not-supported"),
    ("POST", "/fhir/Claim/$nonsense", 404, "not-supported"),
    ("POST", "/fhir/$submit", 404, "not-supported"),
    ("POST", "/fhir/Claim/1/$submit", 404, "not-found"),
    ("POST", "/fhir/Patient/$submit", 404, "not-supported"),
    ("GET", "/fhir/Claim/$submit", 405, "not-supported"),
    ("PUT", "/fhir/Claim/$submit", 405, "not-supported"),
    ("POST", "/fhir/Claim", 405, "not-supported"),
    ("PUT", "/fhir/Claim/1", 405, "not-supported"),
    ("PATCH", "/fhir/Claim/1", 405, "not-supported"),
    ("DELETE", "/fhir/ClaimResponse/1", 405, "not-supported"),
    ("GET", "/fhir/Claim/_search", 405, "not-supported"),
    ("POST", "/fhir/metadata", 405, "not-supported"),
    ("POST", "/cds-services", 405, "not-supported"),
    ("DELETE", "/cds-services/order-sign-crd", 405, "not-supported"),
    ("BREW", "/fhir/Claim", 405, "not-supported"),
]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"), PATHS, ids=[f"{each[0]} {each[1][:40]}" for each in PATHS]
)
async def test_refuses_what_is_not_served(
    client: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path, content=b"{}", headers=FHIR_JSON)

    outcome = response.json()
    assert response.status_code == status
    assert (outcome["resourceType"], [issue["code"] for issue in outcome["issue"]]) == ("OperationOutcome", [code])
    assert (status == 405) == ("allow" in response.headers)


async def test_an_unknown_hook_is_not_found(client: httpx2.AsyncClient) -> None:
    response = await client.post("/cds-services/none", content=b"{}", headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["resourceType"]) == (404, "OperationOutcome")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/fhir/Claim", "GET, HEAD, OPTIONS"),
        ("/fhir/Claim/_search", "OPTIONS, POST"),
        ("/fhir/Claim/$submit", "OPTIONS, POST"),
        ("/fhir/Claim/1", "GET, HEAD, OPTIONS"),
        ("/cds-services", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
    ],
)
async def test_options_and_405_name_the_same_methods(client: httpx2.AsyncClient, path: str, allow: str) -> None:
    options, wrong = await client.options(path), await client.delete(path)

    assert (options.status_code, options.headers["allow"]) == (204, allow)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/fhir/Claim/$submit", "/cds-services/order-sign-crd", "/cds-services"])
async def test_a_browser_of_another_origin_may_call(client: httpx2.AsyncClient, path: str) -> None:
    asked = {"Origin": "https://ehr.example", "Access-Control-Request-Method": "POST"}

    preflight = await client.options(path, headers=asked)
    answer = await client.get(path, headers={"Origin": "https://ehr.example"})

    allowed = {name: preflight.headers[f"access-control-allow-{name}"] for name in ("origin", "methods", "headers")}
    assert (preflight.status_code, allowed) == (
        204,
        {
            "origin": "*",
            "methods": "GET, POST, PUT, DELETE, OPTIONS",
            "headers": "Accept, Authorization, Content-Type, If-None-Match, Prefer, X-Request-Id",
        },
    )
    assert answer.headers["access-control-allow-origin"] == "*"


MALFORMED = [
    "created=2026-02-30",
    "created=2026-13-01",
    "created=yesterday",
    "created=xx2026",
    "created=",
    "created=2026-01-01,",
    "created=2026-01-01T10:00",
    "created:missing=true",
    "identifier=",
    "identifier=|",
    "identifier=a|b|c",
    "identifier=a,,b",
    "identifier=a\\",
    "identifier:not=a",
    "patient.name=a",
    "patient:nonsense=a",
    "status:exact=active",
    "_id=a%20b",
    "_id=",
    "_count=-1",
    "_count=many",
    "_count=1.5",
    "_count=",
    "_summary=everything",
    "_total=some",
    "_cursor=nonsense",
    "_cursor=",
    "identifier=%ff",
    "identifier=" + ",".join("a" * 51),
    "&".join(["status=active"] * 101),
]


@pytest.mark.parametrize("query", MALFORMED, ids=[query[:30] for query in MALFORMED])
async def test_refuses_a_malformed_search(client: httpx2.AsyncClient, query: str) -> None:
    by_get = await client.get(f"/fhir/Claim?{query}")
    by_post = await client.post(
        "/fhir/Claim/_search", content=query.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    for response in (by_get, by_post):
        outcome = response.json()
        assert (response.status_code, outcome["resourceType"], len(outcome["issue"])) == (400, "OperationOutcome", 1)


@pytest.mark.parametrize("value", ["xml", "application/fhir+xml", "html", ""])
async def test_refuses_a_format_that_is_not_written(client: httpx2.AsyncClient, value: str) -> None:
    response = await client.get(f"/fhir/Claim?_format={value}")

    assert (response.status_code, response.json()["resourceType"]) == (406, "OperationOutcome")


async def test_a_search_by_post_is_a_form(client: httpx2.AsyncClient) -> None:
    response = await client.post("/fhir/Claim/_search", content=b"{}", headers=FHIR_JSON)

    assert (response.status_code, response.json()["issue"][0]["code"]) == (415, "not-supported")
