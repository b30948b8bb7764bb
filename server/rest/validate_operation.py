"""`POST [base]/[type]/$validate`: holds a resource against its type, its claims and the profiles that are asked for.

Not supported: `mode=delete`, as nothing here decides about deletions.
Spec page: https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.aside import work_for
from server.content.content import CurrentContent
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.resource_types import RESOURCE_TYPES
from server.fhir.validation.outcome import verdict_outcome
from server.fhir.validation.questionnaire_response.documents import FormResources, check_responses
from server.fhir.validation.validate import Validator, Verdict
from server.web.declare import FhirAnswer, FhirFeature, FhirRequest, Operation

DEFINITION = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
_ASIDE_BYTES = 20_000
"""A body from this size on is judged in a thread: findings are collected, which takes longer than a yes or no."""
Learn = Callable[[], Awaitable[bool]]
MODES = ("create", "update", "profile")


def validate_feature(
    validator: Callable[[], Validator], content: CurrentContent, packages: Sequence[str], learn: Learn
) -> FhirFeature:
    """The operation for every resource type. `validator` is asked for at the first request.

    `packages` are `name#version` of those whose profiles count where a canonical names no version; `learn` asks
    elsewhere about the codes that were not known, and tells whether another look is worth it.
    """
    judge = _Judge(validator, content, packages)
    return FhirFeature(
        operations=tuple(
            Operation(
                type=type,
                name="validate",
                definition=DEFINITION,
                summary=f"Validate a {type} against R4, the profiles that it claims and those that are asked for.",
                handle=_Validate(type, judge, learn),
            )
            for type in sorted(RESOURCE_TYPES)
        )
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    """Judges resources; the answers of a form that is served here are held against it too."""

    validator: Callable[[], Validator]
    content: CurrentContent
    packages: Sequence[str]

    def __call__(self, resource: Json, profiles: Sequence[str]) -> Verdict:
        validator = self.validator()
        known = {f"{one.name}#{one.version}": one for one in validator.library.packages}
        preferred = [known[name] for name in self.packages if name in known]
        verdict = validator.validate(resource, profiles, preferred)
        return check_responses(verdict, resource, self._form, validator.terminology)

    def _form(self, canonical: str) -> FormResources | None:
        form = self.content().forms.get(canonical)
        return None if form is None else FormResources(form.questionnaire, form.value_sets)


class _Validate:
    def __init__(self, type: str, judge: _Judge, learn: Learn) -> None:
        self._type = type
        self._judge = judge
        self._learn = learn

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """The OperationOutcome of the resource in the body, or in the parameter `resource` of it."""
        resource, parameters = _parts(request.resource)
        query = [(name, value) for name, value in request.query if name in ("profile", "mode")]
        asked = [*query, *parameters]
        for mode in (value for name, value in asked if name == "mode"):
            if mode not in MODES:
                raise _refused("not-supported", f"The mode is not supported; use one of {', '.join(MODES)} or none.")
        if not isinstance(resource, dict) or resource.get("resourceType") != self._type:
            raise _refused("structure", f"The body must be a {self._type}, or Parameters with one named resource.")
        profiles = [value for name, value in asked if name == "profile"]
        work = work_for(len(request.body), _ASIDE_BYTES)
        verdict = await work(lambda: self._judge(resource, profiles))
        if await self._learn():
            verdict = await work(lambda: self._judge(resource, profiles))
        return FhirAnswer(json.write(verdict_outcome(verdict)))


def _parts(body: Json) -> tuple[Json, list[tuple[str, str]]]:
    """The resource, and the other parameters by name."""
    rows = body.get("parameter") if isinstance(body, dict) and body.get("resourceType") == "Parameters" else None
    named = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = [row.get("resource") for row in named if row.get("name") == "resource"]
    if len(found) != 1:
        return body, []
    parameters = [
        (str(row.get("name")), value)
        for row in named
        for key in ("valueUri", "valueCanonical", "valueCode", "valueString")
        if isinstance(value := row.get(key), str)
    ]
    return found[0], parameters


def _refused(code: str, text: str) -> RequestRefused:
    return RequestRefused(Refusal.MALFORMED, [Issue(code, text)])
