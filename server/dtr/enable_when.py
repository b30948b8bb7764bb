"""Whether an item of a form is asked, given the answers so far: `Questionnaire.item.enableWhen`.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

import operator
from collections.abc import Callable, Mapping, Sequence

from server.fhir.json import Json

Answers = Mapping[str, Sequence[Json]]
"""Answers by linkId, each `{"valueX": …}`."""

_ORDERED: Mapping[str, Callable[[Json, Json], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def is_enabled(item: Json, answers: Answers) -> bool:
    """Whether the item's own conditions hold; whether its parents are enabled is for the caller to know."""
    conditions = item.get("enableWhen", ())
    if not conditions:
        return True
    combine = any if item.get("enableBehavior") == "any" else all
    return combine(_holds(condition, answers.get(condition["question"], ())) for condition in conditions)


def _holds(condition: Json, given: Sequence[Json]) -> bool:
    if condition["operator"] == "exists":
        return bool(given) is bool(condition["answerBoolean"])
    wanted = next(value for name, value in condition.items() if name.startswith("answer"))
    return any(_compare(condition["operator"], _value(answer), wanted) for answer in given)


def _compare(name: str, given: Json, wanted: Json) -> bool:
    match given, wanted:
        case {"value": left}, {"value": right}:
            if given.get("code") != wanted.get("code"):
                return False
            given, wanted = left, right
        case {"code": left}, {"code": right}:
            given, wanted = (given.get("system"), left), (wanted.get("system"), right)
    if name in ("=", "!="):
        return bool(given == wanted) is (name == "=")
    return _ORDERED[name](given, wanted)


def _value(answer: Json) -> Json:
    return next(value for name, value in answer.items() if name.startswith("value"))
