"""The work list: what waits by due time, narrowed, paged, and found by what a requester knows."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.builders.claims import CPT, a_concept, an_item
from tests.scenarios.conftest import NOW, MakeClient
from tests.scenarios.review_calls import NURSE, WHEELCHAIR, act, case_of, pended, problem, work

Json = Any

URGENT = {
    "url": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/extension-levelOfServiceCode",
    "valueCodeableConcept": a_concept("https://codesystem.x12.org/005010/1338", "U"),
}


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


async def test_a_row_says_what_waits_for_whom_until_when(client: httpx2.AsyncClient) -> None:
    row = await pended(client, bundle="BDL-77")

    listed = await work(client)

    assert listed == {"total": 1, "cases": [row], "after": None}
    assert {name: row[name] for name in row if name not in ("id", "member", "numbers")} == {
        "version": 1,
        "state": "pended",
        "received": "2026-11-20T15:00:00Z",
        "due": "2026-11-27T15:00:00Z",
        "overdue": False,
        "expedited": False,
        "plan": "demo",
        "line_of_business": "medicare-advantage",
        "claimed_by": None,
        "bundle_identifier": {"system": "https://ehr.example/bundles", "value": "BDL-77"},
        "claim_identifiers": [{"system": "https://ehr.example/claims", "value": "CLM-1"}],
        "items": [
            {
                "sequence": 1,
                "codes": row["items"][0]["codes"],
                "review_action": "A4",
                "waits_for": row["items"][0]["waits_for"],
                "owner": "dme-review",
                "due": "2026-11-27T15:00:00Z",
                "overdue": False,
            }
        ],
    }
    assert [code["code"] for code in row["items"][0]["codes"]][0] == WHEELCHAIR


async def test_the_next_due_comes_first_and_pages_follow_each_other(make_client: MakeClient) -> None:
    clock = Hands()
    client = await make_client(clock=clock)
    rows = []
    for hours, extension in ((0, None), (1, None), (50, [URGENT]), (51, None), (400, None), (9000, None)):
        clock.at = NOW + timedelta(hours=hours)
        rows.append(await pended(client, bundle=f"BDL-{hours}", extension=extension))
    by_due = [rows[2], rows[0], rows[1], rows[3], rows[4], rows[5]]

    pages, after = [], None
    while after is not None or not pages:
        pages.append(await work(client, limit=2, **({"after": after} if after else {})))
        after = pages[-1]["after"]

    assert [page["total"] for page in pages] == [6, 6, 6]
    assert [[row["id"] for row in page["cases"]] for page in pages] == [
        [row["id"] for row in by_due[start : start + 2]] for start in (0, 2, 4)
    ]


async def test_the_list_is_narrowed_by_queue_line_claim_and_what_is_waited_for(client: httpx2.AsyncClient) -> None:
    chair = await pended(client, bundle="CHAIR")
    unnamed = await pended(client, an_item("99456", CPT), bundle="UNNAMED")
    await act(client, chair, "claim", NURSE)

    async def found(**parameters: Json) -> list[str]:
        return [row["id"] for row in (await work(client, **parameters))["cases"]]

    assert await found(owner="dme-review") == [chair["id"]]
    assert await found(owner="medical-review") == [unnamed["id"]]
    assert await found(claimed_by="nurse-1", line_of_business="medicare-advantage") == [chair["id"]]
    assert await found(line_of_business="commercial") == []
    assert sorted(await found(overdue=False)) == sorted([chair["id"], unnamed["id"]])
    assert await found(overdue=True) == []


async def test_what_is_past_its_due_time_is_shown_as_overdue_and_stays_pended(make_client: MakeClient) -> None:
    clock = Hands()
    client = await make_client(clock=clock)
    row = await pended(client, bundle="LATE")
    clock.at = NOW + timedelta(days=7)
    new = await pended(client, bundle="NEW")

    late = await work(client, overdue=True)
    running = await work(client, overdue=False)

    assert [(each["id"], each["state"], each["items"][0]["review_action"]) for each in late["cases"]] == [
        (row["id"], "pended", "A4")
    ]
    assert (late["cases"][0]["overdue"], late["total"]) == (True, None)
    assert [each["id"] for each in running["cases"]] == [new["id"]]


async def test_a_case_is_found_by_whatever_the_requester_knows(client: httpx2.AsyncClient) -> None:
    await pended(client, bundle="OTHER", identifier=[{"system": "https://ehr.example/claims", "value": "CLM-2"}])
    row = await pended(client, bundle="BDL-5")
    known = ["BDL-5", "https://ehr.example/bundles|BDL-5", "CLM-1", "https://ehr.example/claims|CLM-1", *row["numbers"]]

    found = {asked: [each["id"] for each in (await work(client, q=asked))["cases"]] for asked in known}
    traced = await work(client, q="TRACE-1")
    unknown = await work(client, q="PSG-1007")

    assert found == {asked: [row["id"]] for asked in known}
    assert len(traced["cases"]) == 2
    assert unknown == {"total": 0, "cases": [], "after": None}


async def test_a_case_shows_the_evidence_beside_each_criterion(client: httpx2.AsyncClient) -> None:
    row = await pended(client, an_item(WHEELCHAIR, quantity={"value": 1, "unit": "item"}))

    case = await case_of(client, row["id"])

    (item,) = case["items"]
    assert item["explanation"]["rule"]["id"] == "wheelchair-review"
    assert item["explanation"]["missing"][0]["attachment"] == "34117-2"
    assert item["request"] == {
        "quantity": {"value": 1, "unit": "item", "system": None, "code": None},
        "serviced": {"start": "2026-11-23", "end": "2026-11-23"},
        "diagnoses": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9", "display": None}],
        "valid_days": 90,
    }
    assert [event["kind"] for event in case["events"]] == ["decided"]
    for path in case["resources"]:
        assert (await client.get(f"/fhir/{path}")).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/v1/work?limit=0", 400, "malformed"),
        ("/api/v1/work?waits_for=godot", 400, "malformed"),
        ("/api/v1/work?after=yesterday", 400, "malformed"),
        ("/api/v1/cases/unheard-of", 404, "not-found"),
    ],
)
async def test_what_is_not_understood_is_told_as_a_problem(
    client: httpx2.AsyncClient, path: str, status: int, kind: str
) -> None:
    response = await client.get(path)

    assert problem(response)[:2] == (status, kind)
    assert "godot" not in response.text
    assert "unheard" not in response.text
