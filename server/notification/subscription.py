"""A Subscription as it is kept: what was asked for, and how far its notifications have come.

All that changes it is here, as functions from one state to the next; who reads, writes and sends is elsewhere.
Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from server.cases.case import Generation
from server.notification.back_off import next_probe

Status = Literal["requested", "active", "error", "off"]
Content = Literal["empty", "id-only", "full-resource"]
Doubt = Literal["alive", "again"]
"""Whether the endpoint refuses one event or everything: it is asked whether it is alive, then sent the event again."""

Problem = Literal["dns-resolution-error", "no-response", "error-response"]
"""Codes of http://terminology.hl7.org/CodeSystem/subscription-error."""

HANDSHAKE_DELAY = timedelta(seconds=1)
"""Time from the answer to a create or update until the handshake: a client listens only when it knows the id."""

LEASE = timedelta(seconds=10)
"""Time after which another process may go on with a Subscription that its sender left; a slow sending renews it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where notifications go and in which form."""

    endpoint: str
    payload: str
    """MIME type of the notifications."""
    content: Content
    headers: tuple[tuple[str, str], ...] = ()
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    max_count: int | None = None
    """The most events in one notification; None: one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who sends now. `until`: when it is anybody's again."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """One Subscription."""

    id: str
    caller: str
    generation: Generation
    base: str
    """The base URL that it was created at: what its notifications name our resources by."""
    resource: str
    """The JSON of the resource as it was received."""
    channel: Channel
    filters: tuple[tuple[str, ...], ...]
    """Values of which one must fit, for each of the conditions that must all be met."""
    status: Status
    created: datetime
    updated: datetime
    revision: int = 1
    """Counts what a client sees change: `meta.versionId`. The document's version counts every step of delivery."""
    started: datetime | None = None
    """When its endpoint first accepted a handshake: from then on events are counted."""
    ends: datetime | None = None
    """When it is to be turned off."""
    events: int = 0
    """The number of its last event."""
    delivered: int = 0
    """The number of the last event that its endpoint accepted, or that was passed over."""
    sending: int | None = None
    """The last event of the notification that was tried: it is tried again with the same events."""
    doubt: Doubt | None = None
    """What is sent next to find out whether its endpoint refuses this one event; see `outcome.py`."""
    passed: tuple[int, ...] = ()
    """The latest events that its endpoint refused for good, so that they were passed over."""
    passed_in_row: int = 0
    """How many were passed over since one was accepted."""
    due: datetime | None = None
    """When something is to be sent; None: nothing is."""
    attempts: int = 0
    failing_since: datetime | None = None
    problem: Problem | None = None
    told: datetime | None = None
    """When its endpoint last accepted something."""
    lease: Lease | None = None
    deleted: bool = False
    version: int = 1

    @property
    def wanted(self) -> bool:
        """Whether events are counted for it: from the first handshake on, also while its endpoint fails."""
        return self.started is not None and self.status != "off" and not self.deleted

    @property
    def waiting(self) -> int:
        """How many of its events are still to be sent: neither accepted nor passed over."""
        return self.events - self.delivered

    @property
    def look(self) -> datetime | None:
        """When somebody has to look at it next."""
        if self.due is None or self.lease is None:
            return self.due
        return max(self.due, self.lease.until)


def requested(subscription: Subscription, now: datetime) -> Subscription:
    """As it is when a client asks for it, first or again: a handshake is due, nothing else is sent before."""
    return replace(
        subscription,
        status="requested",
        updated=now,
        due=now + HANDSHAKE_DELAY,
        sending=None,
        doubt=None,
        passed=(),
        passed_in_row=0,
        attempts=0,
        failing_since=None,
        problem=None,
        lease=None,
    )


def turned_off(subscription: Subscription, now: datetime) -> Subscription:
    """As it is when nothing is to be sent any more."""
    return replace(
        subscription, status="off", updated=now, due=None, sending=None, lease=None, failing_since=None, problem=None
    )


def with_events(subscription: Subscription, number: int, now: datetime) -> Subscription:
    """It with its events up to `number`. A sending that waits for its next attempt goes on waiting."""
    if number <= subscription.events:
        return subscription
    counted = replace(subscription, events=number)
    if subscription.status != "active" or subscription.failing_since:
        return replace(counted, due=subscription.due or _probed(subscription, now))
    return replace(counted, due=now)


def leased(subscription: Subscription, token: str, now: datetime) -> Subscription:
    """It in the hands of a sender, who has fixed which events the next notification holds."""
    held = renewed(subscription, token, now)
    if not held.waiting or held.status == "requested" or held.sending is not None:
        return held
    return replace(held, sending=min(held.events, held.delivered + (held.channel.max_count or 1)))


def renewed(subscription: Subscription, token: str, now: datetime) -> Subscription:
    """It in the hands of its sender for longer. What is being sent stays what it is, whatever comes meanwhile."""
    return replace(subscription, lease=Lease(token, now + LEASE))


def released(subscription: Subscription) -> Subscription:
    """It in nobody's hands."""
    return replace(subscription, lease=None)


def _probed(subscription: Subscription, now: datetime) -> datetime | None:
    """When an endpoint in error that is not asked any more is asked again: not, if it never took the handshake."""
    if subscription.status != "error" or subscription.failing_since is None or not subscription.started:
        return None
    return next_probe(subscription.failing_since, now)
