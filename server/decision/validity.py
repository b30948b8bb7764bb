"""The days that an authorization is valid for."""

from datetime import date

from server.decision.days import shifted
from server.decision.request import RequestedItem
from server.fhir.dates import DatePeriod


def validity(item: RequestedItem, on: date, valid_days: int) -> DatePeriod:
    """From the first day of the service, or the day of the decision when none is given, for `valid_days` days.

    A rule of the plan never cuts a period that was asked for: a later last day of the service is kept.
    """
    start = item.serviced.start if item.serviced and item.serviced.start else on
    end = shifted(start, valid_days - 1)
    asked = item.serviced.end if item.serviced else None
    return DatePeriod(start, max(end, asked) if asked else end)


def outlasts(item: RequestedItem, on: date, valid_days: int) -> bool:
    """Whether the service asked for ends after the days that a rule may authorize without review."""
    if item.serviced is None or item.serviced.end is None:
        return False
    start = item.serviced.start or on
    return item.serviced.end > shifted(start, valid_days - 1)
