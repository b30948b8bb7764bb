"""From a result that was written to an endpoint that accepted it: over a real store and real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.cases.case import CASE_KIND, OUTBOX_KEY
from server.clock import Ids
from server.notification.dispatch import run_outbox
from server.notification.endpoint import EndpointPolicy
from server.notification.event import event_of, to_document
from server.notification.kept import change, read
from server.notification.subscription import Lease, Subscription, requested
from server.storage.port import Store
from tests.builders.subscriptions import (
    BASE,
    HEADER,
    NOW,
    NPI,
    Listener,
    MovingClock,
    a_listener,
    a_notice,
    a_response_bundle,
    a_result,
    a_subscription,
    keep,
    until,
)

ANY = EndpointPolicy.named("any")


@asynccontextmanager
async def dispatching(store: Store, clock: MovingClock, **changes: Any) -> AsyncIterator[None]:
    """The dispatcher of one process."""
    given = {"endpoint_policy": ANY, "poll_seconds": 0.01, "ids": Ids(), **changes}
    task = asyncio.create_task(run_outbox(store=store, clock=clock, **given))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def stored(store: Store, id: str = "sub-1") -> Subscription:
    found = await read(store, id)
    assert found is not None
    return found


def reached(store: Store, **wanted: Any) -> Callable[[], Awaitable[bool]]:
    """Whether the Subscription has these values."""

    async def holds() -> bool:
        found = await stored(store)
        return all(getattr(found, name) == value for name, value in wanted.items())

    return holds


async def nothing_waits(store: Store) -> bool:
    return not await store.count(CASE_KIND, [OUTBOX_KEY])


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@25")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@26")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@27")
@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-60")
async def test_a_result_is_posted_with_the_headers_and_the_type_of_the_channel(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url))
    await a_result(store)

    async with dispatching(store, clock):
        [received] = await listener.has(1)
        await until(reached(store, delivered=1, lease=None))

    assert [value for name, value in received.headers if name == HEADER[0]] == ["Bearer the: token"]
    assert dict(received.headers)["Content-Type"] == "application/fhir+json"
    assert received.kind == "event-notification"
    assert received.status["status"]["valueCode"] == "active"
    assert received.numbers == [1]
    assert received.bundle["entry"][1]["fullUrl"] == f"{BASE}/Bundle/bundle-1"
    assert a_response_bundle() in received.body
    assert await nothing_waits(store)


async def test_results_arrive_in_order_under_numbers_without_a_gap(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url))
    listener.seconds = 0.01

    async with dispatching(store, clock):
        for name in range(20):
            await a_result(store, str(name))
        await until(reached(store, delivered=20))

    assert [received.numbers for received in listener.received] == [[number] for number in range(1, 21)]
    assert len({received.body for received in listener.received}) == 20
    assert listener.most_flying == 1


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@98")
async def test_max_count_puts_several_events_into_one_notification(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url, channel={"max_count": 3}))
    for name in range(5):
        await a_result(store, str(name))

    async with dispatching(store, clock):
        await until(reached(store, delivered=5))

    assert [received.numbers for received in listener.received] == [[1, 2, 3], [4, 5]]
    assert [len(received.bundle["entry"]) for received in listener.received] == [4, 3]


async def test_what_was_not_accepted_is_sent_again_within_two_seconds_with_the_same_bytes(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.answers = [500, 302]
    listener.location = f"{listener.url}/elsewhere"
    await keep(store, a_subscription(listener.url, channel={"max_count": 5}))
    await a_result(store, "1")

    async with dispatching(store, clock):
        await until(reached(store, attempts=1, lease=None))
        await a_result(store, "2")
        await until(reached(store, events=2))
        clock.pass_time(seconds=2)
        await until(reached(store, attempts=2, lease=None))
        clock.pass_time(seconds=4)
        await until(reached(store, delivered=2))

    first, second, third, fourth = listener.received
    assert first.body == second.body == third.body
    assert (third.numbers, fourth.numbers) == ([1], [2])


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@77")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@78")
async def test_an_endpoint_that_fails_too_long_is_in_error_and_gets_all_when_it_comes_back(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.always = 503
    await keep(store, a_subscription(listener.url))
    await a_result(store, "1")

    async with dispatching(store, clock):
        while (await stored(store)).status == "active":
            tried = (await stored(store)).attempts
            clock.pass_time(seconds=61)
            await until(lambda tried=tried: _tried_more(store, tried))
        failing_for = clock.now - NOW
        await a_result(store, "2")
        await until(reached(store, events=2, lease=None))
        assert (await stored(store)).problem == "error-response"
        listener.always = 200
        clock.pass_time(minutes=10)
        await until(reached(store, delivered=2, status="active", problem=None))

    assert timedelta(minutes=10) <= failing_for <= timedelta(minutes=20)
    assert [received.numbers for received in listener.received[-2:]] == [[1], [2]]
    assert [received.status["status"]["valueCode"] for received in listener.received[-2:]] == ["active", "active"]


async def _tried_more(store: Store, tried: int) -> bool:
    found = await stored(store)
    return found.lease is None and found.attempts > tried


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@20")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@30")
async def test_the_handshake_comes_a_second_later_and_makes_it_active(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.answers = [500]
    await keep(store, requested(a_subscription(listener.url, started=None), NOW))

    async with dispatching(store, clock):
        await asyncio.sleep(0.1)
        assert listener.received == []
        clock.pass_time(seconds=1)
        await until(reached(store, attempts=1, lease=None))
        assert (await stored(store)).status == "requested"
        clock.pass_time(seconds=2)
        await until(reached(store, status="active"))

    first, second = listener.received
    assert first.body == second.body
    assert first.kind == "handshake"
    assert first.status["status"]["valueCode"] == "requested"
    assert first.status["events-since-subscription-start"]["valueString"] == "0"
    assert [entry["request"]["url"] for entry in first.bundle["entry"]] == [f"{BASE}/Subscription/sub-1/$status"]


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@21")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@31")
async def test_a_handshake_that_fails_for_good_puts_it_in_error(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.always = 404
    await keep(store, requested(a_subscription(listener.url, started=None), NOW))

    async with dispatching(store, clock):
        while (await stored(store)).status == "requested":
            tried = (await stored(store)).attempts
            clock.pass_time(seconds=61)
            await until(lambda tried=tried: _tried_more(store, tried))

    failed = await stored(store)
    assert (failed.status, failed.problem, failed.due, failed.started) == ("error", "error-response", None, None)
    assert {received.kind for received in listener.received} == {"handshake"}


async def test_no_event_is_kept_for_one_that_never_took_a_handshake_or_filters_on_another(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, requested(a_subscription(listener.url, id="new", started=None), NOW))
    await keep(store, a_subscription(listener.url, id="other", filters=(("0000000000",),)))
    await keep(store, a_subscription(listener.url, id="half", filters=((NPI,), ("SENDER-2",))))
    await keep(store, a_subscription(listener.url, id="all", filters=()))
    await keep(store, a_subscription(listener.url, id="both", filters=((NPI,), ("SENDER-9", "SENDER-1"))))
    await a_result(store)

    async with dispatching(store, clock):
        await listener.has(2)
        await until(lambda: nothing_waits(store))

    counted = {id: (await stored(store, id)).events for id in ("new", "other", "half", "all", "both")}
    assert counted == {"new": 0, "other": 0, "half": 0, "all": 1, "both": 1}


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@93")
@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@94")
async def test_a_heartbeat_is_sent_where_it_is_asked_for_and_counts_no_event(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url, channel={"heartbeat_seconds": 60}, due=NOW + timedelta(seconds=60)))
    await keep(store, a_subscription(listener.url, id="without"))

    async with dispatching(store, clock):
        clock.pass_time(seconds=59)
        await asyncio.sleep(0.1)
        assert listener.received == []
        clock.pass_time(seconds=1)
        [received] = await listener.has(1)
        await until(reached(store, lease=None, due=NOW + timedelta(seconds=120)))

    assert received.kind == "heartbeat"
    assert received.status["events-since-subscription-start"]["valueString"] == "0"


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@97")
async def test_an_endpoint_that_takes_longer_than_the_timeout_did_not_accept(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.seconds = 5
    await keep(store, a_subscription(listener.url, channel={"timeout_seconds": 1}))
    await a_result(store)

    async with dispatching(store, clock):
        await until(reached(store, attempts=1, lease=None))

    assert (await stored(store)).problem == "no-response"


async def test_two_processes_send_each_event_once_and_in_order(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url))

    async with dispatching(store, clock), dispatching(store, clock):
        for name in range(15):
            await a_result(store, str(name))
        await until(reached(store, delivered=15))

    assert [received.numbers for received in listener.received] == [[number] for number in range(1, 16)]
    assert listener.most_flying == 1


async def test_a_slow_endpoint_does_not_hold_up_the_others(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    async with a_listener(seconds=3) as slow:
        await keep(store, a_subscription(slow.url, id="slow"))
        await keep(store, a_subscription(listener.url))
        await a_result(store, "1")
        await a_result(store, "2")

        async with dispatching(store, clock):
            await until(reached(store, delivered=2), seconds=2)

        assert slow.received == []


async def test_a_dispatcher_that_stops_gives_its_work_back(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.seconds = 5
    await keep(store, a_subscription(listener.url))
    await a_result(store)
    async with dispatching(store, clock):
        await until(lambda: listener.flying == 1)
    assert (await stored(store)).lease is None
    listener.seconds = 0

    async with dispatching(store, clock):
        await until(reached(store, delivered=1))

    assert listener.received[-1].numbers == [1]


async def test_a_lease_that_nobody_renews_ends_by_itself(store: Store, clock: MovingClock, listener: Listener) -> None:
    await a_result(store)
    await keep(store, a_subscription(listener.url))
    async with dispatching(store, clock):
        await until(reached(store, delivered=1))
    await change(store, "sub-1", lambda each: replace(each, lease=Lease("gone", NOW + timedelta(seconds=10))))
    await a_result(store, "2")

    async with dispatching(store, clock):
        await until(reached(store, events=2))
        await asyncio.sleep(0.1)
        assert len(listener.received) == 1
        clock.pass_time(seconds=10)
        await until(reached(store, delivered=2))

    assert [received.numbers for received in listener.received] == [[1], [2]]


async def test_a_notice_that_was_told_halfway_becomes_an_event_once(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    await keep(store, a_subscription(listener.url))
    await store.create(to_document(event_of(a_notice("1"), a_subscription(), 1)))
    await a_result(store, "1")
    await a_result(store, "2")

    async with dispatching(store, clock):
        await until(reached(store, delivered=2))
        await until(lambda: nothing_waits(store))

    assert [received.numbers for received in listener.received] == [[1], [2]]
    assert (await stored(store)).events == 2


async def test_one_that_ended_is_turned_off(store: Store, clock: MovingClock, listener: Listener) -> None:
    end = NOW + timedelta(hours=1)
    await keep(store, a_subscription(listener.url, ends=end, due=end))

    async with dispatching(store, clock):
        clock.pass_time(hours=1)
        await until(reached(store, status="off"))
        await a_result(store)
        await until(lambda: nothing_waits(store))

    assert (await stored(store)).events == 0
    assert listener.received == []
