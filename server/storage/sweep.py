"""Removes payloads that nothing names, now and then: what a crash between a payload and its document leaves behind.

Any number of processes may do it at once, as removing twice is removing once; so it needs no lease.
"""

import asyncio
from datetime import timedelta

import structlog

from server.clock import Clock, instant
from server.errors import StoreError
from server.storage.port import Store

AGE = timedelta(hours=1)
"""Age from which a payload without a document is garbage; a request is answered in seconds."""


async def sweep(store: Store, clock: Clock) -> int:
    """Removes the payloads that are old enough; gives how many. A store that can't now is asked again next time."""
    log = structlog.get_logger("passage.storage")
    try:
        removed = await store.sweep_payloads(instant(clock() - AGE))
    except StoreError as error:
        log.warning("payloads were not swept", error=type(error).__name__)
        return 0
    if removed:
        log.info("payloads that nothing names were removed", payloads=removed)
    return removed


async def keep_sweeping(store: Store, clock: Clock, every_seconds: float) -> None:
    """Sweeps every so many seconds, until it is cancelled."""
    while True:
        await asyncio.sleep(every_seconds)
        await sweep(store, clock)
