"""Expressions that do not compile are refused with a position and a caret; those that do bind as the grammar says."""

import pytest

from server.fhir.path.compile import compile_path
from server.fhir.path.errors import PathRefused


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("", 0),
        ("1 +", 3),
        ("Patient.", 8),
        ("name.given)", 10),
        ("(name", 5),
        ("name['", 5),
        ("a # b", 2),
        ("'no end", 0),
        (r"'\x'", 1),
        ("@2024-13", 0),
        ("@T25:00", 0),
        ("name.nosuchfunction()", 5),
        ("name.where()", 5),
        ("name.is(NoSuchType)", 8),
        ("name is NoSuchType", 5),
        ("slice('a', 'b')", 0),
        ("1 and and 2", 6),
        ("'a'.matches('(')", 12),
    ],
)
def test_refuses_with_the_position(expression: str, position: int) -> None:
    with pytest.raises(PathRefused) as refused:
        compile_path(expression, strict=True)

    assert refused.value.position == position


def test_the_message_shows_the_line_and_a_caret_under_the_place() -> None:
    expression = "name\n  .where(use = 'official')\n  .nothing()"

    with pytest.raises(PathRefused) as refused:
        compile_path(expression)

    assert str(refused.value) == ("The function nothing() does not exist here.\nline 3:   .nothing()\n           ^")


def test_a_left_out_function_is_refused_with_the_reason() -> None:
    with pytest.raises(
        PathRefused, match=r"elementDefinition\(\) does not exist here\. It needs the StructureDefinition"
    ):
        compile_path("name.elementDefinition()")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4 div 2", 5),
        ("-2 + 3", 1),
        ("2 > 1 and 1 > 2 or true", True),
        ("true or true and false", True),
        ("false implies false and false", True),
        ("1 | 2 = 1 | 2", True),
        ("3 in 1 + 2 | 4", True),
        ("'a' & 'b' + 'c'", "abc"),
        ("1 is Integer = true", True),
        ("(1 | 2).count() + 1", 3),
        ("8 / 2 / 2", 2),
    ],
)
def test_operators_bind_as_the_grammar_says(expression: str, value: object) -> None:
    assert compile_path(expression).values(None) == [value]


def test_a_strict_path_refuses_an_element_that_the_type_lacks() -> None:
    with pytest.raises(PathRefused, match="No type that stands before the dot has this element") as refused:
        compile_path("Patient.name.givven", strict=True)

    assert refused.value.position == 13


def test_a_path_that_is_not_strict_takes_it_for_empty() -> None:
    assert compile_path("Patient.name.givven").values({"resourceType": "Patient", "name": [{"family": "A"}]}) == []


def test_a_path_that_is_not_strict_finds_nothing_of_a_type_of_a_later_version() -> None:
    path = compile_path("($this is Citation).not() and ofType(Citation).empty()")

    assert path.values({"resourceType": "Patient"}) == [True]


def test_a_compiled_path_is_kept() -> None:
    assert compile_path("Patient.name.family", "Patient") is compile_path("Patient.name.family", "Patient")


def test_an_unknown_type_of_the_input_is_refused() -> None:
    with pytest.raises(PathRefused, match="type of the input"):
        compile_path("name", "Pattient")


@pytest.mark.parametrize(
    "expression", ["(" * 500 + "1" + ")" * 500, "1" + "+1" * 1500, "a" + ".b" * 3000, "-" * 900 + "1"]
)
def test_depth_without_end_is_refused(expression: str) -> None:
    with pytest.raises(PathRefused):
        compile_path(expression)


def test_a_long_list_of_codes_is_no_depth() -> None:
    codes = " | ".join(f"'c{number}'" for number in range(1500))

    assert compile_path(f"'c1400' in ({codes})").values(None) == [True]
