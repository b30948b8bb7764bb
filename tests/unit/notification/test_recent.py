"""What is held of events and response Bundles: never more than is allowed, and never in place of what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.notification.event import Event, event_id, event_of, to_document
from server.notification.recent import AHEAD, Recent
from server.storage.port import Document
from tests.builders.subscriptions import a_notice, a_subscription


def an_event(number: int) -> Event:
    return event_of(a_notice(str(number)), a_subscription(), number)


@dataclass
class Counting:
    """A store of a hundred events and any payload, and what was read of it."""

    read: list[list[str]] = field(default_factory=list)
    payloads: list[str] = field(default_factory=list)

    async def get_many(self, kind: str, ids: Sequence[str]) -> tuple[Document, ...]:
        """The events."""
        self.read.append(list(ids))
        there = {event_id("sub-1", number): an_event(number) for number in range(1, 101)}
        return tuple(to_document(there[id]) for id in ids if id in there)

    async def get_payload(self, digest: str) -> bytes | None:
        """Ten bytes; none for `missing`."""
        self.payloads.append(digest)
        return None if digest == "missing" else b"0123456789"


def recent(store: Counting, **limits: int) -> Recent:
    return Recent(store, **limits)  # type: ignore[arg-type]


async def test_an_event_that_was_written_here_is_not_read() -> None:
    store = Counting()
    held = recent(store)
    held.keep([an_event(1), an_event(2)])

    assert await held.events("sub-1", 1, 2, 2) == [an_event(1), an_event(2)]
    assert store.read == []


async def test_of_many_that_wait_some_are_read_ahead() -> None:
    store = Counting()
    held = recent(store)

    numbers = [event.number for at in range(1, 61) for event in await held.events("sub-1", at, at, 60)]

    assert numbers == list(range(1, 61))
    assert [len(ids) for ids in store.read] == [AHEAD + 1, AHEAD + 1, 60 - 2 * (AHEAD + 1)]


async def test_more_events_than_are_held_are_given_all_the_same() -> None:
    store = Counting()
    held = recent(store, most_events=3)

    assert [event.number for event in await held.events("sub-1", 1, 50, 50)] == list(range(1, 51))
    assert [event.number for event in await held.events("sub-1", 48, 50, 50)] == [48, 49, 50]
    assert len(store.read) == 1


async def test_events_that_are_not_there_are_left_out() -> None:
    assert [event.number for event in await recent(Counting()).events("sub-1", 99, 102, 102)] == [99, 100]


async def test_payloads_are_held_up_to_their_bytes_and_the_latest_used_stay() -> None:
    store = Counting()
    held = recent(store, most_bytes=25)

    for digest in ("a", "b", "a", "c", "a", "b", "missing", "missing"):
        assert await held.get_payload(digest) == (None if digest == "missing" else b"0123456789")

    assert store.payloads == ["a", "b", "c", "b", "missing", "missing"]
