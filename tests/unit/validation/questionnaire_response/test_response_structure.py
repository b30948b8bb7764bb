"""A QuestionnaireResponse has the items of its Questionnaire: which, in which order, how often."""

from typing import Any

import pytest

from server.fhir.validation.questionnaire_response.check import check_response
from tests.builders.questionnaires import (
    a_questionnaire,
    a_response,
    an_answer,
    an_extension,
    an_item,
)
from tests.builders.validation import shipped

Json = Any
Rows = list[Json]
Found = list[tuple[str, str, str]]

ROOT = "QuestionnaireResponse"
GROUP = an_item("g", "group", item=[an_item("a")])


def _found(items: Rows, rows: Rows, status: str = "completed") -> Found:
    response = a_response(*rows, status=status)
    found = check_response(response, a_questionnaire(*items), shipped().terminology)
    return [(one.severity, one.message, one.expression) for one in found.found]


def _occurs(least: int, most: int, type: str = "string", **more: Json) -> Json:
    minimum = an_extension("questionnaire-minOccurs", least, "Integer")
    maximum = an_extension("questionnaire-maxOccurs", most, "Integer")
    return an_item("q", type, minimum, maximum, repeats=True, **more)


@pytest.mark.parametrize(
    ("items", "rows", "expected"),
    [
        pytest.param([an_item()], [an_answer("q", "x")], [], id="answered"),
        pytest.param([an_item()], [], [], id="optional"),
        pytest.param([an_item()], [an_answer("z", "x")], [("questionnaire-link-id", ".item[0].linkId")], id="unknown"),
        pytest.param(
            [an_item("a"), an_item("b")],
            [an_answer("b", "x"), an_answer("a", "x")],
            [("questionnaire-order", ".item[1]")],
            id="out of order",
        ),
        pytest.param([GROUP], [an_answer("a", "x")], [("questionnaire-place", ".item[0]")], id="misplaced"),
        pytest.param([an_item("q", "display")], [{"linkId": "q"}], [], id="display shown"),
        pytest.param(
            [an_item("q", "display")],
            [an_answer("q", "x")],
            [("questionnaire-display", ".item[0]")],
            id="display answered",
        ),
        pytest.param([GROUP], [an_answer("g", "x")], [("questionnaire-group", ".item[0]")], id="group answered"),
        pytest.param(
            [an_item("q", item=[an_item("a")])],
            [{"linkId": "q", "item": [an_answer("a", "x")]}],
            [("questionnaire-answer-item", ".item[0]")],
            id="below the question",
        ),
        pytest.param(
            [an_item("q", item=[an_item("a")])],
            [{"linkId": "q", "answer": [{"valueString": "x", "item": [an_answer("a", "x")]}]}],
            [],
            id="below the answer",
        ),
        pytest.param([an_item()], [an_answer("q", "x", "y")], [("questionnaire-repeats", ".item[0]")], id="twice"),
        pytest.param(
            [an_item()],
            [an_answer("q", "x"), an_answer("q", "y")],
            [("questionnaire-repeats", ".item[1]")],
            id="two items",
        ),
        pytest.param([an_item(repeats=True)], [an_answer("q", "x", "y")], [], id="repeats"),
        pytest.param([_occurs(2, 3)], [an_answer("q", "x", "y", "z")], [], id="within the bounds"),
        pytest.param([_occurs(2, 3)], [], [], id="none of an optional item"),
        pytest.param(
            [_occurs(2, 3)], [an_answer("q", "x")], [("questionnaire-min-occurs", ".item[0]")], id="too few answers"
        ),
        pytest.param(
            [_occurs(2, 3)],
            [an_answer("q", *"wxyz")],
            [("questionnaire-max-occurs", ".item[0]")],
            id="too many answers",
        ),
        pytest.param(
            [_occurs(2, 3, "group", item=[an_item("a")])],
            [{"linkId": "q", "item": [an_answer("a", "x")]}],
            [("questionnaire-min-occurs", ".item[0]")],
            id="too few repetitions of a group",
        ),
    ],
)
def test_a_response_has_the_items_of_its_form(items: Rows, rows: Rows, expected: list[tuple[str, str]]) -> None:
    assert _found(items, rows) == [("error", message, ROOT + place) for message, place in expected]


REQUIRED = an_item("a", required=True)


@pytest.mark.parametrize(
    ("items", "rows", "expected"),
    [
        pytest.param([REQUIRED], [an_answer("a", "x")], [], id="answered"),
        pytest.param([REQUIRED], [], [""], id="absent"),
        pytest.param([REQUIRED], [{"linkId": "a", "text": "Question a"}], [""], id="shown and not answered"),
        pytest.param([an_item("g", "group", item=[REQUIRED])], [], [], id="in a group that is absent"),
        pytest.param(
            [an_item("g", "group", item=[REQUIRED, an_item("b")])],
            [{"linkId": "g", "item": [an_answer("b", "x")]}],
            [".item[0]"],
            id="in a group that is there",
        ),
        pytest.param([an_item("q", item=[REQUIRED])], [an_answer("q", "x")], [".item[0].answer[0]"], id="of an answer"),
        pytest.param([an_item("g", "group", required=True, item=[an_item("a")])], [], [""], id="group"),
        pytest.param(
            [an_item("a", "string", an_extension("questionnaire-hidden", True, "Boolean"), required=True)],
            [],
            [""],
            id="hidden",
        ),
    ],
)
@pytest.mark.parametrize(
    ("status", "severity"),
    [("completed", "error"), ("amended", "error"), ("in-progress", "warning"), ("stopped", "warning")],
)
def test_what_is_required_is_answered_once_a_response_is_completed(
    items: Rows, rows: Rows, expected: list[str], status: str, severity: str
) -> None:
    found = _found(items, rows, status)

    assert found == [(severity, "questionnaire-required", ROOT + place) for place in expected]


def test_a_hidden_item_may_be_answered() -> None:
    hidden = an_item("q", "string", an_extension("questionnaire-hidden", True, "Boolean"))

    assert _found([hidden], [an_answer("q", "x")]) == []


def test_another_text_than_the_form_has_is_a_warning() -> None:
    assert _found([an_item()], [an_answer("q", "x", text="Frage q")]) == [
        ("warning", "questionnaire-text", f"{ROOT}.item[0].text")
    ]


@pytest.mark.parametrize("odd", [None, 3, "x", [], [3], {"linkId": 3}, [{"linkId": None, "answer": {}}], [[[]]]])
def test_a_form_or_response_of_any_shape_is_no_exception(odd: Json) -> None:
    form = a_questionnaire(an_item("g", "group", item=odd), an_item("c", "choice", answerOption=odd, enableWhen=odd))
    response = a_response({"linkId": "g", "item": odd}, {"linkId": "c", "answer": [{"valueCoding": odd}]})

    for one in (form, {**form, "item": odd, "contained": odd}):
        for other in (response, {**response, "item": odd}):
            assert check_response(other, one, shipped().terminology, [odd]).left_out == 0


def test_no_finding_repeats_what_was_answered() -> None:
    form = a_questionnaire(an_item("q", "integer"), an_item("r", maxLength=2, required=True))
    response = a_response(an_answer("q", "Zanzibar"), an_answer("r", "Zanzibar"), an_answer("Zanzibar", "Zanzibar"))

    found = check_response(response, form, shipped().terminology).found

    assert [one.message for one in found] == [
        "questionnaire-link-id",
        "questionnaire-type",
        "questionnaire-max-length",
    ]
    assert not [one for one in found if "Zanzibar" in one.text + one.expression]
