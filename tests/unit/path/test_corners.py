"""The corners of the specification: boundaries, conversions, units, strings and equality where inputs are unusual."""

from typing import Any

import pytest

from server.fhir.path.compile import compile_path
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.units import unit


def _shown(expression: str, resource: Any = None) -> list[str]:
    return [str(value) for value in compile_path(expression).values(resource)]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("{}.lowBoundary()", []),
        ("1.5 'mg'.lowBoundary(2) = 1.45 'mg'", ["True"]),
        ("1.5 'mg'.lowBoundary(99)", []),
        ("1.5.highBoundary(1)", ["1.6"]),
        ("@2024.lowBoundary(5)", []),
        ("@2024-05-06T10:00:00.12Z.lowBoundary(14)", ["2024-05-06T10:00:00Z"]),
        ("@2024-05-06T10:00:00.1Z.highBoundary(17)", ["2024-05-06T10:00:00.199Z"]),
        ("@2024-05-06T10.highBoundary()", ["2024-05-06T10:59:59.999-12:00"]),
        ("@T10.highBoundary(4)", ["10:59"]),
        ("@T10:30:15.highBoundary()", ["10:30:15.999"]),
        ("@2024-05.precision()", ["6"]),
        ("{}.precision()", []),
        ("12.precision()", ["0"]),
        ("(-3.7).truncate()", ["-3"]),
        ("10.sqrt()", ["3.162277660168379331998893544"]),
        ("0.ln()", []),
        ("1.5.round(1)", ["1.5"]),
        ("{}.round()", []),
        ("{}.abs()", []),
        ("2.power(0.5).round(3)", ["1.414"]),
        ("2.power(-1)", ["0.5"]),
        ("10.power(50)", []),
        ("1.0.toInteger()", []),
        ("true.toInteger() + true.toDecimal()", ["2"]),
        ("1.toQuantity('mg')", []),
        ("7 'd'.toQuantity('week').toString()", ["1 week"]),
        ("'3 weeks'.toQuantity() = 21 'd'", ["True"]),
        ("'x'.toQuantity()", []),
        ("'2'.toBoolean()", []),
        ("0.5.toBoolean()", []),
        ("@2024-05-06.toDateTime()", ["2024-05-06"]),
        ("@T10:30.toTime()", ["10:30"]),
        ("@T10:30.toDate()", []),
        ("true.toTime()", []),
        ("1 'cm'.comparable('x')", []),
        ("1 'odd'.comparable(1 'odd')", ["True"]),
        ("'5.0'.toDecimal()", ["5.0"]),
        ("'abc'.substring(1, -1)", [""]),
        ("'abc'.substring({})", []),
        ("''.split('')", []),
        ("'abc'.split('')", ["a", "b", "c"]),
        ("{}.split(',')", []),
        ("{}.join(',')", []),
        ("'zz'.decode('hex')", []),
        ("'abc'.replaceMatches('', 'x')", ["abc"]),
        ("'abc'.lastIndexOf('z')", ["-1"]),
        ("'\\\\u0041\\\\n'.unescape('json')", ["A\n"]),
        ("'a\"b'.escape('json')", ['a\\"b']),
        ("(1 | 2).tail().last()", ["2"]),
        ("(3 | 1 | 2).sort().first()", ["1"]),
        ("('b' | 'a').sort($this desc, $this asc)", ["b", "a"]),
        ("(1 'g' | 1000 'mg').count()", ["1"]),
        ("(1 year | 12 months).count()", ["1"]),
        ("(1 'odd' | 1 'odd' | 2 'odd').count()", ["2"]),
        ("(@2024-05-06T10:00:00Z | @2024-05-06T12:00:00+02:00).count()", ["1"]),
        ("(1 | true | '1').count()", ["3"]),
        ("1 = '1'", ["False"]),
        ("1 'mg' = 'x'", ["False"]),
        ("1 '1' = 1", ["True"]),
        ("1 year = 1 'a'", []),
        ("1.01 'g' ~ 1 'g'", ["True"]),
        ("1 'odd' ~ 1 'strange'", ["False"]),
        ("1 ~ 'a'", ["False"]),
        ("(1 | 2) ~ (2 | 1.0)", ["True"]),
        ("(1 | 2) ~ (1 | 3)", ["False"]),
        ("@T10:00 < @T11:00", ["True"]),
        ("@T10:00 - 11 hours", ["23:00"]),
        ("@2024 - 2024 years", []),
        ("(5 'mg' - 1 'g').toString()", ["-995 'mg'"]),
        ("5 'mg' + 1 'm'", []),
        ("(5 'mg' * 2).toString()", ["10 'mg'"]),
        ("5 'odd' * 2 'odd'", []),
        ("5 'mg' / 0", []),
        ("7.5 div 2", ["3"]),
        ("-7 div 2", ["-3"]),
        ("-7 mod 2", ["-1"]),
        ("+5", ["5"]),
        ("-{}", []),
        ("1 year", ["{'value': Decimal('1'), 'unit': 'year'}"]),
        ("1 day", ["{'value': Decimal('1'), 'unit': 'day', 'system': 'http://unitsofmeasure.org', 'code': 'd'}"]),
        ("1.type()", ["{'namespace': 'System', 'name': 'Integer'}"]),
        ("@2024.type().name", ["Date"]),
        ("1 is System.Any", ["True"]),
        ("1.is(FHIR.integer)", ["False"]),
        ("FHIR.Patient.exists()", ["False"]),
        ("true xor {}", []),
        ("'a'.select($this & $index.toString())", ["a0"]),
        ("$index", []),
        ("(1 | 2 | 3).take(0)", []),
        ("(1 | 2)[-1]", []),
        ("'a' contains {}", []),
        ("1.getValue()", ["1"]),
        ("{}.getValue()", []),
        ("(1 | 2).hasValue()", ["False"]),
        ("1.children().count() + 1.descendants().count()", ["0"]),
        ("{}.conformsTo('x')", []),
        ("'x'.trace('t')", ["x"]),
        ("'x'.resolve()", []),
    ],
)  # fmt: skip
def test_unusual_input_gives_what_the_specification_says(expression: str, shown: list[str]) -> None:
    assert _shown(expression) == shown


