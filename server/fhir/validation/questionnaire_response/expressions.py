"""FHIRPath that a form brings along: what it says of a response, with the variables that the form defines.

Whoever sends a form writes its expressions. One that can't be evaluated here (another language, a fault, a variable
that nobody defines) says nothing, and that it was not checked is an information. All expressions of a form share one
allowance of work; what it does not suffice for is a warning, as a form that asks for so much is itself a fault.
Spec page: https://hl7.org/fhir/uv/sdc/STU4/expressions.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.fhir.path.allowance import Allowance
from server.fhir.path.compile import Path, compile_metered
from server.fhir.path.environment import Environment
from server.fhir.path.errors import AllowanceSpent, EvaluationRefused, PathRefused
from server.fhir.validation.finding import Findings
from server.fhir.validation.questionnaire_response.form import CORE, value_of

FHIRPATH = "text/fhirpath"
VARIABLE = f"{CORE}variable"

Variables = Mapping[str, Json]
"""What `%name` means at a place of the response."""

NO_VARIABLES: Variables = MappingProxyType({})

_STEPS_OF_A_CHARACTER = 10
_TOO_MUCH = "The expressions of the form take more work than is allowed, so what this one asks was not checked."
_UNCHECKED = "An expression of the form can't be evaluated here, so what it asks was not checked."


@dataclass(frozen=True, slots=True)
class Expressions:
    """Evaluates the expressions of one form on one response."""

    response: Json
    questionnaire: Json
    findings: Findings
    allowance: Allowance = field(default_factory=Allowance)
    _compiled: dict[tuple[str, str], Path | None] = field(default_factory=dict)

    def is_true(self, expression: Json, focus: Json, variables: Variables, item: Json, place: str) -> bool | None:
        """What an Expression says of a part of the response; None where it says nothing.

        `item` is the form's item that has the expression, `%qitem`.
        """
        try:
            path = self._path(expression, focus)
            if path is not None:
                return path.is_true(focus, environment=self._environment({**variables, "qitem": item}))
        except AllowanceSpent:
            self.findings.warning("questionnaire-expression", "too-costly", place, _TOO_MUCH)
            return None
        except EvaluationRefused:
            pass
        self.findings.information("questionnaire-expression", "not-supported", place, _UNCHECKED)
        return None

    def variables(self, element: Mapping[str, Json], focus: Json, around: Variables) -> Variables:
        """The variables at an element of the form, with those around it; one that fails stays undefined."""
        written = [each for each in objects(element.get("extension")) if each.get("url") == VARIABLE]
        if not written:
            return around
        known = dict(around)
        for each in written:
            expression = obj(value_of(each))
            name = text(expression.get("name"))
            if name is None:
                continue
            known.pop(name, None)
            try:
                path = self._path(expression, focus)
                if path is not None:
                    known[name] = path.evaluate(focus, environment=self._environment(known))
            except EvaluationRefused:
                continue
        return known

    def _environment(self, variables: Variables) -> Environment:
        known = {**variables, "questionnaire": self.questionnaire}
        return Environment(known, resource=self.response, allowance=self.allowance)

    def _path(self, expression: Json, focus: Json) -> Path | None:
        """The expression for what it is asked of; None for one that is not FHIRPath. To compile it is work as well."""
        written = text(obj(expression).get("expression"))
        if written is None or obj(expression).get("language") != FHIRPATH:
            return None
        key = (written, _type(focus))
        if key not in self._compiled:
            self.allowance.spend(_STEPS_OF_A_CHARACTER * len(written))
            self._compiled[key] = _read(*key)
        return self._compiled[key]


def _read(written: str, type: str) -> Path | None:
    try:
        return compile_metered(written, type)
    except PathRefused:
        return None


def _type(focus: Json) -> str:
    """The type of a part of a response: its elements don't say it themselves, and `value` is a choice."""
    if "resourceType" in focus:
        return "QuestionnaireResponse"
    return "QuestionnaireResponse.item" if "linkId" in focus else "QuestionnaireResponse.item.answer"
