"""Sends what is due on one Subscription: one thing at a time, in order, until nothing is due.

Who sends holds a lease in the store, so one notification of a Subscription is in flight among all processes. A process
that dies leaves a lease that ends by itself, and another one sends the same bytes again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from server.clock import Clock, Ids
from server.errors import StoreError
from server.notification import bundle
from server.notification.channel import Send
from server.notification.event import EVENT_KIND, Event, event_id, from_document
from server.notification.kept import change, change_many, read
from server.notification.outcome import accepted, refused
from server.notification.recent import Recent
from server.notification.subscription import (
    LEASE,
    Content,
    Problem,
    Subscription,
    leased,
    released,
    renewed,
    turned_off,
)
from server.notification.together import Together
from server.storage.port import Store

_RENEWAL_SECONDS = LEASE.total_seconds() / 2.5


Check = Callable[[Subscription, bytes], Awaitable[None]]
"""Holds a notification against its profiles before it is sent, where answers are checked."""


async def unchecked(held: Subscription, body: bytes) -> None:
    """Lets every notification through."""


class Delivery:
    """Delivers for the Subscriptions of one store."""

    def __init__(
        self,
        store: Store,
        send: Send,
        clock: Clock,
        ids: Ids,
        check: Check = unchecked,
        recent: Recent | None = None,
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._ids = ids
        self._check = check
        self._recent = recent or Recent(store)
        self._together = Together(store)

    async def __call__(self, id: str) -> None:
        """Sends what is due on the Subscription; nothing when it is in another sender's hands."""
        stored = await read(self._store, id)
        for held in await self.take([stored] if stored else []):
            await self.send(held)

    async def take(self, due: Sequence[Subscription]) -> list[Subscription]:
        """Those of the Subscriptions that nobody sends for, now in this sender's hands."""
        token = self._ids.new_id()
        return await change_many(self._store, due, lambda stored: self._taken(stored, token))

    async def send(self, taken: Subscription) -> None:
        """Sends what is due on a Subscription that was taken, until nothing is; gives it back when the store fails."""
        token = taken.lease.token if taken.lease else ""
        held: Subscription | None = taken
        while held is not None and _holds(held, token):
            try:
                held = await self._send_next(held, token)
            except StoreError:
                await self.give_back(taken)
                raise

    async def give_back(self, taken: Subscription) -> None:
        """The Subscription in nobody's hands, if it is still in those that took it."""
        token = taken.lease.token if taken.lease else ""
        await change(self._store, taken.id, lambda stored: released(stored) if _holds(stored, token) else None)

    def _taken(self, stored: Subscription, token: str) -> Subscription | None:
        now = self._clock()
        if _holds(stored, token):
            return stored
        if stored.look is None or stored.look > now or stored.deleted:
            return None
        if stored.ends and stored.ends <= now:
            return turned_off(replace(stored, revision=stored.revision + 1), now)
        return leased(stored, token, now)

    async def _send_next(self, held: Subscription, token: str) -> Subscription | None:
        body = await self._body(held)
        await self._check(held, body)
        problem = await self._post(held, token, body)
        _tell(held, problem)

        def settled(stored: Subscription) -> Subscription | None:
            return self._settled(stored, held, token, problem)

        after = await change(self._store, held.id, settled, held, self._together.replace)
        if after is not None and after.passed != held.passed:
            log = structlog.get_logger("passage.notification")
            log.error("an event was passed over, as its endpoint refuses it", subscription=held.id, number=held.sending)
        return after

    def _settled(
        self, stored: Subscription, held: Subscription, token: str, problem: Problem | None
    ) -> Subscription | None:
        """It after the attempt: still held when more is due now, else free; None when it is in other hands."""
        if not _holds(stored, token):
            return None
        if _step(stored) != _step(held):  # this attempt is noted already, and somebody has counted events since
            return stored
        now = self._clock()
        after = refused(stored, problem, now) if problem else accepted(stored, now)
        more = after.due is not None and after.due <= now
        return leased(after, token, now) if more else released(after)

    async def _body(self, held: Subscription) -> bytes:
        if held.status == "requested":
            return bundle.handshake(held)
        if held.sending is None or held.doubt == "alive":
            return bundle.heartbeat(held, held.due or held.updated)
        events = await self._recent.events(held.id, held.delivered + 1, held.sending, held.events)
        payloads = await payloads_of(self._recent.get_payload, held.channel.content, events)
        return bundle.event_notification(held, events, payloads)

    async def _post(self, held: Subscription, token: str, body: bytes) -> Problem | None:
        """Sends, and renews the lease while the endpoint takes its time."""
        sending = asyncio.ensure_future(self._send(held.channel, body))
        try:
            while not (await asyncio.wait([sending], timeout=_RENEWAL_SECONDS))[0]:
                await change(self._store, held.id, lambda stored: self._renewed(stored, token))
            return sending.result()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _renewed(self, stored: Subscription, token: str) -> Subscription | None:
        return renewed(stored, token, self._clock()) if _holds(stored, token) else None


async def events_of(store: Store, id: str, first: int, last: int) -> list[Event]:
    """The events of a Subscription from one number to another that are kept."""
    found = await store.get_many(EVENT_KIND, [event_id(id, number) for number in range(first, last + 1)])
    return [from_document(document) for document in found]


async def payloads_of(
    get_payload: Callable[[str], Awaitable[bytes | None]], content: Content, events: Sequence[Event]
) -> dict[str, bytes]:
    """The response Bundles of events, by digest; none where only names are asked for."""
    if content != "full-resource":
        return {}
    digests = {event.digest for event in events if event.digest}
    found = {digest: await get_payload(digest) for digest in digests}
    return {digest: body for digest, body in found.items() if body is not None}


def _holds(stored: Subscription, token: str) -> bool:
    return stored.lease is not None and stored.lease.token == token


def _step(subscription: Subscription) -> tuple[object, ...]:
    """What every attempt changes, but for a heartbeat that is accepted, and nobody else does while it is held."""
    each = subscription
    return (each.status, each.delivered, each.sending, each.doubt, each.attempts)


def _tell(held: Subscription, problem: Problem | None) -> None:
    log = structlog.get_logger("passage.notification")
    if problem is None:
        log.debug("a notification was accepted", subscription=held.id, delivered=held.sending or held.delivered)
    else:
        log.warning(
            "a notification was not accepted",
            subscription=held.id,
            problem=problem,
            attempt=held.attempts + 1,
            waiting=held.waiting,
        )
