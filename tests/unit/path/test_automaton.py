"""The automaton says of any regular expression what Python's engine says, in time that grows with the text."""

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fhir.path.allowance import Allowance
from server.fhir.path.automaton import automaton
from server.fhir.path.errors import AllowanceSpent, EvaluationRefused
from server.fhir.path.regex import pattern
from server.fhir.path.tame import matches, most_ways, replaced

ATOMS = st.sampled_from(
    ["a", "b", "c", ".", "\\d", "\\w", "\\s", "[ab]", "[^a]", "[a-c1]", "[]a]", "^", "$", "\\Z", "{"]
)
QUANTIFIERS = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}", "{1,}", "{0}", "{2,3}?"])


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, QUANTIFIERS).map(lambda parts: f"(?:{parts[0]}){parts[1]}"),
        st.tuples(ATOMS.filter(lambda atom: atom not in "^${\\Z"), QUANTIFIERS).map("".join),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"(?<name>{part})" if "name" not in part else part),
    )


EXPRESSIONS = st.recursive(ATOMS, _wider, max_leaves=8)


@given(expression=EXPRESSIONS, text=st.text(alphabet="abc1 \n{", max_size=8))
def test_it_agrees_with_the_engine_of_python(expression: str, text: str) -> None:
    try:
        machine, expected = automaton(expression), pattern(expression)
    except EvaluationRefused:
        return
    allowance = Allowance()

    found = (
        machine.matches(text, allowance.spend, whole=False),
        machine.matches(text, allowance.spend, whole=True),
    )

    assert found == (expected.search(text) is not None, expected.fullmatch(text) is not None)


@pytest.mark.parametrize(
    "expression",
    [
        "(a+)+$", "^(a|a)*$", "(a|aa)+b", "((a*)b)*c", "a*a*a*a*a*a*b", "a?" * 40 + "a" * 40 + "b",
        "(?:a{1,20}){1,20}b",
        "(.*,){20}x", "^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)  # fmt: skip
def test_an_expression_that_ruins_other_engines_takes_no_time(expression: str) -> None:
    allowance = Allowance()
    begin = process_time()

    found = matches(expression, "a" * 60 + "," + "a" * 60, allowance, whole=False)

    assert found is (re.fullmatch(r"\(a\+\)\+\$", expression) is not None)
    assert process_time() - begin < 2


def test_the_work_grows_with_the_text_and_no_faster() -> None:
    def steps(length: int) -> int:
        allowance = Allowance(10_000_000)
        matches("^(a?b?)*c$", "ab" * length, allowance, whole=False)
        return 10_000_000 - allowance.left

    assert steps(20_000) <= 2 * steps(10_000) + 100


@pytest.mark.parametrize(
    "expression",
    [
        "(?=a)b",
        "(a)\\1",
        "a++",
        "\\bx",
        "(?!a).",
        "a{900}{900}",
        "(" * 3000,
        "(?i)a",
        "(?<a",
        "[a",
        "a)",
        "a{1001}",
        "a**",
        "(?=a)",
    ],
)
def test_what_it_does_not_know_is_refused(expression: str) -> None:
    with pytest.raises(EvaluationRefused):
        automaton(expression)


@pytest.mark.parametrize(
    ("expression", "text", "whole", "expected"),
    [
        ("^(?!0)\\d{3}$", "123", True, True),
        ("^(?!0)\\d{3}$", "023", True, False),
        ("\\bcat\\b", "a cat sat", False, True),
        ("(?=.*\\d)[a-z\\d]+", "abc1", True, True),
    ],
)
def test_looking_around_is_tried_where_it_can_not_take_long(
    expression: str, text: str, whole: bool, expected: bool
) -> None:
    assert matches(expression, text, Allowance(), whole=whole) is expected


@pytest.mark.parametrize("expression", ["(?=(a+)+$)b", "(?!a*a*a*a*a*b)a", "(a*)\\1", "(?=a)(a|b)*c"])
def test_what_may_take_long_is_not_tried(expression: str) -> None:
    with pytest.raises(AllowanceSpent):
        matches(expression, "a" * 400, Allowance(), whole=False)


@pytest.mark.parametrize(
    ("expression", "length", "bounded"),
    [
        ("abc", 1000, True), ("\\d{3}-\\d{4}", 1000, True), ("a*", 100, True), ("a*b*c*d*", 100, False),
        ("(a*)*", 1, False), ("(ab)*", 100, True), ("(a|b)*", 1, False), ("[*+|(]{2}", 1000, True),
        ("\\*\\(", 10, True),
        ("(?:a)", 10, True), ("((a)?)+", 1, False), ("(a)\\1", 1, False), ("(a{2,}){3}", 1, False),
        ("a{1,3}", 100, True),
    ],
)  # fmt: skip
def test_the_ways_of_an_expression_are_bounded_by_what_repeats_in_it(
    expression: str, length: int, bounded: bool
) -> None:
    assert (most_ways(expression, length) is not None) is bounded


def test_a_replacement_is_made_where_it_can_not_take_long() -> None:
    allowance = Allowance()

    assert replaced("a-b-c", "-(\\w)", "+$1", allowance) == "a+b+c"
    with pytest.raises(AllowanceSpent):
        replaced("a" * 3000, "a*b", "", allowance)
