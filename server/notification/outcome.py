"""What an attempt comes to: accepted, tried again, in error, or the event passed over.

An endpoint that is down gets everything when it is back. One that is up and refuses one event, whatever is done, must
not go without the later ones. The two answer alike; so after some refusals the endpoint is sent a heartbeat, which
holds no event. If it takes that and refuses the event once more, it is the event: it is passed over under its number,
and `$events` has it. Several in a row are the endpoint after all.
Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

from dataclasses import replace
from datetime import datetime, timedelta

from server.notification.back_off import ATTEMPTS, after_attempt, gives_up, next_probe
from server.notification.subscription import Problem, Subscription

IN_ROW = 3
"""Events that are passed over one after the other; then the endpoint counts as failing."""

PASSED_KEPT = 100
"""Numbers of events that were passed over that `$status` tells."""


def accepted(subscription: Subscription, now: datetime) -> Subscription:
    """It after its endpoint took what was sent. It is active from now on.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@20, hl7.fhir.uv.subscriptions_1.1.0@30
    """
    if subscription.doubt == "alive":
        return replace(subscription, doubt="again", sending=subscription.delivered + 1, due=now, told=now)
    was_handshake = subscription.status == "requested"
    active = replace(
        subscription,
        status="active",
        started=subscription.started or now,
        delivered=subscription.delivered if was_handshake else subscription.sending or subscription.delivered,
        sending=None,
        doubt=None,
        passed_in_row=subscription.passed_in_row if subscription.sending is None else 0,
        attempts=0,
        failing_since=None,
        problem=None,
        told=now,
    )
    if active.status != subscription.status:
        active = replace(active, revision=active.revision + 1, updated=now)
    return replace(active, due=_next(active, now))


def refused(subscription: Subscription, problem: Problem, now: datetime) -> Subscription:
    """It after its endpoint did not take what was sent: tried again, later and later, and in error after a while.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@21, hl7.fhir.uv.subscriptions_1.1.0@31, hl7.fhir.uv.subscriptions_1.1.0@78
    """
    if subscription.doubt == "again" and problem == "error-response":
        return _passed_over(subscription, now)
    since = subscription.failing_since or now
    attempts = subscription.attempts + 1
    failed = replace(subscription, attempts=attempts, failing_since=since, problem=problem, doubt=None)
    if problem == "error-response" and _is_in_doubt(subscription, attempts):
        return replace(failed, doubt="alive", due=now)
    if subscription.status == "error":
        return replace(failed, due=next_probe(since, now))
    if not gives_up(since, now):
        return replace(failed, due=after_attempt(failed.id, attempts, now))
    handshake = subscription.status == "requested"
    failed = replace(failed, status="error", revision=failed.revision + 1, updated=now)
    return replace(failed, due=None if handshake else next_probe(since, now))


def _is_in_doubt(subscription: Subscription, attempts: int) -> bool:
    """Whether what was refused may be one event that the endpoint never takes."""
    event = subscription.sending is not None and subscription.doubt is None
    return event and attempts >= ATTEMPTS and subscription.passed_in_row < IN_ROW


def _passed_over(subscription: Subscription, now: datetime) -> Subscription:
    """It without waiting for one event any more: the endpoint lives and does not take it."""
    number = subscription.delivered + 1
    passed = replace(
        subscription,
        status="active",
        delivered=number,
        sending=None,
        doubt=None,
        passed=(*subscription.passed, number)[-PASSED_KEPT:],
        passed_in_row=subscription.passed_in_row + 1,
        attempts=0,
        failing_since=None,
        problem=None,
    )
    if subscription.status != "active":
        passed = replace(passed, revision=passed.revision + 1, updated=now)
    return replace(passed, due=_next(passed, now))


def _next(active: Subscription, now: datetime) -> datetime | None:
    """When an active one has something to send, or ends."""
    if active.waiting:
        return now
    period = active.channel.heartbeat_seconds
    times = [now + timedelta(seconds=period)] if period else []
    times += [active.ends] if active.ends else []
    return min(times, default=None)
