"""Removes events that are old and were delivered, some at a time: what is kept for `$events` must not grow for ever.

Numbers are never given again: a Subscription counts on from its last one. What still waits for an endpoint is kept,
however old. Any number of processes may do it at once, as removing twice is removing once.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from server.clock import Clock, instant
from server.errors import StoreError
from server.notification.document import SUBSCRIPTION_KIND
from server.notification.document import from_document as subscription_of
from server.notification.event import EVENT_KIND, Event, event_id, from_document
from server.notification.kept import change
from server.notification.subscription import Subscription
from server.storage.port import Store

PAGE = 200
"""Events that are looked at together, and removed in one write."""


async def remove_old(store: Store, before: datetime) -> int:
    """Removes the events of results from before the instant that nobody waits for; gives how many."""
    removed = 0
    after: tuple[str, str] | None = None
    while True:
        page = await store.find(EVENT_KIND, limit=PAGE, after=after)
        events = [from_document(each) for each in page.documents if each.order < instant(before)]
        removed += await _remove(store, [event for event in events if event.at < before])
        after = page.after
        if after is None or len(events) < len(page.documents):
            return removed


async def keep_removing(store: Store, clock: Clock, age: timedelta, every_seconds: float) -> None:
    """Removes what is of that age every so many seconds, until it is cancelled."""
    log = structlog.get_logger("passage.notification")
    while True:
        await asyncio.sleep(every_seconds)
        try:
            removed = await remove_old(store, clock() - age)
        except StoreError as error:
            log.warning("old events were not removed", error=type(error).__name__)
            continue
        if removed:
            log.info("old events were removed", events=removed)


async def _remove(store: Store, old: Sequence[Event]) -> int:
    found = await store.get_many(SUBSCRIPTION_KIND, sorted({event.subscription for event in old}))
    subscriptions = {each.id: subscription_of(each) for each in found}
    gone = [event for event in old if not _waits(event, subscriptions.get(event.subscription))]
    for subscription in subscriptions.values():
        numbers = {event.number for event in gone if event.subscription == subscription.id}
        if numbers.intersection(subscription.passed):
            await _forget(store, subscription.id, numbers)
    return await store.remove(EVENT_KIND, [event_id(event.subscription, event.number) for event in gone])


def _waits(event: Event, subscription: Subscription | None) -> bool:
    return subscription is not None and not subscription.deleted and event.number > subscription.delivered


async def _forget(store: Store, id: str, numbers: Collection[int]) -> None:
    """The Subscription without the numbers among those that `$status` tells to ask for."""

    def without(stored: Subscription) -> Subscription:
        return replace(stored, passed=tuple(each for each in stored.passed if each not in numbers))

    await change(store, id, without)
