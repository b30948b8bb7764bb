"""A Questionnaire with an item of each type, and a response that answers it as it asks, until a test changes it."""

from typing import Any

Json = Any

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
UCUM = "http://unitsofmeasure.org"
COLOURS = "http://payer.test/CodeSystem/colours"


def an_extension(url: str, value: Json, type: str) -> Json:
    """An extension of a Questionnaire's item."""
    return {"url": url if ":" in url else CORE + url, f"value{type}": value}


def an_item(link_id: str = "q", type: str = "string", *extensions: Json, **more: Json) -> Json:
    """An item of a Questionnaire."""
    item = {"linkId": link_id, "text": f"Question {link_id}", "type": type, **more}
    return {**item, "extension": list(extensions)} if extensions else item


def a_colour(code: str, system: str = COLOURS) -> Json:
    """A Coding."""
    return {"system": system, "code": code}


def a_quantity(value: Json, code: str = "mm[Hg]") -> Json:
    """A Quantity in UCUM."""
    return {"value": value, "unit": code, "system": UCUM, "code": code}


def a_questionnaire(*items: Json, **changes: Json) -> Json:
    """An active Questionnaire."""
    return {
        "resourceType": "Questionnaire",
        "id": "form",
        "url": "http://payer.test/Questionnaire/form",
        "version": "1",
        "status": "active",
        "subjectType": ["Patient"],
        "item": list(items),
        **changes,
    }


def an_answer(link_id: str = "q", *values: Json, type: str = "String", **more: Json) -> Json:
    """An item of a response with an answer for each value."""
    row = {"linkId": link_id, **more}
    return {**row, "answer": [{f"value{type}": value} for value in values]} if values else row


def a_response(*items: Json, **changes: Json) -> Json:
    """A completed QuestionnaireResponse."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "http://payer.test/Questionnaire/form|1",
        "status": "completed",
        "authored": "2026-11-02T10:00:00Z",
        "item": list(items),
        **changes,
    }
