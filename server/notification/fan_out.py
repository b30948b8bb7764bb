"""Turns the notices that wait in cases into events of the Subscriptions that they fit.

Any number of processes may do it at once and any of them may die anywhere: an event is written once under its number,
its Subscription is told of it, and only then does the notice leave its case. Who comes later finds what was done.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from server.cases.case import CASE_KIND, OUTBOX_KEY, Notice
from server.clock import Clock
from server.errors import Duplicate, VersionConflict
from server.notification.document import ANY_KEY, match_key
from server.notification.event import EVENT_KIND, event_of, notice_key
from server.notification.event import from_document as event_from_document
from server.notification.event import to_document as event_to_document
from server.notification.filters import fits
from server.notification.kept import all_with, change
from server.notification.subscription import Subscription, with_events
from server.storage.port import Document, PayloadMissing, Store

PAGE = 100
"""Cases that are looked at together."""

_NOTICES = TypeAdapter(tuple[Notice, ...])


async def fan_out(store: Store, clock: Clock) -> int:
    """Makes events of up to a page of waiting notices; gives how many notices there were."""
    found = await store.find(CASE_KIND, [OUTBOX_KEY], limit=PAGE)
    notices = sorted((each for document in found.documents for each in notices_of(document)), key=lambda each: each.at)
    wanted: dict[str, tuple[Subscription, list[Notice]]] = {}
    for notice in notices:
        for subscription in await _matching(store, notice):
            wanted.setdefault(subscription.id, (subscription, []))[1].append(notice)
    await asyncio.gather(*(_append(store, clock, subscription, told) for subscription, told in wanted.values()))
    told = frozenset(notice.id for notice in notices)
    await asyncio.gather(*(take_out(store, document, told) for document in found.documents))
    return len(notices)


def notices_of(document: Document) -> tuple[Notice, ...]:
    """The notices that wait in a case."""
    return _NOTICES.validate_python(document.body.get("outbox", ()))


async def take_out(store: Store, document: Document, told: frozenset[str]) -> None:
    """The case without the notices that were told. A case that was changed meanwhile is read again."""
    stored: Document | None = document
    while stored is not None:
        stays = [notice for notice in stored.body.get("outbox", ()) if notice["id"] not in told]
        if len(stays) == len(stored.body.get("outbox", ())):
            return
        index = stored.index if stays else stored.index - {OUTBOX_KEY}
        body = {**stored.body, "outbox": stays}
        try:
            await store.replace(replace(stored, body=body, index=index, version=stored.version + 1))
        except VersionConflict:
            stored = await store.get(stored.kind, stored.id)
        else:
            return


async def _matching(store: Store, notice: Notice) -> Iterable[Subscription]:
    """The Subscriptions that a notice fits: found by the values that it is addressed to, not by reading all."""
    found: dict[str, Subscription] = {}
    for key in (ANY_KEY, *(match_key(value) for value in sorted(set(notice.addressed)))):
        found |= await all_with(store, key)
    addressed = frozenset(notice.addressed)
    return [each for each in found.values() if fits(each.filters, addressed) and not _ended(each, notice)]


def _ended(subscription: Subscription, notice: Notice) -> bool:
    return subscription.ends is not None and subscription.ends <= notice.at


async def _append(store: Store, clock: Clock, subscription: Subscription, notices: Sequence[Notice]) -> None:
    number = subscription.events
    for notice in notices:
        number = max(number, await _number(store, subscription, notice, number + 1))
    await change(store, subscription.id, lambda stored: with_events(stored, number, clock()))


async def _number(store: Store, subscription: Subscription, notice: Notice, first_free: int) -> int:
    """The number under which the notice is an event: the first free one, or the one that it already has."""
    event = event_of(notice, subscription, first_free)
    while True:
        try:
            await store.create(event_to_document(event))
        except PayloadMissing:
            # Bytes that are not to be had must not hold up what comes after them: the event names them alone.
            event = replace(event, digest=None)
        except Duplicate:
            known = await store.get_by_unique(EVENT_KIND, notice_key(subscription.id, notice.id))
            if known is not None:
                return event_from_document(known).number
            event = replace(event, number=event.number + 1)
        else:
            return event.number
