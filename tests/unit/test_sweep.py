"""Payloads that nothing names go, those that a document names or that are young stay; trouble is no end."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.clock import instant
from server.errors import StoreUnavailable
from server.storage.port import Document
from server.storage.sqlite import SqliteStore
from server.storage.sweep import AGE, keep_sweeping, sweep

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


async def test_removes_old_payloads_that_no_document_names(tmp_path: Path) -> None:
    moment = NOW
    store = SqliteStore(tmp_path / "x.db", clock=lambda: moment)
    await store.start()
    named, left = await store.put_payload(b"named"), await store.put_payload(b"left")
    await store.create(Document("case", "1", {}, instant(NOW), payloads=frozenset({named})))
    moment = NOW + AGE + timedelta(seconds=1)
    young = await store.put_payload(b"young")

    removed = await sweep(store, lambda: moment)

    assert removed == 1
    assert [await store.get_payload(digest) for digest in (named, left, young)] == [b"named", None, b"young"]
    await store.close()


async def test_goes_on_after_the_store_could_not_be_reached() -> None:
    asked: list[str] = []

    class Failing:
        async def sweep_payloads(self, older_than: str) -> int:
            asked.append(older_than)
            raise StoreUnavailable("down")

    task = asyncio.create_task(keep_sweeping(Failing(), lambda: NOW, 0.001))  # type: ignore[arg-type]
    while len(asked) < 3:
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert asked[:2] == [instant(NOW - AGE)] * 2
