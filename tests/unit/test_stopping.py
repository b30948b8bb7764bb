"""A task is stopped, also one that a single cancellation does not end."""

import asyncio

import pytest

from server.stopping import stop


async def works(swallows: int, ends: asyncio.Event | None = None) -> None:
    """Works until it is cancelled more often than it swallows; then takes its time to end."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            swallows -= 1
            if swallows < 0:
                await asyncio.sleep(0.01)
                if ends:
                    ends.set()
                raise


@pytest.mark.parametrize("swallows", [0, 1, 3])
async def test_a_task_ends_however_many_cancellations_it_swallows(swallows: int) -> None:
    ends = asyncio.Event()
    task = asyncio.create_task(works(swallows, ends))
    await asyncio.sleep(0)

    await asyncio.wait_for(stop([task], again_seconds=0.1), 5)

    assert task.cancelled()
    assert ends.is_set()


async def test_all_tasks_are_stopped_and_what_one_raised_stays_in_it() -> None:
    async def fails() -> None:
        raise ValueError("a fault")

    tasks = [asyncio.create_task(works(0)), asyncio.create_task(fails()), asyncio.create_task(works(1))]
    await asyncio.sleep(0.01)

    await stop(tasks, again_seconds=0.1)

    assert [task.cancelled() for task in tasks] == [True, False, True]
    assert isinstance(tasks[1].exception(), ValueError)


async def test_nothing_to_stop_is_nothing_to_wait_for() -> None:
    await asyncio.wait_for(stop([]), 0.1)
