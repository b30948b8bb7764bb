"""Inquiries that are valid by default, sent to Claim/$inquire on either base; a test states only what matters to it."""

from typing import Any

import httpx2

from server.fhir import json
from tests.builders.claims import PAS, a_claim, a_concept, a_request_bundle
from tests.builders.submit import FHIR_JSON, claim_response

Json = Any
CURRENT = "/fhir"
BEFORE = "/2.0.1/fhir"
NOT_APPLICABLE = a_concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")
NPI = "http://hl7.org/fhir/sid/us-npi"


def an_inquiry_item(sequence: int = 1, number: str | None = None, **elements: Json) -> Json:
    """A Claim.item that names no service; `number` is the authorization number that is looked for."""
    named = [{"url": f"{PAS}/extension-authorizationNumber", "valueString": number}] if number else []
    extensions = [*named, *elements.pop("extension", [])]
    item = {"sequence": sequence, "extension": extensions or None, "productOrService": NOT_APPLICABLE, **elements}
    return {name: value for name, value in item.items() if value is not None}


def an_inquiry(
    *items: Json, member: str = "PSG-1003", others: tuple[Json, ...] = (), parts: Json = None, **elements: Json
) -> Json:
    """An inquiry about the member, by the clinic that submits by default; `elements` are the Claim's.

    `parts` replaces resources by their names in `a_request_bundle`: patient, coverage, insurer, provider.
    """
    of_inquiry = {"id": "inquiry-1", "identifier": [{"system": "https://ehr.example/claims", "value": "INQ-1"}]}
    claim = {**a_claim(*(items or (an_inquiry_item(),))), **of_inquiry, "diagnosis": None, **elements}
    given = {name: value for name, value in claim.items() if value is not None}
    return a_request_bundle(given, *others, member=member, **(parts or {}))


async def ask(client: httpx2.AsyncClient, body: Json, base: str = CURRENT) -> httpx2.Response:
    """Posts a body to Claim/$inquire."""
    return await client.post(f"{base}/Claim/$inquire", content=json.write(body), headers=FHIR_JSON)


async def inquire(client: httpx2.AsyncClient, body: Json) -> list[Json]:
    """The Bundles that an inquiry of PAS 2.2 returns."""
    response = await ask(client, body)
    assert response.status_code == 200, response.text
    written = json.read(response.content)
    assert written["resourceType"] == "Parameters"
    rows = written.get("parameter", [])
    assert {row["name"] for row in rows} <= {"return"}
    return [row["resource"] for row in rows]


def names(bundles: list[Json]) -> list[str]:
    """The ids of the ClaimResponses, in the order of the answer."""
    return [claim_response(bundle)["id"] for bundle in bundles]
