"""When one event is refused again and again: whether it is the event or the endpoint, and what comes of it."""

from datetime import timedelta

import pytest

from server.notification.back_off import ATTEMPTS, PATIENCE
from server.notification.outcome import IN_ROW, PASSED_KEPT, accepted, refused
from server.notification.subscription import Problem, Subscription, leased, released, requested, with_events
from tests.builders.subscriptions import NOW, a_subscription

SECOND = timedelta(seconds=1)


def waiting(events: int = 3, **changes: object) -> Subscription:
    """An active Subscription with events that none was tried of."""
    return with_events(a_subscription(**changes), events, NOW)


def take(subscription: Subscription) -> Subscription:
    return leased(subscription, "me", subscription.due or NOW)


def attempt(subscription: Subscription, problem: Problem | None = None) -> Subscription:
    """It after one attempt at the time that it is due."""
    now = subscription.due or NOW
    held = take(subscription)
    return released(refused(held, problem, now) if problem else accepted(held, now))


def rejected(subscription: Subscription, times: int) -> Subscription:
    for _ in range(times):
        subscription = attempt(subscription, "error-response")
    return subscription


def test_an_event_that_was_refused_some_times_puts_the_endpoint_to_the_question_at_once() -> None:
    before = rejected(waiting(), ATTEMPTS - 1)

    after = attempt(before, "error-response")

    assert (before.doubt, after.doubt) == (None, "alive")
    assert after.due == before.due
    assert (after.delivered, after.sending, after.status) == (0, 1, "active")


@pytest.mark.parametrize("problem", ["no-response", "dns-resolution-error"])
def test_an_endpoint_that_does_not_answer_is_never_asked_about_the_event(problem: Problem) -> None:
    failing = waiting()

    for _ in range(5 * ATTEMPTS):
        failing = attempt(failing, problem)

    assert (failing.doubt, failing.delivered, failing.status) == (None, 0, "error")


def test_an_endpoint_that_refuses_the_question_too_is_failing_and_keeps_its_event() -> None:
    asked = rejected(waiting(), ATTEMPTS)

    failing = attempt(asked, "error-response")

    assert (failing.doubt, failing.delivered, failing.sending) == (None, 0, 1)
    assert failing.due > asked.due
    assert attempt(failing, "error-response").doubt == "alive"


def test_one_that_lives_and_refuses_the_event_again_is_sent_the_next() -> None:
    alive = attempt(rejected(waiting(), ATTEMPTS))

    passed = attempt(alive, "error-response")

    assert (alive.doubt, alive.sending, alive.delivered) == ("again", 1, 0)
    assert (passed.delivered, passed.passed, passed.passed_in_row) == (1, (1,), 1)
    assert (passed.sending, passed.doubt, passed.attempts, passed.failing_since, passed.problem) == (
        *(None, None, 0),
        *(None, None),
    )
    assert passed.due == alive.due
    assert take(passed).sending == 2


def test_one_that_takes_the_event_after_all_goes_on_as_ever() -> None:
    alive = attempt(rejected(waiting(), ATTEMPTS))

    taken = attempt(alive)

    assert (taken.delivered, taken.passed, taken.doubt, taken.attempts) == (1, (), None, 0)
    assert take(taken).sending == 2


def test_one_that_dies_between_the_question_and_the_event_keeps_its_event() -> None:
    alive = attempt(rejected(waiting(), ATTEMPTS))

    dead = attempt(alive, "no-response")

    assert (dead.delivered, dead.passed, dead.doubt, dead.sending) == (0, (), None, 1)


def test_of_several_events_in_one_notification_the_first_is_tried_alone() -> None:
    several = waiting(5, channel={"max_count": 4})
    assert take(several).sending == 4

    alive = attempt(rejected(several, ATTEMPTS))
    taken = attempt(alive)

    assert (alive.sending, taken.delivered) == (1, 1)
    assert take(taken).sending == 5


def test_one_in_error_is_active_again_when_it_turns_out_to_be_the_event() -> None:
    failing = waiting()
    while failing.status == "active":
        failing = attempt(failing, "error-response")  # a heartbeat too is refused
    assert failing.due - NOW >= PATIENCE

    passed = attempt(attempt(rejected(failing, 1)), "error-response")

    assert (passed.status, passed.passed, passed.problem) == ("active", (1,), None)
    assert passed.revision == failing.revision + 1


def test_several_in_a_row_are_the_endpoint_and_nothing_more_is_passed_over() -> None:
    subscription = waiting(9)
    for _ in range(IN_ROW):
        subscription = attempt(attempt(rejected(subscription, ATTEMPTS)), "error-response")
    assert subscription.passed == (1, 2, 3)

    failing = rejected(subscription, 4 * ATTEMPTS)

    assert (failing.status, failing.delivered, failing.doubt, failing.passed) == ("error", 3, None, (1, 2, 3))
    back = attempt(failing)
    assert (back.status, back.delivered, back.passed_in_row, back.passed) == ("active", 4, 0, (1, 2, 3))


def test_a_heartbeat_does_not_count_as_an_event_that_was_accepted() -> None:
    beating = a_subscription(channel={"heartbeat_seconds": 60}, passed=(1,), passed_in_row=1, events=1, delivered=1)

    beaten = attempt(beating)

    assert (beaten.passed_in_row, beaten.due) == (1, NOW + 60 * SECOND)


def test_only_the_latest_numbers_are_told() -> None:
    many = tuple(range(1, PASSED_KEPT + 1))
    long = waiting(200, passed=many, delivered=150)

    passed = attempt(attempt(rejected(long, ATTEMPTS)), "error-response")

    assert passed.passed == (*many[1:], 151)


def test_who_asks_for_it_again_starts_afresh() -> None:
    doubted = attempt(attempt(rejected(waiting(), ATTEMPTS)), "error-response")

    again = requested(doubted, NOW)

    assert (again.passed, again.passed_in_row, again.doubt, again.delivered) == ((), 0, None, 1)
