"""Calls of $submit-attachment that are valid by default, for the requests of `tests.builders.claims`."""

from typing import Any

import httpx2

from server.fhir import json
from tests.builders.claims import LOINC, MEMBER, a_concept, an_observation

Json = Any
NPI = "http://hl7.org/fhir/sid/us-npi"
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"
SETTING = "https://passage.example/fhir/CodeSystem/oxygen-test-setting"
FHIR_JSON = {"Content-Type": "application/fhir+json"}
NOTE = "34117-2"
"""LOINC code of a history and physical note."""


def a_delivery(tracking: str, *attachments: Json, member: str = "PSG-1002", **parameters: Json) -> Json:
    """The Parameters; a parameter that is given as None is left out, one that is given otherwise replaces its value."""
    values: dict[str, Json] = {
        "TrackingId": {"valueIdentifier": {"system": "https://payer.example/control", "value": tracking}},
        "AttachTo": {"valueCode": "preauthorization"},
        "OrganizationId": {"valueIdentifier": {"system": NPI, "value": "8189991234"}},
        "MemberId": {"valueIdentifier": {"system": MEMBER, "value": member}},
        **parameters,
    }
    rows = [{"name": name, **value} for name, value in values.items() if value is not None]
    return {"resourceType": "Parameters", "parameter": [*rows, *attachments]}


def an_attachment(resource: Json, *, code: str | None = None, lines: tuple[int, ...] = ()) -> Json:
    """The parameter Attachment."""
    parts: list[Json] = [{"name": "LineItem", "valueString": str(line)} for line in lines]
    parts += [{"name": "Code", "valueCodeableConcept": a_concept(LOINC, code)}] if code else []
    return {"name": "Attachment", "part": [*parts, {"name": "Content", "resource": resource}]}


def a_note(id: str = "note-1", **changes: Json) -> Json:
    """A document as a reader of documents sees it: nothing in it is a fact to a rule."""
    document = {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "type": a_concept(LOINC, NOTE),
        "subject": {"reference": "Patient/patient-1"},
        "content": [{"attachment": {"contentType": "application/pdf", "data": "JVBERi0xLjQ="}}],
    }
    return {**document, **changes}


def a_form(setting: str = "rest", **changes: Json) -> Json:
    """The answers of the home oxygen form that no measured value gives."""
    answers = {
        "test-date": {"valueDate": "2026-11-17"},
        "test-setting": {"valueCoding": {"system": SETTING, "code": setting}},
        "edema": {"valueBoolean": False},
        "cor-pulmonale": {"valueBoolean": False},
    }
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "form-1",
        "questionnaire": FORM,
        "status": "completed",
        "subject": {"reference": "Patient/patient-1"},
        "authored": "2026-11-18",
        "item": [{"linkId": link_id, "answer": [answer]} for link_id, answer in answers.items()],
    }
    return {**form, **changes}


def measured(pao2: int) -> Json:
    """A blood gas of three days before the request."""
    return an_observation("pao2", "2703-7", pao2, "mm[Hg]")


async def attach(client: httpx2.AsyncClient, body: Json, base: str = "/fhir") -> httpx2.Response:
    """Posts the call."""
    content = body if isinstance(body, bytes) else json.write(body)
    return await client.post(f"{base}/$submit-attachment", content=content, headers=FHIR_JSON)
