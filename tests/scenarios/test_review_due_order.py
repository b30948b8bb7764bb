"""Pended cases in the order of their due times, and the clock that puts on record that one has passed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.cases.case import CASE_KIND, Case, CaseEvent
from server.cases.document import from_document, to_document
from server.cases.work_keys import first_due, owner_key
from server.review.due_order import in_due_order
from server.review.overdue import mark_overdue
from server.review.work import Filters, work_list
from server.storage.port import Found, Store
from server.storage.sqlite import SqliteStore
from tests.builders.review import RECEIVED, a_pended_case, a_pended_item

COUNT = 300
DAYS = 1100
"""The dues are spread over three years, unevenly, several in some hours."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """An empty store."""
    opened = SqliteStore(tmp_path / "passage.db", clock=lambda: RECEIVED)
    await opened.start()
    yield opened
    await opened.close()


class Counting:
    """A store that counts the documents it finds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.found = 0

    async def find(self, kind: str, keys: Sequence[str] = (), **how: Any) -> Found:
        """Finds and counts."""
        page = await self._store.find(kind, keys, **how)
        self.found += len(page.documents)
        return page

    async def count(self, kind: str, keys: Sequence[str] = ()) -> int:
        """Counts without reading."""
        return await self._store.count(kind, keys)


def a_case(number: int, due: datetime, **changes: Any) -> Case:
    """A pended case that was received a week before it is due."""
    case = a_pended_case(a_pended_item(due=due, owner=f"queue-{number % 3}", reference_number=f"RN{number}"))
    request = replace(case.requests[0], digest=sha256(f"request {number}".encode()).hexdigest())
    answer = replace(case.answers[0], digest=sha256(b"answer").hexdigest())
    received = due - timedelta(days=7)
    id = f"case-{number:04d}"
    return replace(case, id=id, requests=(request,), answers=(answer,), received=received, **changes)


async def many(store: Store) -> list[Case]:
    """Cases in the store, in no order of their own; those of an hour that is a multiple of five share it."""
    cases = []
    for number in range(COUNT):
        minutes = (number * 7919) % (DAYS * 24 * 60)
        due = RECEIVED + timedelta(minutes=minutes - minutes % (300 if number % 2 else 1))
        cases.append(a_case(number, due))
    for case in cases:
        await keep(store, case)
    return cases


async def keep(store: Store, case: Case) -> None:
    """Keeps a case with the payloads that it names."""
    await store.create(to_document(case), [f"request {int(case.id[-4:])}".encode(), b"answer"])


def in_order(cases: Sequence[Case]) -> list[str]:
    """The ids as they are due."""
    return [case.id for case in sorted(cases, key=lambda case: (first_due(case), case.id))]


async def test_cases_come_as_they_are_due_however_they_came_in(store: SqliteStore) -> None:
    cases = await many(store)

    found = [case.id async for case in in_due_order(store, [])]

    assert found == in_order(cases)


async def test_a_queue_and_a_time_narrow_the_order(store: SqliteStore) -> None:
    cases = await many(store)
    start, end = RECEIVED + timedelta(days=100), RECEIVED + timedelta(days=800)

    found = [case.id async for case in in_due_order(store, [owner_key("queue-1")], start=start, end=end)]

    mine = [case for case in cases if case.items[0].owner == "queue-1"]
    assert found == in_order([case for case in mine if start <= (first_due(case) or start) <= end])
    assert len(found) > 20


async def test_pages_end_where_the_next_begins_and_read_little_more_than_they_list(store: SqliteStore) -> None:
    cases = await many(store)
    counting: Any = Counting(store)
    pages, after = [], None

    while after is not None or not pages:
        page = await work_list(counting, Filters(), RECEIVED, limit=20, after=after)
        pages.append([case.id for case in page.cases])
        after = page.after
        if len(pages) == 1:
            first = counting.found

    assert [id for page in pages for id in page] == in_order(cases)
    assert {len(page) for page in pages} == {20}
    assert first < COUNT / 2


async def test_an_empty_store_has_nothing_due(store: SqliteStore) -> None:
    page = await work_list(store, Filters(), RECEIVED, limit=20, after=None)

    assert (page.cases, page.total, page.after) == ((), 0, None)


async def test_a_passed_due_time_is_put_on_record_once_and_nothing_is_denied(store: SqliteStore) -> None:
    late = a_case(1, datetime(2026, 11, 27, 15, 0, tzinfo=UTC))
    running = a_case(2, datetime(2026, 11, 27, 15, 1, tzinfo=UTC))
    for case in (late, running):
        await keep(store, case)
    now = datetime(2026, 11, 27, 15, 0, 30, tzinfo=UTC)

    told = [await mark_overdue(store, now), await mark_overdue(store, now + timedelta(seconds=5))]

    kept = [await store.get(CASE_KIND, case.id) for case in (late, running)]
    event = CaseEvent(now, "overdue", "engine", "item 1: due 2026-11-27T15:00:00.000Z")
    assert told == [1, 0]
    assert [from_document(each) for each in kept if each] == [
        replace(late, events=(*late.events, event), version=2),
        running,
    ]


async def test_an_extended_due_time_is_told_again_when_it_passes(store: SqliteStore) -> None:
    due = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
    event = CaseEvent(due, "overdue", "engine", "item 1: due 2026-11-27T15:00:00.000Z")
    await keep(store, a_case(1, due + timedelta(days=2), events=(event,)))

    told = [await mark_overdue(store, due + timedelta(days=days)) for days in (1, 2, 3)]

    assert told == [0, 1, 0]
