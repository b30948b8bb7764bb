"""Functions that FHIR adds, and those that need something from outside: terminology, profiles, the time, a listener."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.fhir.path.compile import compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.output import to_json
from server.fhir.path.values import Items

VALUE_SET = "http://example.org/ValueSet/colours"
CONDITION = {"resourceType": "Condition", "code": {"coding": [{"system": "http://example.org/colour", "code": "red"}]}}


class _Colours:
    """Knows one value set."""

    def member_of(self, coded: Any, value_set: str) -> bool | None:
        return coded["coding"][0]["code"] == "red" if value_set == VALUE_SET else None


@pytest.mark.parametrize(("value_set", "values"), [(VALUE_SET, [True]), ("http://example.org/ValueSet/unknown", [])])
def test_member_of_asks_the_terminology(value_set: str, values: list[bool]) -> None:
    path = compile_path(f"code.memberOf('{value_set}')")

    assert path.values(CONDITION, environment=Environment(terminology=_Colours())) == values


def test_member_of_is_empty_where_nobody_can_say() -> None:
    assert compile_path(f"code.memberOf('{VALUE_SET}')").values(CONDITION) == []


class _Profiles:
    """Knows one profile, to which only red things conform."""

    def conforms(self, value: Any, profile: str) -> bool | None:
        return "red" in str(value) if profile == "http://example.org/StructureDefinition/red" else None


@pytest.mark.parametrize(
    ("profile", "values"),
    [
        ("http://example.org/StructureDefinition/red", [True]),
        ("http://hl7.org/fhir/StructureDefinition/DomainResource", [True]),
        ("http://hl7.org/fhir/StructureDefinition/Patient", [False]),
    ],
)
def test_conforms_to_asks_the_profiles(profile: str, values: list[bool]) -> None:
    class Lenient(_Profiles):
        def conforms(self, value: Any, profile: str) -> bool | None:
            return True if "hl7.org" in profile else super().conforms(value, profile)

    found = compile_path(f"conformsTo('{profile}')").values(CONDITION, environment=Environment(profiles=Lenient()))

    assert found == values


def test_an_unknown_profile_is_an_error_and_no_verdict() -> None:
    with pytest.raises(EvaluationRefused, match="profile is not known"):
        compile_path("conformsTo('http://example.org/other')").values(CONDITION)


@pytest.mark.parametrize(
    ("div", "allowed"),
    [
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">Text &amp; <b>more</b>&nbsp;&#160;</p></div>', True),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><img src="#a" alt="x"/></div>', True),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p/></div>', False),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>', False),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x">a</p></div>', False),
        ('<div xmlns="http://www.w3.org/1999/xhtml"><p>a</div>', False),
        ("<p>a</p>", False),
        ('<!DOCTYPE div [<!ENTITY a "b">]><div>&a;</div>', False),
    ],
)
def test_html_checks_allow_what_a_narrative_may_hold(div: str, allowed: bool) -> None:
    patient = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}

    assert compile_path("text.`div`.htmlChecks()").values(patient) == [allowed]


def test_the_time_comes_from_the_environment() -> None:
    outside = Environment(now=datetime(2026, 11, 20, 15, 4, 5, 678000, tzinfo=UTC))

    found = [compile_path(name).values(None, environment=outside) for name in ("now()", "today()", "timeOfDay()")]

    assert found == [["2026-11-20T15:04:05.678Z"], ["2026-11-20"], ["15:04:05.678"]]


def test_variables_come_from_the_environment() -> None:
    outside = Environment(
        variables={"limit": 88, "patient": {"resourceType": "Patient", "id": "p1"}, "codes": ["a", "b"]}
    )

    found = [
        compile_path(expression).values(None, environment=outside)
        for expression in ("%limit + 1", "%patient.id", "%codes.count()", "%`limit`", "%'limit'")
    ]

    assert found == [[89], ["p1"], [2], [88], [88]]


class _Listener:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[Any]]] = []

    def trace(self, name: str, items: Items) -> None:
        self.heard.append((name, [to_json(item) for item in items]))


def test_trace_tells_the_listener_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    listener = _Listener()
    path = compile_path("code.coding.trace('codes', code).exists()", "Condition")

    found = path.is_true(CONDITION, environment=Environment(traces=listener))

    assert (found, listener.heard) == (True, [("codes", ["red"])])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("('b' | 'a' | 'c').sort()", ["a", "b", "c"]),
        ("('b' | 'a' | 'c').sort($this desc)", ["c", "b", "a"]),
        ("(1 | 2 | 3).aggregate($total + $this, 0)", [6]),
        ("(1 | 2 | 3).select($index)", [0, 1, 2]),
        ("(1 | 2).combine(2)", [1, 2, 2]),
        ("(1 | 2 | 3).exclude(2)", [1, 3]),
        ("1.combine(1).intersect(1)", [1]),
        ("coalesce({}, 2, 3)", [2]),
        ("'a-b-c'.split('-').join('+')", ["a+b+c"]),
        ("'2026-11-20'.replaceMatches('(\\\\d+)-(\\\\d+)-(\\\\d+)', '$3/$2/$1')", ["20/11/2026"]),
        ("'abc'.matchesFull('b')", [False]),
        ("'YWI='.decode('base64')", ["ab"]),
        ("'?'.decode('base64')", []),
        ("(1.5 | 2).type().name", ["Decimal", "Integer"]),
        ("1.5.precision()", [1]),
        ("'true'.toBoolean()", [True]),
        ("'1.50'.toDecimal().toString()", ["1.50"]),
        ("4 days.toString()", ["4 days"]),
        ("(true | false).allTrue()", [False]),
        ("(true | false).anyTrue()", [True]),
        ("{}.allTrue()", [True]),
        ("(1 | 2).subsetOf(1 | 2 | 3)", [True]),
    ],
)
def test_functions_of_the_specification(expression: str, values: list[Any]) -> None:
    assert [
        str(value) if type(value).__name__ == "Decimal" else value for value in compile_path(expression).values(None)
    ] == values
