"""The answers of a QuestionnaireResponse are of the type, among the options and within the limits of the form."""

from decimal import Decimal
from typing import Any

import pytest

from server.fhir.path.allowance import Allowance
from server.fhir.validation.questionnaire_response.check import check_response
from server.fhir.validation.questionnaire_response.limits import matches
from tests.builders.questionnaires import (
    COLOURS,
    SDC,
    UCUM,
    a_colour,
    a_quantity,
    a_questionnaire,
    a_response,
    an_answer,
    an_extension,
    an_item,
)
from tests.builders.validation import shipped

Json = Any

GENDER = "http://hl7.org/fhir/administrative-gender"
OPTIONS = [{"valueCoding": a_colour("red")}, {"valueCoding": a_colour("blue")}]
EXCLUSIVE = [
    {"valueCoding": a_colour("red"), "extension": [an_extension("questionnaire-optionExclusive", True, "Boolean")]},
    {"valueCoding": a_colour("blue")},
]
UNIT = an_extension("questionnaire-unitOption", {"system": UCUM, "code": "mm[Hg]", "display": "mm Hg"}, "Coding")
VALUE_SET = {
    "resourceType": "ValueSet",
    "id": "vs",
    "url": "http://payer.test/ValueSet/colours",
    "version": "1",
    "compose": {"include": [{"system": COLOURS, "concept": [{"code": "red"}, {"code": "blue"}]}]},
}


def _messages(item: Json, *values: Json, type: str, contained: Json = (), value_sets: Json = ()) -> list[str]:
    form = a_questionnaire(item, contained=list(contained))
    response = a_response(an_answer("q", *values, type=type))
    return [one.message for one in check_response(response, form, shipped().terminology, value_sets).found]


@pytest.mark.parametrize(
    ("type", "key", "value"),
    [
        ("boolean", "Boolean", True),
        ("decimal", "Decimal", Decimal("1.5")),
        ("integer", "Integer", 1),
        ("date", "Date", "2026-01-01"),
        ("dateTime", "DateTime", "2026-01-01T10:00:00Z"),
        ("time", "Time", "10:00:00"),
        ("string", "String", "x"),
        ("text", "String", "x"),
        ("url", "Uri", "http://payer.test"),
        ("choice", "Coding", a_colour("red")),
        ("open-choice", "Coding", a_colour("red")),
        ("open-choice", "String", "mauve"),
        ("attachment", "Attachment", {"url": "http://payer.test/1"}),
        ("reference", "Reference", {"reference": "Patient/1"}),
        ("quantity", "Quantity", a_quantity(55)),
    ],
)
def test_an_answer_is_of_the_type_of_its_item(type: str, key: str, value: Json) -> None:
    wrong = ("Time", "10:00:00") if type != "time" else ("Boolean", True)

    assert _messages(an_item("q", type), value, type=key) == []
    assert _messages(an_item("q", type), wrong[1], type=wrong[0]) == ["questionnaire-type"]


@pytest.mark.parametrize(
    ("item", "type", "good", "bad"),
    [
        (an_item("q", "choice", answerOption=OPTIONS), "Coding", a_colour("red"), a_colour("green")),
        (an_item("q", "choice", answerOption=OPTIONS), "Coding", a_colour("red"), a_colour("red", "urn:other")),
        (an_item("q", "choice", answerOption=OPTIONS), "Coding", a_colour("red"), {"code": "red"}),
        (an_item("q", "open-choice", answerOption=OPTIONS), "Coding", a_colour("red"), a_colour("green")),
        (an_item("q", "choice", answerOption=[{"valueInteger": 1}]), "Integer", 1, 2),
        (an_item("q", "choice", answerOption=[{"valueString": "a"}]), "String", "a", "b"),
        (an_item("q", "choice", answerOption=[{"valueDate": "2026-01-01"}]), "Date", "2026-01-01", "2026-01-02"),
        (an_item("q", "choice", answerValueSet="#vs"), "Coding", a_colour("red"), a_colour("green")),
        (an_item("q", "choice", answerValueSet=VALUE_SET["url"]), "Coding", a_colour("red"), a_colour("green")),
        (
            an_item("q", "choice", answerValueSet="http://hl7.org/fhir/ValueSet/administrative-gender"),
            "Coding",
            a_colour("male", GENDER),
            a_colour("m", GENDER),
        ),
    ],
)
def test_an_answer_is_one_of_those_offered(item: Json, type: str, good: Json, bad: Json) -> None:
    assert _messages(item, good, type=type, contained=[VALUE_SET]) == []
    assert _messages(item, bad, type=type, contained=[VALUE_SET]) == ["questionnaire-option"]


@pytest.mark.parametrize(
    "expansion",
    [
        {"contains": [{"system": COLOURS, "code": "red"}]},
        {"total": 2, "contains": [{"abstract": True, "code": "all", "contains": [{"system": COLOURS, "code": "red"}]}]},
    ],
)
def test_a_whole_expansion_counts_before_the_definition(expansion: Json) -> None:
    defined = {"include": [{"system": COLOURS, "filter": [{"property": "x", "op": "=", "value": "y"}]}]}
    value_set = {**VALUE_SET, "compose": defined, "expansion": expansion}
    item = an_item("q", "choice", answerValueSet=VALUE_SET["url"])

    found = _messages(item, a_colour("green"), type="Coding", value_sets=[value_set])

    assert found == (["questionnaire-option"] if "total" not in expansion else [])


@pytest.mark.parametrize(
    "item",
    [
        an_item("q", "choice", answerValueSet="http://nobody.test/ValueSet/1"),
        an_item("q", "choice", answerValueSet="#none"),
        an_item("q", "choice"),
        an_item("q", "choice", an_extension(SDC + "answerExpression", {}, "Expression"), answerOption=OPTIONS),
    ],
)
def test_an_answer_is_not_refused_where_nobody_knows_what_is_offered(item: Json) -> None:
    assert _messages(item, a_colour("green"), type="Coding") == []


