"""How a Subscription goes from one state to the next."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.notification.document import DUE_KEY, from_document, match_key, to_document
from server.notification.outcome import accepted, refused
from server.notification.subscription import (
    LEASE,
    Subscription,
    leased,
    released,
    requested,
    turned_off,
    with_events,
)
from tests.builders.subscriptions import NOW, NPI, a_subscription

MINUTE = timedelta(minutes=1)


def test_an_event_is_due_at_once_and_an_older_count_changes_nothing() -> None:
    active = a_subscription()

    counted = with_events(active, 2, NOW)

    assert (counted.events, counted.due) == (2, NOW)
    assert with_events(counted, 1, NOW + MINUTE) is counted


def test_an_event_does_not_hurry_what_waits_for_its_next_attempt() -> None:
    failing = refused(leased(with_events(a_subscription(), 1, NOW), "me", NOW), "no-response", NOW)

    counted = with_events(failing, 2, NOW)

    assert counted.due == failing.due
    assert counted.sending == 1


@pytest.mark.requirement("hl7.fhir.uv.subscriptions_1.1.0@77")
def test_an_event_of_one_in_error_is_counted_and_waits_for_the_next_look() -> None:
    failing = a_subscription(status="error", failing_since=NOW - timedelta(days=8), problem="no-response")

    counted = with_events(failing, 1, NOW)

    assert (counted.events, counted.due, counted.wanted) == (1, None, True)


def test_asked_for_again_it_sends_a_handshake_first_and_then_what_waited() -> None:
    failing = a_subscription(status="error", events=3, delivered=1, sending=2, problem="no-response")

    again = requested(failing, NOW)
    held = leased(again, "me", NOW + MINUTE)
    active = accepted(held, NOW + MINUTE)

    assert (again.status, again.due, held.sending) == ("requested", NOW + timedelta(seconds=1), None)
    assert (active.status, active.delivered, active.due, active.problem) == ("active", 1, NOW + MINUTE, None)


def test_one_that_is_off_wants_nothing() -> None:
    off = turned_off(a_subscription(events=2, due=NOW), NOW)

    assert (off.status, off.due, off.wanted) == ("off", None, False)
    assert to_document(off).index == frozenset({"caller:2.2:anonymous"})


def test_it_is_found_by_what_it_filters_on_and_listed_by_when_it_is_due() -> None:
    due = a_subscription(filters=((NPI, "2"), ("3",)), due=NOW, lease=None)

    document, held = to_document(due), to_document(leased(due, "me", NOW))

    assert document.index == {"caller:2.2:anonymous", DUE_KEY, match_key(NPI), match_key("2")}
    assert (document.order, held.order) == ("2026-11-20T15:00:00.000Z", "2026-11-20T15:00:10.000Z")
    assert from_document(document) == due


STEPS = ("event", "take", "accept", "refuse", "reject", "release", "again", "minutes")


@given(st.lists(st.sampled_from(STEPS), max_size=60))
def test_whatever_happens_no_event_is_skipped_or_forgotten(steps: list[str]) -> None:
    subscription, now, known = a_subscription(), NOW, []
    for step in steps:
        before = subscription
        subscription, now = _step(subscription, step, now)
        if subscription.delivered > before.delivered:
            known += range(before.delivered + 1, subscription.delivered + 1)

        assert subscription.delivered <= (subscription.sending or subscription.delivered) <= subscription.events
        if subscription.waiting and subscription.status in ("active", "requested"):
            assert subscription.due is not None
    assert known == list(range(1, subscription.delivered + 1))


def _step(subscription: Subscription, step: str, now: object) -> tuple[Subscription, object]:
    assert isinstance(now, type(NOW))
    match step:
        case "event":
            return with_events(subscription, subscription.events + 1, now), now
        case "take":
            return leased(subscription, "me", now), now
        case "accept":
            return released(accepted(subscription, now)), now
        case "refuse":
            return released(refused(subscription, "no-response", now)), now
        case "reject":
            return released(refused(subscription, "error-response", now)), now
        case "release":
            return released(subscription), now
        case "again":
            return requested(replace(subscription, revision=subscription.revision + 1), now), now
        case _:
            return subscription, now + LEASE * 12
