"""One writer thread for the embedded store: what waits is committed together, so one disk flush serves many requests.

SQLite has one writer at a time anyway; a thread that owns the connection turns that into a queue without lock waits.
Spec page: https://www.sqlite.org/wal.html
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from server.errors import PassageError, StoreUnavailable
from server.storage.sqlite_many import Create, create_all

GROUP = 128
"""Most writes in one commit: more would make the first of them wait for no gain."""

GATHERED = 8
"""Most writes that wait for the event loop to get round. One commit of eight costs half the processor time of eight."""


T = TypeVar("T")

_RAISED = (
    PassageError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a write may raise, by intent or by a fault of ours. All else (no memory) ends the thread."""


@dataclass(frozen=True, slots=True)
class _Job:
    write: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: Exception | None = None


class Writer:
    """Runs writes in the order they come, each whole or not at all, and answers when they are on the disk."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._queue: queue.SimpleQueue[Sequence[_Job] | None] = queue.SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        self._handing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="passage-sqlite-writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether writes are still taken."""
        return not self._closed and self._thread.is_alive()

    async def run(self, write: Callable[[sqlite3.Connection], T]) -> T:
        """What `write` gives, once it is committed. What it raises undoes it alone and is raised here.

        Requests that the event loop answers in the same round write together: no one waits for a timer, and under load
        the commit and its flush are shared. Left to the thread alone, it would commit each as soon as it came.
        """
        if not self.alive:
            raise StoreUnavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        gathered = self._gathered.setdefault(loop, [])
        gathered.append(_Job(write, future, loop))
        if len(gathered) == 1:
            loop.call_soon(self._hand_over, loop)
        elif len(gathered) == GATHERED:
            self._hand_over(loop)
        return await future

    def close(self) -> None:
        """Commits what was queued and ends the thread. Blocks until it has."""
        for loop in list(self._gathered):
            self._hand_over(loop)
        with self._handing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._db.close()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """Gives what was gathered to the thread, or an error to those who wait when it takes no more."""
        if not (group := self._gathered.pop(loop, ())):
            return
        with self._handing:
            if not self._closed:
                self._queue.put(group)
                return
        _settle(group, [_unavailable("The store is closed.") for _ in group])

    def _work(self) -> None:
        try:
            self._commit_groups()
        finally:
            with self._handing:
                self._closed = True
            while not self._queue.empty():  # nobody may wait for a thread that has ended
                if group := self._queue.get():
                    _settle(group, [_unavailable("The store is closed.") for _ in group])

    def _commit_groups(self) -> None:
        open_ = True
        while open_:
            group: list[_Job] = []
            jobs = self._queue.get()
            while jobs is not None:
                group += jobs
                if len(group) >= GROUP or self._queue.empty():
                    break
                jobs = self._queue.get()
            open_ = jobs is not None
            outcomes = [_unavailable("The writer has ended.") for _ in group]
            try:
                outcomes = self._commit(group) if group else []
            finally:
                _settle(group, outcomes)

    def _commit(self, group: Sequence[_Job]) -> list[_Outcome]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            outcomes = self._attempt_all(group)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            reason = f"The database can't be written now ({type(error).__name__})."
            self._roll_back()
            return [_unavailable(reason) for _ in group]
        return outcomes

    def _attempt_all(self, group: Sequence[_Job]) -> list[_Outcome]:
        """Runs the writes in their order; those of new documents that follow one another, together."""
        outcomes: list[_Outcome] = []
        for _, some in groupby(group, key=lambda job: isinstance(job.write, Create)):
            jobs = list(some)
            outcomes += self._together(jobs) or [self._attempt(job) for job in jobs]
        return outcomes

    def _together(self, jobs: Sequence[_Job]) -> list[_Outcome]:
        """Writes new documents table by table, which costs half; nothing when one of them can't be written."""
        creates = [job.write for job in jobs if isinstance(job.write, Create)]
        if len(creates) < 2:
            return []
        self._db.execute("SAVEPOINT many")
        try:
            whole = create_all(self._db, creates)
        except sqlite3.Error:
            if not self._db.in_transaction:
                raise
            whole = False
        except _RAISED:  # each alone shows whose fault it is
            whole = False
        if not whole:
            self._db.execute("ROLLBACK TO many")
        self._db.execute("RELEASE many")
        return [_Outcome() for _ in jobs] if whole else []

    def _attempt(self, job: _Job) -> _Outcome:
        """Runs one write inside the group's transaction; when it fails, the others stay."""
        self._db.execute("SAVEPOINT write")
        try:
            outcome = _Outcome(job.write(self._db))
        except sqlite3.Error as error:
            if not self._db.in_transaction:  # a full or broken disk: SQLite has undone the whole group
                raise
            self._db.execute("ROLLBACK TO write")
            outcome = _unavailable(f"The database refused a write ({type(error).__name__}).")
        except _RAISED as error:  # raised again where the caller waits; this thread serves the others
            self._db.execute("ROLLBACK TO write")
            outcome = _Outcome(error=error)
        self._db.execute("RELEASE write")
        return outcome

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error:
                # The next BEGIN fails too and says so to its callers; nothing was acknowledged.
                return


def _unavailable(reason: str) -> _Outcome:
    return _Outcome(error=StoreUnavailable(reason))


def _settle(group: Sequence[_Job], outcomes: Sequence[_Outcome]) -> None:
    """Hands the outcomes to the event loops, one wake-up for each loop."""
    for loop in {job.loop for job in group}:
        mine = [(job.future, outcome) for job, outcome in zip(group, outcomes, strict=True) if job.loop is loop]
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(settled: Sequence[tuple[asyncio.Future[Any], _Outcome]]) -> None:
    for future, outcome in settled:
        if future.done():  # the caller was cancelled; its write stands all the same
            continue
        if outcome.error is None:
            future.set_result(outcome.value)
        else:
            future.set_exception(outcome.error)
