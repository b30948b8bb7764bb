"""The answers of one item: of the type that the form asks for, offered by it, within its limits.

Spec page: https://hl7.org/fhir/R4/questionnaireresponse-definitions.html#QuestionnaireResponse.item.answer.value_x_
"""

from collections.abc import Mapping, Sequence

from server.fhir.json import Json
from server.fhir.path.allowance import Allowance
from server.fhir.validation.finding import Findings
from server.fhir.validation.questionnaire_response.codes import FormCodes, excludes_others, is_offered
from server.fhir.validation.questionnaire_response.form import FormItem
from server.fhir.validation.questionnaire_response.limits import LIMITS, unit_problems

_NOT_OFFERED = "The answer is none of those that the form offers; choose one of them."
_EXCLUSIVE = "The form lets this answer stand alone only; leave the other answers out."


def check_answer(
    item: FormItem, answer: Mapping[str, Json], codes: FormCodes, place: str, findings: Findings, allowance: Allowance
) -> None:
    """Adds what is wrong with the value of one answer. An answer without value is for the base rules."""
    key = next((key for key in answer if key.startswith("value")), None)
    allowed = item.value_keys()
    if key is None or not allowed:
        return
    if key not in allowed:
        names = ", ".join(sorted(allowed))
        text = f"The item is of type {item.type}; send its answer as {names}."
        findings.error("questionnaire-type", "structure", f"{place}.value", text)
        return
    value = answer[key]
    if item.type.endswith("choice") and is_offered(item, key, value, codes) is False:
        findings.error("questionnaire-option", "code-invalid", f"{place}.value", _NOT_OFFERED)
    problems = [problem for limit in LIMITS.get(key, ()) for problem in limit(item, value, allowance)]
    if key == "valueQuantity":
        problems += unit_problems(item, value, codes)
    for message, code, sentence in problems:
        findings.error(message, code, f"{place}.value", sentence)


def check_exclusive(item: FormItem, values: Sequence[Json], place: str, findings: Findings) -> None:
    """Adds an error where an option that must stand alone does not."""
    if len(values) > 1 and any(excludes_others(item, value) for value in values):
        findings.error("questionnaire-exclusive", "business-rule", place, _EXCLUSIVE)
