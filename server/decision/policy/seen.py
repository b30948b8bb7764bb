"""What a source shows about an input, before any condition is asked of it."""

from dataclasses import dataclass

from server.decision.finding import Evidence
from server.decision.request import Code, Quantity, Value
from server.fhir.dates import DatePeriod


@dataclass(frozen=True, slots=True)
class Seen:
    """Values from one place, with the evidence for a person.

    Several values are what the source may mean (the ages of a year of birth) or repeated answers: when they disagree
    about a condition, it is unknown.
    """

    values: tuple[Value | DatePeriod, ...]
    evidence: Evidence
    exhaustive: bool = True
    """There are no other values: a code that is not here is not there. Lists of diagnoses are never exhaustive."""
    refuted: bool = False
    """The source says that the member does not have it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the sources show about an input; `unused` is what was found but does not count, and why."""

    seen: tuple[Seen, ...] = ()
    unused: tuple[Evidence, ...] = ()


def show(value: Value | DatePeriod | None) -> str:
    """A value as a person reads it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Quantity():
            unit = value.unit or value.code
            return f"{value.value:f} {unit}" if unit else f"{value.value:f}"
        case Code():
            return f"{value.display} ({value.code})" if value.display else value.code
        case DatePeriod():
            return show_period(value)
        case None:
            return "no value"
        case _:
            return str(value)


def show_period(period: DatePeriod) -> str:
    """Days as a person reads them."""
    if period.start == period.end:
        return period.start.isoformat() if period.start else "any day"
    start, end = (day.isoformat() if day else "open" for day in (period.start, period.end))
    return f"{start} to {end}"
