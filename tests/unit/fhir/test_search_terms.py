"""The terms that an entry is kept under, and what each way to write a search finds."""

import pytest

from server.fhir import search_terms as terms

SYSTEM = "http://x.example/ids"


def test_an_identifier_is_found_by_value_by_system_and_by_both() -> None:
    found = terms.identifier_terms(
        "identifier", [{"system": SYSTEM, "value": "1|2"}, {"value": "7"}, {"system": SYSTEM}]
    )

    assert found == {
        "identifier=1\\|2",
        f"identifier={SYSTEM}|1\\|2",
        f"identifier={SYSTEM}|",
        "identifier=7",
        "identifier=|7",
    }


def test_the_terms_of_a_value_with_a_bar_are_not_those_of_a_system_and_a_value() -> None:
    with_bar = terms.token_terms("identifier", None, "a|b")
    with_system = terms.token_terms("identifier", "a", "b")

    assert with_bar & with_system == set()


def test_an_element_of_type_code_has_one_term() -> None:
    found = [terms.code_terms("status", value) for value in ("active", "a|b", "", None, 1)]

    assert found == [{"status=active"}, {"status=a\\|b"}, set(), set(), set()]


def test_codings_without_a_code_give_no_terms() -> None:
    codings = [{"system": "s", "code": "c"}, {"display": "no code"}, "no coding", {"code": ""}]

    assert terms.coding_terms("code", codings) == {"code=c", "code=s|c", "code=s|"}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Patient/1", {"patient=Patient/1", "patient=1"}),
        (
            "http://a.example/fhir/Patient/1",
            {"patient=http://a.example/fhir/Patient/1", "patient=Patient/1", "patient=1"},
        ),
        ("urn:uuid:1", {"patient=urn:uuid:1"}),
        ("", set()),
        (7, set()),
    ],
)
def test_a_reference_is_found_as_written_by_type_and_id_and_by_id(reference: object, expected: set[str]) -> None:
    assert terms.reference_terms("patient", {"reference": reference}) == expected


def test_a_logical_reference_is_found_by_its_identifier() -> None:
    reference = {"identifier": {"system": SYSTEM, "value": "9"}}

    found = terms.reference_terms("patient", reference)

    assert found == {
        "patient:identifier=9",
        f"patient:identifier={SYSTEM}|9",
        f"patient:identifier={SYSTEM}|",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02", ("2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z")),
        ("2026-02-28T23:30:00-01:00", ("2026-03-01T00:30:00.000Z", "2026-03-01T00:30:01.000Z")),
        ("0009", ("0009-01-01T00:00:00.000Z", "0010-01-01T00:00:00.000Z")),
        ("9999", ("9999-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")),
        ("2026-02-30", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_date_is_the_time_that_it_may_mean(text: object, expected: tuple[str | None, str | None]) -> None:
    assert terms.date_bounds(text) == expected
