"""Calls a hook over HTTP, and reads what it tells."""

from typing import Any

import httpx2

from server.fhir import json
from tests.builders.hooks import Json

PATH = "/cds-services/order-sign-crd"
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"


async def call(client: httpx2.AsyncClient, sent: Json) -> Json:
    """The answer of order-sign, read with exact decimals."""
    response = await client.post(PATH, content=json.write(sent), headers={"Content-Type": "application/json"})
    assert response.status_code == 200, response.text
    return json.read(response.content)


def codes(repetition: dict[str, list[Any]]) -> dict[str, Any]:
    """The codes by which a client acts."""
    urls = ("covered", "pa-needed", "doc-needed", "info-needed", "questionnaire")
    return {url: repetition[url] for url in urls if url in repetition}
