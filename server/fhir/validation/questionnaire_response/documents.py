"""Finds the QuestionnaireResponses in a document and the Questionnaires that they answer, and checks each.

A Questionnaire is looked for in the response itself, then among the resources beside it, then where forms are served.
Spec page: https://hl7.org/fhir/R4/questionnaireresponse-definitions.html#QuestionnaireResponse.questionnaire
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.fhir.json import Json
from server.fhir.lenient import objects, text
from server.fhir.terminology.port import Terminology
from server.fhir.validation.finding import Findings
from server.fhir.validation.questionnaire_response.check import ROOT, check_response
from server.fhir.validation.validate import LIMIT, Verdict

_UNKNOWN = "The Questionnaire is not known here: the answers were not held against it. Contain it, or send it along."
_UNNAMED = "No Questionnaire is named: the answers were held against none."


@dataclass(frozen=True, slots=True)
class FormResources:
    """A Questionnaire with the ValueSets that come with it."""

    questionnaire: Mapping[str, Json]
    value_sets: Sequence[Json] = ()


Forms = Callable[[str], FormResources | None]
"""Gives the form of a canonical (`url` or `url|version`); None when it is not served."""


def forms_of(resources: Iterable[Json]) -> Forms:
    """The forms among some resources. Without a version the last Questionnaire of the url counts."""
    rows = [one for one in resources if isinstance(one, dict)]
    value_sets = [one for one in rows if one.get("resourceType") in ("ValueSet", "CodeSystem")]
    known: dict[str, FormResources] = {}
    for one in rows:
        url = text(one.get("url"))
        if one.get("resourceType") == "Questionnaire" and url:
            known[url] = known[f"{url}|{one.get('version', '')}"] = FormResources(one, value_sets)
    return known.get


def check_responses(
    verdict: Verdict, resource: Json, forms: Forms, terminology: Terminology, *, limit: int = LIMIT
) -> Verdict:
    """The verdict with what is wrong with the answers of each QuestionnaireResponse in the resource.

    A response whose Questionnaire is not known is as valid as before; that it was not checked is an information.
    """
    found = list(_resources(resource, ""))
    responses = [(one, place) for one, place in found if one.get("resourceType") == ROOT]
    if not responses:
        return verdict
    findings = Findings(limit, left_out=verdict.left_out)
    for finding in verdict.findings:
        findings.add(finding)
    findings.errors = verdict.errors
    beside = forms_of(one for one, _ in found)
    for response, place in responses:
        _check(response, place, beside, forms, terminology, findings)
    return Verdict(tuple(findings.found), findings.left_out, findings.errors)


def _check(
    response: Json, place: str, beside: Forms, forms: Forms, terminology: Terminology, findings: Findings
) -> None:
    canonical = text(response.get("questionnaire"))
    if canonical is None:
        findings.information("questionnaire-unknown", "not-found", place, _UNNAMED)
        return
    form = _contained(response, canonical) or beside(canonical) or forms(canonical)
    if form is None:
        findings.information("questionnaire-unknown", "not-found", f"{place}.questionnaire", _UNKNOWN)
        return
    check_response(response, form.questionnaire, terminology, form.value_sets, place=place, findings=findings)


def _contained(response: Json, canonical: str) -> FormResources | None:
    """The Questionnaire that is contained, by `#id` or by its own url."""
    rows = objects(response.get("contained"))
    for one in rows:
        named = canonical in (f"#{one.get('id')}", one.get("url"), f"{one.get('url')}|{one.get('version')}")
        if one.get("resourceType") == "Questionnaire" and named:
            return FormResources(one, rows)
    return None


def _resources(resource: Json, place: str) -> Iterator[tuple[Json, str]]:
    """The resource and those in its entries and parameters, with their places. What is contained belongs to its own."""
    if not isinstance(resource, dict):
        return
    at = place or str(resource.get("resourceType"))
    yield resource, at
    if resource.get("resourceType") == "Bundle":
        yield from _members(resource.get("entry"), f"{at}.entry")
    elif resource.get("resourceType") == "Parameters":
        yield from _members(resource.get("parameter"), f"{at}.parameter")


def _members(rows: Json, place: str) -> Iterator[tuple[Json, str]]:
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            at = f"{place}[{index}]"
            yield from _resources(row.get("resource"), f"{at}.resource")
            yield from _members(row.get("part"), f"{at}.part")
