"""Patients, coverages and providers that Claims brought: read and searched, though nothing indexed them."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from server.fhir import json
from server.rest.brought_source import BroughtSource
from server.rest.search import Search
from server.settings import Settings
from server.storage.connect import connect
from tests.builders.claims import MEMBER, a_claim, a_request_bundle, an_item, an_organization
from tests.builders.inquiries import BEFORE, CURRENT
from tests.builders.submit import send
from tests.builders.updates import an_update
from tests.scenarios.conftest import FHIR_JSON, NOW

Json = Any
NPI = "http://hl7.org/fhir/sid/us-npi"


async def search(client: httpx2.AsyncClient, query: str, base: str = CURRENT) -> Json:
    """The Bundle that answers a search."""
    response = await client.get(f"{base}/{query}")
    assert response.status_code == 200, response.text
    return json.read(response.content)


def ids(bundle: Json) -> list[str]:
    """The ids of the matches, in their order."""
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def numbered(number: int, member: str = "PSG-1003") -> Json:
    """A request of its own Bundle and provider."""
    identifier = {"system": "https://ehr.example/bundles", "value": f"BDL-{number}"}
    provider = an_organization("provider-1", f"818999123{number}", f"Clinic {number}")
    return a_request_bundle(a_claim(an_item()), member=member, identifier=identifier, provider=provider)


async def send_all(client: httpx2.AsyncClient, *bundles: Json) -> None:
    """Submits each."""
    for bundle in bundles:
        assert (await send(client, bundle)).status_code == 200


FOUND = [
    ("Patient", "PSG-1003", 1),
    ("Patient", f"{MEMBER}|PSG-1003", 1),
    ("Coverage", "PSG-1003", 1),
    ("Coverage", f"{MEMBER}|PSG-1003,nobody", 1),
    ("Organization", "8189991232", 1),
    ("Organization", f"{NPI}|8189991232", 1),
    ("Organization", "1234567893", 3),
    ("Organization", "8189991231,8189991232", 2),
    ("Organization", f"{NPI}|", 6),
    ("Organization", "PSG-1003", 0),
    ("Organization", "http://other.example|8189991232", 0),
    ("Organization", "|8189991232", 0),
    ("Practitioner", "8189991232", 0),
]


@pytest.mark.parametrize(("type", "identifier", "number"), FOUND)
async def test_they_are_found_by_an_identifier(
    client: httpx2.AsyncClient, type: str, identifier: str, number: int
) -> None:
    await send_all(client, numbered(1), numbered(2, "PSG-1001"), numbered(3, "PSG-1002"))

    bundle = await search(client, f"{type}?identifier={identifier}")

    value = identifier.split(",")[0].split("|")[-1]
    assert (bundle["total"], len(set(ids(bundle)))) == (number, number)
    assert all(value in json.write(entry["resource"]).decode() for entry in bundle.get("entry", ())[:1])


async def test_a_found_one_is_read_under_its_address_on_both_bases(client: httpx2.AsyncClient) -> None:
    await send_all(client, numbered(1))
    [found] = (await search(client, "Patient?identifier=PSG-1003"))["entry"]

    read = json.read((await client.get(found["fullUrl"])).content)
    before = json.read((await client.get(f"{BEFORE}/Patient/{found['resource']['id']}")).content)
    by_id = await search(client, f"Patient?_id={found['resource']['id']},nobody")

    assert found["fullUrl"] == f"http://passage.test/fhir/Patient/{found['resource']['id']}"
    assert read == before == found["resource"]
    assert (by_id["total"], ids(by_id)) == (1, [read["id"]])
    assert "PSG-1003" in [each["value"] for each in read["identifier"]]


async def test_pages_give_each_once_and_no_more_than_was_asked_for(client: httpx2.AsyncClient) -> None:
    # Given five Claims, each with two Organizations
    await send_all(client, *(numbered(number) for number in range(1, 6)))
    everything = ids(await search(client, "Organization"))

    # When they are read three at a time, by the links
    pages = [await search(client, "Organization?_count=3")]
    while link := next((each["url"] for each in pages[-1]["link"] if each["relation"] == "next"), None):
        pages.append(await search(client, link.removeprefix("http://passage.test/fhir/")))

    # Then the pages hold all of them, in order and once, and none claims to know how many there are before the end
    assert [len(ids(page)) for page in pages] == [3, 3, 3, 1]
    assert [id for page in pages for id in ids(page)] == everything
    assert len(set(everything)) == 10
    assert ["total" in page for page in pages] == [False, False, False, False]


async def test_a_page_that_looked_long_enough_ends_and_leads_on(
    client: httpx2.AsyncClient, app_settings: Settings
) -> None:
    # Given three Claims of which the last names somebody, and a source whose pages look into one Claim each
    await send_all(client, numbered(1), numbered(2), numbered(3))
    url = app_settings.store_url.get_secret_value()
    store = connect(url, mongodb_driver=app_settings.mongodb_driver, clock=lambda: NOW)
    await store.start()
    source = BroughtSource(store, {"Organization"}, most_claims=1)
    wanted = Search("Organization", terms=(frozenset({"identifier=8189991233", f"identifier={NPI}|"}),))

    # When it is asked until it knows of no more
    pages = [await source.search(wanted)]
    while pages[-1].after:
        pages.append(await source.search(replace(wanted, after=pages[-1].after)))
    await store.close()

    # Then each page holds what its Claim brought
    assert [len(page.instances) for page in pages] == [2, 2, 2]
    assert [page.total for page in pages] == [None, None, None]


async def test_the_number_alone_is_told(client: httpx2.AsyncClient) -> None:
    await send_all(client, numbered(1), numbered(2))

    counted = await search(client, "Organization?_summary=count&identifier=1234567893")

    assert (counted["total"], ids(counted)) == (2, [])


async def test_what_an_update_brings_again_is_one(client: httpx2.AsyncClient) -> None:
    await send_all(client, a_request_bundle(a_claim(an_item())), an_update(an_item(), an_item(sequence=2)))

    found = [await search(client, f"{type}?identifier=PSG-1003") for type in ("Patient", "Coverage")]

    assert [(each["total"], len(ids(each))) for each in found] == [(1, 1), (1, 1)]


@pytest.mark.parametrize(
    "path",
    [
        "Patient/nobody",
        "Patient/00000000-0000-0000-0000-00000000ffff.0123456789abcdef0123",
        "Patient/{claim}.0123456789abcdef0123",
        "Coverage/{patient}",
        "Claim/{patient}",
    ],
)
async def test_an_id_that_names_nothing_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    await send_all(client, numbered(1))
    [patient], [claim] = ids(await search(client, "Patient")), ids(await search(client, "Claim"))

    response = await client.get(f"/fhir/{path.format(patient=patient, claim=claim)}")

    assert (response.status_code, response.json()["issue"][0]["code"]) == (404, "not-found")


async def test_a_client_that_has_the_version_is_told_so(client: httpx2.AsyncClient) -> None:
    await send_all(client, numbered(1))
    [found] = (await search(client, "Coverage"))["entry"]
    etag = (await client.get(found["fullUrl"])).headers["etag"]

    again = await client.get(found["fullUrl"], headers={**FHIR_JSON, "If-None-Match": etag})

    assert (again.status_code, again.content) == (304, b"")


async def test_a_place_that_no_page_ended_at_gives_what_comes_after_it(client: httpx2.AsyncClient) -> None:
    # Given the cursor of another search, whose place is not among the Claims
    await send_all(client, numbered(1), numbered(2))
    page = await search(client, "Bundle?_count=1")
    cursor = next(each["url"] for each in page["link"] if each["relation"] == "next").partition("_cursor=")[2]

    found = await search(client, f"Organization?_cursor={cursor}")

    assert set(ids(found)) <= set(ids(await search(client, "Organization")))
