"""Keeps a record of every call without a write on the way of its answer.

A call is taken down in memory and written within a second, many together in one document. What can't be written is
tried again while there is room for it, and what is given up or left at the end is counted and logged: nothing is lost
silently. A process that is killed loses what it took down in the last second; the calls themselves are in the cases.
Spec page: https://hl7.org/fhir/us/davinci-pas/metrics.html
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import structlog

from server.clock import Clock, Ids, instant
from server.errors import StoreError
from server.fhir.json import Json
from server.metrics.record import CALLS, record_of
from server.storage.port import Document, Store
from server.web.exchange import Exchange

METRIC_KIND = "metric"
"""The kind of the documents in the store: each holds the records of some calls, ordered by the instant of writing."""

MOST_TOGETHER = 200
"""Records in one document."""

MOST_WAITING = 20_000
"""Records that wait while the store can't take them; the oldest go first when there are more."""

_PAUSE_SECONDS = 1.0


class Recorder:
    """Takes exchanges down (`hears`) and writes them (`keep_writing`), in one process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        *,
        pause_seconds: float = _PAUSE_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._pause_seconds = pause_seconds
        self._most_waiting = most_waiting
        self._waiting: deque[Json] = deque()
        self._some = asyncio.Event()
        self._given_up = 0
        self._log = structlog.get_logger("passage.metrics")

    def hears(self, exchange: Exchange) -> None:
        """Takes a call of PAS down, as soon as its answer is on its way; all others pass."""
        if exchange.name in CALLS:
            asyncio.get_running_loop().call_soon(self._take, exchange)

    def _take(self, exchange: Exchange) -> None:
        if len(self._waiting) >= self._most_waiting:
            self._waiting.popleft()
            self._given_up += 1
        self._waiting.append(record_of(exchange))
        self._some.set()

    async def keep_writing(self) -> None:
        """Writes what waits, every so often, until it is cancelled; then once more."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(self._pause_seconds)
                await self.flush()
        finally:
            while await self.flush() and self._waiting:
                continue
            self._tell_of_loss(left=len(self._waiting))

    async def flush(self) -> bool:
        """Writes what waits now; False when the store did not take it.

        What comes meanwhile waits for the next time: with a steady client it would be a write of its own for each call.
        """
        self._some.clear()
        left = len(self._waiting)
        while left > 0 and self._waiting:
            some = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, left, len(self._waiting)))]
            left -= len(some)
            try:
                await self._store.create(_document(some, self._ids, self._clock))
            except StoreError as error:
                self._waiting.extendleft(reversed(some))
                self._some.set()
                self._log.warning("metrics wait for the store", error=type(error).__name__, records=len(self._waiting))
                return False
            self._tell_of_loss()
        return True

    def _tell_of_loss(self, left: int = 0) -> None:
        if lost := self._given_up + left:
            self._log.error("records of calls were lost: the store did not take them in time", records=lost)
            self._given_up = 0


def _document(records: Sequence[Json], ids: Ids, clock: Clock) -> Document:
    return Document(kind=METRIC_KIND, id=ids.new_id(), body={"records": list(records)}, order=instant(clock()))
