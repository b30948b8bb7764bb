"""Bodies that no operation and no hook takes in: refused with one OperationOutcome, nothing stored, still serving."""

import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from server.content.typed import parse
from server.fhir import json
from tests.builders.claims import a_request_bundle
from tests.builders.forms import a_package_request, an_order
from tests.builders.hooks import a_hook_call
from tests.scenarios.conftest import MakeClient

Stored = Callable[[], dict[str, int]]

SUBMIT, PACKAGE, HOOK = (
    "/fhir/Claim/$submit",
    "/fhir/Questionnaire/$questionnaire-package",
    "/cds-services/order-sign-crd",
)
PATHS = [SUBMIT, PACKAGE, HOOK]
VALID: dict[str, Callable[[], Any]] = {
    SUBMIT: a_request_bundle,
    PACKAGE: lambda: a_package_request(an_order()),
    HOOK: a_hook_call,
}
LIMIT = 100_000


def valid(path: str) -> bytes:
    """A body that the path answers."""
    return json.write(VALID[path]())


def spoiled(path: str, inside: bytes) -> bytes:
    """A valid body with one more element, written as it stands."""
    return valid(path)[:-1] + b',"extra":' + inside + b"}"


NOT_READ: dict[str, Callable[[str], bytes]] = {
    "empty": lambda path: b"",
    "only space": lambda path: b" \n",
    "not JSON": lambda path: b"this is no JSON",
    "broken off": lambda path: valid(path)[:-20],
    "more after the end": lambda path: valid(path) + b"{}",
    "key twice": lambda path: spoiled(path, b'{"a":1,"a":2}'),
    "key twice at the top": lambda path: valid(path)[:-1] + b',"resourceType":"Bundle","resourceType":"Bundle"}',
    "NaN": lambda path: spoiled(path, b"NaN"),
    "Infinity": lambda path: spoiled(path, b"-Infinity"),
    "number with a huge exponent": lambda path: spoiled(path, b"1e999999999999999999999"),
    "number of 5000 digits": lambda path: spoiled(path, b"1" * 5000),
    "decimal of 60 digits": lambda path: spoiled(path, b"0." + b"1" * 60),
    "invalid UTF-8": lambda path: spoiled(path, b'"\xff\xfe"'),
    "surrogate in UTF-8": lambda path: spoiled(path, b'"\xed\xa0\x80"'),
    "lone surrogate": lambda path: spoiled(path, b'"\\ud800"'),
    "U+0000": lambda path: spoiled(path, b'"\\u0000"'),
    "byte order mark": lambda path: b"\xef\xbb\xbf" + valid(path),
    "UTF-16": lambda path: valid(path).decode().encode("utf-16"),
    "10,000 objects in one another": lambda path: spoiled(path, b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "10,000 lists in one another": lambda path: spoiled(path, b"[" * 10_000 + b"]" * 10_000),
    "101 lists in one another": lambda path: spoiled(path, b"[" * 101 + b"]" * 101),
    "a list": lambda path: b"[" + valid(path) + b"]",
    "a text": lambda path: b'"Bundle"',
    "a number": lambda path: b"1",
    "null": lambda path: b"null",
    "an empty object": lambda path: b"{}",
}

OF_ANOTHER_TYPE = {
    "resourceType missing": {"type": "collection"},
    "resourceType of another resource": {"resourceType": "Patient"},
    "resourceType that FHIR has not": {"resourceType": "Nonsense"},
    "resourceType in lower case": {"resourceType": "bundle"},
    "resourceType that is no text": {"resourceType": 7},
    "resourceType that is a list": {"resourceType": ["Bundle"]},
}


def media_type(path: str) -> dict[str, str]:
    """The Content-Type of the path's own standard."""
    return {"Content-Type": "application/json" if path == HOOK else "application/fhir+json"}


async def refused(client: httpx2.AsyncClient, stored: Stored, path: str, **request: Any) -> tuple[int, str]:
    """Status and issue code of a refusal, once it is seen to be one OperationOutcome with nothing stored."""
    before = stored()
    response = await client.post(path, **request)
    outcome = response.json()
    assert (outcome["resourceType"], outcome["id"]) == ("OperationOutcome", response.headers["x-request-id"])
    parse(outcome)
    assert {(issue["severity"], bool(issue["diagnostics"])) for issue in outcome["issue"]} == {("error", True)}
    assert stored() == before
    still = await client.post(path, content=valid(path), headers=media_type(path))
    assert still.status_code == 200
    return response.status_code, outcome["issue"][0]["code"]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-11")
@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-11")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@hook-10")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", NOT_READ.values(), ids=NOT_READ)
async def test_refuses_a_body(
    client: httpx2.AsyncClient, stored: Stored, path: str, body: Callable[[str], bytes]
) -> None:
    status, _ = await refused(client, stored, path, content=body(path), headers=media_type(path))

    assert status == 400


