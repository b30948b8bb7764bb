"""Answers to inquiries, and the answers of PAS 2.0.1, are valid by the guides' profiles, as HL7's validator reads them.

The inquiries are checked as well: an answer to a faulty request would prove little.
"""

import re
from typing import Any

import httpx2
import pytest

from server.fhir import json
from server.pas.example import inquire_example, submit_example
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.inquiries import BEFORE, CURRENT, an_inquiry, an_inquiry_item, ask
from tests.builders.submit import send
from tests.conformance.conftest import Validate

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validator")]

Json = Any
PROFILES = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"
VERSIONS = {CURRENT: "2.2.1", BEFORE: "2.0.1"}
OF_THE_GUIDE = re.compile(
    r"The extension http://hl7\.org/fhir/us/davinci-pas/StructureDefinition/extension-"
    r"(communicatedDiagnosis|itemAuthorizedProvider|administrationReferenceNumber|serviceItemRequestType"
    r"|certificationType) v2\.\d\.1 is not allowed to be used at this point"
)
"""Where the guide contradicts itself: it puts these extensions where their own definitions do not allow them."""

REQUESTS: dict[str, Json] = {
    "approved": submit_example(),
    "no authorization needed": a_request_bundle(a_claim(an_item("A4253"))),
    "pended for a person": a_request_bundle(a_claim(an_item("E1223"))),
    "pended for a form": a_request_bundle(a_claim(an_item("E1390"), diagnosis="J44.9")),
    "excluded": a_request_bundle(a_claim(an_item("A9270"))),
    "over the limit": a_request_bundle(
        a_claim(an_item("3", "https://codesystem.x12.org/005010/1365", quantity={"value": 20, "unit": "visit"}))
    ),
    "unknown member": a_request_bundle(member="PSG-9999"),
}

INQUIRIES: dict[str, Json] = {
    "the example": inquire_example(),
    "all of a member": an_inquiry(),
    "an unknown number": an_inquiry(an_inquiry_item(number="PA-NOBODY")),
    "an unknown member": an_inquiry(member="PSG-9999"),
}


def unexpected(errors: list[str]) -> list[str]:
    """The errors that are no contradiction of the guide."""
    return [error for error in errors if not OF_THE_GUIDE.search(error)]


@pytest.mark.parametrize("story", REQUESTS)
async def test_the_answer_to_a_claim_of_2_0_is_valid(
    story: str, client: httpx2.AsyncClient, validate: Validate
) -> None:
    answer = await send(client, REQUESTS[story], BEFORE)

    guide, profile = "hl7.fhir.us.davinci-pas@2.0.1", f"{PROFILES}/profile-pas-response-bundle|2.0.1"
    assert answer.status_code == 200
    assert unexpected(validate(answer.json(), guide=guide, profile=profile)) == []


@pytest.mark.parametrize("base", [CURRENT, BEFORE])
@pytest.mark.parametrize("story", INQUIRIES)
async def test_the_answer_to_an_inquiry_is_valid(
    story: str, base: str, client: httpx2.AsyncClient, validate: Validate
) -> None:
    for body in REQUESTS.values():
        await send(client, body, base)

    answer = await ask(client, INQUIRIES[story], base)

    asked = f"{PROFILES}/profile-pas-inquiry-request-bundle|{VERSIONS[base]}"
    guide = f"hl7.fhir.us.davinci-pas@{VERSIONS[base]}"
    profile = f"{PROFILES}/profile-pas-inquiry-response-bundle|{VERSIONS[base]}"
    found = json.read(answer.content)
    bundles = [found] if base == BEFORE else [row["resource"] for row in found["parameter"]]
    assert answer.status_code == 200
    errors = [error for each in bundles for error in validate(json.write(each), guide=guide, profile=profile)]
    assert unexpected(errors) == []
    assert validate(json.write(INQUIRIES[story]), guide=guide, profile=asked) == []
