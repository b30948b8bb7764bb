"""Every kind of declaration is served, refused, described and told as it says."""

from datetime import UTC, datetime

import httpx2
import pytest
from fastapi import FastAPI

from server.fhir import json
from server.fhir.json import Json
from server.rest.metadata import capability_statement
from server.web.boundary import ErrorBoundary
from server.web.declare import FhirAnswer, FhirFeature, FhirRequest, Operation, ResourceAccess, SearchParameter
from server.web.fhir_base import FhirBase
from server.web.openapi import openapi_document

FHIR_JSON = {"Content-Type": "application/fhir+json"}
TOPIC = {"url": "http://payer.example/topic", "valueCanonical": "http://payer.example/decided"}


async def _echo(request: FhirRequest) -> FhirAnswer:
    said: Json = {"id": request.id, "resource": request.resource, "query": [list(pair) for pair in request.query]}
    return FhirAnswer(json.write(said))


async def _created(request: FhirRequest) -> FhirAnswer:
    return FhirAnswer(request.body, 201, (("Location", f"{request.base}/Subscription/7"),))


async def _deleted(_: FhirRequest) -> FhirAnswer:
    return FhirAnswer(b"", 204)


FEATURE = FhirFeature(
    operations=(
        Operation(
            type="Subscription",
            name="status",
            definition="http://payer.example/OperationDefinition/status",
            summary="How it goes.",
            handle=_echo,
            levels=("type", "instance"),
            methods=("GET", "POST"),
            parameters=(SearchParameter("status", "token", "The state"),),
        ),
        Operation(
            type="",
            name="submit-attachment",
            definition="http://payer.example/OperationDefinition/submit-attachment",
            summary="Takes documents.",
            handle=_echo,
            levels=("system",),
        ),
    ),
    resources=(
        ResourceAccess(
            "Subscription",
            read=_echo,
            search=_echo,
            create=_created,
            update=_echo,
            delete=_deleted,
            extensions=(TOPIC,),
        ),
    ),
)


@pytest.fixture
def transport() -> httpx2.ASGITransport:
    base = FhirBase(
        FastAPI(),
        path="/fhir",
        features=[FEATURE],
        metadata=_echo,
        clock=lambda: datetime(2026, 11, 20, 15, 0, tzinfo=UTC),
        base_url=None,
    )
    return httpx2.ASGITransport(app=ErrorBoundary(base, linger_bytes=0))


@pytest.fixture
def client(transport: httpx2.ASGITransport) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=transport, base_url="http://payer.test", headers=FHIR_JSON)


async def test_an_operation_of_an_instance_is_given_the_id(client: httpx2.AsyncClient) -> None:
    by_get = await client.get("/fhir/Subscription/7/$status")
    by_post = await client.post("/fhir/Subscription/8/$status", content=b'{"resourceType":"Parameters"}')

    assert by_get.json() == {"id": "7", "resource": None, "query": []}
    assert by_post.json() == {"id": "8", "resource": {"resourceType": "Parameters"}, "query": []}


async def test_an_operation_by_get_is_given_the_query(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/fhir/Subscription/$status?status=active")

    assert answer.json() == {"id": None, "resource": None, "query": [["status", "active"]]}


async def test_an_operation_that_needs_no_parameters_takes_an_empty_post(transport: httpx2.ASGITransport) -> None:
    plain = httpx2.AsyncClient(transport=transport, base_url="http://payer.test")

    answer = await plain.post("/fhir/Subscription/7/$status")

    assert answer.json() == {"id": "7", "resource": None, "query": []}


async def test_an_operation_of_the_system_has_no_type(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/fhir/$submit-attachment", content=b'{"resourceType":"Parameters"}')
    by_get = await client.get("/fhir/$submit-attachment")

    assert answer.json() == {"id": None, "resource": {"resourceType": "Parameters"}, "query": []}
    assert (by_get.status_code, by_get.headers["allow"]) == (405, "OPTIONS, POST")


async def test_a_resource_is_created_at_the_place_that_the_feature_says(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/fhir/Subscription", content=b'{"resourceType":"Subscription"}')

    assert (answer.status_code, answer.headers["location"]) == (201, "http://payer.test/fhir/Subscription/7")


async def test_a_resource_is_updated_under_its_id(client: httpx2.AsyncClient) -> None:
    answer = await client.put("/fhir/Subscription/7", content=b'{"resourceType":"Subscription","id":"7"}')

    assert answer.json() == {"id": "7", "resource": {"resourceType": "Subscription", "id": "7"}, "query": []}


async def test_a_resource_is_deleted(client: httpx2.AsyncClient) -> None:
    answer = await client.delete("/fhir/Subscription/7")

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/fhir/Subscription", b'{"resourceType":"Patient"}', "structure"),
        ("POST", "/fhir/Subscription", b"[]", "structure"),
        ("PUT", "/fhir/Subscription/7", b'{"resourceType":"Subscription"}', "invalid"),
        ("PUT", "/fhir/Subscription/7", b'{"resourceType":"Subscription","id":"8"}', "invalid"),
    ],
)
async def test_a_resource_that_its_address_does_not_name_is_refused(
    client: httpx2.AsyncClient, method: str, path: str, body: bytes, code: str
) -> None:
    answer = await client.request(method, path, content=body)

    assert answer.status_code == 400
    assert [issue["code"] for issue in answer.json()["issue"]] == [code]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/fhir/Subscription", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/fhir/Subscription/7", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("DELETE", "/fhir/Subscription/7/$status", "GET, HEAD, OPTIONS, POST"),
    ],
)
async def test_another_method_is_told_what_is_served(
    client: httpx2.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await client.request(method, path, content=b"{}")

    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/fhir/Subscription/7/8", "/fhir/Subscription//$status", "/fhir/Subscription/7/$no"])
async def test_nothing_else_is_there(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_the_statement_tells_all_of_it() -> None:
    statement = capability_statement([FEATURE], "http://payer.test/fhir", "1.0")

    rest = statement["rest"][0]
    assert rest["operation"] == [
        {"name": "submit-attachment", "definition": "http://payer.example/OperationDefinition/submit-attachment"}
    ]
    assert rest["resource"] == [
        {
            "extension": [TOPIC],
            "type": "Subscription",
            "interaction": [{"code": code} for code in ("create", "read", "update", "delete", "search-type")],
            "conditionalRead": "not-match",
            "operation": [{"name": "status", "definition": "http://payer.example/OperationDefinition/status"}],
        }
    ]


def test_the_api_reference_tells_all_of_it() -> None:
    document = openapi_document(FastAPI(), {"/fhir": [FEATURE]})

    assert {path: sorted(methods) for path, methods in document["paths"].items()} == {
        "/fhir/metadata": ["get"],
        "/fhir/$submit-attachment": ["post"],
        "/fhir/Subscription": ["get", "post"],
        "/fhir/Subscription/_search": ["post"],
        "/fhir/Subscription/{id}": ["delete", "get", "put"],
        "/fhir/Subscription/$status": ["get", "post"],
        "/fhir/Subscription/{id}/$status": ["get", "post"],
    }
    by_get = document["paths"]["/fhir/Subscription/{id}/$status"]["get"]
    assert [parameter["name"] for parameter in by_get["parameters"]] == ["id", "status"]
