"""The embedded store's writes: each a function over a connection inside the writer's transaction.

A document's lookup rows are sets, so a replacement writes the difference and nothing else.
"""

import sqlite3
from collections.abc import Sequence, Set

from server.errors import Duplicate, VersionConflict
from server.storage.payload import PackedPayload
from server.storage.port import Document, Entry, PayloadMissing
from server.storage.record import Head, Record, entry_key, unpack_head

INSERT_DOCUMENT = "INSERT OR IGNORE INTO document (kind, id, version, order_key, head, body) VALUES (?, ?, ?, ?, ?, ?)"
INSERT_UNIQUE_KEY = "INSERT OR IGNORE INTO unique_key (kind, key, id) VALUES (?, ?, ?)"
INSERT_ENTRY = (
    "INSERT OR IGNORE INTO entry (type, id, kind, document, updated, date_low, date_high) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INSERT_PAYLOAD_USE = "INSERT INTO payload_use (digest, kind, id) SELECT digest, ?2, ?3 FROM payload WHERE digest = ?1"
"""Each writes no row where it can't: the key is taken, or the payload is not there."""

_NOTHING = Head(frozenset(), frozenset(), (), frozenset())


def create(db: sqlite3.Connection, record: Record, payloads: Sequence[PackedPayload] = (), put: str = "") -> None:
    """Writes a new document with payloads put at an instant; raises as the port says."""
    document = record.document
    _put_payloads(db, payloads, put)
    done = db.execute(
        INSERT_DOCUMENT,
        (document.kind, document.id, document.version, document.order, record.head, record.body),
    )
    if not done.rowcount:
        raise Duplicate("id")
    _write_rows(db, document, _NOTHING, document.order)


def replace(db: sqlite3.Connection, record: Record, payloads: Sequence[PackedPayload] = (), put: str = "") -> None:
    """Writes over the version before, with payloads put at an instant; raises as the port says."""
    document = record.document
    stored = db.execute(
        "SELECT version, order_key, head FROM document WHERE kind = ? AND id = ?", (document.kind, document.id)
    ).fetchone()
    if stored is None or stored[0] != document.version - 1:
        raise VersionConflict("the document was changed since it was read")
    _put_payloads(db, payloads, put)
    db.execute(
        "UPDATE document SET version = ?, order_key = ?, head = ?, body = ? WHERE kind = ? AND id = ?",
        (document.version, document.order, record.head, record.body, document.kind, document.id),
    )
    _write_rows(db, document, unpack_head(stored[2]), stored[1])


def remove(db: sqlite3.Connection, kind: str, id: str) -> bool:
    """Removes a document with its rows; False when there is none."""
    stored = db.execute("SELECT order_key, head FROM document WHERE kind = ? AND id = ?", (kind, id)).fetchone()
    if stored is None:
        return False
    order, head = stored
    _write_rows(db, Document(kind, id, {}, order), unpack_head(head), order)
    db.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id))
    return True


def put_payload(db: sqlite3.Connection, payload: PackedPayload, put: str) -> None:
    """Keeps a payload, or notes that it was put again."""
    new = db.execute(
        "INSERT OR IGNORE INTO payload (digest, size, put, chunks, data) VALUES (?, ?, ?, ?, ?)",
        (payload.digest, payload.size, put, len(payload.chunks), payload.chunks[0]),
    )
    if not new.rowcount:
        db.execute("UPDATE payload SET put = max(put, ?) WHERE digest = ?", (put, payload.digest))
        return
    db.executemany(
        "INSERT INTO payload_chunk (digest, number, data) VALUES (?, ?, ?)",
        ((payload.digest, number, data) for number, data in enumerate(payload.chunks) if number),
    )


def _put_payloads(db: sqlite3.Connection, payloads: Sequence[PackedPayload], put: str) -> None:
    for payload in payloads:
        put_payload(db, payload, put)


def sweep_payloads(
    db: sqlite3.Connection, older_than: str, after: tuple[str, str], limit: int
) -> tuple[int, tuple[str, str] | None]:
    """Looks at `limit` payloads put before the instant; gives how many it removed and where to go on, if anywhere."""
    rows: list[tuple[str, str, int]] = db.execute(
        "SELECT put, digest, EXISTS (SELECT 1 FROM payload_use u WHERE u.digest = payload.digest) FROM payload"
        " WHERE put < ? AND (put, digest) > (?, ?) ORDER BY put, digest LIMIT ?",
        (older_than, *after, limit),
    ).fetchall()
    loose = [(digest,) for _, digest, named in rows if not named]
    db.executemany("DELETE FROM payload WHERE digest = ?", loose)
    db.executemany("DELETE FROM payload_chunk WHERE digest = ?", loose)
    return len(loose), (rows[-1][0], rows[-1][1]) if len(rows) == limit else None


def _write_rows(db: sqlite3.Connection, document: Document, old: Head, old_order: str) -> None:
    kind, id = document.kind, document.id
    db.executemany(
        "DELETE FROM unique_key WHERE kind = ? AND key = ?", ((kind, k) for k in old.unique - document.unique)
    )
    for key in sorted(document.unique - old.unique):
        if not db.execute(INSERT_UNIQUE_KEY, (kind, key, id)).rowcount:
            raise Duplicate(key)
    before, after = _index_rows(kind, id, old_order, old.index), _index_rows(kind, id, document.order, document.index)
    _write_difference(db, "index_key", "kind, key, order_key, id", before, after)
    _write_entries(db, document, old)
    db.executemany(
        "DELETE FROM payload_use WHERE digest = ? AND kind = ? AND id = ?",
        ((digest, kind, id) for digest in old.payloads - document.payloads),
    )
    for digest in document.payloads - old.payloads:
        if not db.execute(INSERT_PAYLOAD_USE, (digest, kind, id)).rowcount:
            raise PayloadMissing("The document names a payload that is not in the store; put it first.")


def _write_entries(db: sqlite3.Connection, document: Document, old: Head) -> None:
    before, after = set(old.entries), set(document.entries)
    gone, new = before - after, after - before
    if not gone and not new:
        return
    db.executemany("DELETE FROM entry WHERE type = ? AND id = ?", ((entry.type, entry.id) for entry in gone))
    for entry in new:
        done = db.execute(
            INSERT_ENTRY,
            (entry.type, entry.id, document.kind, document.id, entry.updated, entry.date_low, entry.date_high),
        )
        if not done.rowcount:
            raise Duplicate(entry_key(entry.type, entry.id))
    _write_difference(db, "entry_term", "type, term, updated, id", _term_rows(gone), _term_rows(new))


def _index_rows(kind: str, id: str, order: str, keys: Set[str]) -> set[tuple[str, ...]]:
    return {(kind, key, order, id) for key in keys}


def _term_rows(entries: Set[Entry]) -> set[tuple[str, ...]]:
    return {(entry.type, term, entry.updated, entry.id) for entry in entries for term in entry.terms}


def _write_difference(
    db: sqlite3.Connection, table: str, columns: str, before: set[tuple[str, ...]], after: set[tuple[str, ...]]
) -> None:
    """Brings the rows of a table whose columns are all of its key from one set to another."""
    marks = ", ".join("?" for _ in columns.split(","))
    if gone := before - after:
        db.executemany(f"DELETE FROM {table} WHERE ({columns}) = ({marks})", gone)
    if new := after - before:
        db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", sorted(new))
