"""The load generator: a process of its own, pinned to a core that the server does not use.

`open` sends on a schedule, whatever the answers do; `saturate` keeps a number of requests under way and counts what
comes back, which gives the throughput but no latency worth quoting. It takes a plan as JSON on standard input and
writes its figures as JSON on standard output. Run by bench/run.py.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
import uvloop

from bench.schedule import arrivals, summarize
from bench.shots import Shot, shots

SPIN_SECONDS = 0.0015
"""The last stretch before a due time is spun, not slept: timers of the event loop are a millisecond coarse."""


@dataclass(slots=True)
class Tally:
    """What came back. Latencies and lateness in seconds."""

    latencies: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    failed: int = 0
    first_failure: str = ""
    keep: int = 0
    kept: list[str] = field(default_factory=list)
    """What of the first `keep` answers a later scenario needs."""


async def _send(session: aiohttp.ClientSession, shot: Shot, due: float, tally: Tally) -> None:
    tally.late.append(time.perf_counter() - due)
    try:
        async with session.request(shot.method, shot.url, data=shot.body, headers=shot.headers) as answer:
            body = await answer.read()
            fine = answer.status == 200 and shot.expects in body
            status = answer.status
    except aiohttp.ClientError as error:
        fine, status, body = False, 0, type(error).__name__.encode()
    if fine:
        tally.latencies.append(time.perf_counter() - due)
        if shot.keep and len(tally.kept) < tally.keep:
            tally.kept.append(shot.keep(body))
    else:
        tally.failed += 1
        tally.first_failure = tally.first_failure or f"{status} {body[:600].decode(errors='replace')}"


async def _open(session: aiohttp.ClientSession, next_shot: Callable[[], Shot], plan: dict[str, Any]) -> Tally:
    tally, running = Tally(keep=plan["keep"]), set[asyncio.Task[None]]()
    start = time.perf_counter() + 0.05
    for offset in arrivals(plan["rate"], plan["seconds"], plan["seed"]):
        shot, due = next_shot(), start + offset
        if (wait := due - time.perf_counter() - SPIN_SECONDS) > 0:
            await asyncio.sleep(wait)
        while time.perf_counter() < due:
            await asyncio.sleep(0)
        task = asyncio.create_task(_send(session, shot, due, tally))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return tally


async def _saturate(session: aiohttp.ClientSession, next_shot: Callable[[], Shot], plan: dict[str, Any]) -> Tally:
    tally = Tally(keep=plan["keep"])
    end = time.perf_counter() + plan["seconds"]

    async def client() -> None:
        while time.perf_counter() < end:
            await _send(session, next_shot(), time.perf_counter(), tally)

    await asyncio.gather(*(client() for _ in range(plan["concurrency"])))
    return tally


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    numbers: Iterator[int] = count(plan["seed"] * 1_000_000)
    make = shots(plan["scenario"], plan["base"], members=plan["members"], ids=plan.get("ids", []), run=plan["run"])
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=timeout, auto_decompress=False
    ) as session:
        warm = Tally()
        for _ in range(plan["warm"]):
            await _send(session, make(next(numbers)), time.perf_counter(), warm)
        began = time.perf_counter()
        drive = _open if plan["mode"] == "open" else _saturate
        tally = await drive(session, lambda: make(next(numbers)), plan)
        seconds = time.perf_counter() - began
    figures: dict[str, Any] = dict(summarize(tally.latencies, tally.late, tally.failed, seconds).as_json())
    figures["first_failure"] = warm.first_failure or tally.first_failure
    figures["kept"] = tally.kept
    return figures


def main() -> None:
    """Reads the plan, runs it, writes the figures."""
    plan = json.load(sys.stdin)
    with suppress(PermissionError):
        os.nice(-10)  # a generator that is late measures itself
    if plan.get("core") is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {plan["core"]})
    json.dump(uvloop.run(_run(plan)), sys.stdout)


if __name__ == "__main__":
    main()
