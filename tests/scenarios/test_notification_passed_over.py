"""One event that its endpoint never takes: the later ones arrive, and whoever asks is told which was passed over."""

from datetime import timedelta

from server.clock import Ids
from server.notification.bundle import status_of
from server.notification.deliver import Delivery
from server.notification.endpoint import EndpointPolicy
from server.notification.fan_out import fan_out
from server.notification.kept import read
from server.notification.rest_hook import rest_hook
from server.notification.subscription import Subscription
from server.storage.port import Store
from tests.builders.subscriptions import NOW, Listener, MovingClock, a_result, a_subscription, keep


async def send_for(store: Store, clock: MovingClock, time: timedelta) -> Subscription:
    """The Subscription after all that is due in that time, each at its time."""
    end = clock.now + time
    async with rest_hook(EndpointPolicy.named("any")) as send:
        deliver = Delivery(store, send, clock, Ids())
        while True:
            await deliver("sub-1")
            stored = await read(store, "sub-1")
            assert stored is not None
            if stored.due is None or stored.due > end:
                clock.now = end
                return stored
            clock.now = max(clock.now, stored.due)


async def some_results(store: Store, clock: MovingClock, many: int) -> None:
    for name in range(1, many + 1):
        await a_result(store, str(name))
    await fan_out(store, clock)


async def test_the_later_events_arrive_in_order_after_minutes(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.refuses = frozenset({2})
    await keep(store, a_subscription(listener.url))
    await some_results(store, clock, 4)

    subscription = await send_for(store, clock, timedelta(minutes=5))

    kinds = [(received.kind, *received.numbers) for received in listener.received]
    event = "event-notification"
    assert kinds == [(event, 1), *[(event, 2)] * 8, ("heartbeat",), (event, 2), (event, 3), (event, 4)]
    assert len({received.body for received in listener.received if received.numbers == [2]}) == 1
    assert (subscription.status, subscription.delivered, subscription.passed) == ("active", 4, (2,))
    assert status_of(subscription, "query-status", at=NOW)["parameter"][-1] == {
        "name": "error",
        "valueCodeableConcept": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/subscription-error", "code": "error-response"}
            ],
            "text": "The endpoint refused these event numbers, and they were passed over: 2. Ask for them by $events.",
        },
    }


async def test_an_endpoint_that_refuses_everything_for_an_hour_gets_everything_afterwards(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.always = 400
    await keep(store, a_subscription(listener.url))
    await some_results(store, clock, 3)
    failing = await send_for(store, clock, timedelta(hours=1))
    listener.received.clear()
    listener.always = 200

    subscription = await send_for(store, clock, timedelta(hours=1))

    assert (failing.status, failing.delivered, failing.passed) == ("error", 0, ())
    assert [received.numbers for received in listener.received] == [[1], [2], [3]]
    assert (subscription.status, subscription.delivered, subscription.passed) == ("active", 3, ())


async def test_an_endpoint_that_lives_and_takes_no_event_is_in_error_after_three(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.refuses = frozenset(range(1, 20))
    await keep(store, a_subscription(listener.url))
    await some_results(store, clock, 6)

    failing = await send_for(store, clock, timedelta(hours=1))
    listener.refuses = frozenset()
    subscription = await send_for(store, clock, timedelta(hours=1))

    assert (failing.status, failing.problem, failing.passed) == ("error", "error-response", (1, 2, 3))
    assert (subscription.status, subscription.delivered, subscription.passed) == ("active", 6, (1, 2, 3))
    assert [received.numbers for received in listener.received[-3:]] == [[4], [5], [6]]


async def test_of_events_that_travel_together_only_the_one_that_is_refused_is_passed_over(
    store: Store, clock: MovingClock, listener: Listener
) -> None:
    listener.refuses = frozenset({2})
    await keep(store, a_subscription(listener.url, channel={"max_count": 4}))
    await some_results(store, clock, 4)

    subscription = await send_for(store, clock, timedelta(minutes=15))

    arrived = [number for each in listener.received for number in each.numbers if 2 not in each.numbers]
    assert arrived == [1, 3, 4]
    assert (subscription.status, subscription.delivered, subscription.passed) == ("active", 4, (2,))
