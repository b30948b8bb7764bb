"""Compiles what requests will be held against before the first one comes: it takes some tenths of a second, once.

The examples of the declarations are judged in a thread, so that the server answers meanwhile.
"""

import asyncio
from collections.abc import Iterable

from server.web.application import Base


async def warm(bases: Iterable[Base]) -> None:
    """Judges each example of what is held against profiles, and forgets the verdicts."""
    for base in bases:
        for feature in base.features:
            for declared in (*feature.operations, *feature.resources):
                for example in declared.examples.values():
                    if base.gate is not None and declared.takes:
                        await asyncio.to_thread(base.gate.verdict, example, declared.takes)
