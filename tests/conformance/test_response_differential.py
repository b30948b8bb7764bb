"""QuestionnaireResponses against their Questionnaires: Passage's verdict is that of HL7's reference validator.

Left out is where the two differ on purpose: a text that is not the form's (a warning here), units offered by the form
(the reference refuses right ones without a terminology server), and `!=` of what R4 leaves open.
https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from decimal import Decimal
from typing import Any

import pytest

from server.fhir import json
from server.fhir.validation.questionnaire_response.documents import check_responses, forms_of
from tests.builders.questionnaires import (
    SDC,
    a_colour,
    a_quantity,
    a_questionnaire,
    a_response,
    an_answer,
    an_extension,
    an_item,
)
from tests.builders.validation import shipped
from tests.conformance.conftest import Validate

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validator")]

Json = Any
Case = tuple[list[Json], list[Json]]

GUIDE = "hl7.fhir.us.davinci-dtr#2.2.0"
OPTIONS = {"answerOption": [{"valueCoding": a_colour("red")}, {"valueCoding": a_colour("blue")}]}
GROUP = an_item("g", "group", item=[an_item("a", required=True), an_item("b")])


def _when(operator: str, key: str, value: Json, type: str, *given: Json) -> Case:
    condition = {"question": "a", "operator": operator, f"answer{key}": value}
    items = [an_item("a", type, repeats=True), an_item("q", required=True, enableWhen=[condition])]
    return items, [an_answer("a", *given, type=key)]


def _limited(type: str, key: str, least: Json, most: Json, value: Json) -> Case:
    limits = (an_extension("minValue", least, key), an_extension("maxValue", most, key))
    return [an_item("q", type, *limits)], [an_answer("q", value, type=key)]


def _bounded(value: Json) -> Case:
    least = an_extension(SDC + "minQuantity", a_quantity(2), "Quantity")
    most = an_extension(SDC + "maxQuantity", a_quantity(5), "Quantity")
    return [an_item("q", "quantity", least, most)], [an_answer("q", value, type="Quantity")]


CASES: list[Case] = [
    ([an_item()], [an_answer("q", "x")]),
    ([an_item(required=True)], [an_answer("q")]),
    ([an_item()], [an_answer("z", "x")]),
    ([an_item("a"), an_item("b")], [an_answer("b", "x"), an_answer("a", "x")]),
    ([GROUP], [an_answer("a", "x")]),
    ([GROUP], [{"linkId": "g", "item": [an_answer("a", "x")]}]),
    ([GROUP], [{"linkId": "g", "item": [an_answer("b", "x")]}]),
    ([GROUP], [an_answer("g", "x")]),
    ([an_item(item=[an_item("a")])], [{"linkId": "q", "item": [an_answer("a", "x")]}]),
    ([an_item()], [an_answer("q", "x", "y")]),
    ([an_item(repeats=True)], [an_answer("q", "x", "y")]),
    ([an_item("q", "integer")], [an_answer("q", "x")]),
    ([an_item("q", "display")], [an_answer("q", "x")]),
    ([an_item("q", "choice", **OPTIONS)], [an_answer("q", a_colour("red"), type="Coding")]),
    ([an_item("q", "choice", **OPTIONS)], [an_answer("q", a_colour("green"), type="Coding")]),
    ([an_item("q", "choice", **OPTIONS)], [an_answer("q", {"code": "red"}, type="Coding")]),
    ([an_item("q", "open-choice", **OPTIONS)], [an_answer("q", "mauve")]),
    ([an_item("q", "open-choice", **OPTIONS)], [an_answer("q", a_colour("green"), type="Coding")]),
    ([an_item(maxLength=3)], [an_answer("q", "xxxx")]),
    ([an_item(maxLength=3)], [an_answer("q", "xxx")]),
    ([an_item("q", "string", an_extension("regex", "[0-9]+", "String"))], [an_answer("q", "12a")]),
    ([an_item("q", "string", an_extension("regex", "[0-9]+", "String"))], [an_answer("q", "12")]),
    _limited("integer", "Integer", 2, 5, 1),
    _limited("integer", "Integer", 2, 5, 5),
    _limited("decimal", "Decimal", Decimal("2.0"), Decimal("5.0"), Decimal("5.1")),
    _limited("date", "Date", "2026-01-01", "2026-02-01", "2025-12-31"),
    _limited("time", "Time", "10:00:00", "12:00:00", "11:00:00"),
    _bounded(a_quantity(1)),
    _bounded(a_quantity(3)),
    _when("=", "Boolean", True, "boolean", True),
    _when("=", "Boolean", True, "boolean", False),
    _when("!=", "Boolean", True, "boolean", False),
    _when(">", "Integer", 1, "integer", 1),
    _when(">=", "Integer", 1, "integer", 1),
    _when("<", "Date", "2026-01-01", "date", "2025-12-31"),
    _when(">", "Quantity", a_quantity(55), "quantity", a_quantity(56)),
    _when("=", "Coding", a_colour("red"), "choice", a_colour("blue")),
]


def _response(case: Case, status: str) -> Json:
    items, rows = case
    form = {**a_questionnaire(*items), "name": "Form"}
    return a_response(*rows, questionnaire="#form", status=status, contained=[form])


def test_answers_get_the_verdict_of_the_reference(validate: Validate) -> None:
    unlike = []
    for index, case in enumerate(CASES):
        for status in ("completed", "in-progress"):
            response = _response(case, status)
            ours = check_responses(shipped().validate(response), response, forms_of(()), shipped().terminology)
            theirs = validate(json.write(response), guide=GUIDE)
            if ours.valid == bool(theirs):
                unlike.append((index, status, [one.message for one in ours.findings], theirs))

    assert unlike == []
