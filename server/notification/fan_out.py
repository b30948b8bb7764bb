"""Turns the notices that wait in cases into events of the Subscriptions that they fit.

Any number of processes may do it at once and any of them may die anywhere: an event is written once under its number,
its Subscription is told of it, and only then does the notice leave its case. Who comes later finds what was done.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pydantic import TypeAdapter

from server.cases.case import CASE_KIND, OUTBOX_KEY, Notice
from server.clock import Clock
from server.errors import VersionConflict
from server.notification.append import append
from server.notification.document import ANY_KEY, match_key
from server.notification.filters import fits
from server.notification.in_turns import in_turns
from server.notification.kept import all_with, change_many
from server.notification.recent import Recent
from server.notification.subscription import Subscription, with_events
from server.storage.port import Document, Store

PAGE = 100
"""Cases that are looked at together."""

Wanted = tuple[Subscription, list[Notice]]
"""A Subscription with the notices that it is to be told of, in their order."""

_NOTICES = TypeAdapter(tuple[Notice, ...])


async def fan_out(store: Store, clock: Clock, recent: Recent | None = None) -> int:
    """Makes events of up to a page of waiting notices; gives how many notices there were."""
    found = await store.find(CASE_KIND, [OUTBOX_KEY], limit=PAGE)
    if not found.documents:
        return 0
    notices = sorted((each for document in found.documents for each in notices_of(document)), key=lambda each: each.at)
    wanted = await _wanted(store, notices)
    last = await append(store, wanted, recent or Recent(store))
    now = clock()
    known = [subscription for subscription, _ in wanted]
    await change_many(store, known, lambda stored: with_events(stored, last[stored.id], now))
    await take_out(store, found.documents, frozenset(notice.id for notice in notices))
    return len(notices)


def notices_of(document: Document) -> tuple[Notice, ...]:
    """The notices that wait in a case."""
    return _NOTICES.validate_python(document.body.get("outbox", ()))


async def take_out(store: Store, documents: Sequence[Document], told: frozenset[str]) -> None:
    """Writes the cases without the notices that were told."""
    without = [later for document in documents if (later := _without(document, told))]
    written = await store.replace_many(without)
    await in_turns(partial(_take_out, store, told), [each for each in without if each.id not in written])


async def _take_out(store: Store, told: frozenset[str], document: Document) -> None:
    """The same of a case that was changed meanwhile, so that it is read again."""
    while stored := await store.get(document.kind, document.id):
        if (without := _without(stored, told)) is None:
            return
        try:
            await store.replace(without)
        except VersionConflict:
            continue
        return


def _without(document: Document, told: frozenset[str]) -> Document | None:
    """The next version of the case, without what was told; None where it holds nothing of that."""
    waiting = document.body.get("outbox", ())
    stays = [notice for notice in waiting if notice["id"] not in told]
    if len(stays) == len(waiting):
        return None
    index = document.index if stays else document.index - {OUTBOX_KEY}
    return replace(document, body={**document.body, "outbox": stays}, index=index, version=document.version + 1)


async def _wanted(store: Store, notices: Sequence[Notice]) -> list[Wanted]:
    """The Subscriptions that notices fit: found by the values that they are addressed to, not by reading all."""
    keys = {ANY_KEY, *(match_key(value) for notice in notices for value in notice.addressed)}
    lists = await in_turns(partial(all_with, store), sorted(keys))
    found = dict(zip(sorted(keys), lists, strict=True))
    wanted: dict[str, Wanted] = {}
    for notice in notices:
        addressed = frozenset(notice.addressed)
        candidates = dict(found[ANY_KEY])
        for value in sorted(addressed):
            candidates |= found[match_key(value)]
        for each in candidates.values():
            if fits(each.filters, addressed) and not _ended(each, notice):
                wanted.setdefault(each.id, (each, []))[1].append(notice)
    return list(wanted.values())


def _ended(subscription: Subscription, notice: Notice) -> bool:
    return subscription.ends is not None and subscription.ends <= notice.at