def test_an_option_that_stands_alone_stands_alone() -> None:
    item = an_item("q", "choice", repeats=True, answerOption=EXCLUSIVE)

    assert _messages(item, a_colour("red"), type="Coding") == []
    assert _messages(item, a_colour("blue"), a_colour("red"), type="Coding") == ["questionnaire-exclusive"]


def _limits(type: str, key: str, least: Json, most: Json) -> Json:
    return an_item("q", type, an_extension("minValue", least, key), an_extension("maxValue", most, key))


BOUNDED = an_item(
    "q",
    "quantity",
    an_extension(SDC + "minQuantity", a_quantity(2), "Quantity"),
    an_extension(SDC + "maxQuantity", a_quantity(5), "Quantity"),
)


@pytest.mark.parametrize(
    ("item", "type", "value", "expected"),
    [
        (_limits("integer", "Integer", 2, 5), "Integer", 1, "min-value"),
        (_limits("integer", "Integer", 2, 5), "Integer", 2, None),
        (_limits("integer", "Integer", 2, 5), "Integer", 5, None),
        (_limits("integer", "Integer", 2, 5), "Integer", 6, "max-value"),
        (_limits("decimal", "Decimal", Decimal("1.0"), 2), "Decimal", Decimal("0.99"), "min-value"),
        (_limits("date", "Date", "2026-01-10", "2026-02-10"), "Date", "2026-01-09", "min-value"),
        (_limits("date", "Date", "2026-01-10", "2026-02-10"), "Date", "2026-01", None),
        (_limits("date", "Date", "2026-01-10", "2026-02-10"), "Date", "2026-03", "max-value"),
        (_limits("time", "Time", "08:00:00", "17:00:00"), "Time", "07:59:59", "min-value"),
        (BOUNDED, "Quantity", a_quantity(1), "min-value"),
        (BOUNDED, "Quantity", a_quantity(5), None),
        (BOUNDED, "Quantity", a_quantity(1, "kPa"), "max-value"),
        (BOUNDED, "Quantity", a_quantity(1, "L"), None),
        (an_item(maxLength=3), "String", "abc", None),
        (an_item(maxLength=3), "String", "abcd", "max-length"),
        (an_item("q", "string", an_extension("minLength", 2, "Integer")), "String", "a", "min-length"),
        (an_item("q", "string", an_extension("minLength", 2, "Integer")), "String", "ab", None),
        (an_item("q", "string", an_extension("regex", "[0-9]+", "String")), "String", "12", None),
        (an_item("q", "string", an_extension("regex", "[0-9]+", "String")), "String", "12a", "regex"),
        (an_item("q", "decimal", an_extension("maxDecimalPlaces", 1, "Integer")), "Decimal", Decimal("1.5"), None),
        (
            an_item("q", "decimal", an_extension("maxDecimalPlaces", 1, "Integer")),
            "Decimal",
            Decimal("1.25"),
            "decimals",
        ),
        (an_item("q", "quantity", UNIT), "Quantity", a_quantity(5), None),
        (an_item("q", "quantity", UNIT), "Quantity", {"value": 5, "unit": "mm Hg"}, None),
        (an_item("q", "quantity", UNIT), "Quantity", a_quantity(5, "kPa"), "unit"),
        (
            an_item("q", "quantity", UNIT, an_extension(SDC + "unitOpen", "optionsOrType", "Code")),
            "Quantity",
            a_quantity(5, "kPa"),
            None,
        ),
        (
            an_item("q", "attachment", an_extension("mimeType", "application/pdf", "Code")),
            "Attachment",
            {"contentType": "text/plain", "url": "http://payer.test/1"},
            "content-type",
        ),
        (
            an_item("q", "attachment", an_extension("mimeType", "text/plain", "Code")),
            "Attachment",
            {"contentType": "text/plain", "url": "http://payer.test/1"},
            None,
        ),
        (
            an_item("q", "attachment", an_extension("maxSize", Decimal("0.00001"), "Decimal")),
            "Attachment",
            {"contentType": "text/plain", "data": "QUJD" * 5},
            "size",
        ),
        (
            an_item("q", "reference", an_extension("questionnaire-referenceResource", "Patient", "Code")),
            "Reference",
            {"reference": "Practitioner/1"},
            "reference",
        ),
        (
            an_item("q", "reference", an_extension("questionnaire-referenceResource", "Patient", "Code")),
            "Reference",
            {"reference": "urn:uuid:5d3c9d64-7f2c-4b1d-8a6f-27d1f3f0c001"},
            None,
        ),
    ],
)
def test_an_answer_keeps_the_limits_of_the_form(item: Json, type: str, value: Json, expected: str | None) -> None:
    found = _messages(item, value, type=type)

    assert found == ([] if expected is None else [f"questionnaire-{expected}"])


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("[A-Z]{2}\\d+", "AB12", True),
        ("[A-Z]{2}\\d+", "AB", False),
        ("(?:ab)+", "abab", True),
        ("(a+)+b", "a" * 40, False),
        ("(a|aa)+b", "a" * 40, False),
        ("((a*)b)*", "a" * 40, False),
        ("(?!0)\\d+", "12", True),
        ("(?!(a+)+b)a*", "a" * 40, None),
        ("[", "x", None),
        ("a*", "a" * 3000, None),
    ],
)
def test_a_pattern_takes_no_time_or_is_not_tried(written: str, text: str, expected: bool | None) -> None:
    assert matches(written, text, Allowance()) is expected
