"""Whether an item is enabled by the answers given: yes, no, and None where the form or the answers leave it open.

Open is what R4 leaves open too: `!=` of a question that is not answered, or of several answers of which one is equal.
Nothing is demanded or refused of an item then.
Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.lenient import objects, text
from server.fhir.validation.questionnaire_response.compared import order, same
from server.fhir.validation.questionnaire_response.expressions import Expressions
from server.fhir.validation.questionnaire_response.form import SDC, FormItem, value_of
from server.fhir.validation.questionnaire_response.given import Given

_ORDERED: Mapping[str, Callable[[int], bool]] = MappingProxyType(
    {
        ">": lambda found: found > 0,
        "<": lambda found: found < 0,
        ">=": lambda found: found >= 0,
        "<=": lambda found: found <= 0,
    }
)


def is_enabled(item: FormItem, given: Given, expressions: Expressions, place: str) -> bool | None:
    """Whether the item's own conditions hold; those of the items around it are for the caller."""
    expression = item.value(SDC + "enableWhenExpression")
    if expression is not None:
        return expressions.is_true(expression, given.focus, given.variables, dict(item.raw), place)
    conditions = objects(item.raw.get("enableWhen"))
    if not conditions:
        return True
    found = [_holds(condition, given) for condition in conditions]
    return _any(found) if item.raw.get("enableBehavior") == "any" else _all(found)


def _any(found: Sequence[bool | None]) -> bool | None:
    return True if True in found else None if None in found else False


def _all(found: Sequence[bool | None]) -> bool | None:
    return False if False in found else None if None in found else True


def _holds(condition: Json, given: Given) -> bool | None:
    question, operator = text(condition.get("question")), condition.get("operator")
    if question is None:
        return None
    answers = given.answers(question)
    wanted = next((value for key, value in condition.items() if key.startswith("answer")), None)
    if operator == "exists":
        return bool(answers) is wanted if isinstance(wanted, bool) else None
    values = [value for answer in answers if (value := value_of(answer)) is not None]
    if len(values) < len(answers):
        return None
    return _compare(operator, values, wanted)


def _compare(operator: Json, values: Sequence[Json], wanted: Json) -> bool | None:
    if operator == "=":
        return _any([same(value, wanted) for value in values])
    if operator == "!=":
        equal = {same(value, wanted) for value in values}
        return True if equal == {False} else False if equal == {True} else None
    test = _ORDERED.get(operator) if isinstance(operator, str) else None
    if test is None:
        return None
    orders = [order(value, wanted) for value in values]
    return _any([None if found is None else test(found) for found in orders])
