"""Notifications on each store: two dispatchers at once, and results that are written while they work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY
from server.clock import Ids
from server.notification.deliver import events_of
from server.notification.dispatch import run_outbox
from server.notification.endpoint import EndpointPolicy
from server.notification.kept import read
from server.notification.retention import remove_old
from server.stopping import stop
from server.storage.port import Store
from tests.builders.subscriptions import NOW, a_listener, a_result, a_subscription, keep, until
from tests.contract.places import Place

RESULTS = 40
SUBSCRIPTIONS = ("sub-1", "sub-2", "sub-3")


@asynccontextmanager
async def dispatching(place: Place) -> AsyncIterator[Store]:
    """The dispatcher of one process, and its store."""
    store = await place.open()
    policy = EndpointPolicy.named("any")
    running = run_outbox(store=store, clock=place.clock, ids=Ids(), endpoint_policy=policy, poll_seconds=0.01)
    task = asyncio.create_task(running)
    try:
        yield store
    finally:
        await stop([task])


async def _all_told(store: Store) -> bool:
    subscriptions = [await read(store, id) for id in SUBSCRIPTIONS]
    told = all(each is not None and each.delivered == RESULTS and not each.lease for each in subscriptions)
    return told and not await store.count(CASE_KIND, [OUTBOX_KEY])


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@103")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
async def test_two_dispatchers_tell_each_result_once_and_in_order(place: Place) -> None:
    async with a_listener() as listener, dispatching(place) as store, dispatching(place):
        for id in SUBSCRIPTIONS:
            await keep(store, a_subscription(listener.url, id=id, channel={"headers": (("X-Id", id),)}))

        for name in range(RESULTS):
            await a_result(store, str(name))

        await until(lambda: _all_told(store), seconds=60)
        for id in SUBSCRIPTIONS:
            mine = [each for each in listener.received if dict(each.headers)["X-Id"] == id]
            assert [each.numbers for each in mine] == [[number] for number in range(1, RESULTS + 1)]
            events = await events_of(store, id, 1, RESULTS + 10)
            assert [event.number for event in events] == list(range(1, RESULTS + 1))
            assert len({event.notice for event in events}) == RESULTS


async def test_old_events_are_removed(place: Place) -> None:
    async with a_listener() as listener, dispatching(place) as store:
        await keep(store, a_subscription(listener.url))
        for name in range(3):
            await a_result(store, str(name))
        await until(lambda: _delivered(store, 3), seconds=30)

    store = await place.open()
    assert await remove_old(store, NOW) == 0
    assert await remove_old(store, place.now.replace(year=2027)) == 3
    assert await events_of(store, "sub-1", 1, 3) == []


async def _delivered(store: Store, many: int) -> bool:
    subscription = await read(store, "sub-1")
    return subscription is not None and subscription.delivered == many
