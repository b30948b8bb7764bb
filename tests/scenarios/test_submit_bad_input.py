"""Whatever is wrong with a request: one OperationOutcome that says what and where, nothing kept, nothing quoted."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import a_claim, a_patient, a_request_bundle, an_item, an_observation
from tests.builders.submit import FHIR_JSON, actions, send, submit
from tests.scenarios.conftest import MakeClient

Json = Any
Stored = Callable[[], dict[str, int]]
VALID = json.write(a_request_bundle())
SECRET = "Zzyzx-Unmistakable"


def replaced(old: str, new: str) -> bytes:
    """The valid request with other bytes."""
    assert old.encode() in VALID
    return VALID.replace(old.encode(), new.encode(), 1)


BYTES = {
    "empty": b"",
    "not JSON": b"<Bundle/>",
    "cut short": VALID[:-2],
    "two documents": VALID + b"{}",
    "byte order mark": b"\xef\xbb\xbf" + VALID,
    "not UTF-8": VALID.replace(b"Terry", b"Terr\xff"),
    "lone surrogate": replaced("Terry", "\\ud800"),
    "duplicate key": replaced('"use":', '"use":"claim","use":'),
    "NaN": replaced('"sequence":1', '"sequence":NaN'),
    "huge number": replaced('"sequence":1', '"sequence":1e400'),
    "deep nesting": b'{"resourceType":"Bundle","entry":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
@pytest.mark.parametrize("body", BYTES.values(), ids=BYTES.keys())
async def test_what_is_no_json_that_is_read_is_refused(client: httpx2.AsyncClient, stored: Stored, body: bytes) -> None:
    before = stored()

    response = await send(client, body)

    outcome = response.json()
    assert (response.status_code, outcome["resourceType"], len(outcome["issue"])) == (400, "OperationOutcome", 1)
    assert stored() == before


def changed(path: str, value: Json) -> Json:
    """The valid Bundle with another value at a path such as `entry.0.resource.use`."""
    body = deepcopy(a_request_bundle(None, an_observation("o", "2703-7", 54, "mm[Hg]")))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    target = body
    for step in way:
        target = target[step]
    target[last] = value
    return body


FAULTS = {
    "resourceType": {"resourceType": "Nonsense"},
    "no Claim": a_request_bundle(a_patient(id="patient-9")),
    "two focal Claims": a_request_bundle(None, a_claim(id="claim-2")),
    "duplicate fullUrl": a_request_bundle(None, a_patient()),
    "dangling reference": changed("entry.0.resource.patient.reference", f"Patient/{SECRET}"),
    "sequence 0": a_request_bundle(a_claim(an_item(sequence=0))),
    "sequence negative": a_request_bundle(a_claim(an_item(sequence=-3))),
    "sequence repeated": a_request_bundle(a_claim(an_item(), an_item())),
    "code without system": changed("entry.0.resource.item.0.productOrService", {"coding": [{"code": SECRET}]}),
    "no such day": changed("entry.0.resource.item.0.servicedDate", "2026-02-30"),
    "use": changed("entry.0.resource.use", SECRET),
    "birth date": changed("entry.1.resource.birthDate", SECRET),
    "identifier of another shape": changed("entry.1.resource.identifier", {"value": SECRET}),
    "identifiers of another shape": changed("entry.1.resource.identifier", [SECRET]),
    "subscriberId of another shape": changed("entry.2.resource.subscriberId", [SECRET]),
    "payor of another shape": changed("entry.2.resource.payor", {"reference": SECRET}),
    "coding of another shape": changed("entry.0.resource.item.0.modifier", [{"coding": {"code": SECRET}}]),
    "value of another shape": changed("entry.5.resource.valueQuantity", SECRET),
    "number of another shape": changed("entry.5.resource.valueQuantity.value", SECRET),
    "code of another shape": changed("entry.5.resource.code", [SECRET]),
    "extension of another shape": changed("entry.0.resource.item.0.extension", {"url": SECRET}),
    "extension url of another shape": changed("entry.0.resource.item.0.extension", [{"url": [SECRET]}]),
    "trace number of another shape": changed("entry.0.resource.item.0.extension.0.valueIdentifier", SECRET),
    "null": changed("entry.0.resource.item.0.quantity", None),
}


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-35")
@pytest.mark.parametrize("body", FAULTS.values(), ids=FAULTS.keys())
async def test_what_can_not_be_decided_is_refused_with_its_place(
    client: httpx2.AsyncClient, stored: Stored, capfd: pytest.CaptureFixture[str], body: Json
) -> None:
    before = stored()

    response = await send(client, body)

    outcome = response.json()
    assert (response.status_code in (400, 422), outcome["resourceType"]) == (True, "OperationOutcome")
    assert all(issue["expression"][0] and issue["diagnostics"] for issue in outcome["issue"])
    assert stored() == before
    assert SECRET not in response.text
    assert SECRET not in "".join(capfd.readouterr())


async def test_the_server_serves_on_after_every_fault(client: httpx2.AsyncClient) -> None:
    for body in [*BYTES.values(), *FAULTS.values()]:
        await send(client, body)

    bundle = await submit(client, a_request_bundle())

    assert actions(bundle) == [(1, "A1", [])]


async def test_another_method_or_operation_is_refused(client: httpx2.AsyncClient) -> None:
    method = await client.get("/fhir/Claim/$submit", headers={"Accept": "application/fhir+json"})
    operation = await client.post("/fhir/Claim/$nonsense", content=VALID, headers=FHIR_JSON)

    assert (method.status_code, operation.status_code) == (405, 404)
    assert {response.json()["resourceType"] for response in (method, operation)} == {"OperationOutcome"}


async def test_unknown_elements_are_passed_over_and_kept_where_profiles_are_only_reported(
    make_client: MakeClient,
) -> None:
    client = await make_client(validation="report", self_check="off")
    claim = a_claim(an_item(madeUp={"deep": [1.5]}), alsoMadeUp=True)

    bundle = await submit(client, a_request_bundle(claim))

    found = (await client.get("/fhir/Claim", params={"status": "active"})).json()["entry"][0]["resource"]
    assert actions(bundle) == [(1, "A1", [])]
    assert (found["alsoMadeUp"], found["item"][0]["madeUp"]) == (True, {"deep": [1.5]})
