"""A form's constraints hold of the answers together; an expression that can't be evaluated is told and not guessed."""

from typing import Any

import pytest

from server.fhir.validation.questionnaire_response.check import check_response
from tests.builders.questionnaires import CORE, SDC, a_questionnaire, a_response, an_answer, an_extension, an_item
from tests.builders.validation import shipped

Json = Any
Found = tuple[str, str, str]

SENTENCE = "The answers break the constraint in-order of the form; its text in the form says what they must keep to."
UNCHECKED = "An expression of the form can't be evaluated here, so what it asks was not checked."


def a_constraint(expression: str, severity: str = "error", key: str = "in-order") -> Json:
    """A questionnaire-constraint."""
    parts = {"key": ("Id", key), "severity": ("Code", severity), "expression": ("String", expression)}
    rows = [an_extension(f"urn:{name}", value, type) | {"url": name} for name, (type, value) in parts.items()]
    return {
        "url": f"{CORE}questionnaire-constraint",
        "extension": [*rows, {"url": "human", "valueString": "In order."}],
    }


def a_target_constraint(expression: str, language: str = "text/fhirpath") -> Json:
    """A targetConstraint."""
    written = {"language": language, "expression": expression}
    rows = [
        {"url": "key", "valueId": "in-order"},
        {"url": "severity", "valueCode": "error"},
        {"url": "expression", "valueExpression": written},
    ]
    return {"url": f"{CORE}targetConstraint", "extension": rows}


def a_variable(name: str, expression: str) -> Json:
    """A variable of a form."""
    written = {"name": name, "language": "text/fhirpath", "expression": expression}
    return an_extension("variable", written, "Expression")


def found(form: Json, *rows: Json, **changes: Json) -> list[Found]:
    """Severity, our id and place of what is found."""
    told = check_response(a_response(*rows, **changes), form, shipped().terminology).found
    return [(one.severity, one.message, one.expression) for one in told]


IN_ORDER = "item.where(linkId = 'a').answer.value <= item.where(linkId = 'b').answer.value"
NUMBERS = (an_item("a", "integer"), an_item("b", "integer"))
ROOT = "QuestionnaireResponse"


def numbers(a: int, b: int) -> tuple[Json, Json]:
    """Answers to both numbers."""
    return an_answer("a", a, type="Integer"), an_answer("b", b, type="Integer")


@pytest.mark.parametrize("constraint", [a_constraint(IN_ORDER), a_target_constraint(IN_ORDER)])
def test_answers_that_break_a_constraint_together_are_wrong(constraint: Json) -> None:
    form = a_questionnaire(*NUMBERS, extension=[constraint])

    told = check_response(a_response(*numbers(2, 1)), form, shipped().terminology).found

    assert found(form, *numbers(1, 2)) == []
    assert [(one.severity, one.code, one.message, one.text, one.expression) for one in told] == [
        ("error", "invariant", "questionnaire-constraint", SENTENCE, ROOT)
    ]


def test_a_constraint_without_an_answer_refuses_nothing() -> None:
    form = a_questionnaire(*NUMBERS, extension=[a_constraint(IN_ORDER)])

    assert found(form, numbers(2, 1)[0]) == []


def test_a_constraint_of_an_item_is_asked_of_each_of_its_repetitions() -> None:
    form = a_questionnaire(an_item("g", "group", a_constraint(IN_ORDER), repeats=True, item=list(NUMBERS)))
    groups = [{"linkId": "g", "item": list(numbers(*each))} for each in ((1, 2), (2, 1), (3, 3), (5, 4))]

    assert found(form, *groups) == [
        ("error", "questionnaire-constraint", f"{ROOT}.item[1]"),
        ("error", "questionnaire-constraint", f"{ROOT}.item[3]"),
    ]


@pytest.mark.parametrize(
    ("severity", "status", "expected"),
    [
        ("error", "completed", "error"),
        ("warning", "completed", "warning"),
        ("error", "in-progress", "warning"),
        ("error", "amended", "error"),
    ],
)
def test_a_constraint_is_as_severe_as_it_says_of_a_finished_response(severity: str, status: str, expected: str) -> None:
    form = a_questionnaire(*NUMBERS, extension=[a_constraint(IN_ORDER, severity)])

    assert found(form, *numbers(2, 1), status=status) == [(expected, "questionnaire-constraint", ROOT)]


