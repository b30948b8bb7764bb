"""What was written or read a moment ago and never changes: events by number, response Bundles by digest.

A result that many are told of is read once for all of them, and an event that this process wrote is not read at all.
"""

from collections import OrderedDict
from collections.abc import Iterable

from server.notification.event import EVENT_KIND, Event, event_id, from_document
from server.storage.port import Store

MOST_EVENTS = 5_000
MOST_BYTES = 16_000_000
"""Bytes of response Bundles that are held."""

AHEAD = 20
"""Events that are read together where several wait."""


class Recent:
    """Reads of one store, the latest of them from memory."""

    def __init__(self, store: Store, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self._store = store
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._payloads: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def keep(self, events: Iterable[Event]) -> None:
        """Holds events that are in the store."""
        for event in events:
            self._events[event_id(event.subscription, event.number)] = event
        while len(self._events) > self._most_events:
            self._events.popitem(last=False)

    async def events(self, subscription: str, first: int, last: int, waiting: int) -> list[Event]:
        """The events of a Subscription from one number to another, of which `waiting` is the last that is there."""
        wanted = [event_id(subscription, number) for number in range(first, last + 1)]
        held = {id: self._events[id] for id in wanted if id in self._events}
        if len(held) < len(wanted):
            ahead = [event_id(subscription, number) for number in range(last + 1, min(waiting, first + AHEAD) + 1)]
            found = [from_document(each) for each in await self._store.get_many(EVENT_KIND, [*wanted, *ahead])]
            self.keep(found)
            held |= {event_id(subscription, event.number): event for event in found}
        return [held[id] for id in wanted if id in held]

    async def get_payload(self, digest: str) -> bytes | None:
        """The bytes of a digest."""
        if (held := self._payloads.get(digest)) is not None:
            self._payloads.move_to_end(digest)
            return held
        body = await self._store.get_payload(digest)
        if body is not None and digest not in self._payloads:
            self._payloads[digest] = body
            self._bytes += len(body)
            while self._bytes > self._most_bytes:
                self._bytes -= len(self._payloads.popitem(last=False)[1])
        return body
