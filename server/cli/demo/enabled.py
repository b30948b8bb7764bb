"""Whether an item of a form is there, given the answers so far.

Spec page: https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
"""

import operator
from collections.abc import Mapping

from server.fhir.json import Json

_COMPARE = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def enabled(item: Json, answers: Mapping[str, Json]) -> bool:
    """Whether the enableWhen of the item holds; an item without one is always there."""
    conditions = item.get("enableWhen", ())
    if not conditions:
        return True
    held = [_holds(condition, answers.get(condition["question"])) for condition in conditions]
    return any(held) if item.get("enableBehavior") == "any" else all(held)


def _holds(condition: Json, answer: Json | None) -> bool:
    wanted = _value(condition, "answer")
    if condition["operator"] == "exists":
        return (answer is not None) is wanted
    return answer is not None and bool(_COMPARE[condition["operator"]](_value(answer, "value"), wanted))


def _value(element: Json, prefix: str) -> Json:
    """The value of `answer[x]` or `value[x]`, a Coding as its system and code, a Quantity as its number."""
    found = next(element[name] for name in element if name.startswith(prefix) and name != "valueSet")
    if isinstance(found, dict):
        return found["value"] if "value" in found else (found.get("system"), found.get("code"))
    return found
