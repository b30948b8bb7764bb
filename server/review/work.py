"""The work list: what is pended by due time, narrowed by queue and such, or found by an identifier that one knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document, identifier_key, number_key, trace_key
from server.cases.work_keys import claimed_key, first_due, known_key, line_key, owner_key, waits_for_key
from server.fhir.identifier import identifier
from server.review.due_order import in_due_order
from server.storage.port import Store

Position = tuple[datetime, str]
"""Due time and id of the last case of a page."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the work list is narrowed to; None does not narrow."""

    owner: str | None = None
    waits_for: Literal["information", "review"] | None = None
    line_of_business: str | None = None
    claimed_by: str | None = None
    overdue: bool | None = None

    def keys(self) -> list[str]:
        """The index keys of all but `overdue`."""
        made = (
            (owner_key, self.owner),
            (waits_for_key, self.waits_for),
            (line_key, self.line_of_business),
            (claimed_key, self.claimed_by),
        )
        return [key(value) for key, value in made if value is not None]


@dataclass(frozen=True, slots=True)
class Page:
    """Cases, how many there are in all, and where to go on (None at the end)."""

    cases: tuple[Case, ...]
    total: int | None
    """None where it is not known without reading them all: a due time is no key to count by."""
    after: Position | None = None


async def work_list(store: Store, filters: Filters, now: datetime, *, limit: int, after: Position | None) -> Page:
    """The pended cases, the next due first."""
    keys = filters.keys()
    start = now if filters.overdue is False else None
    end = now if filters.overdue else None
    if after:
        start = max(start, after[0]) if start else after[0]
    cases: list[Case] = []
    async for case in in_due_order(store, keys, start=start, end=end):
        if filters.overdue in (None, _is_overdue(case, now)) and (after is None or _position(case) > after):
            cases.append(case)
        if len(cases) > limit:
            break
    more = len(cases) > limit
    total = await store.count(CASE_KIND, ["state:pended", *keys]) if filters.overdue is None else None
    return Page(tuple(cases[:limit]), total, _position(cases[limit - 1]) if more else None)


async def known_cases(store: Store, asked: str, filters: Filters, now: datetime, *, limit: int) -> Page:
    """The newest cases, in any state, of an identifier, number or trace that a requester knows.

    `asked` is a value, or `system|value` of an identifier.
    """
    found: dict[str, Case] = {}
    for key in _known_keys(asked):
        page = await store.find(CASE_KIND, [key, *filters.keys()], limit=limit, newest_first=True)
        found.update({document.id: from_document(document) for document in page.documents})
    cases = [case for case in found.values() if filters.overdue in (None, _is_overdue(case, now))]
    newest = sorted(cases, key=lambda case: (case.received, case.id), reverse=True)
    return Page(tuple(newest[:limit]), len(newest))


def _known_keys(asked: str) -> Iterator[str]:
    system, bar, value = asked.partition("|")
    if bar:
        found = identifier({"system": system or None, "value": value})
        yield from (identifier_key(each) for each in (found,) if each)
    yield from (known_key(asked), number_key(asked), trace_key(asked))


def _position(case: Case) -> Position:
    return first_due(case) or case.received, case.id


def _is_overdue(case: Case, now: datetime) -> bool:
    due = first_due(case)
    return due is not None and due <= now
