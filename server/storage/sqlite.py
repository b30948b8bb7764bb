"""The embedded store: one SQLite file, nothing to install, safe on power loss, shared by several processes.

Writes go through one thread with group commit (`sqlite_writer`). Look-ups by key take some microseconds and run on
the event loop, as a thread would cost ten times that; searches, counts and large payloads run in threads.
Spec page: https://www.sqlite.org/wal.html
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from server.clock import Clock, instant
from server.errors import StoreUnavailable
from server.storage import sqlite_many, sqlite_read, sqlite_search, sqlite_write
from server.storage.payload import GRACE, pack, pack_all, unpack
from server.storage.port import Document, EntryQuery, Found, StoredEntry
from server.storage.record import pack as pack_document
from server.storage.record import packed
from server.storage.sqlite_schema import open_connection, prepare
from server.storage.sqlite_writer import Writer

T = TypeVar("T")

_SEARCH_THREADS = 4
_SWEEP_ROWS = 500


class SqliteStore:
    """The store of one SQLite file. `clock` dates the payloads; `trace` is given every statement that runs."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        write_busy_seconds: float = 10.0,
        read_busy_seconds: float = 1.0,
        trace: Callable[[str], object] | None = None,
    ) -> None:
        self._path = path
        self._clock = clock
        self._write_busy_seconds = write_busy_seconds
        self._read_busy_seconds = read_busy_seconds
        self._trace = trace
        self._writer: Writer | None = None
        self._reader: sqlite3.Connection | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    async def start(self) -> None:
        """Opens the file; makes or migrates its schema."""
        await asyncio.to_thread(prepare, self._path, busy_seconds=self._write_busy_seconds)
        try:
            with _reported():
                self._reader = self._connect(self._read_busy_seconds)
                self._writer = Writer(self._connect(self._write_busy_seconds))
        except StoreUnavailable:
            await self.close()
            raise
        self._threads = ThreadPoolExecutor(_SEARCH_THREADS, "passage-sqlite-read")

    async def close(self) -> None:
        """Finishes the writes under way and closes. May be called again."""
        writer, threads, reader = self._writer, self._threads, self._reader
        self._writer = self._threads = self._reader = None
        if writer:
            await asyncio.to_thread(writer.close)
        if threads:
            await asyncio.to_thread(threads.shutdown)
        for db in [*self._opened, *([reader] if reader else [])]:
            db.close()
        self._opened.clear()

    async def ready(self) -> bool:
        """Whether the file can be read and the writer runs."""
        if self._reader is None or self._writer is None or not self._writer.alive:
            return False
        try:
            self._reader.execute("SELECT version FROM document LIMIT 1").fetchone()
        except sqlite3.Error:
            return False
        return True

    async def put_payload(self, body: bytes) -> str:
        """Keeps the bytes and gives their SHA-256."""
        payload = await pack(body)
        put = instant(self._clock())
        await self._write(lambda db: sqlite_write.put_payload(db, payload, put))
        return payload.digest

    async def get_payload(self, digest: str) -> bytes | None:
        """The bytes of a digest."""
        found = self._now(lambda db: sqlite_read.payload(db, digest))
        if found is None:
            return None
        chunks, first = found
        if chunks == 1:
            return await unpack([first])
        every = await self._aside(lambda db: sqlite_read.all_chunks(db, digest))
        return await unpack(every) if every else None

    async def create(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes a new document and its payloads in one transaction."""
        record, every = await packed(document), await pack_all(payloads)
        put = instant(self._clock())
        await self._write(sqlite_many.Create(record, every, put))

    async def replace(self, document: Document, payloads: Sequence[bytes] = ()) -> None:
        """Writes a document over the version before, and its payloads in the same transaction."""
        record, every = await packed(document), await pack_all(payloads)
        put = instant(self._clock())
        await self._write(lambda db: sqlite_write.replace(db, record, every, put))

    async def create_many(self, documents: Sequence[Document], payloads: Sequence[bytes] = ()) -> int:
        """Writes payloads and new documents in one transaction, up to the first that can't be."""
        records, every = [pack_document(document) for document in documents], await pack_all(payloads)
        put = instant(self._clock())
        return await self._write(lambda db: sqlite_many.create_many(db, records, every, put)) if records else 0

    async def replace_many(self, documents: Sequence[Document]) -> frozenset[str]:
        """Writes documents over the versions before, in one transaction."""
        records = [pack_document(document) for document in documents]
        return await self._write(lambda db: sqlite_many.replace_many(db, records)) if records else frozenset()

    async def remove(self, kind: str, ids: Sequence[str]) -> int:
        """Removes documents in one transaction."""
        return await self._write(lambda db: sqlite_many.remove(db, kind, ids)) if ids else 0

    async def get(self, kind: str, id: str) -> Document | None:
        """The document of the id."""
        return self._now(lambda db: sqlite_read.get(db, kind, id))

    async def get_many(self, kind: str, ids: Sequence[str]) -> tuple[Document, ...]:
        """The documents of the ids that there are."""

        def read(db: sqlite3.Connection) -> tuple[Document, ...]:
            found = (sqlite_read.get(db, kind, id) for id in dict.fromkeys(ids))
            return tuple(document for document in found if document)

        return self._now(read) if len(ids) <= 50 else await self._aside(read)

    async def get_by_unique(self, kind: str, key: str) -> Document | None:
        """The document that holds the unique key."""
        return self._now(lambda db: sqlite_read.get_by_unique(db, kind, key))

    async def find(
        self,
        kind: str,
        keys: Sequence[str] = (),
        *,
        limit: int = 20,
        after: tuple[str, str] | None = None,
        newest_first: bool = False,
    ) -> Found:
        """Documents of the kind that hold all the keys, in order."""

        def read(db: sqlite3.Connection) -> Found:
            return sqlite_read.find(db, kind, keys, limit=limit, after=after, newest_first=newest_first)

        # One key is one range of an index; several are an intersection that may have to walk far.
        return self._now(read) if len(keys) < 2 and limit <= 50 else await self._aside(read)

    async def count(self, kind: str, keys: Sequence[str] = ()) -> int:
        """How many documents of the kind hold all the keys."""
        return await self._aside(lambda db: sqlite_read.count(db, kind, keys))

    async def read_entry(self, type: str, id: str) -> StoredEntry | None:
        """The entry of that type and id."""
        return self._now(lambda db: sqlite_read.read_entry(db, type, id))

    async def search_entries(self, query: EntryQuery) -> tuple[StoredEntry, ...]:
        """Matching entries in (updated, id) order."""
        return await self._aside(lambda db: sqlite_search.search_entries(db, query))

    async def count_entries(self, query: EntryQuery) -> int:
        """How many entries match."""
        return await self._aside(lambda db: sqlite_search.count_entries(db, query))

    async def sweep_payloads(self, older_than: str) -> int:
        """Removes old payloads that no document names, some hundred in a transaction."""
        before = min(older_than, instant(self._clock() - GRACE))
        after: tuple[str, str] | None = ("", "")
        removed = 0
        while after is not None:
            step = partial(sqlite_write.sweep_payloads, older_than=before, after=after, limit=_SWEEP_ROWS)
            some, after = await self._write(step)
            removed += some
        return removed

    async def _write(self, write: Callable[[sqlite3.Connection], T]) -> T:
        if self._writer is None:
            raise StoreUnavailable("The store is not open.")
        return await self._writer.run(write)

    def _now(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Reads on the event loop."""
        if self._reader is None:
            raise StoreUnavailable("The store is not open.")
        with _reported():
            return read(self._reader)

    async def _aside(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Reads in a thread, over that thread's own connection."""
        if self._threads is None:
            raise StoreUnavailable("The store is not open.")

        def work() -> T:
            with _reported():
                return read(self._connection())

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "db"):
            self._local.db = self._connect(self._read_busy_seconds)
            self._opened.append(self._local.db)
        db: sqlite3.Connection = self._local.db
        return db

    def _connect(self, busy_seconds: float) -> sqlite3.Connection:
        db = open_connection(self._path, busy_seconds=busy_seconds)
        db.set_trace_callback(self._trace)
        return db


@contextmanager
def _reported() -> Iterator[None]:
    """Turns the driver's errors into the port's. Their texts may hold values, so only the kind is told."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The database can't be read now ({type(error).__name__}).") from None
