"""Makes faulty resources out of good ones, as senders do: dropped, doubled, retyped, recoded, dangling, empty.

The same seed gives the same mutants. Some come out valid again; what counts is whether two validators agree.
"""

import copy
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

Json = Any
Place = tuple[Json, str | int]
"""A container and the key or index in it."""

SKIPPED = ("text", "resourceType", "meta", "id", "div")
"""What is left alone: narratives are compared elsewhere, and a resource of another type is another resource."""


def places(value: Json) -> Iterator[Place]:
    """Every place in a resource that can be changed."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        if key in SKIPPED:
            continue
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def _drop(container: Json, key: Any, chance: random.Random) -> bool:
    del container[key]
    return True


def _double(container: Json, key: Any, chance: random.Random) -> bool:
    if not isinstance(container[key], list):
        return False
    container[key].append(copy.deepcopy(container[key][0]))
    return True


def _retype(container: Json, key: Any, chance: random.Random) -> bool:
    value = container[key]
    match value:
        case bool():
            container[key] = "true"
        case str():
            container[key] = chance.choice([1, True, {"a": value}, [value]])
        case int() | Decimal():
            container[key] = str(value)
        case list():
            container[key] = value[0] if value else {}
        case _:
            container[key] = [value]
    return True


def _recode(container: Json, key: Any, chance: random.Random) -> bool:
    if not isinstance(container[key], str) or isinstance(container, list):
        return False
    container[key] = chance.choice(["zz-none", "2026-02-30", " ", ""])
    return True


def _foreign(container: Json, key: Any, chance: random.Random) -> bool:
    if not isinstance(container[key], dict):
        return False
    container[key]["zzUnknown"] = "x"
    return True


def _empty(container: Json, key: Any, chance: random.Random) -> bool:
    if not isinstance(container[key], dict | list):
        return False
    container[key] = type(container[key])()
    return True


def _dangle(container: Json, key: Any, chance: random.Random) -> bool:
    if key != "reference" or not isinstance(container[key], str):
        return False
    container[key] = chance.choice(["#none", "Patient/none", "Basic/none", "urn:uuid:4D2F"])
    return True


def _rename(container: Json, key: Any, chance: random.Random) -> bool:
    if not isinstance(container, dict) or not isinstance(key, str):
        return False
    container[key + "X"] = container.pop(key)
    return True


OPERATORS: dict[str, Callable[[Json, Any, random.Random], bool]] = {
    "drop": _drop,
    "double": _double,
    "retype": _retype,
    "recode": _recode,
    "foreign": _foreign,
    "empty": _empty,
    "dangle": _dangle,
    "rename": _rename,
}
"""What is done to one place of a resource; False when it can't be done there."""


def mutants(resource: Json, seed: int, count: int) -> Iterator[tuple[str, Json]]:
    """Mutants of a resource with the name of what was done."""
    chance = random.Random(seed)
    made = 0
    for _ in range(count * 20):
        name = chance.choice(sorted(OPERATORS))
        changed = copy.deepcopy(resource)
        found = list(places(changed))
        if not found or made == count:
            return
        container, key = chance.choice(found)
        if OPERATORS[name](container, key, chance):
            made += 1
            yield name, changed
