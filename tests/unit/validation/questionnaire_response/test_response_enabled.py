"""Items are asked where the answers given enable them; where that is open, nothing is demanded and nothing refused."""

from typing import Any

import pytest

from server.fhir.validation.questionnaire_response.check import check_response
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

Json = Any


def _enabled(question: Json, item: Json, *rows: Json) -> bool | None:
    """What the check makes of it: demanded when absent, refused when answered, or neither."""
    form = a_questionnaire(question, {**item, "required": True})
    absent = check_response(a_response(*rows), form, shipped().terminology)
    answered = check_response(a_response(*rows, an_answer("q", "x")), form, shipped().terminology)
    demanded = "questionnaire-required" in [one.message for one in absent.found]
    refused = "questionnaire-disabled" in [one.message for one in answered.found]
    assert not (demanded and refused)
    return True if demanded else False if refused else None


def _when(operator: str, key: str, value: Json) -> Json:
    return an_item("q", enableWhen=[{"question": "a", "operator": operator, f"answer{key}": value}])


@pytest.mark.parametrize(
    ("type", "operator", "key", "wanted", "given", "expected"),
    [
        ("boolean", "=", "Boolean", True, [True], True),
        ("boolean", "=", "Boolean", True, [False], False),
        ("boolean", "=", "Boolean", True, [], False),
        ("boolean", "!=", "Boolean", True, [False], True),
        ("boolean", "!=", "Boolean", True, [True], False),
        ("boolean", "!=", "Boolean", True, [], None),
        ("integer", "=", "Integer", 1, [1, 2], True),
        ("integer", "!=", "Integer", 1, [1, 2], None),
        ("integer", ">", "Integer", 1, [2], True),
        ("integer", ">", "Integer", 1, [1], False),
        ("integer", ">=", "Integer", 1, [1], True),
        ("integer", ">=", "Integer", 1, [0], False),
        ("integer", "<", "Integer", 1, [0], True),
        ("integer", "<", "Integer", 1, [1], False),
        ("integer", "<=", "Integer", 1, [1], True),
        ("integer", "<=", "Integer", 1, [2], False),
        ("integer", "~", "Integer", 1, [2], None),
        ("date", ">", "Date", "2026-01-01", ["2026-01-02"], True),
        ("date", ">", "Date", "2026-01-01", ["2026"], None),
        ("time", "<", "Time", "12:00:00", ["11:00:00"], True),
        ("quantity", ">", "Quantity", a_quantity(55), [a_quantity(56)], True),
        ("quantity", ">", "Quantity", a_quantity(55), [a_quantity(55)], False),
        ("quantity", ">", "Quantity", a_quantity(55), [a_quantity(8, "kPa")], True),
        ("quantity", ">", "Quantity", a_quantity(55), [a_quantity(56, "L")], None),
        ("choice", "=", "Coding", a_colour("red"), [a_colour("red")], True),
        ("choice", "=", "Coding", a_colour("red"), [a_colour("blue")], False),
        ("choice", "=", "Coding", a_colour("red"), [{"code": "red"}], None),
    ],
)
def test_an_item_is_asked_where_the_answers_say_so(
    type: str, operator: str, key: str, wanted: Json, given: list[Json], expected: bool | None
) -> None:
    rows = [an_answer("a", *given, type=key)] if given else []

    assert _enabled(an_item("a", type, repeats=True), _when(operator, key, wanted), *rows) is expected


@pytest.mark.parametrize(
    ("wanted", "given", "expected"), [(True, "x", True), (True, None, False), (False, None, True), (False, "x", False)]
)
def test_an_item_is_asked_where_another_is_answered_or_not(wanted: bool, given: str | None, expected: bool) -> None:
    rows = [an_answer("a", given)] if given else []

    assert _enabled(an_item("a"), _when("exists", "Boolean", wanted), *rows) is expected


@pytest.mark.parametrize(
    ("behavior", "first", "second", "expected"),
    [
        ("all", True, True, True),
        ("all", True, False, False),
        ("any", True, False, True),
        ("any", False, False, False),
        (None, True, False, False),
    ],
)
def test_conditions_count_together_or_each_alone(
    behavior: str | None, first: bool, second: bool, expected: bool
) -> None:
    conditions = [{"question": "a", "operator": "exists", "answerBoolean": one} for one in (first, second)]
    item = an_item("q", enableWhen=conditions, **({"enableBehavior": behavior} if behavior else {}))

    assert _enabled(an_item("a"), item, an_answer("a", "x")) is expected


@pytest.mark.parametrize(
    ("language", "expression", "expected"),
    [
        ("text/fhirpath", "%resource.item.where(linkId = 'a').answer.exists()", True),
        ("text/fhirpath", "%resource.item.where(linkId = 'z').answer.exists()", False),
        ("text/fhirpath", "%ofSomeoneElse", None),
        ("text/fhirpath", "((", None),
        ("text/cql", "true", None),
    ],
)
def test_an_expression_enables_too(language: str, expression: str, expected: bool | None) -> None:
    written = {"language": language, "expression": expression}
    item = an_item("q", "string", an_extension(SDC + "enableWhenExpression", written, "Expression"))

    assert _enabled(an_item("a"), item, an_answer("a", "x")) is expected


def test_the_nearest_answer_counts_in_a_group_that_repeats() -> None:
    when = [{"question": "a", "operator": "=", "answerBoolean": True}]
    below = [an_item("a", "boolean"), an_item("q", required=True, enableWhen=when)]
    form = a_questionnaire(an_item("g", "group", repeats=True, item=below))
    asked = {"linkId": "g", "item": [an_answer("a", True, type="Boolean")]}
    not_asked = {"linkId": "g", "item": [an_answer("a", False, type="Boolean")]}

    found = check_response(a_response(not_asked, asked), form, shipped().terminology).found

    assert [(one.message, one.expression) for one in found] == [
        ("questionnaire-required", "QuestionnaireResponse.item[1]")
    ]


def test_a_question_is_looked_for_in_the_groups_around() -> None:
    when = [{"question": "a", "operator": "=", "answerBoolean": True}]
    group = an_item("g", "group", item=[an_item("b"), an_item("q", enableWhen=when)])
    form = a_questionnaire(an_item("a", "boolean"), group)
    answered = {"linkId": "g", "item": [an_answer("q", "x")]}

    for given, expected in ((True, []), (False, [("questionnaire-disabled", "QuestionnaireResponse.item[1].item[0]")])):
        response = a_response(an_answer("a", given, type="Boolean"), answered)
        found = check_response(response, form, shipped().terminology).found
        assert [(one.message, one.expression) for one in found] == expected
