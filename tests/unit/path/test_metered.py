"""An expression from outside can not burn more work than it is allowed, and gives what it would give otherwise."""

import tracemalloc
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings

from server.fhir.path.allowance import STEPS, Allowance
from server.fhir.path.compile import LONGEST_METERED, Path, compile_added, compile_metered, compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import AllowanceSpent, EvaluationRefused, PathRefused
from server.fhir.path.output import to_json
from tests.unit.path.test_any_expression import EXPRESSIONS, JSON

TEN = "(1|2|3|4|5|6|7|8|9|10)"
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "contained": [{"resourceType": "Patient", "id": f"p{number}"} for number in range(500)],
    "item": [
        {"linkId": f"{number}", "text": "text " * 20, "answer": [{"valueString": "x" * 100}]} for number in range(1000)
    ],
}


def _nested(function: str, inner: str = TEN) -> str:
    for _ in range(8):
        inner = f"{TEN}.{function}({inner})"
    return inner


HOSTILE = [
    _nested("select"),
    _nested("all", "true"),
    _nested("aggregate"),
    f"{_nested('select')}.sort()",
    "1.repeat($this + 1)",
    "'a'.repeat($this & 'a')",
    "repeatAll(%resource)",
    f"{TEN}.select({TEN}).aggregate($total.combine($total).combine($this))",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select('{'x' * 9000}'.toChars())",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select(%resource.descendants())",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select(%resource).descendants()",
    "descendants().where(%resource.descendants().where(%resource.descendants().exists()).exists())",
    "item.select(%resource.item.where($this = %resource.item)).count()",
    "item.select(%resource.item ~ %resource.item)",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select(%resource).distinct()",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select(%resource.extension('x'))",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select('{'ab' * 2000}'.replaceMatches('a*', 'x'))",
    f"{TEN}.select({TEN}).select({TEN}).select({TEN}).select('{'ab' * 2000}'.matches('(a|b|ab)*c'))",
]
TOO_LARGE = [
    f"{TEN}.select({TEN}).select({TEN}).aggregate($total & 'xxxxxxxxxx' & $total.substring(0, 400000), 'a')",
    "'x'" + ".select($this & $this)" * 25,
    f"{'9' * 2000} + 1",
    f"0.{'0' * 1500}1 'mg' = 1 'g'",
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replaceMatches('(a*)*b', '')",
]


@pytest.mark.parametrize("expression", HOSTILE)
def test_a_hostile_expression_is_stopped_soon(expression: str) -> None:
    path = compile_metered(expression, "QuestionnaireResponse")
    tenth = Environment(allowance=Allowance(STEPS // 10))
    begin = process_time()

    with pytest.raises(EvaluationRefused):
        path.evaluate(RESPONSE, environment=tenth)

    assert process_time() - begin < 2  # it is a tenth of one; the machine may be busy and coverage may be measured


@pytest.mark.parametrize("expression", TOO_LARGE)
def test_what_would_be_too_large_is_refused(expression: str) -> None:
    with pytest.raises(EvaluationRefused):
        compile_metered(expression, "QuestionnaireResponse").evaluate(RESPONSE)


@pytest.mark.parametrize("expression", HOSTILE[7:10])
def test_no_expression_fills_the_memory(expression: str) -> None:
    path = compile_metered(expression, "QuestionnaireResponse")
    tenth = Environment(allowance=Allowance(STEPS // 10))
    tracemalloc.start()
    try:
        with pytest.raises(EvaluationRefused):
            path.evaluate(RESPONSE, environment=tenth)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 30_000_000


def test_evaluations_share_the_allowance_that_they_are_given() -> None:
    environment = Environment(allowance=Allowance(100))
    path = compile_metered("item.count()", "QuestionnaireResponse")
    small = {**RESPONSE, "item": RESPONSE["item"][:10]}

    first = path.values(small, environment=environment)

    assert first == [10]
    with pytest.raises(AllowanceSpent):
        [path.evaluate(small, environment=environment) for _ in range(10)]
    with pytest.raises(AllowanceSpent):  # and nothing more, however small
        compile_metered("1").evaluate(None, environment=environment)


def test_an_allowance_suffices_for_what_forms_ask() -> None:
    allowance = Allowance()
    path = compile_metered("%resource.item.where(linkId = '500').answer.value = 'no'", "QuestionnaireResponse")

    found = path.is_true(RESPONSE, environment=Environment(allowance=allowance))

    assert found is False
    assert STEPS - allowance.left < STEPS / 100


def test_a_long_expression_is_refused_before_it_is_read() -> None:
    with pytest.raises(PathRefused):
        compile_metered("1" + " + 1" * LONGEST_METERED)


def test_a_long_list_of_alternatives_is_no_deep_one() -> None:
    choices = " | ".join(f"'{number}'" for number in range(900))

    small = {**RESPONSE, "item": RESPONSE["item"][895:905]}

    found = compile_metered(f"item.where(linkId in ({choices})).count()", "QuestionnaireResponse").values(small)

    assert found == [5]


def test_nested_arguments_compile_in_time_that_grows_with_their_number() -> None:
    expression = "'a'"
    for _ in range(40):
        expression = f"'a'.replace('a', {expression})"

    assert compile_metered(expression).values(None) == ["a"]


@pytest.mark.parametrize(
    ("expression", "metered"),
    [
        ("item.all(linkId.exists())", False),
        ("item.where(text.startsWith('x')).count() > 1 implies status = 'completed'", False),
        ("(subject is Reference) or item.first().exists()", False),
        ("%resource.item.exists()", True),
        ("item.repeat(item).exists()", True),
        ("text.matches('a')", True),
        ("item | item", True),
        ("item.descendants().exists()", True),
    ],
)
def test_an_added_profile_pays_for_expressions_that_do_not_only_go_down(expression: str, metered: bool) -> None:
    path = compile_added(expression, "QuestionnaireResponse")

    assert (path.quick is None) is metered


@settings(max_examples=300)
@given(expression=EXPRESSIONS, body=JSON)
def test_it_gives_what_it_would_give_without_an_allowance(expression: str, body: Any) -> None:
    environment = Environment(variables={"x": body})
    resource = {"resourceType": "Patient", "name": body}

    metered = _outcome(compile_metered, expression, resource, environment)

    if metered != "spent":
        assert metered == _outcome(compile_path, expression, resource, environment)


def _outcome(compiled: Any, expression: str, resource: Any, environment: Environment) -> Any:
    try:
        path: Path = compiled(expression, "Patient")
        return [(type(item), to_json(item)) for item in path.evaluate(resource, environment=environment)]
    except AllowanceSpent:
        return "spent"
    except PathRefused:
        return "no expression"
    except EvaluationRefused as refused:
        return "spent" if "digits" in str(refused) else "refused"
