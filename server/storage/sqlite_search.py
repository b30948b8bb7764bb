"""REST searches on the embedded store: walk the range of the most selective condition in order, probe the others.

SQLite keeps no statistics for single values, and FHIR terms run from one match (an identifier) to nearly all (a
status), so the conditions are counted first, each only as far as it takes to tell the smallest.
Spec page: https://hl7.org/fhir/R4/search.html
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from server.storage.port import DateRange, EntryQuery, StoredEntry
from server.storage.ranges import implied
from server.storage.record import unpack_head

_CAPS = (500, 5_000, 50_000)
_UNION_MOST = 8
"""Alternatives that are walked side by side in order; more of them are collected and sorted."""

_COLUMNS = {"low": "date_low", "high": "date_high"}
_OPERATORS = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_IN_LIST = "(SELECT value FROM json_each(?))"

Value = str | int


@dataclass(frozen=True, slots=True)
class _Driver:
    """What the walk starts from: ranges of one table, each a condition over the alias `x`."""

    table: str
    ranges: tuple[tuple[str, tuple[Value, ...]], ...]
    index: str | None = None
    """The index that holds the ranges, where SQLite would have to guess."""
    term: int | None = None
    """Which of the query's terms it is, so that it isn't probed again."""
    repeats: bool = False
    """Whether one range may give the same entry twice."""

    def source(self) -> str:
        """The table as a FROM clause names it."""
        return f"{self.table} x" + (f" INDEXED BY {self.index}" if self.index else "")


def search_entries(db: sqlite3.Connection, query: EntryQuery) -> tuple[StoredEntry, ...]:
    """Up to `limit` matching entries in (updated, id) order after `query.after`."""
    matching = _matching(db, query)
    if matching is None:
        return ()
    inner, values = matching
    rows = db.execute(
        "SELECT d.head, d.id, d.version, c.id"
        f" FROM ({inner} ORDER BY 1, 2 LIMIT ?) c"
        " CROSS JOIN entry e ON e.type = ? AND e.id = c.id"
        " CROSS JOIN document d ON d.kind = e.kind AND d.id = e.document ORDER BY c.updated, c.id",
        (*values, query.limit, query.type),
    ).fetchall()
    found = []
    for head, document, version, id in rows:
        if entry := unpack_head(head).entry(query.type, id):
            found.append(StoredEntry(entry, document, version))
    return tuple(found)


def count_entries(db: sqlite3.Connection, query: EntryQuery) -> int:
    """How many entries match, paging aside."""
    matching = _matching(db, replace(query, after=None))
    if matching is None:
        return 0
    total: int = db.execute(f"SELECT count(*) FROM ({matching[0]})", matching[1]).fetchone()[0]
    return total


def capped_count(db: sqlite3.Connection, rows: str, values: Sequence[Value]) -> Callable[[int], int]:
    """A count of the rows that stops at a cap."""

    def count(cap: int) -> int:
        total: int = db.execute(f"SELECT count(*) FROM ({rows} LIMIT ?)", (*values, cap)).fetchone()[0]
        return total

    return count


def most_selective(counts: Sequence[Callable[[int], int]]) -> int:
    """Which count is the smallest; the first when all are beyond the last cap."""
    for cap in _CAPS:
        found = [count(cap) for count in counts]
        if min(found) < cap:
            return found.index(min(found))
    return 0


def _matching(db: sqlite3.Connection, query: EntryQuery) -> tuple[str, list[Value]] | None:
    """A query for (updated, id) of what matches, each once; None when nothing can match."""
    if query.ids == frozenset() or not all(query.terms) or not all(query.dates_any):
        return None
    driver = _choose(db, query)
    probes, probe_values = _probes(query, driver)
    distinct = "DISTINCT " if driver.repeats else ""
    selects: list[str] = []
    values: list[Value] = []
    for condition, range_values in driver.ranges:
        selects.append(f"SELECT {distinct}x.updated, x.id FROM {driver.source()} WHERE {condition}{probes}")
        values += [*range_values, *probe_values]
    return " UNION ".join(selects), values


def _choose(db: sqlite3.Connection, query: EntryQuery) -> _Driver:
    if query.ids is not None:
        # Joined in this order: with `IN`, SQLite walks all of the type in the order of `updated` to spare a small sort.
        return _Driver("json_each(?) j CROSS JOIN entry", (("x.type = ? AND x.id = j.value", _ids(query)),))
    drivers = [_term_driver(query, number) for number in range(len(query.terms))]
    if not drivers:  # by `updated` a walk ends early where many match
        drivers.append(_Driver("entry", (("x.type = ?", (query.type,)),), index="entry_updated"))
    drivers += _date_drivers(query)
    if len(drivers) == 1:
        return drivers[0]
    return drivers[most_selective([_counter(db, driver) for driver in drivers])]


def _counter(db: sqlite3.Connection, driver: _Driver) -> Callable[[int], int]:
    rows = " UNION ALL ".join(f"SELECT 1 FROM {driver.source()} WHERE {condition}" for condition, _ in driver.ranges)
    return capped_count(db, rows, [value for _, values in driver.ranges for value in values])


def _term_driver(query: EntryQuery, number: int) -> _Driver:
    alternatives = query.terms[number]
    if len(alternatives) > _UNION_MOST:
        condition = f"x.type = ? AND x.term IN {_IN_LIST}"
        return _Driver("entry_term", ((condition, (query.type, _list(alternatives))),), term=number, repeats=True)
    condition = "x.type = ? AND x.term = ?"
    return _Driver("entry_term", tuple((condition, (query.type, term)) for term in sorted(alternatives)), term=number)


def _date_drivers(query: EntryQuery) -> list[_Driver]:
    """One range for each end of the interval that the query bounds."""
    drivers = []
    ends: tuple[tuple[Literal["low", "high"], str], ...] = (("low", "entry_low"), ("high", "entry_high"))
    for field, index in ends:
        if mine := [date for date in query.dates if date.field == field]:
            condition, values = _all_dates([*mine, *implied(query.dates, field)], "x")
            drivers.append(_Driver("entry", ((f"x.type = ? AND {condition}", (query.type, *values)),), index=index))
    return drivers


def _probes(query: EntryQuery, driver: _Driver) -> tuple[str, list[Value]]:
    """The conditions that the driver's range leaves open."""
    conditions: list[str] = []
    values: list[Value] = []
    if query.after is not None:
        conditions.append("(x.updated, x.id) > (?, ?)")
        values += query.after
    for number, alternatives in enumerate(query.terms):
        if number == driver.term:
            continue
        conditions.append(
            f"EXISTS (SELECT 1 FROM entry_term o WHERE o.type = ? AND o.term IN {_IN_LIST}"
            " AND o.updated = x.updated AND o.id = x.id)"
        )
        values += (query.type, _list(alternatives))
    if query.dates or query.dates_any:
        groups = [_all_dates(query.dates, "e")] if query.dates else []
        groups += [_any_date(group, "e") for group in query.dates_any]
        held = " AND ".join(condition for condition, _ in groups)
        conditions.append(f"EXISTS (SELECT 1 FROM entry e WHERE e.type = ? AND e.id = x.id AND {held})")
        values += (query.type, *(value for _, group_values in groups for value in group_values))
    return "".join(f" AND {condition}" for condition in conditions), values


def _all_dates(dates: Sequence[DateRange], alias: str) -> tuple[str, list[Value]]:
    return " AND ".join(_compare(date, alias) for date in dates), [date.value for date in dates]


def _any_date(dates: Sequence[DateRange], alias: str) -> tuple[str, list[Value]]:
    return "(" + " OR ".join(_compare(date, alias) for date in dates) + ")", [date.value for date in dates]


def _compare(date: DateRange, alias: str) -> str:
    return f"{alias}.{_COLUMNS[date.field]} {_OPERATORS[date.operator]} ?"


def _ids(query: EntryQuery) -> tuple[Value, ...]:
    return _list(query.ids or frozenset()), query.type


def _list(values: frozenset[str]) -> str:
    return json.dumps(sorted(values))
