"""The work that goes on as long as the application does: from notices to events, from events to endpoints.

It looks into the store a few times a second, as results are written by any process; what it finds it does at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from server.clock import Clock, Ids, instant
from server.errors import StoreError
from server.notification.deliver import Check, Delivery, unchecked
from server.notification.document import DUE_KEY, SUBSCRIPTION_KIND, from_document
from server.notification.endpoint import EndpointPolicy
from server.notification.fan_out import fan_out
from server.notification.recent import Recent
from server.notification.rest_hook import rest_hook
from server.notification.subscription import Subscription
from server.stopping import stop
from server.storage.port import Store

POLL_SECONDS = 0.2
"""Time between two looks when there is nothing to do: the most that a notification waits for its turn."""

AT_ONCE = 256
"""Subscriptions that are sent for at the same time: slow endpoints must not hold up the others."""

_HEAD = 64
"""Subscriptions that one look starts to send for."""

_FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a fault of ours may raise: one look that fails must not end all that follow."""

_PAUSE_SECONDS = 1.0
"""Time until the next look after the store did not answer."""


async def run_outbox(
    *,
    store: Store,
    clock: Clock,
    ids: Ids,
    endpoint_policy: EndpointPolicy,
    check: Check = unchecked,
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Delivers notifications until it is cancelled; what is in flight then is sent again later.

    `check` holds each against its profiles before it is sent.
    """
    async with rest_hook(endpoint_policy) as send:
        recent = Recent(store)
        sending = Sending(store, Delivery(store, send, clock, ids, check, recent), clock)
        try:
            while True:
                await asyncio.sleep(await _a_look(partial(fan_out, store, clock, recent), sending, poll_seconds))
        finally:
            await sending.stop()


class Sending:
    """The deliveries that are under way in this process, at most one for a Subscription."""

    def __init__(self, store: Store, deliver: Delivery, clock: Clock, at_once: int = AT_ONCE) -> None:
        self._store = store
        self._deliver = deliver
        self._clock = clock
        self._at_once = at_once
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, Subscription] = {}

    async def start_due(self) -> int:
        """Starts a delivery for each Subscription that is due, as many as there is room for; gives how many."""
        room = self._at_once - len(self._tasks)
        if room <= 0:
            return 0
        now = instant(self._clock())
        # What is leased is listed at the end of its lease, so the head of the list is what nobody sends for yet.
        found = await self._store.find(SUBSCRIPTION_KIND, [DUE_KEY], limit=min(room, _HEAD))
        due = [each for each in found.documents if each.order <= now and each.id not in self._tasks]
        taken = await self._deliver.take([from_document(each) for each in due])
        for held in taken:
            task = asyncio.create_task(self._run(held))
            self._tasks[held.id], self._held[held.id] = task, held
            task.add_done_callback(partial(self._ended, held.id))
        return len(taken)

    async def stop(self) -> None:
        """Ends what is under way and gives the leases back."""
        tasks, held = list(self._tasks.values()), list(self._held.values())
        await stop(tasks)
        await asyncio.gather(*map(self._deliver.give_back, held), return_exceptions=True)

    def _ended(self, id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[id], self._held[id]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log = structlog.get_logger("passage.notification")
            log.error("a delivery failed by a fault of ours", subscription=id, error=type(error).__name__)

    async def _run(self, held: Subscription) -> None:
        try:
            await self._deliver.send(held)
        except StoreError as error:
            _log(error)


async def _a_look(tell: Callable[[], Awaitable[int]], sending: Sending, poll_seconds: float) -> float:
    """Looks once; gives the time until the next look."""
    try:
        told = await tell()
        started = await sending.start_due()
    except StoreError as error:
        _log(error)
        return _PAUSE_SECONDS
    except _FAULTS as error:
        log = structlog.get_logger("passage.notification")
        log.error("notifications wait by a fault of ours", error=type(error).__name__)
        return _PAUSE_SECONDS
    return 0 if told or started else poll_seconds


def _log(error: StoreError) -> None:
    structlog.get_logger("passage.notification").warning("notifications wait", error=type(error).__name__)
