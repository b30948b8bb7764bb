"""What bounds on one end of an interval say about its other end.

A search for a day bounds the low end from below and the high end from above: each alone is half of all that is
stored, though both together are one day. With what each implies, one index range is as narrow as the search.
Spec page: https://hl7.org/fhir/R4/search.html#prefix
"""

from collections.abc import Iterable
from typing import Literal

from server.storage.port import DateRange


def implied(dates: Iterable[DateRange], field: Literal["low", "high"]) -> list[DateRange]:
    """Bounds of the field that follow from those of the other one, as an interval's low end is never above its high."""
    found = []
    for date in dates:
        match date.field, date.operator:
            case "high", "<" | "<=" if field == "low":
                found.append(DateRange("low", "<=", date.value))
            case "low", ">" | ">=" if field == "high":
                found.append(DateRange("high", ">=", date.value))
    return found
