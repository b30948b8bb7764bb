"""The embedded store's file: made, migrated or refused, read by indexes, shared by processes."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from server.errors import Duplicate, SchemaRefused, StoreUnavailable
from server.storage.payload import pack as pack_payload
from server.storage.port import DateRange, EntryQuery, PayloadMissing
from server.storage.record import pack
from server.storage.sqlite import SqliteStore
from server.storage.sqlite_schema import APPLICATION_ID, STEPS, VERSION, open_connection, prepare
from server.storage.sqlite_write import create, put_payload
from server.storage.sqlite_writer import Writer
from tests.contract.calls import every_call
from tests.contract.places import Place, a_document, an_entry


def _state(path: Path) -> tuple[int, int, set[str]]:
    db = sqlite3.connect(path)
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    state = (db.execute("PRAGMA application_id").fetchone()[0], db.execute("PRAGMA user_version").fetchone()[0], names)
    db.close()
    return state


async def test_a_new_file_is_made_at_the_present_version_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"

    store = await Place(f"sqlite:///{path}").open()
    await store.create(a_document())

    assert _state(path)[:2] == (APPLICATION_ID, VERSION)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert modes == {"passage.db": "0o600", "passage.db-wal": "0o600", "passage.db-shm": "0o600"}
    await store.close()


async def test_an_older_file_is_migrated_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    prepare(path, busy_seconds=1, steps=STEPS[:1])
    db = open_connection(path, busy_seconds=1)
    payload = await pack_payload(b"request")
    put_payload(db, payload, "2026-11-20T15:00:00.000Z")
    entry = an_entry("1", date_low="2026-11-20T00:00:00.000Z", date_high="2026-11-21T00:00:00.000Z")
    document = a_document(entries=(entry,), payloads=frozenset({payload.digest}), unique=frozenset({"request:1"}))
    create(db, pack(document))
    db.close()
    assert _state(path)[1] == 1
    assert "entry_low" not in _state(path)[2]

    place = Place(f"sqlite:///{path}")
    store = await place.open()

    assert _state(path)[1] == VERSION
    assert await store.get_by_unique("case", "request:1") == document
    assert await store.get_payload(payload.digest) == b"request"
    by_date = EntryQuery("Claim", dates=[DateRange("low", ">=", "2026-11-20T00:00:00.000Z")])
    assert [found.entry for found in await store.search_entries(by_date)] == [entry]
    await place.close()


async def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    prepare(path, busy_seconds=1, steps=STEPS[:1])
    before = _state(path)

    with pytest.raises(StoreUnavailable):
        prepare(path, busy_seconds=1, steps=(STEPS[0], "CREATE TABLE half (id); CREATE TABLE document (id)"))

    assert _state(path) == before


async def _refused(path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(SchemaRefused) as refused:
        await Place(f"sqlite:///{path}").open()
    assert path.read_bytes() == before
    return str(refused.value)


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    prepare(path, busy_seconds=1)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=99")
    db.close()

    message = await _refused(path)

    assert f"has schema version 99, made by a newer Passage; this one reads up to {VERSION}" in message


async def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE document (id)")
    db.close()

    message = await _refused(path)

    assert "is a SQLite database of another program" in message


@pytest.mark.parametrize("content", [b"resourceType: Patient\n" * 500, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_what_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "patients.txt"
    path.write_bytes(content)

    message = await _refused(path)

    assert "is no SQLite database, or a damaged one" in message


async def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/passage.db")

    stores = await asyncio.gather(*(place.open() for _ in range(8)))

    await asyncio.gather(*(store.create(a_document(str(number))) for number, store in enumerate(stores)))
    assert [await store.count("case") for store in stores] == [8] * 8
    await place.close()


async def test_every_statement_uses_an_index(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    statements: set[str] = set()
    store = SqliteStore(path, clock=Place("").clock, trace=statements.add)
    await store.start()

    await every_call(store)

    await store.close()
    db = sqlite3.connect(path)
    scans = {}
    for statement in statements:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
            if scanned := [step for step in plan if step.startswith("SCAN") and not _is_no_table(step)]:
                scans[statement] = scanned
    db.close()
    assert len(statements) > 100
    assert scans == {}


def _is_no_table(step: str) -> bool:
    """A list of values, or the rows of a subquery, which has steps of its own in the plan."""
    return step in {"SCAN CONSTANT ROW", "SCAN c"} or "(subquery-" in step or "VIRTUAL TABLE" in step


async def test_a_writer_that_is_kept_waiting_too_long_is_unavailable_and_goes_on_after(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    store = SqliteStore(path, clock=Place("").clock, write_busy_seconds=0.1)
    await store.start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    results = await asyncio.gather(*(store.create(a_document(str(n))) for n in range(3)), return_exceptions=True)

    assert [type(result) for result in results] == [StoreUnavailable] * 3
    assert await store.count("case") == 0
    other.execute("ROLLBACK")
    other.close()
    await store.create(a_document())
    assert await store.get("case", "1") == a_document()
    await store.close()


async def test_a_write_that_fails_by_a_fault_of_ours_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "passage.db"
    prepare(path, busy_seconds=1)
    writer = Writer(open_connection(path, busy_seconds=1))

    def fault(db: sqlite3.Connection) -> None:
        create(db, pack(a_document("half")))
        raise LookupError("a fault")

    results = await asyncio.gather(
        *(writer.run(partial(create, record=pack(a_document(str(number))))) for number in range(3)),
        writer.run(fault),
        *(writer.run(partial(create, record=pack(a_document(str(number))))) for number in range(3, 6)),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [*[type(None)] * 3, LookupError, *[type(None)] * 3]
    writer.close()
    place = Place(f"sqlite:///{path}")
    found = await (await place.open()).find("case")
    assert [document.id for document in found.documents] == ["0", "1", "2", "3", "4", "5"]
    await place.close()


async def test_what_one_round_of_the_event_loop_writes_is_committed_together(tmp_path: Path) -> None:
    statements: list[str] = []
    store = SqliteStore(tmp_path / "passage.db", clock=Place("").clock, trace=statements.append)
    await store.start()
    statements.clear()

    await asyncio.gather(*(store.create(a_document(str(number))) for number in range(8)))

    assert statements.count("COMMIT") == 1
    assert await store.count("case") == 8
    await store.close()


async def test_a_write_that_waits_for_its_round_is_finished_when_the_store_closes(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/passage.db")
    store = await place.open()
    writing = asyncio.create_task(store.create(a_document()))
    await asyncio.sleep(0)

    await store.close()

    await writing
    assert await (await place.open()).get("case", "1") == a_document()
    await place.close()


async def test_of_new_documents_that_are_written_together_only_those_that_can_t_be_fail(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path}/passage.db")
    store = await place.open()
    await store.create(a_document("held", unique=frozenset({"taken"})))
    entry = an_entry("1", "identifier=1")
    documents = [
        a_document("a", unique=frozenset({"a"}), entries=(entry,)),
        a_document("b", unique=frozenset({"taken"})),
        a_document("c", unique=frozenset({"c"}), index=frozenset({"all"})),
        a_document("d", entries=(entry,)),
        a_document("e", payloads=frozenset({"0" * 64})),
        a_document("f", unique=frozenset({"f"}), index=frozenset({"all"})),
    ]

    results = await asyncio.gather(*(store.create(each) for each in documents), return_exceptions=True)

    assert [type(each) for each in results] == [
        type(None),
        Duplicate,
        type(None),
        Duplicate,
        PayloadMissing,
        type(None),
    ]
    assert [each.key for each in results if isinstance(each, Duplicate)] == ["taken", "Claim/1"]
    again = await place.open()
    kept = [await again.get("case", each.id) for each in documents]
    assert kept == [documents[0], None, documents[2], None, None, documents[5]]
    assert (await again.find("case", ["all"])).documents == (documents[2], documents[5])
    await place.close()
