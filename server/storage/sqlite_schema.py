"""The tables of the embedded store, as the steps that lead from an empty file to the present version.

Every table is read by a key or an index that begins with what is asked for; a test looks at the plans.
Spec page: https://www.sqlite.org/pragma.html#pragma_user_version
"""

import os
import sqlite3
from pathlib import Path

from server.errors import SchemaRefused, StoreUnavailable

APPLICATION_ID = 0x50534745  # "PSGE": tells our files from other SQLite files

STEPS: tuple[str, ...] = (
    # 1: documents with their keys and entries, payloads
    """
    CREATE TABLE document (
      kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, order_key TEXT NOT NULL,
      head BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id));
    CREATE INDEX document_order ON document (kind, order_key, id);
    CREATE TABLE unique_key (kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
      PRIMARY KEY (kind, key)) WITHOUT ROWID;
    CREATE TABLE index_key (kind TEXT NOT NULL, key TEXT NOT NULL, order_key TEXT NOT NULL, id TEXT NOT NULL,
      PRIMARY KEY (kind, key, order_key, id)) WITHOUT ROWID;
    CREATE TABLE entry (
      type TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, document TEXT NOT NULL,
      updated TEXT NOT NULL, date_low TEXT, date_high TEXT, PRIMARY KEY (type, id)) WITHOUT ROWID;
    CREATE INDEX entry_updated ON entry (type, updated, id);
    CREATE TABLE entry_term (type TEXT NOT NULL, term TEXT NOT NULL, updated TEXT NOT NULL, id TEXT NOT NULL,
      PRIMARY KEY (type, term, updated, id)) WITHOUT ROWID;
    CREATE TABLE payload (digest TEXT NOT NULL PRIMARY KEY, size INTEGER NOT NULL, put TEXT NOT NULL,
      chunks INTEGER NOT NULL, data BLOB NOT NULL);
    CREATE INDEX payload_put ON payload (put, digest);
    CREATE TABLE payload_chunk (digest TEXT NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
      PRIMARY KEY (digest, number));
    CREATE TABLE payload_use (digest TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
      PRIMARY KEY (digest, kind, id)) WITHOUT ROWID;
    """,
    # 2: searches by date start from the dates
    """
    CREATE INDEX entry_low ON entry (type, date_low);
    CREATE INDEX entry_high ON entry (type, date_high);
    """,
)
"""Step n makes schema version n from n - 1. A step that has been released is never edited; a change is a new step."""

VERSION = len(STEPS)


def open_connection(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    """A connection with the settings that every connection of ours has; transactions are opened by hand."""
    db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA cache_size=-32768")
    db.execute("PRAGMA temp_store=MEMORY")
    return db


def prepare(path: Path, *, busy_seconds: float, steps: tuple[str, ...] = STEPS) -> None:
    """Makes the file or brings it to the present version, in one transaction.

    Raises SchemaRefused when the file is not ours or newer, StoreUnavailable when it can't be opened or written.
    """
    _touch(path)
    try:
        db = open_connection(path, busy_seconds=busy_seconds)
    except sqlite3.DatabaseError as error:
        raise _refusal(path, error) from None
    try:
        _refuse_foreign(path, db)
        db.execute("PRAGMA journal_mode=WAL")
        _migrate(db, steps)
    except sqlite3.DatabaseError as error:
        raise _refusal(path, error) from None
    finally:
        db.close()


def _touch(path: Path) -> None:
    """Makes the file for its owner alone, as it will hold patients' data; an existing file keeps its mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"The database file {path} can't be opened: {error.strerror}.") from None


def _refusal(path: Path, error: sqlite3.DatabaseError) -> SchemaRefused | StoreUnavailable:
    if isinstance(error, sqlite3.OperationalError):
        return StoreUnavailable(f"The database file {path} can't be used now: {error}.")
    return SchemaRefused(
        f"The file {path} is no SQLite database, or a damaged one. Nothing in it was changed. "
        "Name another file in the store URL, or put back a backup."
    )


def _refuse_foreign(path: Path, db: sqlite3.Connection) -> None:
    # One transaction: another process may be making the file at this very moment, and half of that looks foreign.
    db.execute("BEGIN")
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.execute("COMMIT")
    if application != APPLICATION_ID and (tables or application or version):
        raise SchemaRefused(
            f"The file {path} is a SQLite database of another program. Nothing in it was changed. "
            "Name another file in the store URL."
        )
    if version > VERSION:
        raise SchemaRefused(
            f"The database {path} has schema version {version}, made by a newer Passage; this one reads up to "
            f"{VERSION}. Nothing in it was changed. Install that newer Passage, or name another file in the store URL."
        )


def _migrate(db: sqlite3.Connection, steps: tuple[str, ...]) -> None:
    """Runs the missing steps. The version is read again under the lock: another process may have been first."""
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for step in steps[version:]:
            for statement in step.split(";"):
                db.execute(statement)
        if version < len(steps):
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={len(steps)}")
        db.execute("COMMIT")
    except sqlite3.Error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
