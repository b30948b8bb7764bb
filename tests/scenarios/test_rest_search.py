"""Searching by every declared parameter, page by page."""

from typing import Any

import httpx2
import pytest

from server.content.typed import parse
from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle
from tests.scenarios.conftest import FHIR_JSON, MakeClient

MRN = "https://ehr.example/mrn"


async def submit(client: httpx2.AsyncClient, number: int, created: str, **changes: Any) -> None:
    identifier = [{"system": "https://ehr.example/claims", "value": f"CLM-{number}"}]
    claim = a_claim(identifier=identifier, created=created)
    bundle = a_request_bundle(claim, identifier={"system": "https://ehr.example/b", "value": f"B-{number}"}, **changes)
    response = await client.post("/fhir/Claim/$submit", content=json.write(bundle), headers=FHIR_JSON)
    assert response.status_code == 200, response.text


@pytest.fixture
async def three(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A client of a server with three Claims, of three days and two members."""
    await submit(client, 1, "2026-11-18")
    await submit(client, 2, "2026-11-19T23:30:00-05:00", member="PSG-1004")
    await submit(client, 3, "2026-11-20")
    return client


async def found(client: httpx2.AsyncClient, query: str, type: str = "Claim") -> list[str]:
    """The numbers of what a search finds, in its order."""
    response = await client.get(f"/fhir/{type}?{query}", headers={"Prefer": "handling=strict"})
    assert response.status_code == 200, response.text
    bundle = response.json()
    entries = bundle.get("entry", [])
    assert bundle["total"] == len(entries)
    return sorted(entry["resource"]["identifier"][0]["value"].removeprefix("CLM-") for entry in entries)


SEARCHES = {
    "": "123",
    "identifier=CLM-2": "2",
    "identifier=https://ehr.example/claims|CLM-2": "2",
    "identifier=https://ehr.example/claims|": "123",
    "identifier=https://other.example|CLM-2": "",
    "identifier=|CLM-2": "",
    "identifier=CLM-1,CLM-3": "13",
    "identifier=CLM-1&identifier=CLM-3": "",
    "identifier=CLM\\,1": "",
    "patient=patient-1": "123",
    "patient=Patient/patient-1": "123",
    "patient:Patient=patient-1": "123",
    "patient=https://ehr.example/fhir/Patient/patient-1": "123",
    "patient=Patient/patient-2": "",
    "patient:identifier=https://passage.example/member|PSG-1004": "2",
    f"patient:identifier={MRN}|MRN-77": "123",
    "status=active": "123",
    "status=http://hl7.org/fhir/fm-status|active": "123",
    "status=http://hl7.org/fhir/fm-status|": "123",
    "status=http://hl7.org/fhir/fm-status|cancelled": "",
    "status=http://hl7.org/fhir/fm-status|cancelled,active": "123",
    "status=http://hl7.org/fhir/request-status|active": "",
    "status=|active": "",
    "use=http://hl7.org/fhir/claim-use|preauthorization": "123",
    "status=cancelled": "",
    "use=preauthorization": "123",
    "created=2026-11-18": "1",
    "created=2026-11": "123",
    "created=eq2026-11-20": "23",
    "created=ge2026-11-20": "23",
    "created=gt2026-11-18": "23",
    "created=lt2026-11-20": "1",
    "created=le2026-11-18": "1",
    "created=ne2026-11-18": "23",
    "created=sa2026-11-18": "23",
    "created=eb2026-11-20": "1",
    "created=ap2026-11-18": "1",
    "created=2026-11-18,2026-11-20T04:30:00Z": "12",
    "created=ge2026-11-18&created=le2026-11-19": "1",
    "created=gt2026-11-18&identifier=CLM-1,CLM-3": "3",
    "_id=none": "",
    "_sort=_lastUpdated&_count=10": "123",
}


@pytest.mark.parametrize(("query", "expected"), SEARCHES.items(), ids=[query or "all" for query in SEARCHES])
async def test_finds_claims(three: httpx2.AsyncClient, query: str, expected: str) -> None:
    assert "".join(await found(three, query)) == expected


RESPONSE_SEARCHES = {
    "outcome=complete": "123",
    "outcome=error": "",
    "patient:identifier=PSG-1004": "2",
    "created=2026-11-20": "123",
    "identifier=CLM-3&status=active&use=preauthorization": "3",
    "request=https://ehr.example/fhir/Claim/claim-1": "123",
    "request=Claim/other": "",
}


@pytest.mark.parametrize(("query", "expected"), RESPONSE_SEARCHES.items(), ids=list(RESPONSE_SEARCHES))
async def test_finds_claim_responses(three: httpx2.AsyncClient, query: str, expected: str) -> None:
    assert "".join(await found(three, query, "ClaimResponse")) == expected


async def test_finds_by_ids(three: httpx2.AsyncClient) -> None:
    entries = (await three.get("/fhir/Claim")).json()["entry"]
    first, second = entries[0]["resource"], entries[1]["resource"]

    numbers = await found(three, f"_id={first['id']},{second['id']},none&_id={second['id']}")

    assert numbers == [second["identifier"][0]["value"].removeprefix("CLM-")]


async def test_the_bundle_is_valid_and_its_entries_are_read_at_their_urls(three: httpx2.AsyncClient) -> None:
    response = await three.get("/fhir/Claim?patient=patient-1&_count=2")

    bundle = response.json()
    parse(bundle)
    assert (bundle["type"], bundle["total"]) == ("searchset", 3)
    assert [entry["search"] for entry in bundle["entry"]] == [{"mode": "match"}] * 2
    assert [(await three.get(entry["fullUrl"])).json() for entry in bundle["entry"]] == [
        entry["resource"] for entry in bundle["entry"]
    ]


async def pages(client: httpx2.AsyncClient, path: str) -> list[list[str]]:
    """The ids on each page, following `next`."""
    ids = []
    following: str | None = path
    while following:
        bundle = (await client.get(following)).json()
        ids.append([entry["resource"]["id"] for entry in bundle.get("entry", [])])
        following = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), None)
    return ids


async def test_pages_hold_everything_once_whatever_comes_in_between(three: httpx2.AsyncClient) -> None:
    # Given the first page of a search, and its next link
    everything = [entry["resource"]["id"] for entry in (await three.get("/fhir/Claim")).json()["entry"]]
    first = (await three.get("/fhir/Claim?status=active&_count=2")).json()
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")

    # When another Claim is stored before the link is followed
    await submit(three, 4, "2026-11-20")
    rest = await pages(three, following)

    # Then no Claim of the first search is missing or doubled
    ids = [entry["resource"]["id"] for entry in first["entry"]] + [id for page in rest for id in page]
    assert len(ids) == len(set(ids))
    assert set(everything) <= set(ids)


async def test_pages_of_one_give_each_match(three: httpx2.AsyncClient) -> None:
    everything = [entry["resource"]["id"] for entry in (await three.get("/fhir/Claim")).json()["entry"]]

    by_one = await pages(three, "/fhir/Claim?_count=1")

    assert by_one == [[id] for id in everything]


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
@pytest.mark.parametrize("type", ["Claim", "ValueSet"])
async def test_counts_alone(three: httpx2.AsyncClient, type: str, query: str) -> None:
    total = (await three.get(f"/fhir/{type}")).json()["total"]

    bundle = (await three.get(f"/fhir/{type}?{query}")).json()

    assert (bundle["total"], "entry" in bundle, [link["relation"] for link in bundle["link"]]) == (
        total,
        False,
        ["self"],
    )
    assert total > 1


async def test_the_total_is_left_out_for_a_client_that_does_not_need_it(three: httpx2.AsyncClient) -> None:
    bundle = (await three.get("/fhir/Claim?_total=none")).json()

    assert ("total" in bundle, len(bundle["entry"])) == (False, 3)


async def test_a_page_has_a_largest_size(three: httpx2.AsyncClient) -> None:
    response = await three.get("/fhir/Claim?_count=999999999")

    assert (response.status_code, len(response.json()["entry"])) == (200, 3)


async def test_a_search_by_post_is_the_same_search(three: httpx2.AsyncClient) -> None:
    by_get = (await three.get("/fhir/Claim?identifier=CLM-1,CLM-3&_count=1")).json()

    by_post = await three.post("/fhir/Claim/_search?_count=1", data={"identifier": "CLM-1,CLM-3"})

    bundle = by_post.json()
    assert (by_post.status_code, bundle["total"], bundle["entry"]) == (200, 2, by_get["entry"])
    following = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
    assert [entry["resource"]["identifier"][0]["value"] for entry in (await three.get(following)).json()["entry"]] == [
        "CLM-3"
    ]


async def test_the_self_link_shows_what_was_evaluated(three: httpx2.AsyncClient) -> None:
    bundle = (await three.get("/fhir/Claim?status=active&made-up=1&_include=Claim:patient")).json()

    assert bundle["link"] == [{"relation": "self", "url": "http://passage.test/fhir/Claim?status=active"}]
    assert bundle["total"] == 3


@pytest.mark.parametrize("query", ["made-up=1", "_include=Claim:patient", "_summary=true", "_sort=created"])
async def test_strict_handling_refuses_what_is_not_evaluated(three: httpx2.AsyncClient, query: str) -> None:
    response = await three.get(f"/fhir/Claim?{query}", headers={"Prefer": "handling=strict"})

    assert (response.status_code, [issue["code"] for issue in response.json()["issue"]]) == (400, ["not-supported"])


FORM = "https://passage.example/fhir/Questionnaire/home-oxygen"
FORM_SEARCHES = [
    ("Questionnaire", f"url={FORM}", 1),
    ("Questionnaire", f"url={FORM}|1.0.0", 1),
    ("Questionnaire", f"url={FORM}|9.9.9", 0),
    ("Questionnaire", f"url={FORM}&version=1.0.0&status=active", 1),
    ("Questionnaire", f"url={FORM}&status=http://hl7.org/fhir/publication-status|retired", 0),
    ("Questionnaire", "title=HOME", 1),
    ("Questionnaire", "title=oxygen", 0),
    ("Questionnaire", "date=gt2020&date=lt2099", 1),
    ("Questionnaire", "date=lt2020", 0),
    ("Questionnaire", "_id=home-oxygen,other", 1),
    ("Library", "name=home", 1),
    ("ValueSet", "_id=none", 0),
]


@pytest.mark.parametrize(("type", "query", "total"), FORM_SEARCHES)
async def test_finds_forms(client: httpx2.AsyncClient, type: str, query: str, total: int) -> None:
    bundle = (await client.get(f"/fhir/{type}?{query}", headers={"Prefer": "handling=strict"})).json()

    assert (bundle["total"], len(bundle.get("entry", []))) == (total, total)


async def test_pages_of_forms_give_each_once(client: httpx2.AsyncClient) -> None:
    everything = [entry["resource"]["id"] for entry in (await client.get("/fhir/ValueSet")).json()["entry"]]

    assert await pages(client, "/fhir/ValueSet?_count=1") == [[id] for id in everything]


async def test_submissions_are_found_after_a_restart(three: httpx2.AsyncClient, make_client: MakeClient) -> None:
    again = await make_client()

    assert "".join(await found(again, "created=ge2026-11-18")) == "123"
