"""Many calls to the store, some at a time: a thousand at once would keep requests from its connections."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

AT_ONCE = 16
"""Calls that are under way together."""


async def in_turns(call: Callable[[A], Awaitable[B]], arguments: Sequence[A]) -> list[B]:
    """What the call gives for each argument, in their order."""
    results: list[B] = []
    for start in range(0, len(arguments), AT_ONCE):
        results += await asyncio.gather(*(call(each) for each in arguments[start : start + AT_ONCE]))
    return results
