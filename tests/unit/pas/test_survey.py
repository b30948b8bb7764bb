"""Dates that no calendar has are found wherever they stand."""

from typing import Any

import pytest

from server.errors import RequestRefused
from server.pas.request_bundle import read_submission
from server.pas.survey import survey
from tests.builders.claims import a_claim, a_coverage, a_patient, a_request_bundle, an_observation

Json = Any


def faults(body: Json) -> list[tuple[str, str | None]]:
    """Codes and places of the issues."""
    with pytest.raises(RequestRefused) as caught:
        read_submission(body)
    return [(issue.code, issue.expression) for issue in caught.value.issues]


@pytest.mark.parametrize(
    "day", ["2026-02-30", "2026-04-31", "2025-02-29", "26-01-01", "2026-1-1", "today", "0000-01-01"]
)
def test_a_day_that_no_calendar_has_is_refused_in_any_resource(day: str) -> None:
    body = a_request_bundle(patient=a_patient(birthDate=day))

    assert faults(body) == [("value", "Bundle.entry[1].resource.birthDate")]


def test_dates_are_checked_at_every_depth() -> None:
    extension = {
        "url": "https://ehr.example/x",
        "extension": [{"url": "when", "valueDateTime": "2026-02-30T10:00:00Z"}],
    }
    observation = an_observation("o", "2703-7", 54, "mm[Hg]", effectiveDateTime="2026-99", extension=[extension])

    found = faults(a_request_bundle(None, observation))

    assert found == [
        ("value", "Bundle.entry[5].resource.effectiveDateTime"),
        ("value", "Bundle.entry[5].resource.extension[0].extension[0].valueDateTime"),
    ]


@pytest.mark.parametrize(
    "period",
    [
        {"start": "2026-12-31", "end": "2026-01-01"},
        {"start": "2026-01-01T10:00:00Z", "end": "2026-01-01T09:59:59Z"},
        {"start": "2027", "end": "2026-12"},
    ],
)
def test_a_period_that_ends_before_it_starts_is_refused(period: Json) -> None:
    body = a_request_bundle(coverage=a_coverage(period=period))

    assert faults(body) == [("value", "Bundle.entry[2].resource.period.end")]


@pytest.mark.parametrize(
    "period",
    [
        {"start": "2026-01-01", "end": "2026-01-01"},
        {"start": "2026-05", "end": "2026"},
        {"start": "2026-01-01T10:00:00+02:00", "end": "2026-01-01T09:00:00Z"},
        {"end": "2026"},
        {"start": "2026-01-01T23:59:60Z"},
    ],
)
def test_periods_that_may_be_meant_are_accepted(period: Json) -> None:
    submission = read_submission(a_request_bundle(coverage=a_coverage(period=period)))

    assert submission.element(submission.coverage_url).value["period"] == period


def test_a_reference_that_is_no_text_is_refused() -> None:
    claim = a_claim(supportingInfo=[{"sequence": 1, "valueReference": {"reference": 5}}])

    assert faults(a_request_bundle(claim)) == [
        ("structure", "Bundle.entry[0].resource.supportingInfo[0].valueReference.reference")
    ]


def test_elements_that_only_look_like_dates_are_left_alone() -> None:
    found = survey({"resourceType": "Basic", "data": {"reference": {"reference": "A/1"}}, "start": 5, "issued": None})

    assert (found.references, found.faulty) == (["A/1"], False)
