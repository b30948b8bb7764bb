"""Searching the caller's Subscriptions.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/CapabilityStatement-backport-subscription-server-r4.html
"""

from server.cases.case import Generation
from server.clock import instant
from server.fhir import json
from server.fhir.search_terms import token_terms, uri_terms
from server.notification.document import caller_key
from server.notification.kept import all_with, read
from server.notification.subscription import Subscription
from server.notification.topic import TOPIC
from server.rest.search import Search
from server.rest.search_values import folded
from server.rest.source import Instance, Page
from server.storage.port import Store
from server.subscriptions.written import written
from server.web.declare import SearchParameter

PARAMETERS = (
    SearchParameter("_id", "token", "Logical id on this server; several after commas."),
    SearchParameter("status", "token", "requested, active, error or off."),
    SearchParameter("url", "uri", "The endpoint, matched whole."),
    SearchParameter("criteria", "string", "Start of the topic's canonical; case does not matter."),
    SearchParameter("payload", "token", "MIME type of the notifications."),
    SearchParameter("type", "token", "rest-hook."),
)

_STATUS = "http://hl7.org/fhir/subscription-status"
_TYPE = "http://hl7.org/fhir/subscription-channel-type"


async def subscriptions_of(store: Store, caller: str, generation: Generation) -> list[Subscription]:
    """All Subscriptions that a caller has on the base of a generation, oldest first."""
    found = await all_with(store, caller_key(caller, generation))
    return sorted(found.values(), key=_place)


class SubscriptionSource:
    """The Subscriptions of one caller."""

    def __init__(self, store: Store, caller: str, generation: Generation) -> None:
        self._store = store
        self._caller = caller
        self._generation: Generation = generation

    async def read(self, type: str, id: str) -> Instance | None:
        """The Subscription of the id."""
        found = await read(self._store, id)
        if found is None or found.deleted or (found.caller, found.generation) != (self._caller, self._generation):
            return None
        return _instance(found)

    async def search(self, search: Search) -> Page:
        """A page of what matches, oldest first.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@128, hl7.fhir.uv.subscriptions_1.1.0@129
        """
        found = await subscriptions_of(self._store, self._caller, self._generation)
        matches = [each for each in found if _matches(each, search)]
        rest = [each for each in matches if search.after is None or _place(each) > search.after]
        page = rest[: search.count]
        more = bool(search.count) and len(rest) > search.count
        total = len(matches) if search.total or not search.count else None
        return Page(tuple(map(_instance, page)), total, _place(page[-1]) if more else None)


def _place(subscription: Subscription) -> tuple[str, str]:
    return instant(subscription.created), subscription.id


def _matches(subscription: Subscription, search: Search) -> bool:
    channel = subscription.channel
    terms = (
        token_terms("status", _STATUS, subscription.status)
        | uri_terms("url", channel.endpoint)
        | token_terms("payload", None, channel.payload)
        | token_terms("type", _TYPE, "rest-hook")
    )
    return (
        (search.ids is None or subscription.id in search.ids)
        and all(terms & alternatives for alternatives in search.terms)
        and all(folded(TOPIC).startswith(starts) for _, starts in search.strings)
    )


def _instance(subscription: Subscription) -> Instance:
    body = json.write(written(subscription))
    return Instance("Subscription", subscription.id, body, str(subscription.revision), instant(subscription.updated))
