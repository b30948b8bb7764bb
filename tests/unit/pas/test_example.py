"""The documented request stays one that is approved, whenever it is read."""

from datetime import date

from server.pas.example import submit_example
from server.pas.request_bundle import read_submission


def test_the_days_of_the_example_move_with_the_day_it_is_shown_on() -> None:
    shown = submit_example(date(2028, 3, 1))

    submission = read_submission(shown)
    (item,) = submission.claim.children("item")
    observation = next(each for each in submission.resources.values() if each["resourceType"] == "Observation")
    patient = submission.resources[submission.patient_url]
    assert item.value["servicedPeriod"] == {"start": "2028-03-04", "end": "2029-03-03"}
    assert (observation["effectiveDateTime"], patient["birthDate"]) == ("2028-02-27", "1951-04-17")


def test_the_example_is_as_written_on_its_own_day() -> None:
    assert submit_example()["timestamp"] == "2026-11-20T15:00:00Z"
