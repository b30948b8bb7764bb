"""Replacements that are asked for at the same time: the first goes at once, the others together after it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from server.errors import StoreUnavailable, VersionConflict
from server.notification.together import MOST, Together
from server.storage.port import Document


@dataclass
class Slow:
    """A store that writes when it is let to, and knows what it was asked in one call."""

    calls: list[list[str]] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    refuses: frozenset[str] = frozenset()
    error: Exception | None = None

    async def replace_many(self, documents: Sequence[Document]) -> frozenset[str]:
        """The ids but for those that it refuses."""
        self.calls.append([f"{document.id}/{document.version}" for document in documents])
        await self.go.wait()
        if self.error:
            raise self.error
        return frozenset(document.id for document in documents) - self.refuses


def a_document(id: str, version: int = 2) -> Document:
    return Document("subscription", id, {}, "2026-11-20T15:00:00.000Z", version)


async def _all(store: Slow, *documents: Document) -> list[BaseException | None]:
    together = Together(store)  # type: ignore[arg-type]
    asked = asyncio.gather(*map(together.replace, documents), return_exceptions=True)
    await asyncio.sleep(0.01)
    store.go.set()
    return await asked


async def test_what_comes_in_one_round_goes_together_in_calls_of_a_bounded_size() -> None:
    store = Slow()

    outcomes = await _all(store, *(a_document(str(number)) for number in range(MOST + 10)))

    assert [len(call) for call in store.calls] == [MOST, 10]
    assert outcomes == [None] * (MOST + 10)


async def test_what_comes_while_a_call_is_under_way_goes_together_after_it() -> None:
    store = Slow()
    together = Together(store)  # type: ignore[arg-type]
    first = asyncio.create_task(together.replace(a_document("1")))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(together.replace(a_document(id))) for id in ("2", "3")]
    await asyncio.sleep(0.01)
    assert store.calls == [["1/2"]]

    store.go.set()

    await asyncio.gather(first, *others)
    assert store.calls == [["1/2"], ["2/2", "3/2"]]


async def test_versions_of_one_document_go_one_after_the_other() -> None:
    store = Slow()

    outcomes = await _all(store, a_document("1"), a_document("1", 3), a_document("2"))

    assert store.calls == [["1/2", "2/2"], ["1/3"]]
    assert outcomes == [None] * 3


async def test_only_who_was_not_written_is_told_of_a_conflict() -> None:
    store = Slow(refuses=frozenset({"2"}))

    outcomes = await _all(store, *(a_document(id) for id in ("1", "2", "3")))

    assert [type(outcome) for outcome in outcomes] == [type(None), VersionConflict, type(None)]


@pytest.mark.parametrize("error", [StoreUnavailable("gone"), TypeError("a fault of ours")])
async def test_an_error_reaches_all_who_wait_and_ends_nothing_for_those_who_come_later(error: Exception) -> None:
    store = Slow(error=error)
    together = Together(store)  # type: ignore[arg-type]
    store.go.set()

    failed = await asyncio.gather(together.replace(a_document("1")), return_exceptions=True)
    store.error = None
    await together.replace(a_document("2"))

    assert failed == [error]
    assert store.calls == [["1/2"], ["2/2"]]


async def test_one_who_is_cancelled_leaves_the_others_alone() -> None:
    store = Slow()
    together = Together(store)  # type: ignore[arg-type]
    leaving, staying = (asyncio.create_task(together.replace(a_document(id))) for id in ("1", "2"))
    await asyncio.sleep(0.01)

    leaving.cancel()
    store.go.set()

    await staying
    assert leaving.cancelled()
