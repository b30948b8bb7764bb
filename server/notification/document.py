"""The Subscription as a document of the store, and the keys by which it is found.

Documents are listed in the order in which somebody has to look at them, so the next one to send for is found at once
among any number; and by what they filter on, so a notice finds its Subscriptions without reading the others.
"""

from pydantic import TypeAdapter

from server.clock import instant
from server.notification.subscription import Subscription
from server.storage.port import Document

SUBSCRIPTION_KIND = "subscription"

DUE_KEY = "due"
"""The index key of those that something is to be sent for, now or later."""

ANY_KEY = "match:"
"""The index key of those that filter on nothing."""

_NEVER = "9999-12-31T00:00:00.000Z"
_SUBSCRIPTION = TypeAdapter(Subscription)


def match_key(value: str) -> str:
    """The index key of those whose first condition one value fits."""
    return f"match:{value}"


def caller_key(caller: str, generation: str) -> str:
    """The index key of a caller's Subscriptions on one base."""
    return f"caller:{generation}:{caller}"


def to_document(subscription: Subscription) -> Document:
    """The document of a Subscription."""
    return Document(
        kind=SUBSCRIPTION_KIND,
        id=subscription.id,
        body=_SUBSCRIPTION.dump_python(subscription, mode="json", exclude={"version"}),
        order=instant(subscription.look) if subscription.look else _NEVER,
        version=subscription.version,
        index=_index(subscription),
    )


def from_document(document: Document) -> Subscription:
    """The Subscription of a document that `to_document` made."""
    return _SUBSCRIPTION.validate_python({**document.body, "version": document.version})


def _index(subscription: Subscription) -> frozenset[str]:
    if subscription.deleted:
        return frozenset()
    keys = {caller_key(subscription.caller, subscription.generation)}
    if subscription.due:
        keys.add(DUE_KEY)
    if subscription.wanted:
        keys.update(map(match_key, subscription.filters[0]) if subscription.filters else (ANY_KEY,))
    return frozenset(keys)
