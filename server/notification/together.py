"""Replaces documents for many who ask at the same time by one call to the store.

The first goes at once; those that come while it is under way go together after it. So one alone waits for nobody, and
of a thousand deliveries that end together each costs a part of a call.
"""

import asyncio
from collections.abc import Sequence

from server.errors import StoreError, VersionConflict
from server.storage.port import Document, Store

MOST = 64
"""Documents of one call: the first of them must not wait long for the last."""


_Waiting = tuple[Document, asyncio.Future[bool]]


class Together:
    """The replacements of one kind of documents."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Waiting] = []
        self._left: list[_Waiting] = []
        self._working: asyncio.Task[None] | None = None

    async def replace(self, document: Document) -> None:
        """Writes the document over the version before. Raises VersionConflict when it is not stored as given: another
        version was, or it was at once written over.
        """
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((document, written))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
            self._working.add_done_callback(self._ended)
        if not await written:
            raise VersionConflict("the document was changed since it was read")

    async def _work(self) -> None:
        now: list[_Waiting] = []
        try:
            while self._waiting:
                now = self._next()
                try:
                    done = await self._store.replace_many([document for document, _ in now])
                except StoreError as error:
                    _fail(now, error)
                else:
                    _tell(now, done)
                now = []
        finally:
            self._working = None
            self._left, self._waiting = [*now, *self._waiting], []

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody may wait for work that has ended by a fault of ours."""
        error = None if task.cancelled() else task.exception()
        _fail(self._left, error or asyncio.CancelledError())
        self._left = []

    def _next(self) -> list[_Waiting]:
        """What goes now: of one document only one version at a time."""
        now: dict[str, _Waiting] = {}
        later = []
        for each in self._waiting:
            if len(now) < MOST and each[0].id not in now:
                now[each[0].id] = each
            else:
                later.append(each)
        self._waiting = later
        return list(now.values())


def _tell(some: Sequence[_Waiting], written: frozenset[str]) -> None:
    for document, answer in some:
        if not answer.done():  # who asked may have been cancelled
            answer.set_result(document.id in written)


def _fail(some: Sequence[_Waiting], error: BaseException) -> None:
    for _, answer in some:
        if not answer.done():
            answer.set_exception(error)