def test_a_key_that_is_no_id_is_not_repeated() -> None:
    form = a_questionnaire(*NUMBERS, extension=[a_constraint(IN_ORDER, key="Jane Doe")])

    [told] = check_response(a_response(*numbers(2, 1)), form, shipped().terminology).found

    assert told.text == SENTENCE.replace(" in-order", "")


@pytest.mark.parametrize(
    "constraint",
    [
        a_constraint("item.where("),
        a_constraint("%nobody.exists()"),
        a_constraint("item.answer.value.single() > 0"),
        a_target_constraint(IN_ORDER, "text/cql"),
        a_constraint(""),
    ],
)
def test_an_expression_that_cannot_be_evaluated_is_told(constraint: Json) -> None:
    form = a_questionnaire(*NUMBERS, extension=[constraint])

    told = check_response(a_response(*numbers(2, 1)), form, shipped().terminology).found

    assert [(one.severity, one.code, one.text, one.expression) for one in told] == [
        ("information", "not-supported", UNCHECKED, ROOT)
    ]


def test_an_enabling_expression_that_cannot_be_evaluated_is_told() -> None:
    written = {"language": "text/cql", "expression": "true"}
    when = an_extension(f"{SDC}enableWhenExpression", written, "Expression")
    form = a_questionnaire(an_item("q", "string", when, required=True))

    assert found(form) == [("information", "questionnaire-expression", ROOT)]


def test_variables_are_seen_below_where_they_are_defined_and_the_nearest_counts() -> None:
    """Given a form with a variable at its root, a second one that uses it, and one of a group by the same name

    When constraints inside and outside of the group ask for them
    Then each sees the nearest one, and what fails is defined for nobody.
    """
    group = an_item(
        "g",
        "group",
        a_variable("most", "10"),
        a_constraint("item.answer.value <= %most"),
        item=[an_item("b", "integer")],
    )
    form = a_questionnaire(
        an_item("a", "integer", a_constraint("answer.value <= %twice and %qitem.type = 'integer'")),
        group,
        an_item("c", "string", a_constraint("%failed.exists()")),
        extension=[a_variable("most", "%questionnaire.item.count()"), a_variable("twice", "%most * 2")]
        + [a_variable("failed", "%resource.item.single()")],
    )

    def answered(a: int, b: int) -> list[Found]:
        below = {"linkId": "g", "item": [an_answer("b", b, type="Integer")]}
        return found(form, an_answer("a", a, type="Integer"), below, an_answer("c", "x"))

    unchecked = ("information", "questionnaire-expression", f"{ROOT}.item[2]")
    assert answered(6, 10) == [unchecked]
    assert answered(7, 11) == [
        ("error", "questionnaire-constraint", f"{ROOT}.item[0]"),
        ("error", "questionnaire-constraint", f"{ROOT}.item[1]"),
        unchecked,
    ]


def test_an_enabling_expression_reads_the_answers_of_its_own_group() -> None:
    written = {"language": "text/fhirpath", "expression": "item.where(linkId = 'a').answer.value > 1"}
    when = an_extension(f"{SDC}enableWhenExpression", written, "Expression")
    below = [an_item("a", "integer"), an_item("q", "string", when, required=True)]
    form = a_questionnaire(an_item("g", "group", repeats=True, item=below))
    groups = [{"linkId": "g", "item": [an_answer("a", each, type="Integer")]} for each in (1, 2)]

    assert found(form, *groups) == [("error", "questionnaire-required", f"{ROOT}.item[1]")]


def test_a_form_that_asks_for_too_much_work_is_told_and_nothing_is_concluded() -> None:
    burning = "%resource.repeatAll(iif(true, $this)).exists()"
    form = a_questionnaire(*NUMBERS, extension=[a_constraint(burning), a_constraint(IN_ORDER)])

    unchecked = found(form, *numbers(2, 1))

    assert unchecked == [("warning", "questionnaire-expression", ROOT)]
