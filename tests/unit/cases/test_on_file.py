"""An authorization is on file as long as it is in force, and no longer."""

from datetime import date

import pytest

from server.cases.case import CaseItem, ReviewActionCode
from server.cases.on_file import in_force
from server.fhir.dates import DatePeriod


@pytest.mark.parametrize(
    ("action", "number", "expected"),
    [
        ("A1", "PA1", True),
        ("A6", "PA1", True),
        ("A4", "PA1", True),
        ("A4", None, False),
        ("A3", "PA1", False),
        ("C", None, False),
    ],
)
def test_an_item_is_in_force_by_its_number_unless_it_was_denied(
    action: ReviewActionCode, number: str | None, *, expected: bool
) -> None:
    item = CaseItem(1, (), action, {}, number, valid=DatePeriod(date(2026, 11, 20), None))

    assert in_force(item) is expected
