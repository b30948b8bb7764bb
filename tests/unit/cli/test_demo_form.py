"""Answering a form from a record: what the record holds, what the clinician says, what stays open."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from server.cli.demo.enabled import enabled
from server.cli.demo.form import answer_form
from server.cli.demo.record import load_record
from server.fhir.json import Json

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LOINC = "http://loinc.org"
RECORD = load_record("approved", date(2026, 11, 20))
PAO2: Json = {"linkId": "pao2", "type": "quantity", "text": "PaO2", "code": [{"system": LOINC, "code": "2703-7"}]}
ORIGIN = "http://hl7.org/fhir/us/davinci-dtr/StructureDefinition/information-origin"


def a_package(*items: Json, draft: list[Json] | None = None) -> Json:
    """A package with a form of the items and a draft response."""
    questionnaire = {"resourceType": "Questionnaire", "url": "https://payer.example/q", "item": list(items)}
    response = {"resourceType": "QuestionnaireResponse", "status": "in-progress", **({"item": draft} if draft else {})}
    value_set = {
        "resourceType": "ValueSet",
        "url": "https://payer.example/vs",
        "expansion": {
            "contains": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J44.9", "display": "COPD"}]
        },
    }
    return {"entry": [{"resource": each} for each in (questionnaire, response, value_set)]}


def sources(items: list[Json]) -> dict[str, str]:
    """The origin of every answer by linkId."""
    found: dict[str, str] = {}
    for item in items:
        for answer in item.get("answer", ()):
            extension = next(each for each in answer["extension"] if each["url"] == ORIGIN)
            found[item["linkId"]] = extension["extension"][0]["valueCode"]
        found |= sources(item.get("item", []))
    return found


def test_answers_come_from_the_record_before_the_clinician_before_the_payer() -> None:
    diagnosis: Json = {"linkId": "diagnosis", "type": "choice", "answerValueSet": "https://payer.example/vs|1"}
    stable: Json = {"linkId": "chronic-stable-state", "type": "boolean"}
    known: Json = {"linkId": "known", "type": "string"}
    unknown: Json = {"linkId": "unknown", "type": "string", "text": "What nobody knows"}
    group: Json = {"linkId": "g", "type": "group", "text": "Group", "item": [PAO2, diagnosis, stable]}
    origin = {"url": ORIGIN, "extension": [{"url": "source", "valueCode": "auto-server"}]}
    draft = [{"linkId": "known", "answer": [{"extension": [origin], "valueString": "x"}]}]

    filled = answer_form(a_package(group, known, unknown, draft=draft), RECORD, NOW)

    assert [filled.count(origin) for origin in ("record", "clinician", "payer")] == [2, 1, 1]
    assert filled.open == ("What nobody knows",)
    assert (filled.response["status"], filled.response["authored"]) == ("completed", "2026-11-20T15:00:00.000Z")
    assert sources(filled.response["item"]) == {
        "pao2": "auto-client",
        "diagnosis": "auto-client",
        "chronic-stable-state": "manual",
        "known": "auto-server",
    }
    (pao2, coded, _) = filled.response["item"][0]["item"]
    assert pao2["text"] == "PaO2"
    assert pao2["answer"][0]["valueQuantity"]["value"] == 54
    assert coded["answer"][0]["valueCoding"] == {
        "system": "http://hl7.org/fhir/sid/icd-10-cm",
        "code": "J44.9",
        "display": "COPD",
    }


@pytest.mark.parametrize(("code", "origin"), [("J44.9", "payer"), ("J44.1", "record")])
def test_what_the_payer_filled_in_stays_unless_the_record_knows_better(code: str, origin: str) -> None:
    diagnosis: Json = {"linkId": "diagnosis", "type": "choice", "answerValueSet": "https://payer.example/vs|1"}
    coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}
    draft = [{"linkId": "diagnosis", "answer": [{"valueCoding": coding}]}]

    filled = answer_form(a_package(diagnosis, draft=draft), RECORD, NOW)

    assert [each.origin for each in filled.given] == [origin]
    assert filled.response["item"][0]["answer"][0]["valueCoding"]["code"] == "J44.9"


def test_the_newest_observation_answers() -> None:
    older = {**RECORD.resources["Observation/pao2-1001"], "id": "old", "effectiveDateTime": "2026-01-01"}
    older["valueQuantity"] = {**older["valueQuantity"], "value": 90}
    record = replace(RECORD, resources={"Observation/old": older, **RECORD.resources})

    filled = answer_form(a_package(PAO2), record, NOW)

    assert filled.response["item"][0]["answer"][0]["valueQuantity"]["value"] == 54


def test_a_disabled_group_hides_what_stands_under_it() -> None:
    condition = {"question": "pao2", "operator": ">", "answerQuantity": {"value": 55, "code": "mm[Hg]"}}
    stable: Json = {"linkId": "chronic-stable-state", "type": "boolean"}
    group: Json = {"linkId": "g", "type": "group", "enableWhen": [condition], "item": [stable]}

    filled = answer_form(a_package(PAO2, group), RECORD, NOW)

    assert [item["linkId"] for item in filled.response["item"]] == ["pao2"]
    assert [each.origin for each in filled.given] == ["record"]
    assert filled.open == ()


YES: Json = {"valueBoolean": True}
FIVE: Json = {"valueQuantity": {"value": 5}}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, True),
        ({"enableWhen": [{"question": "a", "operator": "=", "answerBoolean": True}]}, True),
        ({"enableWhen": [{"question": "a", "operator": "!=", "answerBoolean": True}]}, False),
        ({"enableWhen": [{"question": "none", "operator": "=", "answerBoolean": True}]}, False),
        ({"enableWhen": [{"question": "none", "operator": "exists", "answerBoolean": False}]}, True),
        ({"enableWhen": [{"question": "a", "operator": "exists", "answerBoolean": True}]}, True),
        ({"enableWhen": [{"question": "b", "operator": ">=", "answerQuantity": {"value": 5}}]}, True),
        ({"enableWhen": [{"question": "b", "operator": "<", "answerQuantity": {"value": 5}}]}, False),
    ],
)
def test_enable_when_holds_as_the_guide_says(item: Json, expected: bool) -> None:
    assert enabled(item, {"a": YES, "b": FIVE}) is expected


@pytest.mark.parametrize(("behavior", "expected"), [("any", True), ("all", False)])
def test_several_conditions_hold_by_the_enable_behavior(behavior: str, expected: bool) -> None:
    conditions = [
        {"question": "a", "operator": "=", "answerBoolean": True},
        {"question": "a", "operator": "=", "answerBoolean": False},
    ]

    assert enabled({"enableWhen": conditions, "enableBehavior": behavior}, {"a": YES}) is expected
