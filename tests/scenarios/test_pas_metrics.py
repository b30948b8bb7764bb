"""Every PAS call leaves one record of what the guide's measures are made from, and nothing that names a patient."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from server.app import create_app
from server.cli.main import app
from server.fhir import json
from server.profiles import Profiles
from server.settings import Settings
from tests.builders.attachments import a_delivery, a_form, an_attachment, attach, measured
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import send
from tests.scenarios.attachment_calls import control_numbers, oxygen
from tests.scenarios.conftest import NOW, MakeClient, repeatable_ids

Json = Any
AT = "2026-11-20T15:00:00.000Z"
NPI = "http://hl7.org/fhir/sid/us-npi"
PARTIES = {
    "providerId": {"system": NPI, "value": "8189991234"},
    "groupId": {"system": NPI, "value": "8189991234"},
    "payerId": {"system": NPI, "value": "1234567893"},
}


class Server:
    """An application that is started, called and stopped; its records are read when it is started again."""

    def __init__(self, tmp_path: Path, profiles: Profiles) -> None:
        self.url = f"sqlite:///{tmp_path}/passage.db"
        self._profiles = profiles
        self.now = NOW

    async def __aenter__(self) -> httpx2.AsyncClient:
        settings = Settings(store_url=self.url, reload_seconds=0, self_check="raise")
        made = create_app(settings, clock=lambda: self.now, ids=repeatable_ids(), profiles=self._profiles)
        self._lifespan = made.router.lifespan_context(made)
        await self._lifespan.__aenter__()
        self._client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=made), base_url="http://passage.test")
        return self._client

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()
        await self._lifespan.__aexit__(None, None, None)


@pytest.fixture
def server(tmp_path: Path, profiles: Profiles) -> Server:
    """A server on an empty store."""
    return Server(tmp_path, profiles)


async def records(server: Server, query: str = "") -> list[Json]:
    """The records that a newly started server exports."""
    async with server as client:
        response = await client.get(f"/api/v1/metrics{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/fhir+ndjson"
    return [json.read(line) for line in response.content.splitlines()]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@metric-1")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@metric-2")
async def test_a_submission_leaves_one_record_with_every_item(server: Server) -> None:
    claim = a_claim(an_item("A4253"), an_item("A9270", sequence=2), an_item("E1390", sequence=3))
    async with server as client:
        await send(client, a_request_bundle(claim))

    (record,) = await records(server)

    service = {"coding": [{"system": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": "A4253"}]}
    first = {"initialSubmissionTime": AT, "responsesRequired": 1}
    asked = record.pop("requestedDoc")
    assert record == {
        "resourceType": "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/PASMetricData",
        "source": "payer-src",
        **PARTIES,
        "exchange": [
            {"type": "initial", "method": "restful", "requestTime": AT, "responseTime": AT, "httpResponse": "200"}
        ],
        "itemDetail": [
            {"item": service, **first, "finalResponseTime": AT, "locationType": "outpatient", "result": "approved"},
            {
                "item": {"coding": [{**service["coding"][0], "code": "A9270"}]},
                **first,
                "finalResponseTime": AT,
                "locationType": "outpatient",
                "result": "denied",
                "denialReason": "0M",
            },
            {
                "item": {"coding": [{**service["coding"][0], "code": "E1390"}]},
                **first,
                "locationType": "outpatient",
                "result": "pended",
            },
        ],
    }
    assert [each["docRequest"][0]["coding"][0]["code"] for each in asked] == ["102089-0", "11502-2"]
    assert {(each["timeRequested"], each["submissionMethod"]) for each in asked} == {(AT, "CDex")}


async def test_a_refused_call_leaves_its_status_and_issues(server: Server) -> None:
    async with server as client:
        await send(client, a_request_bundle(a_claim(patient=None)))
        await send(client, b"{not json")

    refused, unread = await records(server)

    assert (refused["exchange"][0]["httpResponse"], unread["exchange"][0]["httpResponse"]) == ("400", "400")
    assert refused["groupId"] == PARTIES["groupId"]
    assert [issue["code"] for issue in unread["issue"]] == ["structure"]
    assert "groupId" not in unread
    assert all(set(issue) <= {"code", "details"} for issue in refused["issue"])


async def test_a_business_error_leaves_its_reject_code_with_the_loop(server: Server) -> None:
    async with server as client:
        await send(client, a_request_bundle(member="NOBODY"))

    (record,) = await records(server)

    assert (record["exchange"][0]["httpResponse"], "itemDetail" in record) == ("200", False)
    assert [set(each) for each in record["aaaCodes"]] == [{"loopID", "aaaCode"}]
    assert record["aaaCodes"][0]["loopID"] == "2010C"


async def test_an_attachment_is_an_exchange_too_and_other_calls_are_none(server: Server) -> None:
    async with server as client:
        number = control_numbers(await oxygen(client))["102089-0"]
        await attach(client, a_delivery(number, an_attachment(a_form()), an_attachment(measured(52))))
        await client.get("/fhir/metadata")
        await client.get("/fhir/Claim?_id=1")

    found = await records(server)

    assert [record["exchange"][0]["type"] for record in found] == ["initial", "initialDocToPayer"]
    assert found[1]["groupId"] == PARTIES["groupId"]
    assert found[1]["supportingDoc"] == "https://passage.example/fhir/Questionnaire/home-oxygen"


async def test_records_are_exported_by_the_time_of_the_call(server: Server) -> None:
    for hour in range(3):
        server.now = NOW + timedelta(hours=hour)
        async with server as client:
            await send(client, a_request_bundle(identifier={"system": "https://ehr.example/b", "value": f"B{hour}"}))

    found = [
        [record["exchange"][0]["requestTime"] for record in await records(server, query)]
        for query in (
            "",
            "?from=2026-11-20T16:00:00Z",
            "?to=2026-11-20T16:00:00Z",
            "?from=2026-11-20T15:30:00&to=2026-11-20T16:30:00Z",
        )
    ]

    first, second, third = AT, "2026-11-20T16:00:00.000Z", "2026-11-20T17:00:00.000Z"
    assert found == [[first, second, third], [second, third], [first], [second]]


async def test_the_command_writes_the_same_lines(server: Server) -> None:
    async with server as client:
        await send(client, a_request_bundle())

    export = partial(CliRunner().invoke, app)
    command = ["metrics", "export", "--store", server.url]
    result = await asyncio.to_thread(export, [*command, "--from", "2026-11-20"])
    none = await asyncio.to_thread(export, [*command, "--to", "2026-11-20"])

    assert (result.exit_code, none.exit_code) == (0, 0)
    assert [json.read(line.encode()) for line in result.stdout.splitlines()] == await records(server)
    assert none.stdout == ""


async def test_nothing_that_names_the_patient_is_in_a_record(server: Server) -> None:
    async with server as client:
        await send(client, a_request_bundle(a_claim(an_item("E1390"), diagnosis="J44.9"), member="PSG-1002"))

    (record,) = await records(server)

    text = json.write(record).decode()
    for value in ("PSG-1002", "MRN-77", "Testperson", "Terry", "1948-09-30", "patient-1", "CLM-1", "J44.9", "TRACE-1"):
        assert value not in text


@pytest.mark.parametrize(
    ("change", "type"), [({}, "initial"), ({"related": True}, "update"), ({"cancel": True}, "cancel")]
)
async def test_the_type_of_a_submission_is_told_by_its_claim(
    server: Server, change: dict[str, bool], type: str
) -> None:
    item = an_item("E1390")
    if change.get("cancel"):
        item["extension"][2]["valueCodeableConcept"]["coding"][0]["code"] = "3"
    related = [{"claim": {"reference": "https://ehr.example/fhir/Claim/before"}}] if change.get("related") else None
    async with server as client:
        await send(client, a_request_bundle(a_claim(item, related=related)))

    (record,) = await records(server)

    assert record["exchange"][0]["type"] == type


async def test_an_instant_that_is_none_is_refused_without_its_value(make_client: MakeClient) -> None:
    client = await make_client()

    response = await client.get("/api/v1/metrics?from=Jane-Doe&to=2026-11-20")

    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert response.json()["detail"] == "A parameter has another form than /docs describes: from."
    assert "Jane" not in response.text
