"""The public PAS kit's own payloads, as they are, are answered by the demo plan's data.

Which rule answers what: section 5.2 of the digest of the kit, `pas-kit.md` beside the payloads.
"""

from copy import deepcopy
from typing import Any

import httpx2
import pytest

from server.fhir import json
from tests.builders.claims import HCPCS, a_concept
from tests.builders.submit import actions, claim_response, errors, review_action, send, submit
from tests.scenarios.conftest import MakeClient
from tests.shared import shared

Json = Any
KIT = "http://davinci-pas.org/fhir"


def payload(name: str) -> Json:
    """A payload of the kit."""
    return json.read(
        (shared() / "spec" / "examples" / "pas" / f"server{name}_submit_request_payload.json").read_bytes()
    )


def update_payload(name: str) -> Json:
    """A payload of the kit's updates."""
    file = f"server221_claim_update_{name}_submit_payload.json"
    return json.read((shared() / "spec" / "examples" / "pas" / file).read_bytes())


def denial() -> Json:
    """The kit's denial payload with the service that makes it one: as shipped it is the approval, byte for byte."""
    body = payload("221_denial_pa")
    for entry in body["entry"]:
        resource = entry["resource"]
        for item in resource.get("item", ()):
            item["productOrService"] = a_concept(HCPCS, "A9270")
            item["extension"] = [each for each in item["extension"] if "CodeEnd" not in each["url"]]
        if resource["resourceType"] == "ServiceRequest":
            resource["code"] = a_concept(HCPCS, "A9270")
            resource["extension"] = [each for each in resource["extension"] if "CodeEnd" not in each["url"]]
    return body


def over_the_limit() -> Json:
    """A must-support Bundle with 20 visits of its last item."""
    body = payload("221_must_support_pa")[1]
    body["entry"][0]["resource"]["item"][-1]["quantity"]["value"] = 20
    return body


def somebody_else() -> Json:
    """A must-support Bundle of a person who is no member."""
    body = payload("221_must_support_pa")[1]
    for entry in body["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource["identifier"][0]["value"] = "00000000000"
        if resource["resourceType"] == "Coverage":
            resource["subscriberId"] = "00000000000"
            for identifier in resource["identifier"]:
                identifier["value"] = "00000000000"
    return body


def without_a_url() -> Json:
    """A must-support Bundle whose Claim has no URL at the provider's server."""
    text = json.write(payload("221_must_support_pa")[1]).decode()
    for kind in ("Organization", "Coverage", "Patient", "ServiceRequest", "PractitionerRole", "Practitioner"):
        text = text.replace(f'"reference":"{kind}/', f'"reference":"{KIT}/{kind}/')
    for kind in ("Location", "DocumentReference", "Encounter", "Claim", "Condition"):
        text = text.replace(f'"reference":"{kind}/', f'"reference":"{KIT}/{kind}/')
    body = json.read(text.encode())
    body["entry"][0]["fullUrl"] = "urn:uuid:3f0f2f64-5f0e-4a4b-9a6d-1f1d6b9c2a01"
    return body


async def test_the_approval_payload_is_certified(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, payload("221_approval_pa"))

    assert actions(bundle) == [(1, "A1", []), (2, "A1", [])]
    assert all(review_action(item)["number"] for item in claim_response(bundle)["item"])


async def test_the_pended_payload_waits_for_a_person(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, payload("221_pended_pa"))

    assert actions(bundle) == [(1, "A4", ["0V"]), (2, "A4", ["0V"])]
    assert claim_response(bundle)["outcome"] == "complete"


async def test_the_denial_payload_as_shipped_is_the_approval(client: httpx2.AsyncClient) -> None:
    approval = await send(client, json.write(payload("221_approval_pa")))

    denied = await send(client, json.write(payload("221_denial_pa")))

    assert denied.content == approval.content


async def test_the_denial_payload_with_a_service_that_is_excluded_is_not_certified(client: httpx2.AsyncClient) -> None:
    bundle = await submit(client, denial())

    assert actions(bundle) == [(1, "A3", ["0M"]), (2, "A3", ["0M"])]
    assert "adjudication" not in claim_response(bundle)


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-4")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@conf-5")
async def test_every_must_support_bundle_is_answered(client: httpx2.AsyncClient) -> None:
    bodies = payload("221_must_support_pa")

    bundles = [await submit(client, body) for body in bodies]

    assert [actions(bundle) for bundle in bundles] == [
        [(1, "A4", ["0V"]), (2, "A4", ["0V"])],
        [(1, "A1", []), (2, "A1", [])],
    ]


async def test_the_variants_of_the_must_support_bundle_are_answered(client: httpx2.AsyncClient) -> None:
    over = await submit(client, over_the_limit())
    nobody = await submit(client, somebody_else())
    no_url = await submit(client, without_a_url())

    assert actions(over) == [(1, "A1", []), (2, "A6", ["0L"])]
    assert [(item["itemSequence"], item["quantity"]["value"]) for item in claim_response(over)["addItem"]] == [
        ([2], 10)
    ]
    assert (errors(nobody), actions(nobody)) == ([("75", "C", "Claim.patient")], [])
    assert actions(no_url) == [(1, "A1", []), (2, "A1", [])]
    assert "reference" not in claim_response(no_url)["request"]
    assert claim_response(no_url)["request"]["identifier"]["value"] == "111099"


async def test_a_request_and_its_updates_become_one_history(client: httpx2.AsyncClient) -> None:
    initial = await submit(client, update_payload("initial"))

    updates = [await submit(client, update_payload(name)) for name in ("add_item", "modify_cancel", "cancel_all")]

    assert actions(initial) == [(1, "A1", [])]
    assert [actions(update) for update in updates] == [
        [(1, "A1", []), (2, "A1", [])],
        [(1, "A1", []), (2, "C", [])],
        [(1, "C", []), (2, "C", [])],
    ]


async def test_payloads_of_the_older_guide_are_decided_alike(make_client: MakeClient) -> None:
    # They break profiles of the newer guide, so here they are not held against any.
    client = await make_client(validation="off", self_check="off")
    approved = await submit(client, payload("201_approval_pa"))
    pended = await submit(client, payload("201_pended_pa"))

    assert (actions(approved), actions(pended)) == ([(1, "A1", [])], [(1, "A4", ["0V"])])


async def test_nothing_looks_at_an_identifier_of_the_payloads(client: httpx2.AsyncClient) -> None:
    body = payload("221_pended_pa")
    changed = deepcopy(body)
    changed["identifier"]["value"] = "ANOTHER-1"
    changed["entry"][0]["resource"]["identifier"][0]["value"] = "ANOTHER-2"
    changed["entry"][0]["resource"]["item"][0]["extension"][0]["valueIdentifier"]["value"] = "ANOTHER-3"

    bundles = [await submit(client, each) for each in (body, changed)]

    assert actions(bundles[0]) == actions(bundles[1])
