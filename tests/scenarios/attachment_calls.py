"""Requests that wait for information, and how their cases look after an attachment."""

from typing import Any

import httpx2

from server.fhir import json
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.submit import resources, submit
from tests.scenarios.review_calls import case_of, work

Json = Any


async def oxygen(client: httpx2.AsyncClient, *items: Json, member: str = "PSG-1002", bundle: str = "BDL-1") -> Json:
    """The answer to a request for home oxygen without any evidence: it is pended, and asks for it."""
    claim = a_claim(*(items or (an_item("E1390"),)), diagnosis="J44.9")
    identifier = {"system": "https://ehr.example/bundles", "value": bundle}
    return await submit(client, a_request_bundle(claim, member=member, identifier=identifier))


def control_numbers(bundle: Json) -> dict[str, str]:
    """The control numbers of what is asked for, by the code of the document."""
    asked = resources(bundle, "CommunicationRequest")
    return {each["payload"][0]["contentString"]: each["identifier"][0]["value"] for each in asked}


async def the_case(client: httpx2.AsyncClient, q: str = "BDL-1") -> Json:
    """The one case that the reviewers find by the identifier of its Bundle, decided or not."""
    for state in ("pended", "determined"):
        if rows := (await work(client, q=q, state=state))["cases"]:
            return await case_of(client, rows[0]["id"])
    raise AssertionError("there is no such case")


def told(response: httpx2.Response) -> tuple[int, list[tuple[str, str]]]:
    """The status, and severity and code of each issue."""
    outcome = json.read(response.content)
    assert outcome["resourceType"] == "OperationOutcome"
    return response.status_code, [(issue["severity"], issue["code"]) for issue in outcome["issue"]]


ACCEPTED = (200, [("information", "informational")])
