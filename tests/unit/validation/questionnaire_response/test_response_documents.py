"""Responses are found in documents, and their Questionnaires in them, beside them and where forms are served."""

from typing import Any

import pytest

from server.fhir.validation.questionnaire_response.documents import FormResources, check_responses, forms_of
from tests.builders.questionnaires import a_questionnaire, a_response, an_answer, an_item
from tests.builders.validation import shipped

Json = Any

FORM = a_questionnaire(an_item("q", "integer"))
WRONG = a_response(an_answer("q", "x"), id="r1")
WRONG_AT = ("error", "questionnaire-type", ".item[0].answer[0].value")


def _found(resource: Json, *served: Json) -> list[tuple[str, str, str]]:
    validator = shipped()
    verdict = check_responses(validator.validate(resource), resource, forms_of(served), validator.terminology)
    assert verdict.valid == (not [one for one in verdict.findings if one.severity == "error"])
    own = [one for one in verdict.findings if one.message.startswith("questionnaire")]
    return [(one.severity, one.message, one.expression) for one in own]


def _bundle(*resources: Json) -> Json:
    entries = [
        {"fullUrl": f"http://provider.test/fhir/{one['resourceType']}/{one['id']}", "resource": one}
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _at(place: str) -> list[tuple[str, str, str]]:
    return [(WRONG_AT[0], WRONG_AT[1], place + WRONG_AT[2])]


@pytest.mark.parametrize("canonical", ["#form", FORM["url"], f"{FORM['url']}|1"])
def test_a_contained_questionnaire_counts(canonical: str) -> None:
    assert _found({**WRONG, "questionnaire": canonical, "contained": [FORM]}) == _at("QuestionnaireResponse")


@pytest.mark.parametrize("canonical", [FORM["url"], f"{FORM['url']}|1"])
def test_a_questionnaire_that_is_served_counts(canonical: str) -> None:
    assert _found({**WRONG, "questionnaire": canonical}, FORM) == _at("QuestionnaireResponse")


def test_responses_in_bundles_and_parameters_are_found_with_the_forms_beside_them() -> None:
    bundle = _bundle(FORM, WRONG)
    parameters = {
        "resourceType": "Parameters",
        "parameter": [{"name": "a", "part": [{"name": "b", "resource": bundle}]}],
    }

    assert _found(bundle) == _at("Bundle.entry[1].resource")
    assert _found(parameters) == _at("Parameters.parameter[0].part[0].resource.entry[1].resource")


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"questionnaire": f"{FORM['url']}|2"}, ".questionnaire"), ({"questionnaire": None}, "")],
)
def test_an_unknown_questionnaire_is_told_and_costs_nothing(changes: Json, place: str) -> None:
    response = {key: value for key, value in {**WRONG, **changes}.items() if value is not None}

    assert _found(response, FORM) == [("information", "questionnaire-unknown", f"QuestionnaireResponse{place}")]


def test_the_limit_of_findings_holds_for_both() -> None:
    validator = shipped()
    response = {**a_response(*[an_answer("q", "x") for _ in range(5)]), "unknown": 1}
    verdict = validator.validate(response, limit=2)

    found = check_responses(verdict, response, lambda canonical: FormResources(FORM), validator.terminology, limit=2)

    assert (len(found.findings), found.left_out, found.errors) == (2, 5, 7)


def test_any_other_resource_is_as_it_was() -> None:
    verdict = shipped().validate(FORM)

    assert check_responses(verdict, FORM, forms_of([]), shipped().terminology) is verdict
