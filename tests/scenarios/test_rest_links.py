"""What a client reads here leads on: every reference in it can be read here too, and searched by."""

from collections import Counter
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.attachments import a_delivery, a_note, an_attachment, attach
from tests.builders.claims import BASE, a_claim, a_request_bundle, an_item
from tests.builders.inquiries import BEFORE, CURRENT
from tests.builders.submit import send
from tests.builders.updates import PRIOR, an_update
from tests.scenarios.attachment_calls import control_numbers, oxygen
from tests.scenarios.conftest import MakeClient
from tests.scenarios.follow import Followed, follow
from tests.shared import shared

Json = Any
REVIEWED = "E1223"


def with_urns(bundle: Json) -> Json:
    """The Bundle with `urn:uuid:` in place of the URLs at the provider's server, in fullUrls and references."""
    text = json.write(bundle).decode()
    for number, entry in enumerate(bundle["entry"]):
        url = entry["fullUrl"]
        urn = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
        for written in (url, "/".join(url.split("/")[-2:])):
            text = text.replace(f'"{written}"', f'"{urn}"')
    return json.read(text.encode())


def kinds(followed: Followed) -> Counter[str]:
    """How many resources of each type were read."""
    return Counter(resource["resourceType"] for resource in followed.read.values())


async def only(client: httpx2.AsyncClient, type: str, base: str = CURRENT) -> Json:
    """The one resource of a type."""
    [entry] = (await client.get(f"{base}/{type}")).json()["entry"]
    return entry["resource"]


@pytest.mark.parametrize("base", [CURRENT, BEFORE])
@pytest.mark.parametrize("written", [lambda bundle: bundle, with_urns], ids=["absolute", "urn"])
async def test_every_reference_of_a_pended_case_is_read_here(
    client: httpx2.AsyncClient, base: str, written: Any
) -> None:
    # Given a request that waits for a person and a document, with its references as URLs or as urn:uuid
    await send(client, written(a_request_bundle(a_claim(an_item(REVIEWED)))), base)

    # When a client follows whatever it finds
    followed = await follow(client, base)

    # Then it has read all that there is, each under one address
    assert (followed.dead, followed.elsewhere) == ([], [])
    assert kinds(followed) == {
        "Claim": 1,
        "ClaimResponse": 1,
        "CommunicationRequest": 1,
        "Task": 1,
        "Patient": 1,
        "Coverage": 1,
        "Organization": 2,
    }


async def test_what_an_update_sends_again_keeps_its_address(client: httpx2.AsyncClient) -> None:
    # Given a request, and an update of it that brings the same people again, one of them changed
    await send(client, a_request_bundle(a_claim(an_item())))
    before = await only(client, "Patient")
    update = an_update(an_item(), an_item(sequence=2))
    update["entry"][1]["resource"]["name"] = [{"family": "Renamed"}]
    assert (await send(client, update)).status_code == 200

    # When everything is followed
    followed = await follow(client, CURRENT)

    # Then each Claim and each answer leads to the same Patient, as it was sent last
    patients = {each["patient"]["reference"] for each in followed.read.values() if "Claim" in each["resourceType"]}
    after = await only(client, "Patient")
    assert (followed.dead, followed.elsewhere) == ([], [])
    assert kinds(followed)["Claim"] == kinds(followed)["ClaimResponse"] == 2
    assert patients == {f"Patient/{before['id']}"} == {f"Patient/{after['id']}"}
    assert (before["name"][0]["family"], after["name"][0]["family"]) == ("Testperson", "Renamed")
    assert before["meta"]["versionId"] != after["meta"]["versionId"]


async def test_the_claims_of_a_case_lead_to_each_other(client: httpx2.AsyncClient) -> None:
    await send(client, a_request_bundle(a_claim(an_item())))
    first = await only(client, "Claim")
    await send(client, an_update(an_item(), an_item(sequence=2)))

    claims = [each["resource"] for each in (await client.get("/fhir/Claim")).json()["entry"]]
    answers = [each["resource"] for each in (await client.get("/fhir/ClaimResponse")).json()["entry"]]

    second = next(each for each in claims if each["id"] != first["id"])
    assert second["related"][0]["claim"]["reference"] == f"Claim/{first['id']}"
    assert {each["request"]["reference"] for each in answers} == {f"Claim/{each['id']}" for each in claims}


