"""What the pages show of a case and a demo member, whatever an imported file holds beyond what is checked."""

import pytest

from server.console.view import case_line, demo_member, readable
from server.fhir.json import Json
from server.members.record import Person

STORY = "https://passage.example/fhir/CodeSystem/demo-story"


def a_patient(**changes: Json) -> Json:
    """A demo member's Patient."""
    return {
        "id": "p1",
        "meta": {"tag": [{"system": STORY, "display": "Try this."}, {"system": "https://other.example"}]},
        "identifier": [{"system": "https://payer.example/member", "value": "M-1"}, {"system": "https://none.example"}],
        "birthDate": "1951-04-17",
        **changes,
    }


def an_item(outcome: str, *reasons: str, codes: tuple[str, ...] = ("E1390",), number: str | None = None) -> Json:
    """An item of a stored case."""
    explanation = {"outcome": {"kind": outcome}, "reasons": [{"text": reason} for reason in reasons]}
    coded = [{"code": code} for code in codes]
    return {"codes": coded, "authorization_number": number, "explanation": explanation}


def a_case(*items: Json, errors: tuple[Json, ...] = ()) -> Json:
    """A stored case."""
    return {
        "id": "case-1",
        "received": "2026-11-20T15:00:00.000Z",
        "state": "determined",
        "line_of_business": "commercial",
        "items": list(items),
        "errors": list(errors),
    }


def test_a_case_is_one_line_with_its_first_reason() -> None:
    case = a_case(an_item("approved", "Met.", number="PA1"), an_item("pended", "Unknown.", codes=()))

    assert case_line(case) == {
        "id": "case-1",
        "received": "2026-11-20 15:00 UTC",
        "state": "determined",
        "line_of_business": "commercial",
        "items": [{"code": "E1390", "outcome": "approved"}, {"code": "no code", "outcome": "pended"}],
        "numbers": ["PA1"],
        "why": "Met. (and 1 more)",
    }


def test_an_error_says_its_text_or_else_its_code() -> None:
    assert case_line(a_case(errors=({"code": "75", "text": None},)))["why"] == "75"
    assert case_line(a_case())["why"] == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ([{"given": ["Ann", "B"], "family": "C"}, {"family": "Second"}], "Ann B C"),
        ([{"given": "Ann"}], ""),
        ([], ""),
        ("Ann", ""),
        (["Ann"], ""),
        (None, ""),
    ],
)
def test_a_name_of_any_shape_does_not_break_the_page(name: Json, shown: str) -> None:
    member = demo_member(Person(a_patient(name=name), {}), STORY)

    assert member["name"] == shown
    assert (member["numbers"], member["story"]) == (["M-1"], "Try this.")


def test_a_coverage_is_told_with_its_period() -> None:
    open_ended: Json = {"class": [{"value": "commercial"}, "odd"], "period": {"start": "2020-01-01"}}
    ended: Json = {"period": {"end": "2025-12-31"}}

    member = demo_member(Person(a_patient(), {"a": open_ended, "b": ended}), STORY)

    assert member["coverages"] == ["commercial from 2020-01-01", "no plan named from any day to 2025-12-31"]


def test_instants_are_told_to_the_minute() -> None:
    assert readable("2026-11-20T15:04:59.999Z") == "2026-11-20 15:04 UTC"
