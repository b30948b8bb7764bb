"""Where the work on a request is done: on the event loop, or for a large one in a thread, so that others go on.

A Claim of thousands of items takes a second to judge, to decide and to write. A usual one takes a millisecond, and a
change of thread would cost it a fifth of that.
Spec page: https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")

ASIDE_BYTES = 200_000
"""Bytes of a request from which on the work on it is done in a thread."""


class Work(Protocol):
    """Does what is pure and may take long."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """What the work gives, or raises."""


async def at_once(work: Callable[[], T], /) -> T:
    """Does the work where it is asked for."""
    return work()


async def in_thread(work: Callable[[], T], /) -> T:
    """Does the work in a thread."""
    return await asyncio.to_thread(work)


def work_for(size_bytes: int, aside_from: int = ASIDE_BYTES) -> Work:
    """How the work on a request of that size is done; `aside_from` where the work on a byte takes longer."""
    return at_once if size_bytes < aside_from else in_thread