async def test_what_is_kept_nowhere_here_keeps_the_address_of_its_server(client: httpx2.AsyncClient) -> None:
    # Given an update of a Claim that nobody sent here, and that itself followed one which is not in the Bundle
    update = an_update(an_item())
    update["entry"][-1]["resource"]["related"] = [{"claim": {"reference": "Claim/claim-0"}, "relationship": PRIOR}]
    assert (await send(client, update)).status_code == 200

    claim = await only(client, "Claim")
    prior = (await client.get(f"/fhir/{claim['related'][0]['claim']['reference']}")).json()

    assert prior["related"][0]["claim"]["reference"] == f"{BASE}/Claim/claim-0"


async def test_an_attachment_leads_to_the_patient_of_its_claim(client: httpx2.AsyncClient) -> None:
    # Given a document that came with $submit-attachment and names the patient as the Claim's server does
    control = next(iter(control_numbers(await oxygen(client)).values()))
    assert (await attach(client, a_delivery(control, an_attachment(a_note())))).status_code == 200

    followed = await follow(client, CURRENT)

    document = next(each for each in followed.read.values() if each["resourceType"] == "DocumentReference")
    assert (followed.dead, followed.elsewhere) == ([], [])
    assert document["subject"]["reference"] == f"Patient/{(await only(client, 'Patient'))['id']}"


async def test_the_address_that_is_handed_out_is_searched_by(client: httpx2.AsyncClient) -> None:
    # Given a case of one patient, and one of another whose server gave the same kind of names
    await send(client, a_request_bundle(a_claim(an_item(REVIEWED))))
    claim, patient = await only(client, "Claim"), (await only(client, "Patient"))["id"]
    others = json.write(a_request_bundle(a_claim(an_item(REVIEWED)), member="PSG-1001")).decode()
    await send(client, json.read(others.replace("ehr.example", "other.example").encode()))

    # When it is searched by the id that the first Claim leads to, in each way that FHIR lets a client write it
    queries = [f"patient={patient}", f"patient=Patient/{patient}", f"patient:Patient={patient}"]
    queries += [f"patient=http://passage.test/fhir/Patient/{patient}"]
    found = {
        (type, query): (await client.get(f"/fhir/{type}?{query}")).json()["total"]
        for type in ("Claim", "ClaimResponse", "CommunicationRequest", "Task")
        for query in queries
    }
    answers = [
        (await client.get(f"/fhir/ClaimResponse?request={name}{claim['id']}")).json()["total"]
        for name in ("", "Claim/", "http://passage.test/fhir/Claim/")
    ]

    # Then the one is found, and not the other
    assert set(found.values()) == {1}
    assert answers == [1, 1, 1]


def published() -> list[tuple[str, str, Json]]:
    """The kit's submissions: name, base and Bundle."""
    found = []
    for file in sorted((shared() / "spec" / "examples" / "pas").glob("server*_submit*_payload.json")):
        payload = json.read(file.read_bytes())
        base = BEFORE if file.name.startswith("server201") else CURRENT
        found += [(file.name, base, each) for each in (payload if isinstance(payload, list) else [payload])]
    return found


@pytest.mark.parametrize("written", [lambda bundle: bundle, with_urns], ids=["absolute", "urn"])
async def test_every_reference_of_the_public_payloads_is_read_here(make_client: MakeClient, written: Any) -> None:
    # Given every submission that the public kit has, all on one server
    client = await make_client(validation="off", self_check="off")
    for name, base, bundle in published():
        assert (await send(client, written(bundle), base)).status_code == 200, name

    # When a client follows whatever it finds on either base
    followed = [await follow(client, base) for base in (CURRENT, BEFORE)]

    # Then nothing leads nowhere; what leads elsewhere are prior Claims that are in no Bundle
    assert [each.dead for each in followed] == [[], []]
    assert {address.split("/")[-2] for each in followed for address in each.elsewhere} <= {"Claim"}
