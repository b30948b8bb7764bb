"""The embedded store's writes of many documents in one step of the writer: one commit and one wake-up for all.

New documents are written table by table, the rows of each in the order of its key: neighbours share a page. Where that
meets a key that is taken, and for all else, each document is written in a savepoint of its own, so that one which
can't be leaves no half.
Spec page: https://www.sqlite.org/lang_savepoint.html
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from server.errors import Duplicate, VersionConflict
from server.storage import sqlite_write
from server.storage.payload import PackedPayload
from server.storage.port import PayloadMissing
from server.storage.record import Record

_REFUSED = (Duplicate, PayloadMissing, VersionConflict)


def create_many(
    db: sqlite3.Connection, records: Sequence[Record], payloads: Sequence[PackedPayload] = (), put: str = ""
) -> int:
    """Writes payloads put at an instant, and new documents up to the first that can't be; gives how many documents."""
    for payload in payloads:
        sqlite_write.put_payload(db, payload, put)
    db.execute("SAVEPOINT many")
    if all(_insert(db, table, records) for table in _TABLES):
        db.execute("RELEASE many")
        return len(records)
    db.execute("ROLLBACK TO many")
    db.execute("RELEASE many")
    for number, record in enumerate(records):
        if not _whole(db, sqlite_write.create, record):
            return number
    return len(records)


@dataclass(frozen=True, slots=True)
class Create:
    """The write of one new document with payloads put at an instant: alone by a call, or with others."""

    record: Record
    payloads: Sequence[PackedPayload]
    put: str

    def __call__(self, db: sqlite3.Connection) -> None:
        """Writes it; raises as the port says."""
        sqlite_write.create(db, self.record, self.payloads, self.put)


def create_all(db: sqlite3.Connection, creates: Sequence[Create]) -> bool:
    """Writes all, table by table. False: one of them can't be written, and what was written is to be undone."""
    for each in creates:
        for payload in each.payloads:
            sqlite_write.put_payload(db, payload, each.put)
    records = [each.record for each in creates]
    return all(_insert(db, table, records) for table in _TABLES)


def replace_many(db: sqlite3.Connection, records: Sequence[Record]) -> frozenset[str]:
    """Writes each over the version before, where it can be; gives the ids of those that were written."""
    return frozenset(record.document.id for record in records if _whole(db, sqlite_write.replace, record))


def remove(db: sqlite3.Connection, kind: str, ids: Sequence[str]) -> int:
    """Removes documents; gives how many there were."""
    return sum(sqlite_write.remove(db, kind, id) for id in dict.fromkeys(ids))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with the rows that a document has in it."""

    insert: str
    rows: Callable[[Record], Iterator[tuple[Any, ...]]]


def _insert(db: sqlite3.Connection, table: _Table, records: Sequence[Record]) -> bool:
    """Whether all rows of the table could be written."""
    rows = sorted(row for record in records for row in table.rows(record))
    return not rows or db.executemany(table.insert, rows).rowcount == len(rows)


def _documents(record: Record) -> Iterator[tuple[Any, ...]]:
    document = record.document
    yield document.kind, document.id, document.version, document.order, record.head, record.body


def _unique_keys(record: Record) -> Iterator[tuple[Any, ...]]:
    document = record.document
    return ((document.kind, key, document.id) for key in document.unique)


def _index_keys(record: Record) -> Iterator[tuple[Any, ...]]:
    document = record.document
    return ((document.kind, key, document.order, document.id) for key in document.index)


def _entries(record: Record) -> Iterator[tuple[Any, ...]]:
    kind, id = record.document.kind, record.document.id
    for each in record.document.entries:
        yield each.type, each.id, kind, id, each.updated, each.date_low, each.date_high


def _terms(record: Record) -> Iterator[tuple[Any, ...]]:
    return ((each.type, term, each.updated, each.id) for each in record.document.entries for term in each.terms)


def _payload_uses(record: Record) -> Iterator[tuple[Any, ...]]:
    document = record.document
    return ((digest, document.kind, document.id) for digest in document.payloads)


_TABLES = (
    _Table(sqlite_write.INSERT_DOCUMENT, _documents),
    _Table(sqlite_write.INSERT_UNIQUE_KEY, _unique_keys),
    _Table("INSERT INTO index_key (kind, key, order_key, id) VALUES (?, ?, ?, ?)", _index_keys),
    _Table(sqlite_write.INSERT_ENTRY, _entries),
    _Table("INSERT INTO entry_term (type, term, updated, id) VALUES (?, ?, ?, ?)", _terms),
    _Table(sqlite_write.INSERT_PAYLOAD_USE, _payload_uses),
)


def _whole(db: sqlite3.Connection, write: Callable[[sqlite3.Connection, Record], None], record: Record) -> bool:
    """Whether the document could be written; nothing of it is when it could not."""
    db.execute("SAVEPOINT one")
    try:
        write(db, record)
    except _REFUSED:
        db.execute("ROLLBACK TO one")
        return False
    finally:
        db.execute("RELEASE one")
    return True
