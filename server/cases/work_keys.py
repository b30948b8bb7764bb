"""The index keys by which people find the cases that wait for them: by due time, queue, and any identifier they know.

A store lists documents in the order of their receipt. Pended cases are wanted by due time, so each is also in a bucket
per year, month, day and hour of its first due time: whoever lists them walks down the buckets, and past empty ones.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

from server.cases.case import Case, CaseItem
from server.fhir.identifier import Identifier

OVERDUE_EVENT = "overdue"
"""The kind of the event that an item passed its due time undecided."""

RUNNING_KEY = "work:running"
"""The index key of the pended cases with an item whose passing of its due time is not on record yet."""

Width = Literal["year", "month", "day", "hour"]

_FORMATS: Mapping[Width, str] = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%dT%H"}


def work_keys(case: Case) -> frozenset[str]:
    """All keys of a case: those of its identifiers always, the others while it is pended."""
    return frozenset((*_known(case), *_waiting(case)))


def pended_items(case: Case) -> tuple[CaseItem, ...]:
    """The items that wait."""
    return tuple(item for item in case.items if item.review_action == "A4")


def first_due(case: Case) -> datetime | None:
    """The earliest due time of the items that wait."""
    return min((item.due for item in pended_items(case) if item.due), default=None)


def newly_overdue(case: Case, now: datetime) -> tuple[CaseItem, ...]:
    """The items past their due time that no event tells of."""
    return tuple(item for item in _running(case) if item.due and item.due <= now)


def due_key(moment: datetime, width: Width) -> str:
    """The bucket of a due time."""
    return f"work:due:{moment.astimezone(UTC).strftime(_FORMATS[width])}"


def owner_key(owner: str) -> str:
    """The key of the pended cases of a queue."""
    return f"work:owner:{owner}"


def waits_for_key(waits_for: str) -> str:
    """The key of the pended cases that wait for "information" or "review"."""
    return f"work:waits-for:{waits_for}"


def line_key(line_of_business: str) -> str:
    """The key of the pended cases of a line of business."""
    return f"work:line:{line_of_business}"


def claimed_key(reviewer: str) -> str:
    """The key of the pended cases that a reviewer works on."""
    return f"work:claimed:{reviewer}"


def known_key(value: str) -> str:
    """The key of the cases whose Bundle or Claim has this identifier, whatever its system: people read out no system.
    Numbers and traces have keys of their own without one."""
    return f"known:{value}"


def _waiting(case: Case) -> Iterator[str]:
    if case.state != "pended":
        return
    yield from (owner_key(item.owner) for item in pended_items(case) if item.owner)
    yield from (waits_for_key(item.waits_for) for item in pended_items(case) if item.waits_for)
    if due := first_due(case):
        yield from (due_key(due, width) for width in _FORMATS)
    if case.line_of_business:
        yield line_key(case.line_of_business)
    if case.claimed_by:
        yield claimed_key(case.claimed_by)
    if _running(case):
        yield RUNNING_KEY


def _running(case: Case) -> tuple[CaseItem, ...]:
    """An event tells of every item that was overdue when it was written, so a later one is needed for a later due."""
    told = max((event.at for event in case.events if event.kind == OVERDUE_EVENT), default=None)
    return tuple(item for item in pended_items(case) if item.due and (told is None or told < item.due))


def _known(case: Case) -> Iterator[str]:
    for request in case.requests:
        named: tuple[Identifier, ...] = (request.bundle_identifier,) if request.bundle_identifier else ()
        yield from (known_key(found.value) for found in (*named, *request.claim_identifiers))
