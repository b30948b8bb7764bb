"""Together, the answers to the public kit's payloads show every element that the guide marks as must-support."""

from typing import Any

import httpx2
import pytest

from server.fhir.reference import resolve_url
from server.pas.survey import survey
from tests.builders.must_support import bullet, shows, table
from tests.builders.submit import claim_response, resources, submit
from tests.scenarios.test_submit_public_kit import (
    denial,
    over_the_limit,
    payload,
    somebody_else,
    update_payload,
    without_a_url,
)
from tests.shared import shared

Json = Any

LISTS = {
    "ClaimResponse": (table, "ClaimResponse**"),
    "CommunicationRequest": (table, "CommunicationRequest ("),
    "Task": (table, "Task ("),
    "Patient": (bullet, "Patient:"),
    "Organization": (bullet, "Organization: PAS Requestor"),
    "Practitioner": (bullet, "Practitioner**"),
    "PractitionerRole": (bullet, "PractitionerRole**"),
}


def bodies() -> list[Json]:
    """The payloads of the kit's run that this server answers."""
    return [
        payload("221_approval_pa"),
        denial(),
        payload("221_pended_pa"),
        update_payload("initial"),
        *payload("221_must_support_pa")[:1],
        over_the_limit(),
        somebody_else(),
        without_a_url(),
    ]


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-6")
async def test_the_answers_show_every_must_support_element(client: httpx2.AsyncClient) -> None:
    digest = (shared() / "spec" / "pas-kit.md").read_text()
    demanded = {kind: read(digest, title) for kind, (read, title) in LISTS.items()}
    assert [len(paths) for paths in demanded.values()] == [72, 11, 24, 22, 19, 13, 9]
    assert not any(shows({"resourceType": kind}, path) for kind, paths in demanded.items() for path in paths)

    bundles = [await submit(client, body) for body in bodies()]

    missing = {
        kind: [path for path in paths if not any(shows(each, path) for b in bundles for each in resources(b, kind))]
        for kind, paths in demanded.items()
    }
    assert missing == dict.fromkeys(LISTS, [])


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-31")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-33")
async def test_the_answers_hold_all_they_refer_to_under_the_urls_of_the_request(client: httpx2.AsyncClient) -> None:
    requests = bodies()

    bundles = [await submit(client, body) for body in requests]

    for request, bundle in zip(requests, bundles, strict=True):
        sent = {entry["fullUrl"]: entry["resource"] for entry in request["entry"]}
        assert_complete(bundle)
        for entry in bundle["entry"]:
            if original := sent.get(entry["fullUrl"]):
                assert (entry["resource"]["id"], entry["resource"].get("identifier")) == (
                    original["id"],
                    original.get("identifier"),
                )


def assert_complete(bundle: Json) -> None:
    """Each fullUrl once, the ClaimResponse first, and every reference but those to the Claim absolute and resolved."""
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    request = claim_response(bundle)["request"].get("reference")
    for entry in bundle["entry"]:
        references = set(survey(entry["resource"]).references) - {request}
        assert {resolve_url(reference, "urn:uuid:nowhere") for reference in references} <= set(urls)
        assert not any(key.startswith("_") or key == "contained" for key in entry["resource"])
