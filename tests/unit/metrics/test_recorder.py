"""Records wait while the store can't take them, come in order, and are never lost without a word."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from structlog.testing import capture_logs

from server.clock import Ids
from server.errors import StoreUnavailable
from server.metrics.recorder import METRIC_KIND, MOST_TOGETHER, Recorder
from server.storage.port import Document
from server.web.declare import FhirRequest
from server.web.exchange import Exchange

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CALL = Exchange("Claim/$submit", FhirRequest("http://payer.example/fhir", "anonymous", "", NOW), NOW, 400)


class Shelf:
    """The store as far as records need it; it may be out of reach."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.reachable = True

    async def create(self, document: Document) -> None:
        if not self.reachable:
            raise StoreUnavailable("down")
        self.documents.append(document)

    def statuses(self) -> list[str]:
        """The statuses of the calls on record, in their order."""
        records = [record for document in self.documents for record in document.body["records"]]
        return [record["exchange"][0]["httpResponse"] for record in records]


def a_recorder(shelf: Shelf, most_waiting: int = 1000) -> Recorder:
    """A recorder that writes at once."""
    numbers = count(1)
    ids = Ids(new_id=lambda: f"m-{next(numbers)}")
    return Recorder(shelf, lambda: NOW, ids, pause_seconds=0, most_waiting=most_waiting)  # type: ignore[arg-type]


async def hear(recorder: Recorder, *statuses: int, **changes: Any) -> None:
    """Calls that end with the statuses."""
    for status in statuses:
        recorder.hears(replace(CALL, status=status, **changes))
    await asyncio.sleep(0)


async def test_records_are_written_together_in_their_order() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)

    await hear(recorder, *range(MOST_TOGETHER + 1))
    await recorder.flush()

    assert [(each.kind, each.id, each.order) for each in shelf.documents] == [
        (METRIC_KIND, "m-1", "2026-11-20T15:00:00.000Z"),
        (METRIC_KIND, "m-2", "2026-11-20T15:00:00.000Z"),
    ]
    assert shelf.statuses() == [str(status) for status in range(MOST_TOGETHER + 1)]


async def test_what_comes_while_it_writes_waits_for_the_next_time() -> None:
    # Given a store during whose writes a further call comes, each time
    shelf = Shelf()
    recorder = a_recorder(shelf)
    write = shelf.create

    async def create(document: Document) -> None:
        await write(document)
        await hear(recorder, 299)

    shelf.create = create  # type: ignore[method-assign]
    await hear(recorder, 200, 201)

    # When it writes, and once more
    await recorder.flush()
    once = list(shelf.documents)
    await recorder.flush()

    # Then each time is one document, and nothing is left out
    assert len(once) == 1
    assert shelf.statuses() == ["200", "201", "299"]


async def test_at_the_end_everything_is_written() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)
    writing = asyncio.create_task(recorder.keep_writing())
    await asyncio.sleep(0)
    write = shelf.create
    came = iter([299])

    async def create(document: Document) -> None:
        await write(document)
        for status in came:
            await hear(recorder, status)

    shelf.create = create  # type: ignore[method-assign]
    await hear(recorder, 200)

    writing.cancel()
    await asyncio.wait([writing])

    assert shelf.statuses() == ["200", "299"]


async def test_calls_of_other_guides_leave_no_record() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)

    await hear(recorder, 200, name="metadata")
    await recorder.flush()

    assert shelf.documents == []


async def test_what_the_store_does_not_take_is_written_later() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)
    shelf.reachable = False
    await hear(recorder, 201, 202)
    await recorder.flush()
    shelf.reachable = True

    await hear(recorder, 203)
    await recorder.flush()

    assert shelf.statuses() == ["201", "202", "203"]


async def test_a_recorder_that_is_stopped_writes_what_it_has() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)
    writing = asyncio.create_task(recorder.keep_writing())
    await hear(recorder, 200)
    for _ in range(5):
        await asyncio.sleep(0)
    await hear(recorder, 201)

    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)

    assert shelf.statuses() == ["200", "201"]


async def test_records_that_are_given_up_are_counted_aloud() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf, most_waiting=3)
    shelf.reachable = False
    await hear(recorder, 1, 2, 3, 4, 5)
    await recorder.flush()
    shelf.reachable = True

    with capture_logs() as logs:
        await recorder.flush()

    assert shelf.statuses() == ["3", "4", "5"]
    assert [(each["log_level"], each["records"]) for each in logs] == [("error", 2)]


async def test_a_store_that_is_gone_at_the_end_is_told_of() -> None:
    shelf = Shelf()
    recorder = a_recorder(shelf)
    shelf.reachable = False
    writing = asyncio.create_task(recorder.keep_writing())
    await hear(recorder, 1, 2)

    with capture_logs() as logs:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)

    assert [(each["log_level"], each["records"]) for each in logs] == [("warning", 2), ("error", 2)]
