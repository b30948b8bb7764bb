"""Events that are old and were delivered are removed; what waits is kept, and no number comes again."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest

from server.clock import Ids
from server.notification.deliver import Delivery, events_of
from server.notification.event import EVENT_KIND
from server.notification.fan_out import fan_out
from server.notification.kept import change, read
from server.notification.retention import PAGE, keep_removing, remove_old
from server.notification.subscription import Channel, Problem, Subscription, turned_off
from server.storage.port import Store
from tests.builders.subscriptions import NOW, MovingClock, a_notice, a_result, a_subscription, keep, until
from tests.scenarios.conftest import MakeClient

DAY = timedelta(days=1)
AGE = 30 * DAY


async def accepts(channel: Channel, body: bytes) -> Problem | None:
    """An endpoint that takes everything."""
    return None


async def results(store: Store, clock: MovingClock, first: int, last: int) -> None:
    """Results of this moment, each an event."""
    for name in range(first, last + 1):
        await a_result(store, str(name), a_notice(str(name), at=clock.now))
    while await fan_out(store, clock):
        pass


async def delivered(store: Store, clock: MovingClock, *ids: str) -> None:
    for id in ids:
        await Delivery(store, accepts, clock, Ids())(id)


async def numbers(store: Store, id: str = "sub-1") -> list[int]:
    return [event.number for event in await events_of(store, id, 1, 400)]


async def test_old_events_go_and_younger_ones_stay_and_numbers_go_on(store: Store, clock: MovingClock) -> None:
    await keep(store, a_subscription())
    await results(store, clock, 1, 3)
    clock.now += 20 * DAY
    await results(store, clock, 4, 5)
    await delivered(store, clock, "sub-1")
    clock.now += 11 * DAY

    removed = await remove_old(store, clock.now - AGE)

    assert (removed, await numbers(store)) == (3, [4, 5])
    await results(store, clock, 6, 6)
    assert await numbers(store) == [4, 5, 6]
    assert await remove_old(store, clock.now - AGE) == 0


async def test_what_waits_for_its_endpoint_stays_however_old(store: Store, clock: MovingClock) -> None:
    await keep(store, a_subscription())
    await keep(store, a_subscription(id="off"))
    await keep(store, a_subscription(id="deleted"))
    await results(store, clock, 1, 2)
    await delivered(store, clock, "sub-1")
    await results(store, clock, 3, 4)
    await change(store, "off", lambda stored: turned_off(stored, NOW))
    await change(store, "deleted", _deleted)

    removed = await remove_old(store, NOW + 400 * DAY)

    assert removed == 2 + 4
    assert [await numbers(store, id) for id in ("sub-1", "off", "deleted")] == [[3, 4], [1, 2, 3, 4], []]


def _deleted(stored: Subscription) -> Subscription:
    return replace(turned_off(stored, NOW), deleted=True)


async def test_more_than_a_page_is_removed_and_the_numbers_that_were_passed_over_are_forgotten(
    store: Store, clock: MovingClock
) -> None:
    many = PAGE + 50
    await keep(store, a_subscription(passed=(7, many + 1)))
    await results(store, clock, 1, many)
    await delivered(store, clock, "sub-1")

    removed = await remove_old(store, NOW + 1 * DAY)

    subscription = await read(store, "sub-1")
    assert subscription is not None
    assert (removed, await store.count(EVENT_KIND)) == (many, 0)
    assert (subscription.passed, subscription.events, subscription.delivered) == ((many + 1,), many, many)


async def test_it_is_done_again_and_again_in_the_background(store: Store, clock: MovingClock) -> None:
    await keep(store, a_subscription())
    await results(store, clock, 1, 2)
    await delivered(store, clock, "sub-1")
    removing = asyncio.create_task(keep_removing(store, clock, AGE, 0.01))
    await asyncio.sleep(0.05)
    assert await numbers(store) == [1, 2]

    clock.now += AGE + DAY

    async def none() -> bool:
        return not await store.count(EVENT_KIND)

    await until(none)
    removing.cancel()
    with suppress(asyncio.CancelledError):
        await removing


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@115")
async def test_who_asks_for_events_that_are_gone_is_told_so(
    make_client: MakeClient, clock: MovingClock, store: Store
) -> None:
    client: httpx2.AsyncClient = await make_client(clock=clock)
    await keep(store, a_subscription())
    await results(store, clock, 1, 5)
    await delivered(store, clock, "sub-1")
    await store.remove(EVENT_KIND, ["sub-1.1", "sub-1.2", "sub-1.3"])

    answer = (await client.get("/fhir/Subscription/sub-1/$events?eventsSinceNumber=2&eventsUntilNumber=4")).json()

    parameters = answer["entry"][0]["resource"]["parameter"]
    assert parameters[-1] == {
        "name": "error",
        "valueCodeableConcept": {"text": "Not kept any more: 2 of the events asked for; the last of them is number 3."},
    }
    assert [each["name"] for each in parameters].count("notification-event") == 1
