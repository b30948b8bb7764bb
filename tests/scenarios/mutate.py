"""Mutations of a JSON document: what a faulty client, or a hostile one, makes of a valid request."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

Json = Any
Place = tuple[Json, Any]
"""A container and the key or index in it."""

_STRANGE: list[Json] = [
    None,
    "",
    " ",
    0,
    -1,
    True,
    Decimal("1.50"),
    10**30,
    [],
    {},
    [None],
    [[]],
    {"resourceType": "Nonsense"},
    {"reference": "Nonsense/1"},
    "2026-02-30",
    "x" * 70_000,
    "\u202e\u0007\ud7ff\uffff\U0010ffff",
    "' OR 1=1 --",
    "{{7*7}}${7*7}<script>",
    "../../etc/passwd",
]


def mutated(document: Json, random: Random) -> Json:
    """The document with one to three mutations."""
    changed = deepcopy(document)
    for _ in range(random.randint(1, 3)):
        places = list(_places(changed))
        if places:
            random.choice(_MUTATIONS)(changed, places, random)
    return changed


def _places(document: Json) -> Iterator[Place]:
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _drop(_: Json, places: list[Place], random: Random) -> None:
    container, key = random.choice(places)
    del container[key]


def _retype(_: Json, places: list[Place], random: Random) -> None:
    container, key = random.choice(places)
    container[key] = deepcopy(random.choice(_STRANGE))


def _wrap(_: Json, places: list[Place], random: Random) -> None:
    container, key = random.choice(places)
    container[key] = random.choice([[container[key]], {"value": container[key]}])


def _duplicate(_: Json, places: list[Place], random: Random) -> None:
    lists = [(container, key) for container, key in places if isinstance(container, list)]
    if lists:
        container, key = random.choice(lists)
        container.insert(random.randint(0, len(container)), deepcopy(container[key]))


def _swap(_: Json, places: list[Place], random: Random) -> None:
    (one, one_key), (other, other_key) = random.choice(places), random.choice(places)
    value = deepcopy(one[one_key])
    one[one_key] = deepcopy(other[other_key])
    # The first change may have removed the second place's container from the document; writing there is harmless.
    other[other_key] = value


def _rename(_: Json, places: list[Place], random: Random) -> None:
    objects = [(container, key) for container, key in places if isinstance(container, dict)]
    container, key = random.choice(objects)
    container[random.choice(["extra", "_" + key, key.upper(), "resourceType", "id", "reference"])] = container.pop(key)


def _nest(_: Json, places: list[Place], random: Random) -> None:
    container, key = random.choice(places)
    for _level in range(random.choice([5, 60, 97])):
        container[key] = [container[key]]


_MUTATIONS = [_drop, _drop, _retype, _retype, _wrap, _duplicate, _swap, _rename, _nest]
