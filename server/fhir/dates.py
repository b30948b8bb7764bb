"""FHIR dates stay partial: a date is the interval it may mean.

Spec page: https://hl7.org/fhir/R4/datatypes.html#dateTime
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DATE_TIME = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>0[1-9]|1[0-2])(-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(T(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)(?P<fraction>\.[0-9]{1,9})?"
    r"(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00))?)?)?"
)


class DateRefused(ValueError):
    """The text is no FHIR date or dateTime, or names a day that no calendar has."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The instants that a partial date may mean: `low` inclusive, `high` exclusive, both in UTC."""

    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class DatePeriod:
    """Days from `start` to `end`, both inclusive; None is open."""

    start: date | None = None
    end: date | None = None

    def contains(self, day: date) -> bool:
        """Whether the day is in the period."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


@lru_cache(maxsize=4096)
def interval(text: str) -> Interval:
    """The interval of a FHIR date, dateTime or instant. A date without zone is taken as UTC. Raises DateRefused."""
    found = _DATE_TIME.fullmatch(text)
    if not found or found["year"] == "0000":
        raise DateRefused("not a FHIR date or dateTime")
    year, month, day = int(found["year"]), int(found["month"] or 1), int(found["day"] or 1)
    try:
        low = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        raise DateRefused("no calendar has this day") from None
    if not found["month"]:
        return _until(low, lambda: datetime(year + 1, 1, 1, tzinfo=UTC))
    if not found["day"]:
        return _until(low, lambda: low + timedelta(days=monthrange(year, month)[1]))
    if not found["hour"]:
        return _until(low, lambda: low + timedelta(days=1))
    return _time(low, found)


def _until(low: datetime, high: Callable[[], datetime]) -> Interval:
    try:
        return Interval(low, high())
    except (OverflowError, ValueError):
        return Interval(low, datetime.max.replace(tzinfo=UTC))


def _time(day: datetime, found: "re.Match[str]") -> Interval:
    seconds = int(found["hour"]) * 3600 + int(found["minute"]) * 60 + int(found["second"])
    fraction = found["fraction"] or ""
    low = day + timedelta(seconds=seconds, microseconds=int(fraction[1:7].ljust(6, "0")) if fraction else 0)
    width = timedelta(microseconds=10 ** (6 - min(len(fraction) - 1, 6))) if fraction else timedelta(seconds=1)
    zone = found["zone"]
    if zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        try:
            low = low - offset if zone[0] == "+" else low + offset
        except OverflowError:
            raise DateRefused("outside the years 1 to 9999 in UTC") from None
    return _until(low, lambda: low + width)


@lru_cache(maxsize=4096)
def first_day(text: str) -> date:
    """The first day that a partial date may mean, in its own zone. Raises DateRefused."""
    interval(text)
    parts = [int(part) for part in text[:10].split("T")[0].split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


@lru_cache(maxsize=4096)
def last_day(text: str) -> date:
    """The last day that a partial date may mean, in its own zone. Raises DateRefused."""
    first = first_day(text)
    match len(text[:10].split("-")):
        case 1:
            return date(first.year, 12, 31)
        case 2:
            return date(first.year, first.month, monthrange(first.year, first.month)[1])
        case _:
            return first
