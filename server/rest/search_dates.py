"""Date prefixes as comparisons of intervals: both the searched date and the resource's are the time they may mean.

Spec page: https://hl7.org/fhir/R4/search.html#prefix
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

from server.fhir.dates import DateRefused, Interval, interval
from server.fhir.search_terms import bound
from server.rest.search_values import ValueRefused
from server.storage.port import DateRange

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")

MAX_CLAUSES = 256
"""Conditions that a list of alternative dates may come to."""

APPROXIMATION = 10
"""`ap` reaches a tenth of the time between the searched date and now to either side, as FHIR recommends."""

Clause = tuple[DateRange, ...]
"""Comparisons of which one must hold."""

_PREFIXED = re.compile(r"([a-z]{2})?([0-9].*)")


def clauses(values: Sequence[str], now: datetime) -> list[Clause]:
    """The clauses that must all hold for a date that fits one of the values. Raises ValueRefused."""
    alternatives = [_of_one(value, now) for value in values]
    combined: list[Clause] = []
    for choice in product(*alternatives):
        clause = tuple(dict.fromkeys(comparison for part in choice for comparison in part))
        combined.append(clause)
        if len(combined) > MAX_CLAUSES:
            raise ValueRefused("it lists too many dates; send fewer alternatives")
    return list(dict.fromkeys(combined))


def _of_one(value: str, now: datetime) -> list[Clause]:
    found = _PREFIXED.fullmatch(value)
    if not found or (found[1] or "eq") not in PREFIXES:
        raise ValueRefused(
            f"a date is YYYY, YYYY-MM, YYYY-MM-DD or a dateTime, after one of {', '.join(PREFIXES)} or none"
        )
    try:
        searched = interval(found[2])
    except DateRefused:
        raise ValueRefused(
            "it is no date that a calendar has, written as YYYY, YYYY-MM, YYYY-MM-DD or a dateTime"
        ) from None
    return _compare(found[1] or "eq", searched, now)


def _compare(prefix: str, searched: Interval, now: datetime) -> list[Clause]:
    if prefix == "ap":
        return _approximately(searched, now)
    low, high = bound(searched.low), bound(searched.high)
    starts_within, ends_within = DateRange("low", ">=", low), DateRange("high", "<=", high)
    starts_before, ends_after = DateRange("low", "<", low), DateRange("high", ">", high)
    meanings: dict[str, list[Clause]] = {
        "eq": [(starts_within,), (ends_within,)],
        "ne": [(starts_before, ends_after)],
        "gt": [(ends_after,)],
        "lt": [(starts_before,)],
        "ge": [(ends_after, starts_within)],
        "le": [(starts_before, ends_within)],
        "sa": [(DateRange("low", ">=", high),)],
        "eb": [(DateRange("high", "<=", low),)],
    }
    return meanings[prefix]


def _approximately(searched: Interval, now: datetime) -> list[Clause]:
    gap = abs(now - searched.low) / APPROXIMATION
    low = _moved(searched.low, -gap)
    high = _moved(searched.high, gap)
    return [(DateRange("low", "<", bound(high)),), (DateRange("high", ">", bound(low)),)]


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta(0) else datetime.min.replace(tzinfo=UTC)
