"""Date prefixes, against what FHIR says they mean for two intervals."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.search_terms import date_bounds
from server.rest.search_dates import Clause, clauses
from server.rest.search_values import ValueRefused

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def fits(resource_date: str, *values: str) -> bool:
    """Whether a resource of the date is found by the values."""
    low, high = date_bounds(resource_date)
    return all(_one_holds(clause, str(low), str(high)) for clause in clauses(values, NOW))


def _one_holds(clause: Clause, low: str, high: str) -> bool:
    compare = {"<": str.__lt__, "<=": str.__le__, ">": str.__gt__, ">=": str.__ge__}
    return any(compare[each.operator](low if each.field == "low" else high, each.value) for each in clause)


@pytest.mark.parametrize(
    ("resource_date", "found_by", "not_found_by"),
    [
        (
            "2026-03-14",
            ["2026-03-14", "2026-03", "2026", "ne2026-03-15", "ge2026-03-14", "le2026-03-14", "gt2026-03-13"]
            + ["lt2026-03-15", "sa2026-03-13", "eb2026-03-15", "ap2026-03-14", "ge2026", "le2026"],
            ["2026-03-15", "2026-03-14T10:00:00Z", "ne2026-03", "gt2026-03-14", "lt2026-03-14", "sa2026-03-14"]
            + ["eb2026-03-14", "ge2026-03-15", "le2026-03-13", "sa2026", "eb2026"],
        ),
        (
            "2026-03-14T23:30:00-02:00",
            ["2026-03-15", "2026-03-15T01:30:00Z", "2026-03-14T23:30:00-02:00", "gt2026-03-14"],
            ["2026-03-14", "lt2026-03-15", "2026-03-15T01:30:01Z"],
        ),
        ("2026", ["2026", "gt2026-03", "lt2026-03", "ne2026-03"], ["2026-03", "2025", "sa2026-01", "eb2026-12"]),
        ("2010-01-01", ["ap2011-06", "ap2009-01"], ["ap2013-01", "ap2008-01"]),
    ],
)
def test_prefixes(resource_date: str, found_by: list[str], not_found_by: list[str]) -> None:
    found = [value for value in found_by + not_found_by if fits(resource_date, value)]

    assert found == found_by


DAYS = st.dates().map(lambda day: f"{day:%Y}".rjust(4, "0") + f"{day:-%m-%d}")
PREFIXES = st.sampled_from(["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb"])


@settings(deadline=None)
@given(DAYS, PREFIXES, DAYS)
def test_days_compare_as_days(resource_day: str, prefix: str, searched: str) -> None:
    expected = {
        "eq": resource_day == searched,
        "ne": resource_day != searched,
        "gt": resource_day > searched,
        "lt": resource_day < searched,
        "ge": resource_day >= searched,
        "le": resource_day <= searched,
        "sa": resource_day > searched,
        "eb": resource_day < searched,
    }

    assert fits(resource_day, prefix + searched) == expected[prefix]


@settings(deadline=None)
@given(DAYS, st.lists(st.tuples(PREFIXES, DAYS).map("".join), min_size=1, max_size=4))
def test_alternatives_find_what_one_of_them_finds(resource_day: str, values: list[str]) -> None:
    expected = any(fits(resource_day, value) for value in values)

    assert fits(resource_day, *values) == expected


@pytest.mark.parametrize(
    "value",
    ["", "2026-02-30", "2026-13", "xx2026", "eq", "EQ2026", "2026-02-01T25:00:00Z", "26", "today", "2026-02-01T10:00"],
)
def test_what_is_no_date_is_refused(value: str) -> None:
    with pytest.raises(ValueRefused):
        clauses([value], NOW)


def test_too_many_alternatives_are_refused() -> None:
    with pytest.raises(ValueRefused):
        clauses([str(year) for year in range(1950, 2000)], NOW)
