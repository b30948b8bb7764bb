"""Pended cases by due time, from the store's buckets: years, months, days, hours; what is empty is skipped whole.

What is read grows with what is listed, not with what is kept.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document
from server.cases.work_keys import Width, due_key, first_due
from server.storage.port import Found, Store

_NARROWER: Mapping[Width, Width] = {"year": "month", "month": "day", "day": "hour"}
_FEW = 25
"""Cases up to which a bucket is read at once, whatever its width."""

_PAGE = 200
_LONGEST_CLOCK = timedelta(days=9999)
"""The longest time to decide that a plan can state, and so the last due time that is looked for."""


async def in_due_order(
    store: Store, keys: Sequence[str], *, start: datetime | None = None, end: datetime | None = None
) -> AsyncIterator[Case]:
    """The pended cases that hold all the keys, the next due first, ties by id; with a due time from start to end."""
    bounds = await _bounds(store, keys)
    if bounds is None:
        return
    first = max(bounds[0], start) if start else bounds[0]
    last = min(bounds[1], end) if end else bounds[1]
    async for cases in _buckets(store, keys, "year", first, last):
        for case in sorted(cases, key=_order):
            due = first_due(case)
            if due and first <= due <= last:
                yield case


async def _bounds(store: Store, keys: Sequence[str]) -> tuple[datetime, datetime] | None:
    """Nothing is due before it was received, or later than the longest clock after that."""
    wanted = ["state:pended", *keys]
    oldest = await store.find(CASE_KIND, wanted, limit=1)
    newest = await store.find(CASE_KIND, wanted, limit=1, newest_first=True)
    if not oldest.documents or not newest.documents:
        return None
    return _moment(oldest.documents[0].order), _moment(newest.documents[0].order) + 2 * _LONGEST_CLOCK


def _moment(order: str) -> datetime:
    return datetime.fromisoformat(order)


async def _buckets(
    store: Store, keys: Sequence[str], width: Width, first: datetime, last: datetime
) -> AsyncIterator[list[Case]]:
    """The cases of the buckets from first to last: one that holds few is taken whole, a full one is cut narrower."""
    for start, end in _parts(width, first, last):
        bucket = [due_key(start, width), *keys]
        page = await store.find(CASE_KIND, bucket, limit=_FEW)
        if page.after is None:
            yield [from_document(document) for document in page.documents]
        elif width == "hour":
            yield await _rest(store, bucket, page)
        else:
            async for cases in _buckets(store, keys, _NARROWER[width], start, end):
                yield cases


async def _rest(store: Store, bucket: Sequence[str], page: Found) -> list[Case]:
    """All cases of an hour, whose first page is read."""
    documents = list(page.documents)
    while page.after is not None:
        page = await store.find(CASE_KIND, bucket, limit=_PAGE, after=page.after)
        documents += page.documents
    return [from_document(document) for document in documents]


def _parts(width: Width, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The years, months, days or hours that the time from first to last touches, each cut to it."""
    at = first
    while at <= last:
        following = _following(at, width)
        yield at, min(last, following - timedelta(microseconds=1))
        at = following


def _following(at: datetime, width: Width) -> datetime:
    """The start of the next year, month, day or hour."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    match width:
        case "hour":
            return hour + timedelta(hours=1)
        case "day":
            return hour.replace(hour=0) + timedelta(days=1)
        case "month":
            return (hour.replace(day=1, hour=0) + timedelta(days=32)).replace(day=1)
        case "year":
            return hour.replace(year=at.year + 1, month=1, day=1, hour=0)


def _order(case: Case) -> tuple[datetime, str]:
    return first_due(case) or case.received, case.id
