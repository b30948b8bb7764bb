"""Puts on record that an item passed its due time undecided. It stays pended: nothing is ever denied by a clock.

Any number of processes may do it at once: whoever writes first has told it, the others find it told.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from server.cases.case import CASE_KIND, Case, CaseEvent
from server.cases.document import from_document
from server.cases.work_keys import OVERDUE_EVENT, RUNNING_KEY, newly_overdue
from server.clock import Clock, instant
from server.errors import StoreError, VersionConflict
from server.review.due_order import in_due_order
from server.review.reviewing import unanswered
from server.storage.port import Store

ENGINE = "engine"


def told_overdue(case: Case, now: datetime) -> Case:
    """The case with an event of its items that are newly overdue; the same case when there is none."""
    late = newly_overdue(case, now)
    if not late:
        return case
    detail = "; ".join(f"item {item.sequence}: due {instant(item.due)}" for item in late if item.due)
    return replace(case, events=(*case.events, CaseEvent(now, OVERDUE_EVENT, ENGINE, detail)))


async def mark_overdue(store: Store, now: datetime) -> int:
    """Tells of every case that passed a due time; gives how many."""
    told = 0
    async for case in in_due_order(store, [RUNNING_KEY], end=now):
        told += await _mark(store, case.id, now)
    return told


async def keep_marking(store: Store, clock: Clock, every_seconds: float) -> None:
    """Looks every so many seconds, until it is cancelled. A store that can't now is asked again next time."""
    log = structlog.get_logger("passage.review")
    while True:
        await asyncio.sleep(every_seconds)
        try:
            told = await mark_overdue(store, clock())
        except StoreError as error:
            log.warning("overdue cases were not looked for", error=type(error).__name__)
            continue
        if told:
            log.warning("cases passed their due time undecided", cases=told)


async def _mark(store: Store, id: str, now: datetime) -> int:
    stored = await store.get(CASE_KIND, id)
    if stored is None:
        return 0
    case = from_document(stored)
    changed = told_overdue(case, now)
    if changed is case:
        return 0
    try:
        await store.replace(unanswered(stored, changed).document)
    except VersionConflict:
        return 0
    return 1
