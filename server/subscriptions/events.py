"""`$events`: events of a Subscription again, for a client that missed some.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html
"""

from server.cases.case import Generation
from server.errors import Issue, Refusal, RequestRefused
from server.notification.bundle import query_event
from server.notification.deliver import events_of, payloads_of
from server.notification.subscription import Content, Subscription
from server.storage.port import Store
from server.subscriptions.channel import CONTENTS
from server.subscriptions.parameters import values_of
from server.subscriptions.registry import Registry
from server.web.declare import FhirAnswer, FhirRequest

MOST = 100
"""Events of one answer; a client goes on with the number after the last."""

_LARGEST = 18
"""Digits of the largest number that is read."""


class EventsOperation:
    """Answers `$events`."""

    def __init__(self, store: Store, registry: Registry, generation: Generation) -> None:
        self._store = store
        self._registry = registry
        self._generation: Generation = generation

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """A history of the events from one number to another, both included. Without a first number it holds the
        latest. It says where events are older than what is kept.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@83, hl7.fhir.uv.subscriptions_1.1.0@84,
        hl7.fhir.uv.subscriptions_1.1.0@118, hl7.fhir.uv.subscriptions_1.1.0@119
        """
        subscription = await self._registry.found(request)
        first, last = _range(request, subscription)
        content = self._content(request, subscription)
        events = await events_of(self._store, subscription.id, first, last)
        payloads = await payloads_of(self._store.get_payload, content, events)
        gone = set(range(first, last + 1)) - {event.number for event in events}
        return FhirAnswer(query_event(subscription, events, payloads, content, request.received, gone))

    def _content(self, request: FhirRequest, subscription: Subscription) -> Content:
        """What is asked for where this base sends as much, else what the Subscription says: it is a hint."""
        wanted = values_of(request, "content")
        allowed: tuple[Content, ...] = ("empty", "id-only", *CONTENTS[self._generation])
        return next((each for each in allowed if each in wanted), subscription.channel.content)


def _range(request: FhirRequest, subscription: Subscription) -> tuple[int, int]:
    since, until = _number(request, "eventsSinceNumber"), _number(request, "eventsUntilNumber")
    last = subscription.events if until is None else min(until, subscription.events)
    if since is None:
        return max(1, last - MOST + 1), last
    first = max(1, since)
    return first, min(last, first + MOST - 1)


def _number(request: FhirRequest, name: str) -> int | None:
    values = values_of(request, name)
    if not values:
        return None
    text = next(iter(values))
    if len(values) > 1 or not (text.isascii() and text.isdigit()) or len(text) > _LARGEST:
        issue = Issue("value", f"{name} must be one whole number.")
        raise RequestRefused(Refusal.MALFORMED, [issue])
    return int(text)
