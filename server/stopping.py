"""Ending a task that works until it is cancelled.

One cancellation may not be enough: Python 3.11's `asyncio.wait_for`, which database drivers use inside, swallows one
that comes in the moment of its result. The task then goes on, and whoever waited for its end would wait for ever.
Spec page: https://docs.python.org/3/library/asyncio-task.html#task-cancellation
"""

import asyncio
from collections.abc import Collection
from typing import Any

AGAIN_SECONDS = 2.0
"""Time until a task that goes on is cancelled once more: longer than what a task does to end in order."""


async def stop(tasks: Collection[asyncio.Task[Any]], again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancels the tasks until all have ended. What they raised is left in them."""
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=again_seconds)
