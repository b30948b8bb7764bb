"""Writes events under the next numbers of their Subscriptions: number n + 1 after n, each notice once.

All that is new goes into the store in one call, in order. Where that meets what another process wrote, or what was
written before a crash, the rest goes one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.cases.case import Notice
from server.errors import Duplicate
from server.notification.event import EVENT_KIND, Event, event_of, from_document, notice_key, to_document
from server.notification.in_turns import in_turns
from server.notification.recent import Recent
from server.notification.subscription import Subscription
from server.storage.port import PayloadMissing, Store

TOGETHER = 500
"""Events of one call: requests have to get a word in between two."""


async def append(
    store: Store, wanted: Sequence[tuple[Subscription, Sequence[Notice]]], recent: Recent
) -> Mapping[str, int]:
    """Makes events of the notices that each Subscription is to be told of; gives the last number of each."""
    events = [
        event_of(notice, subscription, subscription.events + place)
        for subscription, notices in wanted
        for place, notice in enumerate(notices, 1)
    ]
    written = await _create(store, events)
    recent.keep(events[:written])
    last = {subscription.id: subscription.events for subscription, _ in wanted}
    last |= {event.subscription: event.number for event in events[:written]}
    rest: dict[str, list[Event]] = {}
    for event in events[written:]:
        rest.setdefault(event.subscription, []).append(event)

    async def one_by_one(subscription: str) -> int:
        return await _one_by_one(store, last[subscription], rest[subscription])

    return last | dict(zip(rest, await in_turns(one_by_one, list(rest)), strict=True))


async def _create(store: Store, events: Sequence[Event]) -> int:
    """Writes the events in their order, up to the first that can't be; gives how many."""
    written = 0
    for start in range(0, len(events), TOGETHER):
        some = events[start : start + TOGETHER]
        done = await store.create_many([to_document(event) for event in some])
        written += done
        if done < len(some):
            break
    return written


async def _one_by_one(store: Store, last: int, events: Sequence[Event]) -> int:
    """Writes events of one Subscription after its last number; gives the last number then."""
    for event in events:
        last = max(last, await _number(store, replace(event, number=last + 1)))
    return last


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
