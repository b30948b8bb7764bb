"""Importing a member file into a store: every line accounted for, twice the same, never half."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.clock import system_clock
from server.fhir import json
from server.fhir.json import Json
from server.members.imports import Change, Imported, Refused, import_members
from server.members.record import MEMBER, PAYER, read_person
from server.storage.connect import connect
from server.storage.port import Store

PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "https://payer.example/member", "value": "M-1"}],
    "birthDate": "1951-04-17",
}
OTHER: Json = {**PATIENT, "id": "p2", "identifier": [{"system": "https://payer.example/member", "value": "M-2"}]}
PAYER_OF_ALL: Json = {
    "resourceType": "Organization",
    "id": "o1",
    "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.4", "value": "7239994834"}],
    "name": "Payer",
}
COVERAGE: Json = {
    "resourceType": "Coverage",
    "id": "c1",
    "status": "active",
    "subscriberId": "S-1",
    "beneficiary": {"reference": "Patient/p1"},
    "payor": [{"reference": "Organization/o1"}],
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = connect(f"sqlite:///{tmp_path}/members.db", mongodb_driver="pymongo", clock=system_clock)
    await opened.start()
    yield opened
    await opened.close()


async def imported(store: Store, *resources: Json | bytes) -> list[Imported | Refused]:
    """The results of importing the resources, in the order of the lines."""
    lines = [each if isinstance(each, bytes) else json.write(each) for each in resources]
    results = [result async for result in import_members(store, lambda: (line + b"\n" for line in lines))]
    return sorted(results, key=lambda result: result.line)


async def test_resources_are_added_in_any_order_of_lines(store: Store) -> None:
    results = await imported(store, COVERAGE, PAYER_OF_ALL, PATIENT)

    assert results == [
        Imported(1, "Coverage", Change.ADDED),
        Imported(2, "Organization", Change.ADDED),
        Imported(3, "Patient", Change.ADDED),
    ]
    kept = await store.get(MEMBER, "p1")
    assert kept is not None
    assert kept.body == {"patient": PATIENT, "coverages": [COVERAGE]}


async def test_the_same_file_again_changes_nothing(store: Store) -> None:
    await imported(store, PATIENT, PAYER_OF_ALL, COVERAGE)
    before = await store.get(MEMBER, "p1")

    results = await imported(store, PATIENT, PAYER_OF_ALL, COVERAGE)

    assert [result.change for result in results if isinstance(result, Imported)] == [Change.UNCHANGED] * 3
    assert await store.get(MEMBER, "p1") == before


async def test_changed_content_replaces_what_was_there_and_keeps_the_rest(store: Store) -> None:
    await imported(store, PATIENT, PAYER_OF_ALL, COVERAGE)
    renamed = {**PATIENT, "name": [{"family": "New"}]}
    ended = {**COVERAGE, "period": {"end": "2026-01-31"}}

    results = await imported(store, renamed, {**PAYER_OF_ALL, "name": "Other name"}, ended)

    assert [result.change for result in results if isinstance(result, Imported)] == [Change.CHANGED] * 3
    kept, payer = await store.get(MEMBER, "p1"), await store.get(PAYER, "o1")
    assert kept is not None
    assert kept.body == {"patient": renamed, "coverages": [ended]}
    assert payer is not None
    assert payer.body["organization"]["name"] == "Other name"


async def test_a_coverage_moves_with_its_beneficiary(store: Store) -> None:
    await imported(store, PATIENT, OTHER, PAYER_OF_ALL, COVERAGE)

    results = await imported(store, {**COVERAGE, "beneficiary": {"reference": "Patient/p2"}})

    assert results == [Imported(1, "Coverage", Change.CHANGED)]
    first, second = await store.get(MEMBER, "p1"), await store.get(MEMBER, "p2")
    assert first is not None
    assert second is not None
    assert list(read_person(first).coverages) == []
    assert list(read_person(second).coverages) == ["c1"]


async def test_refused_lines_are_named_and_the_others_are_kept(store: Store) -> None:
    results = await imported(
        store,
        PATIENT,
        b"{not json",
        b"",
        {"resourceType": "Claim", "id": "x"},
        PAYER_OF_ALL,
        COVERAGE,
        {**COVERAGE, "id": "c2", "beneficiary": {"reference": "Patient/nobody"}},
        {**COVERAGE, "id": "c3", "payor": [{"reference": "Organization/nobody"}]},
        {**PATIENT, "id": "p3", "birthDate": "1951-02-29"},
        b'{"resourceType":"Patient","id":"p4","id":"p5"}',
    )

    refused = {result.line: result.reason for result in results if isinstance(result, Refused)}
    assert sorted(refused) == [2, 4, 7, 8, 9, 10]
    assert "beneficiary resolves neither" in refused[7]
    assert "payor resolves neither" in refused[8]
    assert "same key twice" in refused[10]
    assert [result.line for result in results if isinstance(result, Imported)] == [1, 5, 6]
    assert await store.count(MEMBER) == 1


async def test_many_coverages_of_one_person_in_one_file_are_all_kept(store: Store) -> None:
    coverages = [{**COVERAGE, "id": f"c{number}"} for number in range(150)]

    await imported(store, PAYER_OF_ALL, PATIENT, *coverages)

    kept = await store.get(MEMBER, "p1")
    assert kept is not None
    assert len(kept.body["coverages"]) == 150


async def test_two_imports_of_one_file_at_once_end_as_one(store: Store) -> None:
    coverages = [{**COVERAGE, "id": f"c{number}"} for number in range(20)]

    first, second = await asyncio.gather(
        imported(store, PAYER_OF_ALL, PATIENT, *coverages), imported(store, PAYER_OF_ALL, PATIENT, *coverages)
    )

    added = [each for each in first + second if isinstance(each, Imported) and each.change is Change.ADDED]
    kept = await store.get(MEMBER, "p1")
    assert len(added) == 22
    assert [each for each in first + second if isinstance(each, Refused)] == []
    assert kept is not None
    assert len(kept.body["coverages"]) == 20


async def test_the_last_of_two_lines_with_one_id_wins(store: Store) -> None:
    renamed = {**PATIENT, "name": [{"family": "Second"}]}

    results = await imported(store, PATIENT, renamed)

    assert [result.change for result in results if isinstance(result, Imported)] == [Change.ADDED, Change.CHANGED]
    kept = await store.get(MEMBER, "p1")
    assert kept is not None
    assert kept.body["patient"] == renamed


async def test_exact_decimals_of_a_coverage_survive(store: Store) -> None:
    cost = b'"costToBeneficiary":[{"valueMoney":{"value":20.50,"currency":"USD"}}]'
    line = json.write(COVERAGE)[:-1] + b"," + cost + b"}"

    await imported(store, PATIENT, PAYER_OF_ALL, line)
    again = await imported(store, line)

    assert again == [Imported(1, "Coverage", Change.UNCHANGED)]
    kept = await store.get(MEMBER, "p1")
    assert kept is not None
    assert cost in json.write(kept.body["coverages"][0])