@pytest.mark.parametrize(
    "expression",
    ["true.lowBoundary()", "'a'.precision()", "'a'.abs()", "'a'.sqrt()", "1.5.round(99)", "'a'.decode('x')",
     "'a'.escape('x')", "'a'.unescape('x')", "'a' + 1 'mg'", "1 'mg' mod 2", "-'a'", "@T10 + 1 year", "@2024 + 1 'cm'",
     "1.conformsTo('x')", "'a'.replaceMatches('a', '$2')", "(1 | 'a').sort()", "true and (1 | 2)"],
)  # fmt: skip
def test_what_does_not_fit_is_refused(expression: str) -> None:
    with pytest.raises(EvaluationRefused):
        _shown(expression)


@pytest.mark.parametrize(
    "expression", ["1.as(Nothing.x)", "name.is(1)", "%", "1 is", "$that", "a." + "$this." * 2 + "1"]
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(PathRefused):
        compile_path(expression, strict=True)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("kg.m/s2", True), ("(kg.m)/s2", True), ("/d", True), ("{count}/d", True), ("mg{creat}", True),
        ("10*3/uL", True),
        ("", False), ("m..s", False), ("(m", False), ("m)", False), ("nonsense", False), ("m99", False), ("0", False),
        (".", False), ("m/", False), ("{a", False), ("x" * 300, False),
    ],
)  # fmt: skip
def test_units_are_known_when_they_are_written_as_ucum(code: str, known: bool) -> None:
    assert (unit(code) is not None) is known


def test_dates_and_elements_compare_as_elements_of_a_resource_too() -> None:
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "issued": "2024-05-06T10:00:00Z",
        "code": {"coding": [{"code": "A"}, {"code": "b"}], "text": "x  Y"},
        "category": [{"coding": [{"code": "B"}, {"code": "a"}], "text": "X y"}],
        "valueQuantity": {"value": 5, "unit": "mg"},
        "component": [{"valueQuantity": {"unit": "mg"}}],
    }

    found = [
        _shown(expression, resource)
        for expression in (
            "code ~ category",
            "code = category",
            "issued > @2024-05-06T09:00:00Z",
            "issued.length()",
            "value > 4 'mg'",
            "component.value = component.value",
            "(code | category | code).count()",
            "status < 'g'",
        )
    ]

    assert found == [["True"], ["False"], ["True"], ["20"], ["True"], ["True"], ["2"], ["True"]]