@pytest.mark.parametrize("path", [SUBMIT, PACKAGE])
@pytest.mark.parametrize("resource", OF_ANOTHER_TYPE.values(), ids=OF_ANOTHER_TYPE)
async def test_refuses_a_resource_of_another_type(
    client: httpx2.AsyncClient, stored: Stored, path: str, resource: Any
) -> None:
    body = json.write({**VALID[path](), **resource} if "resourceType" in resource else resource)

    status, code = await refused(client, stored, path, content=body, headers=media_type(path))

    assert status == 400
    assert code in {"structure", "required", "invalid", "value", "not-supported"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/fhir+xml",
        "application/json; charset=latin-1",
        "application/x-www-form-urlencoded",
    ],
)
async def test_refuses_another_content_type(
    client: httpx2.AsyncClient, stored: Stored, path: str, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}

    assert await refused(client, stored, path, content=valid(path), headers=headers) == (415, "not-supported")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/html", "application/json;q=0"])
async def test_refuses_to_answer_in_another_type(
    client: httpx2.AsyncClient, stored: Stored, path: str, accept: str
) -> None:
    headers = {**media_type(path), "Accept": accept}

    assert await refused(client, stored, path, content=valid(path), headers=headers) == (406, "not-supported")


@pytest.mark.parametrize("path", PATHS)
async def test_refuses_an_unknown_content_encoding(client: httpx2.AsyncClient, stored: Stored, path: str) -> None:
    headers = {**media_type(path), "Content-Encoding": "br"}

    assert await refused(client, stored, path, content=valid(path), headers=headers) == (415, "not-supported")


@pytest.mark.parametrize("path", PATHS)
async def test_answers_a_compressed_body(client: httpx2.AsyncClient, path: str) -> None:
    headers = {**media_type(path), "Content-Encoding": "gzip"}

    response = await client.post(path, content=gzip.compress(valid(path)), headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_refuses_a_bomb_without_unpacking_it(make_client: MakeClient, stored: Stored, path: str) -> None:
    client = await make_client(max_body_bytes=LIMIT)
    bomb = gzip.compress(b'{"a":"' + b" " * 50_000_000)

    headers = {**media_type(path), "Content-Encoding": "gzip"}
    assert len(bomb) < LIMIT
    assert await refused(client, stored, path, content=bomb, headers=headers) == (413, "too-long")


@pytest.mark.parametrize("path", PATHS)
async def test_refuses_a_body_over_the_limit_while_it_streams(
    make_client: MakeClient, stored: Stored, path: str
) -> None:
    client = await make_client(max_body_bytes=LIMIT)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * LIMIT:
            sent += 10_000
            yield b" " * 10_000

    assert await refused(client, stored, path, content=endless(), headers=media_type(path)) == (413, "too-long")
    assert sent <= 2 * LIMIT + 20_000  # the answer goes out at the limit; as much again is dropped after it


@pytest.mark.parametrize("path", PATHS)
async def test_takes_a_body_at_the_limit(make_client: MakeClient, path: str) -> None:
    client = await make_client(max_body_bytes=LIMIT)

    response = await client.post(path, content=valid(path).ljust(LIMIT), headers=media_type(path))

    assert response.status_code == 200
