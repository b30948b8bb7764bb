"""The dispatcher dies before or after each of its writes; another one goes on. Nothing is lost or numbered twice.

The test with SIGKILL in `tests/contract` finds moments by chance; this one takes each in turn.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY
from server.clock import Ids
from server.notification.deliver import Delivery, events_of
from server.notification.document import to_document as subscription_document
from server.notification.event import event_of, to_document
from server.notification.fan_out import fan_out
from server.notification.kept import change, read
from server.notification.subscription import Channel, Problem, with_events
from server.storage.port import Document, Found, Store
from tests.builders.subscriptions import NOW, MovingClock, Received, a_notice, a_result, a_subscription, keep

RESULTS = 3
SUBSCRIPTIONS = ("sub-1", "sub-2")


class Killed(BaseException):
    """The process is gone."""


Done = Literal["before", "half", "after"]


class Dying:
    """A store whose process dies at one of its writes: before it is done, after, or when half of many are written."""

    def __init__(self, store: Store, at: int, done: Done) -> None:
        self._store = store
        self._left = at
        self._done = done

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return self._write(method) if name in ("create", "replace", "create_many", "replace_many") else method

    def _write(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def write(what: Document | Sequence[Document], *more: Any) -> Any:
            self._left -= 1
            if self._left > 0:
                return await method(what, *more)
            if self._left == 0 and self._done == "after":
                await method(what, *more)
            if self._left == 0 and self._done == "half" and not isinstance(what, Document):
                await method(what[: (len(what) + 1) // 2], *more)
            raise Killed

        return write


@dataclass
class Endpoint:
    """Accepts everything and keeps it."""

    received: list[Received] = field(default_factory=list)

    async def __call__(self, channel: Channel, body: bytes) -> Problem | None:
        """Takes one notification."""
        self.received.append(Received([], body))
        return None


async def work(store: Any, clock: MovingClock, endpoints: dict[str, Endpoint]) -> None:
    """All that there is to do."""
    while await fan_out(store, clock):
        pass
    for id, endpoint in endpoints.items():
        await Delivery(store, endpoint, clock, Ids())(id)


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
@pytest.mark.parametrize("done", ["before", "half", "after"])
@pytest.mark.parametrize("at", range(1, 14))
async def test_a_death_at_any_write_loses_and_repeats_no_number(
    store: Store, clock: MovingClock, at: int, done: Done
) -> None:
    endpoints = {id: Endpoint() for id in SUBSCRIPTIONS}
    for id in SUBSCRIPTIONS:
        await keep(store, a_subscription(id=id))
    for name in range(RESULTS):
        await a_result(store, str(name))

    died = False
    try:
        await work(Dying(store, at, done), clock, endpoints)
    except Killed:
        died = True
    clock.now += timedelta(seconds=10)
    await work(store, clock, endpoints)

    assert died == (at <= writes_of_a_whole_run())
    assert not await store.count(CASE_KIND, [OUTBOX_KEY])
    for id, endpoint in endpoints.items():
        subscription = await read(store, id)
        assert subscription is not None
        assert (subscription.events, subscription.delivered, subscription.lease) == (RESULTS, RESULTS, None)
        numbers = [number for received in endpoint.received for number in received.numbers]
        assert list(dict.fromkeys(numbers)) == list(range(1, RESULTS + 1))
        assert len({received.body for received in endpoint.received}) == RESULTS
        assert len(numbers) <= RESULTS + 1


def writes_of_a_whole_run() -> int:
    """All events, all counts and all cases are a write each; for each Subscription a lease and its deliveries."""
    return 3 + len(SUBSCRIPTIONS) * (1 + RESULTS)


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
async def test_dispatchers_that_tell_at_once_leave_no_gap_and_repeat_nothing(store: Store, clock: MovingClock) -> None:
    for id in SUBSCRIPTIONS:
        await keep(store, a_subscription(id=id))
    for name in range(30):
        await a_result(store, str(name))

    await asyncio.gather(*(fan_out(store, clock) for _ in range(4)), a_result(store, "late"))
    await fan_out(store, clock)

    for id in SUBSCRIPTIONS:
        events = await events_of(store, id, 1, 40)
        assert [event.number for event in events] == list(range(1, 32))
        assert len({event.notice for event in events}) == 31
        assert await stored_events(store, id) == 31


async def test_what_another_process_did_not_count_yet_is_counted_and_not_told_again(
    store: Store, clock: MovingClock
) -> None:
    await keep(store, a_subscription())
    gone = a_notice("gone")
    await store.create(to_document(event_of(a_notice("2"), a_subscription(), 1)))
    await store.create(to_document(event_of(gone, a_subscription(), 2)))
    for name in ("1", "2", "3"):
        await a_result(store, name)

    await fan_out(store, clock)

    events = await events_of(store, "sub-1", 1, 9)
    assert [(event.number, event.notice) for event in events] == [
        (1, "notice-2"),
        (2, "notice-gone"),
        (3, "notice-1"),
        (4, "notice-3"),
    ]
    assert await stored_events(store, "sub-1") == 4


async def test_a_result_whose_bytes_are_gone_is_told_without_them_and_holds_up_nothing(
    store: Store, clock: MovingClock
) -> None:
    await keep(store, a_subscription())
    await a_result(store, "1")
    await a_result(store, "2")
    await a_result(store, "3")
    await without_bytes(store, "case-2")
    endpoint = Endpoint()

    await work(store, clock, {"sub-1": endpoint})

    assert [received.numbers for received in endpoint.received] == [[1], [2], [3]]
    assert ["resource" in received.bundle["entry"][1] for received in endpoint.received] == [True, False, True]


@dataclass
class Doubtful:
    """A store that writes and then cannot say that it did, as an event was counted at once."""

    store: Store
    doubts: int = 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def replace_many(self, documents: Sequence[Document]) -> frozenset[str]:
        """The ids, or none although all are written."""
        written = await self.store.replace_many(documents)
        deliveries = [each for each in documents if each.body.get("told")]
        if not deliveries or not self.doubts:
            return written
        self.doubts -= 1
        for each in deliveries:
            await change(self.store, each.id, lambda stored: with_events(stored, stored.events + 1, NOW))
        return frozenset()


async def test_an_attempt_whose_note_is_in_doubt_is_noted_once(store: Store, clock: MovingClock) -> None:
    await keep(store, a_subscription())
    for number in range(1, 5):
        await store.create(to_document(event_of(a_notice(str(number)), a_subscription(), number)))
    await change(store, "sub-1", lambda stored: with_events(stored, 3, NOW))
    endpoint = Endpoint()

    await Delivery(Doubtful(store), endpoint, clock, Ids())("sub-1")  # type: ignore[arg-type]

    subscription = await read(store, "sub-1")
    assert subscription is not None
    assert [received.numbers for received in endpoint.received] == [[1], [2], [3], [4]]
    assert (subscription.events, subscription.delivered) == (4, 4)


async def without_bytes(store: Store, id: str) -> None:
    """The notice of the case names bytes that are not in the store."""
    case = await store.get(CASE_KIND, id)
    assert case is not None
    [notice] = case.body["outbox"]
    outbox = [{**notice, "digests": {"2.2": "0" * 64}}]
    await store.replace(replace(case, body={**case.body, "outbox": outbox}, version=2))


@dataclass
class Moving:
    """A store in which a Subscription becomes due, and so moves to the front, while the first page is read."""

    store: Store
    moved: str
    done: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def find(self, kind: str, keys: Sequence[str] = (), **options: Any) -> Found:
        """The page, before the move."""
        page = await self.store.find(kind, keys, **options)
        if page.after and not self.done:
            self.done = True
            await change(self.store, self.moved, lambda stored: replace(stored, due=NOW - timedelta(days=1)))
        return page


async def test_one_that_moves_while_pages_are_read_is_told_all_the_same(store: Store, clock: MovingClock) -> None:
    ids = [f"sub-{number:04d}" for number in range(1_100)]
    due = NOW + timedelta(days=1)
    await store.create_many([subscription_document(a_subscription(id=id, due=due)) for id in ids])
    await a_result(store)

    await fan_out(Moving(store, "sub-1050"), clock)

    assert [(await stored_events(store, id)) for id in ids] == [1] * 1_100


async def stored_events(store: Store, id: str) -> int:
    """How many events the Subscription has."""
    subscription = await read(store, id)
    assert subscription is not None
    return subscription.events
