"""The public kit's inquiries of the 2.2.1 suite: what was submitted is found by numbers that the requester knows."""

from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.inquiries import inquire, names
from tests.builders.must_support import bullet, shows, table
from tests.builders.submit import claim_response, errors, extension, resources, submit
from tests.scenarios.test_submit_must_support import bodies
from tests.shared import shared

Json = Any

OF_INQUIRE = 1
"""Column of the digest's table of ClaimResponse."""

LISTS = {
    "Patient": "Patient:",
    "Organization": "Organization: PAS Requestor",
    "Practitioner": "Practitioner**",
    "PractitionerRole": "PractitionerRole**",
}


def shipped() -> Json:
    """The kit's inquiry. It names services that were never requested, and numbers that the Claims carried."""
    folder = shared() / "spec" / "examples" / "pas"
    (bundle,) = json.read((folder / "server221_must_support_pa_inquire_request_payload.json").read_bytes())
    return bundle


def with_unknown_numbers() -> Json:
    """The same with numbers on the items that nobody gave; those of the Claim stay."""
    bundle = shipped()
    for item in bundle["entry"][0]["resource"]["item"]:
        for each in item["extension"]:
            if each["url"].endswith("Number") and "valueString" in each:
                each["valueString"] = "NOBODY-GAVE-THIS"
    return bundle


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-47")
async def test_a_number_of_the_requester_leads_to_ours(client: httpx2.AsyncClient) -> None:
    given = [await submit(client, body) for body in bodies()]

    found = await inquire(client, shipped())

    assert names(found) == names([bundle for bundle in reversed(given) if not errors(bundle)])
    numbers = {
        extension(item, "administrationReferenceNumber") for each in found for item in claim_response(each)["item"]
    }
    assert None not in numbers
    assert "9988311" not in numbers


async def test_numbers_that_nobody_gave_are_an_error_of_business(client: httpx2.AsyncClient) -> None:
    for body in bodies():
        await submit(client, body)

    (found,) = await inquire(client, with_unknown_numbers())

    assert claim_response(found)["outcome"] == "error"
    assert errors(found) == [("AA", "C", "Claim.item.extension")]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-6")
async def test_the_answers_show_every_must_support_element(client: httpx2.AsyncClient) -> None:
    digest = (shared() / "spec" / "pas-kit.md").read_text()
    demanded = {
        "ClaimResponse": table(digest, "ClaimResponse**", OF_INQUIRE),
        "Task": table(digest, "Task ("),
        **{kind: bullet(digest, title) for kind, title in LISTS.items()},
    }
    assert [len(paths) for paths in demanded.values()] == [71, 24, 22, 19, 13, 9]
    for body in bodies():
        await submit(client, body)

    bundles = [*await inquire(client, shipped()), *await inquire(client, with_unknown_numbers())]

    missing = {
        kind: [path for path in paths if not any(shows(each, path) for b in bundles for each in resources(b, kind))]
        for kind, paths in demanded.items()
    }
    assert missing == dict.fromkeys(demanded, [])


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-44")
async def test_every_answer_refers_to_its_claim_or_says_why_it_does_not(client: httpx2.AsyncClient) -> None:
    for body in bodies():
        await submit(client, body)

    found = await inquire(client, shipped())

    requests = [claim_response(bundle)["request"] for bundle in found]
    assert all("reference" in each or each["extension"][0]["valueCode"] for each in requests)
    assert any("reference" not in each for each in requests)
    assert not any("communicationRequest" in claim_response(bundle) for bundle in found)
