"""Search values: separators, escapes, and the terms they become."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.search_terms import reference_terms, token_terms
from server.rest.cursor import CursorRefused, read_cursor, write_cursor
from server.rest.search_values import (
    ValueRefused,
    folded,
    reference_term,
    string_prefixes,
    token_term,
    uri_term,
    values,
)

BASE = "http://passage.test/fhir"


def escaped(text: str) -> str:
    """The text as FHIR asks clients to escape it."""
    return "".join(f"\\{mark}" if mark in "\\,|$" else mark for mark in text)


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_an_escaped_value_finds_exactly_what_was_kept(system: str, value: str) -> None:
    kept = token_terms("identifier", system, value)

    asked = [escaped(value), f"{escaped(system)}|{escaped(value)}", f"{escaped(system)}|"]

    assert {token_term("identifier", each) for text in asked for each in values(text)} == kept


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_value_without_system_is_found_by_an_empty_system(value: str) -> None:
    kept = token_terms("identifier", None, value)

    assert {token_term("identifier", escaped(value)), token_term("identifier", f"|{escaped(value)}")} == kept


def test_commas_separate_alternatives_unless_escaped() -> None:
    assert values("a\\,b,c\\\\,d") == ["a\\,b", "c\\\\", "d"]


@pytest.mark.parametrize("text", ["", ",", "a,", ",a", "a,,b", "a\\", "a\\b", ",".join("a" * 51)])
def test_values_that_can_not_be_meant_are_refused(text: str) -> None:
    with pytest.raises(ValueRefused):
        values(text)


@pytest.mark.parametrize("value", ["|", "a|b|c", "||"])
def test_a_token_has_at_most_one_bar_and_something_beside_it(value: str) -> None:
    with pytest.raises(ValueRefused):
        token_term("identifier", value)


@pytest.mark.parametrize("value", ["1", "Patient/1", "http://a.example/fhir/Patient/1", f"{BASE}/Patient/1"])
def test_a_reference_is_found_by_id_by_type_and_id_and_by_url(value: str) -> None:
    kept = reference_terms("patient", "http://a.example/fhir/Patient/1")

    assert reference_term("patient", value, BASE) in kept


def test_a_canonical_keeps_its_version() -> None:
    assert uri_term("url", "http://a.example/Q|1.0") == "url=http://a.example/Q\\|1.0"


def test_strings_compare_without_case_and_accents() -> None:
    assert (string_prefixes("HOME,Éc"), folded("Écho")) == (("home", "ec"), "echo")


def test_a_cursor_gives_its_place_back() -> None:
    place = ("2026-11-20T15:00:00.000Z", "a-1.b")

    assert read_cursor(write_cursor(place)) == place


@pytest.mark.parametrize("text", ["", "x", "é", "====", write_cursor(("2026", "a")), write_cursor(("x" * 24, "a b"))])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorRefused):
        read_cursor(text)
