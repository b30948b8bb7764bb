"""The dispatcher dies before or after each of its writes; another one goes on. Nothing is lost or numbered twice.

The test with SIGKILL in `tests/contract` finds moments by chance; this one takes each in turn.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY
from server.clock import Ids
from server.notification.deliver import Delivery
from server.notification.fan_out import fan_out
from server.notification.kept import change, read
from server.notification.subscription import Channel, Problem
from server.storage.connect import connect
from server.storage.port import Found, Store
from tests.builders.subscriptions import NOW, MovingClock, Received, a_result, a_subscription, keep

RESULTS = 3
SUBSCRIPTIONS = ("sub-1", "sub-2")


class Killed(BaseException):
    """The process is gone."""


class Dying:
    """A store whose process dies at one of its writes, before it is done or after."""

    def __init__(self, store: Store, at: int, *, written: bool) -> None:
        self._store = store
        self._left = at
        self._written = written

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return self._write(method) if name in ("create", "replace") else method

    def _write(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def write(*arguments: Any) -> None:
            self._left -= 1
            if self._left > 0:
                return await method(*arguments)
            if self._left == 0 and self._written:
                await method(*arguments)
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


@pytest.fixture
def clock() -> MovingClock:
    """The time of the dispatchers."""
    return MovingClock()


@pytest.fixture
async def store(tmp_path: Path, clock: MovingClock) -> AsyncIterator[Store]:
    """A started store."""
    store = connect(f"sqlite:///{tmp_path}/passage.db", mongodb_driver="pymongo", clock=clock)
    await store.start()
    yield store
    await store.close()


async def work(store: Any, clock: MovingClock, endpoints: dict[str, Endpoint]) -> None:
    """All that there is to do."""
    while await fan_out(store, clock):
        pass
    for id, endpoint in endpoints.items():
        await Delivery(store, endpoint, clock, Ids())(id)


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, 21))
async def test_a_death_at_any_write_loses_and_repeats_no_number(
    store: Store, clock: MovingClock, at: int, written: bool
) -> None:
    endpoints = {id: Endpoint() for id in SUBSCRIPTIONS}
    for id in SUBSCRIPTIONS:
        await keep(store, a_subscription(id=id))
    for name in range(RESULTS):
        await a_result(store, str(name))

    died = False
    try:
        await work(Dying(store, at, written=written), clock, endpoints)
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
    """For each Subscription an event a result, its count, a lease and the end of each delivery; for each case one."""
    return len(SUBSCRIPTIONS) * (RESULTS + 1 + 1 + RESULTS) + RESULTS


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
    ids = [f"sub-{number:03d}" for number in range(150)]
    for id in ids:
        await keep(store, a_subscription(id=id, due=NOW + timedelta(days=1)))
    await a_result(store)

    await fan_out(Moving(store, "sub-140"), clock)

    assert [(await stored_events(store, id)) for id in ids] == [1] * 150


async def stored_events(store: Store, id: str) -> int:
    """How many events the Subscription has."""
    subscription = await read(store, id)
    assert subscription is not None
    return subscription.events
