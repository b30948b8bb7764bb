"""The embedded store's writes of many documents in one step of the writer: one commit and one wake-up for all.

Each document is written in a savepoint of its own, so that one which can't be leaves no half.
Spec page: https://www.sqlite.org/lang_savepoint.html
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace as changed

from server.errors import Duplicate, VersionConflict
from server.storage import sqlite_read, sqlite_write
from server.storage.port import PayloadMissing
from server.storage.record import Record, pack

_REFUSED = (Duplicate, PayloadMissing, VersionConflict)


def create_many(db: sqlite3.Connection, records: Sequence[Record]) -> int:
    """Writes new documents up to the first that can't be; gives how many."""
    for number, record in enumerate(records):
        if not _whole(db, sqlite_write.create, record):
            return number
    return len(records)


def replace_many(db: sqlite3.Connection, records: Sequence[Record]) -> frozenset[str]:
    """Writes each over the version before, where it can be; gives the ids of those that were written."""
    return frozenset(record.document.id for record in records if _whole(db, sqlite_write.replace, record))


def remove(db: sqlite3.Connection, kind: str, ids: Sequence[str]) -> int:
    """Removes documents; gives how many there were."""
    removed = 0
    for id in dict.fromkeys(ids):
        if (stored := sqlite_read.get(db, kind, id)) is None:
            continue
        # Written over by one without keys, entries and payloads, it leaves no rows behind.
        nothing = frozenset[str]()
        bare = changed(
            stored, version=stored.version + 1, body={}, unique=nothing, index=nothing, entries=(), payloads=nothing
        )
        sqlite_write.replace(db, pack(bare))
        db.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id))
        removed += 1
    return removed


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
