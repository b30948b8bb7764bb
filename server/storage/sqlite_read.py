"""The embedded store's look-ups of documents and payloads: each a function over a connection, each by an index."""

import sqlite3
from collections.abc import Sequence

from server.storage.port import Document, Found, StoredEntry
from server.storage.record import unpack, unpack_head
from server.storage.sqlite_search import capped_count, most_selective

_DOCUMENT = "d.kind, d.id, d.version, d.order_key, d.head, d.body"
_CHUNK = "SELECT data FROM payload_chunk WHERE digest = ? ORDER BY number"


def get(db: sqlite3.Connection, kind: str, id: str) -> Document | None:
    """The document of the id."""
    row = db.execute(f"SELECT {_DOCUMENT} FROM document d WHERE d.kind = ? AND d.id = ?", (kind, id)).fetchone()
    return unpack(*row) if row else None


def get_by_unique(db: sqlite3.Connection, kind: str, key: str) -> Document | None:
    """The document that holds the unique key."""
    row = db.execute(
        f"SELECT {_DOCUMENT} FROM unique_key u CROSS JOIN document d ON d.kind = u.kind AND d.id = u.id"
        " WHERE u.kind = ? AND u.key = ?",
        (kind, key),
    ).fetchone()
    return unpack(*row) if row else None


def read_entry(db: sqlite3.Connection, type: str, id: str) -> StoredEntry | None:
    """The entry of that type and id."""
    row = db.execute(
        "SELECT d.head, d.id, d.version FROM entry e CROSS JOIN document d ON d.kind = e.kind AND d.id = e.document"
        " WHERE e.type = ? AND e.id = ?",
        (type, id),
    ).fetchone()
    entry = unpack_head(row[0]).entry(type, id) if row else None
    return StoredEntry(entry, row[1], row[2]) if entry else None


def find(
    db: sqlite3.Connection,
    kind: str,
    keys: Sequence[str],
    *,
    limit: int,
    after: tuple[str, str] | None,
    newest_first: bool,
) -> Found:
    """Documents of the kind that hold all the keys, in order."""
    source, where, values = _candidates(db, kind, keys)
    direction, comparison = ("DESC", "<") if newest_first else ("ASC", ">")
    if after is not None:
        where += f" AND (c.order_key, c.id) {comparison} (?, ?)"
        values += after
    join = "" if source == "document" else " CROSS JOIN document d ON d.kind = c.kind AND d.id = c.id"
    columns = _DOCUMENT if join else _DOCUMENT.replace("d.", "c.")
    rows = db.execute(
        f"SELECT {columns} FROM {source} c{join} WHERE {where}"
        f" ORDER BY c.order_key {direction}, c.id {direction} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    page = tuple(unpack(*row) for row in rows[:limit])
    more = len(rows) > limit and page
    return Found(page, (page[-1].order, page[-1].id) if more else None)


def count(db: sqlite3.Connection, kind: str, keys: Sequence[str]) -> int:
    """How many documents of the kind hold all the keys."""
    source, where, values = _candidates(db, kind, keys)
    total: int = db.execute(f"SELECT count(*) FROM {source} c WHERE {where}", values).fetchone()[0]
    return total


def payload(db: sqlite3.Connection, digest: str) -> tuple[int, bytes] | None:
    """Into how many chunks the payload is cut, and the first of them."""
    row: tuple[int, bytes] | None = db.execute(
        "SELECT chunks, data FROM payload WHERE digest = ?", (digest,)
    ).fetchone()
    return row


def all_chunks(db: sqlite3.Connection, digest: str) -> list[bytes] | None:
    """Every chunk of the payload, as of one moment."""
    db.execute("BEGIN")
    try:
        first = payload(db, digest)
        rest = [data for (data,) in db.execute(_CHUNK, (digest,))]
    finally:
        db.execute("COMMIT")
    return [first[1], *rest] if first else None


def _candidates(db: sqlite3.Connection, kind: str, keys: Sequence[str]) -> tuple[str, str, list[str | int]]:
    """The table to walk in order, its condition and values: the rarest key's range, the other keys probed."""
    distinct = list(dict.fromkeys(keys))
    if not distinct:
        return "document", "c.kind = ?", [kind]
    if len(distinct) > 1:
        counts = [
            capped_count(db, "SELECT 1 FROM index_key WHERE kind = ? AND key = ?", [kind, key]) for key in distinct
        ]
        distinct.insert(0, distinct.pop(most_selective(counts)))
    where, values = "c.kind = ? AND c.key = ?", [kind, distinct[0]]
    for key in distinct[1:]:
        where += (
            " AND EXISTS (SELECT 1 FROM index_key o WHERE o.kind = c.kind AND o.key = ?"
            " AND o.order_key = c.order_key AND o.id = c.id)"
        )
        values.append(key)
    return "index_key", where, list(values)
