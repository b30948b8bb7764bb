"""Sends requests to Claim/$submit and reads what matters in the answers."""

from typing import Any

import httpx2

from server.content.typed import parse
from server.fhir import json

Json = Any
FHIR_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition"


async def send(client: httpx2.AsyncClient, body: Json, base: str = "/fhir") -> httpx2.Response:
    """Posts a body (JSON or bytes) to Claim/$submit."""
    content = body if isinstance(body, bytes) else json.write(body)
    return await client.post(f"{base}/Claim/$submit", content=content, headers=FHIR_JSON)


async def submit(client: httpx2.AsyncClient, body: Json) -> Json:
    """The response Bundle of a request that is answered. A second reader finds every resource of it well-formed."""
    response = await send(client, body)
    assert response.status_code == 200, response.text
    bundle = json.read(response.content)
    parse(bundle)
    return bundle


def claim_response(bundle: Json) -> Json:
    """The ClaimResponse of a response Bundle."""
    return bundle["entry"][0]["resource"]


def resources(bundle: Json, kind: str) -> list[Json]:
    """The resources of a type."""
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def review_action(item: Json) -> dict[str, Any]:
    """The parts of an item's reviewAction: code, number, and reasons."""
    (adjudication,) = item["adjudication"]
    (action,) = adjudication["extension"]
    parts: dict[str, Any] = {"code": None, "number": None, "reasons": []}
    for part in action["extension"]:
        match part["url"]:
            case "number":
                parts["number"] = part["valueString"]
            case "reasonCode":
                parts["reasons"].append(part["valueCodeableConcept"]["coding"][0]["code"])
            case _:
                parts["code"] = part["valueCodeableConcept"]["coding"][0]["code"]
    return parts


def actions(bundle: Json) -> list[tuple[int, str, list[str]]]:
    """Sequence, code and reasons of every item."""
    items = claim_response(bundle).get("item", [])
    found = [(item["itemSequence"], review_action(item)) for item in items]
    return [(sequence, action["code"], action["reasons"]) for sequence, action in found]


def errors(bundle: Json) -> list[tuple[str, str, str]]:
    """Code, follow-up and path of every error."""
    found = []
    for error in claim_response(bundle).get("error", []):
        parts = {each["url"].rpartition("extension-")[2]: each for each in error["extension"]}
        follow_up = parts["errorFollowupAction"]["valueCodeableConcept"]["coding"][0]["code"]
        found.append((error["code"]["coding"][0]["code"], follow_up, parts["errorPath"]["valueString"]))
    return found


def extension(element: Json, name: str) -> Json:
    """The extension `extension-[name]` of an element, by its value; None when it has none."""
    for each in element.get("extension", []):
        if each["url"] == f"{PAS}/extension-{name}":
            return next((each[key] for key in each if key != "url"), None)
    return None
