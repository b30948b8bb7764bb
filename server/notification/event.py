"""An event of a Subscription: a notice under its number. It is written once and never changed.

The numbers of a Subscription have no gap and no repeat because number n + 1 is only written after n is there, and
because an id can be taken once. A notice becomes an event of a Subscription once because its key is unique.
Spec: hl7.fhir.uv.subscriptions_1.1.0@103
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from server.cases.case import Notice
from server.clock import instant
from server.notification.subscription import Subscription
from server.storage.port import Document

EVENT_KIND = "event"


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    subscription: str
    number: int
    notice: str
    at: datetime
    """When the result was there."""
    case: str
    claim_response_id: str
    bundle_id: str
    digest: str | None
    """The payload with the response Bundle; None where none was made for the Subscription's generation."""


_EVENT = TypeAdapter(Event)


def event_of(notice: Notice, subscription: Subscription, number: int) -> Event:
    """The event that a notice is to a Subscription."""
    return Event(
        subscription=subscription.id,
        number=number,
        notice=notice.id,
        at=notice.at,
        case=notice.case,
        claim_response_id=notice.claim_response_id,
        bundle_id=notice.bundle_id,
        digest=notice.digests.get(subscription.generation),
    )


def event_id(subscription: str, number: int) -> str:
    """The id of the document of an event."""
    return f"{subscription}.{number}"


def notice_key(subscription: str, notice: str) -> str:
    """The unique key by which a notice is an event of a Subscription once."""
    return f"notice:{subscription}:{notice}"


def to_document(event: Event) -> Document:
    """The document of an event."""
    return Document(
        kind=EVENT_KIND,
        id=event_id(event.subscription, event.number),
        body=_EVENT.dump_python(event, mode="json"),
        order=instant(event.at),
        unique=frozenset({notice_key(event.subscription, event.notice)}),
        payloads=frozenset({event.digest} if event.digest else ()),
    )


def from_document(document: Document) -> Event:
    """The event of a document that `to_document` made."""
    return _EVENT.validate_python(document.body)
