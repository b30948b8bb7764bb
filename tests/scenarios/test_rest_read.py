"""Reading what was submitted, what was answered, and the forms."""

from decimal import Decimal

import httpx2
import pytest

from server.content.typed import parse
from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.scenarios.conftest import FHIR_JSON, MakeClient
from tests.scenarios.follow import without_addresses


async def submit(client: httpx2.AsyncClient, bundle: json.Json) -> json.Json:
    response = await client.post("/fhir/Claim/$submit", content=json.write(bundle), headers=FHIR_JSON)
    assert response.status_code == 200, response.text
    return json.read(response.content)


async def test_a_claim_response_is_read_as_it_was_answered(client: httpx2.AsyncClient) -> None:
    answered = (await submit(client, a_request_bundle()))["entry"][0]

    response = await client.get(answered["fullUrl"])

    read = json.read(response.content)
    parse(response.json())
    version = read["meta"].pop("versionId")
    assert read["meta"].pop("lastUpdated") == "2026-11-20T15:00:00.000Z"
    assert without_addresses(read) == without_addresses(answered["resource"])
    assert response.headers["etag"] == f'W/"{version}"'
    assert response.headers["last-modified"] == "Fri, 20 Nov 2026 15:00:00 GMT"


async def test_a_claim_keeps_exact_decimals_and_unknown_elements(make_client: MakeClient) -> None:
    client = await make_client(validation="off", self_check="off")
    # Given a Claim with a decimal that has a last zero, and with elements that no profile knows
    item = an_item(quantity={"value": Decimal("3.50")}, unitPrice={"value": Decimal("100.50"), "currency": "USD"})
    claim = a_claim(item, madeUp={"kept": [Decimal("1.0"), None, True]})
    await submit(client, a_request_bundle(claim))
    found = json.read((await client.get("/fhir/Claim")).content)["entry"][0]

    # When it is read under our id
    response = await client.get(found["fullUrl"])

    # Then everything is as it was sent, but for the id, the meta and the addresses that are ours
    read = json.read(response.content)
    ours = {"id": read.pop("id"), "meta": read.pop("meta")}
    expected = {name: value for name, value in claim.items() if name != "id"}
    assert repr(sorted(without_addresses(read).items())) == repr(sorted(without_addresses(expected).items()))
    assert b"100.50" in response.content
    assert found["fullUrl"] == f"http://passage.test/fhir/Claim/{ours['id']}"
    assert sorted(ours["meta"]) == ["lastUpdated", "versionId"]


@pytest.mark.parametrize("path", ["/fhir/Questionnaire", "/fhir/Library", "/fhir/ValueSet"])
async def test_every_form_resource_is_read_by_its_id(client: httpx2.AsyncClient, path: str) -> None:
    listed = json.read((await client.get(path)).content)["entry"]

    read = [json.read((await client.get(entry["fullUrl"])).content) for entry in listed]

    assert read == [entry["resource"] for entry in listed]
    assert len(read) > 0
    for resource in read:
        parse(resource)


async def test_a_client_that_has_the_version_is_told_so(client: httpx2.AsyncClient) -> None:
    path = (await submit(client, a_request_bundle()))["entry"][0]["fullUrl"]
    etag = (await client.get(path)).headers["etag"]

    same = await client.get(path, headers={"If-None-Match": f'W/"other", {etag}'})
    other = await client.get(path, headers={"If-None-Match": 'W/"other"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", etag)
    assert other.status_code == 200


async def test_head_gives_the_head_of_get(client: httpx2.AsyncClient) -> None:
    path = (await submit(client, a_request_bundle()))["entry"][0]["fullUrl"]
    got = await client.get(path, headers={"Accept-Encoding": "identity"})

    head = await client.head(path, headers={"Accept-Encoding": "identity"})

    same = ("content-type", "content-length", "etag", "last-modified", "cache-control")
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in same} == {name: got.headers[name] for name in same}


async def test_an_answer_is_compressed_for_a_client_that_asks(client: httpx2.AsyncClient) -> None:
    plain = await client.get("/fhir/Questionnaire", headers={"Accept-Encoding": "identity"})

    packed = await client.get("/fhir/Questionnaire", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    refused = await client.get("/fhir/Questionnaire", headers={"Accept-Encoding": "gzip;q=0"})

    assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
    assert "content-encoding" not in refused.headers


async def test_plain_json_is_written_for_a_client_that_asks_for_it(client: httpx2.AsyncClient) -> None:
    response = await client.get("/fhir/Questionnaire", headers={"Accept": "application/json"})

    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
