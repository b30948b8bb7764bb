"""Compiles what requests will be held against before the first one comes: it takes some tenths of a second, once.

The examples of the declarations are judged in a thread, so that the server answers meanwhile.
"""

import asyncio
from collections.abc import Iterable, Iterator

from server.fhir.json import Json
from server.web.application import Base
from server.web.declare import FhirFeature


async def warm(bases: Iterable[Base]) -> None:
    """Judges each example of what is held against profiles, and forgets the verdicts."""
    for base in bases:
        if base.gate is None:
            continue
        for profiles, example in (held for feature in base.features for held in _held(feature)):
            await asyncio.to_thread(base.gate.verdict, example, profiles)


def _held(feature: FhirFeature) -> Iterator[tuple[tuple[str, ...], Json]]:
    """The examples with the profiles that they have to fit."""
    for operation in feature.operations:
        if operation.takes:
            yield from ((operation.takes, example) for example in operation.examples.values())
    for access in feature.resources:
        if access.takes:
            yield from ((access.takes, example) for example in access.examples.values())
