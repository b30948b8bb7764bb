"""Reading a Subscription and writing it back changed, whoever else does so at the same time."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from server.errors import VersionConflict
from server.notification.document import SUBSCRIPTION_KIND, from_document, to_document
from server.notification.in_turns import in_turns
from server.notification.subscription import Subscription
from server.storage.port import Document, Store

_PAGE = 1_000
_TOGETHER = 200

Changing = Callable[[Subscription], Subscription | None]

Write = Callable[[Document], Awaitable[None]]
"""Writes a document over the version before, and raises VersionConflict as `Store.replace` does."""


async def read(store: Store, id: str) -> Subscription | None:
    """The Subscription of the id, deleted ones too."""
    found = await store.get(SUBSCRIPTION_KIND, id)
    return from_document(found) if found else None


async def all_with(store: Store, key: str) -> dict[str, Subscription]:
    """All Subscriptions with an index key, by id.

    They are listed by when they are due, and that changes while pages are read: one may move to a page that was read
    before. So what was found is counted against what there is, and looked for again where it is less.
    """
    found: dict[str, Subscription] = {}
    while True:
        after: tuple[str, str] | None = None
        pages = 0
        while after or not pages:
            page = await store.find(SUBSCRIPTION_KIND, [key], limit=_PAGE, after=after)
            found |= {document.id: from_document(document) for document in page.documents}
            after, pages = page.after, pages + 1
        if pages == 1 or len(found) >= await store.count(SUBSCRIPTION_KIND, [key]):
            return found


async def change(
    store: Store, id: str, changing: Changing, known: Subscription | None = None, write: Write | None = None
) -> Subscription | None:
    """The Subscription as written after a change. A change that gives None, or what it was given, writes nothing;
    it is made again from what is stored then, when somebody else wrote first. `known` is how it was a moment ago.
    With `write` it is written so, else by the store.
    """
    stored = known or await read(store, id)
    while stored is not None:
        changed = changing(stored)
        if changed is None or changed is stored:
            return changed
        changed = replace(changed, version=stored.version + 1)
        try:
            await (write or store.replace)(to_document(changed))
        except VersionConflict:
            stored = await read(store, id)
        else:
            return changed
    return None


async def change_many(store: Store, known: Iterable[Subscription], changing: Changing) -> list[Subscription]:
    """Those that a change writes, as written: all together as they are known, then each that somebody else wrote first.

    What was written and at once written over counts as written by somebody else, so the change must know its own work.
    """
    changed: dict[str, Subscription] = {}
    for each in known:
        later = changing(each)
        if later is not None and later is not each:
            changed[each.id] = replace(later, version=each.version + 1)
    written: frozenset[str] = frozenset()
    documents = [to_document(each) for each in changed.values()]
    for start in range(0, len(documents), _TOGETHER):
        written |= await store.replace_many(documents[start : start + _TOGETHER])

    async def again(id: str) -> Subscription | None:
        return await change(store, id, changing)

    others = await in_turns(again, [id for id in changed if id not in written])
    return [each for each in changed.values() if each.id in written] + [each for each in others if each]
