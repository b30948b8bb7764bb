"""Writes events under the next numbers of their Subscriptions: number n + 1 after n, each notice once.

All that is new goes into the store in one call, in order. Where that meets what another process wrote, or what was
written before a crash, the rest goes one by one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.cases.case import Notice
from server.errors import Duplicate
from server.notification.event import EVENT_KIND, Event, event_of, from_document, notice_key, to_document
from server.notification.recent import Recent
from server.notification.subscription import Subscription
from server.storage.port import PayloadMissing, Store


async def append(
    store: Store, wanted: Sequence[tuple[Subscription, Sequence[Notice]]], recent: Recent
) -> Mapping[str, int]:
    """Makes events of the notices that each Subscription is to be told of; gives the last number of each."""
    events = [
        event_of(notice, subscription, subscription.events + place)
        for subscription, notices in wanted
        for place, notice in enumerate(notices, 1)
    ]
    written = await store.create_many([to_document(event) for event in events])
    recent.keep(events[:written])
    last = {subscription.id: subscription.events for subscription, _ in wanted}
    last |= {event.subscription: event.number for event in events[:written]}
    rest: dict[str, list[Notice]] = {}
    notices_by_id = {notice.id: notice for _, notices in wanted for notice in notices}
    for event in events[written:]:
        rest.setdefault(event.subscription, []).append(notices_by_id[event.notice])
    known = {subscription.id: subscription for subscription, _ in wanted}
    numbers = await asyncio.gather(*(_one_by_one(store, known[id], last[id], left) for id, left in rest.items()))
    return last | dict(zip(rest, numbers, strict=True))


async def _one_by_one(store: Store, subscription: Subscription, last: int, notices: Sequence[Notice]) -> int:
    number = last
    for notice in notices:
        number = max(number, await _number(store, event_of(notice, subscription, number + 1)))
    return number


async def _number(store: Store, event: Event) -> int:
    """The number under which its notice is an event: the first free one from its own, or the one that it has."""
    while True:
        try:
            await store.create(to_document(event))
        except PayloadMissing:
            # Bytes that are not to be had must not hold up what comes after them: the event names them alone.
            event = replace(event, digest=None)
        except Duplicate:
            known = await store.get_by_unique(EVENT_KIND, notice_key(event.subscription, event.notice))
            if known is not None:
                return from_document(known).number
            event = replace(event, number=event.number + 1)
        else:
            return event.number
