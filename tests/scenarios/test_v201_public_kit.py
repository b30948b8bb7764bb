"""The public kit's 2.0.1 suite: its payloads are answered in the form of PAS 2.0.1, with all that it must support.

Every answer is held against its profiles on the way out. Which rule answers what: section 5.2 of the kit's digest.
"""

from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.inquiries import BEFORE, ask
from tests.builders.must_support import bullet, shows, table
from tests.builders.submit import FHIR_JSON, actions, claim_response, errors, resources
from tests.scenarios.test_submit_must_support import assert_complete
from tests.shared import shared

Json = Any

OF_SUBMIT, OF_INQUIRE = 2, 3
"""Columns of the digest's table of ClaimResponse."""

ECHOED = {
    "Patient": "Patient:",
    "Organization": "Organization: PAS Requestor",
    "Practitioner": "Practitioner**",
    "PractitionerRole": "PractitionerRole**",
}


def payloads(name: str) -> list[Json]:
    """The Bundles of an input of the kit's 2.0.1 suite."""
    inputs = json.read((shared() / "tools" / "inferno" / "inputs" / "pas-v201.json").read_bytes())
    found = inputs[f"{name}_request_payload"]
    read = json.read(found.encode()) if isinstance(found, str) else found
    return read if isinstance(read, list) else [read]


async def submitted(client: httpx2.AsyncClient, name: str) -> list[Json]:
    """The answers to the Bundles of an input."""
    found = []
    for body in payloads(f"{name}_pa_submit"):
        response = await client.post(f"{BEFORE}/Claim/$submit", content=json.write(body), headers=FHIR_JSON)
        assert response.status_code == 200, response.text
        found.append(json.read(response.content))
    return found


async def inquired(client: httpx2.AsyncClient, name: str) -> list[Json]:
    """The Bundles that the inquiries of an input are answered with."""
    found = []
    for body in payloads(f"{name}_pa_inquire"):
        response = await ask(client, body, BEFORE)
        assert response.status_code == 200, response.text
        found.append(json.read(response.content))
    return found


def demanded(digest: str, column: int) -> dict[str, list[str]]:
    """The must-support elements of the answers by resource type."""
    echoed = {kind: bullet(digest, title, "201") for kind, title in ECHOED.items()}
    listed = {
        "ClaimResponse": table(digest, "ClaimResponse**", column),
        "Task": table(digest, "Task (", 1),
        **echoed,
    }
    asked = {"CommunicationRequest": table(digest, "CommunicationRequest (", 1)} if column == OF_SUBMIT else {}
    return {**listed, **asked}


def missing(bundles: list[Json], wanted: dict[str, list[str]]) -> dict[str, list[str]]:
    """The elements that no resource of the answers shows."""
    return {
        kind: [path for path in paths if not any(shows(each, path) for b in bundles for each in resources(b, kind))]
        for kind, paths in wanted.items()
    }


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@100")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@136")
async def test_each_payload_gets_the_answer_that_it_is_meant_for(client: httpx2.AsyncClient) -> None:
    answers = {name: await submitted(client, name) for name in ("approval", "denial", "pended", "must_support")}

    codes = {name: [actions(bundle) for bundle in bundles] for name, bundles in answers.items()}
    assert codes == {
        "approval": [[(1, "A1", [])]],
        "denial": [[(1, "A3", ["0M"])]],
        "pended": [[(1, "A4", ["0V"])]],
        "must_support": [[(1, "A4", ["0V"])], [(1, "A1", [])], []],
    }
    assert [error for bundle in answers["must_support"] for error in errors(bundle)] == [("75", "C", "Claim.patient")]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@37")
async def test_the_answers_show_every_must_support_element(client: httpx2.AsyncClient) -> None:
    wanted = demanded((shared() / "spec" / "pas-kit.md").read_text(), OF_SUBMIT)
    assert [len(paths) for paths in wanted.values()] == [28, 14, 28, 16, 6, 2, 11]

    bundles = [each for name in ("approval", "denial", "must_support") for each in await submitted(client, name)]

    assert missing(bundles, wanted) == dict.fromkeys(wanted, [])


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@101")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@103")
async def test_the_answers_hold_all_they_refer_to_under_the_urls_of_the_request(client: httpx2.AsyncClient) -> None:
    (request,) = payloads("pended_pa_submit")

    (bundle,) = await submitted(client, "pended")

    assert_complete(bundle)
    sent = {entry["fullUrl"]: entry["resource"] for entry in request["entry"]}
    echoed = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"] if entry["fullUrl"] in sent}
    assert {url: (each["id"], each.get("identifier")) for url, each in echoed.items()} == {
        url: (sent[url]["id"], sent[url].get("identifier")) for url in echoed
    }


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@38")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.0.1@131")
async def test_inquiries_find_all_in_one_bundle_with_every_must_support_element(client: httpx2.AsyncClient) -> None:
    wanted = demanded((shared() / "spec" / "pas-kit.md").read_text(), OF_INQUIRE)
    assert [len(paths) for paths in wanted.values()] == [26, 14, 28, 16, 6, 2]
    given = [
        each for name in ("approval", "denial", "pended", "must_support") for each in await submitted(client, name)
    ]

    found, unknown = await inquired(client, "must_support")

    ids = [response["id"] for response in resources(found, "ClaimResponse")]
    assert ids == [claim_response(bundle)["id"] for bundle in reversed(given) if not errors(bundle)]
    urls = [entry["fullUrl"] for entry in found["entry"]]
    assert len(urls) == len(set(urls))
    assert errors(unknown) == [("AA", "C", "Claim.item.extension")]
    assert missing([found, unknown], wanted) == dict.fromkeys(wanted, [])
