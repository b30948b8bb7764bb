"""Answers of a QuestionnaireResponse become facts, each with its place; drafts and odd values say nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.decision.facts import Answered, Source
from server.decision.intake.questionnaire_response import answered
from server.decision.request import Code, Quantity
from server.errors import Refusal, RequestRefused
from server.fhir.dates import DatePeriod
from tests.builders.forms import HOME_OXYGEN, LOINC, UCUM, a_response, an_item

URL = "urn:uuid:6d0f8f6a-0000-4000-8000-000000000001"
AUTHORED = DatePeriod(date(2026, 11, 10), date(2026, 11, 10))


def _answered(link_id: str, element: str, *values: Any) -> Answered:
    return Answered(HOME_OXYGEN, link_id, values, Source(URL, element), AUTHORED)


def test_reads_every_item_at_every_depth_with_its_place() -> None:
    response = a_response(
        an_item("group", items=(an_item("spo2", {"valueQuantity": {"value": Decimal("88.0"), "code": "%"}}),)),
        an_item("edema", {"valueBoolean": False, "item": [an_item("edema-note", {"valueString": "both legs"})]}),
    )

    facts = answered(response, URL)

    assert facts == (
        _answered("spo2", "item[0].item[0].answer", Quantity(Decimal("88.0"), code="%")),
        _answered("edema", "item[1].answer", False),
        _answered("edema-note", "item[1].answer[0].item[0].answer", "both legs"),
    )


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ({"valueBoolean": True}, True),
        ({"valueDecimal": Decimal("100.50")}, Decimal("100.50")),
        ({"valueInteger": 3}, Decimal(3)),
        ({"valueDate": "2026-11"}, "2026-11"),
        ({"valueDateTime": "2026-11-10T10:00:00Z"}, "2026-11-10T10:00:00Z"),
        ({"valueTime": "10:00:00"}, "10:00:00"),
        ({"valueString": "plain"}, "plain"),
        ({"valueUri": "urn:oid:1.2.3"}, "urn:oid:1.2.3"),
        ({"valueCoding": {"system": LOINC, "code": "LA33-6", "display": "Yes"}}, Code(LOINC, "LA33-6")),
        ({"valueCoding": {"display": "In own words"}}, "In own words"),
        (
            {"valueQuantity": {"value": Decimal("2.5"), "unit": "L/min", "system": UCUM, "code": "L/min"}},
            Quantity(Decimal("2.5"), "L/min", UCUM, "L/min"),
        ),
        ({"valueReference": {"reference": "Observation/1"}}, "Observation/1"),
        ({"valueAttachment": {"url": "https://ehr.test/Binary/1"}}, "https://ehr.test/Binary/1"),
    ],
)
def test_reads_every_type_of_value_exactly(answer: dict[str, Any], value: Any) -> None:
    response = a_response(an_item("question", answer))

    facts = answered(response, URL)

    assert facts == (_answered("question", "item[0].answer", value),)


@pytest.mark.parametrize("status", ["in-progress", "stopped", "entered-in-error"])
def test_a_response_that_is_not_final_says_nothing(status: str) -> None:
    response = a_response(an_item("edema", {"valueBoolean": True}), status=status)

    facts = answered(response, URL)

    assert facts == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"valueQuantity": {"value": 88, "comparator": "<", "code": "%"}},
        {"valueQuantity": {"unit": "%"}},
        {"valueCoding": {"system": LOINC}},
        {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]},
    ],
)
def test_an_answer_without_an_exact_value_stays_unknown(answer: dict[str, Any]) -> None:
    response = a_response(an_item("spo2", answer))

    facts = answered(response, URL)

    assert facts == ()


@pytest.mark.parametrize(
    ("contained", "questionnaire"),
    [
        ([{"resourceType": "Questionnaire", "id": "form", "url": HOME_OXYGEN}], HOME_OXYGEN),
        ([{"resourceType": "Organization", "id": "form"}, {"resourceType": "Questionnaire", "id": "other"}], ""),
    ],
    ids=["by its own url", "not there"],
)
def test_a_contained_form_is_told_by_what_it_says(contained: list[dict[str, Any]], questionnaire: str) -> None:
    response = a_response(an_item("edema", {"valueBoolean": True}), questionnaire="#form", contained=contained)

    facts = answered(response, URL)

    assert [fact.questionnaire for fact in facts] == [questionnaire]


def test_a_response_may_come_without_a_date() -> None:
    response = a_response(an_item("edema", {"valueBoolean": True}))
    del response["authored"]

    facts = answered(response, URL)

    assert [fact.authored for fact in facts] == [None]


def test_an_adaptive_response_answers_the_form_that_it_derives_from() -> None:
    contained = {"resourceType": "Questionnaire", "id": "form", "derivedFrom": [f"{HOME_OXYGEN}|1.0.0"]}
    response = a_response(an_item("edema", {"valueBoolean": True}), questionnaire="#form", contained=[contained])

    facts = answered(response, URL)

    assert facts == (_answered("edema", "item[0].answer", True),)


@pytest.mark.parametrize(
    ("response", "place"),
    [
        ([], "Bundle.entry[3].resource"),
        (a_response() | {"item": {}}, "Bundle.entry[3].resource.item"),
        (a_response("text"), "Bundle.entry[3].resource.item[0]"),
        (a_response({"answer": []}), "Bundle.entry[3].resource.item[0].linkId"),
        (a_response(an_item("a", "yes")), "Bundle.entry[3].resource.item[0].answer[0]"),
        (a_response(an_item("a", {"valueBoolean": "true"})), "Bundle.entry[3].resource.item[0].answer[0].value"),
        (a_response(an_item("a", {"valueDecimal": True})), "Bundle.entry[3].resource.item[0].answer[0].value"),
        (a_response(an_item("a", {"valueHumanName": {}})), "Bundle.entry[3].resource.item[0].answer[0].value"),
        (
            a_response(an_item("a", {"valueBoolean": True, "valueString": "x"})),
            "Bundle.entry[3].resource.item[0].answer[0]",
        ),
        (a_response(authored="2026-02-30"), "Bundle.entry[3].resource.authored"),
        (a_response(questionnaire=7), "Bundle.entry[3].resource.questionnaire"),
    ],
)
def test_refuses_a_wrong_shape_and_says_where(response: Any, place: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        answered(response, URL, "Bundle.entry[3].resource")

    assert refused.value.refusal is Refusal.INVALID
    assert [(issue.code, issue.expression) for issue in refused.value.issues] == [("structure", place)]
