"""The example responses of the forms fit their forms: items, order, texts, types, options."""

from pathlib import Path

import pytest

from server.content.forms import Form
from server.content.load_forms import load_forms
from server.content.typed import parse
from server.decision.intake.questionnaire_response import answered
from server.fhir import json
from server.fhir.json import Json
from tests.architecture.tree import ROOT

EXAMPLES = sorted((ROOT / "questionnaires").glob("*/examples/*.response.json"))
VALUE_TYPES = {
    "boolean": "valueBoolean",
    "choice": "valueCoding",
    "date": "valueDate",
    "quantity": "valueQuantity",
    "string": "valueString",
}


def _options(form: Form, item: Json) -> list[tuple[str, str]]:
    codings = [option["valueCoding"] for option in item.get("answerOption", ())]
    for value_set in form.value_sets:
        if f"{value_set['url']}|{value_set['version']}" == item.get("answerValueSet"):
            for include in value_set["compose"]["include"]:
                codings += [{"system": include["system"], **concept} for concept in include["concept"]]
    return [(coding["system"], coding["code"]) for coding in codings]


def _check(form: Form, asked: list[Json], given: list[Json]) -> None:
    places = {item["linkId"]: number for number, item in enumerate(asked)}
    order = [places[item["linkId"]] for item in given]
    assert order == sorted(set(order))
    for item in given:
        question = asked[places[item["linkId"]]]
        assert item["text"] == question["text"]
        for answer in item.get("answer", ()):
            value = answer[VALUE_TYPES[question["type"]]]
            if question["type"] == "choice":
                assert (value["system"], value["code"]) in _options(form, question)
        _check(form, question.get("item", []), item.get("item", []))


@pytest.mark.parametrize("file", EXAMPLES, ids=[file.name for file in EXAMPLES])
def test_an_example_response_fits_its_form(file: Path) -> None:
    response = json.read(file.read_bytes())
    form = load_forms(ROOT / "questionnaires").get(response["questionnaire"])

    parse(response)

    assert form
    assert response["status"] == "completed"
    _check(form, form.questionnaire["item"], response["item"])
    required = {link_id for link_id, item in form.items.items() if item.get("required")}
    assert required <= {fact.link_id for fact in answered(response, "QuestionnaireResponse/example")}


def test_every_form_has_an_example_response() -> None:
    forms = {file.parent.name for file in (ROOT / "questionnaires").glob("*/questionnaire.json")}

    assert {file.parent.parent.name for file in EXAMPLES} == forms
