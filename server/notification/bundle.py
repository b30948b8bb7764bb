"""The notification Bundle: the status of a Subscription first, then what its events are about.

What is sent again has the same bytes, so everything here is made from what is kept: ids from names, times from the
events. A response Bundle goes in as the bytes that were kept; they are not read again.
Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-notification-r4.html
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

import msgspec

from server.clock import instant
from server.fhir import json
from server.fhir.json import Json
from server.notification.event import Event
from server.notification.subscription import Content, Problem, Status, Subscription
from server.notification.topic import TOPIC

_PROFILES = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
_ERRORS = "http://terminology.hl7.org/CodeSystem/subscription-error"

Kind = Literal["handshake", "heartbeat", "event-notification", "query-status", "query-event"]
_QUERIES: tuple[Kind, ...] = ("query-status", "query-event")


def handshake(subscription: Subscription) -> bytes:
    """The Bundle that an endpoint must accept before anything else is sent to it.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@14, hl7.fhir.uv.subscriptions_1.1.0@29
    """
    status = status_of(subscription, "handshake", status="requested", at=subscription.updated)
    return _bundle(subscription, status, subscription.updated, [])


def heartbeat(subscription: Subscription, at: datetime) -> bytes:
    """The Bundle that says that there is nothing to say.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@93
    """
    return _bundle(subscription, status_of(subscription, "heartbeat", at=at), at, [])


def event_notification(subscription: Subscription, events: Sequence[Event], payloads: Mapping[str, bytes]) -> bytes:
    """The Bundle of events, in the order of their numbers. It counts up to its last one, so that it stays the same
    while more happens. `payloads` are the response Bundles by digest.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@28, hl7.fhir.uv.subscriptions_1.1.0@70, hl7.fhir.uv.subscriptions_1.1.0@102
    """
    last = events[-1]
    status = status_of(
        subscription, "event-notification", status="active", at=last.at, count=last.number, events=events
    )
    return _bundle(
        subscription, status, last.at, _entries(subscription, events, payloads, subscription.channel.content)
    )


def query_event(
    subscription: Subscription,
    events: Sequence[Event],
    payloads: Mapping[str, bytes],
    content: Content,
    at: datetime,
    gone: Collection[int] = (),
) -> bytes:
    """The Bundle that answers `$events`, with what it is asked to hold. `gone`: what is asked for and not kept.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@115
    """
    status = status_of(subscription, "query-event", at=at, events=events, content=content)
    if gone:
        text = f"Not kept any more: {len(gone)} of the events asked for; the last of them is number {max(gone)}."
        status["parameter"].append({"name": "error", "valueCodeableConcept": {"text": text}})
    return _bundle(subscription, status, at, _entries(subscription, events, payloads, content))


def status_of(
    subscription: Subscription,
    kind: Kind,
    *,
    at: datetime,
    status: Status | None = None,
    count: int | None = None,
    events: Sequence[Event] = (),
    content: Content | None = None,
) -> Json:
    """The Parameters that say how a Subscription is.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@69, hl7.fhir.uv.subscriptions_1.1.0@102
    """
    number = subscription.events if count is None else count
    shown = content or subscription.channel.content
    parameters: list[Json] = [
        {"name": "subscription", "valueReference": {"reference": _url(subscription)}},
        {"name": "topic", "valueCanonical": TOPIC},
        {"name": "status", "valueCode": status or subscription.status},
        {"name": "type", "valueCode": kind},
        {"name": "events-since-subscription-start", "valueString": str(number)},
        *(_notification_event(subscription, event, shown) for event in events),
    ]
    if subscription.problem and (status or subscription.status) == "error":
        parameters.append({"name": "error", "valueCodeableConcept": _error(subscription.problem)})
    if subscription.passed and kind in _QUERIES:
        parameters.append({"name": "error", "valueCodeableConcept": _passed_over(subscription.passed)})
    return {
        "resourceType": "Parameters",
        "id": _name(subscription, f"status/{kind}/{number}/{instant(at)}"),
        "meta": {"profile": [f"{_PROFILES}/backport-subscription-status-r4"]},
        "parameter": parameters,
    }


def _notification_event(subscription: Subscription, event: Event, content: Content) -> Json:
    parts: list[Json] = [
        {"name": "event-number", "valueString": str(event.number)},
        {"name": "timestamp", "valueInstant": instant(event.at)},
    ]
    if content != "empty":
        parts.append({"name": "focus", "valueReference": {"reference": _focus(subscription, event, content)}})
    return {"name": "notification-event", "part": parts}


def _focus(subscription: Subscription, event: Event, content: Content) -> str:
    """What the event is about: the response Bundle where it is in the notification, else what `$inquire` leads to.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@40, hl7.fhir.uv.subscriptions_1.1.0@43
    """
    if content == "full-resource":
        return f"{subscription.base}/Bundle/{event.bundle_id}"
    return f"{subscription.base}/ClaimResponse/{event.claim_response_id}"


def _entries(
    subscription: Subscription, events: Sequence[Event], payloads: Mapping[str, bytes], content: Content
) -> list[Json]:
    """The response Bundles, each once; one that is not to be had is named without its content.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@44, hl7.fhir.uv.subscriptions_1.1.0@45
    """
    if content != "full-resource":
        return []
    entries: dict[str, Json] = {}
    for event in events:
        url = _focus(subscription, event, content)
        body = payloads.get(event.digest or "")
        if body is None:
            entries[url] = {"fullUrl": url, "request": {"method": "GET", "url": url}, "response": {"status": "404"}}
        else:
            entries[url] = {
                "fullUrl": url,
                "resource": msgspec.Raw(body),
                "request": {"method": "POST", "url": "Bundle"},
                "response": {"status": "201"},
            }
    return list(entries.values())


def _bundle(subscription: Subscription, status: Json, at: datetime, entries: list[Json]) -> bytes:
    """The Bundle around the status.

    Spec: hl7.fhir.uv.subscriptions_1.1.0@15
    """
    first = {
        "fullUrl": f"urn:uuid:{status['id']}",
        "resource": status,
        "request": {"method": "GET", "url": f"{_url(subscription)}/$status"},
        "response": {"status": "200"},
    }
    return json.write(
        {
            "resourceType": "Bundle",
            "id": _name(subscription, f"bundle/{status['id']}"),
            "meta": {"profile": [f"{_PROFILES}/backport-subscription-notification-r4"]},
            "type": "history",
            "timestamp": instant(at),
            "entry": [first, *entries],
        }
    )


def _error(problem: Problem) -> Json:
    return {"coding": [{"system": _ERRORS, "code": problem}]}


def _passed_over(numbers: Sequence[int]) -> Json:
    named = ", ".join(map(str, numbers))
    text = f"The endpoint refused these event numbers, and they were passed over: {named}. Ask for them by $events."
    return {**_error("error-response"), "text": text}


def _url(subscription: Subscription) -> str:
    return f"{subscription.base}/Subscription/{subscription.id}"


def _name(subscription: Subscription, text: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{_url(subscription)}/{text}"))
