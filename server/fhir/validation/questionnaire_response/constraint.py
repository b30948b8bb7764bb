"""What a form demands of its answers together, by questionnaire-constraint and targetConstraint.

What a constraint says for people is not repeated, as the form may have come with the request; its key is.
Spec pages: https://hl7.org/fhir/extensions/5.3.0/StructureDefinition-questionnaire-constraint.html and
https://hl7.org/fhir/extensions/5.3.0/StructureDefinition-targetConstraint.html
"""

import re
from collections.abc import Mapping

from server.fhir.json import Json
from server.fhir.lenient import objects, text
from server.fhir.validation.questionnaire_response.expressions import FHIRPATH, Expressions, Variables
from server.fhir.validation.questionnaire_response.form import CORE, value_of

CONSTRAINTS = (f"{CORE}questionnaire-constraint", f"{CORE}targetConstraint")

_KEY = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def check_constraints(
    element: Mapping[str, Json],
    focus: Json,
    variables: Variables,
    place: str,
    expressions: Expressions,
    *,
    finished: bool,
) -> None:
    """Adds what the constraints of an element of the form find in what answers it.

    An error of a response that is not finished is a warning, as the answers may still change.
    """
    for constraint in objects(element.get("extension")):
        if constraint.get("url") not in CONSTRAINTS:
            continue
        parts = {text(each.get("url")): value_of(each) for each in objects(constraint.get("extension"))}
        holds = expressions.is_true(as_expression(parts.get("expression")), focus, variables, dict(element), place)
        if holds is not False:
            continue
        severe = finished and parts.get("severity") != "warning"
        add = expressions.findings.error if severe else expressions.findings.warning
        add("questionnaire-constraint", "invariant", place, _sentence(text(parts.get("key"))))


def as_expression(value: Json) -> Json:
    """The Expression of a constraint, which questionnaire-constraint writes as a string of FHIRPath."""
    return {"language": FHIRPATH, "expression": value} if isinstance(value, str) else value


def _sentence(key: str | None) -> str:
    named = f" {key}" if key is not None and _KEY.fullmatch(key) else ""
    return f"The answers break the constraint{named} of the form; its text in the form says what they must keep to."
